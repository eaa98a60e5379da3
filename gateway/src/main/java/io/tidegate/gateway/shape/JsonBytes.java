package io.tidegate.gateway.shape;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/**
 * JSON text as bytes, made in memory. A generator is made once a thread and used again for every value: making one costs
 * more than writing an event.
 */
public final class JsonBytes {
    private static final JsonFactory FACTORY = JsonFactory.builder().build();
    private static final int KEPT_BYTES_MAX = 64 * 1024;
    private static final ThreadLocal<JsonBytes> OF_THREAD = ThreadLocal
            .withInitial(JsonBytes::new);

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    private final JsonGenerator out;

    /** Writes one value. */
    @FunctionalInterface
    public interface Body {
        void write(JsonGenerator out) throws IOException;
    }

    private JsonBytes() {
        try {
            out = FACTORY.createGenerator(bytes).setRootValueSeparator(null);
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
    }

    /** The text of one value; empty if a value is absent in it that the schema says is always there. */
    public static Optional<byte[]> whole(Body body) {
        try {
            return Optional.of(of(body));
        } catch (Trial.Absent absent) {
            return Optional.empty();
        }
    }

    /** The text of one value; a body does not ask for another one while it writes. */
    public static byte[] of(Body body) {
        var own = OF_THREAD.get();
        boolean isWhole = false;
        try {
            body.write(own.out);
            own.out.flush();
            var text = own.bytes.toByteArray();
            own.bytes.reset();
            isWhole = text.length <= KEPT_BYTES_MAX;
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        } finally {
            if (!isWhole) {
                // Left in the middle of a value, or grown large.
                OF_THREAD.remove();
            }
        }
    }
}
