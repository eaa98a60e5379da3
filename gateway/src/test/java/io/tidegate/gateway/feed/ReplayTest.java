package io.tidegate.gateway.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.DataProduct.BadRecord;
import io.tidegate.gateway.feed.Lost.Reason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Replays over a log made by hand; whoever reads it does so when the test says so. */
class ReplayTest {
    private static final int CASES = 300;

    /** Rows by slot and offset; what is not there is a hole. */
    private static final class Topic implements BlockSource {
        private final List<TreeMap<Long, List<Content>>> records = new ArrayList<>();
        private final long[] earliest;
        private final long[] end;
        private final Random random;
        private long cutAt = Long.MAX_VALUE;
        private int readings;
        private int failures;

        Topic(int partitions, Random random) {
            this.random = random;
            for (int slot = 0; slot < partitions; slot++) {
                records.add(new TreeMap<>());
            }
            earliest = new long[partitions];
            end = new long[partitions];
        }

        void append(int slot, int rows) {
            records.get(slot).put(end[slot],
                    List.copyOf(HandFeed.rows(slot, end[slot], rows)));
            end[slot]++;
        }

        void hole(int slot, long count) {
            end[slot] += count;
        }

        /** An unclean election withdraws what there is from here on; what follows is of a later leader. */
        void cut(int slot, long from) {
            records.get(slot).tailMap(from).clear();
            end[slot] = from;
            cutAt = from;
        }

        int epoch(long offset) {
            return (int) (offset / 50) + (offset < cutAt ? 0 : 1000);
        }

        void remove(int slot, long before) {
            earliest[slot] = Math.max(earliest[slot], before);
            records.get(slot).headMap(before).clear();
        }

        @Override
        public Piece read(int slot, long from, int epoch, long wanted, long goal, int blocks) {
            readings++;
            if (epoch >= 0 && cutAt == Long.MAX_VALUE) {
                var before = records.get(slot).lowerKey(from);
                assertThat(epoch).as("between those of its neighbours").isBetween(
                        before == null ? 0 : epoch(before), epoch(from));
            }
            assertThat(from).isLessThanOrEqualTo(wanted);
            assertThat(wanted).isLessThan(goal);
            if (failures > 0) {
                failures--;
                throw new KafkaUnavailable("not now");
            }
            if (wanted >= end[slot]) {
                throw new Replaced("the log ends at " + end[slot]);
            }
            if (wanted < earliest[slot]) {
                return new Piece.Gone(earliest[slot]);
            }
            var made = new ArrayList<Block>();
            long at = Math.max(from, earliest[slot]);
            while (at < end[slot] && (made.size() < blocks || at <= wanted)) {
                long to = Math.min(end[slot], at + 1 + random.nextInt(40));
                made.add(block(slot, at, to));
                at = to;
            }
            return new Piece.Read(made);
        }

        private Block block(int slot, long from, long to) {
            var entries = new ArrayList<Entry>();
            records.get(slot).subMap(from, to).forEach((offset, rows) -> {
                for (int i = 0; i < rows.size(); i++) {
                    entries.add(new Entry(Entry.REPLAYED, rows.get(i),
                            new long[]{offset + (i == rows.size() - 1 ? 1 : 0)},
                            new int[]{epoch(offset)}, 100, i == 0));
                }
            });
            return new Block(from, to, epoch(to), entries.toArray(Entry[]::new));
        }
    }

    /** Whose tasks wait until the test runs them. */
    private final Queue<Runnable> tasks = new ArrayDeque<>();

    private static HandFeed feed(int partitions) {
        return new HandFeed(TestProducts.counts("t", BadRecord.SKIP), partitions,
                new FeedBounds(16, 1 << 20, 0));
    }

    private Replay replay(HandFeed feed, History history, Topic topic, long[] start, long[] until) {
        return new Replay(feed.feed(), new Start(start, unknown(start.length), List.of()),
                tail(until),
                BlockShelf.shared(history, feed.feed().era(), topic, tasks::add));
    }

    private static int[] unknown(int partitions) {
        var epochs = new int[partitions];
        java.util.Arrays.fill(epochs, -1);
        return epochs;
    }

    private static Feed.Tail tail(long[] until) {
        return new Feed.Tail(0, until, java.util.Arrays.stream(until)
                .mapToInt(goal -> (int) ((goal - 1) / 50)).toArray());
    }

    private static final class Reader {
        private final Replay replay;
        private final List<Entry> got = new ArrayList<>();
        private Optional<Feed.Tail> caughtUp = Optional.empty();
        private String failure = "";

        Reader(Replay replay) {
            this.replay = replay;
        }

        boolean isDone() {
            return caughtUp.isPresent() || !failure.isEmpty();
        }

        void step() {
            switch (replay.next()) {
                case Replay.Next.Chunk(var entries) -> {
                    assertThat(entries).hasSizeBetween(1, Replay.CHUNK_ENTRIES);
                    got.addAll(entries);
                }
                case Replay.Next.Later(var stage) -> assertThat(stage).isNotNull();
                case Replay.Next.CaughtUp(var until) -> caughtUp = Optional.of(until);
                case Replay.Next.Failed(String reason) -> failure = reason;
            }
        }
    }

    private void run(List<Reader> readers, Random random) {
        for (int turns = 0; !readers.stream().allMatch(Reader::isDone); turns++) {
            assertThat(turns).as("turns until all are done").isLessThan(200_000);
            var reader = readers.get(random.nextInt(readers.size()));
            if (!reader.isDone()) {
                reader.step();
            }
            if (random.nextInt(3) == 0 && !tasks.isEmpty()) {
                tasks.remove().run();
            }
        }
        while (!tasks.isEmpty()) {
            tasks.remove().run();
        }
    }

    @Test
    void every_reader_gets_what_the_log_holds_between_its_offsets_and_its_goal() {
        for (long seed = 0; seed < CASES; seed++) {
            try {
                world(new Random(seed));
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    private void world(Random random) {
        int partitions = 1 + random.nextInt(4);
        var feed = feed(partitions);
        var topic = new Topic(partitions, random);
        for (int i = random.nextInt(2000); i > 0; i--) {
            int slot = random.nextInt(partitions);
            topic.append(slot, random.nextInt(4) == 0 ? random.nextInt(6) : 1);
            if (random.nextInt(20) == 0) {
                topic.hole(slot, random.nextInt(200));
            }
        }
        // Sometimes nothing stays, sometimes everything does.
        var history = new History(1L << (8 + random.nextInt(14)), 1);
        var readers = new ArrayList<Reader>();
        var starts = new ArrayList<long[]>();
        var goals = new ArrayList<long[]>();
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            var start = new long[partitions];
            var until = new long[partitions];
            for (int slot = 0; slot < partitions; slot++) {
                start[slot] = random.nextLong(topic.end[slot] + 1);
                until[slot] = random.nextLong(topic.end[slot] + 1);
            }
            starts.add(start);
            goals.add(until);
            readers.add(new Reader(replay(feed, history, topic, start, until)));
        }

        run(readers, random);

        for (int i = 0; i < readers.size(); i++) {
            assertThat(readers.get(i).failure).isEmpty();
            assertThat(readers.get(i).caughtUp.orElseThrow().next()).isEqualTo(goals.get(i));
            check(topic, starts.get(i), goals.get(i), readers.get(i).got);
        }
        assertThat(history.bytes()).isNotNegative();
        history.forget(feed.feed().era());
        assertThat(history.bytes()).isZero();
    }

    private static void check(Topic topic, long[] start, long[] until, List<Entry> got) {
        var next = start.clone();
        for (var entry : got) {
            int slot = entry.content().slot();
            var behind = entry.startBehind();
            for (int other = 0; other < next.length; other++) {
                if (other != slot) {
                    assertThat(behind.next()[other]).as("position of another partition")
                            .isGreaterThanOrEqualTo(next[other]);
                    assertThat(topic.records.get(other).subMap(next[other], behind.next()[other]))
                            .as("records passed over").allSatisfy(
                                    (offset, rows) -> assertThat(rows).isEmpty());
                    next[other] = behind.next()[other];
                }
            }
            assertThat(behind.epochs()[slot])
                    .isEqualTo((int) (entry.content().offset() / 50));
            next[slot] = behind.next()[slot];
        }
        for (int slot = 0; slot < next.length; slot++) {
            int at = slot;
            var expected = until[slot] <= start[slot]
                    ? List.of()
                    : topic.records.get(slot).subMap(start[slot], until[slot]).values().stream()
                            .flatMap(List::stream).toList();
            var contents = got.stream().map(Entry::content)
                    .filter(content -> content.slot() == at).toList();
            assertThat(contents).isEqualTo(expected);
            var entries = got.stream().filter(entry -> entry.content().slot() == at).toList();
            for (int i = 0; i < entries.size(); i++) {
                long offset = entries.get(i).content().offset();
                boolean isLast = i == entries.size() - 1
                        || entries.get(i + 1).content().offset() != offset;
                assertThat(entries.get(i).startBehind().next()[slot])
                        .isEqualTo(isLast ? offset + 1 : offset);
            }
        }
    }

    private static Topic topic(int partitions, int records) {
        var topic = new Topic(partitions, new Random(7));
        for (int slot = 0; slot < partitions; slot++) {
            for (int i = 0; i < records; i++) {
                topic.append(slot, 1);
            }
        }
        return topic;
    }

    private static List<Reader> readers(int count, java.util.function.IntFunction<Replay> replays) {
        var readers = new ArrayList<Reader>();
        for (int i = 0; i < count; i++) {
            readers.add(new Reader(replays.apply(i)));
        }
        return readers;
    }

    @Test
    void a_hundred_readers_who_are_close_read_no_more_than_one() {
        var topic = topic(1, 5000);
        var feed = feed(1);
        run(readers(1, i -> replay(feed, new History(1 << 20, 1), topic, new long[1],
                new long[]{5000})), new Random(1));
        int ofOne = topic.readings;
        topic.readings = 0;
        var history = new History(1 << 20, 1);

        run(readers(100, i -> replay(feed, history, topic, new long[]{i}, new long[]{5000})),
                new Random(1));

        assertThat(topic.readings).isLessThanOrEqualTo(ofOne * 3 / 2);
    }

    @Test
    void readers_of_one_partition_share_entries_and_of_several_what_they_hold() {
        for (int partitions : List.of(1, 2)) {
            var topic = topic(partitions, 300);
            var feed = feed(partitions);
            var history = new History(1 << 20, 1);
            var until = new long[]{300, 300};
            var readers = readers(2, i -> replay(feed, history, topic, new long[partitions],
                    java.util.Arrays.copyOf(until, partitions)));

            run(readers, new Random(3));

            var first = readers.get(0).got;
            var second = readers.get(1).got;
            assertThat(first).hasSize(300 * partitions);
            for (int i = 0; i < first.size(); i++) {
                assertThat(second.get(i).content()).isSameAs(first.get(i).content());
                assertThat(second.get(i).isShared()).isEqualTo(partitions == 1);
                if (partitions == 1) {
                    assertThat(second.get(i)).isSameAs(first.get(i));
                }
            }
        }
    }

    @Test
    void what_stays_is_bounded_and_reading_ahead_stops_where_there_is_no_room() {
        var topic = topic(1, 20_000);
        var feed = feed(1);
        var history = new History(6_000, 1);
        var readers = readers(20, i -> replay(feed, history, topic, new long[]{i * 1000L},
                new long[]{20_000}));

        for (int turn = 0; turn < 2000; turn++) {
            readers.get(turn % 20).step();
            while (!tasks.isEmpty()) {
                tasks.remove().run();
            }
            assertThat(history.bytes()).isLessThanOrEqualTo(6_000);
        }

        var chunks = readers.stream().mapToInt(reader -> reader.got.size()).sum();
        assertThat(chunks).as("all get on all the same").isGreaterThan(5000);
    }

    @Test
    void what_retention_removed_meanwhile_is_announced_exactly_and_what_is_kept_is_still_given() {
        var topic = topic(2, 200);
        var feed = feed(2);
        var reader = new Reader(replay(feed, new History(1 << 20, 1), topic, new long[]{10, 10},
                new long[]{200, 200}));
        var random = new Random(5);
        while (reader.got.isEmpty()) {
            reader.step();
            while (!tasks.isEmpty()) {
                tasks.remove().run();
            }
        }

        topic.remove(0, 150);
        topic.remove(1, 150);
        run(List.of(reader), random);

        for (int slot : List.of(0, 1)) {
            long next = 10;
            var lost = new ArrayList<Lost>();
            for (var entry : reader.got) {
                if (entry.content().slot() == slot) {
                    assertThat(entry.content().offset()).isEqualTo(next);
                    next++;
                    if (entry.content() instanceof Lost gap) {
                        lost.add(gap);
                        next = gap.offset() + gap.count();
                        assertThat(entry.startBehind().next()[slot]).isEqualTo(next);
                    }
                }
            }
            assertThat(next).isEqualTo(200);
            assertThat(lost).hasSizeLessThanOrEqualTo(1).allSatisfy(gap -> {
                assertThat(gap.reason()).isEqualTo(Reason.RETENTION);
                assertThat(gap.offset() + gap.count()).isEqualTo(150);
            });
        }
        assertThat(reader.got.stream().filter(e -> e.content() instanceof Lost)).isNotEmpty();
    }

    @Test
    void who_begins_where_retention_has_just_passed_misses_nothing_of_the_same_block() {
        var topic = topic(1, 100);
        topic.remove(0, 40);
        var feed = feed(1);
        var history = new History(1 << 20, 1);

        var readers = List.of(
                new Reader(replay(feed, history, topic, new long[]{40}, new long[]{100})),
                new Reader(replay(feed, history, topic, new long[]{39}, new long[]{100})));
        run(readers, new Random(2));

        assertThat(readers.get(0).got).hasSize(60)
                .noneMatch(entry -> entry.content() instanceof Lost);
        assertThat(readers.get(1).got.getFirst().content())
                .isEqualTo(new Lost(0, 39, 1, Reason.RETENTION, "no longer retained"));
        assertThat(readers.get(1).got).hasSize(61);
    }

    @Test
    void a_log_that_was_cut_is_not_read_beyond_its_end() {
        var topic = topic(1, 50);
        var reader = new Reader(replay(feed(1), new History(1 << 20, 1), topic, new long[]{45},
                new long[]{80}));

        run(List.of(reader), new Random(2));

        assertThat(reader.got).hasSize(5).allMatch(e -> e.content() instanceof Event);
        assertThat(reader.got.getLast().startBehind().next()).containsExactly(50);
        assertThat(reader.failure).isEqualTo("the log ends at 50");
    }

    @Test
    void what_was_written_after_a_cut_is_not_given_to_those_who_read_what_was_there_before() {
        for (long hole : List.of(0L, 80L)) {
            var topic = topic(1, 300);
            var feed = feed(1);
            var history = new History(1 << 20, 1);
            var before = readers(1, i -> replay(feed, history, topic, new long[1],
                    new long[]{100}));
            run(before, new Random(1));
            topic.cut(0, 130);
            topic.hole(0, hole);
            for (int i = 0; i < 400; i++) {
                topic.append(0, 1);
            }
            // It has seen what is withdrawn, or not.
            var readers = readers(20, i -> replay(feed, history, topic, new long[]{i * 15L},
                    new long[]{300}));

            run(readers, new Random(2));

            for (int i = 0; i < readers.size(); i++) {
                var reader = readers.get(i);
                long next = i * 15L;
                for (var entry : reader.got) {
                    assertThat(entry.content().offset()).isEqualTo(next++);
                    assertThat(entry.epochs()[0]).isLessThan(1000);
                }
                assertThat(next).as("all that is not withdrawn")
                        .isGreaterThanOrEqualTo(Math.max(130, i * 15L));
                assertThat(reader.failure).contains("cut before offset " + next);
            }
        }
    }

    @Test
    void a_failure_ends_the_replays_that_waited_for_it_and_no_other_after_them() {
        var topic = topic(1, 50);
        topic.failures = 1;
        var feed = feed(1);
        var history = new History(1 << 20, 1);
        var readers = readers(3, i -> replay(feed, history, topic, new long[1], new long[]{50}));
        readers.forEach(Reader::step);
        run(readers, new Random(2));

        assertThat(readers).allMatch(reader -> reader.failure.equals("not now"));
        var again = new Reader(replay(feed, history, topic, new long[1], new long[]{50}));
        run(List.of(again), new Random(2));

        assertThat(again.got).hasSize(50);
    }

    @Test
    void a_replay_that_nobody_can_read_for_fails() {
        var feed = feed(1);
        var reader = new Reader(new Replay(feed.feed(), new Start(new long[1], new int[1],
                List.of()), new Feed.Tail(0, new long[]{5}, new int[1]),
                BlockShelf.shared(new History(1 << 20, 1), feed.feed().era(), topic(1, 5), task -> {
                    throw new java.util.concurrent.RejectedExecutionException();
                })));

        run(List.of(reader), new Random(2));

        assertThat(reader.failure).contains("too many readers");
    }

    @Test
    void an_era_that_is_over_ends_the_replay_and_is_forgotten() {
        var topic = topic(1, 1000);
        var feed = feed(1);
        var history = new History(1 << 20, 1);
        var reader = new Reader(replay(feed, history, topic, new long[1], new long[]{1000}));
        for (int turn = 0; turn < 4; turn++) {
            reader.step();
            while (!tasks.isEmpty()) {
                tasks.remove().run();
            }
        }
        assertThat(history.bytes()).isPositive();

        feed.replace();
        run(List.of(reader), new Random(2));

        assertThat(reader.failure).isEqualTo("the topics have changed");
        assertThat(history.bytes()).isZero();
    }

    @Test
    void a_reader_that_is_alone_reads_each_offset_once() {
        for (int partitions : List.of(1, 3)) {
            var topic = topic(partitions, 1000);
            var read = new TreeMap<Integer, Long>();
            BlockSource source = (slot, from, epoch, wanted, goal, blocks) -> {
                assertThat(from).isEqualTo(wanted).isEqualTo(read.getOrDefault(slot, 0L));
                var piece = topic.read(slot, from, epoch, wanted, goal, blocks);
                read.put(slot, ((Piece.Read) piece).blocks().getLast().to());
                return piece;
            };
            var until = new long[partitions];
            java.util.Arrays.fill(until, 1000);
            var feed = feed(partitions).feed();
            var start = new Start(new long[partitions], new int[partitions], List.of());
            var reader = new Reader(new Replay(feed, start, tail(until),
                    new SharedReading().reader(feed.era(), source, start)));

            run(List.of(reader), new Random(2));

            assertThat(new HashSet<>(reader.got)).hasSize(1000 * partitions);
            assertThat(reader.got.stream().collect(Collectors.groupingBy(
                    entry -> entry.content().slot(), Collectors.counting())))
                    .isEqualTo(java.util.stream.IntStream.range(0, partitions).boxed()
                            .collect(Collectors.toMap(slot -> slot, slot -> 1000L)));
            assertThat(Map.copyOf(read)).hasSize(partitions);
        }
    }
}
