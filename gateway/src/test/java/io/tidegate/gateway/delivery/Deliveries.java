package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Start;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.shape.Shape;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.gateway.subscription.OnSlow;
import io.tidegate.gateway.subscription.Tempo;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** One event loop with a hub, and readers that write down what they get. */
public final class Deliveries implements AutoCloseable {
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(20);

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private final Replays replays = new Replays(2);
    private final Hub hub = new Hub(vertx, context, replays);
    private final AtomicInteger renderings = new AtomicInteger();
    private final Shape shape = (event, op, cursor) -> {
        renderings.incrementAndGet();
        return (op + " " + event.key().getFirst()).getBytes(StandardCharsets.UTF_8);
    };

    /** Lines: events as {@code e|cursor|body}, gaps as {@code g|cursor|json}. */
    private enum Lines implements Framing {
        LINES;

        @Override
        public void event(FrameBuffer out, Event event, Op op, String cursor, byte[] body,
                String attached) {
            out.ascii("e|" + cursor + "|").bytes(body).octet('\n');
        }

        @Override
        public boolean attaches() {
            return false;
        }

        @Override
        public void gap(FrameBuffer out, String json, String cursor) {
            out.ascii("g|" + cursor + "|" + json + "\n");
        }

        @Override
        public void notice(FrameBuffer out, String json, String cursor) {
            out.ascii("n|" + cursor + "|" + json + "\n");
        }
    }

    public int renderings() {
        return renderings.get();
    }

    public Reader open(Feed feed, Start start, OnSlow onSlow) throws Exception {
        return open(feed, start, onSlow, Pace.UNLIMITED);
    }

    public Reader open(Feed feed, Start start, OnSlow onSlow, Pace pace) throws Exception {
        var opened = new CompletableFuture<Reader>();
        context.runOnContext(ignored -> {
            var reader = new Reader();
            reader.delivery = hub.open(
                    new Hub.Request(feed, shape, Predicate.ALL, Predicate.ALL, Lines.LINES,
                            Tempo.of(onSlow),
                            pace),
                    start, null, reader, reader);
            opened.complete(reader);
        });
        return opened.get(10, TimeUnit.SECONDS);
    }

    /** A client. */
    public final class Reader implements Outlet, DeliveryListener {
        private final List<String> lines = new ArrayList<>();
        private volatile boolean isStalled;
        private volatile EndReason ended;
        private Delivery delivery;

        @Override
        public boolean isWritable() {
            return !isStalled;
        }

        @Override
        public synchronized void write(Frames frames) {
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
            ended = reason;
        }

        public void stall(boolean stalled) {
            isStalled = stalled;
            context.runOnContext(ignored -> delivery.writable());
        }

        private synchronized List<String> of(char kind, int part) {
            return lines.stream().filter(line -> line.charAt(0) == kind)
                    .map(line -> line.split("\\|", 3)[part]).toList();
        }

        /** All events, once there are so many. */
        public List<String> events(int count) {
            long began = System.nanoTime();
            while (of('e', 2).size() < count) {
                if (System.nanoTime() - began > PATIENCE) {
                    throw new AssertionError("got " + of('e', 2).size() + " of " + count + ", end "
                            + ended + ", gaps " + gaps());
                }
                Thread.onSpinWait();
            }
            return of('e', 2);
        }

        public List<String> cursors() {
            return of('e', 1);
        }

        public String cursorAfter(int count) {
            events(count);
            return cursors().get(count - 1);
        }

        public List<String> gaps() {
            return of('g', 2);
        }

        public String end() {
            long began = System.nanoTime();
            while (ended == null) {
                if (System.nanoTime() - began > PATIENCE) {
                    throw new AssertionError("not ended");
                }
                Thread.onSpinWait();
            }
            return ended.name();
        }
    }

    @Override
    public void close() throws Exception {
        replays.close();
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
