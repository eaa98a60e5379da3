package io.tidegate.gateway.shape;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import java.util.List;

/**
 * A shape that has to ask elsewhere for a part of what it writes: for several events at a time, and beside event loops,
 * because it blocks.
 */
public interface JoinedShape extends Shape {

    /**
     * An event that is to be written.
     *
     * @param op
     *            usually the event's own
     * @param cursor
     *            behind this event
     */
    record Wanted(Event event, Op op, String cursor) {
    }

    /** How many events are asked for at most at a time, 1 or more. */
    int eventsMax();

    /**
     * Blocks, for a bounded time whatever it asks; what could not be had is told within the bytes.
     *
     * @param events
     *            at most {@link #eventsMax}
     * @return as {@link #render}, each at its event's place
     */
    List<byte[]> join(List<Wanted> events);

    /** Blocks, as {@link #join} does. */
    @Override
    default byte[] render(Event event, Op op, String cursor) {
        return join(List.of(new Wanted(event, op, cursor))).getFirst();
    }
}
