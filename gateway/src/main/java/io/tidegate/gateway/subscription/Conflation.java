package io.tidegate.gateway.subscription;

import io.tidegate.gateway.feed.Entry;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.feed.Start;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;

/**
 * The newest event of each key in a piece of the shared log, in the order of these newest ones; what is missing from the log
 * keeps its place among them. It holds places, not events: the log is the buffer.
 *
 * <p>
 * The same holds for every reader within the piece: what is left of it behind any of its places is the newest of each key
 * from there on. So whoever was delivered a part of it goes on with the rest, whatever the part was.
 */
public final class Conflation {
    /** Distinct keys, and things missing, after which a piece ends; the next one follows at once. */
    private static final int KEYS_MAX = 16_384;
    /** Entries after which a piece ends. */
    private static final int ENTRIES_MAX = 1 << 18;

    private static final Start NOWHERE = new Start(new long[0], new int[0], List.of());

    private final long from;
    private final long asked;
    private final long target;
    private final int keysMax;
    private final Predicate<Event> passes;
    private final Predicate<Lost> stops;
    private NewestByKey<Long> newest = new NewestByKey<>();
    private long looked;
    private Start end = NOWHERE;
    private boolean isComplete;
    private boolean isBroken;
    private long[] sequences = {};
    private long[] ordinals = {};
    private boolean[] isEvent = {};
    private long events;

    /**
     * @param from
     *            the first sequence number
     * @param to
     *            the sequence number behind the last one; the piece may end before
     * @param passes
     *            events that the reader gets
     * @param stops
     *            what is missing and ends the reader's stream; nothing before it is passed over for what comes behind it
     */
    public Conflation(long from, long to, Predicate<Event> passes, Predicate<Lost> stops) {
        this(from, to, passes, stops, KEYS_MAX);
    }

    Conflation(long from, long to, Predicate<Event> passes, Predicate<Lost> stops, int keysMax) {
        this.from = from;
        this.asked = to;
        this.target = Math.min(to, from + ENTRIES_MAX);
        this.keysMax = keysMax;
        this.passes = passes;
        this.stops = stops;
        this.looked = from;
    }

    /**
     * Looks at some more entries.
     *
     * @param entriesMax
     *            how many at most; whoever calls has others to serve
     */
    public void look(Log log, int entriesMax) {
        for (int i = 0; i < entriesMax && !isComplete && !isBroken; i++) {
            if (looked >= target || newest.size() >= keysMax) {
                complete();
                return;
            }
            var entry = log.at(looked);
            if (entry == null) {
                isBroken = true;
                newest.clear();
                return;
            }
            if (!take(entry)) {
                complete();
                return;
            }
        }
        if (!isBroken && looked >= target) {
            complete();
        }
    }

    /** False if the piece ends before this entry. */
    private boolean take(Entry entry) {
        switch (entry.content()) {
            case Event event -> {
                if (passes.test(event)) {
                    newest.add(event, looked);
                }
            }
            case Lost lost -> {
                if (stops.test(lost) && newest.size() > 0) {
                    return false;
                }
                newest.addOther(looked);
            }
        }
        looked++;
        end = entry.startBehind();
        return true;
    }

    private void complete() {
        if (isComplete) {
            return;
        }
        isComplete = true;
        List<NewestByKey.Kept<Long>> kept = newest.inOrder();
        events = newest.events();
        sequences = new long[kept.size()];
        ordinals = new long[kept.size()];
        isEvent = new boolean[kept.size()];
        for (int i = 0; i < kept.size(); i++) {
            sequences[i] = kept.get(i).place();
            ordinals[i] = kept.get(i).ordinal();
            isEvent[i] = kept.get(i).isEvent();
        }
        newest = new NewestByKey<>();
    }

    /** Whether a reader at this place gets the newest of what follows from here, or will when everything is looked at. */
    public boolean serves(long place) {
        return !isBroken && (place == from
                || (isComplete && place > from && place < looked && indexFrom(place) >= 0));
    }

    /** As {@link #serves}, where what follows goes as far as this. */
    public boolean serves(long place, long to) {
        return to == asked && serves(place);
    }

    /** Whether everything has been looked at; what follows may be asked only then. */
    public boolean isComplete() {
        return isComplete;
    }

    /** Whether memory has left the piece behind while it was looked at; it is of no use then. */
    public boolean isBroken() {
        return isBroken;
    }

    /** The sequence number behind the piece. */
    public long to() {
        return looked;
    }

    /** The position behind the piece, which is not empty. */
    public Start end() {
        return end;
    }

    /** How many places are left to be delivered. */
    public int size() {
        return sequences.length;
    }

    /** The sequence number of a place. */
    public long at(int index) {
        return sequences[index];
    }

    /**
     * The first place for a reader at this sequence number; -1 if what lies before it cannot be counted from here, because it
     * is not where another reader of this piece would be.
     */
    public int indexFrom(long sequence) {
        if (sequence == from) {
            return 0;
        }
        if (sequence == looked) {
            return sequences.length;
        }
        int before = Arrays.binarySearch(sequences, sequence - 1);
        return before < 0 ? -1 : before + 1;
    }

    /**
     * How many events are passed over by whoever is delivered these places and nothing else.
     *
     * @param fromIndex
     *            the first place
     * @param toIndex
     *            behind the last one
     */
    public long passedOver(int fromIndex, int toIndex) {
        long before = fromIndex == 0 ? 0 : ordinals[fromIndex - 1];
        long upTo = toIndex == sequences.length
                ? events
                : toIndex == 0 ? 0 : ordinals[toIndex - 1];
        int delivered = 0;
        for (int i = fromIndex; i < toIndex; i++) {
            delivered += isEvent[i] ? 1 : 0;
        }
        return upTo - before - delivered;
    }
}
