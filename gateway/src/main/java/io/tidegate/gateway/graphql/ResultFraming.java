package io.tidegate.gateway.graphql;

import io.tidegate.gateway.delivery.FrameBuffer;
import io.tidegate.gateway.delivery.Framing;

/** Frames of GraphQL, whose every message is a result: what is not an event travels with the next one. */
interface ResultFraming extends Framing {
    @Override
    default boolean attaches() {
        return true;
    }

    @Override
    default void gap(FrameBuffer out, String json, String cursor) {
        throw new IllegalStateException("gaps travel with the next event");
    }

    @Override
    default void notice(FrameBuffer out, String json, String cursor) {
        // Of a snapshot's end, which shows in `op`; other notices travel with the next event.
    }

    /** The result's extensions, behind its other members; empty if there is nothing to tell. */
    static String extensions(String attached) {
        return attached.isEmpty() ? "" : ",\"extensions\":{\"tidegate\":{" + attached + "}}";
    }
}
