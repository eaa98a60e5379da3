package io.tidegate.loadtests.client;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * How a subscriber comes to its events: what it says, and what it must hear before it says the next thing.
 *
 * @param port
 *            on the loopback address
 * @param isWebSocket
 *            whether it has to show signs of life
 */
public record Dial(int port, boolean isWebSocket, List<Step> steps) {

    /**
     * @param send
     *            what is said
     * @param await
     *            the last thing in the answer; what follows it are events
     */
    record Step(byte[] send, String await) {
    }

    public Dial {
        steps = List.copyOf(steps);
    }

    /**
     * The plain stream over a WebSocket.
     *
     * @param path
     *            with the query string
     * @param token
     *            empty = none is needed
     */
    public static Dial webSocket(int port, String path, String token) {
        return new Dial(port, true, List.of(upgrade(path, token, "tidegate.v1")));
    }

    /** The plain stream as server-sent events. */
    public static Dial sse(int port, String path, String token) {
        return new Dial(port, false, List.of(new Step(ascii("GET " + path + " HTTP/1.1\r\n"
                + "Host: localhost\r\nAccept: text/event-stream\r\n" + bearer(token) + "\r\n"),
                "\r\n\r\n")));
    }

    /**
     * A subscription over graphql-transport-ws.
     *
     * @param id
     *            of the operation
     * @param document
     *            without quotation marks
     */
    public static Dial graphQl(int port, String token, String id, String document) {
        return new Dial(port, true, List.of(upgrade("/graphql", token, "graphql-transport-ws"),
                new Step(text("{\"type\":\"connection_init\"}"), "connection_ack"),
                new Step(text("{\"id\":\"" + id
                        + "\",\"type\":\"subscribe\",\"payload\":{\"query\":\"" + document
                        + "\"}}"), "")));
    }

    private static Step upgrade(String path, String token, String protocol) {
        return new Step(ascii("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n"
                + "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n"
                + "Sec-WebSocket-Protocol: " + protocol + "\r\n" + bearer(token) + "\r\n"),
                "\r\n\r\n");
    }

    private static String bearer(String token) {
        return token.isEmpty() ? "" : "Authorization: Bearer " + token + "\r\n";
    }

    /** One masked text frame; the mask is zero, which is one, too. */
    static byte[] text(String text) {
        var payload = ascii(text);
        var out = new ByteArrayOutputStream(payload.length + 8);
        out.write(0x81);
        if (payload.length < 126) {
            out.write(0x80 | payload.length);
        } else {
            out.write(0x80 | 126);
            out.writeBytes(ByteBuffer.allocate(2).putShort((short) payload.length).array());
        }
        out.writeBytes(new byte[4]);
        out.writeBytes(payload);
        return out.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
