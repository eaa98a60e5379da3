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
import io.tidegate.gateway.subscription.Conflation;
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

    /** Deflating costs as much as many deliveries: nobody gets it for themselves alone. */
    private static final int INFLATING_MIN = 2;

    private final Key key;
    private final EventFilter filter;
    private final EventFilter permitted;
    /** Those who have got everything up to the front; each knows its place in this list. */
    private final List<Delivery> parked = new ArrayList<>(1);
    /** Whether its one member's events are looked up, so that what is made of them is not kept for others. */
    private final boolean isJoining;
    private int members;
    /** Those who can take deflated frames. */
    private int inflating;
    private final Payoff payoff = new Payoff();
    private @Nullable OpenBatch open;
    /** What was looked through last. */
    private @Nullable Conflation conflation;

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
     * @param passedOver
     *            how many events newer ones of their keys stand for and the frames do not tell
     */
    record Batch(long from, long to, Start end, Frames frames, Optional<Lost> announced,
            long passedOver) {
        Batch(long from, long to, Start end, Frames frames) {
            this(from, to, end, frames, Optional.empty(), 0);
        }
    }

    /** An entry of a batch, with the bytes of its event; null where the entry says that something is missing. */
    private record Rendered(Entry entry, byte @Nullable [] body) {
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
        this.isJoining = key.shape() instanceof Joining;
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

    void joined(Delivery member) {
        members++;
        if (member.inflates()) {
            inflating++;
        }
    }

    /** Whether nobody is left. */
    boolean left(Delivery member) {
        members--;
        if (member.inflates()) {
            inflating--;
        }
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

    /** These frames go to more than one member; where enough of them inflate, deflating them once may pay. */
    void share(Frames frames) {
        if (inflating >= INFLATING_MIN && frames.bytes().length > 0) {
            frames.mayBeDeflated(payoff);
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
        share(frames);
        return frames;
    }

    // ---- batches for those behind ----

    /** The batch from here on, up to a place in the log; empty if memory has left this place behind. */
    Optional<Batch> batch(long from, long to, int eventsMax, FrameBuffers buffers) {
        return make(from, to, Math.min(eventsMax, BATCH_EVENTS), "", buffers);
    }

    /** The batch up to the next event, with which this is told. */
    Optional<Batch> batchWith(long from, long to, String attached, FrameBuffers buffers) {
        return make(from, to, 1, attached, buffers);
    }

    private Optional<Batch> make(long from, long to, int eventsMax, String attached,
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
                                    Optional.of(lost), 0));
                }
                break;
            }
            append(out, entry, attached);
            last = entry;
            sequence++;
        }
        var batch = last == null
                ? Optional.<Batch>empty()
                : Optional.of(new Batch(from, sequence, last.startBehind(), out.finish()));
        buffers.give(out);
        return batch;
    }

    // ---- batches of the newest event of each key ----

    /**
     * What is newest in the shared log from here on. Whoever asks at the same place while the log stands still gets the same,
     * and looks no second time.
     */
    Conflation conflation(long from, long to) {
        var known = conflation;
        if (known != null && known.serves(from, to)) {
            return known;
        }
        var made = new Conflation(from, to, filter::passes, this::stopsAt);
        conflation = made;
        return made;
    }

    /**
     * A part of what is newest, with how many events newer ones stand for.
     *
     * @param piece
     *            complete
     * @param from
     *            where the reader is, a place of that piece
     * @param cursor
     *            the position there
     * @param attached
     *            waits to be told; the batch is one event then
     * @return empty if memory has left the place behind
     */
    Optional<Batch> conflated(Conflation piece, long from, int eventsMax, String cursor,
            Optional<Attachments> attached, FrameBuffers buffers) {
        int first = piece.indexFrom(from);
        int next = first;
        int most = attached.isPresent() ? 1 : Math.min(eventsMax, BATCH_EVENTS);
        int bytes = 0;
        var rendered = new ArrayList<Rendered>();
        Entry last = null;
        while (next < piece.size() && rendered.size() < most && bytes < BATCH_BYTES) {
            var entry = key.feed().at(piece.at(next));
            if (entry == null) {
                break;
            }
            byte[] body = null;
            if (entry.content() instanceof Event event) {
                body = render(entry, event);
                bytes += body.length;
            } else if (entry.content() instanceof Lost lost && !announcesInPlace(lost)) {
                if (last == null) {
                    return Optional.of(new Batch(from, piece.at(next) + 1, entry.startBehind(),
                            Frames.NONE, Optional.of(lost), piece.passedOver(first, next + 1)));
                }
                break;
            }
            rendered.add(new Rendered(entry, body));
            last = entry;
            next++;
        }
        boolean isAll = next == piece.size();
        if (last == null && !isAll) {
            return Optional.empty();
        }
        var end = isAll || last == null ? piece.end() : last.startBehind();
        long to = isAll || last == null ? piece.to() : piece.at(next - 1) + 1;
        return Optional.of(new Batch(from, to, end, frames(rendered,
                piece.passedOver(first, next), cursor, attached, buffers)));
    }

    private Frames frames(List<Rendered> rendered, long passedOver, String cursor,
            Optional<Attachments> attached, FrameBuffers buffers) {
        var out = buffers.take();
        var members = "";
        if (key.framing().attaches()) {
            members = attached.map(those -> those.members(passedOver))
                    .orElseGet(() -> passedOver == 0 ? "" : Attachments.conflated(passedOver));
        } else {
            appendPassedOver(out, passedOver, cursor);
        }
        for (var each : rendered) {
            append(out, each.entry(), each.body(), members);
            members = "";
        }
        var frames = out.finish();
        buffers.give(out);
        return frames;
    }

    /** Tells by a frame of its own how many events newer ones of their keys stand for, if any. */
    void appendPassedOver(FrameBuffer out, long events, String cursor) {
        if (events > 0) {
            key.framing().notice(out,
                    "{\"code\":\"conflated\",\"message\":\"Newer events of their keys stand for"
                            + " these.\",\"events\":\"" + events + "\"}",
                    cursor);
        }
    }

    // ---- what they are made of ----

    /** Whether what is missing is announced by a frame of its own, behind which the stream goes on. */
    boolean announcesInPlace(Lost lost) {
        return !key.framing().attaches() && !stopsAt(lost);
    }

    boolean stopsAt(Lost lost) {
        return lost.reason().isOfRecord()
                && key.feed().schema().product().stream().onBadRecord() == BadRecord.STOP;
    }

    /** Appends an entry if this audience gets it. */
    void append(FrameBuffer out, Entry entry, String attached) {
        if (entry.content() instanceof Lost
                || (entry.content() instanceof Event event && filter.passes(event))) {
            appendPassing(out, entry, attached);
        }
    }

    private void appendPassing(FrameBuffer out, Entry entry, String attached) {
        if (entry.content() instanceof Event event) {
            append(out, entry, render(entry, event), attached);
        } else {
            append(out, entry, null, attached);
        }
    }

    private void append(FrameBuffer out, Entry entry, byte @Nullable [] body, String attached) {
        var cursor = entry.cursor(key.feed().cursors(), key.feed());
        switch (entry.content()) {
            case Event event -> {
                key.framing().event(out, event, event.op(), cursor,
                        body == null ? render(entry, event) : body, attached);
                out.countEvent();
            }
            case Lost lost -> key.framing().gap(out, Gaps.json(lost, cursor), cursor);
        }
    }

    private byte[] render(Entry entry, Event event) {
        var cursor = entry.cursor(key.feed().cursors(), key.feed());
        return permitted.hasForeignPrevious(event)
                ? renderWithoutPrevious(event, cursor)
                : render(entry, event, cursor);
    }

    /** A row may come into sight from where the reader must not look; where it was stays unsaid. */
    private byte[] renderWithoutPrevious(Event event, String cursor) {
        return key.shape().render(
                new Event(event.slot(), event.offset(), event.leaderEpoch(), event.op(),
                        event.key(), event.time(), event.value(), null),
                event.op(), cursor);
    }

    private byte[] render(Entry entry, Event event, String cursor) {
        if (!entry.isShared() || isJoining) {
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
    void appendSnapshot(FrameBuffer out, Event event, String cursor, String attached) {
        key.framing().event(out, event, Op.SNAPSHOT, cursor,
                key.shape().render(event, Op.SNAPSHOT, cursor), attached);
        out.countEvent();
    }
}
