package io.tidegate.gateway.feed;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where the partitions of a product begin and end. Of one era; asked once for all who want to know within a second, since after
 * a failure thousands come back at once.
 */
final class Extents {
    private static final long RECENT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final KafkaCluster cluster;
    private final Layout layout;
    private final ReentrantLock asking = new ReentrantLock();
    private Optional<Answer> last = Optional.empty();

    /** What there was at some moment. */
    record Extent(Start earliest, Start latest) {
        /** Whether it is new enough to tell what a reader lacks who is there. */
        boolean reaches(int slot, long next, int epoch) {
            return next <= latest.next()[slot]
                    && (latest.epochs()[slot] < 0 || epoch <= latest.epochs()[slot]);
        }
    }

    private record Answer(long askedNanos, @Nullable Extent extent,
            @Nullable RuntimeException failure) {
        boolean isFrom(long nanos) {
            return askedNanos - nanos >= 0;
        }
    }

    Extents(KafkaCluster cluster, Layout layout) {
        this.cluster = cluster;
        this.layout = layout;
    }

    /** As it was at most a second ago; as {@link #since}. */
    Extent recent() {
        return since(System.nanoTime() - RECENT_NANOS);
    }

    /**
     * As it was at this moment or later. May ask Kafka and block.
     *
     * @throws KafkaUnavailable
     *             if Kafka does not answer
     * @throws Replaced
     *             if the topics are others now
     */
    Extent since(long nanos) {
        asking.lock();
        try {
            var answer = last.filter(known -> known.isFrom(nanos)).orElseGet(this::ask);
            last = Optional.of(answer);
            if (answer.extent() != null) {
                return answer.extent();
            }
            if (answer.failure() instanceof Replaced) {
                throw new Replaced("topics were deleted, made again or given partitions");
            }
            throw new KafkaUnavailable("the ends of the log are not known", answer.failure());
        } finally {
            asking.unlock();
        }
    }

    private Answer ask() {
        long began = System.nanoTime();
        try {
            var extent = new Extent(cluster.beginning(layout), cluster.end(layout));
            // Kafka may have answered of topics that have taken the place of ours.
            cluster.confirm(layout);
            return new Answer(began, extent, null);
        } catch (KafkaUnavailable | Replaced e) {
            // Whoever waits for the same answer would hear the same.
            return new Answer(began, null, e);
        }
    }
}
