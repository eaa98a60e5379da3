package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.Replay;
import io.tidegate.gateway.feed.Start;
import io.tidegate.gateway.refusal.Refusal;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The replays at work: so many at a time, the others wait their turn. */
public final class Replays implements AutoCloseable {
    /** Each waiting replay belongs to an open stream; a further one is tried again later. */
    private static final int WAITING_MAX = 10_000;

    private final ThreadPoolExecutor threads;

    /**
     * @param concurrent
     *            how many replays read from Kafka at a time, 1 or more
     */
    public Replays(int concurrent) {
        threads = new ThreadPoolExecutor(concurrent, concurrent, 30, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(WAITING_MAX),
                Thread.ofPlatform().daemon().name("replay ", 0).factory());
        threads.allowCoreThreadTimeOut(true);
    }

    void submit(Feed feed, Start from, ReplaySink sink) {
        try {
            threads.execute(() -> run(feed, from, sink));
        } catch (RejectedExecutionException e) {
            sink.failed("too many readers wait for a replay");
        }
    }

    /** Whether a replay waits for its turn. */
    boolean hasWaiting() {
        return !threads.getQueue().isEmpty();
    }

    private static void run(Feed feed, Start from, ReplaySink sink) {
        if (!sink.isWanted()) {
            // Closed while it waited; no consumer is opened for it.
            return;
        }
        Replay replay;
        try {
            replay = new Replay(feed, from, feed.tail(), sink);
        } catch (Refusal.Thrown e) {
            sink.failed(e.refusal().detail());
            return;
        }
        replay.run();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
