package io.tidegate.gateway.graphql;

import io.tidegate.gateway.delivery.FrameBuffer;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import java.nio.charset.StandardCharsets;

/**
 * {@code next} messages as WebSocket frames, with a hole where each subscriber's id goes. Subscribers whose ids have the same
 * length share one batch, which for the usual UUIDs is all of them.
 *
 * @param idBytes
 *            length of the id as JSON text, quotes included
 */
record TransportWsFraming(int idBytes) implements ResultFraming {
    private static final byte[] BEFORE_ID = "{\"type\":\"next\",\"id\":"
            .getBytes(StandardCharsets.US_ASCII);
    private static final byte[] AFTER_ID = ",\"payload\":".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] NOTHING = {};

    @Override
    public void event(FrameBuffer out, Event event, Op op, String cursor, byte[] body,
            String attached) {
        // Notices hold a contract's words, which need not be ASCII.
        var extensions = attached.isEmpty()
                ? NOTHING
                : ResultFraming.extensions(attached).getBytes(StandardCharsets.UTF_8);
        int payload = BEFORE_ID.length + idBytes + AFTER_ID.length + body.length
                + extensions.length + 1;
        out.webSocketText(payload).bytes(BEFORE_ID).hole(idBytes).bytes(AFTER_ID)
                .bytes(body, 0, body.length - 1)
                .bytes(extensions).octet('}').octet('}');
    }
}
