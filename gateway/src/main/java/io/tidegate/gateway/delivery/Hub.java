package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.Start;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.shape.Shape;
import io.tidegate.gateway.subscription.Subscription;
import io.tidegate.gateway.subscription.Tempo;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * All deliveries of one event loop. A feed wakes it once for all of them, however many there are and however often it
 * advances meanwhile.
 */
public final class Hub {
    private final Vertx vertx;
    private final Context context;
    private final Replays replays;
    private final Map<Feed, Wake> wakes = new HashMap<>();
    private final Set<Delivery> waiting = new LinkedHashSet<>();

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
     * Opens a delivery; the first events are written before this returns if there are any.
     *
     * @param snapshot
     *            rows of the current state that come first; null = none
     */
    public Delivery open(Request request, Start start, @Nullable Iterator<Event> snapshot,
            Outlet outlet,
            DeliveryListener listener) {
        var key = new Audience.Key(request.feed(), request.shape(), request.predicate(),
                request.permitted(), request.framing());
        var wake = wakes.computeIfAbsent(request.feed(), Wake::new);
        var audience = wake.audiences.computeIfAbsent(key, Audience::new);
        var delivery = new Delivery(this, audience, new Subscription(start, request.tempo(), event -> true, lost -> false),
                outlet,
                request.pace(), listener, snapshot);
        audience.members().add(delivery);
        turn(List.of(delivery));
        return delivery;
    }

    /** Every delivery at present, for draining and administration. */
    public List<Delivery> deliveries() {
        var all = new ArrayList<Delivery>();
        wakes.values()
                .forEach(wake -> wake.audiences.values().forEach(a -> all.addAll(a.members())));
        return all;
    }

    void remove(Delivery delivery, Audience audience) {
        audience.members().remove(delivery);
        var wake = wakes.get(audience.key().feed());
        if (wake != null && audience.members().isEmpty()) {
            wake.audiences.remove(audience.key());
            if (wake.audiences.isEmpty()) {
                wakes.remove(wake.feed);
                wake.feed.untap(wake.tap);
            }
        }
    }

    Replays replays() {
        return replays;
    }

    long nanoTime() {
        return System.nanoTime();
    }

    void execute(Runnable task) {
        context.runOnContext(ignored -> task.run());
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

    /** Serves deliveries together: those that are alike get the same bytes. */
    void turn(Collection<Delivery> deliveries) {
        deliveries.forEach(Delivery::pump);
        deliveries.forEach(Delivery::endTurn);
    }

    void after(long millis, Runnable task) {
        vertx.setTimer(millis, ignored -> execute(task));
    }

    /** The readers of one feed on this loop. */
    private final class Wake {
        private final Feed feed;
        private final Map<Audience.Key, Audience> audiences = new LinkedHashMap<>();
        private final AtomicBoolean isScheduled = new AtomicBoolean();
        private final Runnable tap = this::schedule;

        Wake(Feed feed) {
            this.feed = feed;
            feed.tap(tap);
        }

        /** On the feed's thread. */
        private void schedule() {
            if (isScheduled.compareAndSet(false, true)) {
                execute(this::run);
            }
        }

        private void run() {
            // First, so that what arrives from here on schedules another run.
            isScheduled.set(false);
            for (var audience : List.copyOf(audiences.values())) {
                turn(List.copyOf(audience.members()));
            }
        }
    }
}
