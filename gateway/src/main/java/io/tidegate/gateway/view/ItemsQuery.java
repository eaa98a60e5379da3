package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.predicate.Predicate;
import java.util.List;
import java.util.Optional;

/**
 * A page of a view's rows.
 *
 * @param where
 *            the caller's rows and its own filter
 * @param order
 *            outermost first; the key is always appended, so the order is total. Absent values come last in both
 *            directions
 * @param limit
 *            1 or more
 * @param after
 *            a {@link StoredRow#pageCursor} of the same order to continue behind
 * @param backwards
 *            whether to read from the end, {@code after} then meaning "before"; rows come in the query's order all the
 *            same
 */
public record ItemsQuery(Predicate where, List<Order> order, int limit, Optional<String> after,
        boolean backwards) implements ViewQuery {
    public ItemsQuery {
        order = List.copyOf(order);
    }

    /** A field to order by. */
    public record Order(FieldPath field, boolean descending) {
    }
}
