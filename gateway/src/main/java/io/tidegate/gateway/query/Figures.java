package io.tidegate.gateway.query;

import static io.tidegate.gateway.query.Questions.invalid;
import static io.tidegate.gateway.query.Questions.quoted;
import static io.tidegate.gateway.query.Questions.shown;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.predicate.FilterProblem;
import io.tidegate.gateway.predicate.Literals;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.predicate.WhereFilters;
import io.tidegate.gateway.view.AggregateQuery;
import io.tidegate.gateway.view.AggregateQuery.Bucket;
import io.tidegate.gateway.view.AggregateQuery.By;
import io.tidegate.gateway.view.AggregateQuery.Function;
import io.tidegate.gateway.view.AggregateQuery.Having;
import io.tidegate.gateway.view.AggregateQuery.Measure;
import io.tidegate.gateway.view.AggregateQuery.Order;
import io.tidegate.gateway.view.AggregateQuery.Unit;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The arguments of one {@code aggregate}. Used once. */
final class Figures {
    private static final int MEASURES_MAX = 100;
    private static final int GROUPS_MAX = 8;
    private static final int HAVING_MAX = 16;
    private static final int SIZE_MAX = 10_000;
    /** Figures that are compared with more digits than this are nobody's. */
    private static final int DIGITS_MAX = 100;
    private static final Pattern OFFSET = Pattern.compile("Z|[+-][0-9]{2}:[0-9]{2}");
    private static final Pattern NUMBER = Pattern
            .compile("[+-]?[0-9]{1,100}([.][0-9]{1,100})?([eE][+-]?[0-9]{1,3})?");

    private final Questions questions;
    private final List<Measure> measures;

    Figures(Questions questions, List<Measure> measures) {
        this.questions = questions;
        this.measures = new ArrayList<>(measures);
    }

    AggregateQuery query(Map<String, ?> arguments, Predicate rows) {
        var groupBy = new ArrayList<FieldPath>();
        for (var name : Questions.list("groupBy", arguments.get("groupBy"), GROUPS_MAX)) {
            var field = questions.field(name, " to group by");
            if (groupBy.contains(field)) {
                throw invalid("'groupBy' names field '" + field.text() + "' twice.");
            }
            groupBy.add(field);
        }
        var bucket = arguments.get("bucket") == null
                ? Optional.<Bucket>empty()
                : Optional.of(bucket(Questions.map("bucket", arguments.get("bucket"))));
        var having = new ArrayList<Having>();
        for (var term : Questions.terms("having", arguments.get("having"), HAVING_MAX)) {
            having(term, having);
        }
        var order = new ArrayList<Order>();
        for (var term : Questions.terms("orderBy", arguments.get("orderBy"),
                Questions.ORDERS_MAX)) {
            order.add(order(term, groupBy, bucket));
        }
        if (measures.size() > MEASURES_MAX) {
            throw invalid("The figures of a group are " + measures.size() + "; at most "
                    + MEASURES_MAX + " are counted at a time.");
        }
        return new AggregateQuery(rows, groupBy, bucket, measures, having, order,
                questions.limit("groups", arguments.get("first"), questions.pageMax()),
                questions.place("after", arguments));
    }

    // ---- time ----

    private Bucket bucket(Map<String, ?> argument) {
        int size = Questions.number("bucket.size", argument.get("size")).orElse(1);
        if (size < 1 || size > SIZE_MAX) {
            throw invalid("'bucket.size' is a number of units from 1 to " + SIZE_MAX + ", not "
                    + size + ".");
        }
        return new Bucket(Optional.ofNullable(argument.get("field")).map(this::moment),
                choice("bucket.unit", Unit.class, argument.get("unit")), size,
                zone(Questions.text("bucket.timeZone", argument.get("timeZone")).orElse("UTC")));
    }

    private FieldPath moment(Object name) {
        var field = questions.field(name, " to make buckets of");
        if (field.type() instanceof Type.Scalar scalar
                && Set.of(ScalarKind.TIMESTAMP, ScalarKind.LOCAL_TIMESTAMP, ScalarKind.DATE)
                        .contains(scalar.kind())) {
            return field;
        }
        throw invalid("'bucket.field' names a date or a timestamp, but field '" + field.text()
                + "' is " + Literals.named(field.type()) + ".");
    }

    private static ZoneId zone(String name) {
        try {
            // Not every spelling that Java knows: only those of the time zone database, and offsets.
            if (OFFSET.matcher(name).matches()) {
                return ZoneOffset.of(name);
            }
            if (ZoneId.getAvailableZoneIds().contains(name)) {
                return ZoneId.of(name);
            }
        } catch (DateTimeException e) {
            // Said below.
        }
        throw invalid("There is no time zone " + quoted(name)
                + "; expected a name such as 'Europe/Berlin' or an offset such as '+02:00'.");
    }

    // ---- figures ----

    static Measure measure(Questions questions, @Nullable Object function, @Nullable Object field,
            @Nullable Object percentile) {
        var of = choice("measure", Function.class, function);
        if (of != Function.PERCENTILE && percentile != null) {
            throw invalid("'percentile' belongs to PERCENTILE, not to " + of + ".");
        }
        if (of == Function.COUNT) {
            if (field != null) {
                throw invalid("COUNT counts rows and has no field; COUNT_DISTINCT has one.");
            }
            return Measure.COUNT;
        }
        if (field == null) {
            throw invalid(of + " needs a 'field'.");
        }
        var path = questions.field(field, " to measure");
        if ((of == Function.SUM || of == Function.AVG || of == Function.PERCENTILE)
                && !ProductApi.isNumber(path.type())) {
            throw invalid(of + " is for numbers, but field '" + path.text() + "' is "
                    + Literals.named(path.type()) + ".");
        }
        return new Measure(of, Optional.of(path),
                of == Function.PERCENTILE ? share(percentile) : 0);
    }

    private static double share(@Nullable Object percentile) {
        var share = percentile == null ? null : number(percentile);
        if (share == null || share.signum() < 0 || share.compareTo(BigDecimal.ONE) > 0) {
            throw invalid("PERCENTILE needs a share between 0 and 1, such as 0.95"
                    + (percentile == null ? "" : ", not " + shown(percentile)) + ".");
        }
        return share.doubleValue();
    }

    /** Where the figure stands among those that are asked for. */
    private int place(Map<String, ?> term) {
        var measure = measure(questions, term.get("measure"), term.get("field"),
                term.get("percentile"));
        int place = measures.indexOf(measure);
        if (place < 0) {
            measures.add(measure);
            place = measures.size() - 1;
        }
        return place;
    }

    private void having(Map<String, ?> term, List<Having> having) {
        int place = place(term);
        int before = having.size();
        for (var comparison : Comparison.values()) {
            var operand = term.get(comparison.name().toLowerCase(Locale.ROOT));
            if (operand != null) {
                having.add(new Having(place, comparison,
                        operand(measures.get(place), comparison, operand)));
            }
        }
        if (having.size() == before) {
            throw invalid("A condition of 'having' on " + measures.get(place).function()
                    + " needs one of eq, ne, gt, gte, lt and lte.");
        }
    }

    private Object operand(Measure measure, Comparison comparison, Object given) {
        if (measure.function() == Function.MIN || measure.function() == Function.MAX) {
            try {
                return WhereFilters.operand(measure.field().orElseThrow(), comparison, given,
                        questions.names());
            } catch (FilterProblem e) {
                throw invalid("'having' on " + measure.function() + ": " + e.getMessage() + ".");
            }
        }
        var number = number(given);
        if (number == null) {
            throw invalid("'having' compares " + measure.function() + " with a number, not with "
                    + shown(given) + ".");
        }
        return number;
    }

    /** Null for what is none, or none of a size that figures have. */
    private static @Nullable BigDecimal number(Object given) {
        var number = switch (given) {
            case BigDecimal decimal -> decimal;
            case BigInteger whole when whole.bitLength() <= 400 -> new BigDecimal(whole);
            case Double floating when Double.isFinite(floating) -> BigDecimal.valueOf(floating);
            case Float floating when Float.isFinite(floating) -> BigDecimal.valueOf(floating);
            case Integer whole -> BigDecimal.valueOf(whole);
            case Long whole -> BigDecimal.valueOf(whole);
            // As 64-bit integers and decimals are written in answers.
            case String text when NUMBER.matcher(text).matches() -> new BigDecimal(text);
            default -> null;
        };
        return number == null || number.precision() > DIGITS_MAX
                || Math.abs((long) number.scale()) > 4 * DIGITS_MAX ? null : number;
    }

    // ---- order ----

    private Order order(Map<String, ?> term, List<FieldPath> groupBy, Optional<Bucket> bucket) {
        long named = java.util.stream.Stream.of("bucket", "group", "measure")
                .filter(name -> term.get(name) != null).count();
        if (named != 1) {
            throw invalid("Each part of 'orderBy' has exactly one of 'bucket', 'group' and"
                    + " 'measure', but one has " + (named == 0 ? "none" : "several") + ".");
        }
        if (term.get("measure") == null
                && (term.get("field") != null || term.get("percentile") != null)) {
            throw invalid("'field' and 'percentile' belong to 'measure' in 'orderBy'.");
        }
        boolean descending = Questions.isDescending("orderBy.direction", term.get("direction"));
        if (term.get("bucket") != null) {
            if (bucket.isEmpty()) {
                throw invalid("There is no 'bucket' to order by; give that argument too.");
            }
            return new Order(new By.Time(),
                    Questions.isDescending("orderBy.bucket", term.get("bucket")));
        }
        if (term.get("group") != null) {
            var field = questions.field(term.get("group"), " to order by");
            int index = groupBy.indexOf(field);
            if (index < 0) {
                throw invalid("Groups can be ordered by what they are grouped by, and '"
                        + field.text() + "' is not in 'groupBy'.");
            }
            return new Order(new By.Group(index), descending);
        }
        return new Order(new By.Figure(place(term)), descending);
    }

    private static <E extends Enum<E>> E choice(String name, Class<E> type,
            @Nullable Object given) {
        for (var choice : type.getEnumConstants()) {
            if (choice.name().equals(given)) {
                return choice;
            }
        }
        throw invalid("'" + name + "' must be one of " + Arrays.stream(type.getEnumConstants())
                .map(Enum::name).collect(Collectors.joining(", "))
                + (given == null ? "" : ", not " + shown(given)) + ".");
    }
}
