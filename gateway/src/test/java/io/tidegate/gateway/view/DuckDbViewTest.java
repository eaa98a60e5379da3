package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Matcher;
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
import java.io.RandomAccessFile;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DuckDbViewTest extends ViewContract {
    private static final RecordType ORDER = RecordType.of("test.Order", List.of(
            new Field("id", Type.Scalar.of(ScalarKind.INT64), false),
            new Field("amount", new Type.Scalar(ScalarKind.DECIMAL, 12, 2), true),
            new Field("city", Samples.CITY, true),
            new Field("status", Samples.STATUS, true)));

    @TempDir
    Path folder;

    @Override
    ViewStore store(Clock clock) {
        return DuckDbViewStore.open(folder, DuckDbViewStore.Limits.defaults(), clock);
    }

    @Override
    ViewStore narrow() {
        return DuckDbViewStore.inMemory(new DuckDbViewStore.Limits(64 << 20, 1, 1,
                Duration.ofSeconds(1), Duration.ofSeconds(30), 1 << 20), Clock.systemUTC());
    }

    @Test
    void pages_of_groups_by_a_floating_figure_bring_each_group_once() {
        var type = RecordType.of("test.Sale", List.of(
                new Field("shop", Type.Scalar.of(ScalarKind.INT32), false),
                new Field("ratio", Type.Scalar.of(ScalarKind.FLOAT64), false)));
        long seed = System.nanoTime();
        var random = new Random(seed);
        try (var store = DuckDbViewStore.inMemory(DuckDbViewStore.Limits.defaults(),
                Clock.systemUTC());
                var view = store.open(Views.product("sales", type, List.of(), Duration.ZERO))) {
            // as many as it takes to be added up by several threads
            for (long next = 0; next < 250_000; next += 50_000) {
                var events = new ArrayList<Event>();
                for (long i = next; i < next + 50_000; i++) {
                    events.add(Views.event(0, i, List.of(0, i),
                            new Row(type, new Object[]{(int) (i % 9), random.nextGaussian()
                                    * Math.pow(10, random.nextInt(12))})));
                }
                view.parts().getFirst().apply(events, Views.position(next + 50_000));
            }
            for (var function : List.of(AggregateQuery.Function.SUM,
                    AggregateQuery.Function.AVG)) {
                try (var snapshot = view.snapshot()) {
                    var all = snapshot.aggregate(byRatio(type, function, 99, Optional.empty()))
                            .rows().stream().map(AggregateRow::group).toList();
                    var first = pages(snapshot, type, function);
                    assertThat(first).as("seed %d: %s", seed, function)
                            .extracting(AggregateRow::group).isEqualTo(all);
                    for (int round = 0; round < 2; round++) {
                        assertThat(pages(snapshot, type, function))
                                .as("seed %d: %s", seed, function).isEqualTo(first);
                    }
                }
            }
        }
    }

    private static List<AggregateRow> pages(ViewSnapshot snapshot, RecordType type,
            AggregateQuery.Function function) {
        var found = new ArrayList<AggregateRow>();
        var page = snapshot.aggregate(byRatio(type, function, 1, Optional.empty()));
        found.addAll(page.rows());
        while (page.hasMore() && found.size() < 20) {
            page = snapshot.aggregate(byRatio(type, function, 1,
                    Optional.of(found.getLast().pageCursor())));
            found.addAll(page.rows());
        }
        return found;
    }

    private static AggregateQuery byRatio(RecordType type, AggregateQuery.Function function,
            int limit, Optional<String> after) {
        return new AggregateQuery(Predicate.ALL,
                List.of(FieldPath.resolve(type, "shop").orElseThrow()), Optional.empty(),
                List.of(new AggregateQuery.Measure(function, FieldPath.resolve(type, "ratio"), 0)),
                List.of(),
                List.of(new AggregateQuery.Order(new AggregateQuery.By.Figure(0), false)), limit,
                after);
    }

    @Test
    void what_a_process_left_of_another_table_is_removed_with_its_temporary_files()
            throws Exception {
        Path file = folder.resolve("test.orders.v1.0badcafe.duckdb");
        Path temporary = folder.resolve(file.getFileName() + ".tmp");
        Files.createFile(file);
        Files.createDirectories(temporary);
        Files.createFile(temporary.resolve("duckdb_temp_storage_DEFAULT-0.tmp"));

        try (var store = store(Clock.systemUTC());
                var view = store
                        .open(Views.product("orders", ORDER, List.of("id"), Duration.ZERO))) {
            assertThat(view.parts().getFirst().position()).isEmpty();
            assertThat(file).doesNotExist();
            assertThat(temporary).doesNotExist();
        }
    }

    @Test
    void a_table_of_hundreds_of_columns_is_written_within_the_least_memory_of_a_view()
            throws Exception {
        var fields = new ArrayList<Field>();
        fields.add(new Field("id", Type.Scalar.of(ScalarKind.INT64), false));
        for (int i = 0; i < 900; i++) {
            fields.add(new Field("f" + i, Type.Scalar.of(ScalarKind.STRING), true));
        }
        var type = RecordType.of("test.Wide", fields);
        var schema = Views.product("wide", type, List.of("id"), Duration.ofDays(1));
        var limits = DuckDbViewStore.Limits.defaults().withMemory(64L << 20);
        try (var store = DuckDbViewStore.open(folder, limits, Clock.systemUTC());
                var view = store.open(schema)) {
            for (long offset = 0; offset < 20; offset++) {
                var values = new Object[fields.size()];
                java.util.Arrays.fill(values, "value " + offset);
                values[0] = offset;
                view.parts().getFirst().apply(
                        List.of(Views.event(0, offset, List.of(offset), new Row(type, values))),
                        Views.position(offset + 1));
            }

            try (var snapshot = view.snapshot()) {
                assertThat(snapshot.count(Predicate.ALL)).isEqualTo(20);
            }
        }
    }

    @Test
    void a_file_keeps_rows_and_position() {
        var schema = Views.product("orders", ORDER, List.of("id"), Duration.ZERO);
        var row = order(1);
        try (var store = files(); var view = store.open(schema)) {
            view.parts().getFirst().apply(List.of(Views.event(0, 0, List.of(1L), row)),
                    Views.position(1));
        }

        try (var store = files();
                var view = store.open(schema);
                var snapshot = view.snapshot()) {
            assertThat(view.parts().getFirst().position()).contains(Views.position(1));
            assertThat(state(snapshot)).isEqualTo(Map.of(1L, row));
        }
    }

    @Test
    void two_tables_of_a_product_lie_side_by_side_until_one_is_dropped() throws Exception {
        var narrow = Views.product("orders", ORDER, List.of("id"), Duration.ZERO);
        var fields = new ArrayList<>(ORDER.fields());
        fields.add(new Field("note", Type.Scalar.of(ScalarKind.STRING), true));
        var wide = Views.product("orders", RecordType.of("test.Order", fields), List.of("id"),
                Duration.ZERO);
        try (var store = files(); var before = store.open(narrow)) {
            before.parts().getFirst().apply(List.of(Views.event(0, 0, List.of(1L), order(1))),
                    Views.position(1));
            var after = store.open(wide);

            assertThat(store.fits(before, wide)).isFalse();
            assertThat(after.parts().getFirst().position()).isEmpty();
            assertThat(before.parts().getFirst().position()).isPresent();
            store.drop(before);

            assertThatThrownBy(before::snapshot).isInstanceOf(ViewClosed.class);
            try (var left = Files.list(folder)) {
                assertThat(left.map(file -> file.getFileName().toString())
                        .filter(name -> name.endsWith(".duckdb")))
                        .containsExactly("test.orders.v1." + DuckDbViewStore.table(wide)
                                + ".duckdb");
            }
        }
    }

    @Test
    void dropping_a_view_late_leaves_the_file_to_the_one_that_has_been_opened_since() {
        var schema = Views.product("orders", ORDER, List.of("id"), Duration.ZERO);
        try (var store = files()) {
            var before = store.open(schema);
            before.close();
            try (var after = store.open(schema)) {
                after.parts().getFirst().apply(List.of(Views.event(0, 0, List.of(1L), order(1))),
                        Views.position(1));
                store.drop(before);
            }

            try (var again = store.open(schema)) {
                assertThat(again.parts().getFirst().position()).isPresent();
            }
        }
    }

    @Test
    void an_unreadable_file_is_set_aside_and_the_view_starts_empty() throws Exception {
        var schema = Views.product("orders", ORDER, List.of("id"), Duration.ZERO);
        try (var store = files(); var view = store.open(schema)) {
            view.parts().getFirst().apply(List.of(Views.event(0, 0, List.of(1L), order(1))),
                    Views.position(1));
        }
        Path file = folder.resolve(
                "test.orders.v1." + DuckDbViewStore.table(schema) + ".duckdb");
        try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
            bytes.seek(0);
            bytes.write(new byte[12_288]);
        }

        try (var store = files(); var view = store.open(schema)) {
            assertThat(view.parts().getFirst().position()).isEmpty();
            view.parts().getFirst().apply(List.of(Views.event(0, 0, List.of(1L), order(1))),
                    Views.position(1));
            try (var snapshot = view.snapshot()) {
                assertThat(snapshot.count(Predicate.ALL)).isEqualTo(1);
            }
        }
        assertThat(Files.exists(file.resolveSibling(file.getFileName() + ".bad"))).isTrue();
    }

    @Test
    void sortable_decimals_sort_like_numbers() {
        var numbers = List.of("-1E+40", "-120", "-119.5", "-12", "-1.25", "-1.2", "-1E-40", "0",
                "1E-40", "0.1", "1", "1.2", "1.25", "9", "10", "12", "100", "1E+40");
        for (int i = 1; i < numbers.size(); i++) {
            assertThat(Column.sortable(new BigDecimal(numbers.get(i))))
                    .isGreaterThan(Column.sortable(new BigDecimal(numbers.get(i - 1))));
        }
        assertThat(Column.sortable(new BigDecimal("1.00")))
                .isEqualTo(Column.sortable(BigDecimal.ONE));
    }

    private ViewStore files() {
        return store(Clock.systemUTC());
    }

    private static Map<Long, Row> state(ViewSnapshot snapshot) {
        var state = new java.util.HashMap<Long, Row>();
        snapshot.items(new ItemsQuery(Predicate.ALL, List.of(), 10_000, Optional.empty(), false))
                .rows().forEach(row -> state.put((Long) row.key().getFirst(), row.value()));
        return state;
    }

    private static Row order(long id) {
        return new Row(ORDER, new Object[]{id, new BigDecimal("1.25"),
                Samples.city("Graz", null), "created"});
    }
}
