package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.shape.JoinedShape;
import io.tidegate.gateway.shape.JoinedShape.Wanted;
import io.tidegate.gateway.shape.Shape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shape of one reader whose events have to be looked up before they can be written. A batch is made twice: the first time
 * tells which events it wants, and is thrown away; while they are looked up beside the event loop the reader waits, and nobody
 * else does; then the batch is made of what was found. Confined to its event loop.
 *
 * <pre>
 *   GATHERING ──▶ ASKED ──▶ READY ──▶ GATHERING …
 * </pre>
 */
final class Joining implements Shape {
    private static final Logger LOG = LoggerFactory.getLogger(Joining.class);
    /** In place of what is not known yet; never written to a client. */
    private static final byte[] UNKNOWN = {'{', '}'};

    private final JoinedShape shape;
    private final OffLoop offLoop;
    private final Queue<Ready> ready = new ArrayDeque<>();
    private List<Wanted> wanted = new ArrayList<>();
    /** Where the events come from that are wanted or ready. */
    private Object source = this;
    private boolean isGathering = true;
    private boolean isAsked;
    private boolean isStale;
    private boolean isClosed;

    private record Ready(Wanted wanted, byte[] body) {
        boolean isOf(Event event, Op op, String cursor) {
            return wanted.op() == op && wanted.cursor().equals(cursor)
                    && wanted.event().key().equals(event.key());
        }
    }

    Joining(JoinedShape shape, OffLoop offLoop) {
        this.shape = shape;
        this.offLoop = offLoop;
    }

    /** Whether events are being looked up; nothing is made meanwhile. */
    boolean isAsked() {
        return isAsked;
    }

    /** Whether events wait to be written. */
    boolean isReady() {
        return !ready.isEmpty();
    }

    /**
     * A batch is about to be made.
     *
     * @param from
     *            where its events come from; what was found for another source is of no use any more
     * @return how many events it may have
     */
    int begin(Object from) {
        if (!from.equals(source)) {
            ready.clear();
            source = from;
        }
        isStale = false;
        isGathering = ready.isEmpty();
        return isGathering ? shape.eventsMax() : ready.size();
    }

    /** Whether the batch that is being made only tells what it wants. */
    boolean isGathering() {
        return isGathering;
    }

    /** The cursor that the next event was looked up with. */
    String cursor() {
        var next = ready.peek();
        if (next == null) {
            throw new IllegalStateException("no event is ready");
        }
        return next.wanted().cursor();
    }

    @Override
    public byte[] render(Event event, Op op, String cursor) {
        if (isGathering) {
            wanted.add(new Wanted(event, op, cursor));
            return UNKNOWN;
        }
        @Nullable
        Ready next = ready.poll();
        if (next == null || !next.isOf(event, op, cursor)) {
            isStale = true;
            return UNKNOWN;
        }
        return next.body();
    }

    /** Whether the batch that was made can be written. */
    boolean isWhole() {
        return !isStale && wanted.isEmpty();
    }

    /**
     * What follows a batch that cannot be written, and was thrown away.
     *
     * @param then
     *            told when the events are there, or false if they cannot be looked up; not if that is not wanted any more
     * @return whether the batch can be made anew at once, because the reader has moved
     */
    boolean goesOn(Consumer<Boolean> then) {
        if (isStale) {
            ready.clear();
            return true;
        }
        var asked = List.copyOf(wanted);
        wanted = new ArrayList<>();
        isAsked = true;
        offLoop.call(() -> shape.join(asked)).onComplete(done -> {
            isAsked = false;
            if (isClosed) {
                return;
            }
            if (done.succeeded()) {
                for (int i = 0; i < asked.size(); i++) {
                    ready.add(new Ready(asked.get(i), done.result().get(i)));
                }
            } else {
                LOG.atError().setCause(done.cause()).log("events could not be looked up");
            }
            then.accept(done.succeeded());
        });
        return false;
    }

    /** The reader is gone. */
    void close() {
        isClosed = true;
        ready.clear();
        wanted = new ArrayList<>();
    }
}
