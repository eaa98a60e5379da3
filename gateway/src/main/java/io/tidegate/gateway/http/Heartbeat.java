package io.tidegate.gateway.http;

import java.time.Duration;

/**
 * How the gateway learns that a client is gone though nobody said so. A client is given up at the first beat after its silence;
 * so it is found within {@code silence + every}.
 *
 * @param every
 *            a WebSocket is pinged and a silent stream is given a sign of life this often
 * @param silence
 *            a client that answers nothing, or takes nothing of what waits for it, is given up after this
 */
public record Heartbeat(Duration every, Duration silence) {
    public static final Heartbeat DEFAULT = new Heartbeat(Duration.ofSeconds(15),
            Duration.ofSeconds(45));

    public Heartbeat {
        if (every.isNegative() || every.isZero()) {
            throw new IllegalArgumentException("a heartbeat must take time, not " + every);
        }
        if (silence.compareTo(every) < 0) {
            throw new IllegalArgumentException(
                    "silence of " + silence + " is shorter than the heartbeat of " + every);
        }
    }
}
