package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.FileNotFoundException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the author of a schema reads when its text breaks off or goes astray. */
class BrokenJsonTest {
    private static final SchemaFiles NO_FILES = path -> {
        throw new FileNotFoundException("there is no file '" + path + "'");
    };

    private static SchemaProblem open(SchemaLanguage language, String text) {
        return catchThrowableOfType(SchemaProblem.class,
                () -> Schemas.open(new SourceSchema(language, text, "orders.schema"),
                        Optional.empty(), List.of(), NO_FILES, WriterSchemas.none()));
    }

    static Stream<Arguments> broken() {
        return Stream.of(
                arguments(SchemaLanguage.AVRO, "{\"type\": \"record\",\n  \"name\": \"a.R\",\n", 3,
                        1,
                        "'orders.schema' is not the JSON of an Avro schema: Unexpected end-of-input within/between Object entries"),
                arguments(SchemaLanguage.AVRO, "{\"type\": \"record\",\n  \"fields\": [1, 2", 2, 18,
                        "'orders.schema' is not the JSON of an Avro schema: Unexpected end-of-input: expected close marker for Array (opened at line 2, column 13)"),
                arguments(SchemaLanguage.AVRO, "{\"type\": \"record\"\n  \"name\": \"R\"}", 2, 3,
                        "'orders.schema' is not the JSON of an Avro schema: Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries"),
                arguments(SchemaLanguage.AVRO, "record R {}", 1, 1,
                        "'orders.schema' is not the JSON of an Avro schema: Unrecognized token 'record': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"),
                arguments(SchemaLanguage.AVRO, "[".repeat(1001), 0, 0,
                        "'orders.schema' is not the JSON of an Avro schema: Document nesting depth (1001) exceeds the maximum allowed (1000)"),
                arguments(SchemaLanguage.AVRO, "{\"type\": \"string\"} }", 0, 0,
                        "'orders.schema' is not an Avro schema: dangling content after end of schema: }"),
                arguments(SchemaLanguage.AVRO, "\"record\"", 0, 0,
                        "'orders.schema' is not an Avro schema: it names a type that nothing defines, expected its definition"),
                arguments(SchemaLanguage.JSON, "{\"type\": \"object\",\n  \"properties\": {\n", 3,
                        1,
                        "'orders.schema' is not the JSON of a JSON Schema: Unexpected end-of-input: expected close marker for Object (opened at line 2, column 17)"),
                arguments(SchemaLanguage.JSON, "{\"type\": \"object\",\n  'properties': {}}", 2, 3,
                        "'orders.schema' is not the JSON of a JSON Schema: Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
                arguments(SchemaLanguage.JSON, "{\"type\": \"object\"} {}", 1, 20,
                        "'orders.schema' is not the JSON of a JSON Schema: the text goes on behind the end of the schema"));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void says_what_is_wrong_and_where_in_words_of_the_text(SchemaLanguage language, String text,
            int line, int column, String message) {
        var problem = open(language, text);

        assertThat(problem).hasMessage(message);
        assertThat(problem.line()).isEqualTo(line);
        assertThat(problem.column()).isEqualTo(column);
    }

    @Test
    void says_the_same_of_a_text_from_the_registry() {
        var problem = catchThrowableOfType(SchemaProblem.class,
                () -> AvroSchemaText.parseWriter(new SourceSchema(SchemaLanguage.AVRO,
                        "{\"type\": \"record\",\n \"fields\": [", "registry id 7")));

        assertThat(problem).hasMessage(
                "'registry id 7' is not the JSON of an Avro schema: Unexpected end-of-input: expected close marker for Array (opened at line 2, column 12)");
        assertThat(problem.line()).isEqualTo(2);
        assertThat(problem.column()).isEqualTo(13);
    }
}
