package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Changes that a view has kept, within {@code view.history} of its contract. A delete is judged by the row before it where
 * that is known; where only the key is known, by the key if the predicate asks for nothing else, and else left out, as it is
 * in streams.
 *
 * @param key
 *            only changes of this row, values in the order of the contract
 * @param rows
 *            the rows that the caller may see; what a row was before a change is told only where it was one of them
 * @param where
 *            the caller's own filter, which has to hold as well
 * @param from
 *            not before this
 * @param to
 *            before this
 * @param after
 *            a {@link StoredEvent#behind} to continue from: only what that position does not count yet
 * @param within
 *            only what this position counts, so that all pages of one answer are of one state
 * @param limit
 *            1 or more
 */
public record EventsQuery(Optional<List<Object>> key, Predicate rows, Predicate where,
        Optional<Bound> from, Optional<Bound> to, Optional<Position> after,
        Optional<Position> within, int limit)
        implements
            ViewQuery {
    public EventsQuery {
        if (limit < 1) {
            throw new IllegalArgumentException("a page has 1 or more events, not " + limit);
        }
    }

    /** A first page. */
    public EventsQuery(Optional<List<Object>> key, Predicate rows, Predicate where,
            Optional<Bound> from, Optional<Bound> to, Optional<Position> after, int limit) {
        this(key, rows, where, from, to, after, Optional.empty(), limit);
    }

    /** What has to hold for a change. */
    public Predicate judged() {
        return Predicate.both(rows, where);
    }

    /** The page behind this one. */
    public EventsQuery after(Position position) {
        return new EventsQuery(key, rows, where, from, to, Optional.of(position), within, limit);
    }

    /** The same of a state that has been told. */
    public EventsQuery within(Position state) {
        return new EventsQuery(key, rows, where, from, to, after, Optional.of(state), limit);
    }

    /** An end of a range. */
    public sealed interface Bound {
        /** By the events' own time. */
        record At(Instant time) implements Bound {
        }

        /** By the log: what a position counts, and what it does not. */
        record Behind(Position position) implements Bound {
        }
    }
}
