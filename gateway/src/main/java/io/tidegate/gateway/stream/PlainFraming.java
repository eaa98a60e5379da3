package io.tidegate.gateway.stream;

import io.tidegate.gateway.delivery.FrameBuffer;
import io.tidegate.gateway.delivery.Framing;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.shape.PlainShape;
import io.tidegate.gateway.subscription.EndReason;
import java.nio.charset.StandardCharsets;

/** The frames of the plain streams. */
enum PlainFraming implements Framing {
    /** One text message an event. */
    WEBSOCKET {
        @Override
        public void event(FrameBuffer out, Event event, Op op, String cursor, byte[] body,
                String attached) {
            out.webSocketText(body.length).bytes(body);
        }

        @Override
        void message(FrameBuffer out, String kind, String json, String cursor) {
            var text = "{\"" + kind + "\":" + json + "}";
            var bytes = text.getBytes(StandardCharsets.UTF_8);
            out.webSocketText(bytes.length).bytes(bytes);
        }
    },
    /** One line an event (application/x-ndjson). */
    NDJSON {
        @Override
        public void event(FrameBuffer out, Event event, Op op, String cursor, byte[] body,
                String attached) {
            out.bytes(body).octet('\n');
        }

        @Override
        void message(FrameBuffer out, String kind, String json, String cursor) {
            out.utf8("{\"" + kind + "\":" + json + "}\n");
        }
    },
    /** Server-sent events: the op as the event's name, the cursor as its id. JSON text has no line breaks of its own. */
    SSE {
        @Override
        public void event(FrameBuffer out, Event event, Op op, String cursor, byte[] body,
                String attached) {
            out.ascii("event: ").ascii(PlainShape.name(op)).ascii("\nid: ").ascii(cursor)
                    .ascii("\ndata: ").bytes(body)
                    .ascii("\n\n");
        }

        @Override
        void message(FrameBuffer out, String kind, String json, String cursor) {
            out.ascii("event: ").ascii(kind).ascii("\nid: ").ascii(cursor).ascii("\ndata: ")
                    .utf8(json).ascii("\n\n");
        }
    };

    abstract void message(FrameBuffer out, String kind, String json, String cursor);

    @Override
    public boolean attaches() {
        return false;
    }

    @Override
    public void gap(FrameBuffer out, String json, String cursor) {
        message(out, "gap", json, cursor);
    }

    @Override
    public void notice(FrameBuffer out, String json, String cursor) {
        message(out, "notice", json, cursor);
    }

    /** The last message of a stream. */
    static String end(EndReason reason, String cursor) {
        return "{\"reason\":\"" + reason.label() + "\",\"message\":\"" + reason.sentence()
                + "\",\"cursor\":\"" + cursor
                + "\"}";
    }

    /** A message of its own, as bytes for the wire. */
    byte[] frame(String kind, String json, String cursor) {
        var out = new FrameBuffer();
        message(out, kind, json, cursor);
        return out.finish().bytes();
    }
}
