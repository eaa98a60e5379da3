package io.tidegate.asyncapi;

import static io.tidegate.asyncapi.AsyncApiDocuments.NODES;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** What a client may send on the WebSocket of a stream, the same for every product. */
final class ClientMessages {
    /** In the order in which documents list them. */
    static final List<String> NAMES = List.of("pause", "resume", "ack", "token", "where");

    private ClientMessages() {
    }

    static String title(String name) {
        return switch (name) {
            case "pause" -> "Send nothing more for now";
            case "resume" -> "Go on";
            case "ack" -> "Everything up to this cursor is handled";
            case "token" -> "A fresh token, or the first one";
            default -> "Another filter from here on";
        };
    }

    static ObjectNode payload(String name) {
        var payload = NODES.objectNode().put("type", "object");
        var properties = payload.putObject("properties");
        switch (name) {
            case "pause", "resume" -> properties.putObject(name).put("type", "boolean")
                    .put("const", true).put("description", name.equals("pause")
                            ? "The position is kept, and the connection stays. Answered by the notice `paused`."
                            : "Answered by the notice `resumed`.");
            case "ack" -> {
                payload.put("description",
                        "For streams with a `name`: a stream with this name continues behind it, on any"
                                + " connection. Answered by the notice `acknowledged` once it is durable."
                                + " Acks do not go back.");
                properties.set("ack", ControlMessages.reference("Cursor"));
            }
            case "token" -> properties.putObject("token").put("type", "string").put("description",
                    "Of the same client; the stream goes on under it. As the first message, where the"
                            + " handshake had no token, it may hold the parameters of the stream too.");
            default -> properties.putObject("where").put("type", "string").put("description",
                    "A CEL expression over `event`; empty for none. The stream goes on from the same"
                            + " position. Answered by the notice `filter-changed`.");
        }
        payload.putArray("required").add(name);
        return payload;
    }

    static ObjectNode example(String name) {
        var example = NODES.objectNode();
        return switch (name) {
            case "pause", "resume" -> example.put(name, true);
            case "ack" -> example.put("ack", ControlMessages.CURSOR);
            case "token" -> example.put("token", "eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl");
            default -> example.put("where", "");
        };
    }
}
