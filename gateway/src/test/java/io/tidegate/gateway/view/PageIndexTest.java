package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.predicate.Samples;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageIndexTest {
    private static final DuckDbViewStore.Limits LIMITS = new DuckDbViewStore.Limits(96 << 20, 4, 1,
            Duration.ofSeconds(10), Duration.ofSeconds(30), 1 << 20);
    private static final IndexLimits EAGER = new IndexLimits(100, 1);
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    /** Keys of every kind that tells rows apart by itself, and all fields of the samples. */
    private static final RecordType PARCEL = parcel();
    private static final List<String> KEY = List.of("k0", "k1", "k2");

    private final Random random = new Random(SEED);
    private final Questions questions = new Questions(random);

    @TempDir
    Path folder;

    private static RecordType parcel() {
        var fields = new ArrayList<Field>(List.of(
                new Field("k0", Type.Scalar.of(ScalarKind.STRING), false),
                new Field("k1", Type.Scalar.of(ScalarKind.TIMESTAMP), false),
                new Field("k2", Samples.STATUS, false)));
        fields.addAll(Samples.PARCEL.fields());
        return RecordType.of("test.KeyedParcel", fields);
    }

    private static ProductSchema schema() {
        return Views.product("parcels", PARCEL, KEY, Duration.ZERO);
    }

    private EmbeddedViewStore store(IndexLimits indexes) {
        return EmbeddedViewStore.open(folder, LIMITS, indexes, Clock.systemUTC());
    }

    /** A log of random changes, and both parts of a view that follow it. */
    private final class Followed {
        private final View view;
        private long offset;

        private Followed(View view) {
            this.view = view;
        }

        private void change(int events) {
            var batch = batch(events);
            view.parts().forEach(part -> part.apply(batch, Views.position(offset)));
        }

        /** Of the part with the indexes alone. */
        private void changeKeys(int events) {
            view.parts().getLast().apply(batch(events), Views.position(offset));
        }

        private List<Event> batch(int events) {
            var batch = new ArrayList<Event>();
            for (int i = 0; i < events; i++) {
                var row = questions.row(PARCEL);
                var key = List.of(row.get(0), row.get(1), row.get(2));
                batch.add(Views.event(0, offset++, key, random.nextInt(5) == 0 ? null : row));
            }
            return batch;
        }
    }

    @Test
    void an_index_that_costs_more_than_it_saves_is_dropped() {
        try (var store = store(EAGER); var view = store.open(schema())) {
            var log = new Followed(view);
            log.change(300);
            var keys = (KeyTable) view.parts().getLast();
            var dear = question();
            Entries.awaitIndex(view, dear);
            // less than it costs to build it
            keys.keeper().kept(900_000_000);
            log.change(10);
            assertThat(keys.indexes()).as("seed %d", SEED).hasSize(1);
            keys.keeper().kept(5_000_000_000L);
            log.change(10);
            assertThat(keys.indexes()).as("seed %d", SEED).isEmpty();
            Entries.agree(keys, "seed " + SEED);
            // and is not begun again for some time
            assertThat(keys.answers(List.of(dear))).isFalse();
            var other = question();
            while (shape(keys, other).equals(shape(keys, dear))) {
                other = question();
            }
            Entries.awaitIndex(view, other);
            assertThat(keys.indexes()).as("seed %d", SEED).hasSize(1);
        }
    }

    private static PageShape shape(KeyTable keys, ItemsQuery question) {
        return PageQuestion.of(keys.reading().columns(), question).orElseThrow().shape();
    }

    @Test
    void an_index_that_would_cost_more_than_it_saves_is_not_begun() {
        try (var store = store(new IndexLimits(4, 20)); var view = store.open(schema())) {
            var log = new Followed(view);
            log.change(300);
            var keys = (KeyTable) view.parts().getLast();
            var dear = question();
            keys.answers(List.of(dear));
            keys.keeper().changed(1_000_000);
            for (int i = 0; i < 20; i++) {
                keys.answers(List.of(dear));
            }
            var other = question();
            while (shape(keys, other).equals(shape(keys, dear))) {
                other = question();
            }
            Entries.awaitIndex(view, other);
            assertThat(keys.indexes()).as("seed %d", SEED).hasSize(1);
        }
    }

    @Test
    void pages_of_an_index_are_those_of_the_store_without_one_in_both_directions() {
        try (var store = store(EAGER); var view = store.open(schema())) {
            var log = new Followed(view);
            log.change(300);
            for (int round = 0; round < 30; round++) {
                var shape = question();
                Entries.awaitIndex(view, shape);
                boolean backwards = random.nextBoolean();
                Optional<String> after = Optional.empty();
                boolean hasMore = true;
                for (int page = 0; hasMore && page < 20; page++) {
                    if (random.nextInt(5) == 0) {
                        log.change(random.nextInt(40));
                    }
                    var query = new ItemsQuery(shape.where(), shape.order(),
                            1 + random.nextInt(20), after, backwards);
                    try (var indexed = view.snapshotFor(List.of(query));
                            var all = view.snapshot()) {
                        var what = "seed " + SEED + ", round " + round + ", page " + page + ": "
                                + query;
                        assertThat(indexed).isInstanceOf(KeySnapshot.class);
                        var mine = indexed.items(query);
                        var theirs = all.items(query);
                        assertThat(told(mine.rows())).as(what).isEqualTo(told(theirs.rows()));
                        assertThat(mine.hasMore()).as(what).isEqualTo(theirs.hasMore());
                        hasMore = mine.hasMore();
                        if (hasMore) {
                            var source = random.nextBoolean() ? mine : theirs;
                            after = Optional.of((backwards
                                    ? source.rows().getFirst()
                                    : source.rows().getLast()).pageCursor());
                        }
                    }
                }
            }
            log.change(200);
            Entries.agree((KeyTable) view.parts().getLast(), "seed " + SEED);
        }
    }

    private static List<Object> told(List<StoredRow> rows) {
        return rows.stream().<Object>map(row -> List.of(row.key(), row.time()))
                .toList();
    }

    /** A page with something equal, something else, and an order. */
    private ItemsQuery question() {
        while (true) {
            var terms = new ArrayList<Predicate>();
            for (int i = random.nextInt(3); i > 0; i--) {
                var field = single();
                var value = questions.literal(field.type());
                terms.add(random.nextInt(4) == 0
                        ? new Predicate.In(field, List.of(value))
                        : new Predicate.Compare(field, Comparison.EQ, value));
            }
            if (random.nextBoolean()) {
                terms.add(questions.predicate(PARCEL, 1));
            }
            var order = new ArrayList<ItemsQuery.Order>();
            for (int i = random.nextInt(4); i > 0; i--) {
                order.add(new ItemsQuery.Order(single(), random.nextBoolean()));
            }
            if (!order.isEmpty() && random.nextBoolean()) {
                var first = order.getFirst().field();
                terms.add(new Predicate.Compare(first, Comparison.values()[random.nextInt(6)],
                        questions.literal(first.type())));
            }
            var query = new ItemsQuery(
                    terms.size() == 1 ? terms.getFirst() : new Predicate.And(terms), order, 5,
                    Optional.empty(), false);
            if (PageQuestion.of(new Columns(schema()), query).isPresent()) {
                return query;
            }
        }
    }

    private FieldPath single() {
        while (true) {
            var field = PARCEL.fields().get(random.nextInt(PARCEL.fields().size()));
            if (Column.isSingle(field.type())) {
                return FieldPath.resolve(PARCEL, field.name()).orElseThrow();
            }
        }
    }

    @Test
    void an_index_that_is_built_while_rows_change_is_the_same_as_one_that_was_there_before()
            throws Exception {
        try (var store = store(EAGER); var view = store.open(schema())) {
            var log = new Followed(view);
            for (int i = 0; i < 10; i++) {
                log.changeKeys(2_000);
            }
            var keys = (KeyTable) view.parts().getLast();
            var wanted = new ArrayList<ItemsQuery>();
            for (int i = 0; i < 6; i++) {
                wanted.add(question());
                keys.answers(wanted);
                log.changeKeys(100);
            }
            for (var query : wanted) {
                while (!keys.answers(List.of(query))) {
                    log.changeKeys(50);
                }
                Entries.agree(keys, "seed " + SEED);
            }
        }
    }

    @Test
    void indexes_are_there_again_after_a_restart_and_those_that_were_not_done_are_built() {
        var query = new ItemsQuery(equal("carrier", "x"), List.of(), 5, Optional.empty(), false);
        var schema = Views.product("shipments", SHIPMENT, List.of("id"), Duration.ZERO);
        try (var store = store(EAGER); var view = store.open(schema)) {
            applied(view, 0, 3_000);
            Entries.awaitIndex(view, query);
            assertThat(view.indexes()).singleElement().satisfies(index -> {
                assertThat(index.index()).isEqualTo("(carrier) by (key)");
                assertThat(index.isBuilt()).isTrue();
                assertThat(index.bytes()).isPositive();
            });
            // Registered, and not built: as if the process had ended at once.
            var other = PageQuestion.of(new Columns(schema), byTime(5)).orElseThrow().shape();
            assertThat(((KeyTable) view.parts().getLast()).between("begin an index",
                    (database, columns) -> database.indexes().add(other, columns))).isTrue();
        }
        try (var store = store(EAGER); var view = store.open(schema)) {
            var keys = (KeyTable) view.parts().getLast();
            assertThat(keys.answers(List.of(query))).isTrue();
            Entries.awaitIndex(view, byTime(5));
            applied(view, 3_000, 4_000);
            Entries.agree(keys, "after a restart");
            try (var indexed = view.snapshotFor(List.of(byTime(7))); var all = view.snapshot()) {
                assertThat(indexed).isInstanceOf(KeySnapshot.class);
                assertThat(told(indexed.items(byTime(7)).rows()))
                        .isEqualTo(told(all.items(byTime(7)).rows()));
            }
        }
        try (var store = store(new IndexLimits(0, 1)); var view = store.open(schema)) {
            assertThat(((KeyTable) view.parts().getLast()).answers(List.of(query))).isFalse();
        }
    }

    private static final RecordType SHIPMENT = RecordType.of("test.Shipment", List.of(
            new Field("id", Type.Scalar.of(ScalarKind.INT64), false),
            new Field("carrier", Type.Scalar.of(ScalarKind.STRING), true),
            new Field("at", Type.Scalar.of(ScalarKind.TIMESTAMP), true),
            new Field("note", Type.Scalar.of(ScalarKind.STRING), true)));

    private static Predicate equal(String field, Object value) {
        return new Predicate.Compare(FieldPath.resolve(SHIPMENT, field).orElseThrow(),
                Comparison.EQ, value);
    }

    private static ItemsQuery byTime(int limit) {
        return new ItemsQuery(Predicate.both(equal("carrier", "c3"), Predicate.ALL),
                List.of(new ItemsQuery.Order(FieldPath.resolve(SHIPMENT, "at").orElseThrow(),
                        true)),
                limit, Optional.empty(), false);
    }

    private static void applied(View view, long from, long to) {
        var events = new ArrayList<Event>();
        for (long offset = from; offset < to; offset++) {
            long id = offset * 7_919 % 2_500;
            events.add(Views.event(0, offset, List.of(id),
                    shipment(id, "c" + offset % 7, offset, "n" + offset)));
        }
        view.parts().forEach(part -> part.apply(events, Views.position(to)));
    }

    private static Row shipment(long id, String carrier, long at, String note) {
        return new Row(SHIPMENT, new Object[]{id, carrier, Instant.ofEpochMilli(at), note});
    }

    @Test
    void rows_of_parents_are_found_by_an_index_of_the_fields_that_lead_back() {
        var schema = Views.product("shipments", SHIPMENT, List.of("id"), Duration.ZERO);
        try (var store = store(EAGER); var view = store.open(schema)) {
            applied(view, 0, 3_000);
            var fields = List.of(FieldPath.resolve(SHIPMENT, "carrier").orElseThrow());
            var each = new ItemsQuery(Predicate.ALL,
                    List.of(new ItemsQuery.Order(FieldPath.resolve(SHIPMENT, "at").orElseThrow(),
                            true)),
                    4, Optional.empty(), random.nextBoolean());
            var parents = List.of(List.<Object>of("c1"), List.<Object>of("none"),
                    List.<Object>of("c5"));
            Entries.awaitIndex(view, RelatedRows.of(fields, parents.getFirst(), each));
            try (var indexed = view.snapshotFor(
                    List.of(RelatedRows.of(fields, parents.getFirst(), each)));
                    var all = view.snapshot()) {
                assertThat(indexed).isInstanceOf(KeySnapshot.class);
                assertThat(told(indexed.itemsOf(fields, parents, each)))
                        .isEqualTo(told(all.itemsOf(fields, parents, each)));
            }
        }
    }

    private static Map<Object, Object> told(Map<List<Object>, Page> pages) {
        var told = new HashMap<Object, Object>();
        pages.forEach((parent, page) -> told.put(parent,
                List.of(told(page.rows()), page.hasMore())));
        return told;
    }

    @Test
    void a_page_that_looks_at_too_many_rows_in_vain_is_left_to_the_other_part() {
        var schema = Views.product("shipments", SHIPMENT, List.of("id"), Duration.ZERO);
        try (var store = store(EAGER); var view = store.open(schema)) {
            var events = new ArrayList<Event>();
            for (long id = 0; id < 12_000; id++) {
                events.add(Views.event(0, id, List.of(id), shipment(id, "c", id, "n")));
            }
            view.parts().forEach(part -> part.apply(events, Views.position(12_000)));
            var every = new ItemsQuery(equal("carrier", "c"), List.of(), 5, Optional.empty(),
                    false);
            Entries.awaitIndex(view, every);
            var rare = new ItemsQuery(new Predicate.And(List.of(equal("carrier", "c"),
                    new Predicate.Not(equal("note", "n")))), List.of(), 5, Optional.empty(), false);
            try (var indexed = view.snapshotFor(List.of(rare))) {
                assertThat(indexed).isInstanceOf(KeySnapshot.class);
                assertThat(indexed.items(every).rows()).hasSize(5);
                assertThatThrownBy(() -> indexed.items(rare)).isInstanceOf(Unindexed.class);
                assertThatThrownBy(() -> indexed.count(Predicate.ALL))
                        .isInstanceOf(Unindexed.class);
            }
        }
    }

    @Test
    void the_index_that_is_used_least_goes_when_another_one_is_wanted_much_more() {
        var schema = Views.product("shipments", SHIPMENT, List.of("id"), Duration.ZERO);
        var first = new ItemsQuery(equal("carrier", "c1"), List.of(), 5, Optional.empty(), false);
        try (var store = store(new IndexLimits(1, 1)); var view = store.open(schema)) {
            applied(view, 0, 100);
            Entries.awaitIndex(view, first);
            var keys = (KeyTable) view.parts().getLast();
            for (int i = 0; i < 30 && !keys.answers(List.of(byTime(5))); i++) {
                keys.keeper().retry();
            }
            Entries.awaitIndex(view, byTime(5));
            assertThat(keys.answers(List.of(first))).isFalse();
            Entries.agree(keys, "after another one");
        }
    }

    @Test
    void a_row_whose_values_are_too_long_ends_the_index_and_pages_go_on() {
        var schema = Views.product("shipments", SHIPMENT, List.of("id"), Duration.ZERO);
        var byNote = new ItemsQuery(Predicate.ALL,
                List.of(new ItemsQuery.Order(FieldPath.resolve(SHIPMENT, "note").orElseThrow(),
                        false)),
                5, Optional.empty(), false);
        try (var store = store(EAGER); var view = store.open(schema)) {
            applied(view, 0, 100);
            Entries.awaitIndex(view, byNote);
            var long1 = Views.event(0, 100, List.of(1L),
                    shipment(1, "c", 1, "x".repeat(5_000)));
            view.parts().forEach(part -> part.apply(List.of(long1), Views.position(101)));

            var keys = (KeyTable) view.parts().getLast();
            assertThat(keys.answers(List.of(byNote))).isFalse();
            try (var snapshot = view.snapshotFor(List.of(byNote))) {
                assertThat(snapshot.items(byNote).rows()).hasSize(5);
                assertThat(snapshot.latest(List.of(1L), Predicate.ALL)).isPresent();
            }
        }
    }

    @Test
    void an_emptied_part_keeps_its_indexes_and_they_are_right() {
        var schema = Views.product("shipments", SHIPMENT, List.of("id"), Duration.ZERO);
        try (var store = store(EAGER); var view = store.open(schema)) {
            applied(view, 0, 500);
            Entries.awaitIndex(view, byTime(5));
            view.parts().forEach(Fed::reset);
            applied(view, 0, 200);
            Entries.agree((KeyTable) view.parts().getLast(), "after a reset");
            try (var indexed = view.snapshotFor(List.of(byTime(50)));
                    var all = view.snapshot()) {
                assertThat(indexed).isInstanceOf(KeySnapshot.class);
                assertThat(told(indexed.items(byTime(50)).rows()))
                        .isEqualTo(told(all.items(byTime(50)).rows()));
            }
        }
    }

    @Test
    void what_counts_as_absent_in_one_part_does_so_in_the_other() {
        var type = RecordType.of("test.Payment", List.of(
                new Field("id", Type.Scalar.of(ScalarKind.INT64), false),
                new Field("amount", new Type.Scalar(ScalarKind.DECIMAL, 5, 2), true)));
        var schema = Views.product("payments", type, List.of("id"), Duration.ZERO);
        var amount = FieldPath.resolve(type, "amount").orElseThrow();
        var events = new ArrayList<Event>();
        for (String number : List.of("1.50", "12345.67", "-12345.67", "999.99")) {
            long id = events.size();
            events.add(Views.event(0, id, List.of(id),
                    new Row(type, new Object[]{id, new BigDecimal(number)})));
        }
        var above = new Predicate.Compare(amount, Comparison.GT, new BigDecimal("100"));
        try (var store = store(EAGER); var view = store.open(schema)) {
            view.parts().forEach(part -> part.apply(events, Views.position(4)));
            for (var where : List.of(above, new Predicate.Not(above),
                    new Predicate.IsNull(amount), Predicate.ALL)) {
                var query = new ItemsQuery(where, List.of(), 9, Optional.empty(), false);
                Entries.awaitIndex(view, query);
                try (var indexed = view.snapshotFor(List.of(query)); var all = view.snapshot()) {
                    assertThat(indexed).isInstanceOf(KeySnapshot.class);
                    assertThat(told(askedAnew(indexed, all, query))).as("%s", where)
                            .isEqualTo(told(all.items(query).rows()));
                }
            }
        }
    }

    /** As whoever asks does. */
    private static List<StoredRow> askedAnew(ViewSnapshot indexed, ViewSnapshot all,
            ItemsQuery query) {
        try {
            return indexed.items(query).rows();
        } catch (Unindexed e) {
            return all.items(query).rows();
        }
    }

    @Test
    void a_cursor_that_was_changed_is_refused_by_an_index_too() {
        var type = RecordType.of("test.Payment", List.of(
                new Field("id", Type.Scalar.of(ScalarKind.INT64), false),
                new Field("amount", Type.Scalar.of(ScalarKind.DECIMAL), true)));
        var schema = Views.product("payments", type, List.of("id"), Duration.ZERO);
        var order = List.of(
                new ItemsQuery.Order(FieldPath.resolve(type, "amount").orElseThrow(), false));
        try (var store = store(EAGER); var view = store.open(schema)) {
            var events = List.of(Views.event(0, 0, List.of(1L),
                    new Row(type, new Object[]{1L, new BigDecimal("-1.5")})));
            view.parts().forEach(part -> part.apply(events, Views.position(1)));
            var first = new ItemsQuery(Predicate.ALL, order, 5, Optional.empty(), false);
            Entries.awaitIndex(view, first);
            for (String bad : List.of("", "x", "2x", "21", "2500000000x1", "0~", "29999999999",
                    "10",
                    "0".repeat(12))) {
                var cursor = new PageCursor(SqlSnapshot.order(new Columns(schema), order).name(),
                        List.of(bad, "1", new UUID(0, 0).toString())).text();
                var query = new ItemsQuery(Predicate.ALL, order, 5, Optional.of(cursor), false);
                try (var indexed = view.snapshotFor(List.of(query)); var all = view.snapshot()) {
                    assertThat(indexed).isInstanceOf(KeySnapshot.class);
                    for (var snapshot : List.of(indexed, all)) {
                        assertThatThrownBy(() -> snapshot.items(query)).as("'%s'", bad)
                                .isInstanceOfSatisfying(Refusal.Thrown.class,
                                        thrown -> assertThat(thrown.refusal().code())
                                                .isEqualTo(RefusalCode.CURSOR_MALFORMED));
                    }
                }
            }
        }
    }

    @Test
    void a_state_without_the_index_says_that_it_has_to_be_asked_anew() {
        var schema = Views.product("shipments", SHIPMENT, List.of("id"), Duration.ZERO);
        try (var store = store(EAGER); var view = store.open(schema)) {
            applied(view, 0, 100);
            try (var keys = view.keySnapshot()) {
                assertThat(keys.position()).isEqualTo(Views.position(100));
                assertThatThrownBy(() -> keys.items(byTime(5))).isInstanceOf(Unindexed.class);
            }
        }
    }
}
