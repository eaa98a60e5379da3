package io.tidegate.mapping;

import static io.tidegate.mapping.Products.field;
import static io.tidegate.mapping.Products.nullable;
import static io.tidegate.mapping.Products.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JsonSchemasTest {

    @Test
    void a_record_is_described_as_its_json() {
        var place = new RecordType("a.Place", "Where.")
                .define(List.of(field("zip", ScalarKind.STRING),
                        field("street", ScalarKind.STRING)));
        var status = new Type.EnumOf("a.Status", "", List.of("on", "off"), false);
        var type = row(new Field("$id", Type.Scalar.of(ScalarKind.INT64), false, "Which.", ""),
                nullable("price", new Type.Scalar(ScalarKind.DECIMAL, 9, 2)),
                nullable("status", status),
                new Field("to", place, true, "Where to.", "use places"));

        assertThat(JsonSchemas.of(type, Set.of("to.street")).toPrettyString())
                .isEqualToNormalizingNewlines("""
                        {
                          "$schema" : "http://json-schema.org/draft-07/schema#",
                          "type" : "object",
                          "properties" : {
                            "$id" : {
                              "type" : "string",
                              "format" : "int64",
                              "pattern" : "^-?\\\\d+$",
                              "description" : "Which."
                            },
                            "price" : {
                              "type" : [ "string", "null" ],
                              "format" : "decimal",
                              "pattern" : "^-?\\\\d+([.]\\\\d+)?$",
                              "x-precision" : 9,
                              "x-scale" : 2
                            },
                            "status" : {
                              "type" : [ "string", "null" ],
                              "enum" : [ "on", "off", null ]
                            },
                            "to" : {
                              "anyOf" : [ {
                                "$ref" : "#/definitions/a.Place"
                              }, {
                                "type" : "null"
                              } ],
                              "deprecated" : true,
                              "description" : "Where to. Deprecated: use places"
                            }
                          },
                          "required" : [ "$id" ],
                          "definitions" : {
                            "a.Place" : {
                              "type" : "object",
                              "description" : "Where.",
                              "properties" : {
                                "zip" : {
                                  "type" : "string"
                                }
                              },
                              "required" : [ "zip" ]
                            }
                          }
                        }""");
    }

    @Test
    void a_record_within_itself_refers_to_itself() {
        var node = new RecordType("Node", "");
        node.define(List.of(nullable("next", node)));

        assertThat(JsonSchemas.of(node, Set.of()).at("/properties/next/anyOf/0/$ref").asText())
                .isEqualTo("#");
        assertThat(JsonSchemas.of(node, Set.of()).has("definitions")).isFalse();
        assertThat(JsonSchemas.example(node, Set.of())).hasToString("{\"next\":null}");
    }

    @Test
    void an_example_ends_even_where_no_value_could() {
        var node = new RecordType("Node", "");
        node.define(List.of(field("next", node), field("all", new Type.ListOf(node, false))));

        assertThat(JsonSchemas.example(node, Set.of())).hasToString("{\"next\":{},\"all\":[]}");
    }

    @Test
    void what_is_masked_is_described_as_the_mask_shows_it() {
        var text = Type.Scalar.of(ScalarKind.STRING);
        var type = row(field("id", ScalarKind.STRING),
                new Field("name", text, false, "", "", "{\"maxLength\":2}"),
                nullable("mail", text), field("age", ScalarKind.INT32),
                field("born", ScalarKind.DATE), field("seen", ScalarKind.TIMESTAMP),
                field("tags", new Type.ListOf(text, true)),
                field("phones", new Type.MapOf(text, false)),
                field("home", new RecordType("a.Home", "").define(
                        List.of(field("zip", ScalarKind.STRING), field("no", ScalarKind.INT32)))));
        var masks = Map.of("name", Mask.REDACT, "mail", Mask.PARTIAL, "age", Mask.REDACT, "born",
                Mask.YEAR, "seen", Mask.YEAR, "tags", Mask.HASH, "phones", Mask.PARTIAL, "home.no",
                Mask.HIDE, "home.zip", Mask.HASH);

        var schema = JsonSchemas.of(type, masks);

        assertThat(schema.path("required")).hasToString(
                "[\"id\",\"name\",\"born\",\"seen\",\"tags\",\"phones\",\"home\"]");
        assertThat(schema.at("/properties/name"))
                .hasToString("{\"type\":\"string\",\"enum\":[\"***\"]}");
        assertThat(schema.at("/properties/mail"))
                .hasToString("{\"type\":[\"string\",\"null\"],\"pattern\":\"^[*]{3}\"}");
        assertThat(schema.at("/properties/age")).hasToString("{\"type\":\"null\"}");
        assertThat(schema.at("/properties/born"))
                .hasToString("{\"type\":\"string\",\"format\":\"date\"}");
        assertThat(schema.at("/properties/tags")).hasToString(
                "{\"type\":\"array\",\"items\":{\"type\":[\"string\",\"null\"],\"pattern\":\"^[A-Za-z0-9_-]{22}$\"}}");
        assertThat(schema.at("/definitions/a.Home")).hasToString(
                "{\"type\":\"object\",\"properties\":{\"zip\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]{22}$\"}},\"required\":[\"zip\"]}");
        assertThat(JsonSchemas.example(type, masks)).hasToString(
                "{\"id\":\"A-1001\",\"name\":\"***\",\"mail\":\"***@example.com\",\"age\":null,\"born\":\"2025-01-01\",\"seen\":\"2025-01-01T00:00:00Z\",\"tags\":[\"n4bQgYhMfWWaL-qgxVrQFa\"],\"phones\":{\"key\":\"***\"},\"home\":{\"zip\":\"n4bQgYhMfWWaL-qgxVrQFa\"}}");
    }
}
