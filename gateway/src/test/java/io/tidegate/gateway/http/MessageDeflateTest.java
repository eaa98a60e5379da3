package io.tidegate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.tidegate.gateway.delivery.FrameBuffer;
import io.tidegate.gateway.delivery.Frames;
import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageDeflateTest {
    private static final int MESSAGE_MAX = 256 * 1024;

    private final MessageDeflate deflate = new MessageDeflate(MESSAGE_MAX);

    @AfterEach
    void close() {
        deflate.close();
    }

    // ---- out ----

    /** A frame as a client sees it: its first octet, its payload as it came, and the text in it. */
    private record Seen(int first, int length, String text) {
    }

    /** Reads frames as RFC 6455 and 7692 have it, each message with an inflater of its own. */
    private static List<Seen> read(byte[] bytes) throws DataFormatException {
        var seen = new ArrayList<Seen>();
        var in = ByteBuffer.wrap(bytes);
        while (in.hasRemaining()) {
            int first = in.get() & 0xff;
            int length = in.get() & 0xff;
            if (length == 126) {
                length = in.getShort() & 0xffff;
            } else if (length == 127) {
                length = Math.toIntExact(in.getLong());
            }
            var payload = new byte[length];
            in.get(payload);
            var text = (first & 0x40) == 0 ? payload : inflated(payload);
            seen.add(new Seen(first, length, new String(text, StandardCharsets.UTF_8)));
        }
        return seen;
    }

    private static byte[] inflated(byte[] payload) throws DataFormatException {
        var whole = Arrays.copyOf(payload, payload.length + 4);
        whole[whole.length - 2] = (byte) 0xff;
        whole[whole.length - 1] = (byte) 0xff;
        var inflater = new Inflater(true);
        try {
            inflater.setInput(whole);
            var out = new ByteArrayOutputStream();
            var piece = new byte[4096];
            for (int n = inflater.inflate(piece); n > 0; n = inflater.inflate(piece)) {
                out.write(piece, 0, n);
            }
            assertThat(inflater.getRemaining()).as("all of it is used").isZero();
            return out.toByteArray();
        } finally {
            inflater.end();
        }
    }

    private static byte[] with(Frames frames, byte[] id) {
        var bytes = frames.bytes().clone();
        for (int hole : frames.holes()) {
            System.arraycopy(id, 0, bytes, hole, id.length);
        }
        return bytes;
    }

    private static List<String> texts(List<Seen> seen) {
        return seen.stream().map(Seen::text).toList();
    }

    static LongStream seeds() {
        return LongStream.range(0, 300);
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void inflated_frames_are_the_plain_ones_with_the_id_of_each_client(long seed)
            throws DataFormatException {
        var random = new Random(seed);
        int idBytes = 1 + random.nextInt(random.nextInt(8) == 0 ? 2000 : 40);
        var plain = batch(random, idBytes);

        var deflated = deflate.deflate(plain, idBytes);

        assertThat(deflated.holes()).hasSameSizeAs(plain.holes());
        assertThat(deflated.bytes().length).isLessThanOrEqualTo(plain.bytes().length);
        for (int client = 0; client < 2; client++) {
            var id = text(random, idBytes).getBytes(StandardCharsets.US_ASCII);
            var expected = read(with(plain, id));
            var seen = read(with(deflated, id));
            assertThat(texts(seen)).isEqualTo(texts(expected));
            for (int i = 0; i < seen.size(); i++) {
                assertThat(seen.get(i).first()).isIn(0x81, 0xc1);
                if (seen.get(i).first() == 0x81) {
                    assertThat(seen.get(i)).isEqualTo(expected.get(i));
                } else {
                    assertThat(seen.get(i).length()).isLessThan(expected.get(i).length());
                }
            }
        }
    }

    /** Frames with no hole, one or two, anywhere in them; with short texts, long ones and some that cannot shrink. */
    private static Frames batch(Random random, int idBytes) {
        var out = new FrameBuffer();
        int count = 1 + random.nextInt(20);
        for (int i = 0; i < count; i++) {
            var pieces = new ArrayList<byte[]>();
            int holes = random.nextInt(8) == 0 ? 2 : random.nextInt(2);
            for (int piece = 0; piece <= holes; piece++) {
                pieces.add(piece(random));
            }
            out.webSocketText(pieces.stream().mapToInt(p -> p.length).sum() + holes * idBytes);
            out.bytes(pieces.getFirst());
            for (var piece : pieces.subList(1, pieces.size())) {
                out.hole(idBytes).bytes(piece);
            }
            out.countEvent();
        }
        return out.finish();
    }

    private static byte[] piece(Random random) {
        return switch (random.nextInt(6)) {
            case 0 -> new byte[0];
            case 1 -> text(random, random.nextInt(60)).getBytes(StandardCharsets.UTF_8);
            case 2 -> text(random, random.nextInt(5000)).getBytes(StandardCharsets.UTF_8);
            case 3 -> "{\"n\":1,\"Ort\":\"Göteborg\"},".repeat(random.nextInt(20))
                    .getBytes(StandardCharsets.UTF_8);
            case 4 -> "{\"station\":\"S1\",\"note\":\"→ °C\"}"
                    .repeat(random.nextInt(random.nextInt(10) == 0 ? 12_000 : 100))
                    .getBytes(StandardCharsets.UTF_8);
            default -> json(random).getBytes(StandardCharsets.UTF_8);
        };
    }

    private static String json(Random random) {
        var json = new StringBuilder("{\"cursor\":\"").append(text(random, 44))
                .append("\",\"op\":\"upsert\",\"value\":{");
        for (int i = random.nextInt(30); i >= 0; i--) {
            json.append("\"field").append(i).append("\":\"").append(random.nextInt(1000))
                    .append("\",");
        }
        return json.append("\"end\":null}}").toString();
    }

    private static String text(Random random, int length) {
        var text = new StringBuilder();
        while (text.length() < length) {
            text.append((char) ('0' + random.nextInt(70)));
        }
        return text.toString();
    }

    @Test
    void events_as_they_are_shrink_and_the_id_stays_readable() throws DataFormatException {
        var out = new FrameBuffer();
        byte[] before = "{\"type\":\"next\",\"id\":".getBytes(StandardCharsets.US_ASCII);
        byte[] after = (",\"payload\":{\"data\":{\"orders\":{\"cursor\":\"EHJ2mW0000000000\",\"value\":{"
                + "\"order_id\":\"1\",\"order_status\":\"sent\",\"order_total\":\"12.50\","
                + "\"order_currency\":\"SEK\",\"order_country\":\"SE\"}}}}}")
                .getBytes(StandardCharsets.US_ASCII);
        out.webSocketText(before.length + 4 + after.length).bytes(before).hole(4).bytes(after);

        var deflated = deflate.deflate(out.finish(), 4);

        assertThat(deflated.bytes()[0] & 0xff).isEqualTo(0xc1);
        assertThat(deflated.holes()).hasSize(1);
        assertThat(read(with(deflated, "\"ab\"".getBytes(StandardCharsets.US_ASCII))).getFirst()
                .text()).startsWith("{\"type\":\"next\",\"id\":\"ab\",\"payload\":{");
    }

    @Test
    void a_message_too_long_to_deflate_on_an_event_loop_goes_as_it_is() {
        var out = new FrameBuffer();
        out.webSocketText(300_000).utf8("x".repeat(300_000));
        var plain = out.finish();

        assertThat(deflate.deflate(plain, 0).bytes()).isEqualTo(plain.bytes());
    }

    @Test
    void after_the_end_frames_go_as_they_are_and_nothing_is_inflated() {
        var out = new FrameBuffer();
        out.webSocketText(1000).utf8("x".repeat(1000));
        var plain = out.finish();
        deflate.close();
        deflate.close();

        assertThat(deflate.deflate(plain, 0)).isSameAs(plain);
        assertThat(closing(() -> deflate.inflate(new byte[10]))).isEqualTo(1001);
    }

    // ---- in ----

    private static byte[] deflated(byte[] text, int level, boolean isFinished) {
        var deflater = new Deflater(level, true);
        try {
            deflater.setInput(text);
            var out = new ByteArrayOutputStream();
            var piece = new byte[64 * 1024];
            if (isFinished) {
                deflater.finish();
            }
            int n;
            do {
                n = deflater.deflate(piece, 0, piece.length,
                        isFinished ? Deflater.NO_FLUSH : Deflater.SYNC_FLUSH);
                out.write(piece, 0, n);
            } while (n == piece.length || isFinished && !deflater.finished());
            var whole = out.toByteArray();
            return isFinished ? whole : Arrays.copyOf(whole, whole.length - 4);
        } finally {
            deflater.end();
        }
    }

    private static byte[] deflated(String text) {
        return deflated(text.getBytes(StandardCharsets.UTF_8), 6, false);
    }

    private static int closing(Runnable reading) {
        try {
            reading.run();
        } catch (CorruptedWebSocketFrameException e) {
            return e.closeStatus().code();
        }
        return 0;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 6, 9})
    void messages_of_any_level_and_ending_are_inflated(int level) {
        for (int length : new int[]{0, 1, 100, 16 * 1024, 70_000, MESSAGE_MAX}) {
            var text = text(new Random(length), length).getBytes(StandardCharsets.US_ASCII);
            for (boolean isFinished : new boolean[]{false, true}) {
                var inflated = deflate.inflate(deflated(text, level, isFinished));
                assertThat(inflated.toString(StandardCharsets.US_ASCII))
                        .isEqualTo(new String(text, StandardCharsets.US_ASCII));
            }
        }
        var padded = deflated("{}".getBytes(StandardCharsets.US_ASCII), level, true);
        assertThat(deflate.inflate(Arrays.copyOf(padded, padded.length + 1))
                .toString(StandardCharsets.US_ASCII)).isEqualTo("{}");
    }

    @Test
    void a_bomb_is_refused_with_1009_before_it_takes_memory() {
        var bomb = deflated(new byte[60_000_000], 9, false);
        var oneTooMany = deflated(new byte[MESSAGE_MAX + 1], 9, false);
        assertThat(bomb.length).isLessThan(64 * 1024);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        closing(() -> deflate.inflate(bomb));
        long before = threads.getCurrentThreadAllocatedBytes();

        int code = closing(() -> deflate.inflate(bomb));

        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1 << 20);
        assertThat(code).isEqualTo(1009);
        assertThat(closing(() -> deflate.inflate(oneTooMany))).isEqualTo(1009);
        assertThat(deflate.inflate(deflated("still here")).toString(StandardCharsets.US_ASCII))
                .isEqualTo("still here");
    }

    @Test
    void what_is_not_deflated_ends_in_1007_or_a_bounded_text() {
        assertThat(closing(() -> deflate.inflate(new byte[]{(byte) 0xff, 1, 2, 3})))
                .isEqualTo(1007);
        var twice = deflated("{}".getBytes(StandardCharsets.US_ASCII), 6, true);
        var joined = Arrays.copyOf(twice, twice.length * 2);
        System.arraycopy(twice, 0, joined, twice.length, twice.length);
        assertThat(closing(() -> deflate.inflate(joined))).isEqualTo(1007);
        for (int seed = 0; seed < 3000; seed++) {
            var random = new Random(seed);
            var noise = seed % 2 == 0 ? new byte[random.nextInt(300)] : deflated(json(random));
            if (seed % 2 == 0) {
                random.nextBytes(noise);
            } else {
                noise[random.nextInt(noise.length)] ^= (byte) (1 << random.nextInt(8));
            }
            assertThat(closing(() -> assertThat(deflate.inflate(noise).readableBytes())
                    .isLessThanOrEqualTo(MESSAGE_MAX))).isIn(0, 1007, 1009);
        }
    }

    @Test
    void fragments_are_put_together_and_what_is_between_them_passes() {
        var inflation = new Inflation(deflate);
        var whole = deflated("{\"token\":\"a.b.c\",\"from\":\"earliest\"}");
        var ping = new PingWebSocketFrame();
        var plain = new TextWebSocketFrame(false, 0, "{\"pause\"");
        var rest = new ContinuationWebSocketFrame(true, 0, ":true}");

        assertThat(inflation.read(frame(true, false, whole, 0, 3))).isNull();
        assertThat(inflation.read(ping)).isSameAs(ping);
        assertThat(inflation.read(frame(false, false, whole, 3, 9))).isNull();
        var text = (WebSocketFrame) inflation.read(frame(false, true, whole, 9, whole.length));
        assertThat(text).isInstanceOf(TextWebSocketFrame.class);
        assertThat(text.isFinalFragment()).isTrue();
        assertThat(text.rsv()).isZero();
        assertThat(text.content().toString(StandardCharsets.UTF_8))
                .isEqualTo("{\"token\":\"a.b.c\",\"from\":\"earliest\"}");
        assertThat(inflation.read(plain)).isSameAs(plain);
        assertThat(inflation.read(rest)).isSameAs(rest);
        assertThat(inflation.read(new BinaryWebSocketFrame(true, 4,
                Unpooled.wrappedBuffer(deflated("x"))))).isInstanceOf(BinaryWebSocketFrame.class);
        List.of(ping, plain, rest).forEach(WebSocketFrame::release);
    }

    private static WebSocketFrame frame(boolean isFirst, boolean isLast, byte[] whole, int from,
            int to) {
        var part = Unpooled.copiedBuffer(whole, from, to - from);
        return isFirst
                ? new TextWebSocketFrame(isLast, 4, part)
                : new ContinuationWebSocketFrame(isLast, 0, part);
    }

    @Test
    void bits_that_mean_nothing_end_in_1002_and_endless_fragments_in_1009() {
        for (var frame : List.of(new TextWebSocketFrame(true, 2, "{}"),
                new TextWebSocketFrame(true, 5, "{}"),
                new ContinuationWebSocketFrame(true, 4, "{}"),
                new PingWebSocketFrame(true, 4, Unpooled.EMPTY_BUFFER))) {
            assertThat(closing(() -> new Inflation(deflate).read(frame))).isEqualTo(1002);
        }
        var inflation = new Inflation(deflate);
        var part = new byte[60_000];
        assertThat(inflation.read(frame(true, false, part, 0, part.length))).isNull();
        assertThatThrownBy(() -> {
            for (int i = 0; i < 5; i++) {
                assertThat(inflation.read(frame(false, false, part, 0, part.length))).isNull();
            }
        }).isInstanceOfSatisfying(CorruptedWebSocketFrameException.class,
                e -> assertThat(e.closeStatus().code()).isEqualTo(1009));
    }
}
