package io.tidegate.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.From;
import io.tidegate.gateway.feed.HandFeed;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.TestProducts;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.shape.Shape;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.gateway.subscription.Tempo;
import io.tidegate.schema.Row;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many readers of one feed on one event loop, which come, go, stall and want different things. */
class ReadersTest {
    private static final FieldPath ID = FieldPath.resolve(TestProducts.COUNT, "id").orElseThrow();
    private static final FieldPath N = FieldPath.resolve(TestProducts.COUNT, "n").orElseThrow();
    private static final int KEYS = 5;

    private final Vertx vertx = Vertx.vertx();
    private final io.vertx.core.Context context = vertx.getOrCreateContext();
    private final Replays replays = new Replays(1);
    private final Hub hub = new Hub(vertx, context, replays);
    private final HandFeed hand = new HandFeed(2, new FeedBounds(1 << 15, 1 << 28, 0));
    private final List<Event> log = new ArrayList<>();
    private final long[] offsets = new long[2];
    private final AtomicInteger renderings = new AtomicInteger();
    private final Shape shape = (event, op, cursor) -> {
        renderings.incrementAndGet();
        if (event.value() != null && Long.valueOf(-7).equals(event.value().get(1))) {
            throw new IllegalStateException("minus seven cannot be written");
        }
        return text(event).getBytes(StandardCharsets.UTF_8);
    };

    private static String text(Event event) {
        return event.slot() + ":" + event.offset();
    }

    /** Frames are lines; a hole would be for an id. */
    private record Lines(boolean attaches) implements Framing {
        @Override
        public void event(FrameBuffer out, Event event, Op op, String cursor, byte[] body,
                String attached) {
            out.bytes(body).octet('\n');
        }

        @Override
        public void gap(FrameBuffer out, String json, String cursor) {
            out.ascii("gap\n");
        }

        @Override
        public void notice(FrameBuffer out, String json, String cursor) {
            out.ascii("notice\n");
        }
    }

    private final class Client implements Outlet, DeliveryListener {
        private final Predicate predicate;
        private final int begin;
        private final List<String> lines = new ArrayList<>();
        private boolean isStalled;
        private int permits = Integer.MAX_VALUE;
        private EndReason end;
        private String cursorAtEnd;
        private Delivery delivery;

        Client(Predicate predicate) {
            this.predicate = predicate;
            this.begin = log.size();
        }

        @Override
        public boolean isWritable() {
            return !isStalled;
        }

        @Override
        public void write(Frames frames) {
            lines.addAll(List.of(new String(frames.bytes(), StandardCharsets.UTF_8).split("\n")));
        }

        @Override
        public void end(EndReason reason, String cursor) {
            cursorAtEnd = cursor;
        }

        @Override
        public void delivered(int events, int bytes) {
        }

        @Override
        public void ended(EndReason reason) {
            end = reason;
        }

        private Pace pace() {
            return new Pace() {
                @Override
                public int permits(long nowNanos) {
                    return permits;
                }

                @Override
                public void took(int events, int bytes, long nowNanos) {
                    permits = permits == Integer.MAX_VALUE ? permits : permits - events;
                }

                @Override
                public long nanosUntilPermit(long nowNanos) {
                    return 1_000_000;
                }
            };
        }

        private List<String> expected() {
            var filter = new EventFilter(predicate, hand.feed().schema());
            return log.subList(begin, log.size()).stream().filter(filter::passes)
                    .map(ReadersTest::text).toList();
        }
    }

    @AfterEach
    void close() throws Exception {
        replays.close();
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

    private static Predicate is(String id) {
        return new Predicate.Compare(ID, Comparison.EQ, id);
    }

    private static Predicate random(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> Predicate.ALL;
            case 1 -> new Predicate.Compare(N, Comparison.LT, (long) random.nextInt(100));
            case 2 -> new Predicate.In(ID, List.of("k0", "k" + random.nextInt(KEYS)));
            case 3 -> Predicate.both(is("k" + random.nextInt(KEYS)),
                    new Predicate.Compare(N, Comparison.GTE, 50L));
            default -> is("k" + random.nextInt(KEYS));
        };
    }

    /** Opens a reader of everything that is published from now on. */
    private Client open(Predicate predicate, int permits) throws Exception {
        var client = new Client(predicate);
        client.permits = permits;
        return onLoop(() -> {
            client.delivery = hub.open(
                    new Hub.Request(hand.feed(), shape, predicate, Predicate.ALL, new Lines(false),
                            Tempo.EVERY_EVENT, client.pace()),
                    hand.feed().resolveAtOnce(new From.Latest()).orElseThrow(), null, client,
                    client);
            return client;
        });
    }

    private void append(String id, long n, boolean isDelete) {
        int slot = (int) n & 1;
        long offset = offsets[slot]++;
        var event = new Event(slot, offset, 0, isDelete ? Op.DELETE : Op.UPSERT, List.of(id),
                Instant.EPOCH, isDelete ? null : new Row(TestProducts.COUNT, new Object[]{id, n}),
                null);
        log.add(event);
        hand.append(event, 1, 1);
    }

    private void awaitAll(List<Client> clients, String seed) throws Exception {
        for (var client : clients) {
            long began = System.nanoTime();
            while (true) {
                var lines = onLoop(() -> List.copyOf(client.lines));
                if (lines.size() >= client.expected().size()) {
                    assertThat(lines).as("%s, %s", seed, client.predicate)
                            .isEqualTo(client.expected());
                    break;
                }
                assertThat(System.nanoTime() - began).as("%s, %s: %s of %s", seed,
                        client.predicate, lines.size(), client.expected().size())
                        .isLessThan(TimeUnit.SECONDS.toNanos(10));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everybody_gets_what_it_wants_once_and_in_order(long seed) throws Exception {
        var random = new Random(seed);
        var clients = new ArrayList<Client>();
        var gone = new ArrayList<Client>();
        for (int round = 0; round < 150; round++) {
            switch (random.nextInt(8)) {
                case 0, 1 -> clients.add(open(random(random),
                        random.nextInt(4) == 0 ? random.nextInt(40) : Integer.MAX_VALUE));
                case 2 -> {
                    if (!clients.isEmpty()) {
                        var client = clients.get(random.nextInt(clients.size()));
                        boolean isStalled = random.nextBoolean();
                        onLoop(() -> {
                            client.isStalled = isStalled;
                            client.delivery.writable();
                            return true;
                        });
                    }
                }
                case 3 -> {
                    if (!clients.isEmpty()) {
                        var client = clients.get(random.nextInt(clients.size()));
                        boolean isPaused = random.nextBoolean();
                        onLoop(() -> {
                            client.delivery.pause(isPaused);
                            return true;
                        });
                    }
                }
                case 4 -> {
                    if (clients.size() > 4) {
                        var client = clients.remove(random.nextInt(clients.size()));
                        gone.add(client);
                        onLoop(() -> {
                            client.delivery.close();
                            return true;
                        });
                    }
                }
                default -> {
                    int events = random.nextInt(random.nextInt(10) == 0 ? 700 : 12);
                    for (int i = 0; i < events; i++) {
                        append("k" + random.nextInt(KEYS), random.nextInt(100),
                                random.nextInt(10) == 0);
                    }
                    hand.publish();
                }
            }
        }
        onLoop(() -> {
            for (var client : clients) {
                client.isStalled = false;
                client.permits = Integer.MAX_VALUE;
                client.delivery.pause(false);
                client.delivery.writable();
            }
            return true;
        });

        awaitAll(clients, "seed " + seed);
        for (var client : gone) {
            assertThat(client.lines).as("seed %s", seed)
                    .isEqualTo(client.expected().subList(0, client.lines.size()));
        }
        // Everybody has arrived at the front, where all have the same cursor.
        long began = System.nanoTime();
        while (onLoop(() -> hub.deliveries().stream().anyMatch(delivery -> !delivery.isParked()))) {
            assertThat(System.nanoTime() - began).as("seed %s", seed)
                    .isLessThan(TimeUnit.SECONDS.toNanos(10));
        }
        assertThat(
                onLoop(() -> hub.deliveries().stream().map(Delivery::cursor).distinct().toList()))
                .as("seed %s", seed).hasSize(1);
        onLoop(() -> {
            clients.forEach(client -> client.delivery.close());
            return true;
        });
        assertThat(onLoop(() -> hub.deliveries())).isEmpty();
        assertThat(hand.feed().isTapped()).isFalse();
    }

    @Test
    void an_event_is_rendered_for_those_alone_who_get_it() throws Exception {
        var clients = new ArrayList<Client>();
        for (int i = 0; i < 1000; i++) {
            clients.add(open(is("k" + i), Integer.MAX_VALUE));
        }
        for (int i = 0; i < 10; i++) {
            append("k" + i, i, false);
        }
        hand.publish();

        awaitAll(clients, "no seed");

        assertThat(renderings).hasValue(10);
    }

    @Test
    void a_reader_that_stalls_gets_later_what_the_others_have_got_at_once() throws Exception {
        var stalled = open(Predicate.ALL, Integer.MAX_VALUE);
        var other = open(Predicate.ALL, Integer.MAX_VALUE);
        onLoop(() -> stalled.isStalled = true);
        for (int i = 0; i < 1000; i++) {
            append("k", i, false);
        }
        hand.publish();
        awaitAll(List.of(other), "no seed");
        assertThat(onLoop(() -> stalled.lines.size())).isZero();

        onLoop(() -> {
            stalled.isStalled = false;
            stalled.delivery.writable();
            return true;
        });

        awaitAll(List.of(stalled), "no seed");
        assertThat(renderings).hasValue(1000);
    }

    @Test
    void a_parked_reader_that_ends_is_told_the_cursor_of_the_front() throws Exception {
        var one = open(is("k1"), Integer.MAX_VALUE);
        append("k0", 1, false);
        hand.publish();
        var behind = onLoop(() -> one.delivery.cursor());

        onLoop(() -> {
            one.delivery.end(EndReason.DRAINING);
            return true;
        });

        assertThat(onLoop(() -> one.delivery.cursor())).isEqualTo(behind)
                .isEqualTo(hand.feed().era().cursor(hand.feed().tail().next(),
                        hand.feed().tail().epochs()));
    }

    @Test
    void an_event_that_cannot_be_written_ends_those_who_would_get_it_and_nobody_else()
            throws Exception {
        var one = open(is("k1"), Integer.MAX_VALUE);
        var other = open(is("k0"), Integer.MAX_VALUE);
        append("k1", -7, false);
        append("k0", 1, false);
        hand.publish();

        awaitAll(List.of(other), "no seed");

        assertThat(onLoop(() -> one.end)).isEqualTo(EndReason.INTERNAL);
        assertThat(onLoop(() -> other.end)).isNull();
    }

    @Test
    void whoever_is_ended_by_an_event_comes_back_for_those_before_it_that_were_not_written()
            throws Exception {
        var one = open(is("k1"), Integer.MAX_VALUE);
        append("k1", 0, false);
        append("k1", 1, false);
        append("k0", 0, false);
        append("k1", -7, false);
        hand.publish();

        assertThat(onLoop(() -> one.end)).isEqualTo(EndReason.INTERNAL);
        assertThat(onLoop(() -> one.lines)).isEmpty();
        assertThat(hand.feed().resolve(new From.After(one.cursorAtEnd)).next())
                .containsExactly(0, 0);
    }

    @Test
    void who_opens_when_the_log_has_begun_anew_but_nobody_was_told_yet_gets_what_comes()
            throws Exception {
        var before = open(Predicate.ALL, Integer.MAX_VALUE);
        var after = onLoop(() -> {
            // On the event loop, so that this is not told of it before.
            hand.replace();
            offsets[0] = 0;
            offsets[1] = 0;
            var client = new Client(Predicate.ALL);
            client.delivery = hub.open(
                    new Hub.Request(hand.feed(), shape, Predicate.ALL, Predicate.ALL,
                            new Lines(false), Tempo.EVERY_EVENT, client.pace()),
                    hand.feed().resolveAtOnce(new From.Latest()).orElseThrow(), null, client,
                    client);
            return client;
        });
        // Now it has heard of that.
        onLoop(() -> true);
        append("k1", 1, false);
        hand.publish();

        awaitAll(List.of(after), "no seed");

        assertThat(onLoop(() -> before.end)).isEqualTo(EndReason.UPSTREAM);
        assertThat(onLoop(() -> after.end)).isNull();
    }

    @Test
    void a_log_that_begins_anew_ends_those_at_the_front_too() throws Exception {
        var one = open(is("k1"), Integer.MAX_VALUE);
        var other = open(Predicate.ALL, Integer.MAX_VALUE);
        append("k1", 1, false);
        hand.publish();
        awaitAll(List.of(one, other), "no seed");

        hand.replace();

        long began = System.nanoTime();
        while (onLoop(() -> one.end == null || other.end == null)) {
            assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(10));
        }
        assertThat(one.end).isEqualTo(EndReason.UPSTREAM);
        assertThat(onLoop(() -> hub.deliveries())).isEmpty();
    }
}
