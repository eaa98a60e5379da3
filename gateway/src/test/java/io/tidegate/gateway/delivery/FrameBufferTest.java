package io.tidegate.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameBufferTest {
    private static final WebSocketDecoderConfig CLIENT = WebSocketDecoderConfig.newBuilder()
            .expectMaskedFrames(false).maxFramePayloadLength(1 << 20).build();

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 127, 65_535, 65_536, 70_000})
    void frames_of_any_length_read_back_with_another_decoder(int length) {
        var out = new FrameBuffer();
        out.webSocketText(length).utf8("x".repeat(length));
        out.webSocketText(2).ascii("ok");
        var channel = new EmbeddedChannel(new WebSocket13FrameDecoder(CLIENT));

        channel.writeInbound(Unpooled.wrappedBuffer(out.finish().bytes()));

        TextWebSocketFrame first = channel.readInbound();
        TextWebSocketFrame second = channel.readInbound();
        assertThat(first.text()).isEqualTo("x".repeat(length));
        assertThat(first.isFinalFragment()).isTrue();
        assertThat(second.text()).isEqualTo("ok");
        first.release();
        second.release();
        assertThat(channel.finish()).isFalse();
    }

    @Test
    void holes_stand_where_the_ids_go_however_many_there_are() {
        var out = new FrameBuffer();
        for (int i = 0; i < 100; i++) {
            out.ascii("id=").hole(4).ascii(";");
            out.countEvent();
        }

        var frames = out.finish();
        var bytes = frames.bytes();
        for (int hole : frames.holes()) {
            System.arraycopy("\"ab\"".getBytes(), 0, bytes, hole, 4);
        }

        assertThat(frames.events()).isEqualTo(100);
        assertThat(new String(bytes)).isEqualTo("id=\"ab\";".repeat(100));
    }
}
