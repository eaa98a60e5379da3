package io.tidegate.gateway.view;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether files are read so quickly that a thread may read them that must not wait. As long as the system has them in memory, reading
 * takes a few microseconds more than RocksDB's own memory does, and handing it to another thread takes longer than that.
 * Nobody tells whether it has, but how long reading took of late does: it must have been quick many times in a row, and whenever it was
 * not, nobody reads so for twenty times as long as it took. So a thread loses a twentieth of its time to a slow disk at most.
 * Thread-safe; the time is passed in.
 */
final class QuickReads {
    /** Between what memory takes and what a disk does, and long enough for a thread to be interrupted now and then. */
    static final long QUICK_NANOS = TimeUnit.MICROSECONDS.toNanos(300);
    static final int IN_A_ROW = 64;
    static final int PAUSE = 20;

    private final AtomicInteger inARow = new AtomicInteger();
    private volatile long pausedFrom;
    /** Less than any time that has passed, until there is one. */
    private volatile long pauseNanos = Long.MIN_VALUE;

    /**
     * Whether a read is likely to be quick.
     *
     * @param nowNanos
     *            of {@code System.nanoTime}
     */
    boolean areLikely(long nowNanos) {
        return inARow.get() >= IN_A_ROW && nowNanos - pausedFrom >= pauseNanos;
    }

    /** Tells of a read that has ended, on whatever thread. */
    void took(long beganNanos, long endedNanos) {
        long nanos = endedNanos - beganNanos;
        if (nanos > QUICK_NANOS) {
            pausedFrom = endedNanos;
            pauseNanos = PAUSE * nanos;
            inARow.set(0);
        } else if (inARow.get() < IN_A_ROW) {
            inARow.incrementAndGet();
        }
    }
}
