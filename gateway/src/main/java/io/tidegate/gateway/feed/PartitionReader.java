package io.tidegate.gateway.feed;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A consumer that stands somewhere in one partition of one product's topics. Of one thread at a time. */
final class PartitionReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Consumer<byte[], byte[]> kafka;
    private final Layout layout;
    private TopicPartition partition;
    private int slot;
    private List<ConsumerRecord<byte[], byte[]>> arrived = List.of();
    /** Of those that have arrived, the next one to be taken. */
    private int index;

    /**
     * @param layout
     *            of the product: what has arrived of a topic must not be taken for what another one of its name holds
     */
    PartitionReader(Consumer<byte[], byte[]> kafka, Layout layout, int slot, long offset) {
        this.kafka = kafka;
        this.layout = layout;
        this.slot = slot;
        this.partition = partition(layout, slot);
        kafka.assign(List.of(partition));
        kafka.seek(partition, offset);
    }

    private static TopicPartition partition(Layout layout, int slot) {
        var place = layout.slots().get(slot);
        return new TopicPartition(place.topic(), place.partition());
    }

    Layout layout() {
        return layout;
    }

    int slot() {
        return slot;
    }

    TopicPartition partition() {
        return partition;
    }

    /** Goes to another place of the same product. */
    void move(int there, long offset) {
        if (slot != there) {
            slot = there;
            partition = partition(layout, there);
            kafka.assign(List.of(partition));
        }
        seek(offset);
    }

    void seek(long offset) {
        arrived = List.of();
        index = 0;
        kafka.seek(partition, offset);
    }

    /** Everything before it has been taken, or is no committed record. */
    long position() {
        var record = peek();
        return record == null ? kafka.position(partition, PATIENCE) : record.offset();
    }

    /** The next record; null if none has arrived. */
    @Nullable
    ConsumerRecord<byte[], byte[]> peek() {
        return index < arrived.size() ? arrived.get(index) : null;
    }

    void advance() {
        index++;
    }

    /** Waits for records, a little, once all that arrived have been taken. */
    void poll() {
        arrived = List.of();
        index = 0;
        arrived = kafka.poll(POLL).records(partition);
    }

    /** The first offset that is retained. */
    long earliest() {
        return requireNonNull(
                kafka.beginningOffsets(List.of(partition), PATIENCE).get(partition), "asked for");
    }

    @Override
    public void close() {
        try {
            kafka.close(CloseOptions.timeout(Duration.ofSeconds(1)));
        } catch (KafkaException e) {
            // Whatever it was, nobody reads with it any more.
        }
    }
}
