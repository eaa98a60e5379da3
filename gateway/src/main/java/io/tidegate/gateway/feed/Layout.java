package io.tidegate.gateway.feed;

import java.util.ArrayList;
import java.util.List;

/**
 * The partitions that make up a product's log, in the order in which positions list them.
 *
 * @param slots
 *            topics in the contract's order, each with its partitions from 0
 */
record Layout(List<Slot> slots) {
    Layout {
        slots = List.copyOf(slots);
    }

    /**
     * @param stamp
     *            of the topic's id, as cursors carry it
     */
    record Slot(String topic, String topicId, int partition, int stamp) {
        Slot(String topic, String topicId, int partition) {
            this(topic, topicId, partition, Cursors.stamp(topicId));
        }
    }

    int size() {
        return slots.size();
    }

    Position position(long[] next, int[] epochs) {
        var at = new ArrayList<Position.Slot>(slots.size());
        for (int i = 0; i < slots.size(); i++) {
            var slot = slots.get(i);
            at.add(new Position.Slot(slot.topic(), slot.topicId(), slot.partition(), next[i],
                    epochs[i]));
        }
        return new Position(at);
    }
}
