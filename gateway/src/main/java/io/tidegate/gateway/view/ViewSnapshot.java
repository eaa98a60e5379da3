package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A consistent state of a view: everything read through one snapshot is true at its one position. Not thread-safe.
 * Questions that name a field without a column, or an order that is none, fail with
 * {@link io.tidegate.gateway.refusal.Refusal.Thrown}; a store that cannot answer, or not within its deadline, with
 * {@link ViewFailure}.
 */
public interface ViewSnapshot extends AutoCloseable {

    /** Which events this state counts: all before it, none after. */
    Position position();

    /** The latest of the own times of the events that this state counts; empty = it counts none. */
    Optional<Instant> newest();

    /**
     * @param key
     *            values of the key fields in the order of the contract
     * @param rows
     *            what the caller may see; a row outside of it is absent
     */
    default Optional<StoredRow> latest(List<Object> key, Predicate rows) {
        return latestOf(List.of(key), rows).getFirst();
    }

    /** The rows of several keys at once, each at its key's place. */
    List<Optional<StoredRow>> latestOf(List<List<Object>> keys, Predicate rows);

    /** A page of rows in the query's order. */
    Page items(ItemsQuery query);

    /**
     * A page of rows for each of several parents, in one go.
     *
     * @param fields
     *            at least one; single values
     * @param values
     *            what the fields are in the rows of each parent, in their order and in the classes that carry them; each
     *            parent once
     * @param each
     *            the page of one parent
     * @return by parent; those without rows have an empty page
     */
    Map<List<Object>, Page> itemsOf(List<FieldPath> fields, List<List<Object>> values,
            ItemsQuery each);

    /** How many rows satisfy the predicate. */
    long count(Predicate where);

    /** Likewise for each of several parents; see {@link #itemsOf}. */
    Map<List<Object>, Long> countOf(List<FieldPath> fields, List<List<Object>> values,
            Predicate where);

    /** A page of groups in the query's order. */
    AggregatePage aggregate(AggregateQuery query);

    /** A page of changes. */
    EventPage events(EventsQuery query);

    @Override
    void close();
}
