package io.tidegate.gateway.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.tidegate.contract.DataProduct.BadRecord;
import io.tidegate.gateway.delivery.FrameBuffer;
import io.tidegate.gateway.delivery.Framing;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.TestProducts;
import io.tidegate.gateway.shape.PlainShape;
import io.tidegate.gateway.shape.RowMasks;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.schema.Row;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames read back, whatever text the data holds. */
class PlainFramingTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NASTY = "a\nb\rc\r\nd\u2028e\u2029f\u0000g\u0085h\"i\\j\uD83D\uDE00k\n\ndata: x\n\n";

    private static byte[] two(Framing framing, String text, PlainShape.Form form) {
        var shape = new PlainShape(TestProducts.counts("t", BadRecord.SKIP), form, Set.of(),
                Set.of(), RowMasks.NONE, "https://example.com");
        var event = new Event(0, 1, 0, Op.UPSERT, List.of(text), Instant.EPOCH,
                new Row(TestProducts.COUNT, new Object[]{text, 1L}), null);
        var gone = new Event(0, 2, 0, Op.DELETE, List.of(text), Instant.EPOCH, null, null);
        var out = new FrameBuffer();
        framing.event(out, event, event.op(), "cur-1", shape.render(event, event.op(), "cur-1"),
                "");
        framing.gap(out, "{\"reason\":\"retention\"}", "cur-2");
        framing.notice(out, "{\"code\":\"snapshot-end\"}", "cur-3");
        framing.event(out, gone, gone.op(), "cur-4", shape.render(gone, gone.op(), "cur-4"), "");
        return out.finish().bytes();
    }

    private static List<String> webSocketTexts(byte[] bytes) {
        var channel = new EmbeddedChannel(
                new WebSocket13FrameDecoder(WebSocketDecoderConfig.newBuilder()
                        .expectMaskedFrames(false).maxFramePayloadLength(1 << 20).build()));
        channel.writeInbound(Unpooled.wrappedBuffer(bytes));
        var texts = new ArrayList<String>();
        for (Object frame = channel.readInbound(); frame != null; frame = channel.readInbound()) {
            texts.add(((TextWebSocketFrame) frame).text());
            ((TextWebSocketFrame) frame).release();
        }
        channel.finishAndReleaseAll();
        return texts;
    }

    private static void assertTexts(List<String> texts, String text) throws Exception {
        assertThat(texts).hasSize(4);
        var event = JSON.readTree(texts.get(0));
        assertThat(event.at("/value/id").textValue()).isEqualTo(text);
        assertThat(event.get("cursor").textValue()).isEqualTo("cur-1");
        assertThat(texts.get(1)).isEqualTo("{\"gap\":{\"reason\":\"retention\"}}");
        assertThat(texts.get(2)).isEqualTo("{\"notice\":{\"code\":\"snapshot-end\"}}");
        var gone = JSON.readTree(texts.get(3));
        assertThat(gone.get("op").textValue()).isEqualTo("delete");
        assertThat(gone.at("/key/id").textValue()).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "", NASTY})
    void a_web_socket_has_one_text_message_an_event(String text) throws Exception {
        assertTexts(webSocketTexts(two(PlainFraming.WEBSOCKET, text, PlainShape.Form.EVENT)), text);
    }

    @ParameterizedTest
    @ValueSource(ints = {80, 126, 65_536})
    void a_web_socket_message_may_be_of_any_length(int length) throws Exception {
        var text = "é".repeat(length);

        assertTexts(webSocketTexts(two(PlainFraming.WEBSOCKET, text, PlainShape.Form.EVENT)), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "", NASTY})
    void ndjson_has_one_line_an_event(String text) throws Exception {
        var body = new String(two(PlainFraming.NDJSON, text, PlainShape.Form.EVENT),
                StandardCharsets.UTF_8);

        assertThat(body).endsWith("}\n").doesNotContain("\r", "\u0000");
        assertTexts(List.of(body.split("\n")), text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "", NASTY})
    void sse_has_one_message_an_event_with_its_cursor_as_its_id(String text) throws Exception {
        var messages = SseMessage.read(new String(
                two(PlainFraming.SSE, text, PlainShape.Form.VALUE), StandardCharsets.UTF_8));

        assertThat(messages).extracting(SseMessage::event).containsExactly("upsert", "gap",
                "notice", "delete");
        assertThat(messages).extracting(SseMessage::id).containsExactly("cur-1", "cur-2", "cur-3",
                "cur-4");
        assertThat(JSON.readTree(messages.get(0).data()).get("id").textValue()).isEqualTo(text);
        assertThat(messages.get(1).data()).isEqualTo("{\"reason\":\"retention\"}");
        assertThat(messages.get(2).data()).isEqualTo("{\"code\":\"snapshot-end\"}");
        assertThat(JSON.readTree(messages.get(3).data()).get("id").textValue()).isEqualTo(text);
    }

    /** A message as a browser's EventSource makes it (HTML Living Standard section 9.2.6). */
    private record SseMessage(String event, String id, String data) {
        static List<SseMessage> read(String stream) {
            var messages = new ArrayList<SseMessage>();
            var event = "message";
            var id = "";
            var data = new ArrayList<String>();
            for (var line : stream.split("\r\n|\n|\r", -1)) {
                int colon = line.indexOf(':');
                var name = colon < 0 ? line : line.substring(0, colon);
                var value = colon < 0 ? "" : line.substring(colon + 1).replaceFirst("^ ", "");
                switch (name) {
                    case "event" -> event = value;
                    case "id" -> id = value;
                    case "data" -> data.add(value);
                    default -> {
                        if (line.isEmpty() && !data.isEmpty()) {
                            messages.add(new SseMessage(event, id, String.join("\n", data)));
                            data.clear();
                            event = "message";
                        }
                    }
                }
            }
            return messages;
        }
    }

    @Test
    void a_frame_of_its_own_reads_back_in_every_framing() {
        var end = PlainFraming.end(EndReason.DRAINING, "cur-9");

        assertThat(end).isEqualTo(
                "{\"reason\":\"draining\",\"message\":\"The gateway is restarting; resume from the cursor.\",\"cursor\":\"cur-9\"}");
        assertThat(webSocketTexts(PlainFraming.WEBSOCKET.frame("end", end, "cur-9")))
                .containsExactly("{\"end\":" + end + "}");
        assertThat(new String(PlainFraming.NDJSON.frame("end", end, "cur-9"),
                StandardCharsets.UTF_8)).isEqualTo("{\"end\":" + end + "}\n");
        assertThat(SseMessage.read(new String(PlainFraming.SSE.frame("end", end, "cur-9"),
                StandardCharsets.UTF_8))).containsExactly(new SseMessage("end", "cur-9", end));
    }
}
