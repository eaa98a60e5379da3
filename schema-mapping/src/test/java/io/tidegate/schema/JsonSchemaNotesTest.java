package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.FileNotFoundException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Where in the text of a JSON Schema each problem and each note stands. */
class JsonSchemaNotesTest {
    private static Codec open(String origin, Map<String, String> files) throws SchemaProblem {
        return Schemas.open(
                new SourceSchema(SchemaLanguage.JSON, files.getOrDefault(origin, ""), origin),
                Optional.empty(), List.of(), path -> {
                    String text = files.get(path);
                    if (text == null) {
                        throw new FileNotFoundException("there is no file '" + path + "'");
                    }
                    return text;
                }, WriterSchemas.none());
    }

    private static List<String> notes(Codec codec) {
        return codec.notes().stream().map(note -> note.origin() + ":" + note.line() + ":"
                + note.column() + " " + note.message()).toList();
    }

    @Test
    void each_thing_that_is_not_shown_is_noted_where_it_stands_and_once() throws Exception {
        Codec codec = open("reading.json", Map.of("reading.json", """
                {"title": "Reading",
                 "properties": {
                   "pair": {"prefixItems": [{}]},
                   "kind": {"type": ["string", "object"]},
                   "level": {"enum": [1, 2]},
                   "mixed": {"enum": [1, "a"]},
                   "either": {"oneOf": [{"type": "string"}, {"type": "array"}]},
                   "again": {"$ref": "#/$defs/c"},
                   "and": {"$ref": "#/$defs/c"},
                   "never": false,
                   "open": {"properties": {"a": {}}, "additionalProperties": {"type": "string"}}
                 },
                 "if": {"required": ["pair"]},
                 "$defs": {"c": {"type": "object", "properties": {"x": {"type": "string"}},
                   "not": {}}}}
                """));

        assertThat(notes(codec)).containsExactly(
                "reading.json:3:13 each position of the array has a type of its own: the elements are shown as JSON",
                "reading.json:4:13 'type' lists several (string, object): shown as JSON",
                "reading.json:5:14 'enum' lists values that are no text: shown as a scalar, and not checked",
                "reading.json:6:14 'enum' lists values of several types: shown as JSON",
                "reading.json:7:15 'oneOf' has alternatives that no one type describes: shown as JSON",
                "reading.json:10:4 'never' allows no value: shown as JSON if it is there",
                "reading.json:11:38 members beyond the declared properties are not shown: the contract's 'schema.extra' shows them",
                "reading.json:13:2 'if' with 'then' and 'else' is not mapped: what only they declare is not shown",
                "reading.json:15:4 'not' is not mapped: values are not checked against it");
    }

    @Test
    void there_are_at_most_a_hundred() throws Exception {
        var properties = new StringBuilder("\"a\":{}");
        for (int i = 0; i < 300; i++) {
            properties.append(",\"p").append(i).append("\":{\"type\":\"string\",\"not\":{}}");
        }

        assertThat(open("wide.json",
                Map.of("wide.json", "{\"properties\":{" + properties + "}}")).notes())
                .hasSize(100);
    }

    @Test
    void a_problem_in_a_file_that_is_referred_to_names_that_file() {
        var files = Map.of("orders/order.json",
                "{\"properties\": {\"price\": {\"$ref\": \"../money.yaml#/$defs/money\"}}}",
                "money.yaml", """
                        $defs:
                          money:
                            allOf:
                              - type: string
                              - type: integer
                        """);

        var problem = catchThrowableOfType(SchemaProblem.class,
                () -> open("orders/order.json", files));

        assertThat(problem).hasMessage("'money.yaml#/$defs/money/allOf/1': 'allOf' demands two"
                + " types at once, \"string\" and \"integer\"");
        assertThat(problem.origin()).isEqualTo("money.yaml");
        assertThat(problem.line()).isEqualTo(5);
    }

    @Test
    void a_schema_in_yaml_is_read_like_one_in_json() throws Exception {
        Codec codec = open("reading.yaml", Map.of("reading.yaml", """
                title: Reading
                type: object
                properties:
                  size: {type: integer, minimum: 0, maximum: 100}
                  on: {const: true}
                  price: {type: number, multipleOf: 0.01}
                  state:
                    # Text, because it is quoted.
                    enum: ["1", 'true', low]
                  pair: {items: [{type: string}]}
                """));

        assertThat(codec.type().fields()).extracting(field -> field.type().toString())
                .containsExactly(Type.Scalar.of(ScalarKind.INT32).toString(),
                        Type.Scalar.of(ScalarKind.BOOLEAN).toString(),
                        "Scalar[kind=DECIMAL, precision=0, scale=2]",
                        "EnumOf[name=Reading.state, doc=, symbols=[1, true, low], open=false]",
                        "ListOf[element=Json[], elementNullable=true]");
        assertThat(notes(codec)).hasSize(1).first().asString().startsWith("reading.yaml:10:10 ");

        var problem = catchThrowableOfType(SchemaProblem.class,
                () -> open("b.yaml", Map.of("b.yaml", "type: object\n  properties: [")));
        assertThat(problem).hasMessageStartingWith("'b.yaml' is not the YAML of a JSON Schema: ");
        assertThat(problem.line()).isEqualTo(2);
    }

    @Test
    void schemas_of_an_api_description_can_be_the_payload() throws Exception {
        var text = """
                openapi: 3.1.0
                components:
                  schemas:
                    Order: {type: object, properties: {buyer: {$ref: '#/components/schemas/Buyer'}}}
                    Buyer: {type: object, properties: {name: {type: string}}}
                """;

        Codec codec = Schemas.open(new SourceSchema(SchemaLanguage.JSON, text, "api.yaml"),
                Optional.of("Order"), List.of(), path -> {
                    throw new FileNotFoundException("there is no file '" + path + "'");
                }, WriterSchemas.none());

        assertThat(codec.type()).hasToString("record Order[buyer]");
        assertThat(codec.type().fields().getFirst().type()).hasToString("record Buyer[name]");
    }

    @Test
    void references_end_within_the_folder_whatever_they_say() {
        for (String reference : List.of("../../secret.json", "file:///etc/passwd",
                "contract:/../x.json", "//host/x.json", "\\\\host\\x", "http://h/x", "%2e%2e/x",
                ":", "#/%zz", "urn:a:b#c")) {
            var problem = catchThrowableOfType(SchemaProblem.class, () -> open("a.json",
                    Map.of("a.json", "{\"properties\":{\"f\":{\"$ref\":\""
                            + reference.replace("\\", "\\\\") + "\"}}}")));

            assertThat(problem).as(reference).isNotNull()
                    .hasMessageStartingWith("'#/properties/f/$ref': '$ref' to ");
            assertThat(problem.column()).as(reference).isEqualTo(21);
        }
    }

    @Test
    void identifiers_are_the_base_of_what_is_inside() throws Exception {
        Codec codec = open("order.json",
                Map.of("order.json",
                        """
                                {"$id": "https://example.com/shop/order.json", "type": "object", "properties": {
                                  "a": {"$ref": "money.json"},
                                  "b": {"$ref": "https://example.com/shop/money.json"},
                                  "c": {"$ref": "/shop/inner#here"},
                                  "d": {"$ref": "https://json-schema.org/draft/2020-12/schema"},
                                  "e": {"$ref": "parts/weight/1.0.0"}},
                                 "$defs": {"x": {"$id": "inner", "$defs": {"y": {"$anchor": "here", "type": "boolean"}}},
                                   "z": {"enum": [{"$id": "money.json"}]}}}""",
                        "money.json", "{\"type\": \"integer\"}",
                        "parts/weight/1.0.0.yaml", "type: number"));

        assertThat(codec.type().fields()).extracting(Field::type).containsExactly(
                Type.Scalar.of(ScalarKind.INT64), Type.Scalar.of(ScalarKind.INT64),
                Type.Scalar.of(ScalarKind.BOOLEAN), new Type.Json(),
                Type.Scalar.of(ScalarKind.FLOAT64));
    }

    @Test
    void texts_that_came_with_the_schema_are_found_by_the_name_that_refers_to_them()
            throws Exception {
        var schema = new SourceSchema(SchemaLanguage.JSON, """
                {"type": "object", "properties": {
                  "a": {"$ref": "https://example.com/money.json"}, "b": {"$ref": "size.json"}}}""",
                "registry id 7", Map.of("https://example.com/money.json", "{\"type\":\"boolean\"}",
                        "size.json", "{\"type\":\"number\"}"));

        Codec codec = Schemas.open(schema, Optional.empty(), List.of(), path -> {
            throw new FileNotFoundException("there is no file '" + path + "'");
        }, WriterSchemas.none());

        assertThat(codec.type().fields()).extracting(Field::type).containsExactly(
                Type.Scalar.of(ScalarKind.BOOLEAN), Type.Scalar.of(ScalarKind.FLOAT64));
    }
}
