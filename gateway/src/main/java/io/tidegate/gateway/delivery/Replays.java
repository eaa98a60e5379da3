package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.Replay;
import io.tidegate.gateway.feed.Start;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** What the replays of all event loops have in common: the threads that read from Kafka for them, and their turns. */
public final class Replays implements AutoCloseable {
    /** Most readers wait for what others wait for; a further one is tried again later. */
    private static final int WAITING_MAX = 10_000;

    private final ThreadPoolExecutor threads;
    // Bounded: one an event loop.
    private final Map<Hub, ReplayTurns> turns = new ConcurrentHashMap<>();

    /**
     * @param concurrent
     *            how many blocks are read from Kafka at a time, 1 or more
     */
    public Replays(int concurrent) {
        threads = new ThreadPoolExecutor(concurrent, concurrent, 30, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(WAITING_MAX),
                Thread.ofPlatform().daemon().name("replay ", 0).factory());
        threads.allowCoreThreadTimeOut(true);
    }

    void submit(Feed feed, Start from, ReplaySink sink) {
        sink.begin(feed, from);
    }

    Replay replay(Feed feed, Start from) {
        return Replay.shared(feed, from, feed.tail(), threads);
    }

    ReplayTurns turns(Hub hub) {
        return turns.computeIfAbsent(hub, ReplayTurns::new);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
