package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Server-sent events as a hostile topic and a hostile client would like to bend them. */
class SseConformanceIT {
    private static final String EVIL = "a\n\ndata: {\"op\":\"evil\"}\n\nevent: evil\r\rid: 7\r\n"
            + "b\u2028\u2029\u0000\u0085</script>\ufeff";

    private final Sandboxed lab = Sandboxed.lab();

    private String authorization() {
        return "Authorization: Bearer " + lab.token();
    }

    @Test
    void no_text_of_a_record_ends_its_line_or_begins_another_event() throws Exception {
        lab.publish("lab/sse-escapes", List.of(
                new JsonObject().put("n", 1).put("station", "S").put("note", EVIL).encode(),
                new JsonObject().put("n", 2).put("station", "S").put("note", "last").encode()));
        try (var wire = new Wire(lab.http(""), 0)) {
            wire.request("/streams/lab/sse-escapes/v1?from=earliest", authorization(),
                    "Accept: text/event-stream");
            var text = new StringBuilder();
            while (text.indexOf("\"last\"") < 0) {
                text.append(wire.readText());
            }
            var data = text.toString().split("\r\n|\r|\n", -1);
            var events = Arrays.stream(data).filter(line -> line.startsWith("data:")).toList();
            assertThat(events).hasSize(2);
            assertThat(new JsonObject(events.getFirst().substring(5)).getString("note"))
                    .isEqualTo(EVIL);
            assertThat(Arrays.stream(data).filter(line -> line.startsWith("event:")))
                    .containsOnly("event: upsert");
            assertThat(Arrays.stream(data).filter(line -> line.startsWith("id:")))
                    .hasSize(2).doesNotContain("id: 7");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "7", "a\u0000b", "\u00e9\u00ff", "../../etc/passwd",
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "{\"a\":1}"})
    void a_last_event_id_that_is_no_cursor_is_refused_without_an_echo(String id) throws Exception {
        for (String path : List.of("/streams/lab/sse-escapes/v1",
                "/streams/lab/sse-escapes/v1?from=earliest")) {
            try (var wire = new Wire(lab.http(""), 0)) {
                String head = wire.request(path, authorization(), "Accept: text/event-stream",
                        "Last-Event-ID: " + id);
                assertThat(head).startsWith("HTTP/1.1 400 ").doesNotContain(": " + id + "\r\n");
            }
        }
    }

    @Test
    void a_last_event_id_of_a_megabyte_is_refused_before_it_is_read() throws Exception {
        try (var wire = new Wire(lab.http(""), 0)) {
            String head = wire.request("/streams/lab/sse-escapes/v1", authorization(),
                    "Accept: text/event-stream", "Last-Event-ID: " + "x".repeat(20 * 1024));
            assertThat(head).startsWith("HTTP/1.1 431 ");
        }
    }
}
