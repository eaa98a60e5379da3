// graphql-ws, the client that most partners subscribe with.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { input, main, say, within } from './run.mjs';
import { proxy } from './proxy.mjs';

function client(url, options = {}) {
    return createClient({
        url,
        webSocketImpl: WebSocket,
        connectionParams: { authorization: `Bearer ${input.token}` },
        ...options,
    });
}

// Events of one subscription until enough came.
function take(graphql, payload, count, onEvent = () => {}) {
    return within(input.millis ?? 20000, payload.query, new Promise((resolve, reject) => {
        const events = [];
        const stop = graphql.subscribe(payload, {
            next: (result) => {
                if (events.length === count) {
                    return;
                }
                events.push(result);
                onEvent(result);
                if (events.length === count) {
                    stop();
                    resolve(events);
                }
            },
            error: reject,
            complete: () => resolve(events),
        });
    }));
}

await main({
    // One subscription with variables, an alias and a fragment.
    async values() {
        const graphql = client(input.url);
        const events = await take(graphql, input.payload, input.count);
        events.forEach((event) => say({ event }));
        await graphql.dispose();
    },

    // One subscription whose events are told as they come.
    async each() {
        const graphql = client(input.url);
        await take(graphql, input.payload, input.count, (event) => say({ event }));
        await graphql.dispose();
    },

    // Two subscriptions on one socket, each with its own filter; the first one stops early.
    async two() {
        let sockets = 0;
        const graphql = client(input.url, { on: { connected: () => sockets++ } });
        const [a, b] = await Promise.all([
            take(graphql, input.payloads[0], input.counts[0]),
            take(graphql, input.payloads[1], input.counts[1]),
        ]);
        a.forEach((event) => say({ a: event }));
        b.forEach((event) => say({ b: event }));
        say({ sockets });
        await graphql.dispose();
    },

    // After the client's complete nothing more comes, though the same socket goes on with another subscription.
    async complete() {
        const graphql = client(input.url, { lazy: false });
        let heard = 0;
        await within(20000, 'three events', new Promise((resolve, reject) => {
            const stop = graphql.subscribe(input.payload, {
                next: () => {
                    heard++;
                    if (heard === 3) {
                        stop();
                        resolve();
                    }
                },
                error: reject,
                complete: () => {},
            });
        }));
        // What was on its way arrives now; what is written from here on must not.
        await new Promise((go) => setTimeout(go, 200));
        const before = heard;
        say({ stopped: true });
        const second = await take(graphql, input.payload, input.count);
        say({ before, after: heard - before, second: second.length });
        await graphql.dispose();
    },

    // Follows a stream on one socket that is never opened again; every close is told.
    async steady() {
        let opened = 0;
        const closes = [];
        const graphql = client(input.url, {
            retryAttempts: 0,
            on: { connected: () => opened++, closed: (event) => closes.push(event.code) },
        });
        const seen = [];
        await within(38000, 'all events', new Promise((resolve, reject) => {
            graphql.subscribe(input.payload, {
                next: (result) => {
                    seen.push(Object.values(result.data)[0].value.n);
                    if (seen.length === 1) {
                        say({ first: true });
                    }
                    if (seen.length === input.count) {
                        resolve();
                    }
                },
                error: reject,
                complete: () => reject(new Error('completed')),
            });
        }));
        say({ seen, opened, closes: [...closes] });
        await graphql.dispose();
    },

    // An operation that the gateway ends: its error, and whether the socket is still there for another one.
    async told() {
        const graphql = client(input.url, { lazy: false, retryAttempts: 0 });
        const errors = await within(30000, 'an error', new Promise((resolve, reject) => {
            graphql.subscribe(input.payload, {
                next: () => say({ first: true }),
                error: resolve,
                complete: () => reject(new Error('completed')),
            });
        }));
        let open = true;
        await take(graphql, { query: '{ __typename }' }, 1).catch(() => { open = false; });
        say({ errors, open });
        await graphql.dispose();
    },

    // A broken operation is told as an error of that operation.
    async invalid() {
        const graphql = client(input.url);
        try {
            await take(graphql, input.payload, 1);
            say({ errors: [] });
        } catch (errors) {
            say({ errors });
        }
        await graphql.dispose();
    },

    // The socket is cut again and again; the client comes back by itself with the cursor of the last event.
    async resume() {
        const between = await proxy(input.url.replace('ws:', 'http:'));
        let cursor = 'earliest';
        const seen = [];
        const graphql = client(`ws://${between.origin}/graphql`, {
            retryAttempts: 20,
            retryWait: () => new Promise((go) => setTimeout(go, 20)),
            shouldRetry: () => true,
        });
        let drops = 0;
        await within(30000, 'all events', new Promise((resolve, reject) => {
            // A retry repeats the very same operation, so the variables are read when it is sent.
            const variables = { get from() { return cursor; } };
            graphql.subscribe({ query: input.query, variables }, {
                next: ({ data, errors }) => {
                    if (errors) {
                        reject(errors);
                        return;
                    }
                    const event = Object.values(data)[0];
                    cursor = event.cursor;
                    seen.push(event.value.n);
                    // What had already arrived goes on after a cut: the next one waits for the next connection.
                    if (seen.length >= (drops + 1) * input.dropEvery && drops < input.drops && between.accepted() > drops) {
                        drops++;
                        between.drop();
                    }
                    if (seen.length >= input.count) {
                        resolve();
                    }
                },
                error: reject,
                complete: () => {},
            });
        }));
        // A little longer: whatever came twice would come now.
        await new Promise((go) => setTimeout(go, 200));
        say({ seen, drops, connections: between.accepted() });
        between.close();
    },

    // Another token than the one that is needed.
    async refused() {
        const graphql = client(input.url, { retryAttempts: 0 });
        try {
            await take(graphql, input.payload, 1);
            say({ code: 0 });
        } catch (closed) {
            say({ code: closed.code, reason: closed.reason });
        }
    },
});
