package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Position;
import java.util.List;
import java.util.Optional;

/**
 * What events are applied to: a part of a view that keeps rows and how far it has come, together. Each part is a reader of
 * the feed of its own, so that a slow one delays no other. One thread applies; every call may block.
 */
public interface Fed {

    /** What has been applied; empty = nothing yet, or the store was lost: apply from the beginning. */
    Optional<Position> position();

    /**
     * Applies events in order and remembers the position with them, in one transaction. Events at or before the stored
     * position are skipped.
     *
     * @param after
     *            the position behind the last of them, which is the last of its record
     * @throws ViewFailure
     *             if the store could not take them; nothing of the batch is visible then
     */
    void apply(List<Event> events, Position after);

    /** For metrics and messages. */
    default String name() {
        return "rows";
    }

    /** How long changes wait for company before they are applied. */
    default Pace pace() {
        return Pace.BATCHES;
    }

    /**
     * Whether all that was in the log when this was first asked is in the view, where others fill parts of it as well.
     *
     * @param tail
     *            the end of the log now, up to which this gateway has applied everything
     */
    default boolean isFilled(Position tail) {
        return true;
    }

    /**
     * There has been nothing to apply for a moment: now and then, on the thread that applies.
     *
     * @throws ViewFailure
     *             if it could not do what it does then
     */
    default void idle() {
        // Most have nothing to do then.
    }

    /** Forgets every row and the position, as when the topic was replaced. */
    void reset();
}
