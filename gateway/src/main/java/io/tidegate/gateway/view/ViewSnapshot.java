package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import java.util.List;
import java.util.Optional;

/** A consistent state of a view: everything read through one snapshot is true at its one position. Not thread-safe. */
public interface ViewSnapshot extends AutoCloseable {

    /** Which events this state counts: all before it, none after. */
    Position position();

    /**
     * @param key
     *            values of the key fields in the order of the contract
     * @param rows
     *            what the caller may see; a row outside of it is absent
     */
    Optional<StoredRow> latest(List<Object> key, Predicate rows);

    /** A page of rows in the query's order. */
    Page items(ItemsQuery query);

    /** How many rows satisfy the predicate. */
    long count(Predicate where);

    @Override
    void close();
}
