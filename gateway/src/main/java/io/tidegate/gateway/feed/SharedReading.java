package io.tidegate.gateway.feed;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What several readers of one product that go through all of it read from Kafka and decode once: whoever comes first to an offset
 * reads on there, and the others find its blocks. One that is ahead waits for those a little behind it, as long as they get on
 * and there is much left to read; one that is far behind, or stands still, is not waited for and reads by itself.
 */
final class SharedReading {
    /** At a time; what a reader gathers of them is its own matter. */
    private static final int BLOCKS = 4;
    /** So far behind where somebody reads, the blocks are worth waiting for. */
    private static final long SOON = 2_048;

    private final Bounds bounds;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final List<Reader> readers = new ArrayList<>();
    /** In the order in which they were read. */
    private final ArrayDeque<Held> held = new ArrayDeque<>();
    private long weight;
    /** What is being read. */
    private final List<Place> underWay = new ArrayList<>();

    SharedReading() {
        this(Bounds.DEFAULTS);
    }

    SharedReading(Bounds bounds) {
        this.bounds = bounds;
    }

    /**
     * What is kept, and who is waited for.
     *
     * @param weight
     *            estimated heap of the blocks that somebody has yet to take
     * @param near
     *            who is this many offsets behind, or more, is not waited for
     * @param worth
     *            with fewer offsets left to read nobody is waited for
     * @param patience
     *            who has not asked for so long stands still
     */
    record Bounds(long weight, long near, long worth, Duration patience) {
        static final Bounds DEFAULTS = new Bounds(32L << 20, 200_000, 100_000,
                Duration.ofSeconds(5));
    }

    private record Place(Feed.Era era, int slot, long offset) {
    }

    private record Held(Feed.Era era, int slot, Block block) {
    }

    /**
     * A reader from here on, until it closes.
     *
     * @param start
     *            its first offsets
     */
    Reader reader(Feed.Era era, BlockSource source, Start start) {
        var reader = new Reader(era, source, start.next().clone());
        lock.lock();
        try {
            readers.add(reader);
        } finally {
            lock.unlock();
        }
        return reader;
    }

    /** One of the readers; of one thread, which waits for each block itself. */
    final class Reader implements BlockShelf, AutoCloseable {
        private final Feed.Era era;
        private final BlockSource source;
        /** Where it is. */
        private final long[] at;
        private long seenNanos = System.nanoTime();
        private boolean isWaiting;

        private Reader(Feed.Era era, BlockSource source, long[] at) {
            this.era = era;
            this.source = source;
            this.at = at;
        }

        @Override
        public @Nullable Block find(int slot, long offset) {
            lock.lock();
            try {
                come(slot, offset);
                return look(slot, offset);
            } finally {
                lock.unlock();
            }
        }

        private void come(int slot, long offset) {
            seenNanos = System.nanoTime();
            if (at[slot] != offset) {
                at[slot] = offset;
                clear();
                tellAll();
            }
        }

        private @Nullable Block look(int slot, long offset) {
            for (var one : held) {
                if (one.slot() == slot && one.era().equals(era) && one.block().covers(offset)) {
                    return one.block();
                }
            }
            return null;
        }

        @Override
        public CompletableFuture<Piece> load(int slot, long offset, int epoch, boolean goesOn,
                long end) {
            var place = new Place(era, slot, offset);
            lock.lock();
            try {
                come(slot, offset);
                var found = look(slot, offset);
                while (found == null && (comesSoon(place) || mustWait(end - offset))) {
                    waits(!comesSoon(place));
                    long ignored = changed.awaitNanos(bounds.patience().toNanos() / 10);
                    found = look(slot, offset);
                }
                if (found != null) {
                    return CompletableFuture.completedFuture(new Piece.Read(List.of(found)));
                }
                underWay.add(place);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return CompletableFuture.failedFuture(
                        new KafkaUnavailable("interrupted while waiting for another reader"));
            } finally {
                isWaiting = false;
                lock.unlock();
            }
            Piece piece = null;
            try {
                piece = source.read(slot, offset, epoch, offset, end, BLOCKS);
                return CompletableFuture.completedFuture(piece);
            } catch (RuntimeException e) {
                return CompletableFuture.failedFuture(e);
            } finally {
                lock.lock();
                try {
                    underWay.remove(place);
                    if (piece instanceof Piece.Read(var blocks)) {
                        blocks.forEach(block -> put(new Held(era, slot, block)));
                    }
                    tellAll();
                } finally {
                    lock.unlock();
                }
            }
        }

        /**
         * @param isForOthers
         *            until they have taken what is there; then nobody has to wait for this one
         */
        private void waits(boolean isForOthers) {
            if (isForOthers && !isWaiting) {
                changed.signalAll();
            }
            isWaiting = isForOthers;
        }

        /** Whether blocks would soon have to go that somebody else is about to take. */
        private boolean mustWait(long left) {
            var first = held.peek();
            return left >= bounds.worth() && weight > bounds.weight() / 2 && first != null
                    && readers.stream().anyMatch(other -> other != this
                            && other.isAboutToTake(first) && !other.isWaiting);
        }

        private boolean isAboutToTake(Held one) {
            return era.equals(one.era()) && at[one.slot()] < one.block().to()
                    && one.block().from() - at[one.slot()] < bounds.near()
                    && System.nanoTime() - seenNanos < bounds.patience().toNanos();
        }

        private boolean comesSoon(Place wanted) {
            return underWay.stream().anyMatch(
                    each -> each.slot() == wanted.slot() && each.era().equals(wanted.era())
                            && each.offset() <= wanted.offset()
                            && wanted.offset() - each.offset() < SOON);
        }

        @Override
        public void ahead(int slot, long offset, int epoch, boolean goesOn, long end) {
            // Kafka's client reads ahead by itself.
        }

        @Override
        public void forget() {
            lock.lock();
            try {
                drop(one -> one.era().equals(era));
                tellAll();
            } finally {
                lock.unlock();
            }
        }

        /** Nobody waits for it any more. */
        @Override
        public void close() {
            lock.lock();
            try {
                readers.remove(this);
                clear();
                tellAll();
            } finally {
                lock.unlock();
            }
        }
    }

    private void put(Held one) {
        held.add(one);
        weight += one.block().weight();
        // what the reader has just read stays, else it would read it again
        while (weight > bounds.weight() && held.size() > BLOCKS) {
            weight -= held.remove().block().weight();
        }
    }

    /** Who waits looks again, and is not taken for waiting until it has. */
    private void tellAll() {
        readers.forEach(reader -> reader.isWaiting = false);
        changed.signalAll();
    }

    /** Forgets what all readers have taken. */
    private void clear() {
        drop(one -> readers.stream().noneMatch(reader -> reader.era.equals(one.era())
                && reader.at[one.slot()] < one.block().to()));
    }

    private void drop(Predicate<Held> gone) {
        if (held.removeIf(gone)) {
            weight = held.stream().mapToLong(one -> one.block().weight()).sum();
        }
    }
}
