// Streams of the newest event of each key, on each transport: what came, in the order in which it came.
import { EventSource } from 'eventsource';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { input, main, say, within } from './run.mjs';

const authorization = `Bearer ${input.token}`;
const quiet = (millis) => new Promise((go) => setTimeout(go, millis));

// Tells `event` of each event, `passed` of each count and `gap` of each gap; returns how to end and how to stall.
const transports = {
    websocket(told) {
        const socket = new WebSocket(input.url, 'tidegate.v1', { headers: { authorization } });
        socket.on('message', (data) => {
            const message = JSON.parse(data);
            if (message.notice?.code === 'conflated') {
                told.passed(message.notice.events);
            } else if (message.gap) {
                told.gap(message.gap);
            } else if (message.op) {
                told.event(message.value);
            }
        });
        return { close: () => socket.close(), wire: () => socket._socket };
    },

    sse(told) {
        const source = new EventSource(input.url, {
            fetch: (address, init) => fetch(address, { ...init, headers: { ...init.headers, authorization } }),
        });
        source.addEventListener('upsert', (event) => told.event(JSON.parse(event.data)));
        source.addEventListener('gap', (event) => told.gap(JSON.parse(event.data)));
        source.addEventListener('notice', (event) => {
            const notice = JSON.parse(event.data);
            if (notice.code === 'conflated') {
                told.passed(notice.events);
            }
        });
        return { close: () => source.close() };
    },

    graphql(told) {
        const client = createClient({ url: input.url, webSocketImpl: WebSocket, connectionParams: { authorization } });
        client.subscribe({ query: input.query }, {
            next: ({ data, extensions }) => {
                (extensions?.tidegate?.gaps ?? []).forEach(told.gap);
                if (extensions?.tidegate?.conflated) {
                    told.passed(extensions.tidegate.conflated);
                }
                told.event(Object.values(data)[0].value);
            },
            error: console.error,
            complete: () => {},
        });
        return { close: () => client.dispose() };
    },
};

// Until the last event of every key has come, and a while longer.
async function follow(whenOpen = async () => {}) {
    const got = [];
    const open = new Map(Object.entries(input.last));
    let passed = 0;
    let begun;
    const first = new Promise((resolve) => { begun = resolve; });
    let stream;
    await within(45000, 'the last of every key', new Promise((resolve, reject) => {
        stream = transports[input.transport]({
            event: ({ n, station }) => {
                got.push({ n: Number(n), station });
                begun();
                if (open.get(station) === Number(n)) {
                    open.delete(station);
                }
                if (open.size === 0) {
                    resolve();
                }
            },
            passed: (events) => { passed += Number(events); },
            gap: (gap) => reject(new Error(JSON.stringify(gap))),
        });
        first.then(() => whenOpen(stream)).catch(reject);
    })).catch((failure) => {
        console.error(JSON.stringify({ got: got.length, passed, missing: [...open] }));
        throw failure;
    });
    await quiet(500);
    stream.close();
    // Awaited, since a process that ends does not wait for its pipe.
    await new Promise((written) => process.stdout.write(JSON.stringify({ got, passed }) + '\n', written));
}

await main({
    follow: () => follow(),

    // Reads nothing after the first event until it is told to.
    async stalled() {
        await follow(async (stream) => {
            stream.wire().pause();
            say({ stalled: true });
            await within(35000, 'the end of the input', new Promise((resolve) => {
                process.stdin.on('end', resolve).resume();
            }));
            stream.wire().resume();
        });
    },
});
