package io.tidegate.gateway.graphql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;

/** The JSON of GraphQL responses and of the messages around them. */
final class GraphQlJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private GraphQlJson() {
    }

    static String text(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a response is made of plain values", e);
        }
    }

    /** A list with one error. */
    static List<Map<String, Object>> errors(String code, String message) {
        return List.of(Map.of("message", message, "extensions", Map.of("code", code)));
    }

    /** A protocol message with a payload. */
    static String message(String type, String id, Object payload) {
        return "{\"id\":" + text(id) + ",\"type\":\"" + type + "\",\"payload\":" + text(payload)
                + "}";
    }

    static String message(String type, String id) {
        return "{\"id\":" + text(id) + ",\"type\":\"" + type + "\"}";
    }
}
