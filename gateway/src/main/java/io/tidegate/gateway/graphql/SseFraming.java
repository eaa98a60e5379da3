package io.tidegate.gateway.graphql;

import io.tidegate.gateway.delivery.FrameBuffer;
import io.tidegate.gateway.delivery.Framing;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;

/** {@code next} events of GraphQL over SSE, distinct connections mode, with the cursor as the event's id. */
record SseFraming() implements Framing {
    @Override
    public void event(FrameBuffer out, Event event, Op op, String cursor, byte[] body,
            String gaps) {
        out.ascii("event: next\nid: ").ascii(cursor).ascii("\ndata: ").bytes(body, 0,
                body.length - 1);
        if (!gaps.isEmpty()) {
            out.ascii(",\"extensions\":{\"tidegate\":{\"gaps\":[").ascii(gaps).ascii("]}}");
        }
        out.ascii("}\n\n");
    }

    @Override
    public boolean attachesGaps() {
        return true;
    }

    @Override
    public void gap(FrameBuffer out, String json, String cursor) {
        throw new IllegalStateException("gaps travel with the next event");
    }

    @Override
    public void notice(FrameBuffer out, String json, String cursor) {
        // The end of a snapshot shows in `op`; graphql-sse has no event that is not a result.
    }
}
