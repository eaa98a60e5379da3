package io.tidegate.gateway.http;

import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Everything on one event loop that happens at a certain time unless it is called off: ends of tokens, ends of patience. One
 * timer for all of it; what is due within the same tenth of a second shares an entry. Confined to its event loop.
 */
public final class Deadlines {
    private static final long TICK_MILLIS = 100;
    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final long began = System.nanoTime();
    private final TreeMap<Long, List<Deadline>> ticks = new TreeMap<>();
    private long timer = NO_TIMER;
    private long timerTick;

    /** Something that becomes due. */
    public abstract static class Deadline {
        private long tick = -1;
        private int index;

        /** The time has come; called once at most. */
        protected abstract void due();
    }

    public Deadlines(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Due after this time and at most a tenth of a second later; instead of any time it was given before. */
    public void set(Deadline deadline, Duration after) {
        cancel(deadline);
        long at = Math.max(1, after.toMillis()) + nowMillis();
        deadline.tick = Math.ceilDiv(at, TICK_MILLIS);
        var bucket = ticks.computeIfAbsent(deadline.tick, ignored -> new ArrayList<>(1));
        deadline.index = bucket.size();
        bucket.add(deadline);
        arm();
    }

    /** A task that becomes due after this time. */
    public Deadline after(Duration time, Runnable task) {
        var deadline = new Deadline() {
            @Override
            protected void due() {
                task.run();
            }
        };
        set(deadline, time);
        return deadline;
    }

    /** Calls it off, also where it has been due or was never set. */
    public void cancel(Deadline deadline) {
        if (deadline.tick < 0) {
            return;
        }
        var bucket = ticks.get(deadline.tick);
        if (bucket != null) {
            var last = bucket.removeLast();
            if (deadline.index < bucket.size()) {
                bucket.set(deadline.index, last);
                last.index = deadline.index;
            }
            if (bucket.isEmpty()) {
                ticks.remove(deadline.tick);
            }
        }
        deadline.tick = -1;
    }

    /** How many are waiting. */
    int size() {
        return ticks.values().stream().mapToInt(List::size).sum();
    }

    private long nowMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    }

    private void arm() {
        if (ticks.isEmpty()) {
            return;
        }
        long first = ticks.firstKey();
        if (timer != NO_TIMER) {
            if (timerTick <= first) {
                return;
            }
            vertx.cancelTimer(timer);
        }
        timerTick = first;
        timer = vertx.setTimer(Math.max(1, first * TICK_MILLIS - nowMillis()), ignored -> ring());
    }

    private void ring() {
        timer = NO_TIMER;
        long now = nowMillis();
        while (!ticks.isEmpty() && ticks.firstKey() * TICK_MILLIS <= now) {
            var bucket = ticks.firstEntry().getValue();
            // One by one, since what is done at one may call off another.
            var deadline = bucket.getLast();
            cancel(deadline);
            deadline.due();
        }
        arm();
    }
}
