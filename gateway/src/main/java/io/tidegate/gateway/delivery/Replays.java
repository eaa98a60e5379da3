package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.Replay;
import io.tidegate.gateway.feed.Start;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The replays at work: so many at a time, the others wait their turn. */
public final class Replays implements AutoCloseable {
    private final ThreadPoolExecutor threads;

    /**
     * @param concurrent
     *            how many replays read from Kafka at a time, 1 or more
     */
    public Replays(int concurrent) {
        threads = new ThreadPoolExecutor(concurrent, concurrent, 30, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name("replay ", 0).factory());
        threads.allowCoreThreadTimeOut(true);
    }

    void submit(Feed feed, Start from, ReplaySink sink) {
        threads.execute(() -> new Replay(feed, from, feed.tail(), sink).run());
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
