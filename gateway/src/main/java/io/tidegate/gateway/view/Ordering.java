package io.tidegate.gateway.view;

import io.tidegate.gateway.predicate.Predicate.Comparison;
import java.util.ArrayList;
import java.util.List;
import org.jooq.Condition;
import org.jooq.OrderField;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * The order of an answer: outermost first, no two rows equal, absent values last in both directions.
 *
 * @param name
 *            which question a cursor must be of
 */
record Ordering(String name, List<Term> terms) {
    Ordering {
        terms = List.copyOf(terms);
    }

    /** An order that any question with these terms shares. */
    static Ordering of(List<Term> terms) {
        var name = new StringBuilder();
        terms.forEach(term -> name.append(term.column().name())
                .append(term.descending() ? '-' : '+'));
        return new Ordering(name.toString(), terms);
    }

    /** One column of an order. */
    record Term(Column column, boolean descending) {
        List<OrderField<?>> sorts(boolean backwards) {
            return column.fields().stream().<OrderField<?>>map(field -> {
                var sorted = descending == backwards ? field.asc() : field.desc();
                return backwards ? sorted.nullsFirst() : sorted.nullsLast();
            }).toList();
        }

        Condition beyond(@Nullable String at, boolean backwards) {
            var field = column.field();
            if (at == null) {
                return backwards ? field.isNotNull() : DSL.falseCondition();
            }
            var further = column.compareText(
                    descending == backwards ? Comparison.GT : Comparison.LT, at);
            return backwards ? further : further.or(field.isNull());
        }
    }

    List<OrderField<?>> sorts(boolean backwards) {
        return terms.stream().flatMap(term -> term.sorts(backwards).stream()).toList();
    }

    /** Where a row is, given the texts of its columns in this order. */
    String cursor(List<@Nullable String> values) {
        return new PageCursor(name, values).text();
    }

    /**
     * The texts of a row's columns in this order, as a cursor has them.
     *
     * @throws io.tidegate.gateway.refusal.Refusal.Thrown
     *             if the cursor is of another order
     */
    List<@Nullable String> place(String cursor) {
        var at = PageCursor.read(cursor, name, terms.size()).values();
        for (int i = 0; i < terms.size(); i++) {
            String value = at.get(i);
            if (value != null && !terms.get(i).column().accepts(value)) {
                throw PageCursor.malformed();
            }
        }
        return at;
    }

    /** What lies behind a {@linkplain #place cursor} in reading direction. */
    Condition behind(String cursor, boolean backwards) {
        var at = place(cursor);
        var cases = new ArrayList<Condition>();
        var equal = new ArrayList<Condition>();
        for (int i = 0; i < terms.size(); i++) {
            var term = terms.get(i);
            String value = at.get(i);
            var further = new ArrayList<>(equal);
            further.add(term.beyond(value, backwards));
            cases.add(DSL.and(further));
            var field = term.column().field();
            equal.add(value == null
                    ? field.isNull()
                    : term.column().compareText(Comparison.EQ, value));
        }
        return cases.isEmpty() ? DSL.falseCondition() : DSL.or(cases);
    }
}
