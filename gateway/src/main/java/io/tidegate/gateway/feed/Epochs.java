package io.tidegate.gateway.feed;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.kafka.common.TopicPartition;

/**
 * Where the epochs of a log's leaders end. A position that is further within an epoch than that has read what an unclean
 * election has withdrawn since (KIP-320); offsets alone do not tell once the log has grown again. Of one era; what has been
 * found out once is not asked again.
 */
final class Epochs {
    /** Leaders change a few times a day; beyond this many, what is known is forgotten. */
    private static final int KNOWN_MAX = 4096;

    private final KafkaCluster cluster;
    private final Layout layout;
    private final List<TopicPartition> partitions;
    private final Map<Key, End> ends = new ConcurrentHashMap<>();
    private final ReentrantLock asking = new ReentrantLock();

    private record Key(int slot, int epoch) {
    }

    /**
     * The end of an epoch.
     *
     * @param offset
     *            behind its last record
     * @param epoch
     *            of that record: an earlier one, where this one has left none
     * @param isFinal
     *            whether it cannot grow any more
     */
    record End(long offset, int epoch, boolean isFinal) {
    }

    Epochs(KafkaCluster cluster, Layout layout) {
        this.cluster = cluster;
        this.layout = layout;
        this.partitions = KafkaCluster.partitions(layout.slots());
    }

    /** The log has been read up to here under this epoch, and goes on under a later one. */
    void passed(int slot, int epoch, long end) {
        if (epoch >= 0) {
            remember(new Key(slot, epoch), new End(end, epoch, true));
        }
    }

    private void remember(Key key, End end) {
        if (ends.size() >= KNOWN_MAX) {
            ends.clear();
        }
        ends.put(key, end);
    }

    /**
     * Whether a position is known to be on the log.
     *
     * @param read
     *            the position up to which the log has been read
     */
    boolean isOnLog(int slot, long next, int epoch, Feed.Tail read) {
        // One epoch has one leader, so its records before one that has been read are those that anybody read.
        if (epoch < 0 || (epoch == read.epochs()[slot] && next <= read.next()[slot])) {
            return true;
        }
        var known = ends.get(new Key(slot, epoch));
        return known != null && next <= known.offset();
    }

    /**
     * The end of an epoch, before which a position has left the log; empty if it has not. May ask Kafka and block.
     *
     * @throws KafkaUnavailable
     *             if Kafka does not answer
     * @throws Replaced
     *             if the topics are others now
     */
    Optional<End> left(int slot, long next, int epoch, Feed.Tail read) {
        if (isOnLog(slot, next, epoch, read)) {
            return Optional.empty();
        }
        // One after the other: after a fault many readers come back with the same epoch, and the first has asked for all.
        asking.lock();
        try {
            var key = new Key(slot, epoch);
            var known = ends.get(key);
            if (known == null || (next > known.offset() && !known.isFinal())) {
                var asked = cluster.endOfEpoch(partitions.get(slot), epoch);
                if (asked.isEmpty()) {
                    return Optional.empty();
                }
                // It may have answered of topics that have taken the place of ours.
                cluster.confirm(layout);
                int found = asked.get().leaderEpoch().orElse(-1);
                known = new End(asked.get().offset(), found,
                        found < epoch || epoch < read.epochs()[slot]);
                remember(key, known);
            }
            return next > known.offset() ? Optional.of(known) : Optional.empty();
        } finally {
            asking.unlock();
        }
    }
}
