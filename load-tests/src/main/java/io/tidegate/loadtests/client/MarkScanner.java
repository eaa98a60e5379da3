package io.tidegate.loadtests.client;

import io.tidegate.loadtests.server.LoadEvent;

/**
 * Finds the events of one connection in whatever comes out of its socket. It looks for marks only: frames, chunks and
 * envelopes are passed over, which makes one client cheap enough for any transport.
 */
final class MarkScanner {
    /** Bytes that may be kept from one read to the next: one less than what is looked for. */
    static final int KEPT_MAX = LoadEvent.MARKED_BYTES - 1;

    private final long stride;
    private byte[] kept = new byte[0];
    private int period;
    private long last = -1;
    private long count;
    private long gaps;

    /** Told of each event. */
    @FunctionalInterface
    interface Listener {
        void event(long sentMicros);
    }

    /**
     * @param stride
     *            how much the number of an event is larger than that of the one before
     */
    MarkScanner(long stride) {
        this.stride = stride;
    }

    /** Puts what was kept at the front of the buffer, and says how much that is. */
    int restore(byte[] buffer) {
        System.arraycopy(kept, 0, buffer, 0, kept.length);
        return kept.length;
    }

    /** Looks at the buffer up to this length, what {@link #restore} put there included. */
    void scan(byte[] buffer, int length, Listener listener) {
        int from = 0;
        while (true) {
            int at = find(buffer, from, length);
            if (at < 0) {
                break;
            }
            long number = LoadEvent.number(buffer, at + LoadEvent.NUMBER_AT,
                    LoadEvent.NUMBER_DIGITS) - LoadEvent.FIRST;
            if (last >= 0 && number != last + stride) {
                gaps++;
            }
            last = number;
            count++;
            listener.event(
                    LoadEvent.number(buffer, at + LoadEvent.TIME_AT, LoadEvent.TIME_DIGITS));
            from = at + LoadEvent.MARKED_BYTES;
            // Messages of one stream are nearly always equally long: the next mark is where it was in this one.
            int guess = at + period;
            if (period > 0 && guess + LoadEvent.MARKED_BYTES <= length
                    && LoadEvent.isMark(buffer, guess)) {
                from = guess;
            } else {
                int next = find(buffer, from, length);
                if (next > 0) {
                    period = next - at;
                    from = next;
                }
            }
        }
        keep(buffer, from, length);
    }

    /** A whole mark that has been counted must not be found again; idle connections keep as little as they can. */
    private void keep(byte[] buffer, int from, int length) {
        int bytes = Math.max(0, Math.min(KEPT_MAX, length - from));
        if (kept.length != bytes) {
            kept = new byte[bytes];
        }
        System.arraycopy(buffer, length - bytes, kept, 0, bytes);
    }

    private static int find(byte[] buffer, int from, int length) {
        int end = length - LoadEvent.MARKED_BYTES;
        for (int i = from; i <= end; i++) {
            if (buffer[i] == '"' && LoadEvent.isMark(buffer, i)) {
                return i;
            }
        }
        return -1;
    }

    /** Begins to count anew; the numbering goes on. */
    void clear() {
        count = 0;
        gaps = 0;
    }

    /** Another connection goes on with the numbering; the counting goes on too. */
    void reconnected() {
        kept = new byte[0];
        period = 0;
    }

    /** The next event is the one behind this. */
    void expectAfter(long number) {
        last = number;
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
