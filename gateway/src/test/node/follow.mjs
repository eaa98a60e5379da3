// A subscription of graphql-ws for as long as the input is open; each event is told with its number.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { input, main, say, within } from './run.mjs';

await main({
    async follow() {
        const graphql = createClient({
            url: input.url,
            webSocketImpl: WebSocket,
            connectionParams: { authorization: `Bearer ${input.token}` },
            retryAttempts: 0,
        });
        let count = 0;
        let failure = null;
        const stop = graphql.subscribe(input.payload, {
            next: (result) => say({ count: ++count, result }),
            error: (error) => { failure = error; },
            complete: () => {},
        });
        await within(60000, 'the end of the input', new Promise((go) => {
            process.stdin.on('end', go).resume();
        }));
        stop();
        if (failure !== null) {
            throw failure;
        }
        await graphql.dispose();
    },
});
