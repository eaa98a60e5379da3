package io.tidegate.gateway.feed;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** A consumer that stands somewhere in one partition of one product's topics. Of one thread at a time. */
final class PartitionReader implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final GuardedConsumer kafka;
    private final Feed.Era era;
    private TopicPartition partition;
    private int slot;
    private List<ConsumerRecord<byte[], byte[]>> arrived = List.of();
    /** Of those that have arrived, the next one to be taken. */
    private int index;
    /** Where those that have arrived begin and end: with records that nobody sees there may be offsets before and behind them. */
    private int epochBefore;
    private long end;
    private int epochAtEnd;

    /**
     * @param era
     *            of the product: what has arrived of a log must not be taken for what another one of its name holds, be it of a
     *            topic that was made again or of one that was cut
     * @param epoch
     *            of what lies before the offset; -1 = unknown
     */
    PartitionReader(GuardedConsumer kafka, Feed.Era era, int slot, long offset, int epoch) {
        this.kafka = kafka;
        this.era = era;
        this.slot = slot;
        this.partition = kafka.partitions().get(slot);
        kafka.kafka().assign(List.of(partition));
        seek(offset, epoch);
    }

    Feed.Era era() {
        return era;
    }

    int slot() {
        return slot;
    }

    TopicPartition partition() {
        return partition;
    }

    /** Goes to another place of the same product. */
    void move(int there, long offset, int epoch) {
        if (slot != there) {
            slot = there;
            partition = kafka.partitions().get(there);
            kafka.kafka().assign(List.of(partition));
        }
        seek(offset, epoch);
    }

    /** See {@link GuardedConsumer#seek}. */
    void seek(long offset, int epoch) {
        arrived = List.of();
        index = 0;
        epochBefore = epoch;
        end = offset;
        epochAtEnd = epoch;
        kafka.seek(slot, offset, epoch);
    }

    /** Everything before it has been taken, or is no committed record. */
    long position() {
        var record = peek();
        return record == null ? end : record.offset();
    }

    /**
     * An epoch that Kafka can be asked with whether the position is still on the log: not before that of the last record
     * before it, and not behind that of the record at it.
     */
    int epoch() {
        var record = peek();
        if (record == null) {
            return epochAtEnd;
        }
        if (index == 0) {
            return epochBefore;
        }
        var before = arrived.get(index - 1);
        // What lies between two records that are not neighbours may be of the later epoch.
        return (before.offset() + 1 == record.offset() ? before : record).leaderEpoch().orElse(-1);
    }

    /** The next record; null if none has arrived. */
    @Nullable
    ConsumerRecord<byte[], byte[]> peek() {
        return index < arrived.size() ? arrived.get(index) : null;
    }

    void advance() {
        index++;
    }

    /**
     * Waits for records, a little, once all that arrived have been taken.
     *
     * @throws Replaced
     *             if the topics are not those of the era
     * @throws org.apache.kafka.clients.consumer.LogTruncationException
     *             if the log has been cut before the position
     */
    void poll() {
        arrived = List.of();
        index = 0;
        epochBefore = epochAtEnd;
        var records = kafka.poll(POLL);
        arrived = records.records(partition);
        var behind = records.nextOffsets().get(partition);
        if (behind != null) {
            end = behind.offset();
            epochAtEnd = behind.leaderEpoch().orElse(-1);
        }
    }

    /** See {@link GuardedConsumer#confirm}. */
    void confirm() {
        kafka.confirm();
    }

    /** The first offset that is retained. */
    long earliest() {
        return requireNonNull(
                kafka.kafka().beginningOffsets(List.of(partition), PATIENCE).get(partition),
                "asked for");
    }

    @Override
    public void close() {
        try {
            kafka.kafka().close(CloseOptions.timeout(Duration.ofSeconds(1)));
        } catch (KafkaException e) {
            // Whatever it was, nobody reads with it any more.
        }
    }
}
