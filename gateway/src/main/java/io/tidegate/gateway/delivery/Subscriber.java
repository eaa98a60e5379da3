package io.tidegate.gateway.delivery;

import io.tidegate.gateway.access.Permit;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.From;
import io.tidegate.gateway.feed.Start;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.shape.JoinedShape;
import io.tidegate.gateway.shape.Shape;
import io.tidegate.gateway.subscription.Tempo;
import io.tidegate.gateway.view.ViewFailure;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Opens subscriptions on one event loop: finds where the reader begins, reads the current state first if that is asked for,
 * and hands both to the {@link Hub}.
 */
public final class Subscriber {
    private final Hub hub;
    private final OffLoop offLoop;

    public Subscriber(Hub hub, Context context, Executor blocking) {
        this.hub = hub;
        this.offLoop = new OffLoop(blocking, context);
    }

    /**
     * What a client asks for, with what its permit adds.
     *
     * @param where
     *            the client's own filter; the permit's rows are added here
     * @param hasSnapshot
     *            whether the current state comes first; not for a reader that brings a cursor from behind a snapshot
     * @param related
     *            other products whose rows its events lead to, as they were when they were granted
     */
    public record Wish(LiveProduct product, Permit permit, Shape shape, Predicate where,
            Framing framing, From from,
            Tempo tempo, boolean hasSnapshot, Pace pace, List<LiveProduct> related) {
        public Wish {
            related = List.copyOf(related);
        }

        /** A wish for one product's events alone. */
        public Wish(LiveProduct product, Permit permit, Shape shape, Predicate where,
                Framing framing, From from, Tempo tempo, boolean hasSnapshot, Pace pace) {
            this(product, permit, shape, where, framing, from, tempo, hasSnapshot, pace,
                    List.of());
        }

        Predicate predicate() {
            return Predicate.both(permit.rows(), where);
        }
    }

    private record Opening(Start start, @Nullable SnapshotRows snapshot) {
        void close() {
            if (snapshot != null) {
                snapshot.close();
            }
        }
    }

    /**
     * Opens a subscription; completes on the event loop, failing with {@link Refusal.Thrown} only.
     *
     * @param isWanted
     *            asked again when everything is ready: the client may be gone by then
     */
    public Future<Optional<Delivery>> subscribe(Wish wish, Outlet outlet, DeliveryListener listener,
            java.util.function.BooleanSupplier isWanted) {
        var feed = wish.product().feed();
        Future<Opening> opening;
        Feed.Era era;
        try {
            era = feed.era();
            boolean isSnapshot = beginsWithSnapshot(wish);
            Optional<Start> start = isSnapshot
                    ? Optional.empty()
                    : feed.resolveAtOnce(wish.from());
            opening = start.isPresent()
                    ? Future.succeededFuture(new Opening(start.get(), null))
                    : offLoop.call(() -> isSnapshot
                            ? snapshot(wish)
                            : new Opening(feed.resolve(wish.from()), null));
        } catch (Refusal.Thrown e) {
            return Future.failedFuture(e);
        }
        return opening.map(found -> {
            if (!isWanted.getAsBoolean()) {
                found.close();
                return Optional.<Delivery>empty();
            }
            if (!feed.isCurrent(era)) {
                found.close();
                throw new Refusal.Thrown(Refusal.of(RefusalCode.UPSTREAM_UNAVAILABLE,
                        "The product's log begins anew just now; try again."));
            }
            return Optional.of(hub.open(
                    new Hub.Request(feed, shape(wish), wish.predicate(),
                            wish.permit().rows(), wish.framing(), wish.tempo(),
                            wish.pace()),
                    new Hub.Beginning(era, found.start(), untold(wish, found.start())),
                    found.snapshot(), outlet, listener));
        });
    }

    /** The cursor that a client came with, if there is something to tell it that is missing behind that. */
    private static @Nullable String untold(Wish wish, Start start) {
        return wish.from() instanceof From.After(var cursor) && !start.lost().isEmpty()
                ? cursor
                : null;
    }

    /** What has to be looked up is a reader's own. */
    private Shape shape(Wish wish) {
        return wish.shape() instanceof JoinedShape joined
                ? new Joining(joined, offLoop)
                : wish.shape();
    }

    /** A cursor from behind a snapshot continues; one from within it cannot. */
    private static boolean beginsWithSnapshot(Wish wish) {
        return wish.product().feed().isWithinSnapshot(wish.from())
                || (wish.hasSnapshot() && !(wish.from() instanceof From.After));
    }

    private Opening snapshot(Wish wish) {
        var view = wish.product().view().orElseThrow(() -> new Refusal.Thrown(Refusal.of(
                RefusalCode.PRODUCT_NOT_QUERYABLE,
                "This product is a stream only; it has no snapshot.")));
        try {
            var scan = view.scan(wish.predicate());
            var rows = SnapshotRows.begin(scan, offLoop);
            try {
                return new Opening(wish.product().feed().resolve(new From.At(scan.position())),
                        rows);
            } catch (RuntimeException e) {
                rows.close();
                throw e;
            }
        } catch (ViewFailure e) {
            throw new Refusal.Thrown(
                    Refusal.of(RefusalCode.VIEW_STALE,
                            "The product's current state cannot be read now; try again."));
        }
    }
}
