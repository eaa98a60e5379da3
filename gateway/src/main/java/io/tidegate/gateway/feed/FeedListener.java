package io.tidegate.gateway.feed;

/** Hears what a feed does, for metrics. Called on the writer's thread; must return at once. */
public interface FeedListener {

    void appended(Feed feed, long events);

    void lost(Feed feed, Lost lost);

    /** Hears nothing. */
    FeedListener NONE = new FeedListener() {
        @Override
        public void appended(Feed feed, long events) {
        }

        @Override
        public void lost(Feed feed, Lost lost) {
        }
    };
}
