package io.tidegate.loadtests.fanout;

/**
 * Finds the events of one connection in whatever comes out of its socket. It looks for marks only: frames, chunks and
 * envelopes are passed over, which makes one client cheap enough for any transport.
 */
final class MarkScanner {
    /** Bytes that may be kept from one read to the next: one less than what is looked for. */
    static final int KEPT_MAX = LoadEvent.MARKED_BYTES - 1;

    private final byte[] kept = new byte[KEPT_MAX];
    private int keptBytes;
    private int period;
    private long last = -1;
    private long count;
    private long gaps;

    /** Told of each event. */
    @FunctionalInterface
    interface Listener {
        void event(long sentMicros);
    }

    /** Puts what was kept at the front of the buffer, and says how much that is. */
    int restore(byte[] buffer) {
        System.arraycopy(kept, 0, buffer, 0, keptBytes);
        return keptBytes;
    }

    /** Looks at the buffer up to this length, what {@link #restore} put there included. */
    void scan(byte[] buffer, int length, Listener listener) {
        int from = 0;
        while (true) {
            int at = find(buffer, from, length);
            if (at < 0) {
                break;
            }
            long number = LoadEvent.number(buffer, at + LoadEvent.MARK.length,
                    LoadEvent.NUMBER_DIGITS) - LoadEvent.FIRST;
            if (last >= 0 && number != last + 1) {
                gaps++;
            }
            last = number;
            count++;
            listener.event(
                    LoadEvent.number(buffer, at + LoadEvent.TIME_AT, LoadEvent.TIME_DIGITS));
            from = at + LoadEvent.MARKED_BYTES;
            // Messages of one stream are nearly always equally long: the next mark is where it was in this one.
            int guess = at + period;
            if (period > 0 && guess + LoadEvent.MARKED_BYTES <= length && isMark(buffer, guess)) {
                from = guess;
            } else {
                int next = find(buffer, from, length);
                if (next > 0) {
                    period = next - at;
                    from = next;
                }
            }
        }
        // A whole mark that has been counted must not be found again.
        int keep = Math.min(KEPT_MAX, length - from);
        keptBytes = Math.max(0, keep);
        System.arraycopy(buffer, length - keptBytes, kept, 0, keptBytes);
    }

    private static int find(byte[] buffer, int from, int length) {
        int end = length - LoadEvent.MARKED_BYTES;
        for (int i = from; i <= end; i++) {
            if (buffer[i] == '"' && isMark(buffer, i)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isMark(byte[] buffer, int at) {
        for (int i = 0; i < LoadEvent.MARK.length; i++) {
            if (buffer[at + i] != LoadEvent.MARK[i]) {
                return false;
            }
        }
        return true;
    }

    /** Begins to count anew; the numbering goes on. */
    void clear() {
        count = 0;
        gaps = 0;
    }

    long count() {
        return count;
    }

    /** How often a number did not follow the one before. */
    long gaps() {
        return gaps;
    }

    /** The last number seen; -1 = none yet. */
    long last() {
        return last;
    }
}
