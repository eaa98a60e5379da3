// EventSource as browsers have it: reconnects by itself and says where it was with Last-Event-ID.
import { EventSource } from 'eventsource';
import { input, main, say, within } from './run.mjs';
import { proxy } from './proxy.mjs';

function open(url) {
    return new EventSource(url, {
        fetch: (address, init) => fetch(address, {
            ...init,
            headers: { ...init.headers, authorization: `Bearer ${input.token}` },
        }),
    });
}

await main({
    async drop() {
        const between = await proxy(input.url);
        const url = new URL(input.url);
        const source = open(`http://${between.origin}${url.pathname}${url.search}`);
        const seen = [];
        let drops = 0;
        const ids = new Set();
        await within(35000, 'all events', new Promise((resolve) => {
            source.addEventListener('upsert', (event) => {
                seen.push(JSON.parse(event.data).n);
                ids.add(event.lastEventId);
                // What had already arrived goes on after a cut: the next one waits for the next connection.
                if (seen.length >= (drops + 1) * input.dropEvery && drops < input.drops && between.accepted() > drops) {
                    drops++;
                    between.drop();
                }
                if (seen.length >= input.count) {
                    resolve();
                }
            });
        }));
        await new Promise((go) => setTimeout(go, 200));
        source.close();
        say({ seen, drops, ids: ids.size, connections: between.accepted() });
        between.close();
    },

    // What comes under which name.
    async names() {
        const source = open(input.url);
        const events = [];
        await within(20000, 'events', new Promise((resolve) => {
            for (const name of ['snapshot', 'upsert', 'delete', 'gap', 'notice', 'end', 'message']) {
                source.addEventListener(name, (event) => {
                    events.push({ name, id: event.lastEventId, data: JSON.parse(event.data) });
                    if (events.length >= input.count) {
                        resolve();
                    }
                });
            }
        }));
        source.close();
        events.slice(0, input.count).forEach(say);
    },
});
