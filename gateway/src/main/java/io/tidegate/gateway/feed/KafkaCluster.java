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
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.LeaderNotAvailableException;
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
    /** How long the question may take that is asked all the time, to find out soon that nobody answers. */
    private static final Duration SHORT_PATIENCE = Duration.ofSeconds(2);
    private static final long HISTORY_BYTES = 64L << 20;
    private static final int REPLAY_READERS = 16;

    private final String name;
    private final Map<String, String> properties;
    private final History history;
    private final PartitionReaders readers;
    private final LongAdder asked = new LongAdder();
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
        this.readers = new PartitionReaders(
                layout -> GuardedConsumer.ofReplays(this, layout), history.readersMax());
    }

    History history() {
        return history;
    }

    PartitionReaders readers() {
        return readers;
    }

    /** How many questions about topics and offsets it has been asked so far. */
    long asked() {
        return asked.sum();
    }

    public String name() {
        return name;
    }

    /**
     * A consumer for one thread. It belongs to no group, sees committed records only, and fails where an offset is gone
     * instead of jumping.
     */
    Consumer<byte[], byte[]> consumer(int maxPollRecords) {
        return consumer(maxPollRecords, new ByteArrayDeserializer());
    }

    /**
     * As {@link #consumer(int)}.
     *
     * @param values
     *            reads them
     */
    Consumer<byte[], byte[]> consumer(int maxPollRecords, ByteArrayDeserializer values) {
        return consumer(maxPollRecords, Map.of(), values);
    }

    /** Likewise, for replays: there may be many, and each reads about as much at a time as is wanted of it. */
    Consumer<byte[], byte[]> replayConsumer(ByteArrayDeserializer values) {
        return consumer(1024, Map.of("max.partition.fetch.bytes", Integer.toString(256 << 10)),
                values);
    }

    private Consumer<byte[], byte[]> consumer(int maxPollRecords, Map<String, String> defaults,
            ByteArrayDeserializer values) {
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
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), values);
    }

    /** A member of a consumer group that looks after partitions and reads none of them. */
    Consumer<byte[], byte[]> member(String group) {
        return new KafkaConsumer<>(GroupShare.settings(properties, group),
                new ByteArrayDeserializer(), new ByteArrayDeserializer());
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
        asked.increment();
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
        asked.increment();
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

    /**
     * As {@link #layout}, without waiting; fails if the cluster does not answer soon, or if a partition has no leader, so that
     * it can be neither read nor written.
     */
    CompletableFuture<Optional<Layout>> askLayout(List<String> topics) {
        asked.increment();
        return admin()
                .describeTopics(topics,
                        new DescribeTopicsOptions().timeoutMs((int) SHORT_PATIENCE.toMillis()))
                .allTopicNames().toCompletionStage().handle((described, failure) -> {
                    if (failure == null) {
                        described.values().forEach(KafkaCluster::requireLeaders);
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

    private static void requireLeaders(TopicDescription topic) {
        for (var partition : topic.partitions()) {
            if (partition.leader() == null || partition.leader().isEmpty()) {
                var what = "partition " + partition.partition() + " of topic '" + topic.name()
                        + "' has no leader";
                throw new KafkaUnavailable(what, new LeaderNotAvailableException(what));
            }
        }
    }

    /**
     * Makes sure that the topics are still these.
     *
     * @throws Replaced
     *             if they are others now, or gone
     */
    void confirm(Layout layout) {
        var topics = layout.slots().stream().map(Layout.Slot::topic).distinct().toList();
        if (!layout(topics).equals(Optional.of(layout))) {
            throw new Replaced("topics were deleted, made again or given partitions");
        }
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
        return starts(layout, OffsetSpec.earliest()).next();
    }

    /** As {@link #earliest}, with epochs. */
    Start beginning(Layout layout) {
        return starts(layout, OffsetSpec.earliest());
    }

    /** The end that readers of committed records see. */
    long[] latest(Layout layout) {
        return end(layout).next();
    }

    /** As {@link #latest}, with the epochs of the leaders. */
    Start end(Layout layout) {
        return starts(layout, OffsetSpec.latest());
    }

    /** For each partition the first record at this time or later; -1 where there is none. */
    Start at(Layout layout, Instant time) {
        // No record is older than 1970, and some numbers below zero mean other questions.
        return starts(layout, OffsetSpec.forTimestamp(Math.max(0, time.toEpochMilli())));
    }

    /**
     * Where the records of this epoch, or of the last one before it that left any, end; the log's end if it is the leader's.
     * Whoever has read further under that epoch has read what was withdrawn. Opens a connection of its own: not for every
     * reader.
     *
     * @return the offset and its epoch; empty if the brokers are too old to tell
     */
    Optional<OffsetAndMetadata> endOfEpoch(TopicPartition partition, int epoch) {
        // There is no question for it but to claim an offset beyond every log.
        try (var kafka = consumer(1)) {
            kafka.assign(List.of(partition));
            kafka.pause(List.of(partition));
            // Without knowing the leader it would take every claim for true.
            kafka.endOffsets(List.of(partition), PATIENCE);
            kafka.seek(partition,
                    new OffsetAndMetadata(Long.MAX_VALUE / 2, Optional.of(epoch), ""));
            kafka.position(partition, PATIENCE);
            return Optional.empty();
        } catch (LogTruncationException e) {
            return Optional.ofNullable(e.divergentOffsets().get(partition));
        } catch (KafkaException e) {
            throw new KafkaUnavailable("Kafka cluster '" + name + "': " + e.getMessage(), e);
        }
    }

    private Start starts(Layout layout, OffsetSpec spec) {
        asked.increment();
        var request = new HashMap<TopicPartition, OffsetSpec>();
        var partitions = partitions(layout.slots());
        partitions.forEach(partition -> request.put(partition, spec));
        var answer = get(
                admin().listOffsets(request, new ListOffsetsOptions(IsolationLevel.READ_COMMITTED))
                        .all());
        var next = new long[partitions.size()];
        var epochs = new int[partitions.size()];
        for (int slot = 0; slot < next.length; slot++) {
            var found = requireNonNull(answer.get(partitions.get(slot)), "asked for");
            next[slot] = found.offset();
            epochs[slot] = found.leaderEpoch().orElse(-1);
        }
        return new Start(next, epochs, List.of());
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
