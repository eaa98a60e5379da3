package io.tidegate.gateway.subscription;

import io.tidegate.gateway.feed.Entry;
import io.tidegate.gateway.feed.Feed.Tail;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.feed.Start;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One reader of one product's log. It knows where it is and what it wants, and says at each turn what to do next; it never
 * touches a socket, a clock or a thread, and is confined to whoever drives it.
 *
 * <pre>
 *             joinable                       log passed it, onSlow=wait
 *   START ───────────────▶ LIVE ─────────────────────────────────────┐
 *     │  memory has moved on  ▲  │ log passed it, onSlow=drop: announce, jump to the end
 *     ▼                       │  │ log passed it, onSlow=disconnect
 *   BEHIND ──▶ REPLAYING ─────┘  ▼                                    │
 *     ▲  chunks, caught up      ENDED                                 │
 *     └───────────────────────────────────────────────────────────────┘
 * </pre>
 */
public final class Subscription {
    /** Entries that a reader takes out of the shared log on its own, while it is further in some partitions. */
    private static final int OWN_BATCH = 256;

    private final OnSlow onSlow;
    private final Queue<Lost> announcements = new ArrayDeque<>();
    private final Queue<List<Entry>> chunks = new ArrayDeque<>();
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

    private enum State {
        BEHIND, REPLAYING, LIVE, ENDED
    }

    public Subscription(Start start, OnSlow onSlow) {
        this.onSlow = onSlow;
        this.behind = start;
        announcements.addAll(start.lost());
    }

    /** What to do now. Call again after doing it, until it is {@link Step.Idle} or {@link Step.End}. */
    public Step next(Log log) {
        if (state == State.ENDED || isPaused) {
            return new Step.Idle();
        }
        var announcement = announcements.poll();
        if (announcement != null) {
            return new Step.Announce(announcement);
        }
        return switch (state) {
            case BEHIND -> join(log);
            case REPLAYING -> replayed(log);
            case LIVE -> live(log);
            case ENDED -> new Step.Idle();
        };
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
        if (state == State.REPLAYING && chunks.isEmpty() && until == null) {
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
        return state == State.LIVE && floor == null;
    }

    /** Whether the reader is at this place of the shared log, and nowhere else, and has been told everything. */
    public boolean isAt(long place) {
        return isLive() && sequence == place && announcements.isEmpty();
    }

    private Step join(Log log) {
        var at = log.joinable(behind.next());
        if (at.isEmpty()) {
            state = State.REPLAYING;
            until = null;
            stopAfterChunks = false;
            return new Step.Replay(new Start(behind.next(), behind.epochs(), List.of()));
        }
        sequence = at.getAsLong();
        floor = behind.next();
        state = State.LIVE;
        return live(log);
    }

    private Step replayed(Log log) {
        var chunk = chunks.poll();
        if (chunk != null) {
            behind = chunk.getLast().startBehind();
            return new Step.DeliverOwn(chunk);
        }
        var target = until;
        if (target != null) {
            // The reader may have been further than the target in some partitions; those offsets stay behind it.
            var next = behind.next().clone();
            for (int i = 0; i < next.length; i++) {
                next[i] = Math.max(next[i], target.next()[i]);
            }
            behind = new Start(next, behind.epochs(), List.of());
            until = null;
            state = State.BEHIND;
            return join(log);
        }
        if (stopAfterChunks) {
            state = State.BEHIND;
            return join(log);
        }
        return new Step.Idle();
    }

    private Step live(Log log) {
        var tail = log.tail();
        if (sequence >= tail.sequence()) {
            if (floor != null && covered(tail.next(), floor)) {
                floor = null;
            }
            return new Step.Idle();
        }
        if (sequence < log.head()) {
            return passed(log, tail);
        }
        if (floor != null) {
            return liveBehindFloor(log, tail, floor);
        }
        return new Step.DeliverShared(sequence);
    }

    /** The shared log has left this reader behind. */
    private Step passed(Log log, Tail tail) {
        return switch (onSlow) {
            case WAIT -> {
                state = State.BEHIND;
                yield join(log);
            }
            case DROP -> {
                jump(tail);
                yield next(log);
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

    private Step liveBehindFloor(Log log, Tail tail, long[] passedOffsets) {
        var own = new ArrayList<Entry>();
        while (sequence < tail.sequence() && own.size() < OWN_BATCH) {
            var entry = log.at(sequence);
            if (entry == null) {
                if (own.isEmpty()) {
                    return passed(log, tail);
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
        if (!own.isEmpty()) {
            behind = own.getLast().startBehind();
            return new Step.DeliverOwn(own);
        }
        return live(log);
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
