package io.tidegate.gateway.view;

import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.predicate.Predicate.TextTest;
import org.jooq.Condition;
import org.jooq.Context;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.SelectLimitStep;
import org.jooq.Table;
import org.jooq.impl.CustomCondition;
import org.jooq.impl.CustomField;
import org.jooq.impl.CustomQueryPart;
import org.jooq.impl.DSL;

/**
 * What DuckDB and PostgreSQL each say in words of their own; all other SQL is jOOQ's. A field or condition is of both until a
 * statement is made of it, so whoever builds questions need not know who is asked. Names of types and variables that are
 * written into the text are ours; values are parameters, but for numbers of ours.
 */
final class Dialect {
    /** A second in nanoseconds. */
    private static final long NANOS = 1_000_000_000L;
    /** What {@link Column#sortable} adds to the place of the point. */
    private static final long EXPONENT_BIAS = 5_000_000_000L;
    /** PostgreSQL refuses what is too small for a double, instead of taking it for nothing. */
    private static final int DOUBLE_POINT_MIN = -322;
    /** PostgreSQL's texts have no character 0; it and the one that tells it are written as two. */
    private static final char MARK = '\1';
    /** 10^308 is the last power of ten that a double has. */
    private static final int DOUBLE_POINT_MAX = 308;

    private Dialect() {
    }

    /** The one or the other, depending on who is asked. */
    private static <T> Field<T> either(Field<T> duck, Field<T> postgres) {
        return CustomField.of("either", duck.getDataType(),
                context -> context.visit(isPostgres(context) ? postgres : duck));
    }

    private static Condition either(Condition duck, Condition postgres) {
        return CustomCondition
                .of(context -> context.visit(isPostgres(context) ? postgres : duck));
    }

    private static boolean isPostgres(Context<?> context) {
        return context.family() == SQLDialect.POSTGRES;
    }

    private static Field<Object> either(String duck, String postgres, Field<?>... values) {
        return either(DSL.field(duck, Object.class, (Object[]) values),
                DSL.field(postgres, Object.class, (Object[]) values));
    }

    /**
     * A table of a question that is answered before those around it: PostgreSQL would put what it computes into each place where
     * that is used, and expressions that use others twice, layer upon layer, become millions.
     */
    static Table<Record> kept(SelectLimitStep<? extends Record> select, String name) {
        return DSL.table("({0})", CustomQueryPart.of(
                context -> context
                        .visit(isPostgres(context) ? select.offset(DSL.inline(0)) : select)))
                .as(DSL.name(name));
    }

    /** As PostgreSQL can keep it; sorts and compares like the text. */
    static String storable(String text) {
        if (text.indexOf(MARK) < 0 && text.indexOf('\0') < 0) {
            return text;
        }
        return text.replace("\1", "\1\2").replace("\0", "\1\1");
    }

    /** What {@link #storable} made it of. */
    static String told(String stored) {
        return stored.indexOf(MARK) < 0
                ? stored
                : stored.replace("\1\1", "\0").replace("\1\2", "\1");
    }

    /** A parameter. */
    static Field<Object> textOf(String text) {
        return either(DSL.field("{0}", Object.class, DSL.val(text)),
                DSL.field("{0}", Object.class, DSL.val(storable(text))));
    }

    static Field<String> text(Field<?> value) {
        return DSL.field("cast({0} as varchar)", String.class, value);
    }

    /** Bytes as text. */
    static Field<String> hex(Field<?> value) {
        return either(DSL.field("hex({0})", String.class, value),
                DSL.field("upper(encode({0}, 'hex'))", String.class, value));
    }

    static Field<Object> unhex(Field<String> text) {
        return either("unhex({0})", "decode({0}, 'hex')", text);
    }

    /**
     * @param type
     *            DuckDB's word for it
     */
    static Field<Object> cast(Field<?> value, String type) {
        return either("cast({0} as " + type + ")", "cast({0} as " + postgres(type) + ")", value);
    }

    private static String postgres(String type) {
        return switch (type) {
            case "HUGEINT", "BIGNUM" -> "numeric";
            case "DOUBLE" -> "double precision";
            // A sum that is too long for the one's decimals is none for the other's.
            default -> type.startsWith("DECIMAL(38,") ? "numeric" : type;
        };
    }

    /**
     * A list or map that stands in a list.
     *
     * @param index
     *            name of a variable that {@link #hasAny} counts with
     */
    static Field<Object> listAt(Field<?> list, String index) {
        return either("list_extract({0}, " + index + ")",
                "nullif({0} -> " + index + ", 'null'::jsonb)", list);
    }

    /** Likewise any other element, as text that sorts like the values. */
    static Field<Object> textAt(Field<?> list, String index) {
        return either("list_extract({0}, " + index + ")",
                "(({0} ->> " + index + ") collate \"C\")", list);
    }

    /** The greatest or least values in order, so many of them or all there are; DuckDB's alone. */
    static Field<Object> furthest(Field<?> value, boolean isGreatest, int count) {
        return DSL.field((isGreatest ? "max" : "min") + "({0}, {1})", Object.class, value,
                DSL.inline(count));
    }

    static Condition hasElement(Field<?> list, String element) {
        return either(DSL.condition("list_contains({0}, {1})", list, DSL.val(element)),
                DSL.condition("({0} @> to_jsonb(cast({1} as text)))", list,
                        DSL.val(storable(element))));
    }

    static Condition hasSize(Field<?> list, Comparison comparison, long size) {
        Field<Long> length = either(DSL.field("len({0})", Long.class, list),
                DSL.field("jsonb_array_length({0})", Long.class, list));
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
     * Whether the condition holds for some element; false where there is no list.
     *
     * @param index
     *            name of the variable that the condition's fields are taken at
     */
    static Condition hasAny(Field<?> list, String index, Condition condition) {
        return either(
                DSL.condition("(len(list_filter(range(1, len({0}) + 1), lambda " + index
                        + " : coalesce({1}, false))) > 0)", list, DSL.field(condition)),
                DSL.condition("exists (select 1 from generate_series(0, jsonb_array_length({0})"
                        + " - 1) as of_" + index + "(" + index + ") where {1})", list,
                        condition));
    }

    /** @param wanted a text, or a pattern of RE2 */
    static Condition test(TextTest test, Field<?> text, String wanted) {
        String function = switch (test) {
            case CONTAINS -> "contains";
            case STARTS_WITH -> "starts_with";
            case MATCHES -> "regexp_matches";
        };
        return CustomCondition.of(context -> context.visit(isPostgres(context)
                ? postgresTest(test, text, wanted)
                : DSL.condition(function + "({0}, {1})", text, DSL.val(wanted))));
    }

    private static Condition postgresTest(TextTest test, Field<?> text, String wanted) {
        return switch (test) {
            case CONTAINS -> DSL.condition("(strpos({0}, {1}) > 0)", text,
                    DSL.val(storable(wanted)));
            case STARTS_WITH -> DSL.condition("starts_with({0}, {1})", text,
                    DSL.val(storable(wanted)));
            case MATCHES -> DSL.condition("({0} ~ {1})", text,
                    DSL.val(PostgresPattern.of(wanted)));
        };
    }

    /** The greatest whole number not above the quotient; the engines' own division goes towards zero. */
    static Field<Long> floorDivided(Field<Long> value, long by) {
        return by == 1
                ? value
                : either(
                        DSL.field("(divide({0}, {1}) - cast({0} % {1} < 0 as int))", Long.class,
                                value, DSL.inline(by)),
                        DSL.field("(({0} / {1}) - cast(({0} % {1}) < 0 as int))", Long.class,
                                value, DSL.inline(by)));
    }

    /** Division of what is not negative. */
    static Field<Long> divided(Field<Long> value, long by) {
        return either(DSL.field("divide({0}, {1})", Long.class, value, DSL.inline(by)),
                DSL.field("({0} / {1})", Long.class, value, DSL.inline(by)));
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
        var ofNear = floorDivided(near.coerce(Long.class), NANOS);
        var ofFar = either(floorDivided(far.coerce(Long.class), NANOS),
                DSL.field("(div({0}, {1}) - cast(({0} % {1}) < 0 as int))", Long.class, far,
                        DSL.inline(NANOS)));
        return DSL.field("case when {0} is null then {1} else cast({2} as bigint) end",
                Long.class, far, ofNear, ofFar);
    }

    static Field<Object> countDistinct(Field<?> value) {
        return DSL.field("count(distinct {0})", Object.class, value);
    }

    /**
     * The least or the greatest value.
     *
     * @param column
     *            that the values are of
     */
    static Field<Object> extreme(Column column, Field<Object> value, boolean isLeast) {
        var plain = isLeast ? DSL.min(value) : DSL.max(value);
        String of = isLeast ? "min" : "max";
        return switch (column.storage()) {
            // PostgreSQL has an order of these, and no least of them.
            case BOOLEAN -> either(plain, DSL.field(isLeast ? "bool_and({0})" : "bool_or({0})",
                    Object.class, value));
            case UUID -> either(plain, DSL.field("cast(" + of
                    + "(cast({0} as text) collate \"C\") as uuid)", Object.class, value));
            case BLOB -> either(plain, DSL.field("decode(" + of
                    + "(encode({0}, 'hex') collate \"C\"), 'hex')", Object.class, value));
            default -> plain;
        };
    }

    /** A sum of whole numbers, or of decimals that many of fit into 38 digits; DuckDB fails rather than overflow. */
    static Field<Object> sum(Field<?> value, String type) {
        return either("cast(sum({0}) as " + type + ")", "cast(sum({0}) as numeric)", value);
    }

    /**
     * A sum of doubles that keeps what plain addition would lose.
     *
     * @param isSame
     *            whether its last digit has to be the same whenever it is asked for: DuckDB's threads add up in any order, and to
     *            put values in order first takes 15 to 40 times as long
     */
    static Field<Object> floatingSum(Field<?> value, boolean isSame) {
        return either(finite(DSL.field("fsum(" + of(isSame) + ")", Object.class, value)),
                withinDoubles(DSL.field("sum({0})", Object.class, digits(value))));
    }

    private static String of(boolean isSame) {
        return isSame ? "{0} order by {0}" : "{0}";
    }

    static Field<Object> average(Field<?> value) {
        return either(finite(DSL.field("cast(avg({0}) as double)", Object.class, value)),
                withinDoubles(DSL.field("avg({0})", Object.class, value)));
    }

    /** Likewise. */
    static Field<Object> floatingAverage(Field<?> value, boolean isSame) {
        return either(finite(DSL.field("favg(" + of(isSame) + ")", Object.class, value)),
                withinDoubles(DSL.field("avg({0})", Object.class, digits(value))));
    }

    /** A double by its shortest digits: added up as such, nothing is lost on the way. */
    private static Field<Object> digits(Field<?> doubles) {
        return DSL.field("cast(cast({0} as text) as numeric)", Object.class, doubles);
    }

    /** A number of PostgreSQL's as a double; null of what doubles cannot hold. */
    private static Field<Object> withinDoubles(Field<Object> number) {
        return DSL.field("case when abs({0}) <= 1.7976931348623157e308 then case when"
                + " abs({0}) < 2.5e-324 then 0e0 else cast({0} as double precision) end end",
                Object.class, number);
    }

    static Field<Object> percentile(Field<?> doubles, double percentile) {
        return either(
                finite(DSL.field("quantile_cont({0}, {1})", Object.class, doubles,
                        DSL.inline(percentile))),
                finite(DSL.field("percentile_cont({1}) within group (order by {0})",
                        Object.class, doubles, DSL.inline(percentile))));
    }

    static Field<Object> toDouble(Field<?> value) {
        return cast(value, "DOUBLE");
    }

    /** Null of what JSON has no number for. */
    private static Field<Object> finite(Field<Object> value) {
        return either("case when isfinite({0}) then {0} end",
                "case when {0} > '-Infinity'::double precision"
                        + " and {0} < 'Infinity'::double precision then {0} end",
                value);
    }

    /** The sum of what {@link #scaled} made, as a number of any size. */
    static Field<Object> bigSum(Field<?> scaled) {
        return either("sum(cast({0} as bignum))", "sum(cast({0} as numeric))", scaled);
    }

    /** A decimal of a column as digits without the point. */
    static Field<String> unscaled(Field<?> decimal) {
        return DSL.field("replace(cast({0} as varchar), '.', '')", String.class, decimal);
    }

    /** How many digits behind the point the longest of these sortable decimals has, or null of nothing. */
    static Field<Long> scaleMax(Field<?> sortable) {
        return DSL.field("max(case when {0} = '1' then 0 else greatest(0, length({1}) - {2}) end)",
                Long.class, sortable, mantissa(sortable), point(sortable));
    }

    /** A sortable decimal as digits without the point, of so many behind it. */
    static Field<String> scaled(Field<?> sortable, int scale) {
        return DSL.field(
                "case when {0} is null then null when {0} = '1' then '0' else {1} || {2}"
                        + " || repeat('0', cast({3} - length({2}) + {4} as integer)) end",
                String.class, sortable, sign(sortable), mantissa(sortable), point(sortable),
                DSL.inline(scale));
    }

    /** A sortable decimal as a double, infinite where there is none. */
    static Field<Object> sortableToDouble(Field<?> sortable) {
        return either(sortableToDouble(sortable, "double", -400),
                sortableToDouble(sortable, "double precision", DOUBLE_POINT_MIN));
    }

    private static Field<Object> sortableToDouble(Field<?> sortable, String type, int pointMin) {
        return DSL.field("case when {0} is null then null when {0} = '1' then 0e0"
                + " when {3} > {4} then cast({1} || 'infinity' as " + type + ")"
                + " when {3} < {5} then 0e0"
                + " else cast({1} || '0.' || {2} || 'e' || {3} as " + type + ") end",
                Object.class, sortable, sign(sortable), mantissa(sortable), point(sortable),
                DSL.inline(DOUBLE_POINT_MAX), DSL.inline(pointMin));
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

    private static Field<String> mantissa(Field<?> sortable) {
        return DSL.field("substr({0}, 11)", String.class, plain(sortable));
    }

    private static Field<Long> point(Field<?> sortable) {
        return DSL.field("(cast(substr({0}, 1, 10) as bigint) - {1})", Long.class, plain(sortable),
                DSL.inline(EXPONENT_BIAS));
    }
}
