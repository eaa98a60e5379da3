package io.tidegate.gateway.view;

import java.time.Duration;

/** When the next batch of a part is due. Of one thread; times are nanoseconds of any clock that only goes forward. */
final class Rhythm {
    private final Pace pace;
    private long notBefore;
    private boolean hasApplied;

    Rhythm(Pace pace) {
        this.pace = pace;
    }

    /** A batch has been applied. */
    void applied(long from, long to) {
        notBefore = to + pace.after(Duration.ofNanos(to - from)).toNanos();
        hasApplied = true;
    }

    /**
     * @param first
     *            when the oldest change that waits was seen
     */
    long due(long first) {
        long soonest = first + pace.least().toNanos();
        return hasApplied && notBefore - soonest > 0 ? notBefore : soonest;
    }
}
