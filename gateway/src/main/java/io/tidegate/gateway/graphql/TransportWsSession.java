package io.tidegate.gateway.graphql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The graphql-transport-ws protocol as a state machine without a socket: a message in, what to do out.
 *
 * <pre>
 *        connection_init            authenticated
 *   NEW ─────────────────▶ INITIALISING ──────────▶ READY ──┐ subscribe, complete, ping, pong
 *    │ subscribe: 4401           │ init again: 4429   ▲─────┘
 *    │ 3 s: 4408                 │ refused: 4403
 *    └───────────▶ CLOSED ◀──────┴── anything that is not the protocol: 4400
 * </pre>
 *
 * Once closed it answers nothing, whatever still arrives.
 */
final class TransportWsSession {
    /** Longest id that a client may choose. */
    static final int ID_MAX = 256;

    private final int subscriptionsMax;
    /** By id. Most connections have one. */
    private final Map<String, Operation> active = new HashMap<>(2);
    private State state = State.NEW;
    private long started;

    private enum State {
        NEW, INITIALISING, READY, CLOSED
    }

    /**
     * What a client has asked under an id.
     *
     * @param number
     *            of the connection's operations: an id may be used again while what was cancelled under it still runs
     */
    record Operation(String id, long number) {
    }

    /** What the connection does. */
    sealed interface Action {

        /** Send this message. */
        record Send(String json) implements Action {
        }

        /** Answer a ping, unless there have been too many. */
        record Pong() implements Action {
        }

        /** Close with this code and reason. */
        record Close(int code, String reason) implements Action {
        }

        /** Find out who the client is; then {@link #authenticated} or {@link #refused}. */
        record Authenticate(JsonNode payload) implements Action {
        }

        /** Run this operation; its end is told by {@link #finished}. */
        record Start(Operation operation, JsonNode payload) implements Action {
        }

        /** Cancel this operation and send nothing more of it. */
        record Stop(Operation operation) implements Action {
        }
    }

    /**
     * @param subscriptionsMax
     *            operations at the same time
     */
    TransportWsSession(int subscriptionsMax) {
        this.subscriptionsMax = subscriptionsMax;
    }

    /**
     * @param text
     *            the message; null for a binary one, which the protocol does not have
     */
    List<Action> message(@Nullable String text) {
        if (state == State.CLOSED) {
            return List.of();
        }
        var message = text == null ? MissingNode.getInstance() : parse(text);
        if (!message.isObject() || !message.path("type").isTextual()) {
            return close(4400, "A message must be a JSON object with a type.");
        }
        var payload = message.path("payload");
        return switch (message.path("type").asText()) {
            case "connection_init" -> init(payload);
            case "ping" -> hasObject(payload)
                    ? List.of(new Action.Pong())
                    : close(4400, "The payload of 'ping' must be an object.");
            case "pong" -> hasObject(payload)
                    ? List.of()
                    : close(4400, "The payload of 'pong' must be an object.");
            case "subscribe" -> subscribe(message, payload);
            case "complete" -> complete(message);
            default -> close(4400,
                    "There is no message type '" + shortened(message.path("type").asText()) + "'.");
        };
    }

    private static JsonNode parse(String text) {
        try {
            var node = GraphQlRequest.READER.readTree(text);
            return node == null ? MissingNode.getInstance() : node;
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    private List<Action> init(JsonNode payload) {
        if (state != State.NEW) {
            return close(4429, "Too many initialisation requests");
        }
        if (!hasObject(payload)) {
            return close(4400, "The payload of 'connection_init' must be an object.");
        }
        state = State.INITIALISING;
        return List.of(new Action.Authenticate(payload));
    }

    /** The client is known and welcome. */
    List<Action> authenticated() {
        if (state != State.INITIALISING) {
            return List.of();
        }
        state = State.READY;
        return List.of(new Action.Send("{\"type\":\"connection_ack\"}"));
    }

    /** The client is not welcome. */
    List<Action> refused(String reason) {
        return close(4403, reason);
    }

    /** The client said nothing in time. */
    List<Action> initTimedOut() {
        return state == State.NEW ? close(4408, "Connection initialisation timeout") : List.of();
    }

    private List<Action> subscribe(JsonNode message, JsonNode payload) {
        if (state != State.READY) {
            return close(4401, "Unauthorized");
        }
        var id = message.path("id");
        if (!isId(id)) {
            return close(4400, "A 'subscribe' needs an id of 1 to " + ID_MAX + " characters.");
        }
        if (!payload.isObject()
                || !(payload.path("query").isTextual() || GraphQlRequest.isNamed(payload))) {
            return close(4400, "A 'subscribe' needs a payload with a query.");
        }
        if (active.containsKey(id.asText())) {
            return close(4409, "Subscriber for " + id.asText() + " already exists");
        }
        if (active.size() >= subscriptionsMax) {
            return List.of(new Action.Send(GraphQlJson.message("error", id.asText(),
                    GraphQlJson.errors("SUBSCRIPTION_LIMIT", "This connection has "
                            + subscriptionsMax
                            + " operations already; complete one or open another connection."))));
        }
        var operation = new Operation(id.asText(), started++);
        active.put(operation.id(), operation);
        return List.of(new Action.Start(operation, payload));
    }

    private List<Action> complete(JsonNode message) {
        var id = message.path("id");
        if (!isId(id)) {
            return close(4400, "A 'complete' needs an id.");
        }
        var operation = active.remove(id.asText());
        return operation == null ? List.of() : List.of(new Action.Stop(operation));
    }

    /** The operation is over on our side; its id is free again. False if the client had cancelled it before. */
    boolean finished(Operation operation) {
        return state == State.READY && active.remove(operation.id(), operation);
    }

    /** Whether the client still wants this operation. */
    boolean isActive(Operation operation) {
        return state == State.READY && operation.equals(active.get(operation.id()));
    }

    boolean isReady() {
        return state == State.READY;
    }

    /** The connection is gone or going; nothing counts from now on. */
    void closed() {
        state = State.CLOSED;
        active.clear();
    }

    private List<Action> close(int code, String reason) {
        if (state == State.CLOSED) {
            return List.of();
        }
        closed();
        return List.of(new Action.Close(code, reason));
    }

    private static boolean isId(JsonNode id) {
        return id.isTextual() && !id.asText().isEmpty() && id.asText().length() <= ID_MAX;
    }

    /** The protocol's optional payloads are an object, null or absent. */
    private static boolean hasObject(JsonNode payload) {
        return payload.isMissingNode() || payload.isNull() || payload.isObject();
    }

    private static String shortened(String text) {
        return text.length() <= 30 ? text : text.substring(0, 30) + "…";
    }
}
