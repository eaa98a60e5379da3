package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A page as an index sees it.
 *
 * @param shape
 *            that the best index for it would have
 * @param values
 *            of the shape's equal fields, by their places
 * @param bounds
 *            conditions on the first field of the order, all of which hold
 * @param decimals
 *            those of declared digits that conditions are asked of
 */
record PageQuestion(PageShape shape, Map<List<Integer>, Object> values,
        List<Predicate.Compare> bounds, Set<FieldPath> decimals) {
    private static final Comparator<List<Integer>> PLACES = (a, b) -> {
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            int order = Integer.compare(a.get(i), b.get(i));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(a.size(), b.size());
    };

    /** Empty if no index could serve it, or it is refused. */
    static Optional<PageQuestion> of(Columns columns, ItemsQuery query) {
        if (query.order().size() > PageShape.ORDER_MAX || query.limit() < 1) {
            return Optional.empty();
        }
        var order = new ArrayList<PageShape.Term>(query.order().size());
        for (var term : query.order()) {
            if (columns.of(term.field()).filter(Column::isOrdered).isEmpty()) {
                return Optional.empty();
            }
            order.add(new PageShape.Term(term.field().positions(), term.descending()));
        }
        var values = new TreeMap<List<Integer>, Object>(PLACES);
        var bounds = new ArrayList<Predicate.Compare>();
        var decimals = new LinkedHashSet<FieldPath>();
        var first = order.isEmpty() ? null : order.getFirst().field();
        for (var term : conjunction(query.where(), new ArrayList<>())) {
            if (!isAskable(columns, term, decimals)) {
                return Optional.empty();
            }
            if (term instanceof Predicate.Compare compare
                    && compare.field().positions().equals(first)
                    && takes(columns, compare.field(), compare.value())) {
                bounds.add(compare);
            }
            if (term instanceof Predicate.Compare(var field, var comparison, var value)
                    && comparison == Comparison.EQ) {
                equal(columns, values, field, value);
            } else if (term instanceof Predicate.In(var field, var in) && in.size() == 1) {
                equal(columns, values, field, in.getFirst());
            }
        }
        return Optional.of(new PageQuestion(new PageShape(List.copyOf(values.keySet()), order),
                values, bounds, decimals));
    }

    private static void equal(Columns columns, Map<List<Integer>, Object> values, FieldPath field,
            Object value) {
        if (values.size() < PageShape.EQUAL_MAX && takes(columns, field, value)) {
            values.putIfAbsent(field.positions(), value);
        }
    }

    private static boolean takes(Columns columns, FieldPath field, Object value) {
        return columns.of(field).filter(Column::isOrdered)
                .filter(column -> SortedBytes.takes(column, value) && column.sees(value))
                .isPresent();
    }

    private static List<Predicate> conjunction(Predicate where, List<Predicate> terms) {
        if (where instanceof Predicate.And and) {
            and.terms().forEach(term -> conjunction(term, terms));
        } else {
            terms.add(where);
        }
        return terms;
    }

    /** What a store without an index would refuse, it shall refuse; and what selects nothing needs no index. */
    private static boolean isAskable(Columns columns, Predicate predicate,
            Set<FieldPath> decimals) {
        return switch (predicate) {
            case Predicate.Constant constant -> constant.value();
            case Predicate.Not not -> isAskable(columns, not.term(), decimals);
            case Predicate.And and ->
                and.terms().stream().allMatch(term -> isAskable(columns, term, decimals));
            case Predicate.Or or ->
                or.terms().stream().allMatch(term -> isAskable(columns, term, decimals));
            case Predicate.Compare compare -> hasColumn(columns, compare.field(), decimals);
            case Predicate.In in -> hasColumn(columns, in.field(), decimals);
            case Predicate.IsNull isNull -> hasColumn(columns, isNull.field(), decimals);
            case Predicate.Text text -> hasColumn(columns, text.field(), decimals);
            case Predicate.Size size -> hasColumn(columns, size.field(), decimals);
            // What stands within has columns of its own, whose places are told from here.
            case Predicate.Any any -> false;
        };
    }

    private static boolean hasColumn(Columns columns, FieldPath field, Set<FieldPath> decimals) {
        var column = columns.of(field);
        if (column.filter(one -> one.storage() == Column.Storage.DECIMAL).isPresent()) {
            decimals.add(field);
        }
        return column.isPresent();
    }

    /** Whether an index of this shape leads to it, and how well: more of what is equal is better. */
    int fit(PageShape index) {
        return index.order().equals(shape.order()) && values.keySet().containsAll(index.equal())
                ? 1 + index.equal().size()
                : 0;
    }
}
