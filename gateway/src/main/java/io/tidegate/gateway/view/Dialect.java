package io.tidegate.gateway.view;

import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.predicate.Predicate.TextTest;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;

/**
 * What DuckDB says in words of its own; all other SQL is jOOQ's. Names of types and variables that are written into the text
 * are ours; values are parameters, but for numbers of ours.
 */
final class Dialect {
    /** A second in nanoseconds. */
    private static final long NANOS = 1_000_000_000L;
    /** What {@link Column#sortable} adds to the place of the point. */
    private static final long EXPONENT_BIAS = 5_000_000_000L;
    /** 10^308 is the last power of ten that a double has. */
    private static final int DOUBLE_POINT_MAX = 308;

    private Dialect() {
    }

    static Field<String> text(Field<?> value) {
        return DSL.field("cast({0} as varchar)", String.class, value);
    }

    /** Bytes as text. */
    static Field<String> hex(Field<?> value) {
        return DSL.field("hex({0})", String.class, value);
    }

    static Field<Object> unhex(Field<String> text) {
        return DSL.field("unhex({0})", Object.class, text);
    }

    /**
     * @param type
     *            DuckDB's word for it
     */
    static Field<Object> cast(Field<?> value, String type) {
        return DSL.field("cast({0} as " + type + ")", Object.class, value);
    }

    /**
     * @param index
     *            name of a variable that counts from 1
     */
    static Field<Object> elementAt(Field<?> list, String index) {
        return DSL.field("list_extract({0}, " + index + ")", Object.class, list);
    }

    /** The greatest or least values in order, so many of them or all there are. */
    static Field<Object> furthest(Field<?> value, boolean isGreatest, int count) {
        return DSL.field((isGreatest ? "max" : "min") + "({0}, {1})", Object.class, value,
                DSL.inline(count));
    }

    static Condition hasElement(Field<?> list, Field<String> element) {
        return DSL.condition("list_contains({0}, {1})", list, element);
    }

    static Condition hasSize(Field<?> list, Comparison comparison, long size) {
        Field<Long> length = DSL.field("len({0})", Long.class, list);
        return switch (comparison) {
            case EQ -> length.eq(size);
            case NE -> length.ne(size);
            case GT -> length.gt(size);
            case GTE -> length.ge(size);
            case LT -> length.lt(size);
            case LTE -> length.le(size);
        };
    }

    /**
     * Whether the condition holds for some element.
     *
     * @param index
     *            name of the variable that the condition's fields are taken at
     */
    static Condition hasAny(Field<?> list, String index, Condition condition) {
        return DSL.condition("(len(list_filter(range(1, len({0}) + 1), lambda " + index
                + " : coalesce({1}, false))) > 0)", list, DSL.field(condition));
    }

    static Condition test(TextTest test, Field<?> text, Field<String> wanted) {
        String function = switch (test) {
            case CONTAINS -> "contains";
            case STARTS_WITH -> "starts_with";
            case MATCHES -> "regexp_matches";
        };
        return DSL.condition(function + "({0}, {1})", text, wanted);
    }

    /** The greatest whole number not above the quotient; DuckDB's own division goes towards zero. */
    static Field<Long> floorDivided(Field<Long> value, long by) {
        return by == 1
                ? value
                : DSL.field("(divide({0}, {1}) - cast({0} % {1} < 0 as int))", Long.class, value,
                        DSL.inline(by));
    }

    /** Division of what is not negative. */
    static Field<Long> divided(Field<Long> value, long by) {
        return DSL.field("divide({0}, {1})", Long.class, value, DSL.inline(by));
    }

    /**
     * Whole seconds of nanoseconds.
     *
     * @param near
     *            in 64 bits
     * @param far
     *            what they are instead, where that is not null
     */
    static Field<Long> seconds(Field<?> near, Field<?> far) {
        return DSL.field("case when {1} is null then {2} else cast({3} as bigint) end", Long.class,
                near, far, floorDivided(near.coerce(Long.class), NANOS),
                floorDivided(far.coerce(Long.class), NANOS));
    }

    static Field<Object> countDistinct(Field<?> value) {
        return DSL.field("count(distinct {0})", Object.class, value);
    }

    /** A sum of whole numbers, or of decimals that many of fit into 38 digits; DuckDB fails rather than overflow. */
    static Field<Object> sum(Field<?> value, String type) {
        return DSL.field("cast(sum({0}) as " + type + ")", Object.class, value);
    }

    /** A sum of doubles that keeps what plain addition would lose. */
    static Field<Object> floatingSum(Field<?> value) {
        return finite(DSL.field("fsum({0})", Object.class, value));
    }

    static Field<Object> average(Field<?> value) {
        return finite(DSL.field("cast(avg({0}) as double)", Object.class, value));
    }

    static Field<Object> floatingAverage(Field<?> value) {
        return finite(DSL.field("favg({0})", Object.class, value));
    }

    static Field<Object> percentile(Field<?> doubles, double percentile) {
        return finite(DSL.field("quantile_cont({0}, {1})", Object.class, doubles,
                DSL.inline(percentile)));
    }

    static Field<Object> toDouble(Field<?> value) {
        return cast(value, "double");
    }

    /** Null of what JSON has no number for. */
    private static Field<Object> finite(Field<Object> value) {
        return DSL.field("case when isfinite({0}) then {0} end", Object.class, value);
    }

    /** The sum of what {@link #scaled} made, as a number of any size. */
    static Field<Object> bigSum(Field<?> scaled) {
        return DSL.field("sum(cast({0} as bignum))", Object.class, scaled);
    }

    /** A decimal of a column as digits without the point. */
    static Field<String> unscaled(Field<?> decimal) {
        return DSL.field("replace(cast({0} as varchar), '.', '')", String.class, decimal);
    }

    /** How many digits behind the point the longest of these sortable decimals has, or null of nothing. */
    static Field<Long> scaleMax(Field<?> sortable) {
        return DSL.field("max(case when {0} = '1' then 0 else greatest(0, len({1}) - {2}) end)",
                Long.class, sortable, digits(sortable), point(sortable));
    }

    /** A sortable decimal as digits without the point, of so many behind it. */
    static Field<String> scaled(Field<?> sortable, int scale) {
        return DSL.field(
                "case when {0} is null then null when {0} = '1' then '0' else {1} || {2}"
                        + " || repeat('0', {3} - len({2}) + {4}) end",
                String.class, sortable, sign(sortable), digits(sortable), point(sortable),
                DSL.inline(scale));
    }

    /** A sortable decimal as a double, infinite where there is none. */
    static Field<Object> sortableToDouble(Field<?> sortable) {
        return DSL.field("case when {0} is null then null when {0} = '1' then 0e0"
                + " when {3} > {4} then cast({1} || 'infinity' as double)"
                + " when {3} < -400 then 0e0"
                + " else cast({1} || '0.' || {2} || 'e' || {3} as double) end", Object.class,
                sortable, sign(sortable), digits(sortable), point(sortable),
                DSL.inline(DOUBLE_POINT_MAX));
    }

    private static Field<String> sign(Field<?> sortable) {
        return DSL.field("case when starts_with({0}, '0') then '-' else '' end", String.class,
                sortable);
    }

    /** Behind the sign; of negative numbers the complement, without the mark at its end. */
    private static Field<String> plain(Field<?> sortable) {
        return DSL.field("case when starts_with({0}, '0') then translate("
                + "substr({0}, 2, length({0}) - 2), '0123456789', '9876543210')"
                + " else substr({0}, 2) end",
                String.class, sortable);
    }

    private static Field<String> digits(Field<?> sortable) {
        return DSL.field("substr({0}, 11)", String.class, plain(sortable));
    }

    private static Field<Long> point(Field<?> sortable) {
        return DSL.field("(cast(substr({0}, 1, 10) as bigint) - {1})", Long.class, plain(sortable),
                DSL.inline(EXPONENT_BIAS));
    }
}
