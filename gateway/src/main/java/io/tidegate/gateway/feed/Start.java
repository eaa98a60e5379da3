package io.tidegate.gateway.feed;

import java.util.List;

/**
 * Where a reader really begins.
 *
 * @param next
 *            for each partition the offset to begin with
 * @param lost
 *            what the reader asked for and will not get; announced before the first event
 */
public record Start(long[] next, int[] epochs, List<Lost> lost) {
    public Start {
        lost = List.copyOf(lost);
    }
}
