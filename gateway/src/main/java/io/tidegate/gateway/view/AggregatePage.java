package io.tidegate.gateway.view;

import java.util.List;

/**
 * Some groups of a question.
 *
 * @param hasMore
 *            whether there are groups behind the last one
 */
public record AggregatePage(List<AggregateRow> rows, boolean hasMore) {
    public AggregatePage {
        rows = List.copyOf(rows);
    }
}
