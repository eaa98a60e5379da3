package io.tidegate.gateway.feed;

import io.tidegate.schema.Misfit;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.LogTruncationException;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;

/** Makes blocks of what Kafka retains of one product. */
final class KafkaBlocks implements BlockSource {
    private static final int BLOCK_RECORDS = History.BLOCK_RECORDS;
    private static final int BLOCK_WEIGHT = 512 * 1024;
    /** A block of so many is not worth another question to Kafka. */
    private static final int WORTH_RECORDS = 64;
    private static final Duration DOUBT = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(4);
    /** Decoding takes a core while it lasts; half of them are left to those who follow the log as it grows. */
    private static final Semaphore CORES = new Semaphore(
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2));

    private final PartitionReaders readers;
    private final Feed.Era era;
    private final RecordReader reader;

    KafkaBlocks(PartitionReaders readers, Feed.Era era, RecordReader reader) {
        this.readers = readers;
        this.era = era;
        this.reader = reader;
    }

    @Override
    public Piece read(int slot, long from, int epoch, long wanted, long end, int blocks) {
        var at = readers.take(era, slot, from, epoch);
        boolean isSound = false;
        try {
            var piece = new Reading(at, slot, from, epoch, wanted, end, blocks).run();
            isSound = true;
            return piece;
        } finally {
            readers.giveBack(at, isSound);
        }
    }

    /** What is wrong with a record was counted when the shared log read it. */
    private static void counted(List<Misfit> misfits) {
    }

    private final class Reading {
        private final PartitionReader at;
        private final int slot;
        private final long asked;
        private final int epoch;
        private final long wanted;
        private final long end;
        private final int blocksMax;
        private final List<Block> made = new ArrayList<>();
        /** Of the block in the making. */
        private final List<Entry> entries = new ArrayList<>();
        private long from;
        private int records;
        private long weight;
        private int[] epochs = {-1};

        Reading(PartitionReader at, int slot, long from, int epoch, long wanted, long end,
                int blocksMax) {
            this.at = at;
            this.slot = slot;
            this.asked = from;
            this.epoch = epoch;
            this.from = from;
            this.wanted = wanted;
            this.end = end;
            this.blocksMax = blocksMax;
        }

        Piece run() {
            long began = System.nanoTime();
            boolean isSoughtAgain = false;
            while (!take()) {
                long waited = System.nanoTime() - began;
                if (waited > DOUBT.toNanos() && at.position() > wanted) {
                    break;
                }
                if (waited > PATIENCE.toNanos()) {
                    throw new KafkaUnavailable("nothing arrives of '" + at.partition()
                            + "' at offset " + at.position() + ", though it was there");
                }
                if (waited > DOUBT.toNanos() && !isSoughtAgain && from < wanted) {
                    // Asked for an offset behind the log's end, Kafka says so; asked for one before it, it waits.
                    isSoughtAgain = true;
                    begin(wanted);
                }
                try {
                    at.poll();
                } catch (LogTruncationException e) {
                    throw new Replaced("the log was cut before what has been read: "
                            + e.divergentOffsets());
                } catch (OffsetOutOfRangeException e) {
                    if (at.position() > wanted) {
                        break;
                    }
                    long earliest = at.earliest();
                    at.confirm();
                    if (earliest <= at.position()) {
                        throw new Replaced("'" + at.partition() + "' ends before offset "
                                + at.position() + ", which was there");
                    }
                    if (earliest > wanted) {
                        return new Piece.Gone(earliest);
                    }
                    begin(earliest);
                }
            }
            if (made.size() < blocksMax && at.position() > from) {
                finish(at.position(), at.epoch());
            }
            return new Piece.Read(made);
        }

        private void begin(long offset) {
            at.seek(offset, offset == asked ? epoch : -1);
            made.clear();
            clear(offset);
        }

        private void clear(long offset) {
            entries.clear();
            records = 0;
            weight = 0;
            from = offset;
        }

        private void finish(long to, int epochThere) {
            made.add(new Block(from, to, epochThere, entries.toArray(Entry[]::new)));
            clear(to);
        }

        /** Takes what has arrived; false if that is not enough. */
        private boolean take() {
            CORES.acquireUninterruptibly();
            try {
                for (var record = at.peek(); record != null; record = at.peek()) {
                    if (records >= BLOCK_RECORDS || weight >= BLOCK_WEIGHT) {
                        if (record.offset() <= wanted) {
                            // Large records: the reader does not wait for those before its own.
                            begin(wanted);
                            return false;
                        }
                        finish(record.offset(), at.epoch());
                        if (made.size() == blocksMax) {
                            return true;
                        }
                    }
                    add(record);
                    at.advance();
                }
            } finally {
                CORES.release();
            }
            return at.position() > wanted
                    && (at.position() >= end || !made.isEmpty() || records >= WORTH_RECORDS);
        }

        private void add(ConsumerRecord<byte[], byte[]> record) {
            var contents = reader.read(record, slot, KafkaBlocks::counted);
            epochs = Feed.noted(epochs, 0, record.leaderEpoch().orElse(-1));
            for (int i = 0; i < contents.size(); i++) {
                // Until the last one is behind, the record is still to be read.
                long behind = record.offset() + (i == contents.size() - 1 ? 1 : 0);
                var entry = new Entry(Entry.REPLAYED, contents.get(i), new long[]{behind}, epochs,
                        Feed.weight(record, contents.size()), i == 0);
                entries.add(entry);
                weight += entry.weight();
            }
            records++;
        }
    }
}
