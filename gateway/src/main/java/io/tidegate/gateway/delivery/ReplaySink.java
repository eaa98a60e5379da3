package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Entry;
import io.tidegate.gateway.feed.Feed.Tail;
import io.tidegate.gateway.feed.Replay;
import io.tidegate.gateway.subscription.Subscription;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands a replay's chunks from its thread to a subscription on its event loop, two at a time. A reader that takes none for a
 * while loses its replay, not its place: replays are few and belong to those who read.
 */
final class ReplaySink implements Replay.Sink {
    private static final Logger LOG = LoggerFactory.getLogger(ReplaySink.class);
    private static final int CHUNKS_AHEAD = 2;
    private static final long PATIENCE_MILLIS = 2000;
    private static final long RETRY_MILLIS = 1000;

    private final Hub hub;
    private final Runnable pump;
    private final Subscription subscription;
    private final Semaphore credits = new Semaphore(CHUNKS_AHEAD);
    private volatile boolean isGiven;

    ReplaySink(Hub hub, Runnable pump, Subscription subscription) {
        this.hub = hub;
        this.pump = pump;
        this.subscription = subscription;
    }

    /** The reader is gone. */
    void give() {
        isGiven = true;
        credits.release(CHUNKS_AHEAD);
    }

    void chunkTaken() {
        credits.release();
    }

    @Override
    public boolean take(List<Entry> chunk) {
        try {
            boolean isWanted = credits.tryAcquire(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
                    && !isGiven;
            hub.execute(() -> {
                if (isWanted) {
                    subscription.replayed(chunk);
                } else {
                    subscription.replayStopped();
                }
                pump.run();
            });
            return isWanted;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void caughtUp(Tail until) {
        hub.execute(() -> {
            subscription.caughtUp(until);
            pump.run();
        });
    }

    @Override
    public void failed(String reason) {
        LOG.atWarn().log("a replay failed and will be tried again: {}", reason);
        hub.execute(() -> {
            subscription.replayStopped();
            hub.after(RETRY_MILLIS, pump);
        });
    }
}
