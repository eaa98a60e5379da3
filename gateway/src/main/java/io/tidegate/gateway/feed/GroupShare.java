package io.tidegate.gateway.feed;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A share that Kafka's group protocol deals out: a member of a consumer group that reads nothing. A member that ends gives its
 * partitions back at once; of one that is gone without a word they are taken ten seconds later.
 */
public final class GroupShare implements Share {
    private static final Logger LOG = LoggerFactory.getLogger(GroupShare.class);
    private static final Duration POLL = Duration.ofMillis(200);
    private static final long PAUSE_MILLIS = 2_000;
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(2);

    private final KafkaCluster cluster;
    private final List<String> topics;
    private final String group;
    private final Thread thread;
    private final CountDownLatch first = new CountDownLatch(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile @Nullable Consumer<byte[], byte[]> consumer;
    private volatile Optional<Set<Part>> mine = Optional.empty();
    private volatile Optional<String> trouble = Optional.empty();

    /**
     * Joins the group; returns at once.
     *
     * @param group
     *            its name; who reads other topics, or for another store, must have another one
     */
    public GroupShare(KafkaCluster cluster, List<String> topics, String group) {
        this.cluster = cluster;
        this.topics = List.copyOf(topics);
        this.group = group;
        this.thread = new Thread(this::run, "share " + group);
        this.thread.setDaemon(true);
        thread.start();
    }

    @Override
    public Optional<Set<Part>> mine() {
        return mine;
    }

    @Override
    public void awaitFirst(Duration within) throws InterruptedException {
        // What there is then is asked for afterwards.
        var ignored = first.await(within.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public Optional<String> trouble() {
        return trouble;
    }

    private void run() {
        while (closed.getCount() > 0) {
            try (var member = cluster.member(group)) {
                consumer = member;
                if (closed.getCount() == 0) {
                    return;
                }
                member.subscribe(topics, new Changes(member));
                while (closed.getCount() > 0) {
                    member.poll(POLL);
                    trouble = Optional.empty();
                }
            } catch (WakeupException e) {
                LOG.atDebug().addKeyValue("group", group).log("it is closed");
            } catch (AuthorizationException e) {
                failed("Kafka cluster '" + cluster.name() + "' does not let this gateway join"
                        + " the consumer group '" + group
                        + "': allow it to read groups that begin with '" + prefix(group) + "'");
            } catch (KafkaException e) {
                failed("the consumer group '" + group + "' of Kafka cluster '" + cluster.name()
                        + "' cannot be joined: " + e.getMessage());
            } finally {
                consumer = null;
                mine = Optional.empty();
            }
        }
    }

    private static String prefix(String group) {
        return group.substring(0, group.indexOf('-') + 1);
    }

    private void failed(String why) {
        if (!trouble.equals(Optional.of(why))) {
            LOG.warn("{}", why);
        }
        trouble = Optional.of(why);
        try {
            var ignored = closed.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            closed.countDown();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        var member = consumer;
        if (member != null) {
            member.wakeup();
        }
        try {
            thread.join(CLOSE_WITHIN);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** On the member's thread, within its polls. */
    private final class Changes implements ConsumerRebalanceListener {
        private final Consumer<byte[], byte[]> member;
        private final Set<Part> held = new HashSet<>();

        Changes(Consumer<byte[], byte[]> member) {
            this.member = member;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            // It reads nothing, and must not look for positions of which the group has none.
            member.pause(partitions);
            partitions.forEach(partition -> member.seek(partition, 0));
            partitions.forEach(partition -> held.add(part(partition)));
            tell();
            first.countDown();
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            partitions.forEach(partition -> held.remove(part(partition)));
            tell();
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            onPartitionsRevoked(partitions);
        }

        private void tell() {
            mine = Optional.of(Set.copyOf(held));
        }

        private static Part part(TopicPartition partition) {
            return new Part(partition.topic(), partition.partition());
        }
    }

    /** What makes a consumer a member that only looks after partitions. */
    static Map<String, Object> settings(Map<String, String> properties, String group) {
        var config = new HashMap<String, Object>(properties);
        config.put("group.id", group);
        config.put("enable.auto.commit", "false");
        config.put("auto.offset.reset", "latest");
        config.put("allow.auto.create.topics", "false");
        config.put("partition.assignment.strategy", CooperativeStickyAssignor.class.getName());
        config.putIfAbsent("session.timeout.ms", "10000");
        config.putIfAbsent("heartbeat.interval.ms", "2000");
        // Topics that are made, and partitions that are added, are dealt out soon.
        config.putIfAbsent("metadata.max.age.ms", "10000");
        config.putIfAbsent("reconnect.backoff.max.ms", "1000");
        return config;
    }
}
