package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What must hold of every payload, whoever wrote it. */
final class Decoding {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Decoding() {
    }

    static Codec codec(SchemaLanguage language, String text) {
        try {
            return Schemas.open(new SourceSchema(language, text, "fuzz"), Optional.empty(),
                    List.of(), path -> {
                        throw new IOException("there is no file '" + path + "'");
                    }, WriterSchemas.none());
        } catch (SchemaProblem e) {
            throw new AssertionError(e);
        }
    }

    /** It is a row that can be rendered as JSON text, or is refused; misfits are told without payload. */
    static void check(Codec codec, byte[] payload) throws IOException {
        var misfits = new ArrayList<Misfit>();
        Row row;
        try {
            row = codec.decode(payload, misfits::add);
        } catch (UnreadablePayload e) {
            assertThat(e.getMessage()).isNotBlank().hasSizeLessThan(2_000);
            return;
        }
        var text = new ByteArrayOutputStream();
        try (var out = new JsonFactory().createGenerator(text)) {
            JsonValues.write(out, codec.type(), row);
        }
        assertThat(JSON.readTree(text.toByteArray()).isObject()).isTrue();
        for (var misfit : misfits) {
            assertThat(misfit.path()).isNotBlank().hasSizeLessThan(2_000);
        }
        if (misfits.isEmpty()) {
            again(codec, row, text.toByteArray());
        }
    }

    /** What was read can be written, and is then read alike. */
    private static void again(Codec codec, Row row, byte[] text) throws IOException {
        byte[] written;
        try {
            written = codec.encode(row, Optional.empty());
        } catch (UnreadablePayload e) {
            return;
        }
        try {
            var second = new ByteArrayOutputStream();
            try (var out = new JsonFactory().createGenerator(second)) {
                JsonValues.write(out, codec.type(), codec.decode(written));
            }
            assertThat(second.toByteArray()).isEqualTo(text);
        } catch (UnreadablePayload e) {
            throw new AssertionError("what was written cannot be read: " + e.getMessage(), e);
        }
    }
}
