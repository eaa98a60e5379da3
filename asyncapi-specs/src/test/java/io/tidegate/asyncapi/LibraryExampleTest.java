package io.tidegate.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import io.tidegate.contract.ContractReader;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.mapping.GraphQlSchemas;
import io.tidegate.mapping.GraphQlSchemas.Visible;
import io.tidegate.mapping.JsonSchemas;
import io.tidegate.mapping.ProductApi;
import io.tidegate.mapping.Sdl;
import io.tidegate.problem.Problem;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.Misfit;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of docs/guides/libraries.md, as it stands there. */
class LibraryExampleTest {
    private static final Path PAGE = Path.of("../docs/guides/libraries.md");
    private static final Path SELF = Path
            .of("src/test/java/io/tidegate/asyncapi/LibraryExampleTest.java");

    @TempDir
    private Path folder;

    private final StringBuilder printed = new StringBuilder();

    private void print(String text) {
        printed.append(text.stripTrailing()).append("\n\n");
    }

    @Test
    void the_page_shows_what_this_test_runs_and_what_it_prints() throws Exception {
        Files.writeString(folder.resolve("reading.avsc"),
                """
                        {"type": "record", "name": "Reading", "namespace": "example", "fields": [
                          {"name": "sensor", "type": {"type": "string", "logicalType": "uuid"}},
                          {"name": "celsius", "type": {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}},
                          {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
                        ]}
                        """);
        Files.writeString(folder.resolve("readings.yaml"), """
                domain: weather
                product: readings
                version: "1.0"
                owner: weather@example.com
                schema: {type: avro, file: reading.avsc}
                """);
        var payload = new java.io.ByteArrayOutputStream();
        payload.write(72);
        payload.writeBytes("0b1e7c1a-4f0e-4c57-9d1c-6c5f0f3d2a10".getBytes());
        payload.writeBytes(new byte[]{4, 8, 66, (byte) 0x80, (byte) 0x80, (byte) 0xe4, (byte) 0xfd,
                (byte) 0xc8, 'd'});

        example(folder, payload.toByteArray());

        var page = Files.readString(PAGE);
        var self = Files.readString(SELF);
        var shown = self.substring(self.lastIndexOf("    private void example("),
                self.lastIndexOf("    private interface Writing"));
        assertThat(page).contains(shown.stripTrailing().stripIndent());
        for (var part : printed.toString().split("\n\n")) {
            assertThat(page).contains(part);
        }
    }

    private void example(Path folder, byte[] payload) throws Exception {
        // 1. A contract: the product, or everything that is wrong with it, each with its place.
        var read = ContractReader.read("readings.yaml",
                Files.readString(folder.resolve("readings.yaml")));
        read.problems().stream().map(Problem::toString).forEach(this::print);

        // 2. Its schema: Avro, JSON Schema or Protobuf, from a file, a registry or the contract itself.
        var resolved = ProductSchemas.resolve(read.product().orElseThrow(),
                path -> Files.readString(folder.resolve(path)), RegistryLookup.none(),
                WriterSchemas.none());
        var schema = resolved.schema().orElseThrow();

        // 3. What partners see: GraphQL, JSON Schema, AsyncAPI.
        var graphQl = GraphQlSchemas.build(List.of(new Visible(ProductApi.of(schema), Set.of())));
        print(Sdl.print(graphQl).lines()
                .dropWhile(line -> !line.startsWith("type WeatherReadings "))
                .takeWhile(line -> !line.isEmpty()).reduce("", (a, b) -> a + b + "\n"));
        print(JsonSchemas.of(schema.rowType(), Set.of()).path("properties").toString());
        var asyncApi = AsyncApiDocuments.of(List.of(new Served(schema, Set.of())),
                new Endpoints(URI.create("https://data.example.com")));
        print(asyncApi.path("channels").fieldNames().next());

        // 4. A payload: a row, and what of it did not fit.
        var misfits = new ArrayList<Misfit>();
        var row = schema.changes().payload().decode(payload, misfits::add);
        print(json(out -> JsonValues.write(out, schema.rowType(), row)) + " " + misfits);
    }

    private interface Writing {
        void to(com.fasterxml.jackson.core.JsonGenerator out) throws IOException;
    }

    private static String json(Writing writing) throws IOException {
        var text = new StringWriter();
        try (var out = new JsonFactory().createGenerator(text)) {
            writing.to(out);
        }
        return text.toString();
    }
}
