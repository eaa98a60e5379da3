package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.Start;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.shape.Shape;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.gateway.subscription.Subscription;
import io.tidegate.gateway.subscription.Tempo;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All deliveries of one event loop. A feed wakes it once for all of them, however many there are and however often it
 * advances meanwhile.
 */
public final class Hub {
    private static final Logger LOG = LoggerFactory.getLogger(Hub.class);
    /** Of batches for readers behind the front. */
    private static final long BATCHES_BYTES_MAX = 4 << 20;

    private final Vertx vertx;
    private final Context context;
    private final Replays replays;
    private final Map<Feed, Readers> readers = new HashMap<>();
    private final Set<Delivery> waiting = new LinkedHashSet<>();
    private final FrameBuffers buffers = new FrameBuffers();
    private final Batches batches = new Batches(BATCHES_BYTES_MAX);
    private final Ticks ticks = new Ticks(this);
    private int behind;
    private long turnBegan;

    /**
     * @param context
     *            of the event loop; everything but a feed's tap happens on it
     */
    public Hub(Vertx vertx, Context context, Replays replays) {
        this.vertx = vertx;
        this.context = context;
        this.replays = replays;
    }

    /**
     * What a client subscribes to.
     *
     * @param predicate
     *            rows that it gets
     * @param permitted
     *            rows that it may see at all: the row before a change is shown only if it is one of these
     */
    public record Request(Feed feed, Shape shape, Predicate predicate, Predicate permitted,
            Framing framing, Tempo tempo, Pace pace) {
    }

    /**
     * Where a client begins.
     *
     * @param era
     *            in which the start was found; if it is over, the client is told so
     * @param cursor
     *            that the client came with, if there is something to tell it that is missing behind that: until it has been told,
     *            this is where it comes back to; null = none
     */
    record Beginning(Feed.Era era, Start start, @Nullable String cursor) {
    }

    /** As {@link #open(Request, Beginning, SnapshotRows, Outlet, DeliveryListener)}, for a start that was found just now. */
    Delivery open(Request request, Start start, @Nullable SnapshotRows snapshot, Outlet outlet,
            DeliveryListener listener) {
        return open(request, new Beginning(request.feed().era(), start, null), snapshot, outlet,
                listener);
    }

    /**
     * Opens a delivery; the first events are written before this returns if there are any.
     *
     * @param snapshot
     *            rows of the current state that come first; null = none
     */
    Delivery open(Request request, Beginning beginning, @Nullable SnapshotRows snapshot,
            Outlet outlet, DeliveryListener listener) {
        var key = new Audience.Key(request.feed(), request.shape(), request.predicate(),
                request.permitted(), request.framing());
        var start = beginning.start();
        var those = readers(request.feed(), beginning.era());
        var audience = those.audience(key);
        var subscription = request.tempo().mayConflate()
                ? new Subscription(start, request.tempo(), audience.filter()::passes,
                        audience::stopsAt)
                : new Subscription(start, request.tempo().onSlow());
        var delivery = new Delivery(this, those, audience, subscription, beginning,
                Beat.of(request.tempo()), outlet, request.pace(), listener, snapshot,
                request.shape() instanceof Joining joining ? joining : null);
        those.add(delivery);
        turn(List.of(delivery));
        return delivery;
    }

    private Readers readers(Feed feed, Feed.Era era) {
        var known = readers.get(feed);
        if (known != null) {
            known.endThoseOfBefore();
        }
        return readers.computeIfAbsent(feed, each -> new Readers(this, each, era));
    }

    /** Every delivery at present, for draining and administration. */
    public List<Delivery> deliveries() {
        var all = new ArrayList<Delivery>();
        readers.values().forEach(those -> those.addTo(all));
        return all;
    }

    void remove(Delivery delivery, Readers those) {
        if (those.remove(delivery)) {
            readers.remove(those.feed());
        }
    }

    Replays replays() {
        return replays;
    }

    FrameBuffers buffers() {
        return buffers;
    }

    Batches batches() {
        return batches;
    }

    Ticks ticks() {
        return ticks;
    }

    long nanoTime() {
        return System.nanoTime();
    }

    /** When the turn began: one moment for all that are served in it. */
    long turnBegan() {
        return turnBegan;
    }

    void execute(Runnable task) {
        context.runOnContext(ignored -> task.run());
    }

    /** So many more deliveries, or fewer, have positions of their own and want their turns. */
    void behind(int more) {
        behind += more;
        if (behind == 0) {
            // Nobody will ask for them.
            batches.clear();
        }
    }

    /** Serves the delivery again when the event loop has served others; all that wait share one turn. */
    void soon(Delivery delivery) {
        if (waiting.isEmpty()) {
            execute(() -> {
                var now = List.copyOf(waiting);
                waiting.clear();
                turn(now);
            });
        }
        waiting.add(delivery);
    }

    /** Serves deliveries that have positions of their own. */
    void turn(Collection<Delivery> deliveries) {
        turnBegan = nanoTime();
        for (var delivery : deliveries) {
            try {
                delivery.pump();
            } catch (RuntimeException e) {
                LOG.atError().setCause(e).log("a stream failed and is ended");
                delivery.end(EndReason.INTERNAL);
            }
        }
    }

    void after(long millis, Runnable task) {
        vertx.setTimer(millis, ignored -> execute(task));
    }
}
