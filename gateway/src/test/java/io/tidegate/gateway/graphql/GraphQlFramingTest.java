package io.tidegate.gateway.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidegate.gateway.delivery.FrameBuffer;
import io.tidegate.gateway.feed.Op;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GraphQlFramingTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final io.tidegate.gateway.feed.Event EVENT = new io.tidegate.gateway.feed.Event(
            0, 1, 0, Op.UPSERT, List.of("k"), Instant.EPOCH, null, null);

    @ParameterizedTest
    @ValueSource(strings = {"1", "3f0c1f6e-5b8d-4c1e-9a58-8d1b5a0f6a11", "\"\\\n", "é😀\u2028"})
    void a_next_message_carries_the_id_the_result_and_what_is_attached(String id) throws Exception {
        var idJson = JSON.writeValueAsBytes(id);
        for (var attached : List.of("",
                "\"gaps\":[{\"reason\":\"RETENTION\"},{\"reason\":\"EPOCH\"}],\"notices\":[{\"version\":\"2.1-β\"}]")) {
            var out = new FrameBuffer();
            new TransportWsFraming(idJson.length).event(out, EVENT, Op.UPSERT, "c",
                    "{\"data\":{\"a\":\"x\"}}".getBytes(StandardCharsets.UTF_8), attached);
            var frames = out.finish();
            var bytes = frames.bytes();
            assertThat(frames.holes()).hasSize(1);
            System.arraycopy(idJson, 0, bytes, frames.holes()[0], idJson.length);

            int header = bytes[1] == 126 ? 4 : 2;
            int length = header == 4 ? (bytes[2] & 255) << 8 | bytes[3] & 255 : bytes[1];
            assertThat(bytes.length).isEqualTo(header + length);
            var message = JSON.readTree(bytes, header, length);
            assertThat(message.path("type").asText()).isEqualTo("next");
            assertThat(message.path("id").asText()).isEqualTo(id);
            assertThat(message.at("/payload/data/a").asText()).isEqualTo("x");
            assertThat(message.at("/payload/extensions/tidegate/gaps").size())
                    .isEqualTo(attached.isEmpty() ? 0 : 2);
            assertThat(message.at("/payload/extensions/tidegate/notices/0/version").asText())
                    .isEqualTo(attached.isEmpty() ? "" : "2.1-β");
        }
    }

    @Test
    void an_sse_event_is_three_lines_whatever_the_payload() throws Exception {
        var body = JSON.writeValueAsBytes(java.util.Map.of("data", "a\nb\rc\u2028d\u0000e\r\n\n"));
        var out = new FrameBuffer();
        new SseFraming().event(out, EVENT, Op.UPSERT, "EAc", body,
                "\"gaps\":[{\"reason\":\"EPOCH\"}]");

        var text = new String(out.finish().bytes(), StandardCharsets.UTF_8);

        assertThat(text).startsWith("event: next\nid: EAc\ndata: ").endsWith("\n\n");
        assertThat(text.split("[\r\n]", -1)).hasSize(5);
        var data = JSON.readTree(text.lines().toList().get(2).substring(6));
        assertThat(data.path("data").asText()).isEqualTo("a\nb\rc\u2028d\u0000e\r\n\n");
        assertThat(data.at("/extensions/tidegate/gaps/0/reason").asText()).isEqualTo("EPOCH");
    }
}
