package io.tidegate.gateway.view;

import io.tidegate.gateway.predicate.Predicate;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * The current state of one product, and its changes as long as its contract keeps them. Any number of threads read. Every
 * call may block: callers are virtual threads.
 */
public interface View extends AutoCloseable {

    /** What is fed; each part by a thread of its own. The first one answers {@link #snapshot}. */
    List<Fed> parts();

    /** One consistent state that answers every question; close it soon. */
    ViewSnapshot snapshot();

    /**
     * What {@link #snapshot} would count now, to tell whether an answer of before still holds. It may count more by the time that it
     * is asked.
     *
     * @return empty = nothing yet
     */
    default Optional<io.tidegate.gateway.feed.Position> reached() {
        return parts().getFirst().position();
    }

    /**
     * One consistent state for look-ups by key: much cheaper than {@link #snapshot}, and often a little newer.
     *
     * @return a state of which only {@link ViewSnapshot#position}, {@link ViewSnapshot#latest} and
     *         {@link ViewSnapshot#newest} are asked
     */
    ViewSnapshot keySnapshot();

    /**
     * One consistent state for look-ups by key that never waits, so that an event loop may ask it.
     *
     * @return a state that fails with {@link NotInMemory} as soon as it would have to wait, and whatever else it is asked; empty if
     *         there is none at the moment
     */
    default Optional<ViewSnapshot> keysInMemory() {
        return Optional.empty();
    }

    /**
     * The cheapest consistent state that answers these questions and look-ups by key: often a little newer than
     * {@link #snapshot}, never older. What is asked for often becomes cheap.
     *
     * @return a state that may fail with {@link Unindexed} when it is asked, even these questions: then all have to be asked
     *         anew of a {@link #snapshot}
     */
    default ViewSnapshot snapshotFor(Collection<? extends ViewQuery> questions) {
        return questions.isEmpty() ? keySnapshot() : snapshot();
    }

    /** The indexes that it has made for pages which are asked for often. */
    default List<IndexStanding> indexes() {
        return List.of();
    }

    /**
     * All rows of one consistent state that satisfy a predicate, for a reader that takes its time. Few can be open at a time; the
     * next one waits.
     *
     * @param order
     *            outermost first; the key is always appended, so the order is total
     * @throws ViewFailure
     *             if none of those was closed within the deadline of a query, or the store cannot be read
     */
    ViewScan scan(Predicate where, List<ItemsQuery.Order> order);

    /** All rows that satisfy the predicate, in the order of their keys. */
    default ViewScan scan(Predicate where) {
        return scan(where, List.of());
    }

    /**
     * Waits until every state that is asked for afterwards counts all that a position does.
     *
     * @return whether it does, within that time; partitions and topics that the view does not read count for nothing
     */
    boolean await(io.tidegate.gateway.feed.Position atLeast, Duration within)
            throws InterruptedException;

    @Override
    void close();
}
