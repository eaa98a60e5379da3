package io.tidegate.gateway.delivery;

import io.tidegate.contract.DataProduct.BadRecord;
import io.tidegate.gateway.feed.Entry;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Start;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The readers on one event loop that get the very same frames: same product, shape, predicate and framing. A batch is made
 * once for all of them. Confined to its event loop.
 */
final class Audience {
    /** A batch ends at whichever comes first; together they bound what one write puts on a socket. */
    static final int BATCH_EVENTS = 128;
    static final int BATCH_BYTES = 64 * 1024;

    /** Entries looked at for one batch, whether or not they pass: the event loop has others to serve. */
    private static final int BATCH_ENTRIES = 4096;

    private final Key key;
    private final EventFilter filter;
    private final EventFilter permitted;
    /** Those who have got everything up to the front; each knows its place in this list. */
    private final List<Delivery> parked = new ArrayList<>(1);
    private int members;
    private @Nullable OpenBatch open;

    /**
     * What makes readers alike.
     *
     * @param permitted
     *            rows that they may see at all; part of the predicate too
     */
    record Key(Feed feed, Shape shape, Predicate predicate, Predicate permitted,
            Framing framing) {
    }

    /**
     * A piece of the shared log, ready to be written.
     *
     * @param to
     *            the sequence number behind it
     * @param end
     *            the position behind it
     * @param announced
     *            something missing that the framing attaches to the next event; the batch is then nothing but this
     */
    record Batch(long from, long to, Start end, Frames frames, Optional<Lost> announced) {
    }

    /** A batch for those at the front, while it grows. */
    private static final class OpenBatch {
        private final FrameBuffer out;
        private final long from;
        private final @Nullable Entry before;

        OpenBatch(FrameBuffer out, long from, @Nullable Entry before) {
            this.out = out;
            this.from = from;
            this.before = before;
        }
    }

    Audience(Key key) {
        this.key = key;
        this.filter = new EventFilter(key.predicate(), key.feed().schema());
        this.permitted = key.permitted().equals(key.predicate())
                ? filter
                : new EventFilter(key.permitted(), key.feed().schema());
    }

    Key key() {
        return key;
    }

    EventFilter filter() {
        return filter;
    }

    // ---- members ----

    void joined() {
        members++;
    }

    /** Whether nobody is left. */
    boolean left() {
        members--;
        return members == 0;
    }

    /** Those at the front. */
    List<Delivery> parked() {
        return parked;
    }

    void park(Delivery member) {
        member.parkedAt(parked.size());
        parked.add(member);
    }

    void unpark(Delivery member, int at) {
        var last = parked.removeLast();
        if (!last.equals(member)) {
            parked.set(at, last);
            last.parkedAt(at);
        }
    }

    // ---- batches for those at the front ----

    /**
     * Appends an entry to the batch that grows, whether or not it passes the filter: the caller knows that it does.
     *
     * @param before
     *            the entry before it; null if it is the first behind the front
     * @return whether a batch was begun with it
     */
    boolean grow(Entry entry, @Nullable Entry before, FrameBuffers buffers) {
        var growing = open;
        boolean isNew = growing == null;
        if (growing == null) {
            growing = new OpenBatch(buffers.take(), entry.sequence(), before);
            open = growing;
        }
        appendPassing(growing.out, entry, "");
        return isNew;
    }

    boolean isBatchFull() {
        var growing = open;
        return growing != null && (growing.out.events() >= BATCH_EVENTS
                || growing.out.length() >= BATCH_BYTES);
    }

    /** Where the batch that grows begins. */
    record Begin(long from, @Nullable Entry before) {
    }

    /** Ends the batch that grows; empty if there is none. */
    Optional<Begin> begin() {
        var growing = open;
        return growing == null
                ? Optional.empty()
                : Optional.of(new Begin(growing.from, growing.before));
    }

    /** Forgets the batch that grows. */
    void abandon(FrameBuffers buffers) {
        var growing = open;
        if (growing != null) {
            open = null;
            buffers.give(growing.out);
        }
    }

    /** The frames of the batch that grew. */
    Frames finish(FrameBuffers buffers) {
        var growing = open;
        if (growing == null) {
            throw new IllegalStateException("no batch has been begun");
        }
        open = null;
        var frames = growing.out.finish();
        buffers.give(growing.out);
        return frames;
    }

    // ---- batches for those behind ----

    /** The batch from here on, up to a place in the log; empty if memory has left this place behind. */
    Optional<Batch> batch(long from, long to, int eventsMax, FrameBuffers buffers) {
        return make(from, to, Math.min(eventsMax, BATCH_EVENTS), "", buffers);
    }

    /** The batch up to the next event, which carries these gaps. */
    Optional<Batch> batchWithGaps(long from, long to, String gaps, FrameBuffers buffers) {
        return make(from, to, 1, gaps, buffers);
    }

    private Optional<Batch> make(long from, long to, int eventsMax, String gaps,
            FrameBuffers buffers) {
        var feed = key.feed();
        var out = buffers.take();
        long end = Math.min(to, from + BATCH_ENTRIES);
        long sequence = from;
        Entry last = null;
        while (sequence < end && out.events() < eventsMax && out.length() < BATCH_BYTES) {
            var entry = feed.at(sequence);
            if (entry == null) {
                break;
            }
            if (entry.content() instanceof Lost lost && !announcesInPlace(lost)) {
                if (last == null) {
                    buffers.give(out);
                    return Optional
                            .of(new Batch(from, sequence + 1, entry.startBehind(), Frames.NONE,
                                    Optional.of(lost)));
                }
                break;
            }
            append(out, entry, gaps);
            last = entry;
            sequence++;
        }
        var batch = last == null
                ? Optional.<Batch>empty()
                : Optional.of(new Batch(from, sequence, last.startBehind(), out.finish(),
                        Optional.empty()));
        buffers.give(out);
        return batch;
    }

    /** Whether what is missing is announced by a frame of its own, behind which the stream goes on. */
    boolean announcesInPlace(Lost lost) {
        return !key.framing().attachesGaps() && !stopsAt(lost);
    }

    boolean stopsAt(Lost lost) {
        return lost.reason().isOfRecord()
                && key.feed().schema().product().stream().onBadRecord() == BadRecord.STOP;
    }

    /** Appends an entry if this audience gets it. */
    void append(FrameBuffer out, Entry entry, String gaps) {
        if (entry.content() instanceof Lost
                || (entry.content() instanceof Event event && filter.passes(event))) {
            appendPassing(out, entry, gaps);
        }
    }

    private void appendPassing(FrameBuffer out, Entry entry, String gaps) {
        var cursor = entry.cursor(key.feed().cursors(), key.feed());
        switch (entry.content()) {
            case Event event -> {
                var body = permitted.hasForeignPrevious(event)
                        ? renderWithoutPrevious(event, cursor)
                        : render(entry, event, cursor);
                key.framing().event(out, event, event.op(), cursor, body, gaps);
                out.countEvent();
            }
            case Lost lost -> key.framing().gap(out, Gaps.json(lost, cursor), cursor);
        }
    }

    /** A row may come into sight from where the reader must not look; where it was stays unsaid. */
    private byte[] renderWithoutPrevious(Event event, String cursor) {
        return key.shape().render(
                new Event(event.slot(), event.offset(), event.leaderEpoch(), event.op(),
                        event.key(), event.time(), event.value(), null),
                event.op(), cursor);
    }

    private byte[] render(Entry entry, Event event, String cursor) {
        if (!entry.isShared()) {
            return key.shape().render(event, event.op(), cursor);
        }
        var known = entry.rendering(key.shape());
        if (known == null) {
            known = key.shape().render(event, event.op(), cursor);
            entry.keep(key.shape(), known);
        }
        return known;
    }

    /** Appends a row of the current state. */
    void appendSnapshot(FrameBuffer out, Event event, String cursor) {
        key.framing().event(out, event, Op.SNAPSHOT, cursor,
                key.shape().render(event, Op.SNAPSHOT, cursor), "");
        out.countEvent();
    }
}
