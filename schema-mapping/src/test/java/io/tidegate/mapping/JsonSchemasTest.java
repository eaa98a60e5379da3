package io.tidegate.mapping;

import static io.tidegate.mapping.Products.field;
import static io.tidegate.mapping.Products.nullable;
import static io.tidegate.mapping.Products.row;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.util.List;
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
}
