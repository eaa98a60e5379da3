package io.tidegate.gateway.delivery;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;

/**
 * How a transport wraps what shapes render. A value: equal framings share frames.
 */
public interface Framing {

    /**
     * Appends one event.
     *
     * @param gaps
     *            JSON of what is missing before it, for framings that {@link #attachesGaps}; empty otherwise
     */
    void event(FrameBuffer out, Event event, Op op, String cursor, byte[] body, String gaps);

    /** Whether missing events are announced with the next event instead of by a frame of their own. */
    boolean attachesGaps();

    /**
     * Appends the announcement that events are missing, as a frame of its own.
     *
     * @param json
     *            the announcement, an object
     * @param cursor
     *            where the stream goes on
     */
    void gap(FrameBuffer out, String json, String cursor);

    /** Appends a notice, such as the end of a snapshot. {@code json} is an object. */
    void notice(FrameBuffer out, String json, String cursor);
}
