package io.tidegate.gateway.http;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How the gateway leaves without its clients coming back all at once, wherever they go.
 *
 * @param delay
 *            it says that it is not ready and goes on serving for so long, until nobody sends it new clients
 * @param window
 *            then its clients are told to come back, one after the other, spread over this time
 */
public record Drain(Duration delay, Duration window) {
    /** Everybody at once and now. */
    public static final Drain AT_ONCE = new Drain(Duration.ZERO, Duration.ZERO);

    public Drain {
        if (delay.isNegative() || window.isNegative()) {
            throw new IllegalArgumentException(
                    "a drain cannot take " + delay + " and " + window);
        }
    }

    /**
     * When each of the clients is told, in milliseconds from the start of the window, in ascending order. Each has an equal
     * share of the window and a random place within it, so that clients of several nodes that drain do not march in step.
     */
    public long[] offsetsMillis(int clients, RandomGenerator random) {
        var offsets = new long[clients];
        double share = (double) window.toMillis() / Math.max(1, clients);
        for (int i = 0; i < clients; i++) {
            offsets[i] = (long) ((i + random.nextDouble()) * share);
        }
        return offsets;
    }

    /** Both together. */
    public Duration length() {
        return delay.plus(window);
    }
}
