package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Entry;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.feed.Start;
import io.tidegate.gateway.subscription.Conflation;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.gateway.subscription.Step;
import io.tidegate.gateway.subscription.Subscription;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
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
    /** Entries that are looked at for what is newest before the next client has its turn. */
    private static final int LOOK = 4096;

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
    /** Told with the next event, by framings that attach it; null while there is nothing. */
    private @Nullable Attachments attached;
    /** Looks up what its events lead to; null for those whose events say all, which are nearly all. */
    private final @Nullable Joining joining;
    /** When what is newest is due; null for those who get every event. */
    private final @Nullable Beat beat;
    private final Feed.Era era;
    /** While it is not parked. */
    private Start position;
    /** Its place among the parked members of its audience. */
    private int place = NOWHERE;
    /** Where the client has been told everything, while gaps wait to be told. */
    private @Nullable Start told;
    /** The cursor that the client came with, as long as it has not been told all that is missing behind that. */
    private @Nullable String untold;
    /** Where it was before the step at work, in case that what this writes cannot be written. */
    private Mark mark;
    private boolean isTimed;
    private boolean isPaused;
    private boolean isPumping;
    private boolean isEnded;
    private Optional<ReplaySink> replay = Optional.empty();

    private record Mark(Start position, @Nullable Start told, @Nullable String untold,
            @Nullable SnapshotRows snapshot) {
    }

    Delivery(Hub hub, Readers readers, Audience audience, Subscription subscription,
            Hub.Beginning beginning, @Nullable Beat beat, Outlet outlet, Pace pace,
            DeliveryListener listener,
            @Nullable SnapshotRows snapshot, @Nullable Joining joining) {
        this.hub = hub;
        this.joining = joining;
        this.readers = readers;
        this.audience = audience;
        this.subscription = subscription;
        this.beat = beat;
        this.outlet = outlet;
        this.pace = pace;
        this.listener = listener;
        this.snapshot = snapshot;
        this.position = subscription.position();
        this.untold = beginning.cursor();
        this.era = beginning.era();
        this.mark = new Mark(position, null, untold, snapshot);
        if (snapshot != null) {
            watchSnapshot(snapshot, 0);
        }
    }

    // ---- at the front ----

    Audience audience() {
        return audience;
    }

    /** Whether its client can take deflated frames. */
    boolean inflates() {
        return outlet.inflates();
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
        if (audience.key().framing().attaches()) {
            if (isParked()) {
                // The next event is not the same for it as for the others.
                readers.unpark(this);
            }
            attached().notice(json);
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
        if (untold != null) {
            return untold;
        }
        return snapshot != null
                ? era.cursorWithinSnapshot(position.next(), position.epochs())
                : cursor(told == null ? position : told);
    }

    /** Positions of its log that the client has not passed yet, those without an event for it included. */
    public long behind() {
        if (isParked() || !feed().isCurrent(era)) {
            return 0;
        }
        long behind = 0;
        var end = feed().tail().next();
        for (int slot = 0; slot < end.length; slot++) {
            behind += Math.max(0, end[slot] - position.next()[slot]);
        }
        return behind;
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
        awake();
        own = null;
        if (joining != null) {
            joining.close();
        }
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
                mark = new Mark(position, told, untold, snapshot);
                if (!step()) {
                    rest();
                    return;
                }
            }
            hub.soon(this);
        } catch (RuntimeException e) {
            goBack();
            throw e;
        } finally {
            isPumping = false;
        }
    }

    /** What the step at work has made is not written: the client comes back for it. */
    private void goBack() {
        if (!isEnded) {
            position = mark.position();
            told = mark.told();
            untold = mark.untold();
            snapshot = mark.snapshot();
        }
    }

    /** There is nothing to do for now; at the front that is left to {@link Readers}. */
    private void rest() {
        if (isEnded || isTimed) {
            return;
        }
        if (joining == null && attached == null
                && subscription.isAt(readers.front().sequence())) {
            awake();
            readers.park(this);
        } else if (beat != null && beat.tick() == null && !beat.isDue(hub.nanoTime())
                && subscription.isWaiting(readers.log())) {
            beat.waitsFor(beat.dueAt());
            hub.ticks().at(beat.dueAt(), this);
            readers.sleep(this);
        }
    }

    /** Whether it never parks. */
    boolean isConflating() {
        return subscription.isConflating();
    }

    /** Something is due, or the reader is wanted for something else. */
    void awake() {
        var tick = beat == null ? null : beat.tick();
        if (beat != null && tick != null) {
            beat.waitsFor(null);
            hub.ticks().cancel(tick, this);
            readers.awake(this);
        }
    }

    private Attachments attached() {
        var known = attached;
        if (known == null) {
            known = new Attachments();
            attached = known;
        }
        return known;
    }

    private String attachedMembers() {
        return attached == null ? "" : attached.members();
    }

    /** One batch; false if there is nothing to do for now. */
    private boolean step() {
        if (joining != null && joining.isAsked()) {
            return false;
        }
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
        boolean isDue = beat == null || beat.isDue(hub.nanoTime());
        return switch (subscription.next(readers.log(), isDue)) {
            case Step.DeliverShared(long from) -> writeShared(from, permits);
            case Step.DeliverOwn(var entries) -> {
                own = new ArrayDeque<>(entries);
                yield true;
            }
            case Step.ConflateShared(long from) -> writeConflated(from, permits);
            case Step.DeliverConflated(var entries, long passedOver) -> {
                writeHeld(entries, passedOver);
                yield true;
            }
            case Step.Hold() -> {
                replay.ifPresent(ReplaySink::more);
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
        if (joining == null && attached == null && permits >= Audience.BATCH_EVENTS) {
            var shared = shared(from);
            return shared.isEmpty() || deliver(shared.get());
        }
        int most = most(permits, audience);
        long to = readers.front().sequence();
        return deliverOnce(attached != null
                ? audience.batchWith(from, to, attachedMembers(), hub.buffers())
                : audience.batch(from, to, most, hub.buffers()));
    }

    // ---- events that are looked up ----

    /**
     * How many events the batch may have that is made now.
     *
     * @param source
     *            where they come from
     */
    private int most(int permits, Object source) {
        return joining == null ? permits : Math.min(permits, joining.begin(source));
    }

    private boolean isWhole() {
        return joining == null || joining.isWhole();
    }

    /** What was made cannot be written yet; false if it will be when its events have been looked up. */
    private boolean lookUp() {
        return joining == null || joining.goesOn(isDone -> {
            if (isDone) {
                serve();
            } else {
                end(EndReason.INTERNAL);
            }
        });
    }

    /** Finds out which of its own entries the next batch wants to be looked up. */
    private void gather(Queue<Entry> entries, int most) {
        var out = hub.buffers().take();
        for (var entry : entries) {
            if (out.events() >= most || (entry.content() instanceof Lost lost
                    && (audience.key().framing().attaches() || audience.stopsAt(lost)))) {
                break;
            }
            audience.append(out, entry, "");
        }
        hub.buffers().give(out);
    }

    /** Likewise of the rows of the current state. */
    private void gather(SnapshotRows rows, String within, int most) {
        var out = hub.buffers().take();
        var first = rows.first(most);
        for (int i = 0; i < first.size(); i++) {
            audience.appendSnapshot(out, first.get(i),
                    rows.isAll(i + 1) ? cursor(position) : within, "");
        }
        hub.buffers().give(out);
    }

    /** Delivers what nobody else gets; if memory has moved on, the subscription decides what follows. */
    private boolean deliverOnce(Optional<Audience.Batch> made) {
        if (made.isEmpty()) {
            return true;
        }
        if (!isWhole()) {
            made.get().frames().release();
            return lookUp();
        }
        boolean hasMore = deliver(made.get());
        made.get().frames().release();
        return hasMore;
    }

    /** A batch that others who are alike and at the same place get too; it is theirs to release. */
    private Optional<Audience.Batch> shared(long from) {
        var owner = Batches.Owner.of(audience);
        var known = hub.batches().find(owner, from);
        if (known.isPresent()) {
            return known;
        }
        var made = audience.batch(from, readers.front().sequence(), Audience.BATCH_EVENTS,
                hub.buffers());
        made.ifPresent(batch -> hub.batches().keep(owner, batch));
        return made;
    }

    // ---- the newest event of each key ----

    private boolean writeConflated(long from, int permits) {
        var due = Objects.requireNonNull(beat, "a reader that conflates has a beat");
        long now = hub.nanoTime();
        // What has been looked up belongs to the piece that it was looked up for.
        var known = joining != null && joining.isReady() ? due.piece() : due.piece(now);
        var piece = known != null && known.serves(from)
                ? known
                : audience.conflation(from, readers.front().sequence());
        if (!piece.equals(known)) {
            due.begin(piece, now);
        }
        piece.look(readers.log(), LOOK);
        if (piece.isBroken() || !piece.isComplete()) {
            return true;
        }
        boolean isShared = joining == null && attached == null
                && permits >= Audience.BATCH_EVENTS;
        int most = most(permits, piece);
        boolean hasMore = isShared
                ? deliverConflated(piece, from)
                : deliverOnce(audience.conflated(piece, from, most, cursor(),
                        Optional.ofNullable(attached), hub.buffers()));
        if (subscription.hasReached(piece.to())) {
            if (piece.size() == 0) {
                due.sentNothing(hub.turnBegan());
            } else {
                due.sent(hub.turnBegan());
            }
        }
        return hasMore;
    }

    private boolean deliverConflated(Conflation piece, long from) {
        var owner = new Batches.Owner(audience, piece.to());
        var shared = hub.batches().find(owner, from);
        if (shared.isEmpty()) {
            shared = audience.conflated(piece, from, Audience.BATCH_EVENTS, cursor(),
                    Optional.empty(), hub.buffers());
            shared.ifPresent(batch -> hub.batches().keep(owner, batch));
        }
        return shared.isEmpty() || deliver(shared.get());
    }

    private void writeHeld(List<Entry> entries, long passedOver) {
        own = entries.isEmpty() ? null : new ArrayDeque<>(entries);
        if (beat != null) {
            beat.sent(hub.turnBegan());
        }
        tellPassedOver(passedOver);
    }

    private void tellPassedOver(long events) {
        if (events == 0) {
            return;
        }
        if (audience.key().framing().attaches()) {
            attached().passedOver(events);
        } else {
            var out = hub.buffers().take();
            audience.appendPassedOver(out, events, cursor());
            writeOnce(out);
        }
    }

    private boolean deliver(Audience.Batch batch) {
        subscription.delivered(batch.to(), batch.end());
        if (batch.announced().isPresent()) {
            tellPassedOver(batch.passedOver());
            return announce(batch.announced().get(), batch.end());
        }
        position = batch.end();
        write(batch.frames());
        return true;
    }

    private boolean writeOwn(Queue<Entry> entries, int permits) {
        int most = Math.min(most(permits, entries), Audience.BATCH_EVENTS);
        if (joining != null && joining.isGathering()) {
            gather(entries, most);
            if (!isWhole()) {
                return lookUp();
            }
        }
        var out = hub.buffers().take();
        while (!entries.isEmpty() && out.events() < most
                && out.length() < Audience.BATCH_BYTES) {
            var entry = entries.element();
            if (entry.content() instanceof Lost lost
                    && (audience.key().framing().attaches() || audience.stopsAt(lost))) {
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
            audience.append(out, entry, attachedMembers());
            if (out.events() > before) {
                told();
            }
            position = entry.startBehind();
        }
        forgetOwn(entries);
        writeLookedUp(out);
        return true;
    }

    /** Writes frames of entries that are not there any more: what was looked up has to be what they were made of. */
    private void writeLookedUp(FrameBuffer out) {
        if (!isWhole()) {
            hub.buffers().give(out);
            throw new IllegalStateException("other events were looked up than are written");
        }
        writeOnce(out);
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
        var within = cursor();
        int most = Math.min(most(permits, rows), Audience.BATCH_EVENTS);
        if (joining != null && joining.isGathering()) {
            gather(rows, within, most);
            if (!isWhole()) {
                return lookUp();
            }
        }
        var out = hub.buffers().take();
        while (rows.hasNext() && out.events() < most
                && out.length() < Audience.BATCH_BYTES) {
            // Behind the last one the client has all of the snapshot.
            var at = joining == null
                    ? rows.isAll(1) ? cursor(position) : within
                    : joining.cursor();
            audience.appendSnapshot(out, rows.next(), at, attachedMembers());
            told();
        }
        if (rows.isDone()) {
            snapshot = null;
            audience.key().framing().notice(out,
                    "{\"code\":\"snapshot-end\",\"message\":\"What follows are changes.\"}",
                    cursor());
        }
        writeLookedUp(out);
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
        boolean isMoreUntold = untold != null && subscription.isAnnouncing();
        var cursor = isMoreUntold ? cursor() : cursor(behind);
        if (audience.key().framing().attaches()) {
            if (told == null) {
                told = position;
            }
            position = behind;
            attached().gap(lost, cursor);
            return true;
        }
        position = behind;
        if (!isMoreUntold) {
            untold = null;
        }
        var json = Gaps.json(lost, cursor);
        var out = hub.buffers().take();
        audience.key().framing().gap(out, json, cursor);
        writeOnce(out);
        return true;
    }

    private void write(Frames frames) {
        if (!feed().isCurrent(era)) {
            // Made across the change of an era: its cursors cannot be trusted.
            goBack();
            end(EndReason.UPSTREAM);
            return;
        }
        if (frames.events() > 0) {
            told();
        }
        if (frames.bytes().length > 0) {
            outlet.write(frames);
            pace.took(frames.events(), frames.bytes().length, hub.nanoTime());
            listener.delivered(frames.events(), frames.bytes().length);
        }
    }

    private void told() {
        attached = null;
        told = null;
        untold = null;
    }

    private void startReplay(Start from) {
        var sink = new ReplaySink(hub, this::serve, subscription, hub.replays());
        replay = Optional.of(sink);
        hub.replays().submit(feed(), from, sink);
    }
}
