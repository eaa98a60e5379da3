// permessage-deflate as the ws library speaks it, and sockets without it beside.
import WebSocket from 'ws';
import { input, main, say, within } from './run.mjs';

// Opens a socket that deflates every message of its own, or none and takes none.
function open(protocol, deflates) {
    const socket = new WebSocket(input.url, protocol, { perMessageDeflate: deflates ? { threshold: 0 } : false });
    socket.inbox = [];
    socket.waiting = () => {};
    socket.chars = 0;
    socket.on('upgrade', (response) => {
        socket.answer = response.headers['sec-websocket-extensions'] ?? '';
    });
    socket.on('message', (data) => {
        socket.chars += data.length;
        socket.inbox.push(JSON.parse(data));
        socket.waiting();
    });
    return new Promise((resolve, reject) => {
        socket.on('open', () => resolve(socket));
        socket.on('error', reject);
    });
}

function until(socket, what, fits) {
    return within(20000, what, new Promise((resolve) => {
        socket.waiting = () => fits(socket.inbox) && resolve();
        socket.waiting();
    }));
}

// One event first, so that all of them follow; then the others, counting what came over the wire for them.
async function follow(sockets, numbers) {
    await Promise.all(sockets.map((socket) => until(socket, 'the first event', (inbox) => numbers(socket, inbox).length >= 1)));
    sockets.forEach((socket) => {
        socket.before = { bytes: socket._socket.bytesRead, chars: socket.chars };
    });
    say({ ready: true });
    await Promise.all(sockets.map((socket) => until(socket, 'all events', (inbox) => numbers(socket, inbox).length >= input.count)));
    for (const socket of sockets) {
        say({
            extensions: socket.answer,
            numbers: numbers(socket, socket.inbox),
            bytes: socket._socket.bytesRead - socket.before.bytes,
            chars: socket.chars - socket.before.chars,
        });
        socket.close();
    }
}

await main({
    async plain() {
        const sockets = await Promise.all([true, true, false].map((deflates) => open('tidegate.v1', deflates)));
        sockets.forEach((socket) => socket.send(JSON.stringify({ token: input.token, from: 'earliest' })));
        await follow(sockets, (socket, inbox) => inbox.filter((m) => 'op' in m).map((m) => Number(m.value.n)));
    },

    // Ids of the same length and one of another; each socket counts what has its own id.
    async graphql() {
        const ids = ['a1', 'b2', 'c3', 'a longer one'];
        const sockets = await Promise.all([true, true, false, true].map((deflates) => open('graphql-transport-ws', deflates)));
        await Promise.all(sockets.map(async (socket, i) => {
            socket.own = ids[i];
            socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${input.token}` } }));
            await until(socket, 'the ack', (inbox) => inbox.length >= 1);
            socket.send(JSON.stringify({ id: ids[i], type: 'subscribe', payload: { query: input.query } }));
        }));
        await follow(sockets, (socket, inbox) => inbox.filter((m) => m.type === 'next' && m.id === socket.own)
            .map((m) => Number(Object.values(m.payload.data)[0].value.n)));
    },
});
