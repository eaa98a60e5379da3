package io.tidegate.gateway.http;

import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.delivery.Delivery;
import io.tidegate.gateway.delivery.DeliveryListener;
import io.tidegate.gateway.delivery.Outlet;
import io.tidegate.gateway.delivery.Subscriber;
import io.tidegate.gateway.limit.Lease;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.gateway.telemetry.ProductMeters;
import io.tidegate.gateway.telemetry.Telemetry;
import io.tidegate.gateway.telemetry.Transport;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens streams for the transports of one event loop: takes the lease, counts, ends them when the token does or when the
 * product they read is not what it was. What is the same on every transport happens here, so that none can forget it.
 */
public final class Doorway {
    private static final Logger LOG = LoggerFactory.getLogger(Doorway.class);
    /** Streams that are looked at after a change of the catalog before the loop's other work has its turn. */
    private static final int REVIEW = 500;

    private final Context context;
    private final Supplier<Catalog> catalog;
    private final AtomicLong ids;
    private final Pulse pulse;
    private final Deadlines deadlines;
    private final Set<Stream> streams = new LinkedHashSet<>();
    private final Queue<Stream> unreviewed = new ArrayDeque<>();
    private final Gatekeeper gatekeeper;
    private final Subscriber subscriber;
    private final Telemetry telemetry;
    private final BooleanSupplier isDraining;

    /**
     * @param context
     *            of the event loop
     * @param catalog
     *            what is live now
     * @param ids
     *            of the process's sessions
     */
    public Doorway(Vertx vertx, Context context, Supplier<Catalog> catalog, Gatekeeper gatekeeper,
            Subscriber subscriber, Telemetry telemetry, Heartbeat heartbeat, AtomicLong ids,
            BooleanSupplier isDraining) {
        this.ids = ids;
        this.pulse = new Pulse(heartbeat);
        this.deadlines = new Deadlines(vertx);
        this.context = context;
        this.catalog = catalog;
        this.gatekeeper = gatekeeper;
        this.subscriber = subscriber;
        this.telemetry = telemetry;
        this.isDraining = isDraining;
    }

    public Gatekeeper gatekeeper() {
        return gatekeeper;
    }

    public Telemetry telemetry() {
        return telemetry;
    }

    /** The heartbeat of the loop's connections. */
    public Pulse pulse() {
        return pulse;
    }

    /** What happens at a certain time on this loop. */
    public Deadlines deadlines() {
        return deadlines;
    }

    /**
     * Opens a stream; fails with {@link Refusal.Thrown}. The stream ends by itself when the caller's token does.
     *
     * @param isWanted
     *            asked when everything is ready: the client may be gone by then, and the result is empty
     * @param ended
     *            told once, whatever ended it
     */
    public Future<Optional<Delivery>> open(Caller caller, Subscriber.Wish wish, Transport transport,
            Outlet outlet,
            BooleanSupplier isWanted, Consumer<EndReason> ended) {
        if (isDraining.getAsBoolean()) {
            return Future.failedFuture(new Refusal.Thrown(draining()));
        }
        Lease lease;
        try {
            lease = gatekeeper.subscription(caller, plan(wish));
        } catch (Refusal.Thrown e) {
            return Future.failedFuture(e);
        }
        var meters = telemetry.product(wish.product().id());
        var stream = new Stream(wish.product(), caller, meters, transport, lease, ended);
        meters.subscriptionOpened(transport);
        return subscriber.subscribe(wish, outlet, stream, isWanted)
                .onSuccess(opened -> opened.ifPresentOrElse(
                        delivery -> opened(stream, delivery),
                        () -> stream.ended(EndReason.CLIENT_CLOSED)))
                .onFailure(failure -> stream.ended(EndReason.REFUSED));
    }

    private void opened(Stream stream, Delivery delivery) {
        stream.delivery = delivery;
        if (delivery.isEnded()) {
            return;
        }
        deadlines.set(stream,
                Duration.between(gatekeeper.clock().instant(), stream.caller.expiresAt()));
        streams.add(stream);
        // The catalog may have changed since the product was taken from it; told when the transport is ready to be.
        onLoop(() -> review(stream));
    }

    /** What a client hears that comes while all others are sent away. */
    public static Refusal draining() {
        return new Refusal(RefusalCode.DRAINING, "The gateway is restarting; connect again.",
                Optional.of(Duration.ofSeconds(1)));
    }

    /**
     * Streams of this loop that are open now, in the order in which they were opened. From any thread.
     *
     * @param after
     *            only those with a greater id
     * @param most
     *            as many at most
     */
    public Future<List<Session>> sessions(long after, int most) {
        Promise<List<Session>> answer = Promise.promise();
        onLoop(() -> {
            var found = new ArrayList<Session>();
            for (var stream : streams) {
                var delivery = stream.delivery;
                if (stream.id > after && delivery != null && found.size() < most) {
                    found.add(new Session(stream.id, stream.caller.partner(), stream.transport,
                            stream.product.id().path(), Instant.ofEpochMilli(stream.since),
                            delivery.cursor(), delivery.behind(), stream.events));
                }
            }
            answer.complete(found);
        });
        return answer.future();
    }

    /** Ends a stream; its client is told where to resume. False if there is none of this id here. From any thread. */
    public Future<Boolean> end(long session) {
        Promise<Boolean> answer = Promise.promise();
        onLoop(() -> {
            var found = streams.stream().filter(stream -> stream.id == session).findFirst();
            found.ifPresent(stream -> stream.end(EndReason.ENDED));
            answer.complete(found.isPresent());
        });
        return answer.future();
    }

    /** The catalog has changed: ends the streams that would be others now. From any thread. */
    public void catalogChanged() {
        onLoop(() -> {
            boolean isAtWork = !unreviewed.isEmpty();
            unreviewed.clear();
            unreviewed.addAll(streams);
            if (!isAtWork) {
                reviewSome();
            }
        });
    }

    private void reviewSome() {
        for (int i = 0; i < REVIEW && !unreviewed.isEmpty(); i++) {
            var stream = unreviewed.remove();
            try {
                review(stream);
            } catch (RuntimeException e) {
                // It may not go on unjudged, and the others have to be judged all the same.
                LOG.atError().setCause(e).addKeyValue("product", stream.product.id())
                        .log("a stream could not be judged after a change; it is ended");
                stream.end(EndReason.INTERNAL);
            }
        }
        if (!unreviewed.isEmpty()) {
            onLoop(this::reviewSome);
        }
    }

    private void onLoop(Runnable task) {
        try {
            context.runOnContext(ignored -> task.run());
        } catch (RejectedExecutionException e) {
            // The gateway is ending, and its streams with it.
        }
    }

    private void review(Stream stream) {
        var delivery = stream.delivery;
        if (delivery == null || delivery.isEnded()) {
            return;
        }
        var now = catalog.get();
        switch (now.standing(stream.product, stream.caller, gatekeeper.clock().instant())) {
            case UNTOUCHED -> {
            }
            case FORMER -> now.product(stream.product.id())
                    .filter(live -> !live.schema().equals(stream.told))
                    .ifPresent(live -> {
                        stream.told = live.schema();
                        delivery.notice(newVersion(live));
                    });
            case CHANGED -> delivery.end(EndReason.CONTRACT_CHANGED);
            case FORBIDDEN -> delivery.end(EndReason.FORBIDDEN);
            case REMOVED -> delivery.end(EndReason.REMOVED);
        }
    }

    private static String newVersion(LiveProduct live) {
        var notice = new JsonObject().put("code", "new-version").put("message",
                "The product's schema has grown. This stream goes on as it was opened;"
                        + " come back with its cursor for the new one.")
                .put("version", live.contract().version());
        live.former().ifPresent(former -> notice.put("until", former.until().toString()));
        return notice.encode();
    }

    /**
     * Tells every connection of this loop to come back elsewhere, spread over the window. Completes when all have been told.
     * From any thread.
     */
    public Future<Void> drain(Drain drain) {
        Promise<Void> told = Promise.promise();
        context.runOnContext(ignored -> {
            var members = new ArrayList<>(pulse.members());
            Collections.shuffle(members);
            var offsets = drain.offsetsMillis(members.size(), new SplittableRandom());
            for (int i = 0; i < offsets.length; i++) {
                var member = members.get(i);
                if (offsets[i] == 0) {
                    member.drain();
                } else {
                    deadlines.after(Duration.ofMillis(offsets[i]), member::drain);
                }
            }
            if (drain.window().isZero() || members.isEmpty()) {
                told.complete();
            } else {
                deadlines.after(drain.window(), told::complete);
            }
        });
        return told.future();
    }

    private Plan plan(Subscriber.Wish wish) {
        return gatekeeper.plan(wish.permit().plan());
    }

    /** A stream, and what it was opened as. It is due when the token ends. */
    private final class Stream extends Deadlines.Deadline implements DeliveryListener {
        private final long id = ids.incrementAndGet();
        private final LiveProduct product;
        private final Caller caller;
        /** Milliseconds since 1970. */
        private final long since = gatekeeper.clock().millis();
        private final ProductMeters meters;
        private final Transport transport;
        private final ProductMeters.Delivery delivered;
        private final Lease lease;
        private final Consumer<EndReason> then;
        /** Null until everything is ready. */
        private @Nullable Delivery delivery;
        /** The newer schema that the client has been told of. */
        private @Nullable ProductSchema told;
        private long events;
        private boolean isEnded;

        Stream(LiveProduct product, Caller caller, ProductMeters meters, Transport transport,
                Lease lease, Consumer<EndReason> then) {
            this.product = product;
            this.caller = caller;
            this.meters = meters;
            this.transport = transport;
            this.delivered = meters.delivery(transport);
            this.lease = lease;
            this.then = then;
        }

        void end(EndReason reason) {
            if (delivery != null) {
                delivery.end(reason);
            }
        }

        @Override
        protected void due() {
            end(EndReason.TOKEN_EXPIRED);
        }

        @Override
        public void delivered(int count, int bytes) {
            events += count;
            delivered.delivered(count, bytes);
        }

        @Override
        public void ended(EndReason reason) {
            if (isEnded) {
                return;
            }
            isEnded = true;
            lease.close();
            streams.remove(this);
            deadlines.cancel(this);
            meters.subscriptionEnded(transport, reason);
            then.accept(reason);
        }
    }
}
