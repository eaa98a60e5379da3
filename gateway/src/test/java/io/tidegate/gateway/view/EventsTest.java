package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Matcher;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class EventsTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final RecordType PARCEL = RecordType.of("test.Parcel", List.of(
            new Field("id", Type.Scalar.of(ScalarKind.INT64), false),
            new Field("weight", Type.Scalar.of(ScalarKind.INT32), true)));
    private static final Instant BEGIN = Instant.parse("2026-03-01T00:00:00Z");

    private final Random random = new Random(SEED);

    @Test
    void a_product_without_history_has_no_changes_to_tell() {
        try (var store = store(Clock.systemUTC());
                var view = store.open(keyed(Duration.ZERO));
                var snapshot = view.snapshot()) {
            assertThatThrownBy(() -> snapshot.events(all(10)))
                    .isInstanceOfSatisfying(Refusal.Thrown.class,
                            thrown -> assertThat(thrown.refusal().detail())
                                    .contains("keeps no changes"));
        }
    }

    @Test
    void a_delete_is_judged_by_the_row_before_or_by_its_key() {
        try (var store = store(Clock.systemUTC());
                var view = store.open(keyed(Duration.ofDays(1)))) {
            view.parts().getFirst().apply(List.of(
                    event(0, 0, 1, 5, null), event(0, 1, 2, 9, null),
                    event(0, 2, 1, null, row(1, 5)), event(0, 3, 2, null, null)),
                    Views.position(4));
            try (var snapshot = view.snapshot()) {
                assertThat(offsets(snapshot, Predicate.ALL)).containsExactly(1L, 2L, 3L, 4L);
                assertThat(offsets(snapshot, weight(Comparison.LT, 7))).containsExactly(1L, 3L);
                assertThat(offsets(snapshot, weight(Comparison.GT, 7))).containsExactly(2L);
                assertThat(offsets(snapshot, id(2))).containsExactly(2L, 4L);
                assertThat(offsets(snapshot, new Predicate.Not(weight(Comparison.LT, 7))))
                        .containsExactly(2L);
            }
        }
    }

    @Test
    void the_row_before_stays_unsaid_where_the_caller_may_not_see_it() {
        try (var store = store(Clock.systemUTC());
                var view = store.open(keyed(Duration.ofDays(1)))) {
            view.parts().getFirst().apply(List.of(event(0, 0, 1, 9, row(1, 5))),
                    Views.position(1));
            try (var snapshot = view.snapshot()) {
                assertThat(snapshot.events(all(9)).events().getFirst().previous())
                        .isEqualTo(row(1, 5));
                assertThat(previous(snapshot, weight(Comparison.GT, 7), Predicate.ALL)).isNull();
                assertThat(previous(snapshot, weight(Comparison.GT, 4), weight(Comparison.GT, 7)))
                        .isEqualTo(row(1, 5));
            }
        }
    }

    @Test
    void changes_are_told_by_key_time_and_position() {
        try (var store = store(Clock.systemUTC());
                var view = store.open(keyed(Duration.ofDays(1)))) {
            view.parts().getFirst().apply(List.of(event(0, 0, 1, 5, null),
                    event(1, 0, 2, 6, null), event(0, 1, 2, 7, null), event(1, 1, 1, 8, null)),
                    Views.position(2, 2));
            try (var snapshot = view.snapshot()) {
                assertThat(weights(snapshot, new EventsQuery(Optional.of(List.of(1L)),
                        Predicate.ALL, Predicate.ALL, Optional.empty(), Optional.empty(),
                        Optional.empty(), 9))).containsExactly(5, 8);
                assertThat(weights(snapshot, new EventsQuery(Optional.empty(), Predicate.ALL,
                        Predicate.ALL,
                        Optional.of(new EventsQuery.Bound.At(BEGIN.plusSeconds(1))),
                        Optional.of(new EventsQuery.Bound.At(BEGIN.plusSeconds(9))),
                        Optional.empty(), 9))).containsExactly(7, 8);
                assertThat(weights(snapshot, new EventsQuery(Optional.empty(), Predicate.ALL,
                        Predicate.ALL,
                        Optional.of(new EventsQuery.Bound.Behind(Views.position(1, 0))),
                        Optional.of(new EventsQuery.Bound.Behind(Views.position(2, 1))),
                        Optional.empty(), 9))).containsExactly(6, 7);
            }
        }
    }

    @Test
    void a_record_of_several_changes_is_kept_once_however_its_reader_comes_by() {
        try (var store = store(Clock.systemUTC());
                var view = store.open(keyed(Duration.ofDays(1)))) {
            var fed = view.parts().getFirst();
            var first = event(0, 7, 1, 5, null);
            var second = event(0, 7, 2, 6, null);
            var third = event(0, 7, 3, 7, null);
            // the position within a record is the record's own
            fed.apply(List.of(first), Views.position(7));
            try (var snapshot = view.snapshot()) {
                assertThat(snapshot.count(Predicate.ALL)).isZero();
            }
            fed.apply(List.of(second), Views.position(7));
            // it begins anew
            fed.apply(List.of(first, second, third), Views.position(8));
            try (var snapshot = view.snapshot()) {
                assertThat(weights(snapshot, all(2))).containsExactly(5, 6, 7);
                assertThat(snapshot.events(all(1)).hasMore()).isFalse();
                assertThat(snapshot.count(Predicate.ALL)).isEqualTo(3);
            }
            // it goes on
            fed.apply(List.of(event(0, 8, 1, 1, null)), Views.position(8));
            fed.apply(List.of(event(0, 8, 2, 2, null)), Views.position(9));
            try (var snapshot = view.snapshot()) {
                assertThat(weights(snapshot, all(9))).containsExactly(5, 6, 7, 1, 2);
            }
        }
    }

    @Test
    void pages_bring_every_matching_change_once_and_positions_count_just_what_was_told() {
        for (int round = 0; round < Integer.getInteger("cases", 500) / 100; round++) {
            boolean keyed = random.nextInt(4) > 0;
            int partitions = 1 + random.nextInt(3);
            var schema = keyed ? keyed(Duration.ofDays(9_000)) : unkeyed();
            var log = new ArrayList<Event>();
            var next = new long[partitions];
            try (var store = store(Clock.systemUTC()); var view = store.open(schema)) {
                for (int batch = 0; batch < 5; batch++) {
                    var events = new ArrayList<Event>();
                    for (int i = random.nextInt(15); i > 0; i--) {
                        int slot = random.nextInt(partitions);
                        for (int rows = random.nextInt(4) == 0 ? 3 : 1; rows > 0; rows--) {
                            events.add(change(keyed, slot, next[slot]));
                        }
                        next[slot] += 1 + random.nextInt(2);
                    }
                    log.addAll(events);
                    view.parts().getFirst().apply(events, Views.position(next));
                }
                try (var snapshot = view.snapshot()) {
                    for (int i = 0; i < 25; i++) {
                        check(schema, log, snapshot, partitions);
                    }
                }
            }
        }
    }

    private void check(ProductSchema schema, List<Event> log, ViewSnapshot snapshot,
            int partitions) {
        var rows = random.nextBoolean() ? Predicate.ALL : predicate();
        var where = predicate();
        Optional<Position> to = random.nextBoolean()
                ? Optional.empty()
                : Optional.of(position(partitions));
        Optional<Position> from = random.nextBoolean()
                ? Optional.empty()
                : Optional.of(position(partitions));
        var expected = log.stream()
                .filter(event -> passes(event, Predicate.both(rows, where), schema))
                .filter(event -> from.isEmpty()
                        || event.offset() >= from.get().slots().get(event.slot()).next())
                .filter(event -> to.isEmpty()
                        || event.offset() < to.get().slots().get(event.slot()).next())
                .toList();
        int limit = 1 + random.nextInt(6);
        var found = new ArrayList<StoredEvent>();
        Optional<Position> after = Optional.empty();
        boolean hasMore = true;
        while (hasMore) {
            var page = snapshot.events(new EventsQuery(Optional.empty(), rows, where,
                    from.map(EventsQuery.Bound.Behind::new),
                    to.map(EventsQuery.Bound.Behind::new), after, limit));
            found.addAll(page.events());
            hasMore = page.hasMore();
            if (!page.events().isEmpty()) {
                after = Optional.of(page.events().getLast().behind());
                for (int i = 0; i < expected.size(); i++) {
                    var slot = after.get().slots().get(expected.get(i).slot());
                    assertThat(expected.get(i).offset() < slot.next())
                            .as("seed %d: is %s counted by %s", SEED, expected.get(i), slot)
                            .isEqualTo(i < found.size());
                }
            }
        }
        assertThat(found).as("seed %d", SEED).extracting(StoredEvent::value)
                .isEqualTo(expected.stream().map(Event::value).toList());
        assertThat(found).extracting(StoredEvent::op)
                .isEqualTo(expected.stream().map(Event::op).toList());
        assertThat(found).extracting(StoredEvent::time)
                .isEqualTo(expected.stream().map(Event::time).toList());
        var shown = Matcher.compile(rows);
        assertThat(found).extracting(StoredEvent::previous)
                .isEqualTo(expected.stream().map(Event::previous)
                        .map(row -> row != null && shown.matches(row) ? row : null).toList());
        assertThat(found).extracting(StoredEvent::key)
                .isEqualTo(expected.stream().map(Event::key).toList());
    }

    private Predicate predicate() {
        return switch (random.nextInt(5)) {
            case 0 -> Predicate.ALL;
            case 1 -> id(random.nextInt(5));
            case 2 -> new Predicate.Not(id(random.nextInt(5)));
            default -> weight(random.nextBoolean() ? Comparison.LT : Comparison.GTE,
                    random.nextInt(9));
        };
    }

    /** What a stream with this filter would tell; products without a key keep rows only. */
    private static boolean passes(Event event, Predicate where, ProductSchema schema) {
        if (event.value() == null && schema.key().isEmpty()) {
            return false;
        }
        var row = event.value() != null ? event.value() : event.previous();
        if (where.equals(Predicate.ALL)) {
            return true;
        }
        boolean isOfKey = !where.toString().contains("text=weight");
        if (row == null && !schema.key().isEmpty() && isOfKey) {
            row = new Row(PARCEL, new Object[]{event.key().getFirst(), null});
        }
        return row != null && Matcher.compile(where).matches(row);
    }

    private Position position(int partitions) {
        var next = new long[partitions];
        for (int i = 0; i < partitions; i++) {
            next[i] = random.nextInt(60);
        }
        return Views.position(next);
    }

    private Event change(boolean keyed, int slot, long offset) {
        long id = random.nextInt(5);
        Row value = random.nextInt(4) == 0 ? null : row(id, random.nextInt(9));
        Row previous = random.nextBoolean() ? null : row(id, random.nextInt(9));
        return new Event(slot, offset, 3, value == null ? Op.DELETE : Op.UPSERT,
                keyed ? List.of(id) : List.of(slot, offset),
                BEGIN.plusSeconds(random.nextInt(1_000)), value, previous);
    }

    @Test
    void changes_are_forgotten_after_the_history_but_late_ones_not_at_once() {
        var now = new AtomicReference<>(BEGIN.plusSeconds(90));
        var clock = ((java.time.InstantSource) now::get).withZone(ZoneOffset.UTC);
        try (var store = store(clock); var view = store.open(keyed(Duration.ofSeconds(100)))) {
            var fed = view.parts().getFirst();
            fed.apply(List.of(event(0, 0, 1, 5, null), event(0, 60, 2, 6, null)),
                    Views.position(61));
            now.set(BEGIN.plusSeconds(150));
            // of long ago, but it came only now
            fed.apply(List.of(new Event(0, 61, 0, Op.UPSERT, List.of(3L), BEGIN, row(3, 7), null)),
                    Views.position(62));
            try (var snapshot = view.snapshot()) {
                assertThat(weights(snapshot, all(9))).containsExactly(6, 7);
            }
            now.set(BEGIN.plusSeconds(190));
            fed.apply(List.of(), Views.position(63));
            try (var snapshot = view.snapshot()) {
                assertThat(weights(snapshot, all(9))).isEmpty();
                assertThat(snapshot.count(Predicate.ALL)).isEqualTo(3);
                assertThat(snapshot.newest()).contains(BEGIN.plusSeconds(60));
            }
        }
    }

    @Test
    void what_is_older_than_the_history_goes_even_if_nothing_more_comes() {
        var now = new AtomicReference<>(BEGIN.plusSeconds(10));
        var clock = ((java.time.InstantSource) now::get).withZone(ZoneOffset.UTC);
        try (var store = store(clock); var view = store.open(keyed(Duration.ofSeconds(100)))) {
            var fed = view.parts().getFirst();
            fed.apply(List.of(event(0, 5, 1, 5, null), event(0, 20, 2, 6, null)),
                    Views.position(21));
            fed.idle();
            try (var snapshot = view.snapshot()) {
                assertThat(weights(snapshot, all(9))).containsExactly(5, 6);
            }
            now.set(BEGIN.plusSeconds(110));
            fed.idle();
            try (var snapshot = view.snapshot()) {
                assertThat(weights(snapshot, all(9))).containsExactly(6);
                assertThat(snapshot.count(Predicate.ALL)).isEqualTo(2);
                assertThat(snapshot.position()).isEqualTo(Views.position(21));
            }
        }
    }

    @Test
    void the_newest_time_counts_deletes_and_is_forgotten_with_the_rows() {
        try (var store = store(Clock.systemUTC());
                var view = store.open(keyed(Duration.ZERO))) {
            view.parts().getFirst().apply(List.of(event(0, 3, 1, 5, null),
                    event(0, 9, 1, null, null)), Views.position(10));
            try (var snapshot = view.snapshot()) {
                assertThat(snapshot.newest()).contains(BEGIN.plusSeconds(9));
            }
            view.parts().getFirst().reset();
            try (var snapshot = view.snapshot()) {
                assertThat(snapshot.newest()).isEmpty();
            }
        }
    }

    /** An empty one. */
    ViewStore store(Clock clock) {
        return DuckDbViewStore.inMemory(DuckDbViewStore.Limits.defaults(), clock);
    }

    private static ProductSchema keyed(Duration history) {
        return Views.product("parcels", PARCEL, List.of("id"), history);
    }

    private static ProductSchema unkeyed() {
        return Views.product("parcels", PARCEL, List.of(), Duration.ofDays(9_000));
    }

    /** At its offset's second. */
    private static Event event(int slot, long offset, long id, Integer weight, Row previous) {
        return new Event(slot, offset, 0, weight == null ? Op.DELETE : Op.UPSERT, List.of(id),
                BEGIN.plusSeconds(offset), weight == null ? null : row(id, weight), previous);
    }

    private static Row row(long id, Integer weight) {
        return new Row(PARCEL, new Object[]{id, weight});
    }

    private static Predicate weight(Comparison comparison, int value) {
        return new Predicate.Compare(FieldPath.resolve(PARCEL, "weight").orElseThrow(),
                comparison, value);
    }

    private static Predicate id(long value) {
        return new Predicate.Compare(FieldPath.resolve(PARCEL, "id").orElseThrow(), Comparison.EQ,
                value);
    }

    private static EventsQuery all(int limit) {
        return query(Predicate.ALL, limit);
    }

    private static EventsQuery query(Predicate where, int limit) {
        return new EventsQuery(Optional.empty(), Predicate.ALL, where, Optional.empty(),
                Optional.empty(), Optional.empty(), limit);
    }

    private static Row previous(ViewSnapshot snapshot, Predicate rows, Predicate where) {
        return snapshot.events(new EventsQuery(Optional.empty(), rows, where, Optional.empty(),
                Optional.empty(), Optional.empty(), 9)).events().getFirst().previous();
    }

    private static List<Integer> weights(ViewSnapshot snapshot, EventsQuery query) {
        return snapshot.events(query).events().stream()
                .map(event -> (Integer) event.value().get("weight")).toList();
    }

    private static List<Long> offsets(ViewSnapshot snapshot, Predicate where) {
        return snapshot.events(query(where, 9)).events().stream()
                .map(event -> event.behind().slots().getFirst().next()).toList();
    }
}
