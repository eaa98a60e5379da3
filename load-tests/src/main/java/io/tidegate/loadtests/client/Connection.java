package io.tidegate.loadtests.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * One subscriber's socket, from the dialling to the events.
 *
 * <pre>
 *   CONNECTING ──connected──▶ TALKING ──last answer──▶ LIVE ──end of stream──▶ CLOSED
 * </pre>
 */
final class Connection {
    private static final int HELD_BYTES = 8 * 1024;
    private static final int RELEASED_BYTES = 1024 * 1024;
    private static final int SAID_MAX = 400;
    private static final int ANSWER_MAX = 64 * 1024;
    /** A masked pong without content, which nobody has asked for (RFC 6455 5.5.3). */
    private static final byte[] PONG = {(byte) 0x8a, (byte) 0x80, 0, 0, 0, 0};

    private final int index;
    private final Dial dial;
    private final MarkScanner scanner;
    private final SocketChannel channel;
    private final SelectionKey key;
    private final StringBuilder answer = new StringBuilder();
    private int step;
    private State state = State.CONNECTING;

    private enum State {
        CONNECTING, TALKING, LIVE, CLOSED
    }

    /**
     * Begins to connect.
     *
     * @param from
     *            own address
     */
    Connection(int index, Dial dial, MarkScanner scanner, Selector selector, InetAddress from)
            throws IOException {
        this.index = index;
        this.dial = dial;
        this.scanner = scanner;
        channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.bind(new InetSocketAddress(from, 0));
        boolean isConnected = channel.connect(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), dial.port()));
        key = channel.register(selector,
                isConnected ? SelectionKey.OP_READ : SelectionKey.OP_CONNECT, this);
        if (isConnected) {
            talk();
        }
    }

    /** The connection is there, or an exception is thrown. */
    void connected() throws IOException {
        if (channel.finishConnect()) {
            key.interestOps(SelectionKey.OP_READ);
            talk();
        }
    }

    private void talk() throws IOException {
        state = State.TALKING;
        send(dial.steps().get(step).send());
        if (dial.steps().get(step).await().isEmpty()) {
            next();
        }
    }

    private void next() throws IOException {
        step++;
        answer.setLength(0);
        if (step < dial.steps().size()) {
            talk();
        } else {
            state = State.LIVE;
        }
    }

    /**
     * Reads some; once live, events go to the scanner.
     *
     * @param bytes
     *            where they are scanned
     * @param direct
     *            of the same size
     */
    void read(byte[] bytes, ByteBuffer direct, MarkScanner.Listener listener) throws IOException {
        int kept = state == State.LIVE ? scanner.restore(bytes) : 0;
        direct.clear().limit(bytes.length - kept);
        int read = channel.read(direct);
        if (read < 0) {
            if (state != State.LIVE) {
                throw new IOException("the server ended the connection after " + answer);
            }
            close();
        } else if (read > 0) {
            direct.flip().get(bytes, kept, read);
            if (state == State.LIVE) {
                scanner.scan(bytes, kept + read, listener);
                if (scanner.last() < 0) {
                    remember(bytes, kept + read);
                }
            } else {
                hear(bytes, read, listener);
            }
        }
    }

    /** What comes before the first event may say why there is none. */
    private void remember(byte[] bytes, int length) {
        answer.setLength(0);
        answer.append(new String(bytes, 0, Math.min(length, SAID_MAX),
                StandardCharsets.ISO_8859_1));
    }

    /** What the server has said last, unless it was an event. */
    String said() {
        return answer.toString();
    }

    private void hear(byte[] bytes, int read, MarkScanner.Listener listener) throws IOException {
        int before = answer.length();
        answer.append(new String(bytes, 0, read, StandardCharsets.ISO_8859_1));
        if (before == 0 && step == 0 && answer.length() > 12
                && !answer.substring(0, 12).matches("HTTP/1.1 (101|200)")) {
            throw new IOException("the server answered " + answer);
        }
        var awaited = dial.steps().get(step).await();
        int at = answer.indexOf(awaited);
        if (at >= 0) {
            int behind = at + awaited.length() - before;
            next();
            if (state == State.LIVE && behind < read) {
                System.arraycopy(bytes, behind, bytes, 0, read - behind);
                scanner.scan(bytes, read - behind, listener);
            }
        } else if (answer.length() > ANSWER_MAX) {
            throw new IOException("the server answers without an end: " + answer.substring(0, 200));
        }
    }

    /** A sign of life, which servers want now and then. */
    void keepAlive() throws IOException {
        if (state == State.LIVE && dial.isWebSocket()) {
            channel.write(ByteBuffer.wrap(PONG));
        }
    }

    private void send(byte[] bytes) throws IOException {
        var out = ByteBuffer.wrap(bytes);
        while (out.hasRemaining()) {
            if (channel.write(out) == 0) {
                Thread.onSpinWait();
            }
        }
    }

    /** Reads no more, and the kernel takes next to nothing in its stead. */
    void hold() throws IOException {
        if (key.isValid()) {
            key.interestOps(0);
            channel.setOption(StandardSocketOptions.SO_RCVBUF, HELD_BYTES);
        }
    }

    /** Reads again. */
    void release() throws IOException {
        if (key.isValid() && key.interestOps() == 0) {
            channel.setOption(StandardSocketOptions.SO_RCVBUF, RELEASED_BYTES);
            key.interestOps(SelectionKey.OP_READ);
        }
    }

    /** Its place among the others. */
    int index() {
        return index;
    }

    MarkScanner scanner() {
        return scanner;
    }

    boolean isLive() {
        return state == State.LIVE;
    }

    boolean isClosed() {
        return state == State.CLOSED;
    }

    /** Own port; tells the kernel's view of this connection. */
    int localPort() throws IOException {
        return ((InetSocketAddress) channel.getLocalAddress()).getPort();
    }

    void close() {
        state = State.CLOSED;
        key.cancel();
        try {
            channel.close();
        } catch (IOException e) {
            // It is gone either way.
        }
    }
}
