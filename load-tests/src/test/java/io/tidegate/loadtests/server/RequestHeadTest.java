package io.tidegate.loadtests.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestHeadTest {
    @Test
    void answers_a_handshake_with_the_key_of_the_protocol() {
        var head = new RequestHead(
                "GET /?key=SHP-1&from=earliest HTTP/1.1\r\nUpgrade: websocket\r\n"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
        assertThat(head.wire()).isEqualTo(Wire.WEBSOCKET);
        assertThat(head.answer()).startsWith("HTTP/1.1 101 ").endsWith("\r\n\r\n")
                .contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
        assertThat(head.parameter("key")).isEqualTo("SHP-1");
        assertThat(head.parameter("from")).isEqualTo("earliest");
        assertThat(head.parameter("to")).isEmpty();
    }

    @Test
    void a_request_without_a_handshake_gets_chunks_of_server_sent_events() {
        var head = new RequestHead("GET / HTTP/1.1\r\nAccept: text/event-stream\r\n\r\n");
        assertThat(head.wire()).isEqualTo(Wire.SSE);
        assertThat(head.answer()).startsWith("HTTP/1.1 200 ").endsWith("chunked\r\n\r\n");

        var out = Unpooled.buffer();
        Wire.SSE.frame(out, "x".repeat(250).getBytes(StandardCharsets.US_ASCII));
        assertThat(out.toString(StandardCharsets.US_ASCII))
                .isEqualTo("102\r\ndata: " + "x".repeat(250) + "\n\n\r\n");
    }
}
