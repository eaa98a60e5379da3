package io.tidegate.gateway.subscription;

import io.tidegate.gateway.feed.Entry;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Feed.Tail;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.feed.Start;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One reader of one product's log. It knows where it is and what it wants, and says at each turn what to do next; it never
 * touches a socket, a clock or a thread, and is confined to whoever drives it.
 *
 * <pre>
 *             joinable                       log passed it, onSlow=wait or conflate
 *   START ───────────────▶ LIVE ─────────────────────────────────────┐
 *     │  memory has moved on  ▲  │ log passed it, onSlow=drop: announce, jump to the end
 *     ▼                       │  │ log passed it, onSlow=disconnect
 *   BEHIND ──▶ REPLAYING ─────┘  ▼                                    │
 *     ▲  chunks, caught up      ENDED                                 │
 *     └───────────────────────────────────────────────────────────────┘
 * </pre>
 *
 * <p>
 * A reader that conflates takes the same ways. Of the shared log it takes the newest event of each key, when that is due;
 * chunks of a replay are held as the newest of each key until they are due, too many, or the last ones. With
 * {@code onSlow=conflate} it does so only while it is far behind.
 */
public final class Subscription {
    /** Entries that a reader takes out of the shared log on its own, while it is further in some partitions. */
    private static final int OWN_BATCH = 256;
    /** So many entries behind, a reader that conflates when it is slow begins to. */
    private static final int FAR = 1024;
    /** It is near the end again with this part of it. */
    private static final int NEAR_PART = 8;

    private final Tempo tempo;
    private final int far;
    private final Held held;
    // Nearly always empty, and there is one reader for each of ten thousand clients.
    private final Queue<Lost> announcements = new ArrayDeque<>(1);
    private final Queue<List<Entry>> chunks = new ArrayDeque<>(1);
    private State state = State.BEHIND;
    private long sequence;
    /** Offsets that the reader has already passed; null once the shared log has reached all of them. */
    private long @Nullable [] floor;
    private Start behind;
    /** Where the running replay ends, once it has said so. */
    private @Nullable Tail until;
    /** The running replay was given up and left chunks behind. */
    private boolean stopAfterChunks;
    private boolean isPaused;
    /** Far behind in memory, and not near the end again since. */
    private boolean isFar;

    private enum State {
        BEHIND, REPLAYING, LIVE, ENDED
    }

    /** A reader that never conflates. */
    public Subscription(Start start, OnSlow onSlow) {
        this(start, Tempo.of(onSlow), Held.NEVER, FAR);
    }

    /**
     * @param passes
     *            events that the reader gets; asked by a reader that conflates, since what it does not get cannot stand for what
     *            it does
     * @param stops
     *            what is missing and ends the reader's stream
     */
    public Subscription(Start start, Tempo tempo, Predicate<Event> passes,
            Predicate<Lost> stops) {
        this(start, tempo, new Held(passes, stops, Held.KEYS_MAX), FAR);
    }

    Subscription(Start start, Tempo tempo, Held held, int far) {
        this.tempo = tempo;
        this.held = held;
        this.far = far;
        this.behind = start;
        announcements.addAll(start.lost());
    }

    /** As {@link #next(Log, boolean)} for a reader to whom everything is due. */
    public Step next(Log log) {
        return next(log, true);
    }

    /**
     * What to do now. Call again after doing it, until it is {@link Step.Idle} or {@link Step.End}.
     *
     * @param isDue
     *            whether a reader that conflates may be sent what is newest; of no account for others
     */
    public Step next(Log log, boolean isDue) {
        if (state == State.ENDED || isPaused) {
            return new Step.Idle();
        }
        var announcement = announcements.poll();
        if (announcement != null) {
            return new Step.Announce(announcement);
        }
        return switch (state) {
            case BEHIND -> join(log, isDue);
            case REPLAYING -> replayed(log, isDue);
            case LIVE -> live(log, isDue);
            case ENDED -> new Step.Idle();
        };
    }

    /** Whether there is something to deliver that is only not due yet. */
    public boolean isWaiting(Log log) {
        if (state == State.ENDED || isPaused) {
            return false;
        }
        return !held.isEmpty() || (tempo.conflate().isPresent() && state == State.LIVE
                && sequence < log.tail().sequence());
    }

    /**
     * Shared entries have been delivered.
     *
     * @param toSequence
     *            the next one
     * @param end
     *            the position behind the last one; the same object for every reader of a batch
     */
    public void delivered(long toSequence, Start end) {
        sequence = toSequence;
        behind = end;
    }

    /** Whether there is more to announce before anything else. */
    public boolean isAnnouncing() {
        return !announcements.isEmpty();
    }

    /** Where the reader would begin if it came back now: before whatever it has not been told yet. */
    public Start position() {
        if (announcements.isEmpty()) {
            return behind;
        }
        var next = behind.next().clone();
        for (var untold : announcements) {
            if (untold.count() > 0) {
                next[untold.slot()] = Math.min(next[untold.slot()], untold.offset());
            }
        }
        return new Start(next, behind.epochs(), List.of());
    }

    /** A replay offers entries. */
    public void replayed(List<Entry> chunk) {
        if (state == State.REPLAYING && !chunk.isEmpty()) {
            chunks.add(chunk);
        }
    }

    /** How many chunks of a replay wait to be delivered. */
    public int chunksWaiting() {
        return chunks.size();
    }

    /** A replay has delivered everything up to there. */
    public void caughtUp(Tail target) {
        if (state == State.REPLAYING) {
            until = target;
        }
    }

    /** A replay was given up; whatever it delivered so far counts. */
    public void replayStopped() {
        if (state == State.REPLAYING && chunks.isEmpty() && held.isEmpty() && until == null) {
            state = State.BEHIND;
        } else if (state == State.REPLAYING && until == null) {
            stopAfterChunks = true;
        }
    }

    /** The client asks for silence, or for more. */
    public void pause(boolean paused) {
        isPaused = paused;
    }

    public void end() {
        state = State.ENDED;
        chunks.clear();
        announcements.clear();
    }

    public boolean isEnded() {
        return state == State.ENDED;
    }

    /** Whether the reader is at the shared log's place and nowhere else, so that it can share what is rendered. */
    public boolean isLive() {
        return state == State.LIVE && floor == null && tempo.conflate().isEmpty() && !isFar
                && held.isEmpty();
    }

    /** Whether the reader is at this place of the shared log, and nowhere else, and has been told everything. */
    public boolean isAt(long place) {
        return isLive() && sequence == place && announcements.isEmpty();
    }

    /** Whether the reader has taken everything of the shared log before this place. */
    public boolean hasReached(long place) {
        return state == State.LIVE && sequence >= place;
    }

    /** Whether the reader never gets every event. */
    public boolean isConflating() {
        return tempo.conflate().isPresent();
    }

    private Step join(Log log, boolean isDue) {
        var at = log.joinable(behind.next());
        if (at.isEmpty()) {
            state = State.REPLAYING;
            until = null;
            stopAfterChunks = false;
            return new Step.Replay(new Start(behind.next(), behind.epochs(), List.of()));
        }
        sequence = at.getAsLong();
        var first = log.at(sequence);
        floor = first != null && first.isNextAt(behind.next()) ? null : behind.next();
        state = State.LIVE;
        return live(log, isDue);
    }

    private Step replayed(Log log, boolean isDue) {
        if (!chunks.isEmpty() && (held.isEmpty() || !held.isFull())) {
            var chunk = chunks.remove();
            if (tempo.mayConflate()) {
                held.add(chunk);
                return new Step.Hold();
            }
            behind = chunk.getLast().startBehind();
            return new Step.DeliverOwn(chunk);
        }
        boolean isLast = chunks.isEmpty() && (until != null || stopAfterChunks);
        if (!held.isEmpty()) {
            return isDue || isLast || held.isFull() ? deliverHeld() : new Step.Idle();
        }
        var target = until;
        if (target != null) {
            behind = target.reachedFrom(behind);
            until = null;
            state = State.BEHIND;
            return join(log, isDue);
        }
        if (stopAfterChunks) {
            state = State.BEHIND;
            return join(log, isDue);
        }
        return new Step.Idle();
    }

    private Step deliverHeld() {
        behind = held.behind();
        return held.take();
    }

    private Step live(Log log, boolean isDue) {
        var tail = log.tail();
        boolean isDueHere = isDue || tempo.conflate().isEmpty();
        if (sequence >= tail.sequence()) {
            if (floor != null && covered(tail.next(), floor)) {
                floor = null;
            }
            isFar = false;
            return !held.isEmpty() && isDueHere ? deliverHeld() : new Step.Idle();
        }
        if (sequence < log.head()) {
            return passed(log, tail, isDue);
        }
        boolean isConflating = isConflating(tail);
        if (floor != null && (held.isEmpty() || !held.isFull())) {
            return liveBehindFloor(log, tail, floor, isConflating, isDue);
        }
        if (!held.isEmpty()) {
            return isDueHere || held.isFull() ? deliverHeld() : new Step.Idle();
        }
        if (!isConflating) {
            return new Step.DeliverShared(sequence);
        }
        return isDueHere ? new Step.ConflateShared(sequence) : new Step.Idle();
    }

    private boolean isConflating(Tail tail) {
        if (tempo.conflate().isPresent()) {
            return true;
        }
        if (tempo.onSlow() == OnSlow.CONFLATE) {
            isFar = tail.sequence() - sequence >= (isFar ? Math.max(1, far / NEAR_PART) : far);
        }
        return isFar;
    }

    /** The shared log has left this reader behind. */
    private Step passed(Log log, Tail tail, boolean isDue) {
        if (!held.isEmpty()) {
            return deliverHeld();
        }
        return switch (tempo.onSlow()) {
            case WAIT, CONFLATE -> {
                isFar = false;
                state = State.BEHIND;
                yield join(log, isDue);
            }
            case DROP -> {
                jump(tail);
                yield next(log, isDue);
            }
            case DISCONNECT -> {
                end();
                yield new Step.End(EndReason.SLOW);
            }
        };
    }

    /** Goes on at the end of the log; says for each partition what lies between. */
    private void jump(Tail tail) {
        var from = behind.next();
        var next = from.clone();
        for (int slot = 0; slot < next.length; slot++) {
            next[slot] = Math.max(from[slot], tail.next()[slot]);
            if (next[slot] > from[slot]) {
                announcements.add(new Lost(slot, from[slot], next[slot] - from[slot],
                        Lost.Reason.SLOW_READER, "the reader was too slow"));
            }
        }
        sequence = tail.sequence();
        floor = covered(tail.next(), next) ? null : next;
        behind = new Start(next, tail.epochs(), List.of());
    }

    private Step liveBehindFloor(Log log, Tail tail, long[] passedOffsets, boolean isConflating,
            boolean isDue) {
        var own = new ArrayList<Entry>();
        while (sequence < tail.sequence() && own.size() < OWN_BATCH) {
            var entry = log.at(sequence);
            if (entry == null) {
                if (own.isEmpty()) {
                    return passed(log, tail, isDue);
                }
                break;
            }
            sequence++;
            if (!entry.isSeenAt(passedOffsets)) {
                own.add(entry.seenFrom(passedOffsets));
            }
            if (entry.reaches(passedOffsets)) {
                floor = null;
                break;
            }
        }
        if (own.isEmpty()) {
            return live(log, isDue);
        }
        if (isConflating) {
            held.add(own);
            return new Step.Hold();
        }
        if (!held.isEmpty()) {
            held.add(own);
            return deliverHeld();
        }
        behind = own.getLast().startBehind();
        return new Step.DeliverOwn(own);
    }

    private static boolean covered(long[] next, long[] offsets) {
        for (int i = 0; i < offsets.length; i++) {
            if (next[i] < offsets[i]) {
                return false;
            }
        }
        return true;
    }
}
