// Apollo Client as an application of analysts uses it: pages in the cache, figures, named documents, changes behind a query.
import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client/core';
import { createPersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { relayStylePagination } from '@apollo/client/utilities';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { input, main, say, within } from './run.mjs';

const authorization = `Bearer ${input.token}`;
const requests = [];
const http = (options = {}) => new HttpLink({
    uri: input.url,
    headers: { authorization },
    fetch: async (url, init) => {
        requests.push({ method: init.method, hasQuery: String(init.body ?? url).includes('query+') || String(init.body ?? '').includes('"query"') });
        return fetch(url, init);
    },
    ...options,
});

function client(link) {
    return new ApolloClient({
        link,
        cache: new InMemoryCache({
            typePolicies: {
                Query: { fields: { labDataBoard: { merge: true, keyArgs: false } } },
                LabDataBoardProduct: { merge: true, fields: { items: relayStylePagination(['where', 'orderBy']) } },
                LabDataBoard: { keyFields: ['order_id'] },
            },
        }),
    });
}

const PAGES = gql`
    query Pages($first: Int!, $after: String) {
        labDataBoard {
            items(first: $first, after: $after, orderBy: [{ field: placed_at, direction: DESC }]) {
                totalCount
                edges { cursor node { order_id placed_at total } }
                pageInfo { hasNextPage endCursor hasPreviousPage startCursor }
            }
        }
    }`;

await main({
    // All pages, one after the other, into one list of the cache; what is there is not fetched again.
    async pages() {
        const apollo = client(http());
        const variables = { first: input.first };
        let { data } = await within(20000, 'first page', apollo.query({ query: PAGES, variables }));
        const query = apollo.watchQuery({ query: PAGES, variables });
        const watching = query.subscribe({});
        while (data.labDataBoard.items.pageInfo.hasNextPage) {
            await within(20000, 'next page', query.fetchMore({
                variables: { after: data.labDataBoard.items.pageInfo.endCursor },
            }));
            data = apollo.readQuery({ query: PAGES, variables });
        }
        watching.unsubscribe();
        const fetched = requests.length;
        const again = await apollo.query({ query: PAGES, variables: { first: input.first } });
        const row = apollo.cache.extract()['LabDataBoard:{"order_id":"O-00007"}'];
        say({
            ids: again.data.labDataBoard.items.edges.map((edge) => edge.node.order_id),
            total: again.data.labDataBoard.items.totalCount,
            fetched,
            after: requests.length,
            row,
        });
    },

    // A document is sent once with its hash, and from then on by its hash alone.
    async persisted() {
        const sha256 = (text) => createHash('sha256').update(text).digest('hex');
        const link = createPersistedQueryLink({ sha256, useGETForHashedQueries: true }).concat(http());
        const document = gql`
            query Named($status: [LabDataBoardDataBoardStatus!]) {
                labDataBoard {
                    aggregate(where: { status: { in: $status } }, groupBy: [status], orderBy: [{ group: status }]) {
                        group { status } count sum { total } p: percentile(p: 0.5) { weight }
                    }
                }
            }`;
        const apollo = client(link);
        for (const status of [['open'], ['paid'], ['open', 'shipped']]) {
            const { data } = await within(20000, 'figures', apollo.query({ query: document, variables: { status }, fetchPolicy: 'no-cache' }));
            say({ status, groups: data.labDataBoard.aggregate });
        }
        say({ requests });
    },

    // What a query shows, and then each change behind it.
    async changes() {
        const socket = new GraphQLWsLink(createClient({
            url: input.url.replace(/^http/, 'ws'),
            webSocketImpl: WebSocket,
            connectionParams: { authorization },
        }));
        const apollo = client(ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, socket, http()));
        const { data } = await within(20000, 'state', apollo.query({
            query: gql`{ labDataBoard { position items(first: 1000) { totalCount edges { cursor node { order_id quantity } } } } }`,
        }));
        const rows = new Map(data.labDataBoard.items.edges.map(({ node }) => [node.order_id, node.quantity]));
        say({ position: data.labDataBoard.position, rows: rows.size });
        let seen = 0;
        await within(20000, 'changes', new Promise((resolve, reject) => {
            const subscription = apollo.subscribe({
                query: gql`subscription ($from: String) { labDataBoard(from: $from) { op key { order_id } value { order_id quantity } } }`,
                variables: { from: data.labDataBoard.position },
            }).subscribe({
                next: ({ data: { labDataBoard: event }, error }) => {
                    if (error) {
                        reject(error);
                        return;
                    }
                    if (event.op === 'DELETE') {
                        rows.delete(event.key.order_id);
                    } else {
                        rows.set(event.value.order_id, event.value.quantity);
                    }
                    if (++seen === input.count) {
                        subscription.unsubscribe();
                        resolve();
                    }
                },
                error: reject,
            });
        }));
        say({ seen, rows: Object.fromEntries(rows) });
    },
});
