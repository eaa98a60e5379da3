package io.tidegate.gateway.feed;

/** Hears what a feed does, for metrics. Called on the writer's thread; must return at once. */
public interface FeedListener {

    /**
     * Events have been read.
     *
     * @param bytes
     *            of their payloads
     * @param lag
     *            events on the topics that have not been read yet
     */
    void appended(Feed feed, long events, long bytes, long lag);

    void lost(Feed feed, Lost lost);

    /** Hears nothing. */
    FeedListener NONE = new FeedListener() {
        @Override
        public void appended(Feed feed, long events, long bytes, long lag) {
        }

        @Override
        public void lost(Feed feed, Lost lost) {
        }
    };
}
