package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.util.ArrayList;
import java.util.List;
import org.jooq.Condition;
import org.jooq.impl.DSL;

/**
 * Predicates as SQL that selects exactly the rows that a matcher accepts. Every value is a bound parameter. A comparison
 * with an absent value is null and not false as long as nothing negates it, which a {@code where} cannot tell apart;
 * so the engine's own statistics stay usable.
 */
final class SqlConditions {
    private static final Scope ROW = new Scope("", List.of());

    private final Columns columns;
    private final Scope scope;

    /**
     * Where paths begin.
     *
     * @param prefix
     *            of their places
     * @param indexes
     *            the variables that lead there; none in the row itself
     */
    private record Scope(String prefix, List<String> indexes) {
    }

    SqlConditions(Columns columns) {
        this(columns, ROW);
    }

    private SqlConditions(Columns columns, Scope scope) {
        this.columns = columns;
        this.scope = scope;
    }

    /** For use in a {@code where}, alone or joined by {@code and} and {@code or}. */
    Condition of(Predicate predicate) {
        return of(predicate, false);
    }

    private Condition of(Predicate predicate, boolean negated) {
        return switch (predicate) {
            case Predicate.Constant constant ->
                constant.value() == negated ? DSL.falseCondition() : DSL.trueCondition();
            case Predicate.Not not -> of(not.term(), !negated);
            case Predicate.And and -> joined(and.terms(), !negated, negated);
            case Predicate.Or or -> joined(or.terms(), negated, negated);
            case Predicate.IsNull isNull -> {
                var field = column(isNull.field()).field();
                yield negated ? field.isNotNull() : field.isNull();
            }
            case Predicate.Compare compare -> leaf(column(compare.field())
                    .compare(compare.comparison(), compare.value()), negated);
            case Predicate.In in -> leaf(in(in), negated);
            case Predicate.Text text -> leaf(text(text), negated);
            case Predicate.Size size -> leaf(Dialect.hasSize(many(size.field()).field(),
                    size.comparison(), size.value()), negated);
            case Predicate.Any any -> leaf(any(any), negated);
        };
    }

    private static Condition leaf(Condition condition, boolean negated) {
        return negated
                ? DSL.condition("(not coalesce({0}, false))", DSL.field(condition))
                : condition;
    }

    private Condition joined(List<Predicate> terms, boolean all, boolean negated) {
        var conditions = terms.stream().map(term -> of(term, negated)).toList();
        return all ? DSL.and(conditions) : DSL.or(conditions);
    }

    private Condition in(Predicate.In in) {
        if (in.values().isEmpty()) {
            return DSL.falseCondition();
        }
        var column = column(in.field());
        if (column.storage() == Column.Storage.DECIMAL) {
            return DSL.or(in.values().stream()
                    .map(value -> column.compare(Comparison.EQ, value)).toList());
        }
        return column.isAny(in.values());
    }

    private Condition text(Predicate.Text text) {
        var column = column(text.field());
        if (column.storage() == Column.Storage.TEXT_LIST) {
            return column.hasElement(text.value());
        }
        return Dialect.test(text.test(), column.field(), (String) text.value());
    }

    private Condition any(Predicate.Any any) {
        var list = many(any.field());
        String index = "i" + scope.indexes().size();
        var indexes = new ArrayList<>(scope.indexes());
        indexes.add(index);
        var within = new SqlConditions(columns,
                new Scope(Columns.inside(place(any.field())), indexes));
        return Dialect.hasAny(list.field(), index, within.of(any.inside()));
    }

    /** The column of a list or map. */
    private Column many(FieldPath field) {
        var column = column(field);
        if (column.storage() != Column.Storage.TEXT_LIST) {
            throw new IllegalArgumentException(
                    "'" + field.text() + "' is asked as a list or map, but is " + field.type());
        }
        return column;
    }

    private String place(FieldPath field) {
        return scope.prefix() + Columns.place(field.positions());
    }

    private Column column(FieldPath field) {
        return columns.at(place(field)).map(column -> column.at(scope.indexes()))
                .orElseThrow(() -> new Refusal.Thrown(Refusal.of(RefusalCode.FILTER_INVALID,
                        "field '" + field.text()
                                + "' lies too deep to be filtered or ordered by in a query")));
    }
}
