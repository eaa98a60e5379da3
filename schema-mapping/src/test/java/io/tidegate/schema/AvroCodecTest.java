package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class AvroCodecTest {
    private static final SchemaFiles NO_FILES = path -> {
        throw new FileNotFoundException("there is no file '" + path + "'");
    };

    static Codec open(String text) throws SchemaProblem {
        return open(text, WriterSchemas.none());
    }

    static Codec open(String text, WriterSchemas writers) throws SchemaProblem {
        return Schemas.open(new SourceSchema(SchemaLanguage.AVRO, text, "test.avsc"),
                Optional.empty(), List.of(),
                NO_FILES, writers);
    }

    private static String record(String fields) {
        return "{\"type\":\"record\",\"name\":\"a.R\",\"fields\":[" + fields + "]}";
    }

    private static String field(String type) {
        return record("{\"name\":\"f\",\"type\":" + type + "}");
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    private static Type.Scalar scalar(ScalarKind kind, int precision, int scale) {
        return new Type.Scalar(kind, precision, scale);
    }

    static Stream<Arguments> rows() {
        return Stream.of(
                arguments("1", "\"int\"", "Scalar[kind=INT32, precision=0, scale=0]", "01", -1,
                        "-1"),
                arguments("3", "\"long\"", "Scalar[kind=INT64, precision=0, scale=0]",
                        "80 80 80 80 20",
                        4294967296L, "\"4294967296\""),
                arguments("5", "\"float\"", "Scalar[kind=FLOAT32, precision=0, scale=0]",
                        "cd cc cc 3d", 0.1f, "0.1"),
                arguments("5", "\"double\"", "Scalar[kind=FLOAT64, precision=0, scale=0]",
                        "00 00 00 00 00 00 f8 7f",
                        Double.NaN, "null"),
                arguments("6",
                        "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":5,\"scale\":2}",
                        "Scalar[kind=DECIMAL, precision=5, scale=2]", "02 92",
                        new BigDecimal("-1.10"), "\"-1.10\""),
                arguments("6",
                        "{\"type\":\"fixed\",\"name\":\"d\",\"size\":4,\"logicalType\":\"decimal\",\"precision\":9}",
                        "Scalar[kind=DECIMAL, precision=9, scale=0]", "ff ff ff fe",
                        new BigDecimal("-2"), "\"-2\""),
                arguments("7", "{\"type\":\"bytes\",\"logicalType\":\"big-decimal\"}",
                        "Scalar[kind=DECIMAL, precision=0, scale=-1]", "06 02 6e 04",
                        new BigDecimal("1.10"),
                        "\"1.10\""),
                arguments("8", "\"boolean\"", "Scalar[kind=BOOLEAN, precision=0, scale=0]", "01",
                        true, "true"),
                arguments("9", "\"string\"", "Scalar[kind=STRING, precision=0, scale=0]",
                        "04 c3 a9", "é", "\"é\""),
                arguments("10", "\"bytes\"", "Scalar[kind=BYTES, precision=0, scale=0]", "04 fb ff",
                        bytes("fbff"), "\"+/8=\""),
                arguments("11", "{\"type\":\"fixed\",\"name\":\"x\",\"size\":2}",
                        "Scalar[kind=BYTES, precision=2, scale=0]", "fb ff", bytes("fbff"),
                        "\"+/8=\""),
                arguments("12",
                        "{\"type\":\"fixed\",\"name\":\"u\",\"size\":16,\"logicalType\":\"uuid\"}",
                        "Scalar[kind=UUID, precision=0, scale=0]",
                        "0f8fad5bd9cb469fa16570867728950e",
                        UUID.fromString("0f8fad5b-d9cb-469f-a165-70867728950e"),
                        "\"0f8fad5b-d9cb-469f-a165-70867728950e\""),
                arguments("13", "{\"type\":\"int\",\"logicalType\":\"date\"}",
                        "Scalar[kind=DATE, precision=0, scale=0]", "01", LocalDate.of(1969, 12, 31),
                        "\"1969-12-31\""),
                arguments("14", "{\"type\":\"int\",\"logicalType\":\"time-millis\"}",
                        "Scalar[kind=TIME, precision=3, scale=0]", "02",
                        LocalTime.of(0, 0, 0, 1_000_000),
                        "\"00:00:00.001\""),
                arguments("14", "{\"type\":\"long\",\"logicalType\":\"time-micros\"}",
                        "Scalar[kind=TIME, precision=6, scale=0]", "02",
                        LocalTime.of(0, 0, 0, 1_000),
                        "\"00:00:00.000001\""),
                arguments("15", "{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}",
                        "Scalar[kind=TIMESTAMP, precision=3, scale=0]", "01",
                        Instant.ofEpochMilli(-1),
                        "\"1969-12-31T23:59:59.999Z\""),
                arguments("15", "{\"type\":\"long\",\"logicalType\":\"timestamp-micros\"}",
                        "Scalar[kind=TIMESTAMP, precision=6, scale=0]", "01",
                        Instant.ofEpochSecond(-1, 999_999_000),
                        "\"1969-12-31T23:59:59.999999Z\""),
                arguments("15", "{\"type\":\"long\",\"logicalType\":\"timestamp-nanos\"}",
                        "Scalar[kind=TIMESTAMP, precision=9, scale=0]", "01",
                        Instant.ofEpochSecond(-1, 999_999_999),
                        "\"1969-12-31T23:59:59.999999999Z\""),
                arguments("16", "{\"type\":\"long\",\"logicalType\":\"local-timestamp-millis\"}",
                        "Scalar[kind=LOCAL_TIMESTAMP, precision=3, scale=0]", "00",
                        LocalDateTime.of(1970, 1, 1, 0, 0), "\"1970-01-01T00:00:00.000\""),
                arguments("18",
                        "{\"type\":\"fixed\",\"name\":\"p\",\"size\":12,\"logicalType\":\"duration\"}",
                        "Scalar[kind=DURATION, precision=0, scale=0]", "01000000 02000000 ac0d0000",
                        "P1M2DT3.5S",
                        "\"P1M2DT3.5S\""),
                arguments("19", "{\"type\":\"long\",\"logicalType\":\"fortnights\"}",
                        "Scalar[kind=INT64, precision=0, scale=0]", "02", 1L, "\"1\""),
                arguments("26", "{\"type\":\"record\",\"name\":\"Empty\",\"fields\":[]}",
                        "record a.Empty[]", "",
                        null, "{}"),
                arguments("30", "{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\",\"B\"]}",
                        "EnumOf[name=a.E, doc=, symbols=[A, B], open=false]", "02", "B", "\"B\""),
                arguments("35", "{\"type\":\"array\",\"items\":[\"int\",\"null\"]}",
                        "ListOf[element=Scalar[kind=INT32, precision=0, scale=0], elementNullable=true]",
                        "04 00 02 02 00", java.util.Arrays.asList(1, null), "[1,null]"),
                arguments("38", "{\"type\":\"map\",\"values\":\"int\"}",
                        "MapOf[value=Scalar[kind=INT32, precision=0, scale=0], valueNullable=false]",
                        "02 02 61 02 00", Map.of("a", 1), "{\"a\":1}"),
                arguments("44", "[\"null\",\"long\",\"string\"]", "Json[]", "04 02 61", "a",
                        "\"a\""),
                arguments("44", "[\"null\",\"long\",\"string\"]", "Json[]", "02 02", 1L, "1"),
                arguments("47", "[\"int\"]", "Scalar[kind=INT32, precision=0, scale=0]", "00 02", 1,
                        "1"));
    }

    @ParameterizedTest(name = "row {0}: {1}")
    @MethodSource("rows")
    void maps_decodes_shows_and_encodes_each_construct(String row, String avro, String type,
            String hex,
            Object value, String json) throws Exception {
        Codec codec = open(field(avro));

        assertThat(codec.type().fields().getFirst().type()).hasToString(type);
        Row decoded = codec.decode(bytes(hex));
        if (value != null) {
            assertThat(decoded.get("f")).isEqualTo(value);
        }
        assertThat(JsonValuesTest.write(codec.type(), decoded)).isEqualTo("{\"f\":" + json + "}");
        assertThat(codec.encode(decoded, Optional.empty())).isEqualTo(bytes(hex));
    }

    @Test
    void a_logical_type_on_the_field_instead_of_its_type_is_ignored() throws Exception {
        Codec codec = open(
                record("{\"name\":\"f\",\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}"));

        assertThat(codec.type().fields().getFirst().type())
                .isEqualTo(Type.Scalar.of(ScalarKind.INT64));
    }

    @Test
    void null_anywhere_in_a_union_makes_the_field_nullable() throws Exception {
        Codec codec = open(
                record("""
                        {"name":"a","type":["null","int"]},{"name":"b","type":["int","null"]},{"name":"c","type":"int"}"""));

        assertThat(codec.type().fields()).extracting(Field::nullable).containsExactly(true, true,
                false);
        assertThat(codec.decode(bytes("00 02 02")))
                .isEqualTo(new Row(codec.type(), new Object[]{null, null, 1}));
    }

    @Test
    void a_union_of_records_keeps_which_member_a_row_is() throws Exception {
        Codec codec = open(field("""
                [{"type":"record","name":"A","fields":[{"name":"x","type":"int"}]},"null",
                 {"type":"record","name":"B","fields":[{"name":"x","type":"int"}]}]"""));

        var union = (Type.Union) codec.type().fields().getFirst().type();
        assertThat(union.name()).isEqualTo("a.R_f");
        assertThat(codec.decode(bytes("04 02")).get("f"))
                .isEqualTo(new Row(union.members().get(1), new Object[]{1}));
        assertThat(codec.decode(bytes("02")).get("f")).isNull();
        assertThat(codec.encode(codec.decode(bytes("04 02")), Optional.empty()))
                .isEqualTo(bytes("04 02"));
    }

    @Test
    void a_record_may_contain_itself_through_a_mixed_union_too() throws Exception {
        Codec codec = open(
                """
                        {"type":"record","name":"Node","fields":[
                          {"name":"next","type":["null","Node"]},{"name":"any","type":["null","string","Node"]}]}""");

        Row row = codec.decode(bytes("02 00 00 04 00 02 02 61"));

        assertThat(codec.type().fields().getFirst().type()).isSameAs(codec.type());
        assertThat(JsonValuesTest.write(codec.type(), row))
                .isEqualTo(
                        "{\"next\":{\"next\":null,\"any\":null},\"any\":{\"next\":null,\"any\":\"a\"}}");
        assertThat(codec.encode(row, Optional.empty())).isEqualTo(bytes("02 00 00 04 00 02 02 61"));
    }

    @Test
    void a_value_that_is_no_record_is_wrapped() throws Exception {
        Codec codec = open("{\"type\":\"array\",\"items\":\"int\"}");

        Row row = codec.decode(bytes("02 02 00"));

        assertThat(codec.type().fields()).extracting(Field::name).containsExactly("value");
        assertThat(row.get("value")).isEqualTo(List.of(1));
        assertThat(codec.encode(row, Optional.empty())).isEqualTo(bytes("02 02 00"));
    }

    @Test
    void comments_several_schemas_and_protocols_are_read() throws Exception {
        assertThat(open("// why\n" + field("\"int\"")).type().name()).isEqualTo("a.R");
        String two = "[" + field("\"int\"")
                + ",{\"type\":\"record\",\"name\":\"S\",\"fields\":[]}]";
        assertThat(open(two).type().name()).isEqualTo("S");
        var source = new SourceSchema(SchemaLanguage.AVRO, two, "two.avsc");
        assertThat(AvroCodec.open(source, Optional.of("R"), NO_FILES, WriterSchemas.none()).type()
                .name())
                .isEqualTo("a.R");
        assertThatThrownBy(
                () -> AvroCodec.open(source, Optional.of("T"), NO_FILES, WriterSchemas.none()))
                .isInstanceOf(SchemaProblem.class)
                .hasMessage("'two.avsc' has no type 'T', expected one of [a.R, S]");
        assertThat(open("{\"protocol\":\"P\",\"namespace\":\"p\",\"types\":["
                + "{\"type\":\"record\",\"name\":\"M\",\"fields\":[]}]}").type().name())
                .isEqualTo("p.M");
    }

    @Test
    void types_of_other_files_are_found_beside_the_schema() throws Exception {
        SchemaFiles files = path -> {
            if (path.equals("Money.avsc")) {
                return "{\"type\":\"record\",\"name\":\"Money\",\"namespace\":\"b\",\"fields\":["
                        + "{\"name\":\"currency\",\"type\":\"Currency\"}]}";
            }
            if (path.equals("b.Currency.avsc")) {
                return "{\"type\":\"enum\",\"name\":\"b.Currency\",\"symbols\":[\"EUR\"]}";
            }
            throw new FileNotFoundException("there is no file '" + path + "'");
        };

        Codec codec = AvroCodec.open(
                new SourceSchema(SchemaLanguage.AVRO, field("\"b.Money\""), "r.avsc"),
                Optional.empty(), files, WriterSchemas.none());

        assertThat(JsonValuesTest.write(codec.type(), codec.decode(bytes("00"))))
                .isEqualTo("{\"f\":{\"currency\":\"EUR\"}}");
        assertThatThrownBy(() -> open(field("\"b.Gone\""))).isInstanceOf(SchemaProblem.class)
                .hasMessage(
                        "'test.avsc' uses the type 'b.Gone', which it does not define: expected it in "
                                + "'b.Gone.avsc' or 'Gone.avsc' beside the contract, but there is no file 'Gone.avsc'");
        assertThatThrownBy(() -> AvroCodec.open(
                new SourceSchema(SchemaLanguage.AVRO, field("\"strin\""), "r.avsc"),
                Optional.empty(), path -> {
                    throw new java.nio.file.NoSuchFileException("/home/me/" + path, null, "gone");
                }, WriterSchemas.none())).hasMessageEndingWith(
                        "beside the contract, but there is no such file; did you mean 'string'?");
    }

    @Test
    void a_schema_that_is_none_is_refused_with_its_place() {
        assertThatThrownBy(() -> open("{\n  \"type\": \"record\",,")).isInstanceOfSatisfying(
                SchemaProblem.class,
                problem -> assertThat(problem.line()).isEqualTo(2));
        assertThatThrownBy(() -> open("{\"type\":\"record\"}")).isInstanceOf(SchemaProblem.class);
        assertThatThrownBy(() -> open("")).isInstanceOf(SchemaProblem.class);
        assertThatThrownBy(() -> open(
                "{\"type\":\"array\",\"items\":".repeat(9000) + "\"int\"" + "}".repeat(9000)))
                .isInstanceOf(SchemaProblem.class);
    }

    private static byte[] framed(int id, String hex) {
        byte[] body = bytes(hex);
        return ByteBuffer.allocate(5 + body.length).put((byte) 0).putInt(id).put(body).array();
    }

    @Test
    void a_framed_payload_is_resolved_from_its_writers_schema() throws Exception {
        String writer = record("""
                {"name":"gone","type":"string"},{"name":"old","type":"int"}""");
        Codec codec = open(
                record("""
                        {"name":"new","type":"long","aliases":["old"]},{"name":"added","type":"string","default":"d"}"""),
                id -> new SourceSchema(SchemaLanguage.AVRO, writer, "id " + id));

        for (int i = 0; i < 3; i++) {
            assertThat(codec.decode(framed(7, "02 61 04")))
                    .isEqualTo(new Row(codec.type(), new Object[]{2L, "d"}));
        }
    }

    @Test
    void an_incompatible_writer_is_refused_by_name() throws Exception {
        Codec codec = open(field("\"int\""),
                id -> new SourceSchema(SchemaLanguage.AVRO, field("\"string\""), "id " + id));

        assertThatThrownBy(() -> codec.decode(framed(7, "02 61")))
                .isInstanceOf(UnreadablePayload.class)
                .hasMessageContaining(
                        "schema id 7 cannot be used: it is incompatible with 'test.avsc': at $.f it has string where int is expected");
    }

    @Test
    void a_bare_payload_that_looks_framed_is_read_where_the_registry_does_not_know_the_id()
            throws Exception {
        Codec codec = open(record(
                "{\"name\":\"a\",\"type\":[\"null\",\"int\"]},{\"name\":\"b\",\"type\":\"float\"}"));

        assertThat(codec.decode(bytes("00 00000000")).get("b")).isEqualTo(0.0f);
        assertThatThrownBy(() -> codec.decode(bytes("00 00000001 00")))
                .hasMessage("the payload names schema id 1, but no registry is configured");
    }

    @Test
    void framing_is_written_in_front() throws Exception {
        Codec codec = open(field("\"int\""));

        assertThat(codec.encode(new Row(codec.type(), new Object[]{1}), Optional.of(258)))
                .isEqualTo(bytes("00 00000102 02"));
    }

    @Test
    void a_payload_that_goes_on_or_ends_early_is_refused() throws Exception {
        Codec codec = open(field("\"int\""));

        assertThatThrownBy(() -> codec.decode(bytes("02 02")))
                .hasMessage(
                        "the Avro value ends at byte 1 of 2: the payload was written with another schema");
        assertThatThrownBy(() -> codec.decode(bytes("")))
                .hasMessage("$.f: the payload ends too early, near byte 0 of 0");
    }

    @Test
    void a_row_that_the_schema_forbids_is_refused_with_its_path() throws Exception {
        Codec codec = open(field(
                "{\"type\":\"array\",\"items\":{\"type\":\"bytes\",\"logicalType\":\"decimal\","
                        + "\"precision\":3,\"scale\":1}}"));

        assertThatThrownBy(() -> codec.encode(
                new Row(codec.type(), new Object[]{List.of(new BigDecimal("1.23"))}),
                Optional.empty()))
                .hasMessage(
                        "the row cannot be said in Avro: $.f[0]: a value out of the range of the schema");
        assertThatThrownBy(
                () -> codec.encode(new Row(codec.type(), new Object[]{null}), Optional.empty()))
                .hasMessage("the row cannot be said in Avro: $.f: expected a list but found null");
    }

    private static String doubling(int levels) {
        String inner = "{\"type\":\"record\",\"name\":\"Last\",\"fields\":["
                + "{\"name\":\"n\",\"type\":\"null\"}]}";
        String name = "Last";
        for (int i = 0; i < levels; i++) {
            String again = "\"" + name + "\"";
            name = "Level" + i;
            inner = "{\"type\":\"record\",\"name\":\"" + name
                    + "\",\"fields\":[{\"name\":\"a\",\"type\":" + inner
                    + "},{\"name\":\"b\",\"type\":" + again + "}]}";
        }
        return inner;
    }

    static Stream<Arguments> bombs() {
        String node = "{\"type\":\"record\",\"name\":\"N\",\"fields\":[{\"name\":\"n\",\"type\":[\"null\",\"N\"]}]}";
        return Stream.of(
                arguments("length prefix of 2 GB", field("\"bytes\""), bytes("fe ff ff ff 0f")),
                arguments("negative length", field("\"string\""), bytes("01")),
                arguments("recursion", node,
                        "\2".repeat(100_000).getBytes(StandardCharsets.ISO_8859_1)),
                arguments("array of nulls", field("{\"type\":\"array\",\"items\":\"null\"}"),
                        bytes("fe ff ff ff ff ff ff ff 7f 00")),
                arguments("negative count of the least long",
                        field("{\"type\":\"array\",\"items\":\"null\"}"),
                        bytes("ff ff ff ff ff ff ff ff ff 01 00 00")),
                arguments("huge map", field("{\"type\":\"map\",\"values\":\"int\"}"),
                        bytes("fe ff ff ff ff ff 7f 00")),
                arguments("decimal of absurd scale",
                        field("{\"type\":\"bytes\",\"logicalType\":\"big-decimal\"}"),
                        bytes("0e 02 01 ff ff ff ff 0f")),
                arguments("enum symbol",
                        field("{\"type\":\"enum\",\"name\":\"E\",\"symbols\":[\"A\"]}"),
                        bytes("02")),
                arguments("union branch", field("[\"null\",\"int\"]"), bytes("0a")),
                arguments("varint without end", field("\"long\""),
                        bytes("ffffffffffffffffffffffff")),
                arguments("time beyond the day",
                        field("{\"type\":\"int\",\"logicalType\":\"time-millis\"}"),
                        bytes("ff ff ff ff 0f")),
                arguments("records of no bytes, twice as many at each level", doubling(40),
                        bytes("")),
                arguments("empty decimal",
                        field("{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":4}"),
                        bytes("00")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bombs")
    void bombs_are_unreadable_payloads(String bomb, String schema, byte[] payload)
            throws Exception {
        Codec codec = open(schema);

        assertThatThrownBy(() -> codec.decode(payload)).isInstanceOf(UnreadablePayload.class);

        Codec resolved = open(schema.replace("\"fields\":[",
                "\"fields\":[{\"name\":\"added\",\"type\":\"int\",\"default\":0},"),
                id -> new SourceSchema(SchemaLanguage.AVRO, schema, "id " + id));
        byte[] framed = ByteBuffer.allocate(5 + payload.length).put((byte) 0).putInt(1).put(payload)
                .array();
        assertThatThrownBy(() -> resolved.decode(framed)).isInstanceOf(UnreadablePayload.class);
    }

    @Test
    void fields_of_a_contract_become_a_schema_and_match_writers_by_name() throws Exception {
        var type = RecordType.of("shop.Order", List.of(
                new Field("id", Type.Scalar.of(ScalarKind.INT64), false),
                new Field("at", scalar(ScalarKind.TIMESTAMP, 6, 0), true),
                new Field("price", scalar(ScalarKind.DECIMAL, 6, 2), true),
                new Field("note", Type.Scalar.of(ScalarKind.STRING), true)));
        Schema writer = new Schema.Parser().parse("""
                {"type":"record","name":"Other","fields":[
                  {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
                  {"name":"id","type":"int"},
                  {"name":"extra","type":"string"},
                  {"name":"price","type":"string"}]}""");
        Codec codec = AvroCodec.fromFields(type,
                id -> new SourceSchema(SchemaLanguage.AVRO, writer.toString(), "id " + id));
        var record = new GenericData.Record(writer);
        record.put("at", 1500L);
        record.put("id", 5);
        record.put("extra", "x");
        record.put("price", "1.1");
        var out = new ByteArrayOutputStream();
        out.write(new byte[]{0, 0, 0, 0, 9});
        var encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        new GenericDatumWriter<>(writer).write(record, encoder);

        Row row = codec.decode(out.toByteArray());

        assertThat(row).isEqualTo(new Row(type,
                new Object[]{5L, Instant.ofEpochMilli(1500), new BigDecimal("1.10"), null}));
        assertThat(codec.decode(codec.encode(row, Optional.empty()))).isEqualTo(row);
        assertThat(open(codec.source().text()).type().fields()).isEqualTo(type.fields());
    }
}
