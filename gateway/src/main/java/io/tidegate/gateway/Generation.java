package io.tidegate.gateway;

import io.tidegate.contract.ProductId;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.view.View;
import io.tidegate.gateway.view.ViewFeeder;
import java.util.List;
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
    private List<ViewFeeder> feeders = List.of();
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

    List<ViewFeeder> feeders() {
        return feeders;
    }

    /**
     * Whether its view, if it has one, has once had everything that the feed had. Of its parts the first one counts: the others
     * are not asked before they are as far.
     */
    boolean isCaughtUp() {
        return feeders.isEmpty() || feeders.getFirst().isCaughtUp();
    }

    /** The view is kept up to date from here on. */
    void feed(View fed, List<ViewFeeder> by) {
        view = fed;
        feeders = List.copyOf(by);
        feeders.forEach(ViewFeeder::start);
    }

    /** Ends what feeds the view, and leaves the view to whoever goes on with it. */
    Optional<View> leaveView() {
        var left = Optional.ofNullable(view);
        feeders.forEach(ViewFeeder::close);
        feeders = List.of();
        view = null;
        return left;
    }

    /** True for the one who is to end it. */
    boolean isEndedFirst() {
        return isEnding.compareAndSet(false, true);
    }
}
