package io.tidegate.gateway.http;

import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/**
 * Whether a client takes what waits for it in our own memory, however slowly. What the system's buffer has swallowed says
 * nothing; only where that is full do we see the client at work.
 */
final class Uptake {
    private int head;
    private long progress;
    private boolean isStuck;
    private long movedAt;

    /**
     * Looks again.
     *
     * @param now
     *            of {@code System.nanoTime}
     */
    void look(@Nullable Channel channel, long now) {
        var out = channel == null ? null : channel.unsafe().outboundBuffer();
        var current = out == null ? null : out.current();
        if (out == null || current == null) {
            isStuck = false;
            return;
        }
        // Not the message itself, which would then be kept from its pool.
        int identity = System.identityHashCode(current);
        long taken = out.currentProgress();
        if (!isStuck || identity != head || taken != progress) {
            movedAt = now;
        }
        isStuck = true;
        head = identity;
        progress = taken;
    }

    /** Whether something waits for the client. */
    boolean isStuck() {
        return isStuck;
    }

    /** When the client was seen to take something; only where {@link #isStuck}. */
    long movedAt() {
        return movedAt;
    }
}
