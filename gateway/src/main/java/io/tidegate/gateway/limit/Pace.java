package io.tidegate.gateway.limit;

/**
 * How fast one reader may be served: messages and bytes, each a bucket that holds one second's worth. Bytes may be
 * overdrawn, so that a message larger than a second's worth still passes, and later ones wait until that is made up for. Nothing is
 * refused here; a reader that is too fast is only read more slowly. Pure: the time is passed in. For one thread.
 */
public final class Pace {
    private final Bucket messages;
    private final Bucket bytes;

    /**
     * @param nowNanos
     *            of {@code System.nanoTime}
     */
    public Pace(Rate messages, Rate bytes, long nowNanos) {
        this.messages = new Bucket(messages, nowNanos);
        this.bytes = new Bucket(bytes, nowNanos);
    }

    /** How many messages may go now; 0 = ask again in {@link #waitNanos}. */
    public int allowed(long nowNanos) {
        messages.refill(nowNanos);
        bytes.refill(nowNanos);
        return bytes.tokens <= 0 ? 0 : (int) Math.min(Integer.MAX_VALUE, (long) messages.tokens);
    }

    /** After how many bytes a batch should end; at least 0. */
    public long allowedBytes(long nowNanos) {
        bytes.refill(nowNanos);
        return Math.max(0, (long) bytes.tokens);
    }

    /** After how many nanoseconds the next message may go; 0 = now. */
    public long waitNanos(long nowNanos) {
        if (allowed(nowNanos) > 0) {
            return 0;
        }
        return Math.max(1, Math.max(messages.nanosUntil(1), bytes.nanosUntil(1)));
    }

    /** Tells what was sent. */
    public void sent(int count, long byteCount, long nowNanos) {
        messages.refill(nowNanos);
        bytes.refill(nowNanos);
        messages.tokens -= count;
        bytes.tokens -= byteCount;
    }

    private static final class Bucket {
        private final double perNano;
        private final double capacity;
        private double tokens;
        private long filledAtNanos;

        Bucket(Rate rate, long nowNanos) {
            perNano = (double) rate.amount() / rate.window().toNanos();
            capacity = Math.max(1, perNano * 1e9);
            tokens = capacity;
            filledAtNanos = nowNanos;
        }

        void refill(long nowNanos) {
            long passed = nowNanos - filledAtNanos;
            if (passed > 0) {
                tokens = Math.min(capacity, tokens + passed * perNano);
                filledAtNanos = nowNanos;
            }
        }

        long nanosUntil(double wanted) {
            return tokens >= wanted ? 0 : (long) Math.ceil((wanted - tokens) / perNano);
        }
    }
}
