// graphql-sse in distinct connections mode.
import { createClient } from 'graphql-sse';
import { input, main, say, within } from './run.mjs';

function client() {
    return createClient({
        url: input.url,
        headers: { authorization: `Bearer ${input.token}` },
        retryAttempts: 0,
    });
}

function take(graphql, payload, count) {
    return within(20000, payload.query, new Promise((resolve, reject) => {
        const results = [];
        let completed = false;
        const stop = graphql.subscribe(payload, {
            next: (result) => {
                if (results.length < count) {
                    results.push(result);
                }
                if (results.length === count) {
                    stop();
                    resolve({ results, completed });
                }
            },
            error: reject,
            complete: () => {
                completed = true;
                resolve({ results, completed });
            },
        });
    }));
}

await main({
    async results() {
        const { results, completed } = await take(client(), input.payload, input.count);
        results.forEach((result) => say({ result }));
        say({ completed });
    },

    async refused() {
        try {
            await take(client(), input.payload, 1);
            say({ refused: false });
        } catch (failure) {
            say({ refused: true, status: failure.response?.status });
        }
    },
});
