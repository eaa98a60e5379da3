package io.tidegate.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.From;
import io.tidegate.gateway.feed.HandFeed;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.feed.TestProducts;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.shape.JoinedShape;
import io.tidegate.gateway.shape.Shape;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.gateway.subscription.Tempo;
import io.tidegate.gateway.view.DuckDbViewStore;
import io.tidegate.gateway.view.View;
import io.tidegate.gateway.view.ViewFailure;
import io.tidegate.schema.Row;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client that reads the current state of a real view before the changes that follow it. */
class SnapshotRowsTest {
    private static final int ROWS = 3 * SnapshotRows.PAGE + 17;

    private final Vertx vertx = Vertx.vertx();
    private final io.vertx.core.Context context = vertx.getOrCreateContext();
    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
    private final OffLoop offLoop = new OffLoop(blocking, context);
    private final Replays replays = new Replays(1);
    private final Hub hub = new Hub(vertx, context, replays);
    private final HandFeed hand = new HandFeed(
            TestProducts.counts("t", io.tidegate.contract.DataProduct.BadRecord.SKIP), 1,
            new FeedBounds(1 << 14, 1 << 28, 0));
    private final DuckDbViewStore store = DuckDbViewStore.inMemory(
            new DuckDbViewStore.Limits(128 << 20, 2, 1, Duration.ofSeconds(1),
                    Duration.ofSeconds(30), 1 << 26),
            Clock.systemUTC());
    private final Shape shape = (event, op, cursor) -> (op + " " + event.key().getFirst() + " "
            + (event.value() == null ? "-" : event.value().get(1)) + " " + cursor)
            .getBytes(StandardCharsets.UTF_8);
    private View view;

    private enum Lines implements Framing {
        LINES;

        @Override
        public void event(FrameBuffer out, Event event, Op op, String cursor, byte[] body,
                String attached) {
            out.bytes(body).octet('\n');
        }

        @Override
        public boolean attaches() {
            return false;
        }

        @Override
        public void gap(FrameBuffer out, String json, String cursor) {
            out.ascii("GAP\n");
        }

        @Override
        public void notice(FrameBuffer out, String json, String cursor) {
            out.ascii("NOTICE " + cursor + "\n");
        }
    }

    private static final class Client implements Outlet, DeliveryListener {
        private final List<String> lines = new ArrayList<>();
        private boolean isStalled;
        private EndReason end;
        private Delivery delivery;

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
        }

        @Override
        public void delivered(int events, int bytes) {
        }

        @Override
        public void ended(EndReason reason) {
            end = reason;
        }
    }

    @BeforeEach
    void fill() {
        view = store.open(hand.feed().schema());
        var events = new ArrayList<Event>();
        for (int i = 0; i < ROWS; i++) {
            events.add(append(i, 0));
        }
        hand.publish();
        view.parts().getFirst().apply(events, hand.feed().position());
    }

    @AfterEach
    void close() throws Exception {
        view.close();
        store.close();
        replays.close();
        blocking.shutdownNow();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private long offset;

    private Event append(int key, long n) {
        var event = new Event(0, offset++, 0, Op.UPSERT, List.of("k" + key), Instant.EPOCH,
                new Row(TestProducts.COUNT, new Object[]{"k" + key, n}), null);
        hand.append(event, 1, 1);
        return event;
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

    private Client open(Client client) throws Exception {
        return open(client, shape);
    }

    private Client open(Client client, Shape shown) throws Exception {
        var scan = view.scan(Predicate.ALL);
        Position position = scan.position();
        var rows = SnapshotRows.begin(scan, offLoop);
        return onLoop(() -> {
            client.delivery = hub.open(
                    new Hub.Request(hand.feed(), shown, Predicate.ALL, Predicate.ALL, Lines.LINES,
                            Tempo.EVERY_EVENT, Pace.UNLIMITED),
                    hand.feed().resolve(new From.At(position)), rows, client, client);
            return client;
        });
    }

    private List<String> lines(Client client, int count) throws Exception {
        long began = System.nanoTime();
        while (true) {
            var lines = onLoop(() -> List.copyOf(client.lines));
            if (lines.size() >= count) {
                return lines;
            }
            assertThat(System.nanoTime() - began).as("%d of %d", lines.size(), count)
                    .isLessThan(TimeUnit.SECONDS.toNanos(10));
        }
    }

    @Test
    void a_state_of_several_pages_comes_whole_and_the_changes_made_meanwhile_behind_it()
            throws Exception {
        var client = new Client();
        client.isStalled = true;
        open(client);
        // Written to the view while its earlier state is being read.
        var changed = new ArrayList<Event>();
        for (int i = 0; i < ROWS; i += 2) {
            changed.add(append(i, 1));
        }
        hand.publish();
        view.parts().getFirst().apply(changed, hand.feed().position());
        onLoop(() -> {
            client.isStalled = false;
            client.delivery.writable();
            return true;
        });

        var lines = lines(client, ROWS + 1 + changed.size());

        var rows = lines.subList(0, ROWS);
        assertThat(rows).allMatch(line -> line.startsWith("SNAPSHOT "))
                .allMatch(line -> line.split(" ")[2].equals("0"));
        assertThat(new HashSet<>(rows.stream().map(line -> line.split(" ")[1]).toList()))
                .hasSize(ROWS);
        assertThat(lines.get(ROWS)).startsWith("NOTICE ");
        assertThat(lines.subList(ROWS + 1, lines.size()).stream()
                .map(line -> line.substring(0, line.lastIndexOf(' '))).toList())
                .isEqualTo(changed.stream().map(e -> "UPSERT " + e.key().getFirst() + " 1")
                        .toList());
    }

    @Test
    void what_is_looked_up_comes_as_what_is_not() throws Exception {
        var looked = new JoinedShape() {
            @Override
            public int eventsMax() {
                return 100;
            }

            @Override
            public List<byte[]> join(List<Wanted> events) {
                return events.stream()
                        .map(each -> shape.render(each.event(), each.op(), each.cursor()))
                        .toList();
            }
        };
        var plain = open(new Client());
        var joined = open(new Client(), new Joining(looked, offLoop));
        var changed = new ArrayList<Event>();
        for (int i = 0; i < ROWS; i += 3) {
            changed.add(append(i, 1));
        }
        hand.publish();
        int all = ROWS + 1 + changed.size();

        assertThat(lines(joined, all)).isEqualTo(lines(plain, all));
    }

    @Test
    void a_cursor_from_within_a_snapshot_says_so_and_the_last_row_has_that_of_its_end()
            throws Exception {
        var client = open(new Client());

        var lines = lines(client, ROWS + 1);

        var cursors = lines.stream().map(line -> line.substring(line.lastIndexOf(' ') + 1))
                .toList();
        assertThat(new HashSet<>(cursors.subList(0, ROWS - 1))).hasSize(1);
        assertThat(hand.feed().isWithinSnapshot(new From.After(cursors.getFirst()))).isTrue();
        assertThat(hand.feed().isWithinSnapshot(new From.After(cursors.get(ROWS - 1)))).isFalse();
        assertThat(cursors.get(ROWS)).isEqualTo(cursors.get(ROWS - 1));
    }

    @Test
    void a_client_that_leaves_within_its_snapshot_lets_go_of_the_view() throws Exception {
        var client = new Client();
        client.isStalled = true;
        open(client);
        assertThatThrownBy(() -> view.scan(Predicate.ALL)).isInstanceOf(ViewFailure.class)
                .hasMessageContaining("busy");

        onLoop(() -> {
            client.delivery.close();
            return true;
        });

        view.scan(Predicate.ALL).close();
    }

    @Test
    void a_snapshot_that_is_read_to_its_end_lets_go_of_the_view() throws Exception {
        var client = open(new Client());
        lines(client, ROWS + 1);

        view.scan(Predicate.ALL).close();

        assertThat(onLoop(() -> client.delivery.isParked())).isTrue();
    }
}
