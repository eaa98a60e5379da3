package io.tidegate.gateway.feed;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * One Kafka cluster, as its configuration names it. Makes consumers and answers questions about topics; every call that
 * asks the cluster blocks, but no longer than {@link #PATIENCE}.
 */
public final class KafkaCluster implements AutoCloseable {
    /** How long a question may take before the cluster counts as unavailable. */
    static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long HISTORY_BYTES = 64L << 20;
    private static final int REPLAY_READERS = 16;

    private final String name;
    private final Map<String, String> properties;
    private final History history;
    private final PartitionReaders readers;
    private volatile Optional<Admin> admin = Optional.empty();

    /** A cluster with a history of its own. */
    public KafkaCluster(String name, Map<String, String> properties) {
        this(name, properties, new History(HISTORY_BYTES, REPLAY_READERS));
    }

    /**
     * @param properties
     *            of a Kafka client; {@code bootstrap.servers} at least
     * @param history
     *            keeps what readers who are behind have read; clusters may share one
     */
    public KafkaCluster(String name, Map<String, String> properties, History history) {
        this.name = name;
        this.properties = Map.copyOf(properties);
        this.history = history;
        this.readers = new PartitionReaders(this::replayConsumer, history.readersMax());
    }

    History history() {
        return history;
    }

    PartitionReaders readers() {
        return readers;
    }

    public String name() {
        return name;
    }

    /**
     * A consumer for one thread. It belongs to no group, sees committed records only, and fails where an offset is gone
     * instead of jumping.
     */
    Consumer<byte[], byte[]> consumer(int maxPollRecords) {
        return consumer(maxPollRecords, Map.of());
    }

    /** Likewise, for replays: there may be many, and each reads about as much at a time as is wanted of it. */
    private Consumer<byte[], byte[]> replayConsumer() {
        return consumer(1024, Map.of("max.partition.fetch.bytes", Integer.toString(256 << 10)));
    }

    private Consumer<byte[], byte[]> consumer(int maxPollRecords, Map<String, String> defaults) {
        var config = new HashMap<String, Object>(defaults);
        config.putAll(properties);
        config.remove("group.id");
        config.put("isolation.level", "read_committed");
        config.put("auto.offset.reset", "none");
        config.put("enable.auto.commit", "false");
        config.put("allow.auto.create.topics", "false");
        config.put("max.poll.records", Integer.toString(maxPollRecords));
        // With what a consumer reads ahead this bounds the memory of a replay; a larger single record still passes.
        config.putIfAbsent("fetch.max.bytes", Integer.toString(8 << 20));
        config.putIfAbsent("fetch.max.wait.ms", "250");
        config.putIfAbsent("reconnect.backoff.max.ms", "1000");
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    /** A producer whose records are durable once it says so, and who gives up soon enough to say that too. */
    Producer<String, String> producer() {
        var config = new HashMap<String, Object>(properties);
        config.put("acks", "all");
        config.put("enable.idempotence", "true");
        config.put("max.block.ms", "1500");
        config.put("request.timeout.ms", "2500");
        config.put("delivery.timeout.ms", "5000");
        config.put("linger.ms", "1");
        config.putIfAbsent("reconnect.backoff.max.ms", "1000");
        return new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    }

    /** Makes a topic that keeps the last value of each key, replicated as the brokers do by default. */
    void createCompacted(String topic) {
        try {
            get(admin().createTopics(List.of(new NewTopic(topic, Optional.of(1), Optional.empty())
                    .configs(Map.of("cleanup.policy", "compact")))).all());
        } catch (KafkaUnavailable e) {
            // Another node may have been quicker.
            if (!(e.getCause() instanceof ExecutionException wrapped
                    && wrapped.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }

    /** As {@link #latest}, without waiting; fails if the cluster does not answer. */
    CompletableFuture<long[]> askLatest(Layout layout) {
        var request = new HashMap<TopicPartition, OffsetSpec>();
        var partitions = partitions(layout.slots());
        partitions.forEach(partition -> request.put(partition, OffsetSpec.latest()));
        return admin().listOffsets(request, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                .all().toCompletionStage().toCompletableFuture().thenApply(
                        answer -> partitions.stream()
                                .mapToLong(partition -> requireNonNull(answer.get(partition),
                                        "asked for").offset())
                                .toArray());
    }

    /** Empty if one of the topics does not exist. */
    Optional<Layout> layout(List<String> topics) {
        try {
            return Optional.of(
                    layout(topics, get(admin().describeTopics(topics).allTopicNames())));
        } catch (KafkaUnavailable e) {
            if (e.getCause() instanceof ExecutionException wrapped
                    && wrapped.getCause() instanceof UnknownTopicOrPartitionException) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** As {@link #layout}, without waiting; fails if the cluster does not answer. */
    CompletableFuture<Optional<Layout>> askLayout(List<String> topics) {
        return admin().describeTopics(topics).allTopicNames().toCompletionStage()
                .handle((described, failure) -> {
                    if (failure == null) {
                        return Optional.of(layout(topics, described));
                    }
                    var cause = failure instanceof CompletionException
                            && failure.getCause() != null ? failure.getCause() : failure;
                    if (cause instanceof UnknownTopicOrPartitionException) {
                        return Optional.<Layout>empty();
                    }
                    throw new KafkaUnavailable(String.valueOf(cause.getMessage()), cause);
                }).toCompletableFuture();
    }

    private static Layout layout(List<String> topics, Map<String, TopicDescription> described) {
        var slots = new ArrayList<Layout.Slot>();
        for (var topic : topics) {
            var description = requireNonNull(described.get(topic), "asked for");
            for (int partition = 0; partition < description.partitions().size(); partition++) {
                slots.add(new Layout.Slot(topic, description.topicId().toString(), partition));
            }
        }
        return new Layout(slots);
    }

    long[] earliest(Layout layout) {
        return offsets(layout, OffsetSpec.earliest());
    }

    /** The end that readers of committed records see. */
    long[] latest(Layout layout) {
        return offsets(layout, OffsetSpec.latest());
    }

    /** For each partition the first record at this time or later; -1 where there is none. */
    long[] at(Layout layout, Instant time) {
        return offsets(layout, OffsetSpec.forTimestamp(time.toEpochMilli()));
    }

    private long[] offsets(Layout layout, OffsetSpec spec) {
        var request = new HashMap<TopicPartition, OffsetSpec>();
        var partitions = partitions(layout.slots());
        partitions.forEach(partition -> request.put(partition, spec));
        var answer = get(
                admin().listOffsets(request, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                        .all());
        return partitions.stream()
                .mapToLong(partition -> requireNonNull(answer.get(partition), "asked for").offset())
                .toArray();
    }

    static List<TopicPartition> partitions(Collection<Layout.Slot> slots) {
        return slots.stream().map(slot -> new TopicPartition(slot.topic(), slot.partition()))
                .toList();
    }

    private synchronized Admin admin() {
        if (admin.isEmpty()) {
            var config = new HashMap<String, Object>(properties);
            config.putIfAbsent("reconnect.backoff.max.ms", "1000");
            config.put("default.api.timeout.ms", Long.toString(PATIENCE.toMillis()));
            config.put("request.timeout.ms", Long.toString(PATIENCE.toMillis() / 2));
            admin = Optional.of(Admin.create(config));
        }
        return admin.get();
    }

    private <T> T get(org.apache.kafka.common.KafkaFuture<T> future) {
        try {
            return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KafkaUnavailable("interrupted while asking Kafka cluster '" + name + "'", e);
        } catch (ExecutionException e) {
            throw new KafkaUnavailable(
                    "Kafka cluster '" + name + "': " + String.valueOf(e.getCause()),
                    e);
        } catch (TimeoutException e) {
            throw new KafkaUnavailable("Kafka cluster '" + name + "' did not answer within "
                    + PATIENCE.toSeconds() + " s", e);
        }
    }

    @Override
    public synchronized void close() {
        readers.close();
        admin.ifPresent(a -> a.close(Duration.ofSeconds(1)));
        admin = Optional.empty();
    }
}
