package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.view.StoredRow;
import io.tidegate.gateway.view.ViewScan;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rows of the current state on their way to one client: read a page ahead of what it takes, however many there are.
 * Confined to its event loop, but for {@link #begin}.
 */
final class SnapshotRows {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotRows.class);
    /** Two of them are in memory at most. */
    static final int PAGE = 1_000;

    private final ViewScan scan;
    private final OffLoop offLoop;
    private final Queue<Event> rows = new ArrayDeque<>();
    private boolean isAtEnd;
    private boolean isAsked;
    private boolean isClosed;
    private boolean isFailed;
    private long taken;

    private SnapshotRows(ViewScan scan, OffLoop offLoop) {
        this.scan = scan;
        this.offLoop = offLoop;
    }

    /**
     * Reads the first page; blocks. A state of one page is read whole, and nothing of the store is held then.
     *
     * @throws io.tidegate.gateway.view.ViewFailure
     *             if the store cannot be read; the scan is closed
     */
    static SnapshotRows begin(ViewScan scan, OffLoop offLoop) {
        var rows = new SnapshotRows(scan, offLoop);
        try {
            rows.add(scan.next(PAGE));
        } catch (RuntimeException e) {
            scan.close();
            throw e;
        }
        if (rows.isAtEnd) {
            scan.close();
        }
        return rows;
    }

    private void add(List<StoredRow> page) {
        isAtEnd = page.size() < PAGE;
        for (var row : page) {
            rows.add(new Event(0, 0, -1, Op.SNAPSHOT, row.key(), row.time(), row.value(), null));
        }
    }

    boolean hasNext() {
        return !rows.isEmpty();
    }

    /** The next row; only if there {@link #hasNext} one. */
    Event next() {
        taken++;
        return rows.remove();
    }

    /** The rows that come next, as many of them as are here and wanted; they stay. */
    List<Event> first(int most) {
        return rows.stream().limit(most).toList();
    }

    /** Whether so many rows are all that are left. */
    boolean isAll(int count) {
        return isAtEnd && rows.size() == count;
    }

    /** How many have been taken; tells whether the client still reads. */
    long taken() {
        return taken;
    }

    /** Whether all have been taken. */
    boolean isDone() {
        return isAtEnd && rows.isEmpty();
    }

    /** Whether the store could not be read on. */
    boolean isFailed() {
        return isFailed;
    }

    /** Sees to it that the next page is on its way. */
    void readAhead(Runnable ready) {
        if (isAtEnd || isAsked || isClosed || isFailed || rows.size() > PAGE) {
            return;
        }
        isAsked = true;
        offLoop.call(() -> {
            var page = scan.next(PAGE);
            if (page.size() < PAGE) {
                scan.close();
            }
            return page;
        }).onComplete(done -> {
            isAsked = false;
            if (done.succeeded()) {
                add(done.result());
            } else {
                LOG.atWarn().setCause(done.cause()).log("a snapshot could not be read on");
                isFailed = true;
            }
            if (isClosed) {
                release();
            } else {
                ready.run();
            }
        });
    }

    /** Nothing more is wanted. */
    void close() {
        if (!isClosed) {
            isClosed = true;
            rows.clear();
            if (!isAsked) {
                release();
            }
        }
    }

    private void release() {
        if (!isAtEnd) {
            offLoop.call(() -> {
                scan.close();
                return true;
            });
        }
    }
}
