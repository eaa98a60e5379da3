package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.predicate.Matcher;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.predicate.Samples;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.view.AggregateQuery.Bucket;
import io.tidegate.gateway.view.AggregateQuery.By;
import io.tidegate.gateway.view.AggregateQuery.Function;
import io.tidegate.gateway.view.AggregateQuery.Having;
import io.tidegate.gateway.view.AggregateQuery.Measure;
import io.tidegate.gateway.view.AggregateQuery.Order;
import io.tidegate.gateway.view.AggregateQuery.Unit;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class AggregateTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int CASES = Integer.getInteger("cases", 300);
    private static final int CASES_OF_TABLE = 60;
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    private static final RecordType SALE = RecordType.of("test.Sale", List.of(
            new Field("shop", Type.Scalar.of(ScalarKind.STRING), true),
            new Field("pieces", Type.Scalar.of(ScalarKind.INT64), true),
            new Field("price", new Type.Scalar(ScalarKind.DECIMAL, 12, 2), true),
            new Field("wide", new Type.Scalar(ScalarKind.DECIMAL, 38, 2), true),
            new Field("any", Type.Scalar.of(ScalarKind.DECIMAL), true),
            new Field("ratio", Type.Scalar.of(ScalarKind.FLOAT64), true),
            new Field("at", Type.Scalar.of(ScalarKind.TIMESTAMP), true),
            new Field("day", Type.Scalar.of(ScalarKind.DATE), true),
            new Field("local", Type.Scalar.of(ScalarKind.LOCAL_TIMESTAMP), true),
            new Field("tags", new Type.ListOf(Type.Scalar.of(ScalarKind.STRING), true), true)));

    @Test
    void figures_of_no_rows_are_one_group() {
        var page = ask(List.of(), query().measures(count(), of(Function.SUM, "pieces"),
                of(Function.AVG, "price"), of(Function.MAX, "shop"), percentile("ratio", 0.5)));

        assertThat(page.rows()).hasSize(1);
        assertThat(page.rows().getFirst().figures()).containsExactly(0L, null, null, null, null);
    }

    @Test
    void sums_are_exact_whatever_their_size() {
        String nines = "999999999999999999999999999999999999.99";
        var rows = List.of(
                sale(Map.of("pieces", Long.MAX_VALUE, "price", new BigDecimal("0.10"),
                        "wide", new BigDecimal(nines), "any", new BigDecimal("1E+40"))),
                sale(Map.of("pieces", Long.MAX_VALUE, "price", new BigDecimal("0.20"),
                        "wide", new BigDecimal(nines), "any", new BigDecimal("-0.001"))),
                sale(Map.of("pieces", 1L, "wide", new BigDecimal("-0.01"), "any",
                        new BigDecimal("1E-40"))));

        var figures = ask(rows, query().measures(of(Function.SUM, "pieces"),
                of(Function.SUM, "price"), of(Function.SUM, "wide"), of(Function.SUM, "any"),
                of(Function.AVG, "wide"))).rows().getFirst().figures();

        assertThat((BigDecimal) figures.get(0)).isEqualByComparingTo(new BigDecimal(
                BigInteger.valueOf(Long.MAX_VALUE).shiftLeft(1).add(BigInteger.ONE)));
        assertThat((BigDecimal) figures.get(1)).isEqualByComparingTo("0.30");
        assertThat((BigDecimal) figures.get(2))
                .isEqualByComparingTo("1999999999999999999999999999999999999.97");
        assertThat((BigDecimal) figures.get(3)).isEqualByComparingTo(new BigDecimal("1E+40")
                .subtract(new BigDecimal("0.001")).add(new BigDecimal("1E-40")));
        assertThat((Double) figures.get(4)).isCloseTo(2e36 / 3, within(1e22));
    }

    @Test
    void sums_of_the_smallest_doubles_are_not_nothing() {
        var rows = List.of(sale(Map.of("ratio", Double.MIN_VALUE)),
                sale(Map.of("ratio", 2 * Double.MIN_VALUE)));

        var figures = ask(rows, query().measures(of(Function.SUM, "ratio"),
                of(Function.AVG, "ratio"))).rows().getFirst().figures();

        assertThat(figures.get(0)).isEqualTo(3 * Double.MIN_VALUE);
        assertThat((Double) figures.get(1)).isCloseTo(1.5 * Double.MIN_VALUE,
                within(Double.MIN_VALUE));
        assertThat(ask(rows.subList(0, 1), query().measures(of(Function.AVG, "ratio"))).rows()
                .getFirst().figures().getFirst()).isEqualTo(Double.MIN_VALUE);
    }

    @Test
    void days_in_berlin_have_23_and_25_hours() {
        var spring = hours("2026-03-28T22:30:00Z", 26);
        assertThat(counts(spring, new Bucket(field("at"), Unit.DAY, 1, BERLIN))).containsExactly(
                Map.entry(Instant.parse("2026-03-27T23:00:00Z"), 1L),
                Map.entry(Instant.parse("2026-03-28T23:00:00Z"), 23L),
                Map.entry(Instant.parse("2026-03-29T22:00:00Z"), 2L));
        var autumn = hours("2026-10-24T21:30:00Z", 28);
        assertThat(counts(autumn, new Bucket(field("at"), Unit.DAY, 1, BERLIN))).containsExactly(
                Map.entry(Instant.parse("2026-10-23T22:00:00Z"), 1L),
                Map.entry(Instant.parse("2026-10-24T22:00:00Z"), 25L),
                Map.entry(Instant.parse("2026-10-25T23:00:00Z"), 2L));
    }

    @Test
    void an_hour_that_a_clock_shows_twice_is_two_buckets_and_six_hours_go_on() {
        var autumn = hours("2026-10-24T22:30:00Z", 7);
        assertThat(counts(autumn, new Bucket(field("at"), Unit.HOUR, 1, BERLIN))).hasSize(7);
        assertThat(counts(autumn, new Bucket(field("at"), Unit.HOUR, 6, BERLIN))).containsExactly(
                Map.entry(Instant.parse("2026-10-24T22:00:00Z"), 7L));
        var spring = hours("2026-03-28T23:30:00Z", 6);
        assertThat(counts(spring, new Bucket(field("at"), Unit.HOUR, 6, BERLIN))).containsExactly(
                Map.entry(Instant.parse("2026-03-28T23:00:00Z"), 5L),
                Map.entry(Instant.parse("2026-03-29T04:00:00Z"), 1L));
    }

    @Test
    void weeks_begin_on_monday_and_months_quarters_and_years_with_the_calendar() {
        var rows = new ArrayList<Row>();
        for (String day : List.of("2024-12-31", "2025-01-05", "2025-01-06", "2024-02-29",
                "1969-12-31", "2025-03-31", "2025-04-01")) {
            rows.add(sale(Map.of("day", LocalDate.parse(day))));
        }
        assertThat(starts(rows, Unit.WEEK, 1)).containsExactly("1969-12-29", "2024-02-26",
                "2024-12-30", "2025-01-06", "2025-03-31");
        assertThat(starts(rows, Unit.MONTH, 1)).containsExactly("1969-12-01", "2024-02-01",
                "2024-12-01", "2025-01-01", "2025-03-01", "2025-04-01");
        assertThat(starts(rows, Unit.QUARTER, 1)).containsExactly("1969-10-01", "2024-01-01",
                "2024-10-01", "2025-01-01", "2025-04-01");
        assertThat(starts(rows, Unit.YEAR, 1)).containsExactly("1969-01-01", "2024-01-01",
                "2025-01-01");
        assertThat(starts(rows, Unit.YEAR, 10)).containsExactly("1960-01-01", "2020-01-01");
        assertThat(starts(rows, Unit.MONTH, 5)).containsExactly("1969-08-01", "2023-10-01",
                "2024-08-01", "2025-01-01");
        assertThat(starts(rows, Unit.WEEK, 2)).hasSize(4);
    }

    @Test
    void groups_are_the_values_themselves_and_absent_ones_come_last_both_ways() {
        var rows = List.of(sale(Map.of("shop", "Graz", "pieces", 1L)),
                sale(Map.of("shop", "Graz", "pieces", 3L)), sale(Map.of("pieces", 9L)),
                sale(Map.of("shop", "Wien", "pieces", 4L)));
        for (boolean descending : new boolean[]{false, true}) {
            var page = ask(rows, query().groupBy("shop").measures(of(Function.SUM, "pieces"))
                    .order(new Order(new By.Group(0), descending)));
            assertThat(page.rows()).extracting(row -> row.group().getFirst())
                    .isEqualTo(descending
                            ? java.util.Arrays.asList("Wien", "Graz", null)
                            : java.util.Arrays.asList("Graz", "Wien", null));
        }
    }

    @Test
    void what_cannot_be_measured_is_refused_in_a_sentence() {
        assertThatThrownBy(() -> ask(List.of(), query().measures(of(Function.SUM, "shop"))))
                .isInstanceOfSatisfying(Refusal.Thrown.class,
                        thrown -> assertThat(thrown.refusal().detail()).isEqualTo(
                                "no sum can be made of field 'shop', which is no number"));
        assertThatThrownBy(() -> ask(List.of(), query().groupBy("tags").measures(count())))
                .isInstanceOfSatisfying(Refusal.Thrown.class,
                        thrown -> assertThat(thrown.refusal().detail()).isEqualTo(
                                "rows cannot be grouped by field 'tags', which is no single value"));
    }

    @Test
    void a_cursor_of_another_question_is_refused() {
        var rows = List.of(sale(Map.of("shop", "Graz")), sale(Map.of("shop", "Wien")));
        var page = ask(rows, query().groupBy("shop").measures(count()).limit(1));
        assertThat(page.hasMore()).isTrue();
        String cursor = page.rows().getFirst().pageCursor();

        assertThat(ask(rows, query().groupBy("shop").measures(count()).after(cursor)).rows())
                .extracting(row -> row.group().getFirst()).containsExactly("Wien");
        for (var other : List.of(query().groupBy("shop").measures(of(Function.SUM, "pieces")),
                query().groupBy("pieces").measures(count()),
                query().groupBy("shop").measures(count())
                        .order(new Order(new By.Group(0), true)))) {
            assertThatThrownBy(() -> ask(rows, other.after(cursor)))
                    .isInstanceOfSatisfying(Refusal.Thrown.class,
                            thrown -> assertThat(thrown.refusal().code())
                                    .isEqualTo(RefusalCode.CURSOR_MALFORMED));
        }
    }

    @Test
    void every_answer_is_the_fold_of_its_rows() {
        var random = new Random(SEED);
        var questions = new Questions(random);
        for (int table = 0; table < Math.max(1, CASES / CASES_OF_TABLE); table++) {
            var rows = new ArrayList<Row>();
            var events = new ArrayList<Event>();
            int size = random.nextInt(200);
            for (int i = 0; i < size; i++) {
                rows.add(Samples.random(random));
                events.add(new Event(0, i, 0, Op.UPSERT, List.of(0, (long) i),
                        Instant.parse("2026-03-28T20:00:00Z")
                                .plusSeconds(random.nextInt(400_000)),
                        rows.getLast(), null));
            }
            try (var store = store();
                    var view = store.open(Views.product("p", Samples.PARCEL, List.of(),
                            Duration.ZERO))) {
                view.parts().getFirst().apply(events, Views.position(size));
                try (var snapshot = view.snapshot()) {
                    for (int i = 0; i < Math.min(CASES, CASES_OF_TABLE); i++) {
                        var where = questions.predicate(Samples.PARCEL, 2);
                        var matcher = Matcher.compile(where);
                        var chosen = events.stream()
                                .filter(event -> matcher.matches(event.value())).toList();
                        var fold = new Fold(random, questions, where);
                        assertThat(fold.disagreement(chosen, snapshot))
                                .as("seed %d: %s", SEED, fold.query()).isEmpty();
                    }
                }
            }
        }
    }

    private List<String> starts(List<Row> rows, Unit unit, int size) {
        return counts(rows, new Bucket(field("day"), unit, size, ZoneOffset.UTC)).stream()
                .map(entry -> entry.getKey().toString().substring(0, 10)).toList();
    }

    private List<Map.Entry<Instant, Long>> counts(List<Row> rows, Bucket bucket) {
        return ask(rows, query().bucket(bucket).measures(count())).rows().stream()
                .map(row -> Map.entry(row.bucket().orElseThrow(),
                        (Long) row.figures().getFirst()))
                .toList();
    }

    private static List<Row> hours(String first, int count) {
        var rows = new ArrayList<Row>();
        for (int i = 0; i < count; i++) {
            rows.add(sale(Map.of("at", Instant.parse(first).plus(Duration.ofHours(i)))));
        }
        return rows;
    }

    @Test
    void clock_times_of_no_zone_are_counted_where_the_zone_has_them() {
        var rows = List.of(sale(Map.of("local", LocalDateTime.parse("2026-03-29T02:30:00"))),
                sale(Map.of("local", LocalDateTime.parse("2026-03-29T03:10:00"))),
                sale(Map.of("local", LocalDateTime.parse("2026-03-29T01:59:59"))),
                sale(Map.of("local", LocalDateTime.parse("2026-10-25T02:30:00"))));

        assertThat(counts(rows, new Bucket(field("local"), Unit.HOUR, 1, BERLIN)))
                .containsExactly(Map.entry(Instant.parse("2026-03-29T00:00:00Z"), 1L),
                        Map.entry(Instant.parse("2026-03-29T01:00:00Z"), 2L),
                        Map.entry(Instant.parse("2026-10-25T00:00:00Z"), 1L));
    }

    @Test
    void figures_can_be_conditions() {
        var rows = List.of(sale(Map.of("shop", "Graz", "pieces", 1L)),
                sale(Map.of("shop", "Graz", "pieces", 3L)),
                sale(Map.of("shop", "Wien", "pieces", 9L)), sale(Map.of("shop", "Linz")));
        var page = ask(rows, query().groupBy("shop")
                .measures(count(), of(Function.SUM, "pieces"))
                .having(new Having(1, Comparison.GT, new BigDecimal("3.5")),
                        new Having(0, Comparison.LT, new BigDecimal("1E+30"))));

        assertThat(page.rows()).extracting(row -> row.group().getFirst())
                .containsExactly("Graz", "Wien");
    }

    @Test
    void questions_that_need_more_memory_together_than_there_is_take_turns() throws Exception {
        var events = new ArrayList<Event>();
        for (int i = 0; i < 60; i++) {
            events.add(Views.event(0, i, List.of(0, (long) i), sale(Map.of("shop", "shop " + i,
                    "pieces", (long) i, "price", new BigDecimal(i + ".25"), "ratio", i / 3.0,
                    "at", Instant.ofEpochSecond(i)))));
        }
        var figures = new ArrayList<Measure>(List.of(count()));
        for (var field : SALE.fields().subList(0, SALE.fields().size() - 1)) {
            figures.add(of(Function.COUNT_DISTINCT, field.name()));
            figures.add(of(Function.MIN, field.name()));
            figures.add(of(Function.MAX, field.name()));
        }
        for (var field : List.of("pieces", "price", "wide", "any", "ratio")) {
            figures.add(of(Function.SUM, field));
            figures.add(percentile(field, 0.5));
            figures.add(percentile(field, 0.9));
        }
        var query = query().measures(figures.toArray(new Measure[0])).made();
        try (var store = DuckDbViewStore.inMemory(
                DuckDbViewStore.Limits.defaults().withMemory(32 << 20), Clock.systemUTC());
                var view = store.open(Views.product("p", SALE, List.of(), Duration.ZERO));
                var callers = Executors.newFixedThreadPool(8)) {
            view.parts().getFirst().apply(events, Views.position(events.size()));
            var answers = callers.invokeAll(Collections.nCopies(48, () -> {
                try (var snapshot = view.snapshot()) {
                    return snapshot.aggregate(query).rows().getFirst().figures().getFirst();
                }
            }));

            for (var answer : answers) {
                assertThat(answer.get()).isEqualTo(60L);
            }
        }
    }

    /** An empty one. */
    ViewStore store() {
        return DuckDbViewStore.inMemory(DuckDbViewStore.Limits.defaults(), Clock.systemUTC());
    }

    private AggregatePage ask(List<Row> rows, Asked query) {
        var events = new ArrayList<Event>();
        for (int i = 0; i < rows.size(); i++) {
            events.add(Views.event(0, i, List.of(0, (long) i), rows.get(i)));
        }
        try (var store = store();
                var view = store.open(Views.product("p", SALE, List.of(), Duration.ZERO))) {
            view.parts().getFirst().apply(events, Views.position(rows.size()));
            try (var snapshot = view.snapshot()) {
                return snapshot.aggregate(query.made());
            }
        }
    }

    private static Row sale(Map<String, Object> values) {
        var all = new Object[SALE.fields().size()];
        values.forEach((name, value) -> all[SALE.position(name).orElseThrow()] = value);
        return new Row(SALE, all);
    }

    private static Optional<FieldPath> field(String name) {
        return FieldPath.resolve(SALE, name);
    }

    private static Measure count() {
        return Measure.COUNT;
    }

    private static Measure of(Function function, String name) {
        return new Measure(function, field(name), 0);
    }

    private static Measure percentile(String name, double p) {
        return new Measure(Function.PERCENTILE, field(name), p);
    }

    private static Asked query() {
        return new Asked(List.of(), Optional.empty(), List.of(), List.of(), List.of(), 1_000,
                Optional.empty());
    }

    /** A question in the making. */
    private record Asked(List<FieldPath> groupBy, Optional<Bucket> bucket, List<Measure> measures,
            List<Having> having, List<Order> order, int limit, Optional<String> after) {
        Asked groupBy(String name) {
            return new Asked(List.of(field(name).orElseThrow()), bucket, measures, having, order,
                    limit, after);
        }

        Asked bucket(Bucket of) {
            return new Asked(groupBy, Optional.of(of), measures, having, order, limit, after);
        }

        Asked measures(Measure... all) {
            return new Asked(groupBy, bucket, List.of(all), having, order, limit, after);
        }

        Asked having(Having... all) {
            return new Asked(groupBy, bucket, measures, List.of(all), order, limit, after);
        }

        Asked order(Order... all) {
            return new Asked(groupBy, bucket, measures, having, List.of(all), limit, after);
        }

        Asked limit(int rows) {
            return new Asked(groupBy, bucket, measures, having, order, rows, after);
        }

        Asked after(String cursor) {
            return new Asked(groupBy, bucket, measures, having, order, limit,
                    Optional.of(cursor));
        }

        AggregateQuery made() {
            return new AggregateQuery(Predicate.ALL, groupBy, bucket, measures, having, order,
                    limit, after);
        }
    }
}
