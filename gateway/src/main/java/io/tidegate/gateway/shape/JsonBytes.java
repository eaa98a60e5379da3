package io.tidegate.gateway.shape;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;

/** JSON text as bytes, made in memory. */
final class JsonBytes {
    private static final JsonFactory FACTORY = new JsonFactory();

    private JsonBytes() {
    }

    /** Writes one value. */
    interface Body {
        void write(JsonGenerator out) throws IOException;
    }

    static byte[] of(Body body) {
        try (var bytes = new ByteArrayBuilder(FACTORY._getBufferRecycler(), 512)) {
            try (var out = FACTORY.createGenerator(bytes)) {
                body.write(out);
            }
            return bytes.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
    }
}
