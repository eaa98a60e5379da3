package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.schema.Evolution.Version;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EvolutionTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            int32 a = 1;         | int64 a = 1;             |                                                                |
            string a = 1;        | int32 a = 1;             | a: is 'int32' for the writer and 'string' for the reader       | a: is 'string' for the writer and 'int32' for the reader
            sint32 a = 1;        | int32 a = 1;             | a: is 'int32' for the writer and 'sint32' for the reader       | a: is 'sint32' for the writer and 'int32' for the reader
            string a = 1;        | bytes a = 1;             | a: may be any bytes for the writer and has to be text for the reader |
            string a = 1;        | string a = 2;            | a: has number 2 for the writer and 1 for the reader            | a: has number 1 for the writer and 2 for the reader
            string a = 1;        | string b = 1;            |                                                                |
            string a = 1;        | string a = 1; int32 n = 2; |                                                              |
            int32 a = 1;         | repeated int32 a = 1;    | a: is repeated for the writer and single for the reader        |
            string a = 1;        | repeated string a = 1;   |                                                                |
            oneof o {string a = 1; string b = 2;} | string a = 1; string b = 2; | o: the writer may set several fields of which the reader keeps one |
            """)
    void protobuf_is_compared_as_it_is_on_the_wire(String reader, String writer, String why,
            String whyBack) throws SchemaProblem {
        assertThat(objections(SchemaLanguage.PROTOBUF, proto(reader), proto(writer)))
                .isEqualTo(why == null ? List.of() : List.of(why));
        assertThat(objections(SchemaLanguage.PROTOBUF, proto(writer), proto(reader)))
                .isEqualTo(whyBack == null ? List.of() : List.of(whyBack));
    }

    @Test
    void a_required_field_that_need_not_be_written_is_an_objection() throws SchemaProblem {
        var required = "syntax = \"proto2\"; message M { required string a = 1; }";
        var optional = "syntax = \"proto2\"; message M { optional string a = 1; }";

        assertThat(objections(SchemaLanguage.PROTOBUF, required, optional))
                .containsExactly("a: is required by the reader and need not be written");
        assertThat(objections(SchemaLanguage.PROTOBUF, optional, required)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"type":"string"}  | {"type":"number"}  | the whole value: may be number for the writer and not for the reader | the whole value: may be string for the writer and not for the reader
            {"type":"number"}  | {"type":"integer"} |  | the whole value: may be number for the writer and not for the reader
            {"enum":["a","b"]} | {"enum":["a"]}     |  | the whole value: may be "b" for the writer and not for the reader
            {"type":"integer","maximum":9} | {"type":"integer","maximum":5} | | the whole value: 'maximum' is 5 for the reader and 9 for the writer
            {"type":"object","required":["a"]} | {"type":"object"} | a: is required by the reader and need not be written |
            {"type":"object","properties":{"a":{"type":"string"}}} | {"type":"object","properties":{"a":{"type":["string","null"]}}} | a: may be null for the writer and not for the reader |
            {"type":"object","additionalProperties":false} | {"type":"object","properties":{"a":{}}} | a: is not known to the reader, which forbids further ones |
            {"type":"array","items":{"type":"string"}} | {"type":"array","items":{"type":"integer"}} | []: may be integer for the writer and not for the reader | []: may be string for the writer and not for the reader
            {"anyOf":[{"type":"string"},{"type":"null"}]} | {"type":"string"} | | the whole value: may be of a kind for the writer that the reader does not have
            {"$ref":"#/$defs/a","$defs":{"a":{"type":"string"}}} | {"type":"string"} | |
            """)
    void json_schemas_are_compared_by_the_values_that_they_allow(String reader, String writer,
            String why, String whyBack) throws SchemaProblem {
        assertThat(objections(SchemaLanguage.JSON, reader, writer))
                .isEqualTo(why == null ? List.of() : List.of(why));
        assertThat(objections(SchemaLanguage.JSON, writer, reader))
                .isEqualTo(whyBack == null ? List.of() : List.of(whyBack));
    }

    @Test
    void avro_is_compared_by_its_specification() throws SchemaProblem {
        var less = "{\"type\":\"record\",\"name\":\"R\",\"fields\":[]}";
        var more = "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}";

        assertThat(objections(SchemaLanguage.AVRO, less, more)).isEmpty();
        assertThat(objections(SchemaLanguage.AVRO, more, less)).containsExactly(
                "/fields/0: the reader has a field without a default that the writer lacks: a");
    }

    private static String proto(String fields) {
        return "syntax = \"proto3\"; message M { " + fields + " }";
    }

    private static List<String> objections(SchemaLanguage language, String reader, String writer)
            throws SchemaProblem {
        return Evolution.objections(version(language, reader), version(language, writer));
    }

    private static Version version(SchemaLanguage language, String text) {
        return new Version(new SourceSchema(language, text, "made-up"), Optional.empty(),
                path -> {
                    throw new IOException("nothing is imported");
                });
    }
}
