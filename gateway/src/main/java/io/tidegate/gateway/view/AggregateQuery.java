package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;

/**
 * Rows counted and measured in groups. Without groups and bucket there is exactly one group, of all rows, even of none.
 *
 * @param where
 *            the caller's rows and its own filter
 * @param groupBy
 *            single-valued fields; rows without a value are a group of their own
 * @param bucket
 *            time as a further group
 * @param measures
 *            what is told of each group, in this order
 * @param having
 *            which groups there are in the answer: all of these hold
 * @param order
 *            outermost first; the groups' own values are always appended, so the order is total. Absent values come last in
 *            both directions
 * @param limit
 *            1 or more
 * @param after
 *            an {@link AggregateRow#pageCursor} of the same question to continue behind
 */
public record AggregateQuery(Predicate where, List<FieldPath> groupBy, Optional<Bucket> bucket,
        List<Measure> measures, List<Having> having, List<Order> order, int limit,
        Optional<String> after) implements ViewQuery {
    public AggregateQuery {
        groupBy = List.copyOf(groupBy);
        measures = List.copyOf(measures);
        having = List.copyOf(having);
        order = List.copyOf(order);
        if (limit < 1) {
            throw new IllegalArgumentException("a page of groups has 1 or more, not " + limit);
        }
    }

    /**
     * Stretches of time of one length. Calendar units begin where the calendar of the zone says (a week on Monday); of
     * several seconds, minutes or hours the count begins at the zone's local midnight of 1970-01-01, and of several days,
     * weeks, months, quarters or years with the one that holds that day.
     *
     * @param field
     *            a date or time; empty = the events' own time
     * @param size
     *            how many units a bucket has; 1 or more
     */
    public record Bucket(Optional<FieldPath> field, Unit unit, int size, ZoneId zone) {
        public Bucket {
            if (size < 1) {
                throw new IllegalArgumentException("a bucket has 1 or more units, not " + size);
            }
        }
    }

    /** A unit of the calendar. */
    public enum Unit {
        SECOND, MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR
    }

    /**
     * One figure of a group.
     *
     * @param field
     *            empty only for {@code COUNT}, which counts rows
     * @param percentile
     *            between 0 and 1, for {@code PERCENTILE}; otherwise 0
     */
    public record Measure(Function function, Optional<FieldPath> field, double percentile) {
        public Measure {
            if (field.isEmpty() != (function == Function.COUNT)) {
                throw new IllegalArgumentException(
                        function + (field.isEmpty() ? " needs a field" : " has no field"));
            }
            if (!(percentile >= 0 && percentile <= 1)) {
                throw new IllegalArgumentException(
                        "a percentile lies between 0 and 1, not " + percentile);
            }
        }

        /** The number of rows. */
        public static final Measure COUNT = new Measure(Function.COUNT, Optional.empty(), 0);
    }

    /** How a figure is made of values; absent values do not count. */
    public enum Function {
        /** Rows, absent values or not: {@code Long}. */
        COUNT,
        /** Different values: {@code Long}. */
        COUNT_DISTINCT,
        /** Of whole numbers and decimals {@code BigDecimal}, exactly; of floating ones {@code Double}. Null of nothing. */
        SUM,
        /** {@code Double}; null of nothing. */
        AVG,
        /** A value of the field's own type; null of nothing. */
        MIN,
        /** Likewise. */
        MAX,
        /** Between two values the line between them: {@code Double}; null of nothing. */
        PERCENTILE
    }

    /**
     * A condition on groups; false where the figure is null.
     *
     * @param measure
     *            index in {@link AggregateQuery#measures}
     * @param value
     *            a {@code BigDecimal} for counts, sums, averages and percentiles; for {@code MIN} and {@code MAX} a value of
     *            the field's Java class
     */
    public record Having(int measure, Comparison comparison, Object value) {
    }

    /** What groups are ordered by. */
    public record Order(By by, boolean descending) {
    }

    /** A column of the answer. */
    public sealed interface By {
        /** The start of the bucket. */
        record Time() implements By {
        }

        /** A field of the group; index in {@link AggregateQuery#groupBy}. */
        record Group(int index) implements By {
        }

        /** A figure; index in {@link AggregateQuery#measures}. */
        record Figure(int index) implements By {
        }
    }
}
