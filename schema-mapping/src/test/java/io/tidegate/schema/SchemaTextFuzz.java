package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Whatever text is called a schema, it becomes a codec or is refused. */
class SchemaTextFuzz {

    @FuzzTest(maxDuration = "2m")
    void any_text_is_a_schema_or_is_refused(byte[] bytes) {
        if (bytes.length == 0) {
            return;
        }
        var language = SchemaLanguage.values()[Math.floorMod(bytes[0], 3)];
        var text = new String(bytes, 1, bytes.length - 1, StandardCharsets.UTF_8);
        try {
            var codec = Schemas.open(new SourceSchema(language, text, "fuzz"), Optional.empty(),
                    List.of(), path -> {
                        throw new IOException("there is no file '" + path + "'");
                    }, WriterSchemas.none());
            assertThat(codec.type().name()).isNotNull();
        } catch (SchemaProblem e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }
}
