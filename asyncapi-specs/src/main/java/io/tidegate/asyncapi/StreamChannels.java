package io.tidegate.asyncapi;

import static io.tidegate.asyncapi.AsyncApiDocuments.NODES;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidegate.contract.DataProduct;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.FieldPath;
import io.tidegate.mapping.JsonSchemas;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The plain stream of one product: a channel over WebSocket whose messages carry an envelope, and one over HTTP whose
 * server-sent events carry the value. Both have the same address.
 */
final class StreamChannels {
    private static final String SCHEMAS = "#/components/schemas/";
    private static final String TIME = "2025-03-14T09:26:53Z";
    private static final List<String> OPERATIONS = List.of("snapshot", "upsert", "delete");

    private final Served served;
    private final DataProduct product;
    private final String name;

    StreamChannels(Served served) {
        this.served = served;
        this.product = served.schema().product();
        this.name = product.id().qualifiedName() + ".v" + product.id().major();
    }

    void add(ObjectNode channels, ObjectNode operations, ObjectNode schemas) {
        var row = JsonSchemas.within(schemas, SCHEMAS, name + ".", served.schema().rowType(),
                served.masks());
        schemas.set(name + ".Key", keySchema());

        var websocket = channel("websocket",
                "Over WebSocket, with the sub-protocol `tidegate.v1`: each text frame"
                        + " is one JSON object.");
        websocket.putObject("bindings").putObject("ws").put("method", "GET")
                .put("bindingVersion", "0.1.0")
                .set("query", parameters(!served.schema().key().isEmpty()));
        var enveloped = websocket.withObject("/messages");
        OPERATIONS.forEach(op -> enveloped.set(op, enveloped(op, row)));
        ControlMessages.NAMES.forEach(control -> enveloped.set(control, envelopedControl(control)));
        channels.set(name, websocket);
        operations.set("send." + name,
                operation(name, websocket, "Follow " + product.id().qualifiedName()
                        + " over WebSocket"));
        ClientMessages.NAMES.forEach(from -> enveloped.set(from, fromClient(from)));
        operations.set("receive." + name, receive());

        var http = channel("http",
                "Over HTTP as server-sent events (`Accept: text/event-stream`): `data:` is the"
                        + " payload, `id:` the cursor. With `Accept: application/x-ndjson` each line is a payload of the"
                        + " WebSocket channel instead.");
        var events = http.withObject("/messages");
        OPERATIONS.forEach(op -> events.set(op, event(op, row)));
        ControlMessages.NAMES.forEach(control -> events.set(control, eventControl(control)));
        channels.set(name + ".http", http);
        var operation = operation(name + ".http", http, "Follow " + product.id().qualifiedName()
                + " as server-sent events");
        operation.putObject("bindings").putObject("http").put("method", "GET")
                .put("bindingVersion", "0.3.0")
                .set("query", parameters(!served.schema().key().isEmpty()));
        operations.set("send." + name + ".http", operation);
    }

    private ObjectNode channel(String server, String how) {
        var channel = NODES.objectNode().put("address", "/streams/" + product.id().path())
                .put("title", product.id().qualifiedName())
                .put("description", AsyncApiDocuments.describe(product) + "\n\n" + how);
        channel.putArray("servers").addObject().put("$ref", "#/servers/" + server);
        channel.putObject("messages");
        channel.put("x-ordering", "key");
        channel.set("x-tidegate", facts());
        return channel;
    }

    private ObjectNode operation(String channel, ObjectNode of, String title) {
        var operation = NODES.objectNode().put("action", "send").put("title", title);
        var reference = "#/channels/" + pointer(channel);
        operation.putObject("channel").put("$ref", reference);
        var messages = operation.putArray("messages");
        of.path("messages").fieldNames().forEachRemaining(
                message -> messages.addObject().put("$ref",
                        reference + "/messages/" + pointer(message)));
        return operation;
    }

    /** What the client sends; the others of the channel's messages are the gateway's. */
    private ObjectNode receive() {
        var operation = NODES.objectNode().put("action", "receive").put("title",
                "Steer the stream of " + product.id().qualifiedName());
        operation.putObject("channel").put("$ref", "#/channels/" + pointer(name));
        var messages = operation.putArray("messages");
        ClientMessages.NAMES.forEach(message -> messages.addObject().put("$ref",
                "#/channels/" + pointer(name) + "/messages/" + message));
        return operation;
    }

    private static ObjectNode fromClient(String message) {
        return message(message, ClientMessages.title(message), ClientMessages.payload(message),
                ClientMessages.example(message));
    }

    private static String pointer(String token) {
        return token.replace("~", "~0").replace("/", "~1");
    }

    // What the contract states

    private ObjectNode facts() {
        var facts = NODES.objectNode().put("domain", product.id().domain())
                .put("product", product.id().product()).put("version", product.version())
                .put("owner", product.owner()).put("status", lower(product.status()))
                .put("quality", lower(product.quality()))
                .put("sourceSchema", lower(product.schema().language()));
        product.sunset().ifPresent(day -> facts.put("sunset", day.toString()));
        product.successor().ifPresent(next -> facts.put("successor", next));
        if (product.status() == DataProduct.Status.DEPRECATED) {
            facts.put("deprecated", true);
        }
        var levels = facts.putObject("serviceLevels");
        product.serviceLevels().stated().forEach(levels::put);
        facts.set("key", strings(visibleKey().stream().map(FieldPath::text).toList()));
        var scopes = new TreeSet<String>();
        product.access().forEach(grant -> scopes.add(grant.scope()));
        if (scopes.isEmpty()) {
            scopes.add(product.id().qualifiedName() + ":read");
        }
        facts.set("scopes", strings(scopes));
        return facts;
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static ArrayNode strings(Iterable<String> texts) {
        var array = NODES.arrayNode();
        texts.forEach(array::add);
        return array;
    }

    private List<FieldPath> visibleKey() {
        return served.schema().key().stream()
                .filter(path -> !served.maskOf(path).equals(Optional.of(Mask.HIDE))).toList();
    }

    // Messages

    private ObjectNode keySchema() {
        var schema = NODES.objectNode().put("type", "object");
        var properties = schema.putObject("properties");
        var required = NODES.arrayNode();
        if (served.schema().key().isEmpty()) {
            schema.put("description",
                    "The place of the event in the product's log; this product has no key.");
            properties.set("_partition",
                    JsonSchemas.scalar(Type.Scalar.of(ScalarKind.INT32), false));
            properties.set("_offset", JsonSchemas.scalar(Type.Scalar.of(ScalarKind.INT64), false));
            required.add("_partition").add("_offset");
        } else {
            schema.put("description", "What identifies the row.");
            for (var path : visibleKey()) {
                boolean nullable = path.fields().stream().anyMatch(Field::nullable);
                properties.set(path.text(), isPlain(path.type())
                        ? served.maskOf(path)
                                .map(mask -> JsonSchemas.scalar(path.type(), nullable, mask))
                                .orElseGet(() -> JsonSchemas.scalar(path.type(), nullable))
                        : NODES.objectNode());
                required.add(path.text());
            }
        }
        if (!required.isEmpty()) {
            schema.set("required", required);
        }
        return schema;
    }

    private JsonNode keyExample() {
        var key = NODES.objectNode();
        if (served.schema().key().isEmpty()) {
            return key.put("_partition", 0).put("_offset", "1001");
        }
        var row = JsonSchemas.example(served.schema().rowType(), Map.of());
        for (var path : visibleKey()) {
            var at = row;
            for (var field : path.fields()) {
                at = at.path(field.name());
            }
            JsonNode value = at.isMissingNode() ? NODES.nullNode() : at;
            key.set(path.text(), served.maskOf(path)
                    .map(mask -> JsonSchemas.masked(mask, path.type(), value)).orElse(value));
        }
        return key;
    }

    private static boolean isPlain(Type type) {
        return switch (type) {
            case Type.Scalar scalar -> true;
            case Type.EnumOf of -> true;
            case Type.Json json -> true;
            case Type.ListOf list -> false;
            case Type.MapOf map -> false;
            case Type.Union union -> false;
            case RecordType record -> false;
        };
    }

    private JsonNode valueExample() {
        return JsonSchemas.example(served.schema().rowType(), served.masks());
    }

    private ObjectNode enveloped(String op, ObjectNode row) {
        var payload = NODES.objectNode().put("type", "object");
        var properties = payload.putObject("properties");
        properties.set("cursor", ControlMessages.reference("Cursor"));
        properties.putObject("op").put("type", "string").put("const", op);
        properties.set("key", ControlMessages.reference(name + ".Key"));
        properties.putObject("time").put("type", "string").put("format", "date-time").put(
                "description",
                "The event's own time, else the time at which it was recorded.");
        properties.set("value",
                op.equals("delete") ? NODES.objectNode().put("type", "null") : row.deepCopy());
        payload.putArray("required").add("cursor").add("op").add("key").add("time").add("value");
        var example = NODES.objectNode().put("cursor", ControlMessages.CURSOR).put("op", op);
        example.set("key", keyExample());
        example.put("time", TIME);
        example.set("value", op.equals("delete") ? NODES.nullNode() : valueExample());
        return message(op, title(op), payload, example);
    }

    private static ObjectNode envelopedControl(String control) {
        var payload = NODES.objectNode().put("type", "object");
        payload.putObject("properties").set(control, ControlMessages.payload(control));
        payload.putArray("required").add(control);
        var example = NODES.objectNode();
        example.set(control, ControlMessages.example(control));
        return message(control, ControlMessages.title(control), payload, example);
    }

    private ObjectNode event(String op, ObjectNode row) {
        boolean isDelete = op.equals("delete");
        var message = message(op, title(op),
                isDelete ? ControlMessages.reference(name + ".Key") : row.deepCopy(),
                isDelete ? keyExample() : valueExample());
        return sse(op, message);
    }

    private static ObjectNode eventControl(String control) {
        return sse(control,
                message(control, ControlMessages.title(control), ControlMessages.payload(control),
                        ControlMessages.example(control)));
    }

    /** The fields of a server-sent event beside its data; AsyncAPI has no binding for them. */
    private static ObjectNode sse(String event, ObjectNode message) {
        var headers = NODES.objectNode().put("type", "object").put("description",
                "Fields of the server-sent event.");
        var properties = headers.putObject("properties");
        properties.putObject("event").put("type", "string").put("const", event);
        properties.set("id", ControlMessages.reference("Cursor"));
        headers.putArray("required").add("event").add("id");
        message.set("headers", headers);
        ((ObjectNode) message.path("examples").get(0)).putObject("headers").put("event", event)
                .put("id", ControlMessages.CURSOR);
        return message;
    }

    private static String title(String op) {
        return switch (op) {
            case "snapshot" -> "A row as it stands";
            case "upsert" -> "A new or changed row";
            default -> "A row that is gone";
        };
    }

    private static ObjectNode message(String name, String title, ObjectNode payload,
            JsonNode example) {
        var message = NODES.objectNode().put("name", name).put("title", title)
                .put("contentType", "application/json");
        message.set("payload", payload);
        message.putArray("examples").addObject().put("name", name).set("payload", example);
        return message;
    }

    // Parameters: the same words on every transport

    private static ObjectNode parameters(boolean hasKey) {
        var query = NODES.objectNode().put("type", "object");
        var properties = query.putObject("properties");
        text(properties, "from",
                "Where to begin: `latest`, `earliest`, an RFC 3339 time, or a cursor.")
                .put("default", "latest");
        text(properties, "filter", "Only events for which this CEL expression over `event` holds.");
        text(properties, "fields", "Only these fields, joined by commas.");
        text(properties, "key", "Only events of this key.");
        properties.putObject("snapshot").put("type", "boolean").put("default", false).put(
                "description",
                "The current state first, then every change, without a gap.");
        if (hasKey) {
            text(properties, "conflate",
                    "Only the newest event of each key, at most so often: `500ms`, `2s`, or ISO 8601;"
                            + " 10ms to 1h. A `conflated` notice tells how many others there were.");
        }
        text(properties, "onSlow", "What happens when you read slower than the stream.")
                .put("default", "wait").set("enum", strings(hasKey
                        ? List.of("wait", "conflate", "drop", "disconnect")
                        : List.of("wait", "drop", "disconnect")));
        text(properties, "name",
                "A name of your own: the gateway keeps the position that you acknowledge under it, and"
                        + " without `from` the stream continues behind that. One stream has a name at a"
                        + " time; a newer one ends the older.")
                .put("pattern", "^[A-Za-z0-9._-]{1,64}$");
        text(properties, "format", "How events are written.").put("default", "json")
                .set("enum", strings(List.of("json", "cloudevents")));
        return query;
    }

    private static ObjectNode text(ObjectNode properties, String name, String description) {
        return properties.putObject(name).put("type", "string").put("description", description);
    }
}
