package io.tidegate.gateway.view;

import java.util.List;

/**
 * Some rows of a query.
 *
 * @param hasMore
 *            whether there are rows beyond the last one in the direction of the query
 */
public record Page(List<StoredRow> rows, boolean hasMore) {
    public Page {
        rows = List.copyOf(rows);
    }
}
