// Clients that do not keep to the protocol.
import http from 'node:http';
import WebSocket from 'ws';
import { input, main, say, within } from './run.mjs';

const INIT = JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${input.token}` } });
const subscribe = (id, query = input.query) => JSON.stringify({ id, type: 'subscribe', payload: { query } });

function connect(protocols = ['graphql-transport-ws'], options = {}) {
    const socket = new WebSocket(input.url, protocols, { handshakeTimeout: 5000, ...options });
    socket.inbox = [];
    socket.waiting = () => {};
    socket.on('message', (data) => {
        socket.inbox.push(JSON.parse(data));
        socket.waiting();
    });
    socket.on('error', () => {});
    socket.ended = new Promise((resolve) => socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })));
    return new Promise((resolve, reject) => {
        socket.on('open', () => resolve(socket));
        socket.on('error', reject);
    });
}

function until(socket, what, fits) {
    return within(15000, what, new Promise((resolve) => {
        socket.waiting = () => fits(socket.inbox) && resolve();
        socket.waiting();
    }));
}

async function ready() {
    const socket = await connect();
    socket.send(INIT);
    await until(socket, 'ack', (inbox) => inbox.some((m) => m.type === 'connection_ack'));
    return socket;
}

// Sends some messages and tells how the connection ended and what had come by then.
async function closing(name, socket, ...messages) {
    messages.forEach((message) => socket.send(message));
    const { code, reason } = await within(8000, name, socket.ended);
    say({ name, code, reason, inbox: socket.inbox.map((m) => m.type) });
}

await main({
    async closes() {
        await closing('other sub-protocol', await connect(['tidegate.v1']));
        await closing('no sub-protocol', await connect([]));
        await closing('no init', await connect());
        await closing('two inits at once', await connect(), INIT, INIT);
        await closing('init when ready', await ready(), INIT);
        await closing('subscribe first', await connect(), subscribe('1'));
        await closing('duplicate id', await ready(), subscribe('same'), subscribe('same'));
        await closing('no id', await ready(), JSON.stringify({ type: 'subscribe', payload: { query: input.query } }));
        await closing('empty id', await ready(), subscribe(''));
        await closing('number as id', await ready(), subscribe(7));
        await closing('long id', await ready(), subscribe('x'.repeat(1000)));
        await closing('no query', await ready(), JSON.stringify({ id: '1', type: 'subscribe', payload: {} }));
        await closing('garbage', await ready(), '}{');
        await closing('array', await ready(), '[]');
        await closing('string', await ready(), '"connection_init"');
        await closing('empty', await ready(), '');
        await closing('unknown type', await ready(), '{"type":"start"}');
        await closing('binary', await ready(), Buffer.from(INIT));
        await closing('payload as text', await connect(), '{"type":"connection_init","payload":"x"}');
        await closing('ping with text', await ready(), '{"type":"ping","payload":"x"}');
        await closing('deep', await ready(), `{"type":"ping","payload":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`);
        await closing('garbage before init', await connect(), 'hello');
        await closing('bad token', await connect(), '{"type":"connection_init","payload":{"authorization":"Bearer x.y.z"}}');
        await closing('no token', await connect(), '{"type":"connection_init"}');
        await closing('big message', await ready(), JSON.stringify({ type: 'ping', payload: { a: 'x'.repeat(300 * 1024) } }));
        await closing('big message in small frames', await fragmented());
    },

    // What is allowed though unusual.
    async tolerated() {
        const early = await connect();
        early.send('{"type":"ping"}');
        await until(early, 'pong before init', (inbox) => inbox.some((m) => m.type === 'pong'));
        early.close();
        const socket = await ready();
        socket.send('{"type":"complete","id":"never"}');
        socket.send('{"type":"pong"}');
        socket.send('{"type":"ping","payload":null}');
        await until(socket, 'pong', (inbox) => inbox.some((m) => m.type === 'pong'));
        // An id is free again as soon as its operation is complete.
        socket.send(subscribe('again'));
        socket.send('{"type":"complete","id":"again"}');
        socket.send('{"type":"complete","id":"again"}');
        socket.send(subscribe('again'));
        socket.send(subscribe('broken', '{'));
        await until(socket, 'error', (inbox) => inbox.some((m) => m.type === 'error'));
        const error = socket.inbox.find((m) => m.type === 'error');
        socket.send(subscribe('query', '{__typename}'));
        await until(socket, 'complete', (inbox) => inbox.some((m) => m.type === 'complete' && m.id === 'query'));
        // The id of an operation that ended with an error is free too.
        socket.send(subscribe('broken', '{__typename}'));
        await until(socket, 'reuse', (inbox) => inbox.some((m) => m.type === 'complete' && m.id === 'broken'));
        say({ open: socket.readyState === WebSocket.OPEN, error, types: socket.inbox.map((m) => m.type) });
        socket.close();
    },

    // After its own close the server says nothing, whatever is still sent to it.
    async silent() {
        const socket = await ready();
        const before = socket.inbox.length;
        socket.send('}{');
        socket.send(subscribe('late'));
        socket.send('{"type":"ping"}');
        const { code } = await within(8000, 'close', socket.ended);
        say({ code, after: socket.inbox.slice(before) });
    },

    // More operations than one connection may have: an error for the one too many, the others go on.
    async many() {
        const socket = await ready();
        for (let i = 0; i <= 100; i++) {
            socket.send(subscribe(`s${i}`));
        }
        await until(socket, 'error', (inbox) => inbox.some((m) => m.type === 'error'));
        const errors = socket.inbox.filter((m) => m.type === 'error');
        say({ errors, open: socket.readyState === WebSocket.OPEN });
        socket.close();
    },

    async handshake() {
        const refused = (options) => new Promise((resolve) => {
            const address = new URL(input.url.replace(/^ws/, 'http'));
            const request = http.request({
                host: address.hostname, port: address.port, path: address.pathname,
                headers: {
                    connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13',
                    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-protocol': 'graphql-transport-ws',
                    ...options,
                },
            });
            request.on('response', (response) => resolve({ status: response.statusCode }));
            request.on('upgrade', (response, socket) => {
                socket.destroy();
                resolve({ status: 101, headers: response.headers });
            });
            request.on('error', (failure) => resolve({ status: 0, failure: String(failure) }));
            request.end();
        });
        const own = new URL(input.url.replace(/^ws/, 'http')).origin;
        for (const [name, headers] of Object.entries({
            'own origin': { origin: own },
            'no origin': {},
            'other origin': { origin: 'https://evil.example' },
            'null origin': { origin: 'null' },
            'suffix': { origin: `${own}.evil.example` },
            'other port': { origin: 'http://127.0.0.1:1' },
            'old version': { 'sec-websocket-version': '8' },
            'bad token': { authorization: 'Bearer x.y.z' },
            'basic': { authorization: 'Basic eDp5' },
            'compression': { 'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits, deflate-frame' },
        })) {
            const { status, headers: answer = {} } = await within(8000, name, refused(headers));
            say({ name, status, extensions: answer['sec-websocket-extensions'] ?? null, protocol: answer['sec-websocket-protocol'] ?? null });
        }
    },

    // Reads nothing at all until it is told to; then everything, and says how much.
    async stalled() {
        const socket = await ready();
        socket.send(subscribe('slow'));
        await until(socket, 'the first event', (inbox) => inbox.some((m) => m.type === 'next'));
        socket._socket.pause();
        say({ stalled: true });
        await within(35000, 'the end of the input', new Promise((resolve) => {
            process.stdin.on('end', resolve).resume();
        }));
        socket._socket.resume();
        // Counted as it comes: looking through all of it for each event would take longer than the stream.
        await until(socket, 'all events', (inbox) => inbox.length >= input.count + 1).catch((failure) => {
            console.error(`${socket.inbox.length} of ${input.count} messages`);
            throw failure;
        });
        const seen = socket.inbox.filter((m) => m.type === 'next').map((m) => Object.values(m.payload.data)[0].value.n);
        say({ count: seen.length, ordered: seen.every((n, i) => Number(n) === i) });
        socket.close();
    },
});

// One message in frames that are each small enough.
async function fragmented() {
    const socket = await ready();
    for (let i = 0; i < 10; i++) {
        socket.send('x'.repeat(60 * 1024), { fin: i === 9 });
    }
    return socket;
}
