package io.tidegate.gateway.graphql;

import io.tidegate.gateway.delivery.FrameBuffer;
import io.tidegate.gateway.delivery.Framing;

/** Frames of GraphQL, whose every message is a result: what is not an event travels with one, or not at all. */
interface ResultFraming extends Framing {
    @Override
    default boolean attachesGaps() {
        return true;
    }

    @Override
    default void gap(FrameBuffer out, String json, String cursor) {
        throw new IllegalStateException("gaps travel with the next event");
    }

    @Override
    default void notice(FrameBuffer out, String json, String cursor) {
        // The end of a snapshot shows in `op`.
    }
}
