package io.tidegate.gateway.view;

import java.time.Duration;

/**
 * How long changes wait for company before they are applied. A store that pays by the batch is fed seldom while it is busy, and
 * soon while little happens: a batch that took some time is followed by a pause of a multiple of it.
 *
 * @param least
 *            how long the first change after a silence waits
 * @param most
 *            how long any change waits, beside the time of the batch before it
 * @param restFactor
 *            the pause after a batch, as a multiple of the time that it took
 */
public record Pace(Duration least, Duration most, int restFactor) {
    /** For a store that pays by the batch: seen after a tenth of a second, or after one second while it is busy. */
    public static final Pace BATCHES = new Pace(Duration.ofMillis(100), Duration.ofSeconds(1), 4);
    /** For a store that pays by the row. */
    public static final Pace AT_ONCE = new Pace(Duration.ofMillis(2), Duration.ofMillis(5), 0);

    public Pace {
        if (least.isNegative() || most.compareTo(least) < 0 || restFactor < 0) {
            throw new IllegalArgumentException("a pace of " + least + " to " + most);
        }
    }

    /** How long to wait after a batch that took so long. */
    Duration after(Duration batch) {
        var rest = batch.multipliedBy(restFactor);
        return rest.compareTo(least) < 0 ? least : rest.compareTo(most) > 0 ? most : rest;
    }
}
