// The plain stream over a WebSocket: no library but the socket.
import WebSocket from 'ws';
import { input, main, say, within } from './run.mjs';

function open(protocol, headers = {}) {
    const socket = new WebSocket(input.url, protocol, { headers });
    socket.inbox = [];
    socket.waiting = () => {};
    socket.on('message', (data) => {
        socket.inbox.push(JSON.parse(data));
        socket.waiting();
    });
    socket.ended = new Promise((resolve) => socket.on('close', (code, reason) => resolve({ code, reason: String(reason) })));
    return new Promise((resolve, reject) => {
        socket.on('open', () => resolve(socket));
        socket.on('error', reject);
    });
}

// Until the inbox fits.
function until(socket, what, fits) {
    return within(15000, what, new Promise((resolve) => {
        socket.waiting = () => {
            if (fits(socket.inbox)) {
                socket.waiting = () => {};
                resolve();
            }
        };
        socket.waiting();
    }));
}

const quiet = (millis) => new Promise((go) => setTimeout(go, millis));
const events = (inbox) => inbox.filter((message) => 'op' in message);
const bearer = { authorization: `Bearer ${input.token}` };

await main({
    // The token in the first message, with parameters beside it.
    async first() {
        const socket = await open(input.protocol);
        socket.send(JSON.stringify({ token: input.token, from: 'earliest', ...input.parameters }));
        await until(socket, 'events', (inbox) => inbox.length >= input.count);
        socket.inbox.slice(0, input.count).forEach((message) => say({ protocol: socket.protocol, message }));
        socket.close();
        say({ closed: (await socket.ended).code });
    },

    // Pause, resume, another filter, a fresh token and one of somebody else, all on one stream.
    async talk() {
        const socket = await open('tidegate.v1', bearer);
        await until(socket, 'the first events', (inbox) => events(inbox).length >= 20);
        socket.send('{"pause":true}');
        await quiet(400);
        const held = events(socket.inbox).length;
        say({ publish: 'more' });
        await quiet(800);
        say({ during: events(socket.inbox).length - held });
        socket.send('{"resume":true}');
        await until(socket, 'events after the pause', (inbox) => events(inbox).length >= 40);
        socket.send(JSON.stringify({ token: input.fresh }));
        await until(socket, 'the renewal', (inbox) => inbox.some((m) => m.notice?.code === 'token-accepted'));
        socket.send(JSON.stringify({ token: input.foreign }));
        await until(socket, 'the refusal', (inbox) => inbox.some((m) => m.notice?.code === 'token-refused'));
        socket.send(JSON.stringify({ where: 'event.nonsense == 1' }));
        await until(socket, 'the complaint', (inbox) => inbox.some((m) => m.notice?.code === 'filter-invalid'));
        socket.send(JSON.stringify({ where: "event.station == 'S1'" }));
        await quiet(300);
        say({ publish: 'filtered' });
        await until(socket, 'filtered events', (inbox) => events(inbox).length >= 44);
        await quiet(200);
        events(socket.inbox).forEach((event) => say({ n: event.value.n, station: event.value.station }));
        socket.close();
    },

    async until_closed() {
        const socket = await open(input.protocol, input.withToken ? bearer : {});
        if (input.send !== undefined) {
            socket.send(input.send);
        }
        const { code, reason } = await within(20000, 'the close', socket.ended);
        say({ code, reason, inbox: socket.inbox.slice(-3) });
    },
});
