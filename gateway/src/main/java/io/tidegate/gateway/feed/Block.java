package io.tidegate.gateway.feed;

/**
 * Everything that one partition says from one offset up to another, decoded. Immutable and shared: what lies before a consumer's
 * position is decided for good, so a block stays true even when the topic's retention has removed its records.
 *
 * <p>
 * Its entries are those of a reader of this partition alone: their positions have this one slot. Readers of several partitions
 * make their own of them, see {@link Entry#within}.
 */
final class Block {
    private static final int WEIGHT_FIXED = 128;

    private final long from;
    private final long to;
    private final int epoch;
    private final Entry[] entries;
    private final long weight;

    /**
     * @param from
     *            the first offset
     * @param to
     *            the offset behind the last one; offsets of [from, to) without an entry hold no event
     * @param epoch
     *            of the leader there: not before that of the last record, not behind that of the next one; -1 = unknown
     * @param entries
     *            by rising offset; the block's own from now on
     */
    Block(long from, long to, int epoch, Entry[] entries) {
        this.from = from;
        this.to = to;
        this.epoch = epoch;
        this.entries = entries;
        long sum = WEIGHT_FIXED;
        for (var entry : entries) {
            sum += entry.weight();
        }
        this.weight = sum;
    }

    long from() {
        return from;
    }

    long to() {
        return to;
    }

    int epoch() {
        return epoch;
    }

    /** Estimated heap bytes. */
    long weight() {
        return weight;
    }

    boolean covers(long offset) {
        return from <= offset && offset < to;
    }

    int size() {
        return entries.length;
    }

    Entry at(int index) {
        return entries[index];
    }

    /** The first entry at or behind this offset; {@link #size} if there is none. */
    int indexOf(long offset) {
        int low = 0;
        int high = entries.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (entries[middle].content().offset() < offset) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
