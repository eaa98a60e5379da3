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
     * @param attached
     *            what is told with it, members of a JSON object ({@code gaps}, {@code conflated}, {@code notices}), for framings that
     *            {@link #attaches}; empty otherwise
     */
    void event(FrameBuffer out, Event event, Op op, String cursor, byte[] body, String attached);

    /** Whether gaps and notices are told with the next event instead of by frames of their own. */
    boolean attaches();

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
