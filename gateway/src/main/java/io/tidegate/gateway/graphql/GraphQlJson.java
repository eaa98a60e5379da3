package io.tidegate.gateway.graphql;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** The JSON of GraphQL responses and of the messages around them. */
final class GraphQlJson {
    /** Its buffers are shared by all threads: those of queries live for one request. */
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .recyclerPool(JsonRecyclerPools.sharedConcurrentDequePool()).build());

    private static final byte[] DATA = "{\"data\":".getBytes(StandardCharsets.UTF_8);
    private static final byte[] EXTENSIONS = ",\"extensions\":"
            .getBytes(StandardCharsets.UTF_8);

    private GraphQlJson() {
    }

    static String text(Object value) {
        try {
            return JSON.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a response is made of plain values", e);
        }
    }

    /** The same in UTF-8. */
    static byte[] bytes(Object value) {
        try {
            return JSON.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a response is made of plain values", e);
        }
    }

    /** A response of data alone. */
    static byte[] response(byte[] data) {
        return ByteBuffer.allocate(DATA.length + data.length + 1).put(DATA).put(data)
                .put((byte) '}').array();
    }

    /**
     * A response without errors.
     *
     * @param data
     *            JSON
     * @param extensions
     *            JSON
     */
    static byte[] response(byte[] data, byte[] extensions) {
        return ByteBuffer
                .allocate(DATA.length + data.length + EXTENSIONS.length + extensions.length + 1)
                .put(DATA).put(data).put(EXTENSIONS).put(extensions).put((byte) '}').array();
    }

    /** A list with one error. */
    static List<Map<String, Object>> errors(String code, String message) {
        return List.of(Map.of("message", message, "extensions", Map.of("code", code)));
    }

    /**
     * A protocol message.
     *
     * @param payload
     *            JSON
     */
    static String message(String type, String id, byte[] payload) {
        return "{\"id\":" + text(id) + ",\"type\":\"" + type + "\",\"payload\":"
                + new String(payload, StandardCharsets.UTF_8) + "}";
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
