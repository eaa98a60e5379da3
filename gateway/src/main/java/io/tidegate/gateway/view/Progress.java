package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** How far a part of a view has come, for whoever waits for it. Thread-safe. */
final class Progress {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition advanced = lock.newCondition();
    private volatile @Nullable Position position;

    Optional<Position> position() {
        return Optional.ofNullable(position);
    }

    /**
     * @param now
     *            null = nothing any more
     */
    void reached(@Nullable Position now) {
        lock.lock();
        try {
            position = now;
            advanced.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** See {@link View#await}. */
    boolean await(Position atLeast, Duration within) throws InterruptedException {
        long nanos = within.toNanos();
        lock.lock();
        try {
            while (!counts(position, atLeast)) {
                if (nanos <= 0) {
                    return false;
                }
                nanos = advanced.awaitNanos(nanos);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Whether a position counts all that another does, as far as both know the same topics. Of a partition that was added, and of
     * a topic that was made again, nothing counts before some of it does.
     */
    static boolean counts(@Nullable Position reached, Position wanted) {
        if (reached == null) {
            return wanted.slots().stream().allMatch(slot -> slot.next() == 0);
        }
        return wanted.slots().stream()
                .allMatch(slot -> slot.next() == 0
                        || reached.slots().stream()
                                .noneMatch(mine -> mine.topic().equals(slot.topic()))
                        || next(reached, slot) >= slot.next());
    }

    private static long next(Position reached, Position.Slot wanted) {
        var mine = Positions.find(reached, wanted);
        return mine == null ? 0 : mine.next();
    }
}
