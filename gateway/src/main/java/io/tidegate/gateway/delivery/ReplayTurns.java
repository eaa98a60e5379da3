package io.tidegate.gateway.delivery;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The replays of one event loop that have something to do. They do it one after the other, and between two of them the loop
 * does what else has come up: readers who are behind do not hold up those who are not.
 */
final class ReplayTurns {
    private final Hub hub;
    // Bounded by the subscriptions of the loop: each has one replay, and that is here once.
    private final Queue<ReplaySink> waiting = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    ReplayTurns(Hub hub) {
        this.hub = hub;
    }

    /** From any thread. */
    void add(ReplaySink sink) {
        waiting.add(sink);
        if (count.getAndIncrement() == 0) {
            hub.execute(this::turn);
        }
    }

    private void turn() {
        try {
            var sink = waiting.poll();
            if (sink != null) {
                sink.turn();
            }
        } finally {
            if (count.decrementAndGet() > 0) {
                hub.execute(this::turn);
            }
        }
    }
}
