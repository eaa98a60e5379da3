package io.tidegate.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The schema that partners validate with accepts whatever they are sent, misfits of the producer included. */
class PublishedSchemaTest {
    private static final Path CASES = Path.of("src/test/resources/golden");
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void every_value_of_the_golden_cases_is_valid_by_its_published_schema() throws IOException {
        var registry = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_7);
        int values = 0;
        try (var walk = Files.walk(CASES)) {
            for (var file : walk.filter(path -> path.endsWith("expected.schema.json")).sorted()
                    .toList()) {
                var schema = registry.getSchema(Files.readString(file), InputFormat.JSON);
                for (var line : Files.readAllLines(file.resolveSibling("expected.ndjson"))) {
                    JsonNode value = JSON.readTree(line).path("value");
                    if (!value.isMissingNode()) {
                        assertThat(schema.validate(value.toString(), InputFormat.JSON))
                                .as(file + ": " + value).isEmpty();
                        values++;
                    }
                }
            }
        }
        assertThat(values).isPositive();
    }
}
