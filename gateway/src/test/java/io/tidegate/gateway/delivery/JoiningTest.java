package io.tidegate.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.HandFeed;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Start;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.shape.JoinedShape;
import io.tidegate.gateway.shape.Shape;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.gateway.subscription.OnSlow;
import io.tidegate.gateway.subscription.Tempo;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Readers whose events are looked up before they are written, beside readers whose are not. */
class JoiningTest {
    private final Vertx vertx = Vertx.vertx();
    private final io.vertx.core.Context context = vertx.getOrCreateContext();
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final OffLoop offLoop = new OffLoop(threads, context);
    private final Replays replays = new Replays(1);
    private final Hub hub = new Hub(vertx, context, replays);
    private final HandFeed hand = new HandFeed(1, new FeedBounds(64, 1 << 24, 0));
    private final Lookup lookup = new Lookup();
    private final Client client = new Client();

    /** Answers when it is let. */
    private static final class Lookup implements JoinedShape {
        private final Semaphore let = new Semaphore(0);
        private final List<Integer> asked = new CopyOnWriteArrayList<>();
        private int eventsMax = 128;
        private volatile boolean isFailing;

        @Override
        public int eventsMax() {
            return eventsMax;
        }

        @Override
        public List<byte[]> join(List<Wanted> events) {
            asked.add(events.size());
            let.acquireUninterruptibly();
            if (isFailing) {
                throw new IllegalStateException("as told");
            }
            return events.stream().map(each -> (each.op() + " " + each.event().offset() + "!")
                    .getBytes(StandardCharsets.UTF_8)).toList();
        }
    }

    /** Writes down what it gets. */
    private static final class Client implements Outlet, DeliveryListener {
        private final List<String> lines = new ArrayList<>();
        private EndReason end;
        private boolean isFull;

        @Override
        public boolean isWritable() {
            return !isFull;
        }

        @Override
        public void write(Frames batch) {
            lines.addAll(List.of(new String(batch.bytes(), StandardCharsets.UTF_8).split("\n")));
        }

        @Override
        public void end(EndReason reason, String cursor) {
        }

        @Override
        public void delivered(int events, int length) {
        }

        @Override
        public void ended(EndReason reason) {
            end = reason;
        }
    }

    /** The body and what is attached in a line. */
    private record Lines() implements Framing {
        @Override
        public void event(FrameBuffer out, Event event, Op op, String cursor, byte[] body,
                String attached) {
            out.bytes(body).ascii(attached.isEmpty() ? "" : " " + attached).octet('\n');
        }

        @Override
        public boolean attaches() {
            return true;
        }

        @Override
        public void gap(FrameBuffer out, String json, String cursor) {
            throw new IllegalStateException("attached");
        }

        @Override
        public void notice(FrameBuffer out, String json, String cursor) {
            out.ascii("notice\n");
        }
    }

    @AfterEach
    void close() throws Exception {
        lookup.let.release(1000);
        replays.close();
        threads.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private <T> T onLoop(Callable<T> task) throws Exception {
        var done = new CompletableFuture<T>();
        context.runOnContext(ignored -> {
            try {
                done.complete(task.call());
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        return done.get(10, TimeUnit.SECONDS);
    }

    private static void until(Callable<Boolean> fact) throws Exception {
        long began = System.nanoTime();
        while (!fact.call()) {
            assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(10));
            Thread.onSpinWait();
        }
    }

    private List<String> lines(Client of, int count) throws Exception {
        until(() -> onLoop(() -> of.lines.size()) >= count);
        return onLoop(() -> List.copyOf(of.lines));
    }

    private Delivery open(Shape shape, Client to, Tempo tempo) throws Exception {
        return onLoop(() -> hub.open(new Hub.Request(hand.feed(), shape, Predicate.ALL,
                Predicate.ALL, new Lines(), tempo, Pace.UNLIMITED),
                new Start(new long[1], new int[1], List.of()), null, to, to));
    }

    private Delivery open(Tempo tempo) throws Exception {
        return open(new Joining(lookup, offLoop), client, tempo);
    }

    private void write(long from, long to) {
        for (long offset = from; offset < to; offset++) {
            hand.append(HandFeed.event(0, offset), 1, 1);
        }
        hand.publish();
    }

    private static String[] joined(long from, long to) {
        return LongStream.range(from, to).mapToObj(n -> "UPSERT " + n + "!")
                .toArray(String[]::new);
    }

    @Test
    void events_come_in_order_and_those_that_arrive_meanwhile_are_looked_up_together()
            throws Exception {
        open(Tempo.EVERY_EVENT);
        write(0, 1);
        until(() -> lookup.asked.size() == 1);
        write(1, 11);
        lookup.let.release(2);

        assertThat(lines(client, 11)).containsExactly(joined(0, 11));
        assertThat(lookup.asked).containsExactly(1, 10);
    }

    @Test
    void no_more_are_looked_up_at_a_time_than_the_shape_says() throws Exception {
        lookup.eventsMax = 4;
        lookup.let.release(100);
        write(0, 10);
        open(Tempo.EVERY_EVENT);

        assertThat(lines(client, 10)).containsExactly(joined(0, 10));
        assertThat(lookup.asked).containsExactly(4, 4, 2);
    }

    @Test
    void others_get_their_events_while_one_waits_for_what_its_lead_to() throws Exception {
        var other = new Client();
        open(Tempo.EVERY_EVENT);
        open((event, op, cursor) -> ("plain " + event.offset()).getBytes(StandardCharsets.UTF_8),
                other, Tempo.EVERY_EVENT);
        write(0, 5);

        assertThat(lines(other, 5)).contains("plain 4");
        assertThat(onLoop(() -> client.lines)).isEmpty();
        lookup.let.release(10);
        assertThat(lines(client, 5)).containsExactly(joined(0, 5));
    }

    @Test
    void the_cursor_stays_before_what_has_not_been_written() throws Exception {
        var delivery = open(Tempo.EVERY_EVENT);
        var before = onLoop(delivery::cursor);
        write(0, 3);
        until(() -> lookup.asked.size() == 1);

        assertThat(onLoop(delivery::cursor)).isEqualTo(before);
        lookup.let.release();
        lines(client, 3);
        assertThat(onLoop(delivery::cursor)).isNotEqualTo(before);
    }

    @Test
    void a_client_that_takes_nothing_gets_what_was_looked_up_when_it_does() throws Exception {
        var delivery = open(Tempo.EVERY_EVENT);
        write(0, 2);
        until(() -> lookup.asked.size() == 1);
        onLoop(() -> client.isFull = true);
        lookup.let.release();
        write(2, 4);
        for (int turn = 0; turn < 20; turn++) {
            assertThat(onLoop(() -> client.lines)).isEmpty();
        }
        lookup.let.release(5);
        onLoop(() -> {
            client.isFull = false;
            delivery.writable();
            return true;
        });

        assertThat(lines(client, 4)).containsExactly(joined(0, 4));
    }

    @Test
    void a_reader_that_drops_is_told_what_it_has_missed_while_it_waited() throws Exception {
        open(Tempo.of(OnSlow.DROP));
        write(0, 2);
        until(() -> lookup.asked.size() == 1);
        // Memory has 64 entries: these push the reader's out.
        write(2, 200);
        lookup.let.release(100);
        // It goes on with what is written once it has noticed; when that is, only what it gets can tell.
        long next = 200;
        while (onLoop(() -> client.lines.isEmpty())) {
            write(next, ++next);
            long asked = lookup.asked.size();
            long written = System.nanoTime();
            until(() -> lookup.asked.size() > asked || onLoop(() -> !client.lines.isEmpty())
                    || System.nanoTime() - written > TimeUnit.MILLISECONDS.toNanos(20));
            assertThat(next).isLessThan(700);
        }
        var lines = onLoop(() -> List.copyOf(client.lines));
        assertThat(lines.getFirst()).startsWith("UPSERT 2").contains("slow-reader");
        var told = lines.stream().map(line -> Long.parseLong(line.split("[ !]")[1])).toList();
        assertThat(told).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void a_reader_that_conflates_gets_the_newest_of_each_key_looked_up() throws Exception {
        open(new Tempo(Optional.of(Duration.ofMillis(1)), OnSlow.WAIT));
        lookup.let.release(1000);
        write(0, 30);

        until(() -> onLoop(() -> client.lines.stream().anyMatch(l -> l.startsWith("UPSERT 29!"))));
        var told = onLoop(() -> List.copyOf(client.lines)).stream()
                .map(line -> Long.parseLong(line.split("[ !]")[1])).toList();
        assertThat(told).isSorted().doesNotHaveDuplicates().endsWith(29L);
    }

    @Test
    void a_slow_look_up_delays_a_reader_that_conflates_and_loses_nothing() throws Exception {
        open(new Tempo(Optional.of(Duration.ofMillis(1)), OnSlow.WAIT));
        for (long offset = 0; offset < 20; offset++) {
            write(offset, offset + 1);
            int asked = (int) offset;
            until(() -> lookup.asked.size() > Math.min(asked, 1));
            lookup.let.release();
        }
        lookup.let.release(1000);

        until(() -> onLoop(() -> client.lines.stream().anyMatch(l -> l.startsWith("UPSERT 19!"))));
        var told = onLoop(() -> List.copyOf(client.lines)).stream()
                .map(line -> Long.parseLong(line.split("[ !]")[1])).toList();
        assertThat(told).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void a_look_up_that_throws_ends_this_stream_alone() throws Exception {
        var other = new Client();
        open(Tempo.EVERY_EVENT);
        open((event, op, cursor) -> new byte[]{'x'}, other, Tempo.EVERY_EVENT);
        lookup.isFailing = true;
        lookup.let.release(10);
        write(0, 1);

        until(() -> onLoop(() -> client.end != null));
        assertThat(onLoop(() -> client.end)).isEqualTo(EndReason.INTERNAL);
        write(1, 2);
        assertThat(lines(other, 2)).containsExactly("x", "x");
    }

    @Test
    void whoever_leaves_while_it_is_looked_up_is_written_nothing() throws Exception {
        var delivery = open(Tempo.EVERY_EVENT);
        write(0, 3);
        until(() -> lookup.asked.size() == 1);
        onLoop(() -> {
            delivery.close();
            return true;
        });
        lookup.let.release(10);
        for (int turn = 0; turn < 20; turn++) {
            assertThat(onLoop(() -> client.lines)).isEmpty();
        }
        assertThat(onLoop(() -> client.end)).isEqualTo(EndReason.CLIENT_CLOSED);
    }

    @Test
    void a_notice_goes_with_the_next_event() throws Exception {
        var delivery = open(Tempo.EVERY_EVENT);
        lookup.let.release(100);
        onLoop(() -> {
            delivery.notice("{\"code\":\"hello\"}");
            return true;
        });
        write(0, 3);

        assertThat(lines(client, 3)).containsExactly(
                "UPSERT 0! \"notices\":[{\"code\":\"hello\"}]", "UPSERT 1!", "UPSERT 2!");
    }
}
