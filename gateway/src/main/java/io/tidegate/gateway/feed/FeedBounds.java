package io.tidegate.gateway.feed;

/**
 * How much of a product's log stays in memory.
 *
 * @param events
 *            at most, rounded up to a power of two; 2 to 4,194,304
 * @param bytes
 *            estimated heap, at most
 * @param prefill
 *            events read from before the end at start, so that clients that come back find their place in memory
 */
public record FeedBounds(int events, long bytes, int prefill) {
    public FeedBounds {
        if (events < 2 || events > 1 << 22) {
            throw new IllegalArgumentException("a feed keeps 2 to 4194304 events, not " + events);
        }
        if (bytes < 64 * 1024) {
            throw new IllegalArgumentException(
                    "a feed needs at least 64 KiB, not " + bytes + " bytes");
        }
    }
}
