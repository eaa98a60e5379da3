package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.FileNotFoundException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class JsonCodecTest {
    private static final SchemaFiles NO_FILES = path -> {
        throw new FileNotFoundException("there is no file '" + path + "'");
    };

    static Codec open(String text) throws SchemaProblem {
        return open(text, NO_FILES);
    }

    private static Codec open(String text, SchemaFiles files) throws SchemaProblem {
        return Schemas.open(new SourceSchema(SchemaLanguage.JSON, text, "test.json"),
                Optional.empty(), List.of(),
                files, WriterSchemas.none());
    }

    private static Codec field(String schema) throws SchemaProblem {
        return open("{\"title\":\"R\",\"type\":\"object\",\"properties\":{\"f\":" + schema
                + "},\"required\":[\"f\"]}");
    }

    private static Row decode(Codec codec, String json) throws UnreadablePayload {
        return codec.decode(json.getBytes(StandardCharsets.UTF_8));
    }

    private static String scalar(ScalarKind kind) {
        return Type.Scalar.of(kind).toString();
    }

    static Stream<Arguments> rows() {
        String list = "ListOf[element=Json[], elementNullable=true]";
        return Stream.of(
                arguments("1", "{\"type\":\"integer\",\"minimum\":0,\"maximum\":10}",
                        scalar(ScalarKind.INT32), "7"),
                arguments("1", "{\"type\":\"integer\",\"format\":\"int32\"}",
                        scalar(ScalarKind.INT32), "-7"),
                arguments("2", "{\"type\":\"integer\",\"minimum\":0,\"maximum\":4294967295}",
                        scalar(ScalarKind.UINT32), "4294967295"),
                arguments("3", "{\"type\":\"integer\"}", scalar(ScalarKind.INT64),
                        "9223372036854775807"),
                arguments("3", "{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}",
                        scalar(ScalarKind.INT64), "5"),
                arguments("4",
                        "{\"type\":\"integer\",\"minimum\":0,\"maximum\":18446744073709551616}",
                        scalar(ScalarKind.UINT64), "18446744073709551615"),
                arguments("5", "{\"type\":\"number\"}", scalar(ScalarKind.FLOAT64), "2.5"),
                arguments("6", "{\"type\":\"string\",\"format\":\"decimal\"}",
                        scalar(ScalarKind.DECIMAL), "\"1.10\""),
                arguments("6", "{\"type\":\"number\",\"multipleOf\":0.01}",
                        "Scalar[kind=DECIMAL, precision=0, scale=2]", "1.10"),
                arguments("8", "{\"type\":\"boolean\"}", scalar(ScalarKind.BOOLEAN), "true"),
                arguments("10", "{\"type\":\"string\",\"contentEncoding\":\"base64\"}",
                        scalar(ScalarKind.BYTES),
                        "\"+/8=\""),
                arguments("10", "{\"type\":\"string\",\"format\":\"byte\"}",
                        scalar(ScalarKind.BYTES), "\"+/8=\""),
                arguments("12", "{\"type\":\"string\",\"format\":\"uuid\"}",
                        scalar(ScalarKind.UUID),
                        "\"0f8fad5b-d9cb-469f-a165-70867728950e\""),
                arguments("13", "{\"type\":\"string\",\"format\":\"date\"}",
                        scalar(ScalarKind.DATE),
                        "\"2026-01-31\""),
                arguments("14", "{\"type\":\"string\",\"format\":\"time\"}",
                        scalar(ScalarKind.TIME), "\"12:00:00\""),
                arguments("15", "{\"type\":\"string\",\"format\":\"date-time\"}",
                        scalar(ScalarKind.TIMESTAMP),
                        "\"1969-12-31T23:59:59.999Z\""),
                arguments("18", "{\"type\":\"string\",\"format\":\"duration\"}",
                        scalar(ScalarKind.DURATION),
                        "\"P1D\""),
                arguments("19", "{\"type\":\"string\",\"format\":\"hostname\"}",
                        scalar(ScalarKind.STRING), "\"h\""),
                arguments("26", "{\"type\":\"object\",\"additionalProperties\":false}",
                        "record R.f[]", "{}"),
                arguments("30", "{\"enum\":[\"0 edits\",\"a\"]}",
                        "EnumOf[name=R.f, doc=, symbols=[0 edits, a], open=false]", "\"0 edits\""),
                arguments("33", "{\"enum\":[\"a\",null]}",
                        "EnumOf[name=R.f, doc=, symbols=[a], open=false]",
                        "\"a\""),
                arguments("33", "{\"enum\":[1,2]}", scalar(ScalarKind.INT32), "1"),
                arguments("33", "{\"enum\":[1,3000000000]}", scalar(ScalarKind.INT64),
                        "3000000000"),
                arguments("33", "{\"enum\":[1,\"a\"]}", "Json[]", "1"),
                arguments("34", "{\"const\":\"x\"}", scalar(ScalarKind.STRING), "\"x\""),
                arguments("35", "{\"type\":\"array\",\"items\":{\"type\":\"number\"}}",
                        "ListOf[element=" + scalar(ScalarKind.FLOAT64) + ", elementNullable=true]",
                        "[1.0,null]"),
                arguments("37", "{\"type\":\"array\"}", list, "[1,\"a\",{}]"),
                arguments("37", "{\"type\":\"array\",\"prefixItems\":[{\"type\":\"string\"}]}",
                        list, "[\"a\"]"),
                arguments("38",
                        "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"boolean\"}}",
                        "MapOf[value=" + scalar(ScalarKind.BOOLEAN) + ", valueNullable=true]",
                        "{\"a\":true}"),
                arguments("41", "{}", "Json[]", "{\"a\":[1,9007199254740993,1.5]}"),
                arguments("41", "true", "Json[]", "1"),
                arguments("41", "{\"type\":\"object\"}", "Json[]", "{\"a\":1}"),
                arguments("41", "{\"properties\":{\"x\":{}}}", "record R.f[x]", "{\"x\":1}"),
                arguments("42", "{\"type\":[\"string\",\"null\"]}", scalar(ScalarKind.STRING),
                        "\"a\""),
                arguments("42", "{\"type\":[\"string\",\"integer\"]}", "Json[]", "1"),
                arguments("44", "{\"oneOf\":[{\"type\":\"string\"},{\"type\":\"number\"}]}",
                        "Json[]", "\"a\""),
                arguments("47", "{\"oneOf\":[{\"type\":\"string\"}]}", scalar(ScalarKind.STRING),
                        "\"a\""),
                arguments("21", "{\"anyOf\":[{\"type\":\"null\"},{\"type\":\"string\"}]}",
                        scalar(ScalarKind.STRING),
                        "\"a\""));
    }

    @ParameterizedTest(name = "row {0}: {1}")
    @MethodSource("rows")
    void maps_decodes_and_encodes_each_construct(String row, String schema, String type,
            String json)
            throws Exception {
        Codec codec = field(schema);

        assertThat(codec.type().fields().getFirst().type()).hasToString(type);
        assertThat(codec.type().fields().getFirst().nullable()).isTrue();
        String payload = "{\"f\":" + json + "}";
        assertThat(codec.encode(decode(codec, payload), Optional.empty())).asString()
                .isEqualTo(payload);
        assertThat(decode(codec, "{}").get("f")).isNull();
        assertThat(decode(codec, "{\"f\":null}").get("f")).isNull();
    }

    @Test
    void all_of_is_merged_deeply() throws Exception {
        Codec codec = open(
                """
                        {"allOf":[{"$ref":"#/definitions/base"},
                           {"properties":{"meta":{"properties":{"b":{"type":"string"}}},"id":{"type":"integer"}}}],
                         "definitions":{"base":{"type":"object","properties":{
                           "id":{"type":"number"},"meta":{"type":"object","properties":{"a":{"type":"boolean"}}}}}}}""");

        assertThat(codec.type().fields()).extracting(Field::name).containsExactly("id", "meta");
        assertThat(codec.type().fields().get(0).type()).isEqualTo(Type.Scalar.of(ScalarKind.INT64));
        assertThat(codec.type().fields().get(1).type()).hasToString("record Payload.meta[a, b]");
    }

    @Test
    void all_of_that_demands_two_types_is_refused_at_its_keyword() {
        assertThatThrownBy(
                () -> field("{\"allOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}"))
                .isInstanceOf(SchemaProblem.class)
                .hasMessage(
                        "'#/properties/f/allOf/1': 'allOf' demands two types at once, \"string\" and \"integer\"");
    }

    @Test
    void objects_with_a_constant_each_are_a_union() throws Exception {
        Codec codec = field(
                """
                        {"oneOf":[
                          {"title":"Cat","properties":{"kind":{"const":"cat"},"lives":{"type":"integer"}}},
                          {"title":"Dog","properties":{"kind":{"enum":["dog"]},"tricks":{"type":"array"}}}]}""");

        var union = (Type.Union) codec.type().fields().getFirst().type();
        assertThat(union.members()).extracting(RecordType::name).containsExactly("Cat", "Dog");
        Row row = decode(codec, "{\"f\":{\"kind\":\"dog\",\"tricks\":[]}}");
        assertThat(((Row) row.get("f")).type().name()).isEqualTo("Dog");
        assertThat(((Row) decode(codec, "{\"f\":{\"kind\":\"cat\"}}").get("f")).type().name())
                .isEqualTo("Cat");
        assertThat(((Row) decode(codec, "{\"f\":{\"kind\":\"dog\"}}").get("f")).type().name())
                .isEqualTo("Dog");
    }

    @Test
    void objects_that_cannot_be_told_apart_are_one_record_with_the_fields_of_all()
            throws Exception {
        Codec codec = field("""
                {"anyOf":[{"properties":{"a":{"type":"string"},"b":{"type":"integer"}}},
                          {"properties":{"a":{"type":"string"},"b":{"type":"string"}}}]}""");

        assertThat(codec.type().fields().getFirst().type()).hasToString("record R.f[a, b]");
        assertThat(((RecordType) codec.type().fields().getFirst().type()).fields().get(1).type())
                .isEqualTo(new Type.Json());
    }

    @Test
    void references_are_followed_to_anchors_ids_and_files_and_to_themselves() throws Exception {
        SchemaFiles files = path -> {
            if (path.equals("common/money.json")) {
                return "{\"$defs\":{\"m\":{\"title\":\"Money\",\"properties\":{\"c\":{\"$ref\":\"code.json#\"}}}}}";
            }
            if (path.equals("common/code.json")) {
                return "{\"type\":\"string\"}";
            }
            throw new FileNotFoundException("there is no file '" + path + "'");
        };

        Codec codec = open(
                """
                        {"title":"Node","type":"object","properties":{
                           "next":{"$ref":"#"},"list":{"$ref":"#l"},"id":{"$ref":"urn:x:id"},
                           "money":{"$ref":"common/money.json#/$defs/m"},"all":{"allOf":[{"$ref":"common/money.json#/$defs/m"}]}},
                         "$defs":{"l":{"$anchor":"l","type":"array","items":{"$ref":"#l"}},
                                  "i":{"$id":"urn:x:id","type":"boolean"}}}""",
                files);

        assertThat(codec.type().fields().get(0).type()).isSameAs(codec.type());
        assertThat(codec.type().fields().get(1).type())
                .hasToString("ListOf[element=Json[], elementNullable=true]");
        assertThat(codec.type().fields().get(2).type())
                .isEqualTo(Type.Scalar.of(ScalarKind.BOOLEAN));
        var money = (RecordType) codec.type().fields().get(3).type();
        assertThat(money.fields().getFirst().type()).isEqualTo(Type.Scalar.of(ScalarKind.STRING));
        assertThat(codec.type().fields().get(4).type()).isSameAs(money);
    }

    @Test
    void references_to_the_network_and_to_nothing_are_refused() {
        assertThatThrownBy(() -> field("{\"$ref\":\"https://example.org/s.json\"}"))
                .isInstanceOf(SchemaProblem.class)
                .hasMessage(
                        "'#/properties/f/$ref': '$ref' to 'https://example.org/s.json' is not followed: schemas are "
                                + "never fetched from the network; put the file beside the contract and refer to it by a "
                                + "relative path");
        assertThatThrownBy(() -> field("{\"$ref\":\"#/definitions/gone\"}"))
                .isInstanceOf(SchemaProblem.class)
                .hasMessage(
                        "'#/properties/f/$ref': '$ref' to '#/definitions/gone' leads to no schema");
        assertThatThrownBy(() -> field("{\"$ref\":\"gone.json\"}"))
                .isInstanceOf(SchemaProblem.class)
                .hasMessageContaining("there is no file 'gone.json'");
        assertThatThrownBy(() -> field("{\"$ref\":\"#/properties/f\"}"))
                .isInstanceOf(SchemaProblem.class)
                .hasMessageContaining("refers to itself without end");
    }

    @Test
    void a_schema_that_is_none_is_refused_with_its_place() {
        assertThatThrownBy(() -> open("{\n \"type\": ,")).isInstanceOfSatisfying(
                SchemaProblem.class,
                problem -> assertThat(problem.line()).isEqualTo(2));
        assertThatThrownBy(() -> open("[]")).isInstanceOf(SchemaProblem.class)
                .hasMessage(
                        "'test.json' is not a JSON Schema: expected an object but found an array");
        assertThatThrownBy(() -> open("")).isInstanceOf(SchemaProblem.class);
        String deep = "{\"type\":\"array\",\"items\":".repeat(400) + "{}" + "}".repeat(400);
        assertThatThrownBy(() -> open(deep)).isInstanceOf(SchemaProblem.class);
    }

    @Test
    void a_payload_that_is_no_object_is_wrapped() throws Exception {
        Codec codec = open("{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}");

        Row row = decode(codec, "[1,null]");

        assertThat(row.get("value")).isEqualTo(Arrays.asList(1L, null));
        assertThat(codec.encode(row, Optional.empty())).asString().isEqualTo("[1,null]");
    }

    @Test
    void framing_is_dropped_and_written() throws Exception {
        Codec codec = field("{\"type\":\"string\"}");
        Row row = new Row(codec.type(), new Object[]{"a"});

        byte[] framed = codec.encode(row, Optional.of(1));

        assertThat(framed).startsWith(0, 0, 0, 0, 1, '{');
        assertThat(codec.decode(framed)).isEqualTo(row);
    }

    @Test
    void a_member_that_does_not_fit_is_named() throws Exception {
        Codec codec = field("{\"type\":\"integer\"}");

        assertThatThrownBy(() -> decode(codec, "{\"f\":\"secret\"}"))
                .isInstanceOf(UnreadablePayload.class)
                .hasMessage(
                        "$.f: expected an integer of 64 bits, as number or text but found another text");
        assertThatThrownBy(() -> decode(codec, "null"))
                .hasMessage("$: expected an object ('R') but found null");
        assertThatThrownBy(() -> decode(codec, "{} x")).isInstanceOf(UnreadablePayload.class);
    }

    @Test
    void fields_of_a_contract_become_a_schema() throws Exception {
        var node = new RecordType("a.Node", "A node");
        var other = RecordType.of("b.Node", List.of(new Field("back", node, true)));
        node.define(List.of(new Field("id", Type.Scalar.of(ScalarKind.INT64), false),
                new Field("price", new Type.Scalar(ScalarKind.DECIMAL, 6, 2), true),
                new Field("tags", new Type.MapOf(Type.Scalar.of(ScalarKind.STRING), false), true),
                new Field("other", other, true)));

        Codec codec = JsonCodec.fromFields(node);

        assertThat(codec.source().text()).isEqualTo(
                """
                        {"$schema":"http://json-schema.org/draft-07/schema#","title":"Node","type":"object",\
                        "description":"A node","properties":{"id":{"type":"integer","format":"int64"},\
                        "price":{"type":["string","null"],"format":"decimal"},\
                        "tags":{"type":["object","null"],"additionalProperties":{"type":"string"}},\
                        "other":{"oneOf":[{"$ref":"#/definitions/b.Node"},{"type":"null"}]}},"required":["id"],\
                        "definitions":{"b.Node":{"title":"Node","type":"object","properties":{\
                        "back":{"oneOf":[{"$ref":"#"},{"type":"null"}]}}}}}""");
        Row row = decode(codec,
                "{\"id\":1,\"price\":\"1.10\",\"tags\":{\"a\":\"b\"},\"other\":{\"back\":{\"id\":2}}}");
        assertThat(row.get("tags")).isEqualTo(Map.of("a", "b"));
        assertThat(codec.decode(codec.encode(row, Optional.empty()))).isEqualTo(row);
        assertThat(open(codec.source().text()).type().fields()).hasSize(4);
    }

    private static Codec either(String price) throws SchemaProblem {
        return field("""
                {"oneOf": [
                  {"title": "A", "type": "object",
                   "properties": {"kind": {"const": "a"}, "price": %s}},
                  {"title": "B", "type": "object",
                   "properties": {"kind": {"const": "b"}, "name": {"type": "string"}}}]}"""
                .formatted(price));
    }

    @Test
    void keeps_every_digit_of_a_decimal_within_a_union() throws Exception {
        var codec = either("{\"type\":\"number\",\"multipleOf\":0.01}");

        var row = decode(codec, "{\"f\":{\"kind\":\"a\",\"price\":12345678901234567890.10}}");

        assertThat(((Row) row.get(0)).get("price"))
                .isEqualTo(new BigDecimal("12345678901234567890.10"));
    }

    @Test
    void keeps_a_number_beyond_a_double_within_a_union() throws Exception {
        var row = decode(either("{}"), "{\"f\":{\"kind\":\"a\",\"price\":1e399}}");

        assertThat(((Row) row.get(0)).get("price")).isEqualTo(new BigDecimal("1e399"));
    }

    @Test
    void an_exponent_beyond_every_decimal_within_a_union_is_unreadable() throws Exception {
        var codec = either("{}");

        assertThatThrownBy(
                () -> decode(codec, "{\"f\":{\"kind\":\"a\",\"price\":7e77777777777777777}}"))
                .isInstanceOf(UnreadablePayload.class)
                .hasMessage("$.f: expected an object whose numbers are decimals but found a number"
                        + " with too large an exponent");
    }

    @Test
    void a_schema_with_an_exponent_beyond_every_decimal_is_refused() {
        assertThatThrownBy(() -> field("{\"type\":\"number\",\"minimum\":7e77777777777777777}"))
                .isInstanceOf(SchemaProblem.class)
                .hasMessage("'test.json' has a number whose exponent is beyond every decimal,"
                        + " expected a smaller one");
    }
}
