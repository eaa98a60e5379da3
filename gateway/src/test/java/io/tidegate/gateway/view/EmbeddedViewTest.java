package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;

class EmbeddedViewTest {
    private static final RecordType ORDER = RecordType.of("test.Order", List.of(
            new Field("id", Type.Scalar.of(ScalarKind.INT64), false),
            new Field("amount", new Type.Scalar(ScalarKind.DECIMAL, 12, 2), true),
            new Field("status", Type.Scalar.of(ScalarKind.STRING), true)));
    private static final ProductSchema ORDERS = Views.product("orders", ORDER, List.of("id"),
            Duration.ZERO);
    private static final DuckDbViewStore.Limits LIMITS = new DuckDbViewStore.Limits(96 << 20, 4, 1,
            Duration.ofSeconds(10), Duration.ofSeconds(30), 1 << 20);
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private final Random random = new Random(SEED);

    @TempDir
    Path folder;

    @Test
    void both_parts_are_the_fold_of_their_events_even_when_old_batches_come_again() {
        try (var store = files(); var view = store.open(ORDERS)) {
            var log = new ArrayList<Event>();
            var fold = new HashMap<Long, Row>();
            for (int batch = 0; batch < 40; batch++) {
                int from = !log.isEmpty() && random.nextInt(4) == 0
                        ? random.nextInt(log.size())
                        : log.size();
                for (int i = random.nextInt(30); i > 0; i--) {
                    long id = random.nextInt(20);
                    Row row = random.nextInt(4) == 0 ? null : order(id);
                    log.add(Views.event(0, log.size(), List.of(id), row));
                    if (row == null) {
                        fold.remove(id);
                    } else {
                        fold.put(id, row);
                    }
                }
                for (var part : view.parts()) {
                    part.apply(log.subList(from, log.size()), Views.position(log.size()));
                }

                try (var keys = view.keySnapshot(); var all = view.snapshot()) {
                    assertThat(keys).isInstanceOf(KeySnapshot.class);
                    assertThat(state(keys)).as("seed %d", SEED).isEqualTo(fold);
                    assertThat(state(all)).as("seed %d", SEED).isEqualTo(fold);
                    assertThat(keys.position()).isEqualTo(all.position());
                    assertThat(keys.newest()).isEqualTo(log.isEmpty()
                            ? Optional.empty()
                            : Optional.of(log.getLast().time()));
                }
            }
        }
    }

    @Test
    void rows_that_a_caller_may_not_see_are_absent_in_both_parts() {
        try (var store = files(); var view = store.open(ORDERS)) {
            var status = FieldPath.resolve(ORDER, "status").orElseThrow();
            var open = new Predicate.Compare(status, Comparison.EQ, "open");
            both(view, List.of(Views.event(0, 0, List.of(1L), order(1, "open")),
                    Views.event(0, 1, List.of(2L), order(2, "paid"))), Views.position(2));

            try (var keys = view.keySnapshot(); var all = view.snapshot()) {
                for (var snapshot : List.of(keys, all)) {
                    assertThat(snapshot.latest(List.of(1L), open)).isPresent();
                    assertThat(snapshot.latest(List.of(2L), open)).isEmpty();
                    assertThat(snapshot.latest(List.of(2L), Predicate.ALL)).isPresent();
                    assertThat(snapshot.latestOf(List.of(List.of(9L), List.of(2L), List.of(1L)),
                            open)).extracting(Optional::isPresent)
                            .containsExactly(false, false, true);
                }
                assertThat(keys.latest(List.of(1L), open).map(row -> List.of(row.key(), row.time(),
                        row.value())))
                        .isEqualTo(all.latest(List.of(1L), open)
                                .map(row -> List.of(row.key(), row.time(), row.value())));
            }
        }
    }

    @Test
    void a_key_is_the_same_however_many_zeros_it_ends_with() {
        var amounts = RecordType.of("test.Amount",
                List.of(new Field("of", Type.Scalar.of(ScalarKind.DECIMAL), false)));
        try (var store = files();
                var view = store.open(
                        Views.product("amounts", amounts, List.of("of"), Duration.ZERO))) {
            both(view, List.of(Views.event(0, 0, List.of(new BigDecimal("1.50")),
                    new Row(amounts, new Object[]{new BigDecimal("1.50")}))), Views.position(1));

            try (var keys = view.keySnapshot(); var all = view.snapshot()) {
                var asked = List.<Object>of(new BigDecimal("1.500"));
                assertThat(keys.latest(asked, Predicate.ALL).orElseThrow().key())
                        .isEqualTo(all.latest(asked, Predicate.ALL).orElseThrow().key());
            }
        }
    }

    @Test
    void keys_that_are_a_moment_behind_are_waited_for() throws Exception {
        try (var store = files(); var view = store.open(ORDERS)) {
            both(view, List.of(Views.event(0, 0, List.of(1L), order(1))), Views.position(1));
            var next = List.of(Views.event(0, 1, List.of(2L), order(2)));
            for (int round = 1; round <= 5; round++) {
                view.parts().getFirst().apply(next, Views.position(round + 1));
                var asked = CompletableFuture.supplyAsync(view::keySnapshot);
                view.parts().getLast().apply(next, Views.position(round + 1));
                try (var keys = asked.get(10, TimeUnit.SECONDS)) {
                    assertThat(keys).isInstanceOf(KeySnapshot.class);
                }
            }
            view.parts().getFirst().apply(next, Views.position(9));
            isAnsweredBy(view, CarriedSnapshot.class);
            long began = System.nanoTime();
            for (int i = 0; i < 20; i++) {
                isAnsweredBy(view, CarriedSnapshot.class);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .as("they are not waited for again and again")
                    .isLessThan(Duration.ofSeconds(4));
        }
    }

    @Test
    void keys_in_memory_tell_one_state_or_nothing() {
        try (var store = files(); var view = store.open(ORDERS)) {
            assertThat(view.keysInMemory()).as("nothing has been applied").isEmpty();
            both(view, List.of(Views.event(0, 0, List.of(1L), order(1)),
                    Views.event(0, 1, List.of(2L), order(2, "x".repeat(70_000)))),
                    Views.position(2));
            try (var keys = view.keysInMemory().orElseThrow(); var all = view.snapshot()) {
                assertThat(keys.position()).isEqualTo(all.position());
                assertThat(keys.newest()).isEqualTo(all.newest());
                assertThat(keys.latest(List.of(1L), Predicate.ALL).map(StoredRow::value))
                        .isEqualTo(all.latest(List.of(1L), Predicate.ALL).map(StoredRow::value));
                assertThat(keys.latest(List.of(9L), Predicate.ALL)).isEmpty();
                assertThatThrownBy(() -> keys.latest(List.of(2L), Predicate.ALL))
                        .as("too long").isInstanceOf(NotInMemory.class);

                view.parts().getLast().apply(
                        List.of(Views.event(0, 2, List.of(3L), order(3))), Views.position(3));
                assertThatThrownBy(() -> keys.latest(List.of(1L), Predicate.ALL))
                        .as("changed meanwhile").isInstanceOf(NotInMemory.class);
            }
            view.parts().getFirst().apply(List.of(Views.event(0, 2, List.of(3L), order(3)),
                    Views.event(0, 3, List.of(3L), null)), Views.position(4));
            assertThat(view.keysInMemory()).as("older than the other part").isEmpty();
        }
    }

    @Test
    void rows_whose_index_is_not_in_memory_are_not_either() {
        int rows = 2_000;
        var log = new ArrayList<Event>();
        for (int i = 0; i < rows; i++) {
            log.add(Views.event(0, i, List.of((long) i), order(i, "x".repeat(500))));
        }
        try (var store = EmbeddedViewStore.open(folder, LIMITS, Clock.systemUTC(),
                KeyEngine.start(4_096)); var view = store.open(ORDERS)) {
            both(view, log, Views.position(rows));
            ((KeyTable) view.parts().getLast()).between("be compacted",
                    (database, columns) -> database.rocks().compactRange());
            for (long id = 0; id < rows; id++) {
                try (var keys = view.keysInMemory().orElseThrow()) {
                    assertThat(keys.latest(List.of(id), Predicate.ALL)).isPresent();
                } catch (NotInMemory e) {
                    // Which of them are, is RocksDB's to say.
                }
            }
        }
    }

    @Test
    void rows_in_files_count_as_memory_once_reading_them_is_quick() {
        int rows = 2_000;
        try (var store = files(); var view = store.open(ORDERS)) {
            var log = new ArrayList<Event>();
            for (int i = 0; i < rows; i++) {
                log.add(Views.event(0, i, List.of((long) i), order(i, "x".repeat(500))));
            }
            both(view, log, Views.position(rows));
        }
        try (var store = files(); var view = store.open(ORDERS)) {
            var last = List.<Object>of(rows - 1L);
            try (var keys = view.keysInMemory().orElseThrow()) {
                assertThatThrownBy(() -> keys.latest(last, Predicate.ALL))
                        .isInstanceOf(NotInMemory.class);
            }
            var reads = ((KeyTable) view.parts().getLast()).reads();
            for (int i = 0; i < 100_000 && !reads.areLikely(System.nanoTime()); i++) {
                try (var keys = view.keySnapshot()) {
                    assertThat(keys.latest(List.of(1L), Predicate.ALL)).isPresent();
                }
            }
            try (var keys = view.keysInMemory().orElseThrow(); var all = view.snapshot()) {
                assertThat(keys.latest(last, Predicate.ALL).map(StoredRow::value))
                        .isPresent()
                        .isEqualTo(all.latest(last, Predicate.ALL).map(StoredRow::value));
            }
        }
    }

    @Test
    void a_snapshot_stays_what_it_was_while_events_are_applied() {
        try (var store = files(); var view = store.open(ORDERS)) {
            both(view, List.of(Views.event(0, 0, List.of(1L), order(1))), Views.position(1));
            try (var before = view.keySnapshot()) {
                both(view, List.of(Views.event(0, 1, List.of(1L), null)), Views.position(2));
                view.parts().getLast().reset();

                assertThat(before.position()).isEqualTo(Views.position(1));
                assertThat(state(before)).containsOnlyKeys(1L);
            }
        }
    }

    @Test
    void keys_that_are_behind_are_not_asked() {
        try (var store = files(); var view = store.open(ORDERS)) {
            var log = List.of(Views.event(0, 0, List.of(1L), order(1)),
                    Views.event(0, 1, List.of(2L), order(2)));
            view.parts().getFirst().apply(log, Views.position(2));
            isAnsweredBy(view, CarriedSnapshot.class);
            view.parts().getLast().apply(log.subList(0, 1), Views.position(1));
            isAnsweredBy(view, CarriedSnapshot.class);
            view.parts().getLast().apply(log.subList(1, 2), Views.position(2));
            isAnsweredBy(view, KeySnapshot.class);
            view.parts().getLast().apply(List.of(Views.event(0, 2, List.of(2L), null)),
                    Views.position(3));
            isAnsweredBy(view, KeySnapshot.class);
            view.parts().getLast().reset();
            isAnsweredBy(view, CarriedSnapshot.class);
        }
    }

    @Test
    void a_position_counts_another_only_if_it_is_of_the_same_topics() {
        var reached = Views.position(5, 7);
        var replaced = new Position(List.of(new Position.Slot("test", "another", 0, 1, 0)));

        assertThat(EmbeddedView.counts(reached, Views.position(5, 7))).isTrue();
        assertThat(EmbeddedView.counts(reached, Views.position(5, 8))).isFalse();
        assertThat(EmbeddedView.counts(reached, new Position(reached.slots().reversed()))).isTrue();
        assertThat(EmbeddedView.counts(reached, replaced)).isFalse();
        assertThat(EmbeddedView.counts(reached, new Position(List.of()))).isTrue();
        assertThat(EmbeddedView.counts(new Position(List.of()), Views.position(0))).isTrue();
    }

    @Test
    void what_is_waited_for_of_a_partition_that_was_added_or_a_topic_that_was_replaced_is_not_there_yet()
            throws Exception {
        try (var store = files(); var view = store.open(ORDERS)) {
            both(view, List.of(Views.event(0, 0, List.of(1L), order(1))), Views.position(1));

            assertThat(view.await(Views.position(1, 0), Duration.ZERO)).isTrue();
            assertThat(view.await(Views.position(1, 1), Duration.ZERO)).isFalse();
            assertThat(view.await(
                    new Position(List.of(new Position.Slot("test", "another", 0, 1, 0))),
                    Duration.ZERO)).isFalse();
            assertThat(view.await(
                    new Position(List.of(new Position.Slot("not its own", "another", 0, 1, 0))),
                    Duration.ZERO)).isTrue();
        }
    }

    @Test
    void what_is_kept_is_there_again_with_its_position() {
        var row = order(1);
        try (var store = files(); var view = store.open(ORDERS)) {
            both(view, List.of(Views.event(0, 0, List.of(1L), row)), Views.position(1));
        }

        try (var store = files();
                var view = store.open(ORDERS);
                var snapshot = view.keySnapshot()) {
            assertThat(snapshot).isInstanceOf(KeySnapshot.class);
            assertThat(view.parts()).allSatisfy(
                    part -> assertThat(part.position()).contains(Views.position(1)));
            assertThat(state(snapshot)).isEqualTo(Map.of(1L, row));
        }
    }

    @Test
    void another_table_begins_empty_and_what_was_left_of_the_first_is_removed() throws Exception {
        var wider = new ArrayList<>(ORDER.fields());
        wider.add(new Field("note", Type.Scalar.of(ScalarKind.STRING), true));
        try (var store = files(); var view = store.open(ORDERS)) {
            both(view, List.of(Views.event(0, 0, List.of(1L), order(1))), Views.position(1));
            try (var beside = store.open(Views.product("orders",
                    RecordType.of("test.Order", wider), List.of("id"), Duration.ZERO))) {
                assertThat(beside.parts().getLast().position()).isEmpty();
                assertThat(view.parts().getLast().position()).isPresent();
                store.drop(view);
            }
            assertThat(keyFolders()).hasSize(1).noneMatch(name -> name.contains(
                    DuckDbViewStore.table(ORDERS)));
            store.open(ORDERS).close();
            assertThat(keyFolders()).containsExactly(
                    "test.orders.v1." + DuckDbViewStore.table(ORDERS) + ".keys");
        }
    }

    @Test
    void dropping_a_view_late_leaves_the_keys_to_the_one_that_has_been_opened_since() {
        try (var store = files()) {
            var before = store.open(ORDERS);
            before.close();
            try (var after = store.open(ORDERS)) {
                both(after, List.of(Views.event(0, 0, List.of(1L), order(1))), Views.position(1));
                store.drop(before);
            }
            try (var again = store.open(ORDERS)) {
                assertThat(again.parts().getLast().position()).isPresent();
            }
        }
    }

    @Test
    void a_view_goes_on_under_a_schema_with_the_same_table() {
        var after = Views.product("orders", RecordType.of("test.Order", ORDER.fields()),
                List.of("id"), Duration.ZERO);
        try (var store = files(); var view = store.open(ORDERS)) {
            both(view, List.of(Views.event(0, 0, List.of(1L), order(1))), Views.position(1));
            assertThat(store.fits(view, after)).isTrue();
            store.adopt(view, after);

            try (var snapshot = view.keySnapshot()) {
                assertThat(snapshot.latest(List.of(1L), Predicate.ALL).orElseThrow().value().type())
                        .isSameAs(after.rowType());
            }
        }
    }

    @Test
    void flipped_bits_are_noticed_and_the_keys_are_built_anew() throws Exception {
        var log = new ArrayList<Event>();
        for (long i = 0; i < 500; i++) {
            log.add(Views.event(0, i, List.of(i % 100), i % 7 == 0 ? null : order(i % 100)));
        }
        var fold = fold(log);
        var where = folder.resolve("orders.keys");
        try (var engine = KeyEngine.start(16 << 20).orElseThrow()) {
            for (int round = 0; round < 6; round++) {
                var before = table(where, engine);
                before.reset();
                before.apply(log, Views.position(log.size()));
                before.close();
                var harmed = flip();

                var keys = table(where, engine);
                heal(keys, log, "seed " + SEED + ": " + harmed);
                assertThat(keys.position()).as("seed " + SEED + ": " + harmed)
                        .contains(Views.position(log.size()));
                try (var snapshot = keys.snapshot().orElseThrow()) {
                    assertThat(state(snapshot)).isEqualTo(fold);
                } finally {
                    keys.close();
                }
            }
        }
    }

    private static KeyTable table(Path where, KeyEngine engine) {
        return new KeyTable(ORDERS, where, engine, Duration.ofSeconds(2),
                IndexLimits.DEFAULT, Clock.systemUTC(), closed -> {
                });
    }

    /** What is read is right or fails; what has failed is fed from the beginning, as the feeder does. */
    private static void heal(KeyTable keys, List<Event> log, String what) {
        for (int tries = 0; tries < 4; tries++) {
            try (var snapshot = keys.snapshot().orElse(null)) {
                if (snapshot != null && !snapshot.position().slots().isEmpty()) {
                    assertThat(state(snapshot)).as(what)
                            .isEqualTo(fold(log.subList(0, (int) snapshot.position().slots()
                                    .getFirst().next())));
                }
            } catch (ViewFailure e) {
                assertThat(e).hasMessageStartingWith("the keys of 'test/orders/v1' cannot");
            }
            int from = keys.position().map(at -> (int) at.slots().getFirst().next()).orElse(0);
            try {
                keys.apply(log.subList(from, log.size()), Views.position(log.size()));
            } catch (ViewFailure e) {
                assertThat(e).hasMessageContaining("the keys of 'test/orders/v1'");
            }
        }
    }

    @Test
    void a_folder_that_cannot_be_opened_costs_speed_and_heals_by_itself() throws Exception {
        Path keys = folder.resolve("test.orders.v1." + DuckDbViewStore.table(ORDERS) + ".keys");
        Files.createFile(keys);
        try (var store = files(); var view = store.open(ORDERS)) {
            var log = List.of(Views.event(0, 0, List.of(1L), order(1)));
            view.parts().getFirst().apply(log, Views.position(1));
            isAnsweredBy(view, CarriedSnapshot.class);
            assertThatThrownBy(() -> view.parts().getLast().apply(log, Views.position(1)))
                    .isInstanceOf(ViewFailure.class)
                    .hasMessageStartingWith(
                            "the keys of 'test/orders/v1' cannot be opened in '" + keys + "'");
            assertThat(view.await(Views.position(1), Duration.ZERO)).isTrue();

            Files.delete(keys);
            view.parts().getLast().apply(log, Views.position(1));

            isAnsweredBy(view, KeySnapshot.class);
        }
    }

    @Test
    void what_was_set_aside_while_it_was_read_takes_nothing_but_the_beginning() throws Exception {
        try (var store = files(); var view = store.open(ORDERS)) {
            var keys = (KeyTable) view.parts().getLast();
            keys.apply(List.of(Views.event(0, 0, List.of(1L), order(1))), Views.position(1));
            try (var reader = keys.snapshot().orElseThrow()) {
                assertThat(keys.failure("be read", new IllegalStateException("made up")))
                        .hasMessageContaining("made up");
                assertThat(keys.position()).isEmpty();
                assertThat(keys.snapshot()).isEmpty();
                // It still has what it needs.
                assertThat(state(reader)).containsOnlyKeys(1L);
                assertThatThrownBy(() -> keys.apply(List.of(), Views.position(2)))
                        .hasMessageEndingWith("while somebody reads them");
            }
            var next = List.of(Views.event(0, 1, List.of(2L), order(2)));
            assertThatThrownBy(() -> keys.apply(next, Views.position(2)))
                    .hasMessageEndingWith("they are built anew from the beginning");
            assertThat(keys.position()).isEmpty();
            assertThat(keyFolders()).anyMatch(name -> name.endsWith(".keys.bad"));
        }
    }

    @Test
    void keys_that_are_empty_when_they_are_opened_again_take_nothing_but_the_beginning()
            throws Exception {
        var where = folder.resolve("orders.keys");
        try (var engine = KeyEngine.start(16 << 20).orElseThrow()) {
            var keys = table(where, engine);
            var log = new ArrayList<Event>();
            for (long i = 0; i < 20; i++) {
                log.add(Views.event(0, i, List.of(i), order(i)));
            }
            keys.apply(log.subList(0, 10), Views.position(10));
            // a disk that fails for a moment, and has forgotten something when it comes back
            assertThat(keys.failure("take changes", new RocksDBException("IO error: made up")))
                    .hasMessageEndingWith("IO error: made up");
            Files.writeString(where.resolve("CURRENT"), "nothing");

            assertThatThrownBy(() -> keys.apply(log.subList(10, 20), Views.position(20)))
                    .isInstanceOf(ViewFailure.class)
                    .hasMessageEndingWith("are not where they were left; they go on from where"
                            + " they are");
            assertThat(keys.position()).isEmpty();
            keys.apply(log, Views.position(20));
            try (var snapshot = keys.snapshot().orElseThrow()) {
                assertThat(state(snapshot)).isEqualTo(fold(log));
            } finally {
                keys.close();
            }
        }
    }

    @Test
    void keys_whose_folder_somebody_has_removed_are_built_anew() throws Exception {
        var where = folder.resolve("views").resolve("orders.keys");
        try (var engine = KeyEngine.start(16 << 20).orElseThrow()) {
            var keys = table(where, engine);
            var log = List.of(Views.event(0, 0, List.of(1L), order(1)),
                    Views.event(0, 1, List.of(2L), order(2)));
            keys.apply(log.subList(0, 1), Views.position(1));
            KeyTable.remove(where.getParent());
            assertThat(keys.failure("take changes", new RocksDBException("IO error: made up")))
                    .isNotNull();

            assertThatThrownBy(() -> keys.apply(log.subList(1, 2), Views.position(2)))
                    .hasMessageContaining("are not where they were left");
            keys.apply(log, Views.position(2));
            try (var snapshot = keys.snapshot().orElseThrow()) {
                assertThat(state(snapshot)).isEqualTo(fold(log));
            } finally {
                keys.close();
            }
        }
    }

    @Test
    void keys_that_are_where_they_were_left_take_the_next_batch_when_they_are_opened_again() {
        var where = folder.resolve("orders.keys");
        try (var engine = KeyEngine.start(16 << 20).orElseThrow()) {
            var keys = table(where, engine);
            var log = List.of(Views.event(0, 0, List.of(1L), order(1)),
                    Views.event(0, 1, List.of(2L), order(2)));
            keys.apply(log.subList(0, 1), Views.position(1));
            assertThat(keys.failure("take changes", new RocksDBException("IO error: made up")))
                    .isNotNull();
            keys.apply(log.subList(1, 2), Views.position(2));
            try (var snapshot = keys.snapshot().orElseThrow()) {
                assertThat(state(snapshot)).isEqualTo(fold(log));
            } finally {
                keys.close();
            }
        }
    }

    @Test
    void a_reader_may_outlive_its_view() {
        try (var store = files()) {
            var view = store.open(ORDERS);
            both(view, List.of(Views.event(0, 0, List.of(1L), order(1))), Views.position(1));
            try (var reader = view.keySnapshot()) {
                var closing = Thread.ofVirtual().start(view::close);
                assertThat(state(reader)).containsOnlyKeys(1L);
                assertThat(closing).isNotNull();
            }
        }
    }

    @Test
    void without_the_native_library_and_without_a_key_one_part_answers_everything() {
        try (var store = EmbeddedViewStore.open(folder, LIMITS, Clock.systemUTC(),
                Optional.empty()); var view = store.open(ORDERS)) {
            assertThat(view.parts()).hasSize(1);
            view.parts().getFirst().apply(List.of(Views.event(0, 0, List.of(1L), order(1))),
                    Views.position(1));
            isAnsweredBy(view, CarriedSnapshot.class);
        }
        try (var store = files();
                var view = store.open(
                        Views.product("log", ORDER, List.of(), Duration.ofDays(1)))) {
            assertThat(view.parts()).hasSize(1);
        }
    }

    private void isAnsweredBy(View view, Class<?> part) {
        try (var snapshot = view.keySnapshot()) {
            assertThat(snapshot).isInstanceOf(part);
        }
    }

    /** Of one byte of one file, which is named. */
    private String flip() throws IOException {
        List<Path> files;
        try (var all = Files.walk(folder)) {
            files = all.filter(file -> Files.isRegularFile(file)
                    && file.getParent().getFileName().toString().endsWith(".keys")
                    && !file.getFileName().toString().startsWith("LOG")
                    && !file.getFileName().toString().equals("LOCK")
                    && file.toFile().length() > 0).toList();
        }
        var file = files.get(random.nextInt(files.size()));
        var bytes = Files.readAllBytes(file);
        int at = random.nextInt(bytes.length);
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, bytes);
        return file.getFileName() + " at " + at;
    }

    private List<String> keyFolders() throws IOException {
        try (var left = Files.list(folder)) {
            return left.map(file -> file.getFileName().toString())
                    .filter(name -> name.contains(".keys")).toList();
        }
    }

    private static void both(View view, List<Event> events, Position after) {
        view.parts().forEach(part -> part.apply(events, after));
    }

    private static Map<Long, Row> fold(List<Event> log) {
        var fold = new HashMap<Long, Row>();
        for (var event : log) {
            if (event.value() == null) {
                fold.remove((Long) event.key().getFirst());
            } else {
                fold.put((Long) event.key().getFirst(), event.value());
            }
        }
        return fold;
    }

    private static Map<Long, Row> state(ViewSnapshot snapshot) {
        var keys = LongStream.range(0, 100).mapToObj(id -> List.<Object>of(id)).toList();
        var found = snapshot.latestOf(keys, Predicate.ALL);
        var state = new HashMap<Long, Row>();
        for (int id = 0; id < keys.size(); id++) {
            if (found.get(id).isPresent()) {
                assertThat(found.get(id).get().key()).isEqualTo(keys.get(id));
                state.put((long) id, found.get(id).get().value());
            }
        }
        return state;
    }

    private EmbeddedViewStore files() {
        return EmbeddedViewStore.open(folder, LIMITS, Clock.systemUTC());
    }

    private Row order(long id) {
        return new Row(ORDER, new Object[]{id,
                random.nextBoolean() ? null : new BigDecimal(random.nextInt(100) + ".25"),
                "created"});
    }

    private static Row order(long id, String status) {
        return new Row(ORDER, new Object[]{id, null, status});
    }
}
