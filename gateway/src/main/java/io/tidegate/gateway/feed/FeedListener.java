package io.tidegate.gateway.feed;

import io.tidegate.schema.Misfit;
import java.util.List;

/** Hears what a feed does, for metrics. Called on the writer's thread unless said otherwise; must return at once. */
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

    /** Of one record, once for each reading of the log and not again for replays of it. Before its batch is told. */
    void read(Feed feed, Event event);

    /** Values of one record that did not fit their type; the record is read or withheld all the same. */
    void misfits(Feed feed, List<Misfit> misfits);

    /** A reader that is behind was given a block, whoever has read it. On any thread. */
    default void blockTaken(Feed feed) {
    }

    /** Blocks have been read from Kafka, for all readers that are behind. On any thread. */
    default void blocksRead(Feed feed, int blocks) {
    }

    /** A block has left memory to make room. On any thread. */
    default void blockLeft(Feed feed) {
    }

    /** Hears nothing. */
    FeedListener NONE = new FeedListener() {
        @Override
        public void appended(Feed feed, long events, long bytes, long lag) {
        }

        @Override
        public void lost(Feed feed, Lost lost) {
        }

        @Override
        public void read(Feed feed, Event event) {
        }

        @Override
        public void misfits(Feed feed, List<Misfit> misfits) {
        }
    };
}
