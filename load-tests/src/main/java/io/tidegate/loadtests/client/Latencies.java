package io.tidegate.loadtests.client;

/**
 * A histogram of times in microseconds: 64 buckets to each doubling, so that a percentile is at most 1.6 % too high. Of fixed
 * size, whatever comes.
 */
public final class Latencies {
    private static final int SUB_BITS = 6;
    private static final int SUB = 1 << SUB_BITS;
    private static final int BUCKETS = SUB * 40;

    private final long[] counts = new long[BUCKETS];
    private long total;
    private long max;

    /** Adds one; what is below zero, because two clocks differ, counts as zero. */
    public void add(long micros) {
        long value = Math.max(0, micros);
        counts[bucket(value)]++;
        total++;
        max = Math.max(max, value);
    }

    /** How many were added. */
    public long count() {
        return total;
    }

    public void clear() {
        java.util.Arrays.fill(counts, 0);
        total = 0;
        max = 0;
    }

    /**
     * The smallest time that at least so much of all is no longer than; rounded up to its bucket's end, never over the
     * longest.
     *
     * @param fraction
     *            0.99 for p99
     * @return microseconds; 0 if nothing was added
     */
    public long percentile(double fraction) {
        long wanted = Math.max(1, (long) Math.ceil(fraction * total));
        long seen = 0;
        for (int i = 0; i < BUCKETS; i++) {
            seen += counts[i];
            if (seen >= wanted && counts[i] > 0) {
                return Math.min(max, end(i));
            }
        }
        return max;
    }

    private static int bucket(long value) {
        if (value < SUB) {
            return (int) value;
        }
        int shift = 63 - Long.numberOfLeadingZeros(value) - SUB_BITS;
        return Math.min(BUCKETS - 1, SUB * (shift + 1) + (int) (value >>> shift) - SUB);
    }

    private static long end(int bucket) {
        if (bucket < SUB) {
            return bucket;
        }
        int shift = bucket / SUB - 1;
        long first = (long) (bucket % SUB + SUB) << shift;
        return first + (1L << shift) - 1;
    }
}
