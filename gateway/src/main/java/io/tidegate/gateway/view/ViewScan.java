package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The rows of one consistent state, page by page, for a reader that takes its time. Not thread-safe; every call may block.
 */
public interface ViewScan extends AutoCloseable {

    /** Which events this state counts: all before it, none after. */
    Position position();

    /**
     * The latest of the own times of the events that this state counts; empty = it counts none. Asked before the first
     * {@link #next}.
     */
    Optional<Instant> newest();

    /**
     * How many rows of this state satisfy the query's predicate, wherever the scan begins and ends. Asked before the first
     * {@link #next}.
     */
    long count();

    /**
     * The rows behind those that were given before.
     *
     * @param rowsMax
     *            1 or more
     * @return fewer than that, perhaps none, at the end
     * @throws ViewFailure
     *             if the store cannot be read any more
     */
    default List<StoredRow> next(int rowsMax) {
        return next(rowsMax, Long.MAX_VALUE);
    }

    /**
     * Likewise, but no more of them than are as long together.
     *
     * @param charsMax
     *            of the rows as the store keeps them; the last one may go beyond it
     * @return none at the end
     */
    List<StoredRow> next(int rowsMax, long charsMax);

    @Override
    void close();
}
