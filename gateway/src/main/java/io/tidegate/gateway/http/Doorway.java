package io.tidegate.gateway.http;

import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.catalog.Standing;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
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

    /** How long before its token's end a stream is told. */
    private static final Duration EXPIRING = Duration.ofMinutes(1);

    private static final String STALLED = new JsonObject().put("code", "upstream-stalled")
            .put("message", "The product's data source does not answer. This stream stays open"
                    + " and goes on by itself.")
            .encode();
    private static final String RESUMED = new JsonObject().put("code", "upstream-resumed")
            .put("message", "The product's data source answers again.").encode();

    private final Context context;
    private final Supplier<Catalog> catalog;
    private final AtomicLong ids;
    private final Pulse pulse;
    private final Deadlines deadlines;
    private final Map<Delivery, Stream> streams = new LinkedHashMap<>();
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
            ended.accept(EndReason.REFUSED);
            return Future.failedFuture(new Refusal.Thrown(draining()));
        }
        Lease lease;
        try {
            lease = gatekeeper.subscription(caller, plan(wish));
        } catch (Refusal.Thrown e) {
            ended.accept(EndReason.REFUSED);
            return Future.failedFuture(e);
        }
        var meters = telemetry.product(wish.product().id());
        var stream = new Stream(wish, caller, meters, transport, lease, ended);
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
        stream.setDeadline();
        streams.put(delivery, stream);
        // The catalog may have changed since the product was taken from it; told when the transport is ready to be.
        onLoop(() -> review(stream));
    }

    /**
     * Lets a stream go on under a fresh token of the same client. False where the token opens another view of the product:
     * then nothing has happened, and the stream has to be opened anew from its cursor.
     */
    public boolean renew(Delivery delivery, Caller fresh) {
        var stream = streams.get(delivery);
        var now = gatekeeper.clock().instant();
        if (stream == null || delivery.isEnded()) {
            return false;
        }
        var rules = stream.product.rules();
        var standing = catalog.get().standing(stream.product, fresh, now);
        if ((standing != Standing.UNTOUCHED && standing != Standing.FORMER)
                || !rules.decide(fresh, now).equals(rules.decide(stream.caller, now))) {
            return false;
        }
        stream.caller = fresh;
        stream.setDeadline();
        return true;
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
            for (var stream : streams.values()) {
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
            var found = streams.values().stream().filter(stream -> stream.id == session)
                    .findFirst();
            found.ifPresent(stream -> stream.end(EndReason.ENDED));
            answer.complete(found.isPresent());
        });
        return answer.future();
    }

    /**
     * The catalog has changed, or what is in it cannot be read any more, or can again: ends the streams that would be others
     * now and tells the others. From any thread.
     */
    public void catalogChanged() {
        onLoop(() -> {
            boolean isAtWork = !unreviewed.isEmpty();
            unreviewed.clear();
            unreviewed.addAll(streams.values());
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
        for (var other : stream.related) {
            // Whatever it is: what the events lead to is another thing now, or is not there for this caller any more.
            if (now.standing(other, stream.caller,
                    gatekeeper.clock().instant()) != Standing.UNTOUCHED) {
                delivery.end(EndReason.CONTRACT_CHANGED);
            }
        }
        tellOfStall(stream, delivery);
    }

    private static void tellOfStall(Stream stream, Delivery delivery) {
        boolean isStalled = stream.product.isWaiting();
        if (isStalled == stream.isToldOfStall || delivery.isEnded()) {
            return;
        }
        stream.isToldOfStall = isStalled;
        delivery.notice(isStalled ? STALLED : RESUMED);
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

    private static String expiring(Caller caller) {
        return new JsonObject().put("code", "token-expiring").put("message",
                "The stream ends with its token; send a fresh one where the transport can, else"
                        + " come back with one and the cursor.")
                .put("until", caller.expiresAt().toString()).encode();
    }

    /** A stream, and what it was opened as. It is due when the token ends. */
    private final class Stream extends Deadlines.Deadline implements DeliveryListener {
        private final long id = ids.incrementAndGet();
        private final LiveProduct product;
        /** Others whose rows its events lead to. */
        private final List<LiveProduct> related;
        private Caller caller;
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
        private boolean isToldOfStall;
        private boolean isToldOfExpiry;
        private boolean isEnded;

        Stream(Subscriber.Wish wish, Caller caller, ProductMeters meters, Transport transport,
                Lease lease, Consumer<EndReason> then) {
            this.product = wish.product();
            this.related = wish.related();
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

        /** Twice: a minute before the token ends, and then. A token that is nearly over is told of at once. */
        void setDeadline() {
            isToldOfExpiry = false;
            deadlines.set(this, left().minus(EXPIRING));
        }

        private Duration left() {
            return Duration.between(gatekeeper.clock().instant(), caller.expiresAt());
        }

        @Override
        protected void due() {
            if (isToldOfExpiry || delivery == null) {
                end(EndReason.TOKEN_EXPIRED);
            } else {
                isToldOfExpiry = true;
                deadlines.set(this, left());
                delivery.notice(expiring(caller));
            }
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
            if (delivery != null) {
                streams.remove(delivery);
            }
            deadlines.cancel(this);
            meters.subscriptionEnded(transport, reason);
            then.accept(reason);
        }
    }
}
