package io.tidegate.gateway.delivery;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Wakes readers when something is due to them; those for whom that is the same moment are served in one turn, so that they
 * share what is made. Confined to one event loop.
 */
final class Ticks {
    private final Hub hub;
    /** By the moment; holds open streams only. */
    private final Map<Long, Set<Delivery>> waiting = new HashMap<>();

    Ticks(Hub hub) {
        this.hub = hub;
    }

    /** Wakes the reader at this time of the hub's clock. */
    void at(long nanos, Delivery delivery) {
        waiting.computeIfAbsent(nanos, moment -> {
            long millis = TimeUnit.NANOSECONDS.toMillis(moment - hub.nanoTime()) + 1;
            hub.after(Math.max(1, millis), () -> ring(moment));
            return new LinkedHashSet<>();
        }).add(delivery);
    }

    /** The reader waits no more. */
    void cancel(long nanos, Delivery delivery) {
        var those = waiting.get(nanos);
        if (those != null) {
            those.remove(delivery);
        }
    }

    private void ring(long moment) {
        var those = waiting.remove(moment);
        if (those != null && !those.isEmpty()) {
            var now = List.copyOf(those);
            now.forEach(Delivery::awake);
            hub.turn(now);
        }
    }
}
