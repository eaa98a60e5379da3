package io.tidegate.gateway.feed;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.ClusterResource;
import org.apache.kafka.common.ClusterResourceListener;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * A consumer that never hands out a record of a topic that was made again in the place of one that it was opened for. Kafka's
 * own goes on at the same offset of the new topic in silence. It cannot do so before it has heard of the new topic, though, and
 * whenever it hears of topics, the records that follow wait until their ids have been compared.
 */
final class GuardedConsumer implements AutoCloseable {
    private final KafkaCluster cluster;
    private final Layout layout;
    private final List<TopicPartition> partitions;
    private final AtomicBoolean hasHeard = new AtomicBoolean();
    private final Consumer<byte[], byte[]> kafka;

    /** Told of each answer about topics that the consumer gets: the one hook into it that is public. */
    static final class Hearing extends ByteArrayDeserializer implements ClusterResourceListener {
        private final AtomicBoolean hasHeard;

        Hearing(AtomicBoolean hasHeard) {
            this.hasHeard = hasHeard;
        }

        @Override
        public void onUpdate(ClusterResource ignored) {
            hasHeard.set(true);
        }
    }

    GuardedConsumer(KafkaCluster cluster, Layout layout, int maxPollRecords) {
        this(cluster, layout, values -> cluster.consumer(maxPollRecords, values));
    }

    private GuardedConsumer(KafkaCluster cluster, Layout layout,
            Function<ByteArrayDeserializer, Consumer<byte[], byte[]>> consumers) {
        this.cluster = cluster;
        this.layout = layout;
        this.partitions = KafkaCluster.partitions(layout.slots());
        this.kafka = consumers.apply(new Hearing(hasHeard));
    }

    /** One that fetches about as much at a time as is wanted of a replay. */
    static GuardedConsumer ofReplays(KafkaCluster cluster, Layout layout) {
        return new GuardedConsumer(cluster, layout, cluster::replayConsumer);
    }

    /** For whatever is not said here; records are taken with {@link #poll} only. */
    Consumer<byte[], byte[]> kafka() {
        return kafka;
    }

    List<TopicPartition> partitions() {
        return partitions;
    }

    /**
     * Goes to an offset. With the epoch of the record before it Kafka finds out whether that record is still there: if not,
     * the next poll throws {@link org.apache.kafka.clients.consumer.LogTruncationException}.
     *
     * @param epoch
     *            -1 = unknown
     */
    void seek(int slot, long next, int epoch) {
        kafka.seek(partitions.get(slot), new OffsetAndMetadata(next,
                epoch < 0 ? Optional.empty() : Optional.of(epoch), ""));
    }

    /**
     * As the consumer's.
     *
     * @throws Replaced
     *             if the topics are not those that it was opened for
     * @throws KafkaUnavailable
     *             if that cannot be found out
     */
    ConsumerRecords<byte[], byte[]> poll(Duration atMost) {
        var records = kafka.poll(atMost);
        if (hasHeard.getAndSet(false)) {
            try {
                cluster.confirm(layout);
            } catch (KafkaUnavailable e) {
                hasHeard.set(true);
                throw e;
            }
        }
        return records;
    }

    /**
     * Makes sure that what has been asked through {@link #kafka} was answered of these topics.
     *
     * @throws Replaced
     *             if they are others now
     */
    void confirm() {
        cluster.confirm(layout);
    }

    @Override
    public void close() {
        kafka.close();
    }
}
