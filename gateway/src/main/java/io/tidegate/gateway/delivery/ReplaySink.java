package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.Replay;
import io.tidegate.gateway.feed.Start;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.subscription.Subscription;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands a replay's chunks to a subscription, one whenever it has nothing else to write. A reader that takes none has none
 * waiting. Confined to the event loop of the subscription.
 */
final class ReplaySink {
    private static final Logger LOG = LoggerFactory.getLogger(ReplaySink.class);
    private static final long RETRY_MILLIS = 1000;

    private final Hub hub;
    private final Runnable pump;
    private final Subscription subscription;
    private final Replays replays;
    private @Nullable Replay replay;
    /** It waits for its turn, or for Kafka. */
    private boolean isWaiting;

    ReplaySink(Hub hub, Runnable pump, Subscription subscription, Replays replays) {
        this.hub = hub;
        this.pump = pump;
        this.subscription = subscription;
        this.replays = replays;
    }

    void begin(Feed feed, Start from) {
        try {
            replay = replays.replay(feed, from);
            more();
        } catch (Refusal.Thrown e) {
            failed(e.refusal().detail());
        }
    }

    /** The reader is gone. */
    void give() {
        replay = null;
    }

    /** The reader takes more. */
    void more() {
        if (replay != null && !isWaiting && subscription.chunksWaiting() == 0) {
            isWaiting = true;
            replays.turns(hub).add(this);
        }
    }

    /** Its turn: one chunk. */
    void turn() {
        var at = replay;
        if (at == null) {
            return;
        }
        switch (at.next()) {
            case Replay.Next.Chunk(var entries) -> {
                isWaiting = false;
                subscription.replayed(entries);
                pump.run();
            }
            case Replay.Next.Later(var stage) -> {
                var unused = stage.whenComplete((ignored, failure) -> replays.turns(hub).add(this));
            }
            case Replay.Next.CaughtUp(var until) -> {
                replay = null;
                subscription.caughtUp(until);
                pump.run();
            }
            case Replay.Next.Failed(String reason) -> failed(reason);
        }
    }

    private void failed(String reason) {
        LOG.atWarn().log("a replay failed and will be tried again: {}", reason);
        replay = null;
        // Told late, so that it is not tried again before.
        hub.after(RETRY_MILLIS, () -> {
            subscription.replayStopped();
            pump.run();
        });
    }
}
