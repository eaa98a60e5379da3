package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import java.util.List;
import java.util.Optional;

/**
 * The current state of one product. One thread applies events; any number of threads read. Every call may block: callers
 * are virtual threads.
 */
public interface View extends AutoCloseable {

    /** What has been applied; empty = nothing yet, or the store was lost: apply from the beginning. */
    Optional<Position> position();

    /**
     * Applies events in order and remembers the position with them, in one transaction. Events at or before the stored
     * position are skipped.
     *
     * @param after
     *            the position behind the last of them
     * @throws ViewFailure
     *             if the store could not take them; nothing of the batch is visible then
     */
    void apply(List<Event> events, Position after);

    /** Forgets every row and the position, as when the topic was replaced. */
    void reset();

    /** One consistent state; close it soon. */
    ViewSnapshot snapshot();

    /**
     * The rows of one consistent state that satisfy the predicate, for a reader that takes its time. Few can be open at a
     * time; the next one waits.
     *
     * @throws ViewFailure
     *             if none of those was closed within the deadline of a query, or the store cannot be read
     */
    ViewScan scan(Predicate where);

    @Override
    void close();
}
