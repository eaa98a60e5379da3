// Apollo Client: queries over HTTP, subscriptions over graphql-ws.
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from '@apollo/client/core';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { input, main, say, within } from './run.mjs';

const authorization = `Bearer ${input.token}`;
const socket = new GraphQLWsLink(createClient({
    url: input.url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
}));
const http = new HttpLink({ uri: input.url, headers: { authorization } });
const apollo = new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, socket, http),
});

await main({
    async subscribe() {
        await within(20000, 'events', new Promise((resolve, reject) => {
            let count = 0;
            const subscription = apollo.subscribe({ query: gql(input.query), variables: input.variables }).subscribe({
                next: (result) => {
                    if (count < input.count) {
                        say(result.error ? { error: String(result.error) } : { data: result.data });
                    }
                    if (++count === input.count) {
                        subscription.unsubscribe();
                        resolve();
                    }
                },
                error: reject,
            });
        }));
    },

    async query() {
        const { data } = await within(20000, 'answer', apollo.query({ query: gql(input.query), variables: input.variables }));
        say({ data });
    },
});
