package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Entry;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.feed.Start;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.gateway.subscription.Step;
import io.tidegate.gateway.subscription.Subscription;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One client's subscription at work: does what its {@link Subscription} says with its {@link Outlet}, as long as the client
 * takes more and its pace allows. Confined to the event loop of its connection.
 */
public final class Delivery {
    /** Batches a client gets before the next client has its turn. */
    private static final int TURN = 8;
    private static final int NOWHERE = -1;
    /** A client that takes no row of its snapshot for so long is taken to have given up. */
    private static final long SNAPSHOT_PATIENCE_MILLIS = 60_000;

    private final Hub hub;
    private final Readers readers;
    private final Audience audience;
    private final Subscription subscription;
    private final Outlet outlet;
    private final Pace pace;
    private final DeliveryListener listener;
    /** Entries of this reader's own that wait for the client; null while there are none, which is nearly always. */
    private @Nullable Queue<Entry> own;
    /** Rows of the current state, sent before everything else. */
    private @Nullable SnapshotRows snapshot;
    /** Announced with the next event, by framings that attach them; null while there are none. */
    private @Nullable PendingGaps gaps;
    private final Feed.Era era;
    /** While it is not parked. */
    private Start position;
    /** Its place among the parked members of its audience. */
    private int place = NOWHERE;
    /** Where the client has been told everything, while gaps wait to be told. */
    private @Nullable Start told;
    private boolean isTimed;
    private boolean isPaused;
    private boolean isPumping;
    private boolean isEnded;
    private Optional<ReplaySink> replay = Optional.empty();

    Delivery(Hub hub, Readers readers, Audience audience, Subscription subscription, Outlet outlet,
            Pace pace,
            DeliveryListener listener, @Nullable SnapshotRows snapshot) {
        this.hub = hub;
        this.readers = readers;
        this.audience = audience;
        this.subscription = subscription;
        this.outlet = outlet;
        this.pace = pace;
        this.listener = listener;
        this.snapshot = snapshot;
        this.position = subscription.position();
        this.era = audience.key().feed().era();
        if (snapshot != null) {
            watchSnapshot(snapshot, 0);
        }
    }

    // ---- at the front ----

    Audience audience() {
        return audience;
    }

    /** Whether it is at the front, where {@link Readers} serves it. */
    boolean isParked() {
        return place != NOWHERE;
    }

    /** Among the parked members of its audience. */
    int place() {
        return place;
    }

    void parkedAt(int at) {
        place = at;
    }

    /** It goes on by itself from here. */
    void unparked(long sequence, Start from) {
        place = NOWHERE;
        subscription.delivered(sequence, from);
        position = from;
    }

    /** Writes what its audience gets; false if the client does not take that now. */
    boolean takes(Frames frames, long nowNanos) {
        if (!outlet.isWritable() || pace.permits(nowNanos) < frames.events()) {
            return false;
        }
        outlet.write(frames);
        pace.took(frames.events(), frames.bytes().length, nowNanos);
        listener.delivered(frames.events(), frames.bytes().length);
        return true;
    }

    boolean isOf(Feed.Era then) {
        return era.equals(then);
    }

    // ---- what its client and its connection say ----

    /** The connection takes more again. */
    public void writable() {
        serve();
    }

    /** The client asks for silence, or for more. */
    public void pause(boolean paused) {
        if (isParked()) {
            readers.unpark(this);
        }
        isPaused = paused;
        subscription.pause(paused);
        serve();
    }

    private void serve() {
        if (!isParked()) {
            hub.turn(List.of(this));
        }
    }

    /** The client has left or cancelled; nothing more is written. */
    public void close() {
        finish(EndReason.CLIENT_CLOSED);
    }

    /** Ends the stream from our side; the client is told why and where to resume. */
    public void end(EndReason reason) {
        if (!isEnded) {
            finish(reason);
            outlet.end(reason, cursor());
        }
    }

    /** Tells the client something beside its events, where its transport has a way to. */
    public void notice(String json) {
        if (isEnded || !feed().isCurrent(era)) {
            return;
        }
        var out = hub.buffers().take();
        audience.key().framing().notice(out, json, cursor());
        var frames = out.finish();
        hub.buffers().give(out);
        if (frames.bytes().length > 0) {
            outlet.write(frames);
        }
        frames.release();
    }

    /** Whether rows of the current state are still to come before the changes. */
    public boolean isInSnapshot() {
        return snapshot != null;
    }

    public boolean isEnded() {
        return isEnded;
    }

    /** Where the client would resume now. */
    public String cursor() {
        if (isParked()) {
            var front = readers.front();
            return era.cursor(front.next(), front.epochs());
        }
        return snapshot != null
                ? era.cursorWithinSnapshot(position.next(), position.epochs())
                : cursor(told == null ? position : told);
    }

    private String cursor(Start at) {
        return era.cursor(at.next(), at.epochs());
    }

    private Feed feed() {
        return audience.key().feed();
    }

    private void finish(EndReason reason) {
        if (isEnded) {
            return;
        }
        if (isParked()) {
            // The cursor that it is told is that of the front.
            readers.unpark(this);
        }
        isEnded = true;
        subscription.end();
        replay.ifPresent(ReplaySink::give);
        own = null;
        if (snapshot != null) {
            snapshot.close();
            snapshot = null;
        }
        hub.remove(this, readers);
        listener.ended(reason);
    }

    /** Writes what there is to write, for one turn. */
    void pump() {
        if (isPumping || isParked()) {
            // A write made the connection writable; the loop below us goes on.
            return;
        }
        isPumping = true;
        try {
            for (int turn = 0; turn < TURN; turn++) {
                if (!isEnded && !feed().isCurrent(era)) {
                    end(EndReason.UPSTREAM);
                }
                if (isEnded || isPaused || isTimed || !outlet.isWritable()) {
                    return;
                }
                if (!step()) {
                    parkAtFront();
                    return;
                }
            }
            hub.soon(this);
        } finally {
            isPumping = false;
        }
    }

    /** There is nothing to do for now; at the front that is left to {@link Readers}. */
    private void parkAtFront() {
        if (!isEnded && !isTimed && !hasGaps()
                && subscription.isAt(readers.front().sequence())) {
            readers.park(this);
        }
    }

    private boolean hasGaps() {
        return gaps != null && !gaps.isEmpty();
    }

    private String gapsJson() {
        return gaps == null ? "" : gaps.json();
    }

    /** One batch; false if there is nothing to do for now. */
    private boolean step() {
        int permits = pace.permits(hub.nanoTime());
        if (permits == 0) {
            isTimed = true;
            hub.after(Math.max(1, pace.nanosUntilPermit(hub.nanoTime()) / 1_000_000), () -> {
                isTimed = false;
                serve();
            });
            return false;
        }
        if (snapshot != null) {
            return writeSnapshot(snapshot, permits);
        }
        if (own != null) {
            return writeOwn(own, permits);
        }
        return switch (subscription.next(readers.log())) {
            case Step.DeliverShared(long from) -> writeShared(from, permits);
            case Step.DeliverOwn(var entries) -> {
                own = new ArrayDeque<>(entries);
                yield true;
            }
            case Step.Announce(Lost lost) -> announce(lost, subscription.position());
            case Step.Replay(var from) -> {
                startReplay(from);
                yield true;
            }
            case Step.Idle() -> {
                // Aborted transactions and holes of compaction move the reader without an event.
                position = subscription.position();
                replay.ifPresent(ReplaySink::more);
                yield false;
            }
            case Step.End(var reason) -> {
                end(reason);
                yield false;
            }
        };
    }

    private boolean writeShared(long from, int permits) {
        if (!hasGaps() && permits >= Audience.BATCH_EVENTS) {
            var shared = shared(from);
            return shared.isEmpty() || deliver(shared.get());
        }
        long to = readers.front().sequence();
        var made = hasGaps()
                ? audience.batchWithGaps(from, to, gapsJson(), hub.buffers())
                : audience.batch(from, to, permits, hub.buffers());
        if (made.isEmpty()) {
            // Memory has moved on between the question and the answer; the subscription decides what follows.
            return true;
        }
        boolean hasMore = deliver(made.get());
        made.get().frames().release();
        return hasMore;
    }

    /** A batch that others who are alike and at the same place get too; it is theirs to release. */
    private Optional<Audience.Batch> shared(long from) {
        var known = hub.batches().find(audience, from);
        if (known.isPresent()) {
            return known;
        }
        var made = audience.batch(from, readers.front().sequence(), Audience.BATCH_EVENTS,
                hub.buffers());
        made.ifPresent(batch -> hub.batches().keep(audience, batch));
        return made;
    }

    private boolean deliver(Audience.Batch batch) {
        subscription.delivered(batch.to(), batch.end());
        if (batch.announced().isPresent()) {
            return announce(batch.announced().get(), batch.end());
        }
        position = batch.end();
        write(batch.frames());
        return true;
    }

    private boolean writeOwn(Queue<Entry> entries, int permits) {
        var out = hub.buffers().take();
        while (!entries.isEmpty() && out.events() < Math.min(permits, Audience.BATCH_EVENTS)
                && out.length() < Audience.BATCH_BYTES) {
            var entry = entries.element();
            if (entry.content() instanceof Lost lost
                    && (audience.key().framing().attachesGaps() || audience.stopsAt(lost))) {
                if (out.length() == 0) {
                    hub.buffers().give(out);
                    entries.remove();
                    forgetOwn(entries);
                    return announce(lost, entry.startBehind());
                }
                break;
            }
            entries.remove();
            int before = out.events();
            audience.append(out, entry, gapsJson());
            if (out.events() > before) {
                gapsTold();
            }
            position = entry.startBehind();
        }
        forgetOwn(entries);
        writeOnce(out);
        return true;
    }

    private void forgetOwn(Queue<Entry> entries) {
        if (entries.isEmpty()) {
            own = null;
        }
    }

    /** Writes frames that nobody else gets. */
    private void writeOnce(FrameBuffer out) {
        var frames = out.finish();
        hub.buffers().give(out);
        write(frames);
        frames.release();
    }

    private boolean writeSnapshot(SnapshotRows rows, int permits) {
        rows.readAhead(this::serve);
        if (rows.isFailed()) {
            end(EndReason.UPSTREAM);
            return false;
        }
        if (!rows.hasNext() && !rows.isDone()) {
            return false;
        }
        var out = hub.buffers().take();
        var within = cursor();
        while (rows.hasNext() && out.events() < Math.min(permits, Audience.BATCH_EVENTS)
                && out.length() < Audience.BATCH_BYTES) {
            var row = rows.next();
            // Behind the last one the client has all of the snapshot.
            audience.appendSnapshot(out, row, rows.isDone() ? cursor(position) : within);
        }
        if (rows.isDone()) {
            snapshot = null;
            audience.key().framing().notice(out,
                    "{\"code\":\"snapshot-end\",\"message\":\"What follows are changes.\"}",
                    cursor());
        }
        writeOnce(out);
        return true;
    }

    /** A client that does not read may not hold on to a state of the view for ever. */
    private void watchSnapshot(SnapshotRows rows, long taken) {
        hub.after(SNAPSHOT_PATIENCE_MILLIS, () -> {
            if (!isEnded && snapshot != null) {
                if (rows.taken() == taken) {
                    end(EndReason.SNAPSHOT_ABANDONED);
                } else {
                    watchSnapshot(rows, rows.taken());
                }
            }
        });
    }

    private boolean announce(Lost lost, Start behind) {
        if (audience.stopsAt(lost)) {
            // The cursor stays before the record: once the product is mended, it is read then.
            end(EndReason.UNREADABLE);
            return false;
        }
        var cursor = cursor(behind);
        if (audience.key().framing().attachesGaps()) {
            var waiting = gaps == null ? new PendingGaps() : gaps;
            if (waiting.isEmpty()) {
                told = position;
            }
            gaps = waiting;
            position = behind;
            waiting.add(lost, cursor);
            return true;
        }
        position = behind;
        var json = Gaps.json(lost, cursor);
        var out = hub.buffers().take();
        audience.key().framing().gap(out, json, cursor);
        writeOnce(out);
        return true;
    }

    private void write(Frames frames) {
        if (!feed().isCurrent(era)) {
            // Made across the change of an era: its cursors cannot be trusted.
            end(EndReason.UPSTREAM);
            return;
        }
        if (frames.events() > 0) {
            gapsTold();
        }
        if (frames.bytes().length > 0) {
            outlet.write(frames);
            pace.took(frames.events(), frames.bytes().length, hub.nanoTime());
            listener.delivered(frames.events(), frames.bytes().length);
        }
    }

    private void gapsTold() {
        gaps = null;
        told = null;
    }

    private void startReplay(Start from) {
        var sink = new ReplaySink(hub, this::serve, subscription, hub.replays());
        replay = Optional.of(sink);
        hub.replays().submit(feed(), from, sink);
    }
}
