package io.tidegate.gateway.delivery;

import io.tidegate.gateway.subscription.Conflation;
import io.tidegate.gateway.subscription.Tempo;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * When the newest events are due to a reader that conflates, and what it is in the middle of. The first event after a quiet
 * time is due at once; what follows is due after the interval, or up to a quarter of it later: so much is given for being due
 * together with others, who then share what is made.
 */
final class Beat {
    /** For those who conflate only while they are behind: so long a replay is held at most. */
    private static final Duration BEHIND = Duration.ofMillis(100);
    private static final int STEPS = 4;
    /** A piece of the log that is looked through or delivered is used at least so long, or it might never be. */
    private static final long PIECE_MIN = Duration.ofSeconds(1).toNanos();

    private final long interval;
    private boolean isQuiet = true;
    private long dueAt;
    private @Nullable Conflation piece;
    private long pieceSince;
    private @Nullable Long tick;

    private Beat(Duration interval) {
        this.interval = interval.toNanos();
    }

    /** The beat of a reader; null if it never conflates. */
    static @Nullable Beat of(Tempo tempo) {
        return tempo.mayConflate() ? new Beat(tempo.conflate().orElse(BEHIND)) : null;
    }

    boolean isDue(long nowNanos) {
        return isQuiet || nowNanos - dueAt >= 0;
    }

    /** When the next is due; to be asked only if none is now. */
    long dueAt() {
        return dueAt;
    }

    /** Everything that was due has been sent. */
    void sent(long nowNanos) {
        dueFrom(nowNanos + interval);
    }

    /** Nothing of what is new was for this reader: it is looked at again soon, and with others. */
    void sentNothing(long nowNanos) {
        dueFrom(nowNanos + 1);
    }

    /** The first moment from this one on that all readers of this interval have in common. */
    private void dueFrom(long nanos) {
        long step = Math.max(1, interval / STEPS);
        dueAt = -Math.floorDiv(-nanos, step) * step;
        isQuiet = false;
        piece = null;
    }

    /** The piece of the log that is being delivered; null if there is none, or it has been for so long that there is newer. */
    @Nullable
    Conflation piece(long nowNanos) {
        return piece != null && nowNanos - pieceSince <= Math.max(interval, PIECE_MIN)
                ? piece
                : null;
    }

    /** The piece of the log that is being delivered, however old it is; null if there is none. */
    @Nullable
    Conflation piece() {
        return piece;
    }

    void begin(@Nullable Conflation next, long nowNanos) {
        piece = next;
        pieceSince = nowNanos;
    }

    /** The tick that it waits for; null if it does not. */
    @Nullable
    Long tick() {
        return tick;
    }

    void waitsFor(@Nullable Long nanos) {
        tick = nanos;
    }
}
