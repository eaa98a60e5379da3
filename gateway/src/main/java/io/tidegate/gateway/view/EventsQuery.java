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
 * @param where
 *            the caller's rows and its own filter
 * @param from
 *            not before this
 * @param to
 *            before this
 * @param after
 *            a {@link StoredEvent#behind} to continue from: only what that position does not count yet
 * @param limit
 *            1 or more
 */
public record EventsQuery(Optional<List<Object>> key, Predicate where, Optional<Bound> from,
        Optional<Bound> to, Optional<Position> after, int limit) implements ViewQuery {
    public EventsQuery {
        if (limit < 1) {
            throw new IllegalArgumentException("a page has 1 or more events, not " + limit);
        }
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
