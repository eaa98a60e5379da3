package io.tidegate.gateway.graphql;

import io.tidegate.gateway.delivery.FrameBuffer;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;

/** {@code next} events of GraphQL over SSE, distinct connections mode, with the cursor as the event's id. */
record SseFraming() implements ResultFraming {
    @Override
    public void event(FrameBuffer out, Event event, Op op, String cursor, byte[] body,
            String attached) {
        out.ascii("event: next\nid: ").ascii(cursor).ascii("\ndata: ").bytes(body, 0,
                body.length - 1);
        out.utf8(ResultFraming.extensions(attached)).ascii("}\n\n");
    }
}
