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
    private static final long TURN_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final Hub hub;
    private final Runnable pump;
    private final Subscription subscription;
    private final Replays replays;
    private final Semaphore credits = new Semaphore(CHUNKS_AHEAD);
    private volatile boolean isGiven;
    /** Of the replay's thread alone: when it took its first chunk; 0 = not yet. */
    private long beganNanos;

    ReplaySink(Hub hub, Runnable pump, Subscription subscription, Replays replays) {
        this.hub = hub;
        this.pump = pump;
        this.subscription = subscription;
        this.replays = replays;
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
    public boolean isWanted() {
        return !isGiven;
    }

    @Override
    public boolean take(List<Entry> chunk) {
        boolean isTaken = false;
        try {
            isTaken = !isOthersTurn()
                    && credits.tryAcquire(PATIENCE_MILLIS, TimeUnit.MILLISECONDS) && !isGiven;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        boolean isWanted = isTaken;
        hub.execute(() -> {
            if (isWanted) {
                subscription.replayed(chunk);
            } else {
                subscription.replayStopped();
            }
            pump.run();
        });
        return isWanted;
    }

    /** A replay that has had its time makes room for one that waits, so that slow readers do not shut out the others. */
    private boolean isOthersTurn() {
        long now = hub.nanoTime();
        if (beganNanos == 0) {
            beganNanos = now;
            return false;
        }
        return now - beganNanos > TURN_NANOS && replays.hasWaiting();
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
        // Told late, so that it is not tried again before.
        hub.execute(() -> hub.after(RETRY_MILLIS, () -> {
            subscription.replayStopped();
            pump.run();
        }));
    }
}
