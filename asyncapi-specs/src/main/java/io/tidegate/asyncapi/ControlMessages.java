package io.tidegate.asyncapi;

import static io.tidegate.asyncapi.AsyncApiDocuments.NODES;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** What a stream says about itself, the same for every product: gaps, notices, its end. */
final class ControlMessages {
    /** In the order in which documents list them. */
    static final List<String> NAMES = List.of("gap", "notice", "end");
    static final String CURSOR = "AQAAAAAAAAAAAAAAKg";

    private ControlMessages() {
    }

    static void addSchemas(ObjectNode schemas) {
        schemas.set("Cursor", NODES.objectNode().put("type", "string").put("description",
                "An opaque, URL-safe position in the product's log. Give it back as `from` to continue exactly"
                        + " there, on any transport."));
        var gap = object(schemas, "Gap",
                "Events that you will not get, and where the stream goes on.");
        gap.withObject("/properties").set("events", NODES.objectNode()
                .put("description", "How many, where that is known.").put("pattern", "^\\d+$")
                .set("type", NODES.arrayNode().add("string").add("null")));
        text(gap, "reason",
                "Why: bad-record, incompatible-schema, quarantined, retention, epoch (the log was replaced or"
                        + " cut), partitions-changed (a partition was added; nothing is missing) or slow-reader.");
        text(gap, "message", "The same for people.");
        gap.withObject("/properties").set("partition", NODES.objectNode()
                .put("description",
                        "Which part of the log; positions in it are only comparable with each other.")
                .put("type", "integer"));
        for (var name : List.of("from", "to")) {
            text(gap, name,
                    name.equals("from")
                            ? "First position that is missing."
                            : "Last position that is missing.")
                    .put("pattern", "^\\d+$");
        }
        gap.withObject("/properties").set("cursor", reference("Cursor"));
        gap.putArray("required").add("reason").add("cursor");
        var notice = object(schemas, "Notice", "Something to know; the stream goes on.");
        text(notice, "code",
                "What it is, one word of a published list: the end of the snapshot, a token about"
                        + " to expire, a deprecation, a limit, how many events newer ones stand for.");
        text(notice, "message", "The same for people.");
        notice.withObject("/properties").set("cursor", reference("Cursor"));
        text(notice, "events",
                "With code `conflated`: how many events the next ones stand for, which you will not get.")
                .put("pattern", "^\\d+$");
        notice.putArray("required").add("code");
        var end = object(schemas, "End", "The stream is over.");
        text(end, "reason", "Why, one word of a published list.");
        text(end, "message", "The same for people.");
        end.withObject("/properties").set("cursor", reference("Cursor"));
        end.putArray("required").add("reason");
    }

    static String title(String name) {
        return switch (name) {
            case "gap" -> "A gap";
            case "notice" -> "A notice";
            default -> "The end of the stream";
        };
    }

    static ObjectNode payload(String name) {
        return reference(switch (name) {
            case "gap" -> "Gap";
            case "notice" -> "Notice";
            default -> "End";
        });
    }

    static ObjectNode example(String name) {
        return switch (name) {
            case "gap" -> NODES.objectNode().put("events", "12").put("reason", "retention")
                    .put("message", "The events are no longer retained.").put("partition", 0)
                    .put("from", "4711").put("to", "4722").put("cursor", CURSOR);
            case "notice" -> NODES.objectNode().put("code", "snapshot-end").put("message",
                    "What follows are changes.");
            default -> NODES.objectNode().put("reason", "token-expired").put("message",
                    "The token has expired: come back with a fresh one.").put("cursor", CURSOR);
        };
    }

    static ObjectNode reference(String schema) {
        return NODES.objectNode().put("$ref", "#/components/schemas/" + schema);
    }

    private static ObjectNode object(ObjectNode schemas, String name, String description) {
        var schema = schemas.putObject(name).put("type", "object").put("description", description);
        schema.putObject("properties");
        return schema;
    }

    private static ObjectNode text(ObjectNode schema, String name, String description) {
        return schema.withObject("/properties").putObject(name).put("type", "string").put(
                "description",
                description);
    }
}
