package io.tidegate.loadtests.client;

import io.tidegate.loadtests.server.LoadEvent;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Many subscribers in one thread with one buffer: reads what comes and counts the events in it, so that it takes as little as
 * possible of the CPU that it shares with what is measured. Not thread-safe.
 */
public final class LoadClient implements AutoCloseable {
    private static final int BUFFER_BYTES = 256 * 1024;
    private static final long OPEN_NANOS = 240_000_000_000L;
    /** Connections that are being opened at a time, unless more are wanted. */
    private static final int AT_ONCE = 64;
    /** From one own address, well below the ports that a system lends. */
    private static final int PER_ADDRESS = 10_000;
    /** Every connection shows a sign of life so often. */
    private static final long ALIVE_NANOS = 15_000_000_000L;
    private static final long REACHED_NANOS = 1_000_000L;

    private final Selector selector = Selector.open();
    private final List<Connection> connections = new ArrayList<>();
    private final byte[] bytes = new byte[BUFFER_BYTES];
    private final ByteBuffer direct = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final Latencies latencies = new Latencies();
    private final Clock clock = Clock.systemUTC();
    private final long stride;
    private final MarkScanner.Listener listener = this::event;
    private long nowMicros;
    private long deliveries;
    private int closed;
    private int opening;
    private long reached = -1;
    private long reachedAt = System.nanoTime();
    private long aliveFrom = System.nanoTime();
    private int alive;
    private boolean isCounted;
    private boolean isNew = true;
    /** So many of the first are counted. */
    private int watched = Integer.MAX_VALUE;

    /** Subscribers that get every event. */
    public LoadClient() throws IOException {
        this(1);
    }

    /**
     * @param stride
     *            how much the number of a subscriber's event is larger than that of the one before
     */
    public LoadClient(long stride) throws IOException {
        this.stride = stride;
    }

    /**
     * Opens so many further subscriptions, one connection each; returns when the server has answered all of them.
     *
     * @throws IOException
     *             with what the server answered if it refuses one
     */
    public void open(IntFunction<Dial> dial, int subscribers) throws IOException {
        long begin = System.nanoTime();
        int until = connections.size() + subscribers;
        while (connections.size() < until || opening > 0) {
            while (connections.size() < until && opening < AT_ONCE) {
                start(dial.apply(connections.size()));
            }
            read(5);
            if (System.nanoTime() - begin > OPEN_NANOS) {
                throw new IOException("after 240 s " + opening + " of " + connections.size()
                        + " connections are not open");
            }
        }
    }

    private void start(Dial dial) throws IOException {
        connections.add(new Connection(connections.size(), dial, new MarkScanner(stride), selector,
                address(connections.size())));
        opening++;
        isNew = true;
    }

    private static InetAddress address(int index) throws IOException {
        return InetAddress.getByAddress(
                new byte[]{127, 0, 0, (byte) (1 + index / PER_ADDRESS % 200)});
    }

    /** Cuts one subscriber off; it is not counted as one that the server has closed. */
    public void cut(int index) {
        connections.get(index).close();
    }

    /** Begins to connect a subscriber that was cut off; its numbering goes on. */
    public void redial(int index, Dial dial) throws IOException {
        var scanner = connections.get(index).scanner();
        scanner.reconnected();
        connections.set(index,
                new Connection(index, dial, scanner, selector, address(index)));
        opening++;
    }

    /** Subscribers that are not let in yet. */
    public int opening() {
        return opening;
    }

    /** The last number that this subscriber has got; -1 = none yet. */
    public long last(int index) {
        return connections.get(index).scanner().last();
    }

    /** Every subscriber is to get the event behind this one next. */
    public void expectAfter(long number) {
        connections.forEach(connection -> connection.scanner().expectAfter(number));
        isNew = true;
    }

    /** Reads what there is, waiting so long for it at most; 0 = not at all. */
    public void read(int millis) throws IOException {
        nowMicros = LoadEvent.micros(clock);
        keepSomeAlive();
        if (millis == 0) {
            selector.selectNow(this::ready);
        } else {
            selector.select(this::ready, millis);
        }
    }

    private void ready(SelectionKey key) {
        var connection = (Connection) key.attachment();
        boolean wasLive = connection.isLive();
        try {
            if (key.isConnectable()) {
                connection.connected();
            } else {
                nowMicros = LoadEvent.micros(clock);
                isCounted = connection.index() < watched;
                connection.read(bytes, direct, listener);
            }
        } catch (IOException e) {
            connection.close();
            if (!wasLive) {
                throw new IllegalStateException("a subscriber is not let in: " + e.getMessage(),
                        e);
            }
        }
        if (wasLive && connection.isClosed()) {
            closed++;
        } else if (!wasLive && connection.isLive()) {
            opening--;
        }
    }

    private void event(long sentMicros) {
        if (isCounted) {
            deliveries++;
            latencies.add(nowMicros - sentMicros);
        }
    }

    private void keepSomeAlive() {
        long since = System.nanoTime() - aliveFrom;
        int until = (int) Math.min(connections.size(), connections.size() * since / ALIVE_NANOS);
        while (alive < until) {
            keepAlive(connections.get(alive++));
        }
        if (since >= ALIVE_NANOS) {
            aliveFrom = System.nanoTime();
            alive = 0;
        }
    }

    /** Shows a sign of life on every connection, which is to be done when nothing was read for a while. */
    public void keepAlive() {
        connections.forEach(LoadClient::keepAlive);
        aliveFrom = System.nanoTime();
        alive = 0;
    }

    private static void keepAlive(Connection connection) {
        try {
            connection.keepAlive();
        } catch (IOException e) {
            // The next read finds it closed.
        }
    }

    /** Counts so many of the first subscribers only; what the others get is read and looked at, but is in no figure. */
    public void watch(int first) {
        watched = first;
        isNew = true;
    }

    /** The subscribers that are not counted stop reading. */
    public void hold() throws IOException {
        for (var connection : connections.subList(watched(), connections.size())) {
            connection.hold();
        }
    }

    /** All read again, and all are counted. */
    public void release() throws IOException {
        for (var connection : connections) {
            connection.release();
        }
        watched = Integer.MAX_VALUE;
        isNew = true;
    }

    private int watched() {
        return Math.min(watched, connections.size());
    }

    private List<Connection> counted() {
        return connections.subList(0, watched());
    }

    /** Begins to count anew. */
    public void clear() {
        connections.forEach(connection -> connection.scanner().clear());
        latencies.clear();
        deliveries = 0;
        closed = 0;
    }

    /** Subscribers that are counted, cut off or not. */
    public int size() {
        return watched();
    }

    /** Times from when an event was due until it was read, in microseconds. */
    public Latencies latencies() {
        return latencies;
    }

    /** Events read, all subscribers together. */
    public long deliveries() {
        return deliveries;
    }

    /** Events of the subscriber that got the fewest. */
    public long fewest() {
        return counted().stream().mapToLong(c -> c.scanner().count()).min().orElse(0);
    }

    /** Events of the subscriber that got the most. */
    public long most() {
        return counted().stream().mapToLong(c -> c.scanner().count()).max().orElse(0);
    }

    /** How often a subscriber got an event that did not follow the one before. */
    public long gaps() {
        return counted().stream().mapToLong(c -> c.scanner().gaps()).sum();
    }

    /** Connections that the server has ended. */
    public int closed() {
        return closed;
    }

    /** Whether every subscriber has got at least one event. */
    public boolean hasAllBegun() {
        return reached() >= 0;
    }

    /** What a subscriber that has got no event was told instead; empty if there is none. */
    public String complaint() {
        return counted().stream().filter(c -> c.scanner().last() < 0).map(Connection::said)
                .filter(said -> !said.isBlank()).findFirst().orElse("");
    }

    /** The last number that every subscriber has got, as of a millisecond ago; -1 = not all have begun. */
    public long reached() {
        long now = System.nanoTime();
        if (isNew || now - reachedAt > REACHED_NANOS + 100L * connections.size()) {
            reached = counted().stream().mapToLong(c -> c.scanner().last()).min().orElse(-1);
            reachedAt = now;
            isNew = false;
        }
        return reached;
    }

    /** Subscribers that have got the event of this number. */
    public int reachedBy(long number) {
        return (int) counted().stream().filter(c -> c.scanner().last() >= number).count();
    }

    /** How many of the subscribers that are not counted have bytes waiting for them in the kernel. */
    public int held() throws IOException {
        var ports = new HashSet<Integer>();
        for (var connection : connections.subList(watched(), connections.size())) {
            ports.add(connection.localPort());
        }
        int unread = 0;
        for (var table : KernelSockets.TABLES) {
            if (Files.exists(table)) {
                unread += KernelSockets.unread(Files.readAllLines(table), ports);
            }
        }
        return unread;
    }

    @Override
    public void close() throws IOException {
        connections.forEach(Connection::close);
        selector.close();
    }
}
