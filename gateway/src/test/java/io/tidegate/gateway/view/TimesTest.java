package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.predicate.Matcher;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.view.AggregateQuery.Bucket;
import io.tidegate.gateway.view.AggregateQuery.Function;
import io.tidegate.gateway.view.AggregateQuery.Having;
import io.tidegate.gateway.view.AggregateQuery.Measure;
import io.tidegate.gateway.view.AggregateQuery.Unit;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Times of any year, to the nanosecond: as conditions, orders, figures and groups. */
class TimesTest {
    private static final RecordType TYPE = RecordType.of("test.Moment", List.of(
            new Field("at", Type.Scalar.of(ScalarKind.TIMESTAMP), true),
            new Field("local", Type.Scalar.of(ScalarKind.LOCAL_TIMESTAMP), true)));
    private static final FieldPath AT = FieldPath.resolve(TYPE, "at").orElseThrow();
    private static final FieldPath LOCAL = FieldPath.resolve(TYPE, "local").orElseThrow();
    private static final List<Instant> TIMES = List.of(
            LocalDateTime.MIN.toInstant(ZoneOffset.UTC),
            LocalDateTime.MAX.toInstant(ZoneOffset.UTC),
            Instant.ofEpochMilli(Long.MIN_VALUE), Instant.ofEpochMilli(Long.MAX_VALUE),
            Instant.ofEpochMilli(Long.MAX_VALUE).plusNanos(1),
            Instant.parse("0001-01-01T00:00:00Z"), Instant.parse("0001-01-01T00:00:00.000000001Z"),
            Instant.parse("9999-12-31T23:59:59.999999999Z"), Instant.parse("9999-12-31T00:00:00Z"),
            // where 64 bits of nanoseconds end, and where those that are used do
            Instant.ofEpochSecond(0, Long.MIN_VALUE), Instant.ofEpochSecond(0, Long.MAX_VALUE),
            Instant.ofEpochSecond(9_000_000_000L), Instant.ofEpochSecond(9_000_000_000L, 1),
            Instant.ofEpochSecond(9_000_000_000L, -1), Instant.ofEpochSecond(-9_000_000_000L),
            Instant.ofEpochSecond(-9_000_000_000L, 1), Instant.ofEpochSecond(-9_000_000_000L, -1),
            Instant.ofEpochSecond(-9_000_000_001L), Instant.ofEpochSecond(8_999_999_999L),
            Instant.EPOCH, Instant.EPOCH.minusNanos(1), Instant.EPOCH.plusNanos(1),
            Instant.parse("1969-12-31T00:00:00Z"), Instant.parse("1969-12-30T23:59:59.999999999Z"),
            Instant.parse("1968-02-29T12:00:00.5Z"), Instant.parse("2026-03-01T14:30:00Z"),
            Instant.parse("2026-03-01T14:30:00.000000001Z"),
            Instant.parse("2026-03-01T14:30:00.001Z"));
    private static final List<Event> EVENTS = new ArrayList<>();
    private static final DuckDbViewStore STORE = DuckDbViewStore
            .inMemory(DuckDbViewStore.Limits.defaults(), Clock.systemUTC());
    private static ViewSnapshot snapshot;

    @BeforeAll
    static void fill() {
        var values = new ArrayList<Row>();
        for (var time : TIMES) {
            values.add(new Row(TYPE, new Object[]{time, local(time)}));
        }
        values.add(new Row(TYPE, new Object[]{null, null}));
        values.addAll(List.copyOf(values.subList(5, 12)));
        Collections.shuffle(values, new Random(1));
        for (int i = 0; i < values.size(); i++) {
            var own = (Instant) values.get(i).get(0);
            EVENTS.add(new Event(0, i, 0, Op.UPSERT, List.of(0, (long) i),
                    own == null ? Instant.EPOCH : own, values.get(i), null));
        }
        var view = STORE.open(Views.product("p", TYPE, List.of(), Duration.ZERO));
        view.parts().getFirst().apply(EVENTS, Views.position(EVENTS.size()));
        snapshot = view.snapshot();
    }

    @AfterAll
    static void close() {
        snapshot.close();
        STORE.close();
    }

    private static LocalDateTime local(Instant time) {
        return LocalDateTime.ofInstant(time, ZoneOffset.UTC);
    }

    @Test
    void are_compared_as_a_matcher_compares_them() {
        int turn = 0;
        for (var time : TIMES) {
            for (var comparison : Comparison.values()) {
                var predicates = List.of(new Predicate.Compare(AT, comparison, time),
                        new Predicate.Compare(LOCAL, comparison, local(time)),
                        new Predicate.Not(new Predicate.Compare(AT, comparison, time)));
                // each time with each comparison, and one after the other in each way
                var predicate = predicates.get(turn++ % predicates.size());
                assertThat(keys(Optional.of(predicate), List.of(), false)).as("%s", predicate)
                        .isEqualTo(expected(predicate, Comparator.comparing(Event::offset)));
            }
            turn++;
        }
    }

    @Test
    void are_found_among_others() {
        var random = new Random(2);
        for (int round = 0; round < 20; round++) {
            var some = new ArrayList<Object>(TIMES);
            Collections.shuffle(some, random);
            var predicate = new Predicate.In(AT, some.subList(0, 1 + random.nextInt(5)));
            for (var one : List.of(predicate, new Predicate.Not(predicate))) {
                assertThat(keys(Optional.of(one), List.of(), false)).as("%s", one)
                        .isEqualTo(expected(one, Comparator.comparing(Event::offset)));
            }
        }
        for (var one : List.of((Predicate) new Predicate.IsNull(AT),
                new Predicate.Not(new Predicate.IsNull(LOCAL)))) {
            assertThat(keys(Optional.of(one), List.of(), false))
                    .isEqualTo(expected(one, Comparator.comparing(Event::offset)));
        }
    }

    @Test
    void are_ordered_in_both_directions_with_absent_ones_last_and_paged_both_ways() {
        for (boolean descending : new boolean[]{false, true}) {
            for (var field : List.of(AT, LOCAL)) {
                Comparator<Instant> order = Comparator.naturalOrder();
                var expected = expected(Predicate.ALL, Comparator
                        .comparing((Event event) -> (Instant) event.value().get(0),
                                Comparator.nullsLast(descending ? order.reversed() : order))
                        .thenComparing(Event::offset));
                for (boolean backwards : new boolean[]{false, true}) {
                    assertThat(keys(Optional.empty(),
                            List.of(new ItemsQuery.Order(field, descending)), backwards))
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void have_a_least_and_a_greatest_and_a_number_to_the_nanosecond() {
        for (var from : TIMES) {
            var where = new Predicate.Compare(AT, Comparison.GTE, from);
            var row = snapshot.aggregate(new AggregateQuery(where, List.of(), Optional.empty(),
                    List.of(of(Function.MIN, AT), of(Function.MAX, LOCAL),
                            of(Function.COUNT_DISTINCT, AT)),
                    List.of(), List.of(), 1, Optional.empty())).rows().getFirst();

            assertThat(row.figures()).containsExactly(from, LocalDateTime.MAX,
                    TIMES.stream().filter(time -> !time.isBefore(from)).count());
        }
    }

    @Test
    void are_groups_of_their_own_that_conditions_may_be_asked_of() {
        var all = snapshot.aggregate(new AggregateQuery(Predicate.ALL, List.of(AT),
                Optional.empty(), List.of(Measure.COUNT, of(Function.MAX, AT)), List.of(),
                List.of(new AggregateQuery.Order(new AggregateQuery.By.Group(0), true)), 100,
                Optional.empty())).rows();
        assertThat(all).extracting(row -> row.group().getFirst())
                .startsWith(TIMES.stream().sorted(Comparator.reverseOrder()).toArray())
                .hasSize(TIMES.size() + 1).endsWith((Object) null);

        for (var time : TIMES) {
            var late = snapshot.aggregate(new AggregateQuery(Predicate.ALL, List.of(AT),
                    Optional.empty(), List.of(of(Function.MAX, AT)),
                    List.of(new Having(0, Comparison.GT, time)), List.of(), 100,
                    Optional.empty())).rows();
            assertThat(late).hasSize((int) TIMES.stream().filter(time::isBefore).count());
        }
    }

    @Test
    void fall_into_the_buckets_of_the_calendar() {
        for (var unit : List.of(Unit.SECOND, Unit.MINUTE, Unit.HOUR, Unit.DAY)) {
            for (var field : List.of(Optional.<FieldPath>empty(), Optional.of(AT))) {
                long width = Map.of(Unit.SECOND, 1L, Unit.MINUTE, 60L, Unit.HOUR, 3_600L,
                        Unit.DAY, 86_400L).get(unit);
                var expected = EVENTS.stream()
                        .filter(event -> field.isEmpty() || event.value().get(0) != null)
                        .collect(Collectors.groupingBy(event -> Instant.ofEpochSecond(
                                Math.floorDiv(event.time().getEpochSecond(), width) * width),
                                TreeMap::new, Collectors.counting()));
                var found = snapshot.aggregate(new AggregateQuery(
                        field.isEmpty()
                                ? Predicate.ALL
                                : new Predicate.Not(new Predicate.IsNull(AT)),
                        List.of(),
                        Optional.of(new Bucket(field, unit, 1, ZoneOffset.UTC)),
                        List.of(Measure.COUNT), List.of(), List.of(), 100, Optional.empty()));
                assertThat(found.rows()).as("%s", unit)
                        .extracting(row -> Map.entry(row.bucket().orElseThrow(),
                                row.figures().getFirst()))
                        .containsExactlyElementsOf(expected.entrySet().stream()
                                .map(entry -> Map.entry(entry.getKey(), (Object) entry.getValue()))
                                .toList());
            }
        }
    }

    @Test
    void of_events_come_back_and_bound_what_is_asked_for() {
        for (var time : TIMES) {
            var page = snapshot.events(new EventsQuery(Optional.empty(), Predicate.ALL,
                    Predicate.ALL, Optional.of(new EventsQuery.Bound.At(time)), Optional.empty(),
                    Optional.empty(), 100));
            assertThat(page.events()).extracting(StoredEvent::time)
                    .containsExactlyElementsOf(EVENTS.stream().map(Event::time)
                            .filter(own -> !own.isBefore(time)).toList());
            var before = snapshot.events(new EventsQuery(Optional.empty(), Predicate.ALL,
                    Predicate.ALL, Optional.empty(), Optional.of(new EventsQuery.Bound.At(time)),
                    Optional.empty(), 100));
            assertThat(before.events()).extracting(StoredEvent::time)
                    .containsExactlyElementsOf(EVENTS.stream().map(Event::time)
                            .filter(own -> own.isBefore(time)).toList());
        }
    }

    private static Measure of(Function function, FieldPath field) {
        return new Measure(function, Optional.of(field), 0);
    }

    private static List<Long> expected(Predicate predicate, Comparator<Event> order) {
        var matcher = Matcher.compile(predicate);
        return EVENTS.stream().filter(event -> matcher.matches(event.value())).sorted(order)
                .map(Event::offset).toList();
    }

    /** Page by page. */
    private static List<Long> keys(Optional<Predicate> where, List<ItemsQuery.Order> order,
            boolean backwards) {
        var found = new ArrayList<Long>();
        Optional<String> after = Optional.empty();
        boolean hasMore = true;
        int size = where.isPresent() ? 100 : 3;
        while (hasMore) {
            var page = snapshot.items(new ItemsQuery(where.orElse(Predicate.ALL), order, size,
                    after, backwards));
            var keys = page.rows().stream().map(row -> (Long) row.key().get(1)).toList();
            for (var row : page.rows()) {
                assertThat(row.time()).isEqualTo(Objects.requireNonNullElse(
                        (Instant) row.value().get(0), Instant.EPOCH));
            }
            found.addAll(backwards ? 0 : found.size(), keys);
            hasMore = page.hasMore();
            if (hasMore) {
                after = Optional.of((backwards
                        ? page.rows().getFirst()
                        : page.rows().getLast()).pageCursor());
            }
        }
        return found;
    }
}
