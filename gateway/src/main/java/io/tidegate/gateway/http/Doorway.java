package io.tidegate.gateway.http;

import io.tidegate.gateway.access.Caller;
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
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Opens streams for the transports of one event loop: takes the lease, counts, ends them when the token does. What is the
 * same on every transport happens here, so that none can forget it.
 */
public final class Doorway {
    private final Vertx vertx;
    private final Gatekeeper gatekeeper;
    private final Subscriber subscriber;
    private final Telemetry telemetry;
    private final BooleanSupplier isDraining;

    public Doorway(Vertx vertx, Gatekeeper gatekeeper, Subscriber subscriber, Telemetry telemetry,
            BooleanSupplier isDraining) {
        this.vertx = vertx;
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
                        delivery -> endWithToken(delivery, caller, counting),
                        () -> counting.ended(EndReason.CLIENT_CLOSED)))
                .onFailure(failure -> counting.ended(EndReason.REFUSED));
    }

    private Plan plan(Subscriber.Wish wish) {
        return gatekeeper.plan(wish.permit().plan());
    }

    private void endWithToken(Delivery delivery, Caller caller, Counting counting) {
        long millis = Math.max(1,
                Duration.between(gatekeeper.clock().instant(), caller.expiresAt()).toMillis());
        counting.timer = vertx.setTimer(millis, ignored -> delivery.end(EndReason.TOKEN_EXPIRED));
        if (delivery.isEnded()) {
            vertx.cancelTimer(counting.timer);
        }
    }

    private final class Counting implements DeliveryListener {
        private final ProductMeters meters;
        private final Transport transport;
        private final ProductMeters.Delivery delivered;
        private final Lease lease;
        private final java.util.function.Consumer<EndReason> then;
        private long timer = -1;
        private boolean isEnded;

        Counting(ProductMeters meters, Transport transport, Lease lease,
                java.util.function.Consumer<EndReason> then) {
            this.meters = meters;
            this.transport = transport;
            this.delivered = meters.delivery(transport);
            this.lease = lease;
            this.then = then;
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
            if (timer >= 0) {
                vertx.cancelTimer(timer);
            }
            meters.subscriptionEnded(transport, reason);
            then.accept(reason);
        }
    }
}
