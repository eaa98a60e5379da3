package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that applies events is killed at random moments; what it leaves must be the fold up to its position. */
class ViewCrashIT {
    private static final RecordType COUNTER = RecordType.of("test.Counter", List.of(
            new Field("id", Type.Scalar.of(ScalarKind.INT64), false),
            new Field("count", Type.Scalar.of(ScalarKind.INT64), false)));
    private static final int BATCH = 200;

    @TempDir
    Path folder;

    @Test
    void a_killed_process_leaves_rows_and_history_that_agree_with_their_position()
            throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        var random = new Random(seed);
        long last = 0;
        for (int round = 0; round < 5; round++) {
            var process = new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx256m", "--enable-native-access=ALL-UNNAMED", "-cp",
                    System.getProperty("java.class.path"), Applier.class.getName(),
                    folder.toString())
                    .redirectErrorStream(true).start();
            try (var out = process.inputReader()) {
                for (int batches = 5 + random.nextInt(25); batches > 0; batches--) {
                    assertThat(out.readLine()).as("seed %d", seed).startsWith("applied");
                }
            } finally {
                process.destroyForcibly();
            }
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();

            try (var store = DuckDbViewStore.open(folder, DuckDbViewStore.Limits.defaults(),
                    Clock.systemUTC());
                    var view = store.open(schema());
                    var snapshot = view.snapshot()) {
                long next = view.parts().getFirst().position().orElseThrow().slots().getFirst()
                        .next();
                assertThat(next).as("seed %d", seed).isGreaterThan(last);
                last = next;

                var found = new HashMap<Long, Object>();
                snapshot.items(new ItemsQuery(Predicate.ALL, List.of(), 100_000, Optional.empty(),
                        false)).rows().forEach(
                                row -> found.put((Long) row.key().getFirst(),
                                        row.value().get("count")));
                assertThat(found).as("seed %d at %d", seed, next).isEqualTo(fold(next));
                assertThat(history(snapshot)).as("seed %d at %d", seed, next)
                        .isEqualTo(LongStream.range(0, next)
                                .mapToObj(offset -> isDelete(offset) ? null : (Object) offset)
                                .toList());
                assertThat(snapshot.newest())
                        .contains(Views.event(0, next - 1, List.of(0L), null).time());
            }
        }
    }

    private static io.tidegate.contract.ProductSchema schema() {
        return Views.product("counters", COUNTER, List.of("id"), Duration.ofDays(36_500));
    }

    /** What every change that is kept has counted, null for deletes. */
    private static List<Object> history(ViewSnapshot snapshot) {
        var counts = new ArrayList<Object>();
        Optional<Position> after = Optional.empty();
        EventPage page;
        do {
            page = snapshot.events(new EventsQuery(Optional.empty(), Predicate.ALL,
                    Predicate.ALL, Optional.empty(), Optional.empty(), after, 5_000));
            page.events().forEach(event -> counts
                    .add(event.value() == null ? null : event.value().get("count")));
            after = Optional.of(page.events().getLast().behind());
        } while (page.hasMore());
        return counts;
    }

    private static long id(long offset) {
        return offset * 7_919 % 1_000;
    }

    private static boolean isDelete(long offset) {
        return offset % 11 == 3;
    }

    private static Map<Long, Object> fold(long next) {
        var fold = new HashMap<Long, Object>();
        for (long offset = 0; offset < next; offset++) {
            if (isDelete(offset)) {
                fold.remove(id(offset));
            } else {
                fold.put(id(offset), offset);
            }
        }
        return fold;
    }

    /** The process that is killed. */
    static final class Applier {
        public static void main(String[] args) {
            var limits = new DuckDbViewStore.Limits(128 << 20, 1, 1, Duration.ofSeconds(10),
                    Duration.ofMillis(300), 1 << 20);
            try (var store = DuckDbViewStore.open(Path.of(args[0]), limits, Clock.systemUTC());
                    var view = store.open(schema())) {
                long offset = view.parts().getFirst().position()
                        .map(at -> at.slots().getFirst().next()).orElse(0L);
                for (int batch = 0; batch < 10_000; batch++) {
                    var events = new ArrayList<Event>();
                    for (int i = 0; i < BATCH; i++, offset++) {
                        events.add(Views.event(0, offset, List.of(id(offset)),
                                isDelete(offset)
                                        ? null
                                        : new Row(COUNTER, new Object[]{id(offset), offset})));
                    }
                    view.parts().getFirst().apply(events, Views.position(offset));
                    System.out.println("applied " + offset);
                }
            }
        }
    }
}
