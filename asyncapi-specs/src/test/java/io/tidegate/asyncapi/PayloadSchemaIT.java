package io.tidegate.asyncapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The JSON of every construct of every schema language, held by ajv against the schema that is published for it. */
class PayloadSchemaIT {
    private static final Path GOLDEN = Path
            .of("../schema-mapping/src/test/resources/golden").toAbsolutePath().normalize();

    @Test
    void every_event_is_what_its_published_schema_says() throws Exception {
        NodeScripts.folder();

        assertThat(NodeScripts.run("validate.cjs", GOLDEN.toString())).startsWith("0\n")
                .containsPattern("\\d+ values of \\d+ cases are valid");
    }
}
