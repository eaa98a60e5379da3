package io.tidegate.loadtests.fanout;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * All subscribers in one thread with one buffer: reads what comes and counts the events in it, so that it takes as little as
 * possible of the CPU that it shares with what is measured. Not thread-safe.
 */
final class LoadClient implements AutoCloseable {
    private static final int BUFFER_BYTES = 256 * 1024;
    private static final int HEAD_MAX = 64 * 1024;
    private static final int ANSWER_SECONDS = 20;

    private final Selector selector = Selector.open();
    private final List<MarkScanner> scanners = new ArrayList<>();
    private final byte[] bytes = new byte[BUFFER_BYTES];
    private final ByteBuffer direct = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Latencies latencies = new Latencies();
    private final Clock clock = Clock.systemUTC();
    private int closed;

    LoadClient() throws IOException {
    }

    /**
     * Opens so many subscriptions, one connection each, one after the other.
     *
     * @param token
     *            for the gateway; the others ignore it
     */
    void connect(Server server, int port, String token, int subscribers) throws IOException {
        for (int i = 0; i < subscribers; i++) {
            var channel = SocketChannel
                    .open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.socket().setSoTimeout(ANSWER_SECONDS * 1000);
            open(server, channel, token);
            channel.configureBlocking(false);
            var scanner = new MarkScanner();
            scanners.add(scanner);
            channel.register(selector, SelectionKey.OP_READ, scanner);
        }
    }

    private static void open(Server server, SocketChannel channel, String token)
            throws IOException {
        if (server == Server.TIDEGATE_SSE) {
            send(channel, "GET " + LoadEvent.PATH + " HTTP/1.1\r\nHost: localhost\r\n"
                    + "Accept: text/event-stream\r\nAuthorization: Bearer " + token + "\r\n\r\n");
            await(channel, "HTTP/1.1 200", "\r\n\r\n");
            return;
        }
        boolean isGraphQl = server == Server.TIDEGATE_GRAPHQL;
        send(channel, "GET " + (isGraphQl ? "/graphql" : LoadEvent.PATH) + " HTTP/1.1\r\n"
                + "Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
                + (server.isTidegate()
                        ? "Sec-WebSocket-Protocol: "
                                + (isGraphQl ? "graphql-transport-ws" : "tidegate.v1")
                                + "\r\nAuthorization: Bearer " + token + "\r\n"
                        : "")
                + "\r\n");
        await(channel, "HTTP/1.1 101", "\r\n\r\n");
        if (isGraphQl) {
            sendText(channel, "{\"type\":\"connection_init\"}");
            await(channel, "", "connection_ack");
            sendText(channel, "{\"id\":\"" + UUID.randomUUID()
                    + "\",\"type\":\"subscribe\",\"payload\":{\"query\":\"subscription{loadEvents{"
                    + LoadEvent.SELECTION + "}}\"}}");
        }
    }

    private static void send(SocketChannel channel, String text) throws IOException {
        var out = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    /** One masked text frame; the mask is zero, which is one, too. */
    private static void sendText(SocketChannel channel, String text) throws IOException {
        var payload = text.getBytes(StandardCharsets.US_ASCII);
        var out = ByteBuffer.allocate(payload.length + 8).put((byte) 0x81);
        if (payload.length < 126) {
            out.put((byte) (0x80 | payload.length));
        } else {
            out.put((byte) (0x80 | 126)).putShort((short) payload.length);
        }
        out.putInt(0).put(payload).flip();
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    private static void await(SocketChannel channel, String first, String last)
            throws IOException {
        var answer = new StringBuilder();
        var in = channel.socket().getInputStream();
        var piece = new byte[4096];
        while (answer.indexOf(last) < 0) {
            int read = in.read(piece);
            if (read < 0 || answer.length() > HEAD_MAX) {
                throw new IOException("the server ended the connection after: " + answer);
            }
            answer.append(new String(piece, 0, read, StandardCharsets.ISO_8859_1));
        }
        if (answer.indexOf(first) != 0) {
            throw new IOException("expected '" + first + "' but the server said: " + answer);
        }
    }

    /** Reads whatever is there, waiting at most so long for something. */
    void read(long millis) throws IOException {
        selector.select(key -> {
            var scanner = (MarkScanner) key.attachment();
            int kept = scanner.restore(bytes);
            int read = readSome((SocketChannel) key.channel(), kept);
            if (read < 0) {
                key.cancel();
                closed++;
            } else if (read > 0) {
                long now = LoadEvent.micros(clock);
                scanner.scan(bytes, kept + read, sent -> latencies.add(now - sent));
            }
        }, Math.max(1, millis));
    }

    private int readSome(SocketChannel channel, int at) {
        try {
            direct.clear().limit(BUFFER_BYTES - at);
            int read = channel.read(direct);
            if (read > 0) {
                direct.flip().get(bytes, at, read);
            }
            return read;
        } catch (IOException e) {
            return -1;
        }
    }

    /** Begins to count anew. */
    void clear() {
        scanners.forEach(MarkScanner::clear);
        latencies.clear();
    }

    Latencies latencies() {
        return latencies;
    }

    long deliveries() {
        return scanners.stream().mapToLong(MarkScanner::count).sum();
    }

    long fewest() {
        return scanners.stream().mapToLong(MarkScanner::count).min().orElse(0);
    }

    long most() {
        return scanners.stream().mapToLong(MarkScanner::count).max().orElse(0);
    }

    long gaps() {
        return scanners.stream().mapToLong(MarkScanner::gaps).sum();
    }

    int closed() {
        return closed;
    }

    /** Whether every connection has got at least one event. */
    boolean hasAllBegun() {
        return scanners.stream().allMatch(scanner -> scanner.last() >= 0);
    }

    /** The last number that every connection has got; -1 = not all have begun. */
    long reached() {
        return scanners.stream().mapToLong(MarkScanner::last).min().orElse(-1);
    }

    @Override
    public void close() throws IOException {
        for (var key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
