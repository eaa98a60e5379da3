package io.tidegate.gateway.feed;

import io.tidegate.gateway.feed.Feed.Tail;
import io.tidegate.gateway.feed.Lost.Reason;
import io.tidegate.schema.Misfit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;

/**
 * Reads what memory has left behind, from a reader's own offsets up to a place in the shared log, where the reader then
 * joins. Runs on a thread of its own and may be given up at any chunk: the reader's offsets say where to go on.
 */
public final class Replay implements Runnable {
    private static final int CHUNK = 256;
    private static final Duration POLL = Duration.ofMillis(500);

    private final Feed feed;
    private final Feed.Era era;
    private final Layout layout;
    private final long[] next;
    private int[] epochs;
    private final Tail until;
    private final Sink sink;

    /** Takes what a replay reads. Called on the replay's thread. */
    public interface Sink {
        /**
         * Takes some entries in order; may block while the reader is busy.
         *
         * @return false if the reader does not want them now; the replay ends and none of the chunk counts as taken
         */
        boolean take(List<Entry> chunk);

        /** Whether the reader is still there; asked now and then, also while nothing can be read. */
        default boolean isWanted() {
            return true;
        }

        /** Everything up to the place in the shared log has been taken. */
        void caughtUp(Tail until);

        /** Kafka could not be read; try again later. */
        void failed(String reason);
    }

    /**
     * @param start
     *            where the reader is
     * @param until
     *            where it will join: the end of the log as it is now
     */
    public Replay(Feed feed, Start start, Tail until, Sink sink) {
        this.feed = feed;
        this.era = feed.era();
        this.layout = feed.layout();
        this.next = start.next().clone();
        this.epochs = start.epochs();
        this.until = until;
        this.sink = sink;
    }

    @Override
    public void run() {
        try (var kafka = new GuardedConsumer(feed.cluster(), layout, CHUNK)) {
            if (read(kafka)) {
                sink.caughtUp(until);
            }
        } catch (InterruptException e) {
            sink.failed("the replay was interrupted");
        } catch (KafkaException | KafkaUnavailable e) {
            sink.failed(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            // The reader must hear of our own mistakes too: it waits for this replay.
            sink.failed(e.toString());
        }
    }

    private boolean read(GuardedConsumer reading) {
        var kafka = reading.kafka();
        var behind = new ArrayList<TopicPartition>();
        var partitions = reading.partitions();
        for (int slot = 0; slot < next.length; slot++) {
            if (next[slot] < until.next()[slot]) {
                behind.add(partitions.get(slot));
            }
        }
        kafka.assign(behind);
        for (var partition : behind) {
            int slot = partitions.indexOf(partition);
            reading.seek(slot, next[slot], epochs[slot]);
        }
        while (!behind.isEmpty()) {
            if (!sink.isWanted()) {
                return false;
            }
            var chunk = chunk(reading, partitions);
            if (!feed.isCurrent(era)) {
                sink.failed("the topics have changed");
                return false;
            }
            if (!chunk.isEmpty() && !sink.take(chunk)) {
                return false;
            }
            for (var partition : List.copyOf(behind)) {
                int slot = partitions.indexOf(partition);
                next[slot] = Math.max(next[slot],
                        Math.min(kafka.position(partition), until.next()[slot]));
                if (next[slot] >= until.next()[slot]) {
                    behind.remove(partition);
                    kafka.assign(behind);
                }
            }
        }
        return true;
    }

    /** What is wrong with a record was counted when the shared log read it. */
    private static void counted(List<Misfit> misfits) {
    }

    private List<Entry> chunk(GuardedConsumer reading, List<TopicPartition> partitions) {
        var chunk = new ArrayList<Entry>();
        try {
            var records = reading.poll(POLL);
            for (var partition : records.partitions()) {
                int slot = partitions.indexOf(partition);
                for (var record : records.records(partition)) {
                    if (record.offset() >= until.next()[slot]) {
                        break;
                    }
                    epochs = Feed.noted(epochs, slot, record.leaderEpoch().orElse(-1));
                    var contents = feed.reader().read(record, slot, Replay::counted);
                    for (int i = 0; i < contents.size(); i++) {
                        next[slot] = record.offset() + (i == contents.size() - 1 ? 1 : 0);
                        chunk.add(new Entry(Entry.UNSHARED, contents.get(i), next.clone(), epochs,
                                Feed.weight(record, contents.size()), i == 0));
                    }
                    next[slot] = record.offset() + 1;
                }
            }
        } catch (LogTruncationException e) {
            // Not to be read on: the shared log finds out by itself and begins anew.
            throw e;
        } catch (OffsetOutOfRangeException e) {
            feed.cluster().confirm(layout);
            var earliest = feed.cluster().earliest(layout);
            for (var partition : e.partitions()) {
                int slot = partitions.indexOf(partition);
                long from = next[slot];
                // An offset behind the end: the log was cut, and what the shared log had of it is not to be had again.
                boolean isCut = earliest[slot] <= from;
                next[slot] = isCut ? until.next()[slot] : earliest[slot];
                chunk.add(new Entry(Entry.UNSHARED,
                        new Lost(slot, from, next[slot] - from,
                                isCut ? Reason.EPOCH : Reason.RETENTION,
                                isCut ? "withdrawn" : "no longer retained"),
                        next.clone(), epochs, 0));
                reading.seek(slot, next[slot], -1);
            }
        }
        return chunk;
    }
}
