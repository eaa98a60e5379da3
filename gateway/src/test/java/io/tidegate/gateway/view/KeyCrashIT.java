package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.feed.Event;
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
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that applies events to both parts of a view, each by a thread of its own, is killed at random moments; what each
 * part leaves must be the fold up to its own position.
 */
class KeyCrashIT {
    private static final RecordType COUNTER = RecordType.of("test.Counter", List.of(
            new Field("id", Type.Scalar.of(ScalarKind.INT64), false),
            new Field("count", Type.Scalar.of(ScalarKind.INT64), false)));
    private static final int BATCH = 200;
    private static final int IDS = 500;
    private static final IndexLimits EAGER = new IndexLimits(4, 1);
    private static final FieldPath COUNT = FieldPath.resolve(COUNTER, "count").orElseThrow();
    private static final List<ItemsQuery> PAGES = List.of(
            new ItemsQuery(Predicate.ALL, List.of(), 10, Optional.empty(), false),
            new ItemsQuery(Predicate.ALL, List.of(new ItemsQuery.Order(COUNT, true)), 10,
                    Optional.empty(), false),
            new ItemsQuery(new Predicate.Compare(COUNT, Predicate.Comparison.EQ, 7L), List.of(), 10,
                    Optional.empty(), false));

    @TempDir
    Path folder;

    @Test
    void a_killed_process_leaves_rows_that_agree_with_their_position() throws Exception {
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
                for (int batches = 5 + random.nextInt(40); batches > 0; batches--) {
                    var line = out.readLine();
                    while (line != null && !line.startsWith("applied")) {
                        // What it logs.
                        line = out.readLine();
                    }
                    assertThat(line).as("seed %d", seed).isNotNull();
                }
            } finally {
                process.destroyForcibly();
            }
            assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();

            try (var store = EmbeddedViewStore.open(folder, DuckDbViewStore.Limits.defaults(),
                    EAGER, Clock.systemUTC());
                    var view = store.open(schema())) {
                var keys = (KeyTable) view.parts().getLast();
                Entries.agree(keys, "seed " + seed);
                for (var page : PAGES) {
                    Entries.awaitIndex(view, page);
                }
                Entries.agree(keys, "seed " + seed);
                try (var snapshot = keys.snapshot().orElseThrow()) {
                    long next = snapshot.position().slots().getFirst().next();
                    assertThat(next).as("seed %d", seed).isGreaterThan(last);
                    last = next;
                    assertThat(state(snapshot)).as("seed %d at %d", seed, next)
                            .isEqualTo(fold(next));
                }
                try (var snapshot = view.keySnapshot(); var all = view.snapshot()) {
                    long next = snapshot.position().slots().getFirst().next();
                    assertThat(state(snapshot)).as("seed %d at %d", seed, next)
                            .isEqualTo(fold(next));
                    assertThat(EmbeddedView.counts(snapshot.position(), all.position())).isTrue();
                }
            }
        }
    }

    private static Map<Long, Object> state(ViewSnapshot snapshot) {
        var ids = LongStream.range(0, IDS).mapToObj(id -> List.<Object>of(id)).toList();
        var found = new HashMap<Long, Object>();
        for (var row : snapshot.latestOf(ids, Predicate.ALL)) {
            row.ifPresent(one -> found.put((Long) one.key().getFirst(), one.value().get("count")));
        }
        return found;
    }

    private static io.tidegate.contract.ProductSchema schema() {
        return Views.product("counters", COUNTER, List.of("id"), Duration.ZERO);
    }

    private static long id(long offset) {
        return offset * 7_919 % IDS;
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
            var store = EmbeddedViewStore.open(Path.of(args[0]), limits, EAGER,
                    Clock.systemUTC());
            var view = store.open(schema());
            Thread.ofPlatform().start(() -> follow(view.parts().getFirst(), false, keys -> {
            }));
            // An index is asked for now and then, so that some are being built when the end comes.
            follow(view.parts().getLast(), true, keys -> ((KeyTable) keys)
                    .answers(List.of(PAGES.get((int) (System.nanoTime() >>> 10 & 63) % 3))));
        }

        private static void follow(Fed part, boolean isTold, Consumer<Fed> meanwhile) {
            long offset = part.position().map(at -> at.slots().getFirst().next()).orElse(0L);
            while (!Thread.currentThread().isInterrupted()) {
                var events = new ArrayList<Event>();
                for (int i = 0; i < BATCH; i++, offset++) {
                    events.add(Views.event(0, offset, List.of(id(offset)),
                            isDelete(offset)
                                    ? null
                                    : new Row(COUNTER, new Object[]{id(offset), offset})));
                }
                part.apply(events, Views.position(offset));
                meanwhile.accept(part);
                if (isTold) {
                    System.out.println("applied " + offset);
                }
            }
        }
    }
}
