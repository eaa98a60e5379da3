package io.tidegate.mapping;

import static io.tidegate.mapping.Products.orders;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graphql.schema.GraphQLObjectType;
import graphql.schema.idl.SchemaParser;
import io.tidegate.mapping.GraphQlSchemas.Visible;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.SchemaProblem;
import io.tidegate.schema.Schemas;
import io.tidegate.schema.SourceSchema;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Schemas as people write them become APIs whose every name leads back. */
class SchemasOfOthersTest {
    private static final Path SAMPLES = Path.of("../../shared/data/schemas");
    private static final Map<String, SchemaLanguage> LANGUAGES = Map.of(".avsc",
            SchemaLanguage.AVRO, ".json",
            SchemaLanguage.JSON, ".proto", SchemaLanguage.PROTOBUF);

    @Test
    void schemas_of_other_projects_become_graphql_and_examples_that_can_be_read() throws Exception {
        assumeTrue(Files.isDirectory(SAMPLES), "sample files of other projects are not here");
        int mapped = 0;
        for (var file : files()) {
            var type = rowType(file);
            if (type.isPresent()) {
                check(file, type.get());
                mapped++;
            }
        }
        assertThat(mapped).isGreaterThan(40);
    }

    private static void check(Path file, RecordType type) throws Exception {
        var api = orders(type).api();
        var schema = GraphQlSchemas.build(List.of(new Visible(api, Set.of())));
        new SchemaParser().parse(Sdl.print(schema));
        for (var shown : schema.getAllTypesAsList()) {
            var record = api.record(shown.getName());
            if (shown instanceof GraphQLObjectType object && record.isPresent()) {
                for (var field : object.getFieldDefinitions()) {
                    assertThat(field.getName().equals("_empty")
                            || api.position(record.get(), field.getName()).isPresent())
                            .as(file + ": " + object.getName() + "." + field.getName()).isTrue();
                }
            }
        }
        assertThat(JsonSchemas.of(type, Set.of()).path("type").asText()).isEqualTo("object");
        assertThat(JsonValues.read(JsonSchemas.example(type, Set.of()), type)).as(file.toString())
                .isNotNull();
    }

    private static Optional<RecordType> rowType(Path file) throws IOException {
        var name = file.getFileName().toString();
        var source = new SourceSchema(LANGUAGES.get(name.substring(name.lastIndexOf('.'))),
                Files.readString(file),
                name);
        try {
            return Optional.of(Schemas.open(source, Optional.empty(), List.of(),
                    path -> Files.readString(file.resolveSibling(path)), WriterSchemas.none())
                    .type());
        } catch (SchemaProblem e) {
            return Optional.empty(); // Whether it should have been read is another test's matter.
        }
    }

    private static List<Path> files() throws IOException {
        try (var walk = Files.walk(SAMPLES)) {
            var files = new ArrayList<>(walk.filter(file -> {
                var name = file.getFileName().toString();
                return name.lastIndexOf('.') > 0
                        && LANGUAGES.containsKey(name.substring(name.lastIndexOf('.')));
            }).toList());
            files.sort(null);
            return files;
        }
    }
}
