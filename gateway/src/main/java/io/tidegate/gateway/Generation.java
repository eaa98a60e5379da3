package io.tidegate.gateway;

import io.tidegate.contract.ProductId;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.view.View;
import io.tidegate.gateway.view.ViewFeeder;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What runs for a product as long as its events are read and written in one way: its feed, and what keeps its view up to
 * date. For the thread that reloads.
 */
final class Generation {
    private final Feed feed;
    private final FeedMeters meters;
    private @Nullable View view;
    private @Nullable ViewFeeder feeder;
    private final AtomicBoolean isEnding = new AtomicBoolean();

    Generation(Feed feed, FeedMeters meters) {
        this.feed = feed;
        this.meters = meters;
    }

    ProductId id() {
        return feed.id();
    }

    Feed feed() {
        return feed;
    }

    FeedMeters meters() {
        return meters;
    }

    Optional<View> view() {
        return Optional.ofNullable(view);
    }

    Optional<ViewFeeder> feeder() {
        return Optional.ofNullable(feeder);
    }

    /** The view is kept up to date from here on. */
    void feed(View fed, ViewFeeder by) {
        view = fed;
        feeder = by;
        by.start();
    }

    /** Ends what feeds the view, and leaves the view to whoever goes on with it. */
    Optional<View> leaveView() {
        var left = Optional.ofNullable(view);
        if (feeder != null) {
            feeder.close();
        }
        feeder = null;
        view = null;
        return left;
    }

    /** True for the one who is to end it. */
    boolean isEndedFirst() {
        return isEnding.compareAndSet(false, true);
    }
}
