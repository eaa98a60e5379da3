package io.tidegate.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import graphql.language.AstPrinter;
import graphql.language.TypeDefinition;
import graphql.schema.idl.SchemaParser;
import io.tidegate.contract.ContractReader;
import io.tidegate.contract.ProductSchema;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.mapping.GraphQlSchemas.Visible;
import io.tidegate.problem.Problem;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.Misfit;
import io.tidegate.schema.SchemaFiles;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.SourceSchema;
import io.tidegate.schema.TextPayloads;
import io.tidegate.schema.UnreadablePayload;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every construct of every schema language, and what becomes of it: types in GraphQL, the published schema of the JSON, and
 * the JSON itself. Run with {@code -Dgolden.write=true} to write the expected files anew; read them before you keep them.
 */
class MappingGoldenTest {
    private static final Path CASES = Path.of("src/test/resources/golden");
    private static final boolean WRITE = Boolean.getBoolean("golden.write");
    private static final Map<SchemaLanguage, String> SCHEMAS = Map.of(SchemaLanguage.AVRO,
            "schema.avsc", SchemaLanguage.JSON, "schema.json", SchemaLanguage.PROTOBUF,
            "schema.proto");
    /** Types that every product has around its own; what they look like is other tests' matter. */
    private static final String SURROUNDINGS = ".*(Product|Connection|Edge|Event|Key|KeyInput|Where|OrderBy|OrderField|Aggregate[A-Za-z]*)";
    private static final ObjectMapper JSON = new ObjectMapper();

    static Stream<String> cases() throws IOException {
        try (var walk = Files.walk(CASES, 2)) {
            return walk.filter(Files::isDirectory)
                    .filter(folder -> CASES.relativize(folder).getNameCount() == 2)
                    .map(folder -> CASES.relativize(folder).toString().replace('\\', '/'))
                    .sorted().toList().stream();
        }
    }

    @Test
    void every_case_stands_in_the_documented_table() throws IOException {
        var page = Files.readString(Path.of("../docs/reference/mapping.md"));
        var rows = page.substring(page.indexOf("## Cases")).lines()
                .filter(line -> line.matches("\\| \\d+ \\|.*")).toList();

        assertThat(rows).hasSize(70);
        assertThat(cases()).allSatisfy(name -> {
            var words = name.split("[-/]", 2);
            var slug = words[1].substring(0, words[1].indexOf('/'));
            int column = switch (name.substring(name.indexOf('/') + 1)) {
                case "avro" -> 3;
                case "json" -> 4;
                default -> 5;
            };
            assertThat(rows.get(Integer.parseInt(words[0]) - 1).split("\\|", -1)[column])
                    .contains("`" + slug + "`");
        });
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void becomes_what_is_expected(String name) throws Exception {
        var folder = CASES.resolve(name);
        var schema = schema(folder);

        compare(folder.resolve("expected.graphql"), graphQl(schema));
        compare(folder.resolve("expected.schema.json"), JSON.writerWithDefaultPrettyPrinter()
                .writeValueAsString(JsonSchemas.of(schema.rowType(), Set.of())) + "\n");
        compare(folder.resolve("expected.ndjson"), values(folder, schema));
    }

    private static ProductSchema schema(Path folder) throws IOException {
        var language = SchemaLanguage
                .valueOf(folder.getFileName().toString().toUpperCase(java.util.Locale.ROOT));
        var contract = folder.resolve("contract.yaml");
        var text = Files.exists(contract) ? Files.readString(contract) : """
                domain: golden
                product: case
                version: "1.0"
                owner: golden@example.com
                schema: {type: %s, file: %s}
                """.formatted(folder.getFileName(), SCHEMAS.get(language));
        var read = ContractReader.read("contract.yaml", text);
        assertThat(read.problems()).isEmpty();
        var resolved = ProductSchemas.resolve(read.product().orElseThrow(), files(folder),
                RegistryLookup.none(), WriterSchemas.none());
        assertThat(resolved.problems()).filteredOn(Problem::isError).isEmpty();
        return resolved.schema().orElseThrow();
    }

    private static SchemaFiles files(Path folder) {
        return path -> Files.readString(folder.resolve(path));
    }

    private static String graphQl(ProductSchema schema) {
        var api = ProductApi.of(schema);
        var sdl = Sdl.print(GraphQlSchemas.build(List.of(new Visible(api, Set.of()))));
        var types = new ArrayList<String>();
        for (TypeDefinition<?> type : new SchemaParser().parse(sdl).types().values()) {
            if (type.getName().startsWith(api.typeName())
                    && !type.getName().matches(SURROUNDINGS)) {
                types.add(AstPrinter.printAst(type) + "\n");
            }
        }
        return String.join("\n", types);
    }

    private static String values(Path folder, ProductSchema schema) throws Exception {
        var out = new StringBuilder();
        for (byte[] payload : payloads(folder, schema)) {
            var misfits = new ArrayList<Misfit>();
            var line = new StringWriter();
            try (var json = new JsonFactory().createGenerator(line)) {
                json.writeStartObject();
                try {
                    var row = schema.changes().payload().decode(payload, misfits::add);
                    json.writeFieldName("value");
                    JsonValues.write(json, schema.rowType(), row);
                } catch (UnreadablePayload e) {
                    json.writeStringField("unreadable", e.getMessage());
                }
                if (!misfits.isEmpty()) {
                    json.writeArrayFieldStart("misfits");
                    for (var misfit : misfits) {
                        json.writeString(misfit.toString());
                    }
                    json.writeEndArray();
                }
                json.writeEndObject();
            }
            out.append(line).append('\n');
        }
        return out.toString();
    }

    private static List<byte[]> payloads(Path folder, ProductSchema schema) throws Exception {
        var spec = schema.product().schema();
        var source = new SourceSchema(spec.language(),
                Files.readString(folder.resolve(SCHEMAS.get(spec.language()))),
                SCHEMAS.get(spec.language()));
        Optional<String> message = spec.message().map(located -> located.text());
        return switch (spec.language()) {
            case AVRO -> TextPayloads.avro(source, message, files(folder),
                    Files.readString(folder.resolve("values.ndjson")));
            case JSON -> TextPayloads.json(Files.readString(folder.resolve("values.ndjson")));
            case PROTOBUF -> {
                var extensions = new ArrayList<SourceSchema>();
                for (var extension : spec.extensions()) {
                    extensions.add(new SourceSchema(SchemaLanguage.PROTOBUF,
                            Files.readString(folder.resolve(extension.text())),
                            extension.text()));
                }
                yield TextPayloads.protobuf(source, message, extensions, files(folder),
                        Files.readString(folder.resolve("values.txtpb")));
            }
        };
    }

    private static void compare(Path expected, String actual) throws IOException {
        if (WRITE) {
            Files.writeString(expected, actual);
        }
        assertThat(expected).as("write it with -Dgolden.write=true, and read it").exists();
        assertThat(actual).as(expected.toString()).isEqualTo(Files.readString(expected));
    }
}
