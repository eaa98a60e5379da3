package io.tidegate.gateway.subscription;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.feed.Content;
import io.tidegate.gateway.feed.Entry;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.HandFeed;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Start;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random writers, evictions, replays, pauses and returns against the promise: everything once and in order, or announced, or,
 * for who conflates, counted and newer of its key.
 */
class SubscriptionSimulationTest {
    private static final int CASES = 1000;

    @ParameterizedTest
    @EnumSource(OnSlow.class)
    void delivers_or_announces_everything_once_and_in_order(OnSlow onSlow) {
        for (long seed = 0; seed < CASES; seed++) {
            try {
                new World(new Random(seed), Tempo.of(onSlow), false).run();
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed + ", onSlow " + onSlow, e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(OnSlow.class)
    void misses_no_row_of_records_with_several_and_repeats_only_one_record(OnSlow onSlow) {
        for (long seed = 0; seed < CASES; seed++) {
            try {
                new World(new Random(seed), Tempo.of(onSlow), true).run();
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed + ", onSlow " + onSlow, e);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(OnSlow.class)
    void conflates_to_the_newest_of_each_key_and_counts_the_others(OnSlow onSlow) {
        var tempo = new Tempo(Optional.of(Duration.ofMillis(500)), onSlow);
        for (long seed = 0; seed < CASES; seed++) {
            try {
                new World(new Random(seed), tempo, seed % 4 == 3).run();
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed + ", " + tempo, e);
            }
        }
    }

    @Test
    void a_slow_reader_gets_every_event_until_it_is_far_behind() {
        var log = new HandFeed(1, new FeedBounds(64, 1 << 20, 0));
        var reader = new Subscription(new Start(new long[]{0}, new int[1], List.of()),
                Tempo.of(OnSlow.CONFLATE), new Held(event -> true, lost -> false, 8), 16);
        assertThat(reader.next(log(log.feed()), false)).isInstanceOf(Step.Idle.class);
        for (long offset = 0; offset < 15; offset++) {
            log.append(HandFeed.event(0, offset), 1, 1);
        }
        log.publish();
        assertThat(reader.next(log(log.feed()), false)).isEqualTo(new Step.DeliverShared(0));

        log.append(HandFeed.event(0, 15), 1, 1);
        log.publish();

        assertThat(reader.next(log(log.feed()), false)).isEqualTo(new Step.ConflateShared(0));
        reader.delivered(14, new Start(new long[]{14}, new int[1], List.of()));
        assertThat(reader.next(log(log.feed()), false)).as("not near the end yet")
                .isEqualTo(new Step.ConflateShared(14));
        reader.delivered(15, new Start(new long[]{15}, new int[1], List.of()));
        assertThat(reader.next(log(log.feed()), false)).isEqualTo(new Step.DeliverShared(15));
    }

    @Test
    void nothing_goes_before_it_is_due() {
        var log = new HandFeed(1, new FeedBounds(64, 1 << 20, 0));
        var reader = new Subscription(new Start(new long[]{0}, new int[1], List.of()),
                new Tempo(Optional.of(Duration.ofSeconds(1)), OnSlow.WAIT), event -> true,
                lost -> false);
        assertThat(reader.next(log(log.feed()), true)).isInstanceOf(Step.Idle.class);
        assertThat(reader.isWaiting(log(log.feed()))).isFalse();
        log.append(HandFeed.event(0, 0), 1, 1);
        log.publish();

        assertThat(reader.next(log(log.feed()), false)).isInstanceOf(Step.Idle.class);
        assertThat(reader.isWaiting(log(log.feed()))).isTrue();
        assertThat(reader.next(log(log.feed()), true)).isEqualTo(new Step.ConflateShared(0));
    }

    @Test
    void a_jump_tells_which_offsets_of_which_partition_are_missing() {
        var log = new HandFeed(2, new FeedBounds(4, 1 << 20, 0));
        var reader = new Subscription(new Start(new long[]{0, 0}, new int[2], List.of()),
                OnSlow.DROP);
        assertThat(reader.next(log(log.feed()))).isInstanceOf(Step.Idle.class);
        for (long offset = 0; offset < 5; offset++) {
            log.append(HandFeed.event(0, offset), 1, 1);
            log.append(HandFeed.event(1, offset), 1, 1);
        }
        log.publish();

        var first = reader.next(log(log.feed()));
        var between = reader.position().next();
        var second = reader.next(log(log.feed()));

        assertThat(first).isEqualTo(new Step.Announce(
                new Lost(0, 0, 5, Lost.Reason.SLOW_READER, "the reader was too slow")));
        assertThat(between).as("what is not told yet is not behind the cursor")
                .containsExactly(5, 0);
        assertThat(second).isEqualTo(new Step.Announce(
                new Lost(1, 0, 5, Lost.Reason.SLOW_READER, "the reader was too slow")));
        assertThat(reader.position().next()).containsExactly(5, 5);
        assertThat(reader.next(log(log.feed()))).isInstanceOf(Step.Idle.class);
    }

    @Test
    void a_paused_reader_gets_nothing_and_goes_on_where_it_was() {
        var log = new HandFeed(1, new FeedBounds(4, 1 << 20, 0));
        var reader = new Subscription(new Start(new long[]{0}, new int[1], List.of()), OnSlow.WAIT);
        assertThat(reader.next(log(log.feed()))).isInstanceOf(Step.Idle.class);
        log.append(HandFeed.event(0, 0), 1, 1);
        log.publish();

        reader.pause(true);

        assertThat(reader.next(log(log.feed()))).isInstanceOf(Step.Idle.class);
        reader.pause(false);
        assertThat(reader.next(log(log.feed()))).isEqualTo(new Step.DeliverShared(0));
    }

    private static Log log(Feed feed) {
        return new Log() {
            @Override
            public long head() {
                return feed.head();
            }

            @Override
            public Feed.Tail tail() {
                return feed.tail();
            }

            @Override
            public Entry at(long sequence) {
                return feed.at(sequence);
            }

            @Override
            public OptionalLong joinable(long[] next) {
                return feed.joinable(next);
            }
        };
    }

    /** A topic, a node that reads it into a small memory, and one reader. */
    private static final class World {
        private final Random random;
        private final Tempo tempo;
        /** Whether records hold none to three rows, not one. */
        private final boolean isSeveral;
        private final int partitions;
        private final int keys;
        /** Offsets with a record, by partition; the rest are holes. */
        private final List<List<Long>> topic = new ArrayList<>();
        private final long[] written;
        private final long[] read;
        private final HandFeed node;
        private final Log log;
        private final long[] begin;
        /** By partition, each as {@link #place}. */
        private final Map<Integer, List<Long>> delivered = new HashMap<>();
        private final List<Lost> announced = new ArrayList<>();
        private long passedOver;
        private Conflation conflation;
        private Subscription reader;
        private Rerun replay;

        World(Random random, Tempo tempo, boolean isSeveral) {
            this.random = random;
            this.tempo = tempo;
            this.isSeveral = isSeveral;
            this.partitions = 1 + random.nextInt(4);
            this.keys = 1 + random.nextInt(4);
            this.written = new long[partitions];
            this.read = new long[partitions];
            this.node = new HandFeed(partitions,
                    new FeedBounds(2 << random.nextInt(4), 64 * 1024, 0));
            this.log = log(node.feed());
            for (int i = 0; i < partitions; i++) {
                topic.add(new ArrayList<>());
                delivered.put(i, new ArrayList<>());
            }
            produce(random.nextInt(40));
            follow(random.nextInt(60));
            this.begin = start();
            this.reader = reader(new Start(begin.clone(), new int[partitions], List.of()));
        }

        private Subscription reader(Start from) {
            return new Subscription(from, tempo,
                    new Held(this::passes, lost -> false, 1 + random.nextInt(6)),
                    2 + random.nextInt(8));
        }

        /** A reader that conflates has a filter here, since what it must not see must not stand for what it may. */
        private boolean passes(Event event) {
            return !tempo.mayConflate() || (event.offset() * 31 + row(event)) % 5 != 0;
        }

        /** The oldest, this node's own end, or what another node, which merges differently, has reached. */
        private long[] start() {
            var at = new long[partitions];
            switch (random.nextInt(3)) {
                case 0 -> {
                }
                case 1 -> System.arraycopy(read, 0, at, 0, partitions);
                default -> {
                    for (int i = 0; i < partitions; i++) {
                        at[i] = written[i] == 0 ? 0 : random.nextLong(written[i] + 1);
                    }
                }
            }
            return at;
        }

        private void produce(int records) {
            for (int i = 0; i < records; i++) {
                int slot = random.nextInt(partitions);
                written[slot] += random.nextInt(5) == 0 ? random.nextInt(3) : 0;
                topic.get(slot).add(written[slot]++);
                written[slot] += random.nextInt(9) == 0 ? 1 : 0;
            }
        }

        /** The node reads on, partitions in any order. */
        private void follow(int records) {
            for (int i = 0; i < records; i++) {
                int slot = random.nextInt(partitions);
                long from = read[slot];
                var next = topic.get(slot).stream().filter(o -> o >= from).findFirst();
                if (next.isPresent()) {
                    node.appendRecord(slot, next.get(), record(slot, next.get()),
                            1 + random.nextInt(2) * random.nextInt(40_000));
                    read[slot] = next.get() + 1;
                } else {
                    read[slot] = written[slot];
                    node.passed(slot, written[slot]);
                }
            }
            node.publish();
        }

        void run() {
            for (int round = 0; round < 120; round++) {
                switch (random.nextInt(9)) {
                    case 0, 1 -> {
                        produce(random.nextInt(6));
                        follow(random.nextInt(9));
                    }
                    case 2 -> {
                        if (random.nextInt(4) == 0) {
                            produce(20);
                            follow(40);
                        }
                    }
                    case 3, 4 -> replayChunk();
                    case 5 -> {
                        if (random.nextInt(6) == 0) {
                            reader.pause(random.nextBoolean());
                        }
                    }
                    case 6 -> {
                        if (random.nextInt(8) == 0) {
                            comeBack();
                        }
                    }
                    default -> step(random.nextBoolean());
                }
            }
            reader.pause(false);
            settle();
            check();
        }

        private void settle() {
            for (int idle = 0, turns = 0; idle < 3; turns++) {
                assertThat(turns).as("turns until everything is told").isLessThan(20_000);
                if (reader.isEnded()) {
                    comeBack();
                }
                follow(3 * partitions);
                replayChunk();
                boolean isRead = java.util.Arrays.equals(read, written);
                idle = step(true) && isRead && replay == null ? idle + 1 : 0;
            }
        }

        /** The client reconnects with its cursor. */
        private void comeBack() {
            reader = reader(reader.position());
            conflation = null;
            replay = null;
        }

        private boolean step(boolean isDue) {
            var next = reader.next(log, isDue);
            switch (next) {
                case Step.DeliverShared(long from) -> shared(from);
                case Step.ConflateShared(long from) -> conflated(from);
                case Step.DeliverOwn(var entries) -> entries.forEach(this::deliver);
                case Step.DeliverConflated(var entries, long count) -> {
                    passedOver += count;
                    entries.forEach(this::deliver);
                }
                case Step.Hold() -> assertThat(tempo.mayConflate()).isTrue();
                case Step.Announce(var lost) -> announced.add(lost);
                case Step.Replay(var from) -> replay = new Rerun(from.next().clone(),
                        log.tail());
                case Step.Idle() -> {
                }
                case Step.End(var reason) -> {
                    assertThat(reason).isEqualTo(EndReason.SLOW);
                    assertThat(tempo.onSlow()).isEqualTo(OnSlow.DISCONNECT);
                }
            }
            return next instanceof Step.Idle;
        }

        private void shared(long from) {
            long to = from;
            long max = from + 1 + random.nextInt(5);
            Entry last = null;
            while (to < log.tail().sequence() && to < max && log.at(to) != null) {
                last = log.at(to++);
                deliver(last);
            }
            if (last != null) {
                reader.delivered(to, last.startBehind());
            }
        }

        /** Goes on with the piece that was made, or makes another; delivers some of it, if it is made and there still. */
        private void conflated(long from) {
            var piece = conflation;
            if (piece == null || !piece.serves(from) || random.nextInt(5) == 0) {
                piece = new Conflation(from, log.tail().sequence(), this::passes, lost -> false,
                        1 + random.nextInt(9));
                conflation = piece;
            }
            piece.look(log, random.nextInt(6));
            if (piece.isBroken()) {
                conflation = null;
            }
            if (!piece.isComplete()) {
                return;
            }
            int first = piece.indexFrom(from);
            int last = Math.min(piece.size(), first + random.nextInt(4));
            for (int i = first; i < last; i++) {
                if (log.at(piece.at(i)) == null) {
                    last = i;
                    conflation = null;
                }
            }
            if (last == piece.size()) {
                passedOver += piece.passedOver(first, last);
                for (int i = first; i < last; i++) {
                    deliver(log.at(piece.at(i)));
                }
                reader.delivered(piece.to(), piece.end());
            } else if (last > first) {
                passedOver += piece.passedOver(first, last);
                for (int i = first; i < last; i++) {
                    deliver(log.at(piece.at(i)));
                }
                reader.delivered(piece.at(last - 1) + 1, log.at(piece.at(last - 1)).startBehind());
            }
        }

        private void deliver(Entry entry) {
            Content content = entry.content();
            assertThat(content).isInstanceOf(Event.class);
            var event = (Event) content;
            if (passes(event)) {
                delivered.get(content.slot()).add(place(content.offset(), row(event)));
            }
        }

        /** Rows are told apart by their time; a record may say several things of one key. */
        private List<Event> record(int slot, long offset) {
            int rows = isSeveral ? (int) (offset * 7 + slot) % 4 : 1;
            return IntStream.range(0, rows).mapToObj(row -> new Event(slot, offset, 0,
                    offset % 3 == 0 ? Op.DELETE : Op.UPSERT, List.of(key(offset, row), slot),
                    Instant.ofEpochSecond(row), null, null)).toList();
        }

        private long key(long offset, int row) {
            return (offset * 13 / 4 + row) % keys;
        }

        private static int row(Event event) {
            return (int) event.time().getEpochSecond();
        }

        private static long place(long offset, int row) {
            return offset * 4 + row;
        }

        private void replayChunk() {
            if (replay == null || reader.chunksWaiting() >= 2) {
                return;
            }
            switch (random.nextInt(12)) {
                case 0 -> {
                    reader.replayStopped();
                    replay = null;
                }
                default -> {
                    var chunk = replay.chunk();
                    if (chunk.isEmpty() && !replay.isAtEnd()) {
                        // Records without a row.
                        return;
                    }
                    if (chunk.isEmpty()) {
                        reader.caughtUp(replay.until);
                        replay = null;
                    } else {
                        reader.replayed(chunk);
                    }
                }
            }
        }

        private void check() {
            long count = 0;
            for (int slot = 0; slot < partitions; slot++) {
                int at = slot;
                var got = isSeveral
                        ? withoutRepeats(slot, delivered.get(slot))
                        : delivered.get(slot);
                var expected = topic.get(slot).stream().filter(o -> o >= begin[at])
                        .filter(o -> !isAnnounced(at, o))
                        .flatMap(o -> record(at, o).stream())
                        .filter(this::passes)
                        .map(event -> place(event.offset(), row(event)))
                        .toList();
                var what = "partition %s from %s, announced %s".formatted(slot, begin[slot],
                        announced);
                if (!tempo.mayConflate()) {
                    assertThat(got).as(what).isEqualTo(expected);
                    continue;
                }
                assertThat(got).as(what).isSorted().doesNotHaveDuplicates();
                assertThat(expected).as(what).containsAll(got);
                assertThat(newest(got)).as(what)
                        .containsAllEntriesOf(newest(expected, slot));
                count += expected.size() - got.size();
            }
            if (tempo.mayConflate() && !isSeveral) {
                assertThat(passedOver).as("passed over").isEqualTo(count);
            } else if (tempo.mayConflate()) {
                assertThat(passedOver).as("passed over").isGreaterThanOrEqualTo(count);
            } else {
                assertThat(passedOver).isZero();
            }
            if (tempo.onSlow() == OnSlow.WAIT) {
                assertThat(announced).isEmpty();
            }
        }

        /** Likewise, but for keys whose newest event stood for others and was dropped itself. */
        private Map<Long, Long> newest(List<Long> places, int slot) {
            var newest = newest(places);
            topic.get(slot).stream().filter(o -> o >= begin[slot] && isAnnounced(slot, o))
                    .flatMap(o -> record(slot, o).stream()).forEach(event -> newest
                            .computeIfPresent(key(event.offset(), row(event)),
                                    (key, place) -> place < place(event.offset(), row(event))
                                            ? null
                                            : place));
            return newest;
        }

        /** The last place of each key. */
        private Map<Long, Long> newest(List<Long> places) {
            var newest = new HashMap<Long, Long>();
            places.forEach(place -> newest.put(key(place / 4, (int) (place % 4)), place));
            return newest;
        }

        private boolean isAnnounced(int slot, long offset) {
            return announced.stream().anyMatch(lost -> lost.slot() == slot
                    && offset >= lost.offset() && offset < lost.offset() + lost.count());
        }

        /** A reader that came back in the middle of a record sees that record again from its first row on, no more. */
        private List<Long> withoutRepeats(int slot, List<Long> got) {
            var kept = new ArrayList<Long>();
            for (long place : got) {
                if (isAnnounced(slot, place / 4)) {
                    // Some rows of a record were told before the rest of it was dropped.
                    continue;
                }
                if (!kept.isEmpty() && place <= kept.getLast()
                        && place / 4 == kept.getLast() / 4) {
                    kept.removeIf(earlier -> earlier / 4 == place / 4);
                }
                kept.add(place);
            }
            return kept;
        }

        /** What Kafka gives from a place to the end that the node had. */
        private final class Rerun {
            private final long[] next;
            private final Feed.Tail until;

            Rerun(long[] next, Feed.Tail until) {
                this.next = next;
                this.until = until;
            }

            boolean isAtEnd() {
                return IntStream.range(0, partitions).noneMatch(slot -> topic.get(slot).stream()
                        .anyMatch(o -> o >= next[slot] && o < until.next()[slot]));
            }

            List<Entry> chunk() {
                var chunk = new ArrayList<Entry>();
                for (int i = random.nextInt(4) + 1; i > 0; i--) {
                    int first = random.nextInt(partitions);
                    for (int k = 0; k < partitions; k++) {
                        int slot = (first + k) % partitions;
                        var offset = topic.get(slot).stream()
                                .filter(o -> o >= next[slot] && o < until.next()[slot])
                                .findFirst();
                        if (offset.isPresent()) {
                            next[slot] = offset.get() + 1;
                            chunk.addAll(HandFeed.unsharedRecord(record(slot, offset.get()),
                                    next));
                            break;
                        }
                    }
                }
                return chunk;
            }
        }
    }
}
