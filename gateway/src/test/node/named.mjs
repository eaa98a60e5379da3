// A worker that has its position kept by the gateway: it acknowledges what it has handled, and comes back with its name alone.
import WebSocket from 'ws';
import { input, main, say, within } from './run.mjs';

await main({
    async work() {
        const handled = [];
        let connections = 0;
        let repeated = 0;
        // One connection, up to its cut or to the end; what is not acknowledged by then comes again.
        const connect = () => new Promise((resolve, reject) => {
            const from = connections === 0 ? '&from=earliest' : '';
            const socket = new WebSocket(input.urls[connections++ % input.urls.length] + from, 'tidegate.v1',
                { headers: { authorization: `Bearer ${input.token}` } });
            let here = 0;
            let last;
            socket.on('message', (data) => {
                const message = JSON.parse(data);
                if (message.notice?.code === 'acknowledged' && message.notice.cursor === last) {
                    socket.terminate();
                } else if (message.end) {
                    reject(new Error(JSON.stringify(message)));
                } else if (message.op && last === undefined) {
                    if (message.value.n < handled.length) {
                        repeated++;
                    } else {
                        handled.push(message.value.n);
                    }
                    if (connections === 1 && handled.length === 1) {
                        say({ begun: true });
                    }
                    here++;
                    const isLast = here === input.cutEvery || handled.length === input.count;
                    if (isLast) {
                        last = message.cursor;
                    }
                    socket.send(JSON.stringify({ ack: message.cursor }));
                }
            });
            socket.on('close', () => resolve());
            socket.on('error', reject);
        });
        await within(30000, 'all events', (async () => {
            while (handled.length < input.count) {
                await connect();
            }
        })());
        say({ handled, connections, repeated });
    },
});
