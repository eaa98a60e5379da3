package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.TextTest;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ViewFaultsTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final RecordType NOTE = RecordType.of("test.Note", List.of(
            new Field("id", Type.Scalar.of(ScalarKind.INT64), false),
            new Field("text", Type.Scalar.of(ScalarKind.STRING), true)));
    private static final DuckDbViewStore.Limits LIMITS = new DuckDbViewStore.Limits(64 << 20, 2, 2,
            Duration.ofSeconds(1), Duration.ofSeconds(30), 1 << 20);

    private final Random random = new Random(SEED);

    @TempDir
    Path folder;

    @Test
    void a_question_is_ended_in_the_store_at_its_deadline() {
        try (var store = DuckDbViewStore.inMemory(LIMITS, Clock.systemUTC());
                var view = store.open(schema())) {
            var events = new ArrayList<Event>();
            for (long i = 0; i < 60_000; i++) {
                events.add(Views.event(0, i, List.of(i), note(i, "ab".repeat(50))));
            }
            view.parts().getFirst().apply(events, Views.position(60_000));
            var text = FieldPath.resolve(NOTE, "text").orElseThrow();
            var terms = new ArrayList<Predicate>();
            for (int i = 0; i < 600; i++) {
                terms.add(new Predicate.Text(text, TextTest.MATCHES, "[^ab]{" + (1 + i) + "}"));
            }
            long began = System.nanoTime();

            try (var snapshot = view.snapshot()) {
                assertThatThrownBy(() -> snapshot.count(new Predicate.Or(terms)))
                        .isInstanceOfSatisfying(ViewFailure.class, failure -> assertThat(
                                failure.reason()).isEqualTo(ViewFailure.Reason.DEADLINE))
                        .hasMessageEndingWith("the query took longer than its deadline");
                // What is said beside the question that failed does not fail too.
                assertThat(snapshot.newest()).isPresent();
                assertThatThrownBy(() -> snapshot.count(Predicate.ALL))
                        .isInstanceOfSatisfying(ViewFailure.class, failure -> assertThat(
                                failure.reason()).isEqualTo(ViewFailure.Reason.DEADLINE));
            }
            assertThat(Duration.ofNanos(System.nanoTime() - began))
                    .isLessThan(Duration.ofSeconds(8));

            try (var scan = view.scan(new Predicate.Or(terms))) {
                assertThatThrownBy(() -> scan.next(10))
                        .isInstanceOfSatisfying(ViewFailure.class, failure -> assertThat(
                                failure.reason()).isEqualTo(ViewFailure.Reason.DEADLINE));
            }
            try (var snapshot = view.snapshot()) {
                assertThat(snapshot.count(Predicate.ALL)).isEqualTo(60_000);
            }
        }
    }

    @Test
    void a_pattern_that_is_too_large_for_the_store_is_the_askers_mistake() {
        try (var store = DuckDbViewStore.inMemory(LIMITS, Clock.systemUTC());
                var view = store.open(schema())) {
            view.parts().getFirst().apply(events(0, 10), Views.position(10));
            var large = new Predicate.Text(FieldPath.resolve(NOTE, "text").orElseThrow(),
                    TextTest.MATCHES, "[\\pL\\pN]{900}");
            try (var snapshot = view.snapshot(); var scan = view.scan(large)) {
                for (ThrowingCallable asked : List.<ThrowingCallable>of(
                        () -> snapshot.count(large), () -> scan.next(1))) {
                    assertThatThrownBy(asked).isInstanceOfSatisfying(Refusal.Thrown.class,
                            thrown -> assertThat(thrown.refusal().code())
                                    .isEqualTo(RefusalCode.FILTER_INVALID));
                }
            }
        }
    }

    @Test
    void a_scan_brings_every_row_once_in_order_however_much_is_read_at_a_time() {
        try (var store = DuckDbViewStore.inMemory(LIMITS, Clock.systemUTC());
                var view = store.open(schema())) {
            var events = new ArrayList<Event>();
            for (long i = 0; i < 5_000; i++) {
                events.add(Views.event(0, i, List.of(i), note(i, "x" + i % 7)));
            }
            view.parts().getFirst().apply(events, Views.position(5_000));
            var found = new ArrayList<Long>();
            try (var scan = view.scan(Predicate.ALL)) {
                List<StoredRow> rows;
                do {
                    rows = scan.next(1 + random.nextInt(900));
                    rows.forEach(row -> found.add((Long) row.key().getFirst()));
                } while (!rows.isEmpty());
                assertThat(scan.next(5)).isEmpty();
            }
            assertThat(found).hasSize(5_000).isSorted().doesNotHaveDuplicates();
            // half read, and the connection is good for others
            try (var scan = view.scan(Predicate.ALL)) {
                assertThat(scan.next(10)).hasSize(10);
            }
            try (var snapshot = view.snapshot()) {
                assertThat(snapshot.count(Predicate.ALL)).isEqualTo(5_000);
            }
        }
    }

    @Test
    void closing_a_scan_twice_leaves_alone_who_has_its_connection_now() {
        try (var store = DuckDbViewStore.inMemory(LIMITS, Clock.systemUTC());
                var view = store.open(schema())) {
            view.parts().getFirst().apply(events(0, 5_000), Views.position(5_000));
            var first = view.scan(Predicate.ALL);
            assertThat(first.next(10)).hasSize(10);
            first.close();
            try (var second = view.scan(Predicate.ALL)) {
                assertThat(second.next(10)).hasSize(10);
                first.close();
                assertThat(second.next(6_000)).hasSize(4_990);
            }
        }
    }

    @Test
    void bits_that_flip_in_a_closed_file_never_become_a_wrong_row() throws Exception {
        for (int round = 0; round < 6; round++) {
            Path file = filled(3_000);
            damage(file, 1 + random.nextInt(4));
            agrees(round);
            clean();
        }
    }

    @Test
    void a_file_that_a_process_has_left_is_an_earlier_state() throws Exception {
        for (int round = 0; round < 4; round++) {
            Path file = left(20_000);
            if (round == 3) {
                damage(file, 1 + random.nextInt(3));
            }
            long next = agrees(round);
            if (round < 3) {
                assertThat(next).as("seed %d", SEED).isPositive();
            }
            clean();
        }
    }

    @Test
    void a_view_that_is_still_read_is_opened_again_when_its_last_reader_has_ended() {
        try (var store = DuckDbViewStore.open(folder, LIMITS, Clock.systemUTC())) {
            var before = store.open(schema());
            before.parts().getFirst().apply(events(0, 100), Views.position(100));
            try (var scan = before.scan(Predicate.ALL)) {
                before.close();
                assertThat(catchThrowable(() -> store.open(schema())))
                        .isInstanceOf(ViewFailure.class).hasMessageContaining(
                                "while somebody reads it who began before it was closed");
                assertThat(scan.next(5)).hasSize(5);
            }
            try (var again = store.open(schema())) {
                assertThat(again.parts().getFirst().position()).contains(Views.position(100));
                assertThat(rows(again)).isEqualTo(fold(100));
            }
        }
    }

    @Test
    void changes_before_a_silence_are_written_while_it_lasts() throws Exception {
        var now = new AtomicReference<>(Instant.EPOCH);
        InstantSource source = now::get;
        try (var store = DuckDbViewStore.open(folder, LIMITS, source.withZone(ZoneOffset.UTC));
                var view = store.open(schema())) {
            var fed = view.parts().getFirst();
            fed.apply(events(0, 100), Views.position(100));
            fed.idle();
            assertThat(leftPosition(folder)).isEmpty();
            now.set(Instant.EPOCH.plusSeconds(31));
            fed.idle();
            assertThat(leftPosition(folder)).contains(Views.position(100));
            // deletes are changes, too
            fed.apply(List.of(Views.event(0, 100, List.of(0L), null)), Views.position(101));
            now.set(Instant.EPOCH.plusSeconds(62));
            fed.idle();
            assertThat(leftPosition(folder)).contains(Views.position(101));
        }
    }

    @Test
    void a_disk_that_is_full_in_a_silence_is_told_at_once_and_costs_what_was_not_written()
            throws Exception {
        Path disk = folder.resolve("disk");
        Files.createDirectories(disk);
        Assumptions.assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs",
                disk.toString()) == 0, "no small file system can be mounted here");
        var now = new AtomicReference<>(Instant.EPOCH);
        InstantSource source = now::get;
        var limits = new DuckDbViewStore.Limits(64 << 20, 2, 2, Duration.ofSeconds(10),
                Duration.ofSeconds(30), 64 << 20);
        try (var store = DuckDbViewStore.open(disk, limits, source.withZone(ZoneOffset.UTC));
                var view = store.open(schema())) {
            var fed = view.parts().getFirst();
            fed.apply(big(0, 10_000), Views.position(10_000));
            assertThat(run("dd", "if=/dev/zero", "of=" + disk.resolve("filler"), "bs=1M",
                    "status=none")).isNotZero();
            now.set(Instant.EPOCH.plusSeconds(31));
            try (var snapshot = view.snapshot(); var scan = view.scan(Predicate.ALL)) {
                assertThat(scan.next(1)).hasSize(1);
                assertThat(catchThrowable(fed::idle)).isInstanceOfSatisfying(ViewFailure.class,
                        failure -> assertThat(failure.reason())
                                .isEqualTo(ViewFailure.Reason.FULL));
                // Who reads meanwhile is told, and the process lives.
                assertThat(catchThrowable(() -> snapshot.count(Predicate.ALL)))
                        .isInstanceOf(ViewFailure.class);
            }
            // It is what was written last, and nobody who asks meanwhile is refused for it.
            assertThat(fed.position()).isEmpty();
            try (var snapshot = view.snapshot()) {
                assertThat(snapshot.count(Predicate.ALL)).isZero();
            }
            assertThat(leftPosition(disk)).isEmpty();
            Files.delete(disk.resolve("filler"));
            fed.apply(big(0, 10_000), Views.position(10_000));
            now.set(Instant.EPOCH.plusSeconds(62));
            fed.idle();
            assertThat(leftPosition(disk)).contains(Views.position(10_000));
        } finally {
            run("umount", "-l", disk.toString());
        }
    }

    /** What another process would find if this one were gone now. */
    private Optional<Position> leftPosition(Path where) throws IOException {
        var elsewhere = Files.createTempDirectory(folder, "left");
        try (var files = Files.list(where)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, elsewhere.resolve(file.getFileName()));
            }
        }
        try (var store = DuckDbViewStore.open(elsewhere, LIMITS, Clock.systemUTC());
                var view = store.open(schema())) {
            return view.parts().getFirst().position();
        }
    }

    @Test
    void bits_that_flip_in_an_open_file_never_become_a_wrong_row() throws Exception {
        Path file = filled(20_000);
        try (var store = DuckDbViewStore.open(folder, LIMITS, Clock.systemUTC());
                var view = store.open(schema())) {
            // another reader is on its way meanwhile
            try (var before = view.snapshot()) {
                assertThat(before.position().slots()).isNotEmpty();
                damage(file, 400);
                var failed = catchThrowable(() -> rows(view));
                if (failed != null) {
                    assertThat(failed).isInstanceOf(ViewFailure.class);
                }
            }
            var fed = view.parts().getFirst();
            var told = catchThrowable(() -> more(fed));
            if (told != null) {
                // once, because it is not where it was left
                assertThat(told).isInstanceOf(ViewFailure.class);
                more(fed);
            }
            assertThat(rows(view)).as("seed %d", SEED).isEqualTo(fold(next(fed)));
        }
    }

    @Test
    void a_batch_for_a_view_that_a_reader_has_emptied_is_refused_once_and_not_half_a_view() {
        try (var store = DuckDbViewStore.open(folder, LIMITS, Clock.systemUTC());
                var view = (DuckDbView) store.open(schema())) {
            view.apply(events(0, 100), Views.position(100));
            // between the feeder's look at the position and its batch
            var said = view.source().failure("answer", new SQLException(
                    "IO Error: Corrupt database file: computed checksum does not match"));
            assertThat(said.reason()).isEqualTo(ViewFailure.Reason.BROKEN);

            assertThatThrownBy(() -> view.apply(events(100, 200), Views.position(200)))
                    .isInstanceOf(ViewFailure.class)
                    .hasMessageEndingWith("is not where it was left; it goes on from where it is");
            assertThat(view.position()).isEmpty();
            view.apply(events(0, 200), Views.position(200));
            assertThat(rows(view)).isEqualTo(fold(200));
        }
    }

    @Test
    void an_error_of_a_file_of_before_leaves_alone_the_one_that_took_its_place() {
        try (var store = DuckDbViewStore.open(folder, LIMITS, Clock.systemUTC());
                var view = (DuckDbView) store.open(schema())) {
            view.apply(events(0, 100), Views.position(100));
            var before = view.source();
            var error = new SQLException(
                    "IO Error: Corrupt database file: computed checksum does not match");
            assertThat(before.failure("answer", error)).isNotNull();
            assertThat(catchThrowable(() -> view.apply(events(100, 200), Views.position(200))))
                    .isInstanceOf(ViewFailure.class);
            view.apply(events(0, 200), Views.position(200));

            // of another reader, who had to wait until he could say so
            assertThat(before.failure("answer", error)).isNotNull();
            assertThat(view.position()).contains(Views.position(200));
            assertThat(rows(view)).isEqualTo(fold(200));
        }
    }

    @Test
    void a_view_that_is_where_it_was_left_takes_the_next_batch_after_a_reader_opened_it_again() {
        try (var store = DuckDbViewStore.open(folder, LIMITS, Clock.systemUTC());
                var view = (DuckDbView) store.open(schema())) {
            view.apply(events(0, 100), Views.position(100));
            view.source().failure("answer",
                    new SQLException("FATAL Error: it has been invalidated"));

            view.apply(events(100, 200), Views.position(200));
            assertThat(rows(view)).isEqualTo(fold(200));
        }
    }

    private static void more(Fed fed) {
        long next = next(fed);
        fed.apply(events(next, next + 1_000), Views.position(next + 1_000));
    }

    private static long next(Fed fed) {
        return fed.position().map(position -> position.slots().getFirst().next()).orElse(0L);
    }

    @Test
    void a_folder_that_is_gone_is_made_again_and_the_view_starts_empty() throws Exception {
        filled(100);
        clean();
        Files.delete(folder);
        try (var store = DuckDbViewStore.open(folder, LIMITS, Clock.systemUTC());
                var view = store.open(schema())) {
            assertThat(view.parts().getFirst().position()).isEmpty();
        }
    }

    @Test
    void a_full_disk_stops_nothing_but_changes_and_it_goes_on_when_there_is_room()
            throws Exception {
        Path disk = folder.resolve("disk");
        Files.createDirectories(disk);
        Assumptions.assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs",
                disk.toString()) == 0, "no small file system can be mounted here");
        try {
            var limits = new DuckDbViewStore.Limits(64 << 20, 2, 2, Duration.ofSeconds(10),
                    Duration.ofMillis(1), 1 << 20);
            long next = 0;
            try (var store = DuckDbViewStore.open(disk, limits, Clock.systemUTC());
                    var view = store.open(schema())) {
                var fed = view.parts().getFirst();
                ViewFailure failure = null;
                for (int batch = 0; batch < 400 && failure == null; batch++) {
                    try {
                        fed.apply(big(next, next + 1_000), Views.position(next + 1_000));
                        next += 1_000;
                    } catch (ViewFailure e) {
                        failure = e;
                    }
                }
                assertThat(failure).isNotNull();
                assertThat(failure.reason()).as("%s", failure.getMessage())
                        .isEqualTo(ViewFailure.Reason.FULL);
                long reached = fed.position().orElseThrow().slots().getFirst().next();
                // It may have had to be opened again, as its last checkpoint left it.
                assertThat(reached).isBetween(1_000L, next + 1_000);
                try (var snapshot = view.snapshot()) {
                    assertThat(snapshot.count(Predicate.ALL)).isEqualTo(reached);
                    assertThat(snapshot.position()).isEqualTo(Views.position(reached));
                }

                assertThat(run("mount", "-o", "remount,size=200m", disk.toString())).isZero();
                long healed = reached + 1_000;
                fed.apply(big(reached, healed), Views.position(healed));
                try (var snapshot = view.snapshot()) {
                    assertThat(snapshot.count(Predicate.ALL)).isEqualTo(healed);
                }
                next = healed;
            }
            try (var store = DuckDbViewStore.open(disk, limits, Clock.systemUTC());
                    var view = store.open(schema());
                    var snapshot = view.snapshot()) {
                assertThat(snapshot.count(Predicate.ALL)).isEqualTo(next);
            }
        } finally {
            run("umount", "-l", disk.toString());
        }
    }

    private static int run(String... command) throws Exception {
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor(10, TimeUnit.SECONDS) ? process.exitValue() : -1;
        } catch (IOException e) {
            return -1;
        }
    }

    /** Rows that hardly compress. */
    private List<Event> big(long from, long to) {
        var events = new ArrayList<Event>();
        for (long i = from; i < to; i++) {
            var text = new StringBuilder();
            for (int c = 0; c < 400; c++) {
                text.append((char) (33 + random.nextInt(90)));
            }
            events.add(Views.event(0, i, List.of(i), note(i, text.toString())));
        }
        return events;
    }

    /** A closed file with the fold of that many events. */
    private Path filled(long count) throws IOException {
        try (var store = DuckDbViewStore.open(folder, LIMITS, Clock.systemUTC());
                var view = store.open(schema())) {
            view.parts().getFirst().apply(events(0, count), Views.position(count));
        }
        return file();
    }

    /** A file as a process leaves it that is gone at once, with some of its changes not in it. */
    private Path left(long count) throws IOException {
        try (var store = DuckDbViewStore.open(folder, LIMITS, Clock.systemUTC());
                var view = store.open(schema())) {
            for (long next = 0; next < count; next += 100) {
                view.parts().getFirst().apply(events(next, next + 100),
                        Views.position(next + 100));
            }
            var copies = new HashMap<Path, byte[]>();
            try (var files = Files.list(folder)) {
                for (var file : files.filter(Files::isRegularFile).toList()) {
                    copies.put(file, Files.readAllBytes(file));
                }
            }
            store.close();
            for (var copy : copies.entrySet()) {
                Files.write(copy.getKey(), copy.getValue());
            }
        }
        return file();
    }

    private Path file() throws IOException {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".duckdb")).findFirst()
                    .orElseThrow();
        }
    }

    private void clean() throws IOException {
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                Files.delete(file);
            }
        }
    }

    private void damage(Path file, int bits) throws IOException {
        if (!Files.exists(file) || Files.size(file) == 0) {
            return;
        }
        try (var bytes = new RandomAccessFile(file.toFile(), "rw")) {
            for (int i = 0; i < bits; i++) {
                long at = random.nextLong(bytes.length());
                bytes.seek(at);
                int before = bytes.read();
                bytes.seek(at);
                bytes.write(before ^ 1 << random.nextInt(8));
            }
        }
    }

    /** Whatever the file says, it is the fold up to its position, or is built again. */
    private long agrees(int round) {
        try (var store = DuckDbViewStore.open(folder, LIMITS, Clock.systemUTC());
                var view = store.open(schema())) {
            var failed = catchThrowable(() -> rows(view));
            if (failed != null) {
                assertThat(failed).isInstanceOf(ViewFailure.class);
            }
            long next = view.parts().getFirst().position()
                    .map(position -> position.slots().getFirst().next()).orElse(0L);
            assertThat(rows(view)).as("seed %d round %d", SEED, round).isEqualTo(fold(next));
            return next;
        }
    }

    private static Map<Long, Object> rows(View view) {
        var rows = new HashMap<Long, Object>();
        try (var scan = view.scan(Predicate.ALL)) {
            List<StoredRow> some;
            do {
                some = scan.next(1_000);
                some.forEach(row -> rows.put((Long) row.key().getFirst(),
                        row.value().get("text")));
            } while (!some.isEmpty());
        }
        return rows;
    }

    private static List<Event> events(long from, long to) {
        var events = new ArrayList<Event>();
        for (long i = from; i < to; i++) {
            events.add(Views.event(0, i, List.of(i * 7_919 % 5_000),
                    note(i * 7_919 % 5_000, "text " + i)));
        }
        return events;
    }

    private static Map<Long, Object> fold(long next) {
        var fold = new HashMap<Long, Object>();
        for (long i = 0; i < next; i++) {
            fold.put(i * 7_919 % 5_000, "text " + i);
        }
        return fold;
    }

    private static ProductSchema schema() {
        return Views.product("notes", NOTE, List.of("id"), Duration.ZERO);
    }

    private static Row note(long id, String text) {
        return new Row(NOTE, new Object[]{id, text});
    }
}
