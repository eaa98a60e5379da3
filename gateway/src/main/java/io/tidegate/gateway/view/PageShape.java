package io.tidegate.gateway.view;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What pages have in common that one index serves: the fields that equal something, and the order. What they equal is no part of
 * it.
 *
 * @param equal
 *            places of fields in a row, each once, in an order of their own
 * @param order
 *            outermost first; the key follows
 */
record PageShape(List<List<Integer>> equal, List<Term> order) {
    static final int EQUAL_MAX = 4;
    static final int ORDER_MAX = 4;

    PageShape {
        equal = List.copyOf(equal);
        order = List.copyOf(order);
    }

    record Term(List<Integer> field, boolean descending) {
    }

    /** For operators. */
    String told(Columns columns) {
        var by = order.stream()
                .map(term -> columns.name(term.field()) + (term.descending() ? " desc" : ""))
                .collect(Collectors.joining(", "));
        return "(" + equal.stream().map(columns::name).collect(Collectors.joining(", "))
                + ") by (" + (by.isEmpty() ? "key" : by + ", key") + ")";
    }
}
