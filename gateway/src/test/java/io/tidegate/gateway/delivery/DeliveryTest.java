package io.tidegate.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.DataProduct.BadRecord;
import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.From;
import io.tidegate.gateway.feed.HandFeed;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Start;
import io.tidegate.gateway.feed.TestProducts;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.shape.Shape;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.gateway.subscription.OnSlow;
import io.tidegate.gateway.subscription.Tempo;
import io.tidegate.schema.Row;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One reader on an event loop of its own; what is asked of it runs there, as in the gateway. */
class DeliveryTest {
    private static final FeedBounds BOUNDS = new FeedBounds(1024, 1 << 24, 0);

    private final Vertx vertx = Vertx.vertx();
    private final io.vertx.core.Context context = vertx.getOrCreateContext();
    private final Replays replays = new Replays(1);
    private final Hub hub = new Hub(vertx, context, replays);
    private final HandFeed hand = new HandFeed(1, BOUNDS);
    private final Client client = new Client();
    private final HandPace pace = new HandPace();

    /** Lets through what the test allows. Used on the event loop alone. */
    private static final class HandPace implements Pace {
        private int allowed = Integer.MAX_VALUE;
        private int events;
        private int bytes;

        @Override
        public int permits(long nowNanos) {
            return allowed;
        }

        @Override
        public void took(int more, int length, long nowNanos) {
            allowed -= more;
            events += more;
            bytes += length;
        }

        @Override
        public long nanosUntilPermit(long nowNanos) {
            return TimeUnit.MILLISECONDS.toNanos(1);
        }
    }

    /** Writes down what it gets. */
    private static final class Client implements Outlet, DeliveryListener {
        private final List<String> lines = new ArrayList<>();
        private final List<Integer> batches = new ArrayList<>();
        private final List<Frames> frames = new ArrayList<>();
        private int bytes;
        private EndReason end;
        private String cursorAtEnd;

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void write(Frames batch) {
            frames.add(batch);
            batches.add(batch.events());
            bytes += batch.bytes().length;
            lines.addAll(List.of(new String(batch.bytes(), StandardCharsets.UTF_8).split("\n")));
        }

        @Override
        public void end(EndReason reason, String cursor) {
            cursorAtEnd = cursor;
        }

        @Override
        public void delivered(int events, int length) {
        }

        @Override
        public void ended(EndReason reason) {
            end = reason;
        }
    }

    /** {@code op key previous {what is attached}} in a line. */
    private record Lines(boolean attaches) implements Framing {
        @Override
        public void event(FrameBuffer out, Event event, Op op, String cursor, byte[] body,
                String attached) {
            out.bytes(body).ascii(attached.isEmpty() ? "" : " {" + attached + "}").octet('\n');
        }

        @Override
        public void gap(FrameBuffer out, String json, String cursor) {
            out.ascii("gap " + json + "\n");
        }

        @Override
        public void notice(FrameBuffer out, String json, String cursor) {
            out.ascii("notice " + json + "\n");
        }
    }

    private static byte[] body(Event event, Op op, String cursor) {
        var previous = event.previous() == null ? "" : " was " + event.previous().get(1);
        return (op + " " + event.offset() + previous).getBytes(StandardCharsets.UTF_8);
    }

    @AfterEach
    void close() throws Exception {
        replays.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private <T> T onLoop(Callable<T> task) throws Exception {
        var done = new java.util.concurrent.CompletableFuture<T>();
        context.runOnContext(ignored -> {
            try {
                done.complete(task.call());
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        return done.get(10, TimeUnit.SECONDS);
    }

    /** Runs until the client has so many lines; the event loop goes on in between. */
    private List<String> lines(int count) throws Exception {
        long began = System.nanoTime();
        while (true) {
            var lines = onLoop(() -> List.copyOf(client.lines));
            if (lines.size() >= count) {
                return lines;
            }
            assertThat(System.nanoTime() - began).as("%s of %d", lines, count)
                    .isLessThan(TimeUnit.SECONDS.toNanos(10));
        }
    }

    private Delivery open(Predicate permitted, boolean attaches) throws Exception {
        return onLoop(() -> hub.open(
                new Hub.Request(hand.feed(), DeliveryTest::body, permitted, permitted,
                        new Lines(attaches), Tempo.EVERY_EVENT, pace),
                new Start(new long[1], new int[1], List.of()), null, client, client));
    }

    private Delivery open() throws Exception {
        return open(Predicate.ALL, false);
    }

    private void write(long from, long to) {
        for (long offset = from; offset < to; offset++) {
            hand.append(HandFeed.event(0, offset), 1, 1);
        }
        hand.publish();
    }

    private static String[] upserts(long from, long to) {
        return LongStream.range(from, to).mapToObj(n -> "UPSERT " + n).toArray(String[]::new);
    }

    @Test
    void a_pace_holds_the_cursor_and_drops_nothing() throws Exception {
        pace.allowed = 3;
        var delivery = open();
        write(0, 10);
        assertThat(lines(3)).containsExactly(upserts(0, 3));
        var held = onLoop(delivery::cursor);

        onLoop(() -> pace.allowed = 4);
        assertThat(lines(7)).containsExactly(upserts(0, 7));
        onLoop(() -> pace.allowed = 100);

        assertThat(lines(10)).containsExactly(upserts(0, 10));
        assertThat(onLoop(delivery::cursor)).isNotEqualTo(held);
        assertThat(client.batches).containsExactly(3, 4, 3);
    }

    @Test
    void a_pace_is_told_every_event_and_byte_that_went() throws Exception {
        open();
        write(0, 300);

        lines(300);

        assertThat(onLoop(() -> pace.events)).isEqualTo(300);
        assertThat(onLoop(() -> pace.bytes)).isEqualTo(onLoop(() -> client.bytes));
    }

    @Test
    void a_paused_reader_is_written_nothing_and_goes_on_where_it_was() throws Exception {
        var delivery = open();
        write(0, 2);
        lines(2);

        onLoop(() -> {
            delivery.pause(true);
            return true;
        });
        write(2, 5);
        for (int turn = 0; turn < 20; turn++) {
            assertThat(onLoop(() -> client.lines.size())).isEqualTo(2);
        }
        onLoop(() -> {
            delivery.pause(false);
            return true;
        });

        assertThat(lines(5)).containsExactly(upserts(0, 5));
        assertThat(client.end).isNull();
    }

    @Test
    void a_pause_outlasts_a_pace_that_lets_through_again() throws Exception {
        pace.allowed = 0;
        var delivery = open();
        write(0, 2);
        onLoop(() -> {
            delivery.pause(true);
            pace.allowed = 10;
            return true;
        });
        for (int turn = 0; turn < 20; turn++) {
            assertThat(onLoop(() -> client.lines.size())).isZero();
        }

        onLoop(() -> {
            delivery.pause(false);
            return true;
        });

        assertThat(lines(2)).containsExactly(upserts(0, 2));
    }

    @Test
    void whoever_leaves_is_written_nothing_more() throws Exception {
        var delivery = open();
        write(0, 1);
        lines(1);

        onLoop(() -> {
            delivery.close();
            return true;
        });
        write(1, 5);

        for (int turn = 0; turn < 20; turn++) {
            assertThat(onLoop(() -> client.lines.size())).isEqualTo(1);
        }
        assertThat(onLoop(() -> client.end)).isEqualTo(EndReason.CLIENT_CLOSED);
        assertThat(onLoop(() -> hub.deliveries())).isEmpty();
    }

    @Test
    void gaps_wait_for_the_next_event_and_the_cursor_waits_with_them() throws Exception {
        var delivery = open(Predicate.ALL, true);
        write(0, 1);
        lines(1);
        var told = onLoop(delivery::cursor);
        for (long offset = 1; offset < 4; offset++) {
            hand.append(new Lost(0, offset, 1, Lost.Reason.BAD_RECORD, "no"), 1, 1);
        }
        hand.publish();
        for (int turn = 0; turn < 20; turn++) {
            assertThat(onLoop(() -> client.lines.size())).isEqualTo(1);
        }
        assertThat(onLoop(delivery::cursor)).isEqualTo(told);

        write(4, 6);

        var lines = lines(3);
        assertThat(lines.get(1)).startsWith("UPSERT 4 {\"gaps\":[{\"reason\":\"bad-record\"")
                .contains("\"events\":\"3\"", "\"from\":\"1\",\"to\":\"3\"");
        assertThat(lines.get(2)).isEqualTo("UPSERT 5");
        assertThat(onLoop(delivery::cursor)).isNotEqualTo(told);
    }

    @Test
    void the_row_before_a_change_is_shown_only_if_the_permit_opens_it() throws Exception {
        var n = FieldPath.resolve(TestProducts.COUNT, "n").orElseThrow();
        open(new Predicate.Compare(n, Predicate.Comparison.LT, 10L), false);
        hand.append(change(0, 1L, 5L), 1, 1);
        hand.append(change(1, 2L, 50L), 1, 1);
        hand.append(change(2, 60L, 3L), 1, 1);
        hand.append(change(3, null, 4L), 1, 1);
        hand.append(change(4, null, 70L), 1, 1);
        hand.append(change(5, 6L, null), 1, 1);
        hand.publish();

        assertThat(lines(4)).containsExactly("UPSERT 0 was 5", "UPSERT 1", "DELETE 3 was 4",
                "UPSERT 5");
    }

    private static Event change(long offset, Long now, Long before) {
        return new Event(0, offset, 0, now == null ? Op.DELETE : Op.UPSERT, List.of("k"),
                Instant.EPOCH, now == null ? null : count(now),
                before == null ? null : count(before));
    }

    private static Row count(long n) {
        return new Row(TestProducts.COUNT, new Object[]{"k", n});
    }

    @Test
    void a_stream_of_a_product_that_stops_at_bad_records_ends_before_them() throws Exception {
        var stopping = new HandFeed(TestProducts.counts("t", BadRecord.STOP), 1, BOUNDS);
        onLoop(() -> hub.open(
                new Hub.Request(stopping.feed(), DeliveryTest::body, Predicate.ALL, Predicate.ALL,
                        new Lines(false), Tempo.EVERY_EVENT, pace),
                new Start(new long[1], new int[1], List.of()), null, client, client));
        stopping.append(HandFeed.event(0, 0), 1, 1);
        stopping.append(new Lost(0, 1, 1, Lost.Reason.BAD_RECORD, "no"), 1, 1);
        stopping.append(HandFeed.event(0, 2), 1, 1);
        stopping.publish();

        lines(1);

        assertThat(onLoop(() -> client.end)).isEqualTo(EndReason.UNREADABLE);
        assertThat(onLoop(() -> List.copyOf(client.lines))).containsExactly("UPSERT 0");
    }

    // ---- what could not be written ----

    private static Start at(long... next) {
        return new Start(next, new int[next.length], List.of());
    }

    private void open(HandFeed log, Shape shape, Start start) throws Exception {
        onLoop(() -> hub.open(new Hub.Request(log.feed(), shape, Predicate.ALL, Predicate.ALL,
                new Lines(false), Tempo.EVERY_EVENT, pace), start, null, client, client));
    }

    @Test
    void what_was_made_before_a_mistake_is_not_taken_for_written() throws Exception {
        var log = new HandFeed(2, BOUNDS);
        for (long offset = 0; offset < 3; offset++) {
            log.append(HandFeed.event(0, offset), 1, 1);
        }
        log.append(HandFeed.event(1, 0), 1, 1);
        log.publish();
        // Further in one partition than the shared log when it begins, so that it gets entries of its own.
        open(log, (event, op, cursor) -> {
            if (event.offset() == 2) {
                throw new IllegalStateException("two cannot be written");
            }
            return body(event, op, cursor);
        }, at(0, 1));

        assertThat(onLoop(() -> client.end)).isEqualTo(EndReason.INTERNAL);
        assertThat(client.lines).isEmpty();
        assertThat(log.feed().resolve(new From.After(client.cursorAtEnd)).next())
                .containsExactly(0, 1);
    }

    @Test
    void what_was_made_while_the_log_began_anew_is_not_taken_for_written() throws Exception {
        write(0, 3);
        var start = onLoop(() -> hand.feed().era().cursor(new long[1], new int[1]));
        open(hand, (event, op, cursor) -> {
            hand.replace();
            return body(event, op, cursor);
        }, at(0));

        assertThat(onLoop(() -> client.end)).isEqualTo(EndReason.UPSTREAM);
        assertThat(client.lines).isEmpty();
        assertThat(client.cursorAtEnd).isEqualTo(start);
    }

    @Test
    void a_client_comes_back_to_its_own_cursor_until_it_has_been_told_what_is_missing_behind_it()
            throws Exception {
        for (boolean attaches : new boolean[]{false, true}) {
            var replaced = new Start(new long[1], new int[1], List.of(
                    new Lost(0, 0, 0, Lost.Reason.EPOCH, "replaced"),
                    new Lost(0, 0, 0, Lost.Reason.PARTITIONS_CHANGED, "more")));
            var log = new HandFeed(1, BOUNDS);
            var reader = new Client();
            onLoop(() -> pace.allowed = 0);
            var delivery = onLoop(() -> hub.open(
                    new Hub.Request(log.feed(), DeliveryTest::body, Predicate.ALL, Predicate.ALL,
                            new Lines(attaches), Tempo.EVERY_EVENT, pace),
                    new Hub.Beginning(log.feed().era(), replaced, "its own"), null, reader,
                    reader));
            assertThat(onLoop(delivery::cursor)).isEqualTo("its own");

            onLoop(() -> pace.allowed = 100);
            if (attaches) {
                // They are told with the next event, however long that takes.
                for (int turn = 0; turn < 20; turn++) {
                    assertThat(onLoop(delivery::cursor)).isEqualTo("its own");
                }
                log.append(HandFeed.event(0, 0), 1, 1);
                log.publish();
            }
            long began = System.nanoTime();
            while (onLoop(delivery::cursor).equals("its own")) {
                assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(10));
            }
            assertThat(onLoop(() -> String.join("\n", reader.lines))).contains("epoch",
                    "partitions-changed");
            if (!attaches) {
                assertThat(reader.lines.getFirst()).as("not all is told yet")
                        .contains("its own");
            }
        }
    }

    // ---- the newest event of each key ----

    private static final String NEWER = "notice {\"code\":\"conflated\",\"message\":"
            + "\"Newer events of their keys stand for these.\",\"events\":\"%d\"}";

    private Delivery openConflated(HandFeed log, long millis, OnSlow onSlow, boolean attaches,
            Client to) throws Exception {
        var conflate = millis == 0
                ? Optional.<Duration>empty()
                : Optional.of(Duration.ofMillis(millis));
        return onLoop(() -> hub.open(
                new Hub.Request(log.feed(), DeliveryTest::body, Predicate.ALL, Predicate.ALL,
                        new Lines(attaches), new Tempo(conflate, onSlow), pace),
                new Start(new long[log.feed().tail().next().length],
                        new int[log.feed().tail().next().length], List.of()),
                null, to, to));
    }

    @Test
    void the_first_event_after_a_quiet_time_goes_at_once_and_the_next_when_they_are_due()
            throws Exception {
        openConflated(hand, 300, OnSlow.WAIT, false, client);
        long began = System.nanoTime();
        write(0, 10);
        assertThat(lines(2)).containsExactly(NEWER.formatted(9), "UPSERT 9");

        write(10, 13);
        write(13, 14);

        assertThat(lines(4).subList(2, 4)).containsExactly(NEWER.formatted(3), "UPSERT 13");
        assertThat(System.nanoTime() - began).as("not before the interval is over")
                .isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(300));
        assertThat(client.batches).as("a batch is one write").containsExactly(1, 1);
    }

    @Test
    void keys_come_in_the_order_of_their_newest_events_and_gaps_keep_their_place()
            throws Exception {
        var log = new HandFeed(2, BOUNDS);
        openConflated(log, 50, OnSlow.WAIT, false, client);
        log.append(HandFeed.event(1, 0), 1, 1);
        log.append(HandFeed.event(0, 0), 1, 1);
        log.append(HandFeed.event(0, 1), 1, 1);
        log.append(new Lost(0, 2, 1, Lost.Reason.BAD_RECORD, "no"), 1, 1);
        log.append(HandFeed.event(1, 1), 1, 1);
        log.publish();

        var lines = lines(4);
        assertThat(lines.getFirst()).isEqualTo(NEWER.formatted(2));
        assertThat(lines.get(1)).isEqualTo("UPSERT 1");
        assertThat(lines.get(2)).startsWith("gap {\"reason\":\"bad-record\"");
        assertThat(lines.get(3)).isEqualTo("UPSERT 1");
    }

    @Test
    void a_framing_that_attaches_tells_the_count_and_the_gap_with_the_event() throws Exception {
        openConflated(hand, 50, OnSlow.WAIT, true, client);
        write(0, 10);
        assertThat(lines(1)).containsExactly("UPSERT 9 {\"conflated\":\"9\"}");

        hand.append(HandFeed.event(0, 10), 1, 1);
        hand.append(new Lost(0, 11, 1, Lost.Reason.BAD_RECORD, "no"), 1, 1);
        hand.append(HandFeed.event(0, 12), 1, 1);
        hand.publish();

        assertThat(lines(2).get(1)).startsWith("UPSERT 12 {\"gaps\":[{\"reason\":\"bad-record\"")
                .endsWith("],\"conflated\":\"1\"}");
    }

    @Test
    void a_pace_splits_a_batch_and_every_count_stays_exact() throws Exception {
        var log = new HandFeed(3, BOUNDS);
        pace.allowed = 1;
        openConflated(log, 10, OnSlow.WAIT, false, client);
        for (int slot = 0; slot < 3; slot++) {
            for (long offset = 0; offset < 4; offset++) {
                log.append(HandFeed.event(slot, offset), 1, 1);
            }
        }
        log.publish();
        assertThat(lines(2)).containsExactly(NEWER.formatted(3), "UPSERT 3");

        onLoop(() -> pace.allowed = 1);
        assertThat(lines(4).subList(2, 4)).containsExactly(NEWER.formatted(3), "UPSERT 3");
        onLoop(() -> pace.allowed = 1);
        assertThat(lines(6).subList(4, 6)).containsExactly(NEWER.formatted(3), "UPSERT 3");
    }

    @Test
    void a_large_batch_goes_in_several_writes_and_every_key_once() throws Exception {
        openConflated(hand, 200, OnSlow.WAIT, false, client);
        for (long offset = 0; offset < 1000; offset++) {
            hand.append(new Event(0, offset, 0, Op.UPSERT, List.of("k" + offset % 500),
                    Instant.EPOCH, null, null), 1, 1);
        }
        hand.publish();

        var lines = lines(501);

        assertThat(lines.stream().filter(line -> line.startsWith("UPSERT")))
                .containsExactly(upserts(500, 1000));
        assertThat(lines.getFirst()).isEqualTo(NEWER.formatted(500));
        assertThat(client.batches).containsExactly(128, 128, 128, 116);
    }

    @Test
    void who_is_only_slow_gets_every_event_until_it_is_far_behind() throws Exception {
        var log = new HandFeed(1, new FeedBounds(4096, 1 << 24, 0));
        pace.allowed = 0;
        openConflated(log, 0, OnSlow.CONFLATE, false, client);
        for (long offset = 0; offset < 2000; offset++) {
            log.append(HandFeed.event(0, offset), 1, 1);
        }
        log.publish();
        for (int turn = 0; turn < 20; turn++) {
            assertThat(onLoop(() -> client.lines.size())).isZero();
        }
        onLoop(() -> pace.allowed = 1_000_000);
        assertThat(lines(2)).containsExactly(NEWER.formatted(1999), "UPSERT 1999");

        for (long offset = 2000; offset < 2010; offset++) {
            log.append(HandFeed.event(0, offset), 1, 1);
        }
        log.publish();

        assertThat(lines(12).subList(2, 12)).containsExactly(upserts(2000, 2010));
    }

    @Test
    void alike_readers_are_due_together_and_share_what_is_made() throws Exception {
        var other = new Client();
        openConflated(hand, 200, OnSlow.WAIT, false, client);
        openConflated(hand, 200, OnSlow.WAIT, false, other);
        write(0, 3);
        lines(2);
        write(3, 6);
        lines(4);

        assertThat(onLoop(() -> other.lines)).isEqualTo(onLoop(() -> client.lines));
        assertThat(onLoop(() -> other.frames.getLast()))
                .isSameAs(onLoop(() -> client.frames.getLast()));
    }

    private HandFeed passedByMemory(boolean attaches) throws Exception {
        var log = new HandFeed(2, new FeedBounds(4, 1 << 20, 0));
        openConflated(log, 0, OnSlow.DROP, attaches, client);
        log.append(HandFeed.event(0, 0), 1, 1);
        log.publish();
        lines(1);
        onLoop(() -> pace.allowed = 0);
        for (long offset = 1; offset < 10; offset++) {
            log.append(HandFeed.event(0, offset), 1, 1);
            log.append(HandFeed.event(1, offset - 1), 1, 1);
        }
        log.publish();
        for (int turn = 0; turn < 20; turn++) {
            assertThat(onLoop(() -> client.lines.size())).isEqualTo(1);
        }
        onLoop(() -> pace.allowed = 100);
        return log;
    }

    @Test
    void a_jump_tells_how_many_of_each_partition_by_frames_of_their_own() throws Exception {
        passedByMemory(false);

        assertThat(lines(3).subList(1, 3)).satisfiesExactly(
                line -> assertThat(line).startsWith("gap ").contains("\"reason\":\"slow-reader\"",
                        "\"events\":\"9\",\"partition\":0,\"from\":\"1\",\"to\":\"9\""),
                line -> assertThat(line).startsWith("gap ").contains("\"reason\":\"slow-reader\"",
                        "\"events\":\"9\",\"partition\":1,\"from\":\"0\",\"to\":\"8\""));
    }

    @Test
    void a_jump_tells_how_many_of_each_partition_with_the_next_event() throws Exception {
        var log = passedByMemory(true);
        long began = System.nanoTime();
        // What comes before the jump is passed over too.
        for (long offset = 10; onLoop(() -> client.lines.size()) < 2; offset++) {
            assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(10));
            log.append(HandFeed.event(0, offset), 1, 1);
            log.publish();
        }

        assertThat(lines(2).get(1)).startsWith("UPSERT ").contains(" {\"gaps\":[",
                "\"partition\":0,\"from\":\"1\"", "\"events\":\"9\",\"partition\":1");
    }

    @Test
    void what_the_filter_holds_back_stands_for_nothing_and_is_not_counted() throws Exception {
        var n = FieldPath.resolve(TestProducts.COUNT, "n").orElseThrow();
        onLoop(() -> hub.open(
                new Hub.Request(hand.feed(), DeliveryTest::body,
                        new Predicate.Compare(n, Predicate.Comparison.LT, 10L), Predicate.ALL,
                        new Lines(false),
                        new Tempo(Optional.of(Duration.ofSeconds(4)), OnSlow.WAIT), pace),
                new Start(new long[1], new int[1], List.of()), null, client, client));
        hand.append(change(0, 50L, null), 1, 1);
        hand.publish();
        onLoop(() -> true);
        long began = System.nanoTime();
        hand.append(change(1, 5L, null), 1, 1);
        hand.append(change(2, 6L, null), 1, 1);
        hand.append(change(3, 60L, null), 1, 1);
        hand.publish();

        assertThat(lines(2)).containsExactly(NEWER.formatted(1), "UPSERT 2");
        assertThat(System.nanoTime() - began).as("the first event after a quiet time")
                .isLessThan(TimeUnit.MILLISECONDS.toNanos(3900));
    }

    @Test
    void a_notice_travels_with_the_next_event_where_it_has_no_frame_of_its_own()
            throws Exception {
        var delivery = open(Predicate.ALL, true);
        write(0, 1);
        lines(1);
        onLoop(() -> {
            delivery.notice("{\"code\":\"new-version\"}");
            return true;
        });
        assertThat(onLoop(() -> client.lines.size())).isEqualTo(1);

        write(1, 3);

        assertThat(lines(3)).containsExactly("UPSERT 0",
                "UPSERT 1 {\"notices\":[{\"code\":\"new-version\"}]}", "UPSERT 2");
    }
}
