package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Samples;
import io.tidegate.gateway.view.AggregateQuery.Bucket;
import io.tidegate.gateway.view.AggregateQuery.By;
import io.tidegate.gateway.view.AggregateQuery.Function;
import io.tidegate.gateway.view.AggregateQuery.Having;
import io.tidegate.gateway.view.AggregateQuery.Measure;
import io.tidegate.gateway.view.AggregateQuery.Order;
import io.tidegate.gateway.view.AggregateQuery.Unit;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** A random question for groups and its answer, worked out one row after the other. */
final class Fold {
    private static final List<String> ZONES = List.of("UTC", "+05:30", "Europe/Berlin",
            "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu");
    /** Of an answer; a page is as large as that takes. */
    private static final int PAGES_MAX = 4;
    private static final List<Unit> UNITS = List.of(Unit.values());

    private final Random random;
    private final AggregateQuery query;

    Fold(Random random, Questions questions, Predicate where) {
        this.random = random;
        var groups = new ArrayList<FieldPath>();
        for (int i = random.nextInt(3); i > 0; i--) {
            groups.add(orderable());
        }
        Optional<Bucket> bucket = random.nextBoolean() ? Optional.empty() : Optional.of(bucket());
        var measures = new ArrayList<Measure>();
        for (int i = random.nextInt(5); i > 0; i--) {
            measures.add(measure());
        }
        var having = new ArrayList<Having>();
        var order = new ArrayList<Order>();
        for (int i = 0; i < measures.size(); i++) {
            if (random.nextInt(4) == 0) {
                having(measures.get(i), i, questions).ifPresent(having::add);
            }
            if (random.nextInt(3) == 0) {
                order.add(new Order(new By.Figure(i), random.nextBoolean()));
            }
        }
        for (int i = 0; i < groups.size(); i++) {
            if (random.nextInt(3) == 0) {
                order.add(new Order(new By.Group(i), random.nextBoolean()));
            }
        }
        if (bucket.isPresent() && random.nextInt(3) == 0) {
            order.add(new Order(new By.Time(), random.nextBoolean()));
        }
        Collections.shuffle(order, random);
        this.query = new AggregateQuery(where, groups, bucket, measures, having, order,
                1 + random.nextInt(20), Optional.empty());
    }

    AggregateQuery query() {
        return query;
    }

    private FieldPath orderable() {
        while (true) {
            var field = Samples.PARCEL.fields()
                    .get(random.nextInt(Samples.PARCEL.fields().size()));
            if (Column.isSingle(field.type())) {
                return path(field.name());
            }
            if (field.name().equals("city")) {
                return path(random.nextBoolean() ? "city.name" : "city.zip");
            }
        }
    }

    private static FieldPath path(String name) {
        return FieldPath.resolve(Samples.PARCEL, name).orElseThrow();
    }

    private Bucket bucket() {
        var field = switch (random.nextInt(4)) {
            case 0 -> Optional.of(path("at"));
            case 1 -> Optional.of(path("day"));
            case 2 -> Optional.of(path("local"));
            default -> Optional.<FieldPath>empty();
        };
        return new Bucket(field, UNITS.get(random.nextInt(UNITS.size())),
                random.nextBoolean() ? 1 : 1 + random.nextInt(7),
                ZoneId.of(ZONES.get(random.nextInt(ZONES.size()))));
    }

    private Measure measure() {
        while (true) {
            var function = Function.values()[random.nextInt(Function.values().length)];
            if (function == Function.COUNT) {
                return Measure.COUNT;
            }
            var field = orderable();
            boolean isNumber = Column.of("c", field.type()).isNumber();
            switch (function) {
                case SUM, AVG -> {
                    if (isNumber) {
                        return new Measure(function, Optional.of(field), 0);
                    }
                }
                case PERCENTILE -> {
                    if (isNumber) {
                        return new Measure(function, Optional.of(field),
                                random.nextBoolean() ? 0.5 : random.nextDouble());
                    }
                }
                default -> {
                    return new Measure(function, Optional.of(field), 0);
                }
            }
        }
    }

    private Optional<Having> having(Measure measure, int index, Questions questions) {
        var comparison = questions.comparison();
        return switch (measure.function()) {
            case COUNT, COUNT_DISTINCT -> Optional.of(new Having(index, comparison,
                    new BigDecimal(random.nextInt(6)).divide(new BigDecimal(2))));
            case SUM -> isFloating(measure)
                    ? Optional.empty()
                    : Optional.of(new Having(index, comparison, new BigDecimal(
                            List.of("0", "1.5", "-1E+39", "1E+60", "4294967295").get(
                                    random.nextInt(5)))));
            case MIN, MAX -> Optional.of(new Having(index, comparison,
                    questions.literal(measure.field().orElseThrow().type())));
            case AVG, PERCENTILE -> Optional.empty();
        };
    }

    private static boolean isFloating(Measure measure) {
        return measure.field().orElseThrow().type() instanceof Type.Scalar scalar
                && (scalar.kind() == ScalarKind.FLOAT32 || scalar.kind() == ScalarKind.FLOAT64);
    }

    /** What is wrong with the view's answer, read page by page; empty = nothing. */
    String disagreement(List<Event> events, ViewSnapshot snapshot) {
        var expected = expected(events);
        var found = new ArrayList<AggregateRow>();
        int limit = Math.max(query.limit(), expected.size() / (PAGES_MAX - 1));
        Optional<String> after = Optional.empty();
        boolean hasMore = true;
        while (hasMore) {
            var page = snapshot.aggregate(new AggregateQuery(query.where(), query.groupBy(),
                    query.bucket(), query.measures(), query.having(), query.order(),
                    limit, after));
            if (page.rows().size() > limit || page.hasMore() && page.rows().size() < limit) {
                return "a page of " + page.rows().size() + " where " + limit
                        + " were asked for";
            }
            found.addAll(page.rows());
            hasMore = page.hasMore();
            if (hasMore) {
                after = Optional.of(page.rows().getLast().pageCursor());
            }
        }
        if (found.size() != expected.size()) {
            return found.size() + " groups instead of " + expected.size() + ": " + found + "; "
                    + expected;
        }
        for (var row : found) {
            var figures = expected.get(name(row.group(), row.bucket()));
            if (figures == null) {
                return "a group that is none: " + row + "; " + expected;
            }
            for (int i = 0; i < figures.size(); i++) {
                if (!isSame(figures.get(i), row.figures().get(i))) {
                    return "figure " + i + " is " + row.figures().get(i) + " instead of "
                            + figures.get(i) + " in " + row;
                }
            }
        }
        for (int i = 1; i < found.size(); i++) {
            if (order().compare(found.get(i - 1), found.get(i)) >= 0) {
                return "out of order: " + found.get(i - 1) + " before " + found.get(i);
            }
        }
        return "";
    }

    private static boolean isSame(Object expected, Object found) {
        if (expected instanceof Approximate approximate) {
            // sums that doubles cannot hold on the way have no right answer
            return !Double.isFinite(approximate.within()) || found instanceof Double d
                    && Math.abs(d - approximate.value()) <= approximate.within();
        }
        if (expected instanceof BigDecimal a && found instanceof BigDecimal b) {
            return a.compareTo(b) == 0;
        }
        return expected == null || found == null
                ? expected == found
                : compare(expected, found) == 0;
    }

    private record Approximate(double value, double within) {
    }

    private Comparator<AggregateRow> order() {
        Comparator<AggregateRow> order = (a, b) -> 0;
        for (var term : query.order()) {
            order = order.thenComparing((a, b) -> compare(value(a, term.by()),
                    value(b, term.by()), term.descending()));
        }
        if (query.bucket().isPresent()) {
            order = order.thenComparing((a, b) -> compare(a.bucket().orElse(null),
                    b.bucket().orElse(null), false));
        }
        for (int i = 0; i < query.groupBy().size(); i++) {
            int index = i;
            order = order.thenComparing(
                    (a, b) -> compare(a.group().get(index), b.group().get(index), false));
        }
        return query.groupBy().isEmpty() && query.bucket().isEmpty() ? (a, b) -> -1 : order;
    }

    private static Object value(AggregateRow row, By by) {
        return switch (by) {
            case By.Time ignored -> row.bucket().orElse(null);
            case By.Group group -> row.group().get(group.index());
            case By.Figure figure -> row.figures().get(figure.index());
        };
    }

    private static int compare(Object a, Object b, boolean descending) {
        if (a == null || b == null) {
            return Boolean.compare(a == null, b == null);
        }
        return descending ? compare(b, a) : compare(a, b);
    }

    private Map<String, List<Object>> expected(List<Event> events) {
        var groups = new HashMap<String, List<Event>>();
        if (query.groupBy().isEmpty() && query.bucket().isEmpty()) {
            groups.put(name(List.of(), Optional.empty()), new ArrayList<>());
        }
        for (var event : events) {
            var group = new ArrayList<Object>();
            query.groupBy().forEach(field -> group.add(present(field.get(event.value()))));
            groups.computeIfAbsent(name(group, query.bucket().flatMap(b -> start(event, b))),
                    name -> new ArrayList<>()).add(event);
        }
        var expected = new HashMap<String, List<Object>>();
        groups.forEach((name, members) -> {
            var figures = new ArrayList<Object>();
            query.measures().forEach(measure -> figures.add(figure(measure, members)));
            if (query.having().stream().allMatch(having -> {
                Object figure = figures.get(having.measure());
                return figure != null && having.comparison().holds(compare(
                        figure instanceof Long l ? new BigDecimal(l) : figure, having.value()));
            })) {
                expected.put(name, figures);
            }
        });
        return expected;
    }

    private static String name(List<Object> group, Optional<Instant> bucket) {
        return group.stream().map(Fold::canonical).toList() + " " + bucket;
    }

    private static String canonical(Object value) {
        return switch (value) {
            case null -> "absent";
            case BigDecimal d -> d.signum() == 0 ? "0" : d.stripTrailingZeros().toString();
            case Double d -> Double.toString(d + 0d);
            case Float f -> Float.toString(f + 0f);
            case byte[] bytes -> HexFormat.of().formatHex(bytes);
            default -> "'" + value + "'";
        };
    }

    private static Object present(Object value) {
        return value instanceof Double d && !Double.isFinite(d)
                || value instanceof Float f && !Float.isFinite(f) ? null : value;
    }

    private static Object figure(Measure measure, List<Event> members) {
        if (measure.function() == Function.COUNT) {
            return (long) members.size();
        }
        var values = members.stream()
                .map(event -> present(measure.field().orElseThrow().get(event.value())))
                .filter(value -> value != null).toList();
        if (measure.function() == Function.COUNT_DISTINCT) {
            return values.stream().map(Fold::canonical).distinct().count();
        }
        if (values.isEmpty()) {
            return null;
        }
        return switch (measure.function()) {
            case MIN -> values.stream().min(Fold::compare).orElseThrow();
            case MAX -> values.stream().max(Fold::compare).orElseThrow();
            case SUM -> {
                var sum = sum(values);
                yield isFloating(measure) ? approximate(sum, values) : sum;
            }
            case AVG -> approximate(
                    sum(values).divide(new BigDecimal(values.size()), MathContext.DECIMAL128),
                    values);
            default -> {
                var sorted = values.stream().map(Fold::decimal).sorted().toList();
                double at = measure.percentile() * (sorted.size() - 1);
                var low = sorted.get((int) Math.floor(at));
                var high = sorted.get((int) Math.ceil(at));
                yield approximate(low.add(high.subtract(low)
                        .multiply(new BigDecimal(at - Math.floor(at)))), values);
            }
        };
    }

    private static BigDecimal sum(List<Object> values) {
        return values.stream().map(Fold::decimal).reduce(BigDecimal.ZERO, BigDecimal::add);
    }

    /** Doubles lose digits with the size of what is added; beyond doubles there is none. */
    private static Object approximate(BigDecimal value, List<Object> values) {
        double size = values.stream().mapToDouble(v -> Math.abs(decimal(v).doubleValue())).max()
                .orElse(0);
        return new Approximate(value.doubleValue(), size * values.size() * 1e-12 + 1e-300);
    }

    private static BigDecimal decimal(Object number) {
        return switch (number) {
            case BigDecimal d -> d;
            case BigInteger i -> new BigDecimal(i);
            case Double d -> new BigDecimal(d);
            case Float f -> new BigDecimal(f);
            default -> BigDecimal.valueOf(((Number) number).longValue());
        };
    }

    @SuppressWarnings("unchecked")
    private static int compare(Object a, Object b) {
        if (a instanceof Number) {
            return decimal(a).compareTo(decimal(b));
        }
        return switch (a) {
            case byte[] bytes -> Arrays.compareUnsigned(bytes, (byte[]) b);
            case String text -> Arrays.compareUnsigned(text.getBytes(StandardCharsets.UTF_8),
                    ((String) b).getBytes(StandardCharsets.UTF_8));
            case java.util.UUID uuid -> uuid.toString().compareTo(b.toString());
            default -> ((Comparable<Object>) a).compareTo(b);
        };
    }

    private static Optional<Instant> start(Event event, Bucket bucket) {
        Object time = bucket.field().isEmpty()
                ? event.time()
                : bucket.field().get().get(event.value());
        var zone = bucket.zone();
        return switch (time) {
            case null -> Optional.empty();
            case Instant instant -> Optional.of(start(clock(instant, zone), instant, bucket));
            case LocalDate day -> Optional.of(start(shown(day.atStartOfDay(), zone), null, bucket));
            default -> Optional.of(start(shown((LocalDateTime) time, zone), null, bucket));
        };
    }

    private static ZoneOffset offset(Instant instant, ZoneId zone) {
        var last = Instant.ofEpochSecond(ZoneOffsets.LAST);
        return zone.getRules().getOffset(instant.isAfter(last) ? last : instant);
    }

    private static LocalDateTime clock(Instant instant, ZoneId zone) {
        return LocalDateTime.ofEpochSecond(
                instant.getEpochSecond() + offset(instant, zone).getTotalSeconds(),
                instant.getNano(), ZoneOffset.UTC);
    }

    /** A clock time that was skipped counts as the one behind the leap. */
    private static LocalDateTime shown(LocalDateTime clock, ZoneId zone) {
        if (clock.getYear() >= 2199) {
            return clock;
        }
        var leap = zone.getRules().getTransition(clock);
        return leap != null && leap.isGap() ? leap.getDateTimeAfter() : clock;
    }

    private static Instant start(LocalDateTime clock, Instant own, Bucket bucket) {
        var zone = bucket.zone();
        int size = bucket.size();
        var day = clock.toLocalDate();
        return switch (bucket.unit()) {
            case SECOND -> ofClock(clock, own, size, zone);
            case MINUTE -> ofClock(clock, own, size * 60L, zone);
            case HOUR -> ofClock(clock, own, size * 3_600L, zone);
            case DAY -> days(Math.floorDiv(day.toEpochDay(), (long) size) * size, zone);
            case WEEK -> {
                long monday = day.toEpochDay() < LocalDate.MIN.toEpochDay() + 7
                        ? Math.floorDiv(day.toEpochDay() + 3, 7L) * 7 - 3
                        : day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY))
                                .toEpochDay();
                long weeks = Math.floorDiv((monday + 3) / 7, (long) size) * size;
                yield days(weeks * 7 - 3, zone);
            }
            case MONTH -> month(day, size, zone);
            case QUARTER -> month(day, size * 3, zone);
            case YEAR -> month(day, size * 12, zone);
        };
    }

    private static Instant month(LocalDate day, int size, ZoneId zone) {
        long months = ChronoUnit.MONTHS.between(LocalDate.of(1970, 1, 1), day.withDayOfMonth(1));
        long first = Math.floorDiv(months, (long) size) * size;
        long year = 1970 + Math.floorDiv(first, 12L);
        return year < LocalDate.MIN.getYear()
                ? time(LocalDate.MIN, zone)
                : time(LocalDate.of((int) year, (int) Math.floorMod(first, 12L) + 1, 1), zone);
    }

    private static Instant ofClock(LocalDateTime clock, Instant own, long width, ZoneId zone) {
        long floor = Math.floorDiv(clock.toEpochSecond(ZoneOffset.UTC), width) * width;
        if (own != null) {
            var offset = offset(own, zone);
            var same = Instant.ofEpochSecond(floor - offset.getTotalSeconds());
            var last = Instant.ofEpochSecond(ZoneOffsets.LAST);
            var leap = zone.getRules().previousTransition(
                    own.isAfter(last) ? last : own.plusNanos(1));
            if (leap == null || !same.isBefore(leap.getInstant())) {
                return same;
            }
        }
        return seconds(floor, zone);
    }

    private static Instant time(LocalDate day, ZoneId zone) {
        return days(day.toEpochDay(), zone);
    }

    private static Instant days(long day, ZoneId zone) {
        return seconds(day * 86_400, zone);
    }

    /** When a clock shows this first. */
    private static Instant seconds(long clock, ZoneId zone) {
        long last = ZoneOffsets.LAST;
        if (clock >= last || clock < LocalDateTime.MIN.toEpochSecond(ZoneOffset.UTC)) {
            var at = Instant.ofEpochSecond(clock >= last ? last : Instant.MIN.getEpochSecond());
            return Instant.ofEpochSecond(Math.max(Instant.MIN.getEpochSecond(),
                    clock - zone.getRules().getOffset(at).getTotalSeconds()));
        }
        var local = LocalDateTime.ofEpochSecond(clock, 0, ZoneOffset.UTC);
        var leap = zone.getRules().getTransition(local);
        return leap != null && leap.isGap()
                ? leap.getInstant()
                : local.toInstant(zone.getRules().getValidOffsets(local).getFirst());
    }
}
