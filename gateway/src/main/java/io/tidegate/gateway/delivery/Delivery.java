package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Entry;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.feed.Start;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.gateway.subscription.Log;
import io.tidegate.gateway.subscription.Step;
import io.tidegate.gateway.subscription.Subscription;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One client's subscription at work: does what its {@link Subscription} says with its {@link Outlet}, as long as the client
 * takes more and its pace allows. Confined to the event loop of its connection.
 */
public final class Delivery {
    /** Batches a client gets before the next client has its turn. */
    static final int TURN = 8;

    private final Hub hub;
    private final Audience audience;
    private final Subscription subscription;
    private final Outlet outlet;
    private final Pace pace;
    private final DeliveryListener listener;
    /** Entries of this reader's own that wait for the client. */
    private final Queue<Entry> own = new ArrayDeque<>();
    /** Rows of the current state, sent before everything else. */
    private @Nullable Iterator<Event> snapshot;
    /** Announced with the next event, by framings that attach them. */
    private final PendingGaps gaps = new PendingGaps();
    private final Feed.Era era;
    private Start position;
    /** Where the client has been told everything, while gaps wait to be told. */
    private @Nullable Start told;
    private boolean isTimed;
    private boolean isPaused;
    private boolean isPumping;
    private boolean isEnded;
    private Optional<ReplaySink> replay = Optional.empty();

    Delivery(Hub hub, Audience audience, Subscription subscription, Outlet outlet, Pace pace,
            DeliveryListener listener, @Nullable Iterator<Event> snapshot) {
        this.hub = hub;
        this.audience = audience;
        this.subscription = subscription;
        this.outlet = outlet;
        this.pace = pace;
        this.listener = listener;
        this.snapshot = snapshot;
        this.position = subscription.position();
        this.era = audience.key().feed().era();
    }

    /** The connection takes more again. */
    public void writable() {
        serve();
    }

    /** The client asks for silence, or for more. */
    public void pause(boolean paused) {
        isPaused = paused;
        subscription.pause(paused);
        serve();
    }

    private void serve() {
        hub.turn(List.of(this));
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
        var out = new FrameBuffer();
        audience.key().framing().notice(out, json, cursor());
        var frames = out.finish();
        if (frames.bytes().length > 0) {
            outlet.write(frames);
        }
    }

    public boolean isEnded() {
        return isEnded;
    }

    /** Where the client would resume now. */
    public String cursor() {
        return cursor(told == null ? position : told);
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
        isEnded = true;
        subscription.end();
        replay.ifPresent(ReplaySink::give);
        own.clear();
        snapshot = null;
        hub.remove(this, audience);
        listener.ended(reason);
    }

    /** Writes what there is to write, for one turn. */
    void pump() {
        if (isPumping) {
            // A write made the connection writable; the loop below us goes on.
            return;
        }
        isPumping = true;
        try {
            for (int turn = 0; turn < TURN; turn++) {
                if (!isEnded && !feed().isCurrent(era)) {
                    end(EndReason.UPSTREAM);
                }
                if (isEnded || isPaused || isTimed || !outlet.isWritable() || !step()) {
                    return;
                }
            }
            hub.soon(this);
        } finally {
            isPumping = false;
        }
    }

    void endTurn() {
        audience.endTurn();
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
        if (!own.isEmpty()) {
            return writeOwn(permits);
        }
        return switch (subscription.next(log())) {
            case Step.DeliverShared(long from) -> writeShared(from, permits);
            case Step.DeliverOwn(var entries) -> {
                own.addAll(entries);
                replay.ifPresent(ReplaySink::chunkTaken);
                yield true;
            }
            case Step.ConflateShared(long from) -> writeShared(from, permits);
            case Step.DeliverConflated(var entries, long passedOver) -> {
                own.addAll(entries);
                yield true;
            }
            case Step.Hold() -> {
                replay.ifPresent(ReplaySink::chunkTaken);
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
                yield false;
            }
            case Step.End(var reason) -> {
                end(reason);
                yield false;
            }
        };
    }

    private boolean writeShared(long from, int permits) {
        var made = gaps.isEmpty()
                ? audience.batch(from, permits)
                : audience.batchWithGaps(from, gaps.json());
        if (made.isEmpty()) {
            // Memory has moved on between the question and the answer; the subscription decides what follows.
            return true;
        }
        var batch = made.get();
        subscription.delivered(batch.to(), batch.end());
        if (batch.announced().isPresent()) {
            return announce(batch.announced().get(), batch.end());
        }
        position = batch.end();
        write(batch.frames());
        return true;
    }

    private boolean writeOwn(int permits) {
        var out = new FrameBuffer();
        while (!own.isEmpty() && out.events() < Math.min(permits, 128)
                && out.length() < 64 * 1024) {
            var entry = own.element();
            if (entry.content() instanceof Lost lost
                    && (audience.key().framing().attachesGaps() || audience.stopsAt(lost))) {
                if (out.length() == 0) {
                    own.remove();
                    return announce(lost, entry.startBehind());
                }
                break;
            }
            own.remove();
            int before = out.events();
            audience.append(out, entry, gaps.json());
            if (out.events() > before) {
                gapsTold();
            }
            position = entry.startBehind();
        }
        write(out.finish());
        return true;
    }

    private boolean writeSnapshot(Iterator<Event> rows, int permits) {
        var out = new FrameBuffer();
        var cursor = cursor();
        while (rows.hasNext() && out.events() < Math.min(permits, 128)
                && out.length() < 64 * 1024) {
            audience.appendSnapshot(out, rows.next(), cursor);
        }
        if (!rows.hasNext()) {
            snapshot = null;
            audience.key().framing().notice(out,
                    "{\"code\":\"snapshot-end\",\"message\":\"What follows are changes.\"}",
                    cursor);
        }
        write(out.finish());
        return true;
    }

    private boolean announce(Lost lost, Start behind) {
        if (audience.stopsAt(lost)) {
            // The cursor stays before the record: once the product is mended, it is read then.
            end(EndReason.UNREADABLE);
            return false;
        }
        var cursor = cursor(behind);
        if (audience.key().framing().attachesGaps()) {
            if (gaps.isEmpty()) {
                told = position;
            }
            position = behind;
            gaps.add(lost, cursor);
            return true;
        }
        position = behind;
        var json = Gaps.json(lost, cursor);
        var out = new FrameBuffer();
        audience.key().framing().gap(out, json, cursor);
        write(out.finish());
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
        gaps.clear();
        told = null;
    }

    private void startReplay(Start from) {
        var sink = new ReplaySink(hub, this::serve, subscription, hub.replays());
        replay = Optional.of(sink);
        hub.replays().submit(feed(), from, sink);
    }

    private Log log() {
        var feed = feed();
        return new Log() {
            @Override
            public long head() {
                return feed.head();
            }

            @Override
            public Feed.Tail tail() {
                return feed.tail();
            }

            @Override
            public @Nullable Entry at(long sequence) {
                return feed.at(sequence);
            }

            @Override
            public OptionalLong joinable(long[] next) {
                return feed.joinable(next);
            }
        };
    }
}
