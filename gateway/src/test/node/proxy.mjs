// A TCP proxy on the loopback address whose connections can be cut, as networks do.
import net from 'node:net';

export async function proxy(target) {
    const { hostname, port } = new URL(target);
    const open = new Set();
    let accepted = 0;
    const server = net.createServer((client) => {
        accepted++;
        const upstream = net.connect(Number(port), hostname);
        open.add(client);
        client.pipe(upstream);
        upstream.pipe(client);
        const end = () => {
            open.delete(client);
            client.destroy();
            upstream.destroy();
        };
        for (const side of [client, upstream]) {
            side.on('error', end);
            side.on('close', end);
        }
    });
    await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
    return {
        origin: `127.0.0.1:${server.address().port}`,
        accepted: () => accepted,
        drop: () => open.forEach((socket) => socket.resetAndDestroy()),
        close: () => server.close(),
    };
}
