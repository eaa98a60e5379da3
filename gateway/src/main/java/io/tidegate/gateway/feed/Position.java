package io.tidegate.gateway.feed;

import java.util.List;

/**
 * A place in a product's log: for each partition the next offset to read. Streams, pages, views and tokens all speak it.
 *
 * @param slots
 *            in the order of the product's topics, then of partitions
 */
public record Position(List<Slot> slots) {
    public Position {
        slots = List.copyOf(slots);
    }

    /**
     * @param topicId
     *            Kafka's id of the topic (KIP-516), so that a topic that was deleted and made again is another one
     * @param next
     *            offset of the first record that has not been seen
     * @param leaderEpoch
     *            of the last record seen (KIP-320); -1 = none
     */
    public record Slot(String topic, String topicId, int partition, long next, int leaderEpoch) {
    }
}
