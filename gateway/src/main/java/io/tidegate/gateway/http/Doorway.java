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
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
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
    private static final long EXPIRING_MILLIS = 60_000;

    private final Vertx vertx;
    private final Context context;
    private final Supplier<Catalog> catalog;
    private final Map<Delivery, Open> streams = new LinkedHashMap<>();
    private final Queue<Open> unreviewed = new ArrayDeque<>();
    private final Gatekeeper gatekeeper;
    private final Subscriber subscriber;
    private final Telemetry telemetry;
    private final BooleanSupplier isDraining;

    /** A stream, and what it was opened as. */
    private static final class Open {
        private final Delivery delivery;
        private final LiveProduct product;
        private final Counting counting;
        private Caller caller;
        private Optional<ProductSchema> told = Optional.empty();

        Open(Delivery delivery, LiveProduct product, Counting counting, Caller caller) {
            this.delivery = delivery;
            this.product = product;
            this.counting = counting;
            this.caller = caller;
        }
    }

    /**
     * @param context
     *            of the event loop
     * @param catalog
     *            what is live now
     */
    public Doorway(Vertx vertx, Context context, Supplier<Catalog> catalog, Gatekeeper gatekeeper,
            Subscriber subscriber, Telemetry telemetry, BooleanSupplier isDraining) {
        this.vertx = vertx;
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

    public Vertx vertx() {
        return vertx;
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
            BooleanSupplier isWanted, java.util.function.Consumer<EndReason> ended) {
        if (isDraining.getAsBoolean()) {
            return Future.failedFuture(new Refusal.Thrown(new Refusal(RefusalCode.DRAINING,
                    "The gateway is restarting; connect again.",
                    Optional.of(Duration.ofSeconds(1)))));
        }
        Lease lease;
        try {
            lease = gatekeeper.subscription(caller, plan(wish));
        } catch (Refusal.Thrown e) {
            return Future.failedFuture(e);
        }
        var meters = telemetry.product(wish.product().id());
        var counting = new Counting(meters, transport, lease, ended);
        meters.subscriptionOpened(transport);
        return subscriber.subscribe(wish, outlet, counting, isWanted)
                .onSuccess(opened -> opened.ifPresentOrElse(
                        delivery -> opened(delivery, wish.product(), caller, counting),
                        () -> counting.ended(EndReason.CLIENT_CLOSED)))
                .onFailure(failure -> counting.ended(EndReason.REFUSED));
    }

    private void opened(Delivery delivery, LiveProduct product, Caller caller,
            Counting counting) {
        endWithToken(delivery, caller, counting);
        if (delivery.isEnded()) {
            return;
        }
        var stream = new Open(delivery, product, counting, caller);
        counting.stream = Optional.of(delivery);
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
        endWithToken(delivery, fresh, stream.counting);
        return true;
    }

    /** The catalog has changed: ends the streams that would be others now. From any thread. */
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
                stream.delivery.end(EndReason.INTERNAL);
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

    private void review(Open stream) {
        if (stream.delivery.isEnded()) {
            return;
        }
        var now = catalog.get();
        switch (now.standing(stream.product, stream.caller, gatekeeper.clock().instant())) {
            case UNTOUCHED -> {
            }
            case FORMER -> now.product(stream.product.id())
                    .filter(live -> !stream.told.equals(Optional.of(live.schema())))
                    .ifPresent(live -> {
                        stream.told = Optional.of(live.schema());
                        stream.delivery.notice(newVersion(live));
                    });
            case CHANGED -> stream.delivery.end(EndReason.CONTRACT_CHANGED);
            case FORBIDDEN -> stream.delivery.end(EndReason.FORBIDDEN);
            case REMOVED -> stream.delivery.end(EndReason.REMOVED);
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

    private Plan plan(Subscriber.Wish wish) {
        return gatekeeper.plan(wish.permit().plan());
    }

    private void endWithToken(Delivery delivery, Caller caller, Counting counting) {
        counting.cancelTimers();
        long millis = Math.max(1,
                Duration.between(gatekeeper.clock().instant(), caller.expiresAt()).toMillis());
        counting.end = vertx.setTimer(millis, ignored -> delivery.end(EndReason.TOKEN_EXPIRED));
        // A token that is nearly over at the start is told of as soon as the transport is ready.
        counting.warning = vertx.setTimer(Math.max(1, millis - EXPIRING_MILLIS),
                ignored -> delivery.notice(expiring(caller)));
        if (delivery.isEnded()) {
            counting.cancelTimers();
        }
    }

    private static String expiring(Caller caller) {
        return new JsonObject().put("code", "token-expiring").put("message",
                "The stream ends with its token; send a fresh one where the transport can, else"
                        + " come back with one and the cursor.")
                .put("until", caller.expiresAt().toString()).encode();
    }

    private final class Counting implements DeliveryListener {
        private final ProductMeters meters;
        private final Transport transport;
        private final ProductMeters.Delivery delivered;
        private final Lease lease;
        private final java.util.function.Consumer<EndReason> then;
        private Optional<Delivery> stream = Optional.empty();
        private long end = -1;
        private long warning = -1;
        private boolean isEnded;

        Counting(ProductMeters meters, Transport transport, Lease lease,
                java.util.function.Consumer<EndReason> then) {
            this.meters = meters;
            this.transport = transport;
            this.delivered = meters.delivery(transport);
            this.lease = lease;
            this.then = then;
        }

        void cancelTimers() {
            vertx.cancelTimer(end);
            vertx.cancelTimer(warning);
        }

        @Override
        public void delivered(int events, int bytes) {
            delivered.delivered(events, bytes);
        }

        @Override
        public void ended(EndReason reason) {
            if (isEnded) {
                return;
            }
            isEnded = true;
            lease.close();
            stream.ifPresent(streams::remove);
            cancelTimers();
            meters.subscriptionEnded(transport, reason);
            then.accept(reason);
        }
    }
}
