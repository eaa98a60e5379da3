package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What RFC 6455 forbids, said to both of the gateway's WebSockets octet by octet. */
class WebSocketConformanceIT {
    private final Sandboxed lab = Sandboxed.lab();

    private static byte[] bytes(int... octets) {
        var bytes = new byte[octets.length];
        for (int i = 0; i < octets.length; i++) {
            bytes[i] = (byte) octets[i];
        }
        return bytes;
    }

    static Stream<Arguments> breaches() {
        byte[] hello = "{}".getBytes(StandardCharsets.UTF_8);
        return Stream.of(
                Arguments.of("an unmasked frame", bytes(0x81, 2, '{', '}'), 1002),
                Arguments.of("RSV1 without an extension", Wire.frame(0xc1, hello), 1002),
                Arguments.of("RSV2", Wire.frame(0xa1, hello), 1002),
                Arguments.of("RSV3", Wire.frame(0x91, hello), 1002),
                Arguments.of("a reserved opcode", Wire.frame(0x83, hello), 1002),
                Arguments.of("a reserved control opcode", Wire.frame(0x8b, hello), 1002),
                Arguments.of("a ping in fragments", Wire.frame(0x09, hello), 1002),
                Arguments.of("a ping of 126 octets", Wire.frame(0x89, new byte[126]), 1002),
                Arguments.of("a continuation of nothing", Wire.frame(0x80, hello), 1002),
                Arguments.of("a message within a message",
                        joined(Wire.frame(0x01, hello), Wire.text("{}")), 1002),
                Arguments.of("a length of 16 bits that needs 7",
                        bytes(0x81, 0x80 | 126, 0, 2, 0, 0, 0, 0, '{', '}'), 1002),
                Arguments.of("a length of 64 bits that needs 7",
                        bytes(0x81, 0x80 | 127, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, '{', '}'),
                        1002),
                Arguments.of("a close with half a code", Wire.frame(0x88, bytes(3)), 1002),
                Arguments.of("a close with code 1005", Wire.frame(0x88, bytes(0x03, 0xed)), 1002),
                Arguments.of("a close with code 999", Wire.frame(0x88, bytes(0x03, 0xe7)), 1002),
                Arguments.of("a close whose reason is no UTF-8",
                        Wire.frame(0x88, bytes(0x03, 0xe8, 0xc3, 0x28)), 1007),
                Arguments.of("a text that is no UTF-8",
                        Wire.frame(0x81, bytes('{', 0xc3, 0x28, '}')), 1007),
                Arguments.of("a text with half a surrogate pair",
                        Wire.frame(0x81, bytes(0xed, 0xa0, 0x80)), 1007),
                Arguments.of("a text that ends within a character",
                        Wire.frame(0x81, bytes('{', 0xe2, 0x82)), 1007),
                Arguments.of("a length with its highest bit set",
                        bytes(0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 1002),
                Arguments.of("an announced length of 2^62",
                        bytes(0x81, 0xff, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), 1009),
                Arguments.of("a frame of 64 KiB and one octet",
                        Wire.frame(0x81, new byte[64 * 1024 + 1]), 1009),
                Arguments.of("a message of 256 KiB and more",
                        joined(Wire.frame(0x01, spaces(60_000)), Wire.frame(0, spaces(60_000)),
                                Wire.frame(0, spaces(60_000)), Wire.frame(0, spaces(60_000)),
                                Wire.frame(0x80, spaces(60_000))),
                        1009),
                Arguments.of("a message in very many fragments",
                        joined(Wire.frame(0x01, hello), many(Wire.frame(0, spaces(1)), 2000)),
                        1008),
                Arguments.of("a message in empty fragments without an end",
                        joined(Wire.frame(0x01, hello), many(Wire.frame(0, new byte[0]), 2000)),
                        1008),
                Arguments.of("a flood of pings", many(Wire.frame(0x89, hello), 1000), 1008));
    }

    private static byte[] spaces(int count) {
        var spaces = new byte[count];
        Arrays.fill(spaces, (byte) ' ');
        return spaces;
    }

    private static byte[] many(byte[] frame, int times) {
        var out = new ByteArrayOutputStream();
        for (int i = 0; i < times; i++) {
            out.writeBytes(frame);
        }
        return out.toByteArray();
    }

    private static byte[] joined(byte[]... frames) {
        var out = new ByteArrayOutputStream();
        for (byte[] frame : frames) {
            out.writeBytes(frame);
        }
        return out.toByteArray();
    }

    @ParameterizedTest(name = "{0} closes with {2}")
    @MethodSource("breaches")
    void closes_with_the_code_that_the_breach_has(String what, byte[] said, int code)
            throws Exception {
        try (var wire = new Wire(lab.http(""), 0).upgraded("/graphql", "graphql-transport-ws")) {
            wire.send(said);
            assertThat(wire.closed().code()).as(what).isEqualTo(code);
        }
        try (var wire = new Wire(lab.http(""), 0).upgraded("/streams/lab/misbehaviour/v1",
                "tidegate.v1", "Authorization: Bearer " + lab.token())) {
            wire.send(said);
            assertThat(wire.closed().code()).as(what).isEqualTo(code);
        }
    }

    @Test
    void what_the_protocol_allows_is_no_breach() throws Exception {
        try (var wire = new Wire(lab.http(""), 0).upgraded("/graphql", "graphql-transport-ws")) {
            // A pong that nobody asked for, a ping between two fragments, an empty fragment, a character in two of them.
            wire.send(Wire.frame(0x8a, bytes('?')));
            byte[] init = ("{\"type\":\"connection_init\",\"payload\":{\"é\":1,\"authorization\":\"Bearer "
                    + lab.token() + "\"}}").getBytes(StandardCharsets.UTF_8);
            int within = new String(init, StandardCharsets.ISO_8859_1).indexOf(0xc3) + 1;
            wire.send(Wire.frame(0x01, Arrays.copyOf(init, within)));
            wire.send(Wire.frame(0x89, bytes('a')));
            wire.send(Wire.frame(0x00, new byte[0]));
            wire.send(Wire.frame(0x80, Arrays.copyOfRange(init, within, init.length)));
            assertThat(text(wire.readFrame())).isEqualTo("\u008aa");
            assertThat(text(wire.readFrame())).isEqualTo("\u0081{\"type\":\"connection_ack\"}");

            wire.send(Wire.frame(0x88, bytes(0x03, 0xe8)));
            assertThat(wire.closed().code()).isEqualTo(1000);
        }
    }

    /** What the sub-protocol allows: the id of an operation that the client has completed is free again at once. */
    @Test
    void an_id_that_is_given_again_is_that_of_the_later_operation_alone() throws Exception {
        lab.publish("lab/socket-again", Lab.readings(0, 2));
        try (var wire = new Wire(lab.http(""), 0).upgraded("/graphql", "graphql-transport-ws")) {
            wire.send(Wire
                    .text("{\"type\":\"connection_init\",\"payload\":{\"authorization\":\"Bearer "
                            + lab.token() + "\"}}"));
            assertThat(text(wire.readFrame())).contains("connection_ack");
            byte[] subscribe = Wire
                    .text("{\"type\":\"subscribe\",\"id\":\"a\",\"payload\":{\"query\":"
                            + "\"subscription { labSocketAgain(from: \\\"earliest\\\") { value { n } } }\"}}");
            byte[] complete = Wire.text("{\"type\":\"complete\",\"id\":\"a\"}");
            wire.send(joined(subscribe, complete, subscribe, complete, subscribe));
            var numbers = new java.util.ArrayList<String>();
            while (!numbers.contains("1")) {
                numbers.addAll(numbers(wire.readFrame()));
            }
            lab.publish("lab/socket-again", Lab.readings(2, 4));
            while (!numbers.contains("3")) {
                numbers.addAll(numbers(wire.readFrame()));
            }
            wire.send(Wire.text("{\"type\":\"ping\"}"));
            for (var frame = wire.readFrame(); !text(frame).contains("\"pong\""); frame = wire
                    .readFrame()) {
                numbers.addAll(numbers(frame));
            }
            assertThat(numbers).containsExactly("0", "1", "2", "3");
        }
    }

    private static java.util.List<String> numbers(byte[] frame) {
        return java.util.regex.Pattern.compile("\"n\":([0-9]+)").matcher(text(frame)).results()
                .map(each -> each.group(1)).toList();
    }

    private static String text(byte[] frame) {
        return new String(frame, StandardCharsets.ISO_8859_1);
    }

    @Test
    void pings_of_the_sub_protocol_are_answered_ten_times_a_second_at_most() throws IOException {
        try (var wire = new Wire(lab.http(""), 0).upgraded("/graphql", "graphql-transport-ws")) {
            wire.send(many(Wire.text("{\"type\":\"ping\"}"), 500));
            int pongs = 0;
            var frame = wire.readFrame();
            while ((frame[0] & 0xf) == 1) {
                pongs++;
                frame = wire.readFrame();
            }
            assertThat(pongs).isBetween(10, 20);
            assertThat(frame[1] << 8 | frame[2] & 0xff).isEqualTo(1008);
        }
    }
}
