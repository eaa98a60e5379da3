package io.tidegate.gateway.position;

import io.tidegate.gateway.feed.CursorOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The acks of one name on their way to the topic: the latest wins, one is written at a time, and after each there is a rest.
 *
 * <pre>
 *            offer                 written, failed
 *   IDLE ─────────────→ due ─→ WRITING ─────────────→ RESTING
 *    ↑                   ↑        │ offer: waits          │
 *    │                   └────────┴───── rest is over, ───┤
 *    └────────────────── nothing waits ───────────────────┘
 * </pre>
 *
 * @param <A>
 *            whom to answer when an ack is durable
 */
final class AckLine<A> {
    private final long restNanos;
    private @Nullable String writing;
    private @Nullable String waiting;
    private List<A> writingAnswers = new ArrayList<>();
    private List<A> waitingAnswers = new ArrayList<>();
    private boolean isResting;
    private long restUntil;

    /** What becomes of an ack. */
    enum Verdict {
        /** Answered when it is durable. */
        TAKEN,
        /** It is durable already. */
        KEPT,
        /** Something later has been acknowledged. */
        BEHIND,
        /** No cursor of ours. */
        UNREADABLE,
        /** A cursor of another product. */
        OTHER_PRODUCT
    }

    AckLine(long restNanos) {
        this.restNanos = restNanos;
    }

    /**
     * @param kept
     *            what is durable; null = nothing
     * @param order
     *            of a second cursor to a first one
     */
    Verdict offer(String cursor, @Nullable String kept,
            BiFunction<String, String, CursorOrder> order, A answer) {
        var newest = waiting != null ? waiting : writing != null ? writing : kept;
        return switch (order.apply(newest == null ? "" : newest, cursor)) {
            case UNREADABLE -> Verdict.UNREADABLE;
            case OTHER_PRODUCT -> Verdict.OTHER_PRODUCT;
            case BEHIND -> Verdict.BEHIND;
            case SAME -> {
                if (waiting != null) {
                    waitingAnswers.add(answer);
                } else if (writing != null) {
                    writingAnswers.add(answer);
                } else {
                    yield Verdict.KEPT;
                }
                yield Verdict.TAKEN;
            }
            case AHEAD -> {
                waiting = cursor;
                waitingAnswers.add(answer);
                yield Verdict.TAKEN;
            }
        };
    }

    /** What to write now; it is being written from here on. */
    Optional<String> due(long nowNanos) {
        if (writing != null || waiting == null || (isResting && nowNanos - restUntil < 0)) {
            return Optional.empty();
        }
        isResting = false;
        writing = waiting;
        writingAnswers = waitingAnswers;
        waiting = null;
        waitingAnswers = new ArrayList<>();
        return Optional.of(writing);
    }

    /** How long nothing is written whatever comes; 0 = not at all. */
    long restNanos(long nowNanos) {
        return isResting ? Math.max(0, restUntil - nowNanos) : 0;
    }

    /** What was being written is written, or has failed; who is to be told. */
    List<A> over(long nowNanos) {
        var told = writingAnswers;
        writing = null;
        writingAnswers = new ArrayList<>();
        isResting = true;
        restUntil = nowNanos + restNanos;
        return told;
    }

    /** The name is somebody else's now: what waits is not written any more. Who is to be told so. */
    List<A> abandon() {
        var told = waitingAnswers;
        waiting = null;
        waitingAnswers = new ArrayList<>();
        return told;
    }

    boolean isIdle() {
        return writing == null && waiting == null;
    }
}
