package io.tidegate.gateway.feed;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One place in a log, with the position behind it. Entries are shared by every reader; what is rendered from one is kept
 * beside it, so that it is made once whoever asks first.
 */
public final class Entry {
    /** How many renderings are kept; a further shape is rendered by each event loop for itself. */
    private static final int RENDERINGS_MAX = 8;

    /** Of an entry that is not in the shared log: replayed, or a row of a snapshot. */
    static final long UNSHARED = -1;

    /** Of an entry that is not in the shared log but the same for every reader that is behind. */
    static final long REPLAYED = -2;

    private final long sequence;
    private final Content content;
    private final long[] next;
    private final int[] epochs;
    private final int weight;
    private final boolean isFirst;
    private volatile @Nullable String cursor;
    private volatile Rendering[] renderings = {};

    private record Rendering(Object shape, byte[] bytes) {
    }

    /** An entry that begins what its record says, which mostly is all of it. */
    Entry(long sequence, Content content, long[] next, int[] epochs, int weight) {
        this(sequence, content, next, epochs, weight, true);
    }

    /**
     * @param next
     *            the position behind it; of a record that says several things the record's own offset, until all of them are
     *            said
     * @param isFirst
     *            whether it is the first thing that its record says
     */
    Entry(long sequence, Content content, long[] next, int[] epochs, int weight,
            boolean isFirst) {
        this.sequence = sequence;
        this.content = content;
        this.next = next;
        this.epochs = epochs;
        this.weight = weight;
        this.isFirst = isFirst;
    }

    /** Its place in the shared log, rising by one; negative for an entry outside of it. */
    public long sequence() {
        return sequence;
    }

    public Content content() {
        return content;
    }

    /** Whether other readers see the very same entry, so that renderings are worth keeping. */
    public boolean isShared() {
        return sequence != UNSHARED;
    }

    /** Estimated heap bytes. */
    public int weight() {
        return weight;
    }

    long[] next() {
        return next;
    }

    int[] epochs() {
        return epochs;
    }

    /**
     * The position that a reader must have reached to miss nothing if it begins with this entry. Whoever is at a record's
     * offset has yet to see its first row, so every further row of it counts as behind the record.
     */
    long[] before() {
        var before = next.clone();
        before[content.slot()] = isFirst ? content.offset() : content.offset() + 1;
        return before;
    }

    /** Whether a reader at these offsets has already seen it. */
    public boolean isSeenAt(long[] offsets) {
        return content.offset() < offsets[content.slot()];
    }

    /** Whether a reader at these offsets has seen exactly what comes before it. */
    public boolean isNextAt(long[] offsets) {
        return isFirst && Arrays.equals(before(), offsets);
    }

    /** Whether everything before these offsets lies at or before this entry. */
    public boolean reaches(long[] offsets) {
        return Feed.covers(next, offsets);
    }

    /**
     * The same content for a reader that is further in other partitions than the shared log is here; its cursor says so.
     */
    public Entry seenFrom(long[] offsets) {
        var further = next.clone();
        var led = epochs;
        for (int i = 0; i < further.length; i++) {
            if (offsets[i] > further[i]) {
                further[i] = offsets[i];
                // The one here may have ended before that.
                led = Feed.noted(led, i, -1);
            }
        }
        return new Entry(UNSHARED, content, further, led, weight, isFirst);
    }

    /** The same content for a reader of several partitions, of whose position an entry of one partition knows nothing. */
    Entry within(long[] position, int[] epochsThere) {
        return new Entry(UNSHARED, content, position, epochsThere, weight, isFirst);
    }

    /** The start of a reader that has seen everything up to and with this entry. */
    public Start startBehind() {
        return new Start(next.clone(), epochs, java.util.List.of());
    }

    /**
     * The cursor behind this entry: a stream resumed from it continues with the next one, or with the first of its record
     * while others of it follow.
     */
    public String cursor(Cursors cursors, Feed feed) {
        var known = cursor;
        if (known == null) {
            known = cursors.write(feed.id(), feed.layout(), next, epochs);
            cursor = known;
        }
        return known;
    }

    /** What {@link #keep} stored for this shape; null if nothing. */
    public byte @Nullable [] rendering(Object shape) {
        for (var rendering : renderings) {
            if (rendering.shape().equals(shape)) {
                return rendering.bytes();
            }
        }
        return null;
    }

    /** Keeps what a shape made of this entry. Two threads may race; one of two equal results is kept. */
    public void keep(Object shape, byte[] bytes) {
        var known = renderings;
        if (known.length < RENDERINGS_MAX) {
            var more = Arrays.copyOf(known, known.length + 1);
            more[known.length] = new Rendering(shape, bytes);
            renderings = more;
        }
    }
}
