package io.tidegate.schema;

import static io.tidegate.schema.ScalarKind.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class JsonValuesTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** A tree of doubles has lost the scale of its decimals already. */
    private static final ObjectMapper EXACT = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES).build();

    static String write(Type type, Object value) throws Exception {
        var text = new StringWriter();
        try (var out = JSON.getFactory().createGenerator(text)) {
            JsonValues.write(out, type, value);
        }
        return text.toString();
    }

    static Object read(String json, Type type) throws UnreadablePayload {
        return JsonValues.read(json.getBytes(StandardCharsets.UTF_8), type);
    }

    private static Type.Scalar scalar(ScalarKind kind, int precision, int scale) {
        return new Type.Scalar(kind, precision, scale);
    }

    static Stream<Arguments> canonical() {
        return Stream.of(
                arguments(Type.Scalar.of(BOOLEAN), true, "true"),
                arguments(Type.Scalar.of(INT32), Integer.MIN_VALUE, "-2147483648"),
                arguments(Type.Scalar.of(UINT32), 4294967295L, "4294967295"),
                arguments(Type.Scalar.of(INT64), Long.MAX_VALUE, "\"9223372036854775807\""),
                arguments(Type.Scalar.of(UINT64), new BigInteger("18446744073709551615"),
                        "\"18446744073709551615\""),
                arguments(Type.Scalar.of(FLOAT32), 0.1f, "0.1"),
                arguments(Type.Scalar.of(FLOAT64), 2.0, "2.0"),
                arguments(scalar(DECIMAL, 5, 2), new BigDecimal("1.10"), "\"1.10\""),
                arguments(scalar(DECIMAL, 0, -1), new BigDecimal("1000"), "\"1000\""),
                arguments(Type.Scalar.of(STRING), "a\"b", "\"a\\\"b\""),
                arguments(Type.Scalar.of(BYTES), new byte[]{(byte) 0xfb, (byte) 0xff, 1, 2},
                        "\"+/8BAg==\""),
                arguments(Type.Scalar.of(UUID),
                        java.util.UUID.fromString("0F8FAD5B-D9CB-469F-A165-70867728950E"),
                        "\"0f8fad5b-d9cb-469f-a165-70867728950e\""),
                arguments(Type.Scalar.of(DATE), LocalDate.of(1969, 12, 31), "\"1969-12-31\""),
                arguments(scalar(TIME, 3, 0), LocalTime.of(10, 0), "\"10:00:00.000\""),
                arguments(scalar(TIME, 6, 0), LocalTime.of(10, 0, 0, 1_000), "\"10:00:00.000001\""),
                arguments(scalar(TIME, 0, 0), LocalTime.of(10, 0), "\"10:00:00\""),
                arguments(scalar(TIMESTAMP, 3, 0), Instant.ofEpochMilli(-1),
                        "\"1969-12-31T23:59:59.999Z\""),
                arguments(scalar(TIMESTAMP, 6, 0), Instant.parse("2026-02-28T00:00:00Z"),
                        "\"2026-02-28T00:00:00.000000Z\""),
                arguments(scalar(TIMESTAMP, 9, 0), Instant.parse("2026-02-28T00:00:00.000000001Z"),
                        "\"2026-02-28T00:00:00.000000001Z\""),
                arguments(scalar(TIMESTAMP, 0, 0), Instant.parse("2024-02-29T00:00:00Z"),
                        "\"2024-02-29T00:00:00Z\""),
                arguments(scalar(TIMESTAMP, 0, 0), Instant.parse("2024-02-29T00:00:00.12Z"),
                        "\"2024-02-29T00:00:00.120Z\""),
                arguments(scalar(TIMESTAMP, 3, 0), Instant.ofEpochMilli(Long.MAX_VALUE),
                        "\"+292278994-08-17T07:12:55.807Z\""),
                arguments(scalar(LOCAL_TIMESTAMP, 3, 0), LocalDateTime.of(1, 1, 1, 0, 0),
                        "\"0001-01-01T00:00:00.000\""),
                arguments(Type.Scalar.of(DURATION), "P1M2DT3.5S", "\"P1M2DT3.5S\""),
                arguments(new Type.EnumOf("E", "", List.of("A", "B"), false), "B", "\"B\""),
                arguments(new Type.EnumOf("E", "", List.of("A", "B"), true), "7", "\"7\""),
                arguments(new Type.ListOf(Type.Scalar.of(INT32), true), Arrays.asList(1, null),
                        "[1,null]"),
                arguments(new Type.MapOf(Type.Scalar.of(INT64), false), Map.of("a", 1L),
                        "{\"a\":\"1\"}"),
                arguments(new Type.Json(), Map.of("a", List.of(1, 3_000_000_000L, 0.1, true, "x")),
                        "{\"a\":[1,3000000000,0.1,true,\"x\"]}"),
                arguments(new Type.Json(), new BigDecimal("0.12345678901234567890"),
                        "0.12345678901234567890"));
    }

    @ParameterizedTest
    @MethodSource("canonical")
    void writes_and_reads_the_canonical_form(Type type, Object value, String json)
            throws Exception {
        assertThat(write(type, value)).isEqualTo(json);

        assertThat(read(json, type)).isEqualTo(value);
        assertThat(JsonValues.read(EXACT.readTree(json), type)).isEqualTo(value);
    }

    static Stream<Arguments> natural() {
        return Stream.of(
                arguments(Type.Scalar.of(INT32), "1.0", 1),
                arguments(Type.Scalar.of(INT32), "1e3", 1000),
                arguments(Type.Scalar.of(INT64), "9007199254740993", 9007199254740993L),
                arguments(Type.Scalar.of(INT64), "1.0", 1L),
                arguments(Type.Scalar.of(INT64), "\"-1\"", -1L),
                arguments(Type.Scalar.of(UINT64), "18446744073709551615",
                        new BigInteger("18446744073709551615")),
                arguments(Type.Scalar.of(FLOAT64), "1", 1.0),
                arguments(Type.Scalar.of(FLOAT64), "\"NaN\"", Double.NaN),
                arguments(Type.Scalar.of(FLOAT32), "\"-Infinity\"", Float.NEGATIVE_INFINITY),
                arguments(scalar(DECIMAL, 0, 2), "1.1", new BigDecimal("1.10")),
                arguments(scalar(DECIMAL, 0, -1), "1.10", new BigDecimal("1.10")),
                arguments(scalar(TIMESTAMP, 3, 0), "-1", Instant.ofEpochMilli(-1)),
                arguments(scalar(TIMESTAMP, 3, 0), "\"2026-01-31T12:00:00.5+02:00\"",
                        Instant.parse("2026-01-31T10:00:00.500Z")),
                arguments(scalar(TIMESTAMP, 3, 0), "\"2026-01-31 12:00:00Z\"",
                        Instant.parse("2026-01-31T12:00:00Z")),
                arguments(scalar(TIMESTAMP, 3, 0), "\"2026-01-01t12:00:00z\"",
                        Instant.parse("2026-01-01T12:00:00Z")),
                arguments(scalar(TIME, 0, 0), "\"12:00:00+02:00\"", LocalTime.of(10, 0)),
                arguments(scalar(LOCAL_TIMESTAMP, 0, 0), "0", LocalDateTime.of(1970, 1, 1, 0, 0)),
                arguments(Type.Scalar.of(BYTES), "\"+/8\"", new byte[]{(byte) 0xfb, (byte) 0xff}),
                arguments(new Type.EnumOf("E", "", List.of("A"), true), "7", "7"));
    }

    @ParameterizedTest
    @MethodSource("natural")
    void reads_what_people_write(Type type, String json, Object value) throws Exception {
        assertThat(read(json, type)).isEqualTo(value);
        assertThat(JsonValues.read(EXACT.readTree(json), type)).isEqualTo(value);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            INT32           | 2147483648                        | an integer of 32 bits but found a number out of range
            INT32           | 1.5                               | an integer of 32 bits but found a number with a fraction
            INT32           | "1"                               | an integer of 32 bits but found text
            UINT32          | -1                                | an integer from 0 to 4294967295 but found a number out of range
            INT64           | 9223372036854775808               | an integer of 64 bits, as number or text but found a number out of range
            INT64           | "secret"                          | an integer of 64 bits, as number or text but found another text
            INT64           | 1e400000000                       | an integer of 64 bits, as number or text but found a number with too large an exponent
            INT64           | 7e77777777777777777               | an integer of 64 bits, as number or text but found a number with too large an exponent
            DECIMAL         | 7e-77777777777777777              | a decimal, as text or number but found a number with too large an exponent
            TIMESTAMP       | 7e77777777777777777               | a time with offset like 2026-01-31T12:00:00Z, or epoch milliseconds but found a number with too large an exponent
            UINT64          | -1                                | an integer from 0 to 18446744073709551615, as number or text but found a number out of range
            FLOAT64         | 1e999                             | a number but found a number out of range
            DECIMAL         | "1e999999999"                     | a decimal, as text or number but found a number with too large an exponent
            BOOLEAN         | "true"                            | true or false but found text
            STRING          | 1                                 | text but found a number
            BYTES           | "*"                               | base64 but found another text
            UUID            | "1-1-1-1-1"                       | a UUID but found another text
            DATE            | "2026-02-30"                      | a date like 2026-01-31 but found another text
            TIMESTAMP       | "2026-01-31T12:00:00"             | a time with offset like 2026-01-31T12:00:00Z, or epoch milliseconds but found another text
            TIMESTAMP       | "2026-02-30T12:00:00Z"            | a time with offset like 2026-01-31T12:00:00Z, or epoch milliseconds but found another text
            LOCAL_TIMESTAMP | "2026-01-31T12:00:00Z"            | a date and time without offset like 2026-01-31T12:00:00 but found another text
            DURATION        | "P"                               | an ISO 8601 duration like P1DT2H but found another text
            """)
    void refuses_a_misfit_with_its_path_and_without_its_text(ScalarKind kind, String json,
            String message) {
        var type = RecordType.of("R", List.of(new Field("list",
                new Type.ListOf(new Type.MapOf(Type.Scalar.of(kind), false), false), false)));

        assertThatThrownBy(() -> read("{\"list\":[{},{\"private\":" + json + "}]}", type))
                .isInstanceOf(UnreadablePayload.class)
                .hasMessage("$.list[1].*: expected " + message);
    }

    @Test
    void nan_and_infinities_are_null_and_null_is_nan_where_a_float_must_be() throws Exception {
        var type = RecordType.of("R", List.of(new Field("f", Type.Scalar.of(FLOAT32), false),
                new Field("d", Type.Scalar.of(FLOAT64), true)));

        assertThat(write(type, new Row(type, new Object[]{Float.NaN, Double.NEGATIVE_INFINITY})))
                .isEqualTo("{\"f\":null,\"d\":null}");
        assertThat(read("{\"f\":null,\"d\":null}", type))
                .isEqualTo(new Row(type, new Object[]{Float.NaN, null}));
    }

    @Test
    void a_row_keeps_the_order_of_its_type_and_ignores_what_it_does_not_know() throws Exception {
        var type = RecordType.of("R", List.of(new Field("$schema", Type.Scalar.of(STRING), true),
                new Field("n", Type.Scalar.of(INT32), false)));

        Object row = read("{\"x\":{\"n\":[1]},\"n\":2,\"$schema\":\"s\"}", type);

        assertThat(row).isEqualTo(new Row(type, new Object[]{"s", 2}));
        assertThat(write(type, row)).isEqualTo("{\"$schema\":\"s\",\"n\":2}");
    }

    @Test
    void a_missing_field_that_must_be_there_is_named() {
        var type = RecordType.of("R", List.of(new Field("n", Type.Scalar.of(INT32), false)));

        assertThatThrownBy(() -> read("{}", type))
                .hasMessage("$.n: expected an integer of 32 bits but found nothing");
    }

    @Test
    void a_union_takes_the_member_that_covers_the_object() throws Exception {
        var small = RecordType.of("a.Small",
                List.of(new Field("id", Type.Scalar.of(INT32), false)));
        var large = RecordType.of("a.Large", List.of(new Field("id", Type.Scalar.of(INT32), false),
                new Field("extra", Type.Scalar.of(STRING), true)));
        var union = new Type.Union("U", List.of(small, large));

        assertThat(read("{\"id\":1}", union)).isEqualTo(new Row(small, new Object[]{1}));
        assertThat(read("{\"extra\":\"x\",\"id\":1}", union))
                .isEqualTo(new Row(large, new Object[]{1, "x"}));
        assertThatThrownBy(() -> read("{}", union))
                .hasMessage(
                        "$: expected an object that is one of [Large, Small] but found an object that is none of them");
    }

    @Test
    void text_that_is_not_one_json_value_is_refused_without_quoting_it() {
        var json = new Type.Json();

        assertThatThrownBy(() -> read("", json))
                .hasMessage("the payload is empty, expected JSON text");
        assertThatThrownBy(() -> read("{} {}", json))
                .hasMessage("the payload goes on behind its JSON value, at byte 3");
        assertThatThrownBy(() -> read("{\"a\": secret}", json))
                .isInstanceOf(UnreadablePayload.class).hasMessageNotContaining("secret")
                .hasNoCause();
        assertThatThrownBy(() -> read("{\"a\"", json)).isInstanceOf(UnreadablePayload.class);
    }

    @Test
    void a_byte_order_mark_is_skipped() throws Exception {
        assertThat(read("\uFEFF1", new Type.Json())).isEqualTo(1);
    }

    @Test
    void bombs_are_refused_quickly() {
        var recursive = new RecordType("Node", "");
        recursive.define(List.of(new Field("next", recursive, true)));

        org.junit.jupiter.api.Assertions.assertTimeout(Duration.ofSeconds(2), () -> {
            assertThatThrownBy(() -> read("9".repeat(600_000), new Type.Json()))
                    .isInstanceOf(UnreadablePayload.class);
            assertThatThrownBy(
                    () -> read("\"" + "9".repeat(600_000) + "\"", Type.Scalar.of(DECIMAL)))
                    .isInstanceOf(UnreadablePayload.class);
            assertThatThrownBy(() -> read("[".repeat(10_000), new Type.Json()))
                    .hasMessageContaining("beyond the bounds");
            assertThatThrownBy(() -> read("{\"next\":".repeat(10_000), recursive))
                    .isInstanceOf(UnreadablePayload.class);
        });
    }

    @Test
    void a_decimal_that_cannot_be_written_out_is_refused() {
        assertThatThrownBy(() -> write(Type.Scalar.of(DECIMAL), new BigDecimal("1e999999999")))
                .hasMessage("a decimal has more than 1000 digits on a side of its point");
    }

    @Test
    void a_uuid_is_a_uuid_in_any_case() throws Exception {
        assertThat(read("\"0F8FAD5B-D9CB-469F-A165-70867728950E\"", Type.Scalar.of(UUID)))
                .isEqualTo(java.util.UUID.fromString("0f8fad5b-d9cb-469f-a165-70867728950e"));
    }
}
