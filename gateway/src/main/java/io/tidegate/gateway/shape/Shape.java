package io.tidegate.gateway.shape;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;

/**
 * Turns an event into the bytes that a group of alike readers gets. Thread-safe. Two shapes that make the same bytes are one
 * object: whoever compiles them keeps them by what they were compiled from.
 */
public interface Shape {

    /**
     * @param op
     *            usually the event's own; {@code SNAPSHOT} for a row of the current state
     * @param cursor
     *            behind this event, for the reader that gets the bytes
     * @return UTF-8 JSON text, not to be changed
     */
    byte[] render(Event event, Op op, String cursor);
}
