package io.tidegate.asyncapi;

import static io.tidegate.asyncapi.AsyncApiDocuments.NODES;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidegate.mapping.ProductApi;
import java.util.List;

/** GraphQL subscriptions over WebSocket: the messages of the protocol {@code graphql-transport-ws}. */
final class GraphQlChannel {
    private static final String NAME = "graphql";
    private static final List<String> FROM_CLIENT = List.of("connection_init", "subscribe",
            "complete", "ping",
            "pong");
    private static final List<String> FROM_GATEWAY = List.of("connection_ack", "next", "error",
            "complete", "ping",
            "pong");
    private static final List<String> ALL = List.of("connection_init", "connection_ack",
            "subscribe", "next",
            "error", "complete", "ping", "pong");

    private GraphQlChannel() {
    }

    static void add(ObjectNode channels, ObjectNode operations, Served sample) {
        var root = ProductApi.of(sample.schema()).rootField();
        var channel = channels.putObject(NAME).put("address", "/graphql")
                .put("title", "GraphQL subscriptions")
                .put("description",
                        "GraphQL over WebSocket with the sub-protocol `graphql-transport-ws`. The"
                                + " schema is at `/graphql/schema.graphql`; each product is one field of `Subscription`.");
        channel.putArray("servers").addObject().put("$ref", "#/servers/websocket");
        var messages = channel.putObject("messages");
        ALL.forEach(type -> messages.set(type, message(type, root)));
        var headers = NODES.objectNode().put("type", "object");
        headers.putObject("properties").putObject("Sec-WebSocket-Protocol").put("type", "string")
                .put("const", "graphql-transport-ws");
        channel.putObject("bindings").putObject("ws").put("method", "GET")
                .put("bindingVersion", "0.1.0")
                .set("headers", headers);
        operations.set("receive." + NAME,
                operation("receive", "Ask for subscriptions", FROM_CLIENT));
        operations.set("send." + NAME,
                operation("send", "Get the events of subscriptions", FROM_GATEWAY));
    }

    private static ObjectNode operation(String action, String title, List<String> types) {
        var operation = NODES.objectNode().put("action", action).put("title", title);
        operation.putObject("channel").put("$ref", "#/channels/" + NAME);
        var messages = operation.putArray("messages");
        types.forEach(type -> messages.addObject().put("$ref",
                "#/channels/" + NAME + "/messages/" + type));
        return operation;
    }

    private static ObjectNode message(String type, String root) {
        var payload = NODES.objectNode().put("type", "object");
        var properties = payload.putObject("properties");
        var example = NODES.objectNode();
        if (List.of("subscribe", "next", "error", "complete").contains(type)) {
            properties.putObject("id").put("type", "string");
            example.put("id", "1");
        }
        properties.putObject("type").put("type", "string").put("const", type);
        example.put("type", type);
        switch (type) {
            case "connection_init" -> properties.putObject("payload").put("type", "object").put(
                    "description",
                    "`Authorization: Bearer …`, for clients that cannot set the header of the handshake.");
            case "subscribe" -> {
                var request = properties.putObject("payload").put("type", "object");
                request.putArray("required").add("query");
                var fields = request.putObject("properties");
                fields.putObject("query").put("type", "string");
                fields.putObject("operationName").putArray("type").add("string").add("null");
                fields.putObject("variables").putArray("type").add("object").add("null");
                fields.putObject("extensions").putArray("type").add("object").add("null");
                example.putObject("payload").put("query",
                        "subscription { " + root + " { cursor op time } }");
            }
            case "next" -> {
                var result = properties.putObject("payload").put("type", "object");
                result.putObject("properties").putObject("data").putArray("type").add("object")
                        .add("null");
                example.putObject("payload").putObject("data").putObject(root)
                        .put("cursor", ControlMessages.CURSOR).put("op", "UPSERT")
                        .put("time", "2025-03-14T09:26:53Z");
            }
            case "error" -> {
                var errors = properties.putObject("payload").put("type", "array");
                var error = errors.putObject("items").put("type", "object");
                error.putArray("required").add("message");
                error.putObject("properties").putObject("message").put("type", "string");
                example.putArray("payload").addObject().put("message", "The token has expired.");
            }
            default -> {
                // Nothing but the type, and the id of what is complete.
            }
        }
        var required = payload.putArray("required");
        properties.fieldNames().forEachRemaining(name -> {
            if (!(name.equals("payload") && type.equals("connection_init"))) {
                required.add(name);
            }
        });
        var message = NODES.objectNode().put("name", type).put("title", type).put("contentType",
                "application/json");
        message.set("payload", payload);
        message.putArray("examples").addObject().put("name", type).set("payload", example);
        return message;
    }
}
