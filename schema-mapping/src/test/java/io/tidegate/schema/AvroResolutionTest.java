package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What one schema wrote, read as another: what a value means survives, whatever its unit. */
class AvroResolutionTest {
    private static final String UUID_TEXT = "48 "
            + HexFormat.of().formatHex("0f8fad5b-d9cb-469f-a165-70867728950e"
                    .getBytes(java.nio.charset.StandardCharsets.US_ASCII));

    private static String logical(String base, String logicalType) {
        return "{\"type\":\"" + base + "\",\"logicalType\":\"" + logicalType + "\"}";
    }

    private static String connect(String base, String name) {
        return "{\"type\":\"" + base + "\",\"connect.name\":\"" + name + "\"}";
    }

    private static String decimal(int precision, int scale) {
        return "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":" + precision
                + ",\"scale\":" + scale + "}";
    }

    private static String fixed(String name, int size, String more) {
        return "{\"type\":\"fixed\",\"name\":\"" + name + "\",\"size\":" + size + more + "}";
    }

    private static String record(String type) {
        return "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"f\",\"type\":" + type
                + "}]}";
    }

    private static byte[] framed(String hex) {
        byte[] body = HexFormat.of().parseHex(hex.replace(" ", ""));
        return ByteBuffer.allocate(5 + body.length).put((byte) 0).putInt(7).put(body).array();
    }

    private static Codec codec(String writer, String reader) throws SchemaProblem {
        return AvroCodecTest.open(reader,
                id -> new SourceSchema(SchemaLanguage.AVRO, writer, "id " + id));
    }

    static Stream<Arguments> meanings() {
        String millis = logical("long", "timestamp-millis");
        String micros = logical("long", "timestamp-micros");
        String nanos = logical("long", "timestamp-nanos");
        String localMillis = logical("long", "local-timestamp-millis");
        String localMicros = logical("long", "local-timestamp-micros");
        String timeMillis = logical("int", "time-millis");
        String timeMicros = logical("long", "time-micros");
        String date = logical("int", "date");
        String uuidText = logical("string", "uuid");
        String uuidFixed = fixed("U", 16, ",\"logicalType\":\"uuid\"");
        String uuidBytes = "0f8fad5bd9cb469fa16570867728950e";
        String uuid = "\"0f8fad5b-d9cb-469f-a165-70867728950e\"";
        String bigDecimal = logical("bytes", "big-decimal");
        return Stream.of(
                // One second and a half, and one unit before 1970.
                arguments(micros, millis, "c0 8d b7 01", "\"1970-01-01T00:00:01.500Z\""),
                arguments(millis, micros, "b8 17", "\"1970-01-01T00:00:01.500000Z\""),
                arguments(millis, nanos, "b8 17", "\"1970-01-01T00:00:01.500000000Z\""),
                arguments(nanos, millis, "01", "\"1969-12-31T23:59:59.999Z\""),
                arguments(nanos, micros, "01", "\"1969-12-31T23:59:59.999999Z\""),
                arguments(micros, nanos, "01", "\"1969-12-31T23:59:59.999999000Z\""),
                arguments(localMicros, localMillis, "c0 8d b7 01", "\"1970-01-01T00:00:01.500\""),
                arguments(localMillis, localMicros, "01", "\"1969-12-31T23:59:59.999000\""),
                arguments("\"long\"", millis, "b8 17", "\"1970-01-01T00:00:01.500Z\""),
                arguments("\"int\"", micros, "01", "\"1969-12-31T23:59:59.999999Z\""),
                arguments(micros, "\"long\"", "c0 8d b7 01", "\"1500000\""),
                arguments(timeMicros, timeMillis, "c0 8d b7 01", "\"00:00:01.500\""),
                arguments(timeMillis, timeMicros, "b8 17", "\"00:00:01.500000\""),
                arguments("\"int\"", timeMicros, "02", "\"00:00:00.000001\""),
                arguments(timeMillis, "\"int\"", "b8 17", "1500"),
                arguments(timeMillis, "\"long\"", "b8 17", "\"1500\""),
                arguments(date, "\"int\"", "01", "-1"),
                arguments("\"int\"", date, "01", "\"1969-12-31\""),
                arguments(decimal(5, 1), decimal(9, 3), "02 0f", "\"1.500\""),
                arguments(decimal(9, 3), decimal(5, 1), "04 05 dc", "\"1.5\""),
                arguments(bigDecimal, decimal(5, 2), "06 02 0f 02", "\"1.50\""),
                arguments(decimal(5, 1), bigDecimal, "02 0f", "\"1.5\""),
                arguments(fixed("D", 2, ",\"logicalType\":\"decimal\",\"precision\":4,\"scale\":1"),
                        decimal(5, 2), "ff f1", "\"-1.50\""),
                arguments("\"bytes\"", decimal(5, 2), "02 0f", "\"0.15\""),
                arguments(decimal(5, 2), "\"bytes\"", "02 0f", "\"Dw==\""),
                arguments(uuidText, uuidFixed, UUID_TEXT, uuid),
                arguments("\"string\"", uuidText, UUID_TEXT, uuid),
                arguments(uuidFixed, uuidText, uuidBytes, uuid),
                arguments(fixed("U", 16, ""), uuidFixed, uuidBytes, uuid),
                arguments(uuidText, "\"string\"", UUID_TEXT, uuid),
                arguments("\"bytes\"", "\"string\"", "04 c3 a9", "\"é\""),
                arguments("\"string\"", "\"bytes\"", "04 fb ff", "\"+/8=\""),
                arguments("\"float\"", "\"double\"", "00 00 c0 3f", "1.5"),
                arguments("\"long\"", "\"float\"", "06", "3.0"),
                arguments(connect("long", "io.debezium.time.MicroTimestamp"), millis,
                        "c0 8d b7 01", "\"1970-01-01T00:00:01.500Z\""),
                arguments(connect("int", "io.debezium.time.Date"), date, "02", "\"1970-01-02\""),
                arguments(connect("long", "io.debezium.time.NanoTime"), timeMillis,
                        "80 bc c1 96 0b", "\"00:00:01.500\""),
                arguments(connect("string", "io.debezium.time.ZonedTimestamp"), millis,
                        "28 31393730 2d30312d30315430313a30303a30315a",
                        "\"1970-01-01T01:00:01.000Z\""),
                arguments("[\"null\"," + micros + "]", "[" + millis + ",\"null\"]",
                        "02 c0 8d b7 01", "\"1970-01-01T00:00:01.500Z\""),
                arguments(millis, "[\"null\",\"string\"," + micros + "]", "b8 17",
                        "\"1970-01-01T00:00:01.500000Z\""));
    }

    @ParameterizedTest(name = "{0} as {1}")
    @MethodSource("meanings")
    void a_value_keeps_its_meaning(String writer, String reader, String hex, String json)
            throws Exception {
        Codec codec = codec(record(writer), record(reader));

        assertThat(JsonValuesTest.write(codec.type(), codec.decode(framed(hex))))
                .isEqualTo("{\"f\":" + json + "}");
    }

    static Stream<Arguments> contradictions() {
        String millis = logical("long", "timestamp-millis");
        return Stream.of(
                arguments("\"string\"", "\"int\"", "$.f it has string where int is expected"),
                arguments("\"long\"", "\"int\"", "$.f it has long where int is expected"),
                arguments(logical("long", "local-timestamp-millis"), millis,
                        "$.f it has long of local-timestamp-millis where long of timestamp-millis is expected"),
                arguments(logical("long", "time-micros"), millis,
                        "$.f it has long of time-micros where long of timestamp-millis is expected"),
                arguments(logical("int", "date"), millis,
                        "$.f it has int of date where long of timestamp-millis is expected"),
                arguments("\"string\"", decimal(4, 2),
                        "$.f it has string where bytes of decimal is expected"),
                arguments(decimal(4, 2), "\"string\"",
                        "$.f it has bytes of decimal where string is expected"),
                arguments(fixed("A", 4, ""), fixed("A", 5, ""),
                        "$.f it has fixed(4) where fixed(5) is expected"),
                arguments("{\"type\":\"array\",\"items\":\"string\"}",
                        "{\"type\":\"array\",\"items\":\"int\"}",
                        "$.f[] it has string where int is expected"),
                arguments("{\"type\":\"map\",\"values\":[\"null\",\"string\"]}",
                        "{\"type\":\"map\",\"values\":[\"null\",\"int\"]}",
                        "$.f{} it has string where a union of null, int is expected"));
    }

    @ParameterizedTest(name = "{0} as {1}")
    @MethodSource("contradictions")
    void types_that_cannot_be_brought_together_are_named_with_their_place(String writer,
            String reader, String message) throws Exception {
        Codec codec = codec(record(writer), record(reader));

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> codec.decode(framed("00")))
                    .isInstanceOf(IncompatibleSchema.class)
                    .hasMessage(
                            "schema id 7 cannot be used: it is incompatible with 'test.avsc': at "
                                    + message);
        }
    }

    @Test
    void a_field_that_the_writer_lacks_needs_a_default() throws Exception {
        String writer = "{\"type\":\"record\",\"name\":\"R\",\"fields\":[]}";

        assertThatThrownBy(() -> codec(writer, record("\"int\"")).decode(framed("")))
                .isInstanceOf(IncompatibleSchema.class).hasMessageEndingWith(
                        "at $.f it has no field where int is expected, and 'R' gives no default");
        Codec codec = codec(writer,
                """
                        {"type":"record","name":"R","fields":[
                          {"name":"n","type":["null","R"],"default":null},
                          {"name":"l","type":{"type":"array","items":"R"},"default":[]},
                          {"name":"t","type":{"type":"long","logicalType":"timestamp-millis"},"default":1500},
                          {"name":"m","type":{"type":"map","values":"int"},"default":{"a":1}}]}""");
        assertThat(JsonValuesTest.write(codec.type(), codec.decode(framed(""))))
                .isEqualTo(
                        "{\"n\":null,\"l\":[],\"t\":\"1970-01-01T00:00:01.500Z\",\"m\":{\"a\":1}}");
    }

    static Stream<Arguments> misfits() {
        String uuid = logical("string", "uuid");
        String inner = "{\"type\":\"record\",\"name\":\"I\",\"fields\":[{\"name\":\"d\",\"type\":"
                + logical("int", "date") + "},{\"name\":\"n\",\"type\":\"int\"}]}";
        // The last day of the year 10000 in an int.
        String far = "9c 88 e6 02";
        return Stream.of(
                arguments(uuid, "02 78", "null", "f: expected a UUID"),
                arguments("[\"null\"," + uuid + "]", "02 02 78", "null", "f: expected a UUID"),
                arguments("{\"type\":\"array\",\"items\":" + uuid + "}", "04 02 78 02 79 00",
                        "[null,null]", "f[]: expected a UUID"),
                arguments("{\"type\":\"map\",\"values\":" + uuid + "}", "02 02 61 02 79 00",
                        "{\"a\":null}", "f{}: expected a UUID"),
                arguments(logical("int", "time-millis"), "01", "null",
                        "f: expected a time of day"),
                arguments("[" + logical("int", "date") + ",\"null\"]", "00 " + far, "null",
                        "f: expected a date in the years 0000 to 9999"),
                arguments("[\"null\"," + inner + "]", "02 " + far + " 02", "null",
                        "f.d: expected a date in the years 0000 to 9999"),
                arguments("{\"type\":\"array\",\"items\":[\"null\"," + inner + "]}",
                        "04 02 " + far + " 02 02 02 04 00", "[null,{\"d\":\"1970-01-02\",\"n\":2}]",
                        "f[].d: expected a date in the years 0000 to 9999"),
                arguments("[\"null\"," + decimal(4, 2) + "]", "02 00", "null",
                        "f: expected a decimal of 1 to 500 bytes"),
                arguments("[\"null\",\"string\"," + uuid.replace("string", "bytes") + "]",
                        "02 02 61",
                        "\"a\"", ""));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("misfits")
    void a_value_that_is_none_of_its_logical_type_is_null_and_told(String type, String hex,
            String json, String misfit) throws Exception {
        Codec codec = AvroCodecTest.open(record(type));
        byte[] payload = HexFormat.of().parseHex(hex.replace(" ", ""));
        var told = new ArrayList<String>();

        Row row = codec.decode(payload, found -> told.add(found.toString()));

        assertThat(JsonValuesTest.write(codec.type(), row)).isEqualTo("{\"f\":" + json + "}");
        assertThat(told).isEqualTo(misfit.isEmpty() ? List.of() : List.of(misfit));
        if (!misfit.isEmpty()) {
            assertThatThrownBy(() -> codec.decode(payload)).isInstanceOf(UnreadablePayload.class)
                    .hasMessage(misfit);
        }
    }

    @Test
    void a_misfit_with_nothing_nullable_above_it_makes_the_payload_unreadable() throws Exception {
        Codec codec = AvroCodecTest.open(record(logical("long", "timestamp-micros")));
        var told = new ArrayList<Misfit>();

        assertThat(codec.type().fields().getFirst().nullable()).isFalse();
        assertThatThrownBy(() -> codec.decode(
                HexFormat.of().parseHex("ffffffffffffffffff01"), told::add))
                .isInstanceOf(UnreadablePayload.class)
                .hasMessage("f: expected a timestamp in the years 0000 to 9999");
        assertThat(told).isEmpty();
    }

    @Test
    void what_only_some_values_break_on_is_a_misfit_of_those() throws Exception {
        Codec symbols = codec(
                record("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}"),
                record("[\"null\",{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}]"));
        Codec branches = codec(record("[\"null\",\"int\",\"string\"]"),
                record("[\"null\",\"int\"]"));
        var told = new ArrayList<String>();

        assertThat(symbols.decode(framed("00")).get("f")).isEqualTo("A");
        assertThat(symbols.decode(framed("02"), misfit -> told.add(misfit.toString())).get("f"))
                .isNull();
        assertThat(branches.decode(framed("02 02")).get("f")).isEqualTo(1);
        assertThat(branches.decode(framed("04 02 78"), misfit -> told.add(misfit.toString()))
                .get("f")).isNull();
        assertThat(told).containsExactly("f: expected a symbol of 'E'",
                "f: expected a union of null, int");
    }

    @Test
    void an_unknown_symbol_is_the_readers_default() throws Exception {
        Codec codec = codec(
                record("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}"),
                record("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"Z\"],\"default\":\"Z\"}"));

        assertThat(codec.decode(framed("02")).get("f")).isEqualTo("Z");
    }
}
