package io.tidegate.gateway.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class SharedReadingTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int BLOCK = 100;
    /** Of a block without entries. */
    private static final int BLOCK_WEIGHT = 128;

    /** One each: readers wait for each other. */
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final LongAdder readings = new LongAdder();
    private final Feed feed = new HandFeed(3, new FeedBounds(16, 1 << 20, 0)).feed();

    @AfterEach
    void end() {
        threads.shutdownNow();
    }

    /** Four blocks, as long as there are any. */
    private Piece read(int slot, long from, int epoch, long wanted, long end, int blocks) {
        readings.increment();
        var made = new ArrayList<Block>();
        for (long at = from; at < end && made.size() < blocks; at += BLOCK) {
            made.add(new Block(at, Math.min(end, at + BLOCK), 0, new Entry[0]));
        }
        return new Piece.Read(made);
    }

    private static SharedReading shared(int blocks, long near, Duration patience) {
        return new SharedReading(
                new SharedReading.Bounds((long) blocks * BLOCK_WEIGHT, near, 0, patience));
    }

    private SharedReading.Reader reader(SharedReading shared, long... at) {
        return shared.reader(feed.era(), this::read, new Start(at, new int[at.length], List.of()));
    }

    /** Goes on to the end of one partition, from block to block. */
    private static long run(SharedReading.Reader reader, int slot, long from, long end,
            Runnable between) {
        long at = from;
        while (at < end) {
            at = step(reader, slot, at, end);
            between.run();
        }
        return at;
    }

    private static long step(SharedReading.Reader reader, int slot, long at, long end) {
        var block = reader.find(slot, at);
        if (block == null) {
            var piece = (Piece.Read) reader.load(slot, at, -1, true, end).join();
            block = piece.blocks().stream().filter(each -> each.covers(at)).findFirst()
                    .orElseThrow();
        }
        return block.to();
    }

    @Test
    void what_one_reader_has_read_the_other_finds_however_fast_each_is() {
        var shared = shared(20, 1_000_000, Duration.ofSeconds(20));
        try (var first = reader(shared, 0); var second = reader(shared, 0)) {
            var random = new Random(SEED);
            var slow = CompletableFuture.supplyAsync(() -> run(second, 0, 0, 100_000, () -> {
                for (int i = random.nextInt(200); i > 0; i--) {
                    Thread.yield();
                }
            }), threads);
            assertThat(run(first, 0, 0, 100_000, () -> {
            })).isEqualTo(100_000);
            first.close();
            assertThat(slow.join()).isEqualTo(100_000);
        }
        // alone each would have to read 250 times; both may begin to read at once now and then
        assertThat(readings.sum()).isBetween(250L, 300L);
    }

    @Test
    void one_that_stands_still_is_waited_for_until_patience_ends_and_no_more() {
        var shared = shared(20, 1_000_000, Duration.ofMillis(100));
        try (var first = reader(shared, 0); var ignored = reader(shared, 0)) {
            long begin = System.nanoTime();
            assertThat(run(first, 0, 0, 100_000, () -> {
            })).isEqualTo(100_000);
            assertThat(System.nanoTime() - begin).isGreaterThan(50_000_000);
        }
    }

    @Test
    void one_that_is_far_behind_or_gone_is_not_waited_for() {
        var shared = shared(20, 10_000, Duration.ofHours(1));
        try (var first = reader(shared, 50_000); var behind = reader(shared, 0)) {
            reader(shared, 50_000).close();
            assertThat(run(first, 0, 50_000, 100_000, () -> {
            })).isEqualTo(100_000);
            assertThat(run(behind, 0, 0, 100_000, () -> {
            })).isEqualTo(100_000);
        }
    }

    @Test
    void readers_of_several_partitions_never_wait_for_each_other_at_once() {
        for (int round = 0; round < 30; round++) {
            var shared = shared(8, 1_000_000, Duration.ofHours(1));
            var runs = new ArrayList<CompletableFuture<Void>>();
            for (int i = 0; i < 3; i++) {
                var reader = reader(shared, 0, 0, 0);
                var random = new Random(SEED + i);
                runs.add(CompletableFuture.runAsync(() -> {
                    try (reader) {
                        var at = new long[3];
                        while (at[0] < 5_000 || at[1] < 5_000 || at[2] < 5_000) {
                            int slot = random.nextInt(3);
                            for (int turn = 0; turn < 4 && at[slot] < 5_000; turn++) {
                                at[slot] = step(reader, slot, at[slot], 5_000);
                            }
                        }
                    }
                }, threads));
            }
            runs.forEach(CompletableFuture::join);
        }
    }

    @Test
    void a_failure_is_of_the_one_who_read() {
        var shared = shared(20, 1_000, Duration.ofSeconds(1));
        var start = new Start(new long[1], new int[1], List.of());
        try (var failing = shared.reader(feed.era(), (slot, from, epoch, wanted, end, blocks) -> {
            throw new KafkaUnavailable("not now");
        }, start); var other = reader(shared, 0)) {
            assertThat(failing.load(0, 0, -1, false, 1_000)).isCompletedExceptionally();
            assertThat(run(other, 0, 0, 1_000, () -> {
            })).isEqualTo(1_000);
        }
    }
}
