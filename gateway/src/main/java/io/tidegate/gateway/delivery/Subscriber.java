package io.tidegate.gateway.delivery;

import io.tidegate.gateway.access.Permit;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.From;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Start;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.shape.Shape;
import io.tidegate.gateway.subscription.Tempo;
import io.tidegate.gateway.view.ItemsQuery;
import io.tidegate.gateway.view.ViewFailure;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Opens subscriptions on one event loop: finds where the reader begins, reads the current state first if that is asked for,
 * and hands both to the {@link Hub}.
 */
public final class Subscriber {
    /** Rows of a current state that are sent before a stream; more belong to a pull query. */
    static final int SNAPSHOT_ROWS_MAX = 100_000;
    private static final int SNAPSHOT_PAGE = 5_000;

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
     *            whether the current state comes first
     */
    public record Wish(LiveProduct product, Permit permit, Shape shape, Predicate where,
            Framing framing, From from,
            Tempo tempo, boolean hasSnapshot, Pace pace) {
        Predicate predicate() {
            return Predicate.both(permit.rows(), where);
        }
    }

    private record Opening(Start start, @Nullable Iterator<Event> snapshot) {
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
            Optional<Start> start = wish.hasSnapshot()
                    ? Optional.empty()
                    : feed.resolveAtOnce(wish.from());
            opening = start.isPresent()
                    ? Future.succeededFuture(new Opening(start.get(), null))
                    : offLoop.call(() -> resolve(wish));
        } catch (Refusal.Thrown e) {
            return Future.failedFuture(e);
        }
        return opening.map(found -> {
            if (!feed.isCurrent(era)) {
                throw new Refusal.Thrown(Refusal.of(RefusalCode.UPSTREAM_UNAVAILABLE,
                        "The product's log begins anew just now; try again."));
            }
            return isWanted.getAsBoolean()
                    ? Optional.of(hub.open(
                            new Hub.Request(feed, wish.shape(), wish.predicate(),
                                    wish.permit().rows(), wish.framing(), wish.tempo(),
                                    wish.pace()),
                            found.start(), found.snapshot(), outlet, listener))
                    : Optional.<Delivery>empty();
        });
    }

    private Opening resolve(Wish wish) {
        if (!wish.hasSnapshot()) {
            return new Opening(wish.product().feed().resolve(wish.from()), null);
        }
        var view = wish.product().view().orElseThrow(() -> new Refusal.Thrown(Refusal.of(
                RefusalCode.PRODUCT_NOT_QUERYABLE,
                "This product is a stream only; it has no snapshot.")));
        try (var state = view.snapshot()) {
            var rows = new ArrayList<Event>();
            Optional<String> after = Optional.empty();
            while (true) {
                var page = state.items(
                        new ItemsQuery(wish.predicate(), List.of(), SNAPSHOT_PAGE, after, false));
                for (var row : page.rows()) {
                    rows.add(new Event(0, 0, -1, Op.SNAPSHOT, row.key(), row.time(), row.value(),
                            null));
                }
                if (rows.size() > SNAPSHOT_ROWS_MAX) {
                    throw new Refusal.Thrown(Refusal.of(RefusalCode.PARAMETER_INVALID,
                            "The snapshot has more than "
                                    + SNAPSHOT_ROWS_MAX
                                    + " rows; narrow it with a filter, or page through the pull query "
                                    + "and stream from its position."));
                }
                if (!page.hasMore()) {
                    var start = wish.product().feed().resolve(new From.At(state.position()));
                    return new Opening(start, rows.iterator());
                }
                after = Optional.of(page.rows().getLast().pageCursor());
            }
        } catch (ViewFailure e) {
            throw new Refusal.Thrown(
                    Refusal.of(RefusalCode.VIEW_STALE,
                            "The product's current state cannot be read now; try again."));
        }
    }
}
