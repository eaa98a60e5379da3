package io.tidegate.gateway.subscription;

import java.time.Duration;
import java.util.Optional;

/**
 * How a reader wants its events over time.
 *
 * @param conflate
 *            only the newest event of each key, at most so often; empty = every event
 * @param onSlow
 *            what happens when it cannot follow
 */
public record Tempo(Optional<Duration> conflate, OnSlow onSlow) {

    /** Every event, whatever it takes. */
    public static final Tempo EVERY_EVENT = of(OnSlow.WAIT);

    public static Tempo of(OnSlow onSlow) {
        return new Tempo(Optional.empty(), onSlow);
    }

    /** Whether the reader ever gets the newest event of a key alone. */
    public boolean mayConflate() {
        return conflate.isPresent() || onSlow == OnSlow.CONFLATE;
    }
}
