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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The readers on one event loop that get the very same frames: same product, shape, predicate and framing. A batch is made
 * once for all of them. Confined to its event loop.
 */
final class Audience {
    /** A batch ends at whichever comes first; together they bound what one write puts on a socket. */
    private static final int BATCH_EVENTS = 128;
    private static final int BATCH_BYTES = 64 * 1024;

    /** Entries looked at for one batch, whether or not they pass: the event loop has others to serve. */
    private static final int BATCH_ENTRIES = 4096;
    /** As many as one turn of a delivery writes. */
    private static final int BATCHES_KEPT = Delivery.TURN;

    private final Key key;
    private final EventFilter filter;
    private final EventFilter permitted;
    private final Set<Delivery> members = new LinkedHashSet<>();
    /** Of this turn, so that the next member gets the same bytes. */
    private final List<Batch> batches = new ArrayList<>();

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

    Audience(Key key) {
        this.key = key;
        this.filter = new EventFilter(key.predicate(), key.feed().schema());
        this.permitted = new EventFilter(key.permitted(), key.feed().schema());
    }

    Key key() {
        return key;
    }

    Set<Delivery> members() {
        return members;
    }

    /** Forgets the batches that the last turn shared; they are of no use to the next one. */
    void endTurn() {
        batches.forEach(batch -> batch.frames().release());
        batches.clear();
    }

    /** The batch from here on; empty if memory has left this place behind. */
    Optional<Batch> batch(long from, int eventsMax) {
        for (var known : batches) {
            if (known.from() == from && known.frames().events() <= eventsMax) {
                return Optional.of(known);
            }
        }
        var made = make(from, Math.min(eventsMax, BATCH_EVENTS), "");
        if (eventsMax >= BATCH_EVENTS && batches.size() < BATCHES_KEPT) {
            made.ifPresent(batches::add);
        }
        return made;
    }

    /** The batch up to the next event, which carries these gaps. */
    Optional<Batch> batchWithGaps(long from, String gaps) {
        return make(from, 1, gaps);
    }

    private Optional<Batch> make(long from, int eventsMax, String gaps) {
        var feed = key.feed();
        var out = new FrameBuffer();
        long end = Math.min(feed.tail().sequence(), from + BATCH_ENTRIES);
        long sequence = from;
        Entry last = null;
        while (sequence < end && out.events() < eventsMax && out.length() < BATCH_BYTES) {
            var entry = feed.at(sequence);
            if (entry == null) {
                break;
            }
            if (entry.content() instanceof Lost lost
                    && (key.framing().attachesGaps() || stopsAt(lost))) {
                if (last == null) {
                    return Optional
                            .of(new Batch(from, sequence + 1, entry.startBehind(), out.finish(),
                                    Optional.of(lost)));
                }
                break;
            }
            append(out, entry, gaps);
            last = entry;
            sequence++;
        }
        return last == null
                ? Optional.empty()
                : Optional.of(new Batch(from, sequence, last.startBehind(), out.finish(),
                        Optional.empty()));
    }

    boolean stopsAt(Lost lost) {
        return lost.reason().isOfRecord()
                && key.feed().schema().product().stream().onBadRecord() == BadRecord.STOP;
    }

    /** Appends an entry if this audience gets it. */
    void append(FrameBuffer out, Entry entry, String gaps) {
        var feed = key.feed();
        switch (entry.content()) {
            case Event event -> {
                if (filter.passes(event)) {
                    var cursor = entry.cursor(feed.cursors(), feed);
                    var body = permitted.hasForeignPrevious(event)
                            ? renderWithoutPrevious(event, cursor)
                            : render(entry, event, cursor);
                    key.framing().event(out, event, event.op(), cursor, body, gaps);
                    out.countEvent();
                }
            }
            case Lost lost -> {
                var cursor = entry.cursor(feed.cursors(), feed);
                key.framing().gap(out, Gaps.json(lost, cursor), cursor);
            }
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
