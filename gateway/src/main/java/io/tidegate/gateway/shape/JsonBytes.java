package io.tidegate.gateway.shape;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * JSON text as bytes, made in memory. A generator is used again for every value, since making one costs more than writing an
 * event.
 */
public final class JsonBytes {
    private static final JsonFactory FACTORY = JsonFactory.builder().build();
    private static final int KEPT_BYTES_MAX = 64 * 1024;
    private static final ThreadLocal<JsonBytes> OF_THREAD = ThreadLocal
            .withInitial(JsonBytes::new);
    private static final int IDLE_MAX = 64;
    private static final ArrayBlockingQueue<JsonBytes> IDLE = new ArrayBlockingQueue<>(IDLE_MAX);

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

    /**
     * The text of one value; empty if a value is absent in it that the schema says is always there. For threads that live
     * for one request: they take turns with a few generators.
     */
    public static Optional<byte[]> whole(Body body) {
        var idle = IDLE.poll();
        var own = idle == null ? new JsonBytes() : idle;
        try {
            var text = own.text(body);
            if (text.length <= KEPT_BYTES_MAX) {
                // One too many is left to the collector.
                boolean ignored = IDLE.offer(own);
            }
            return Optional.of(text);
        } catch (Trial.Absent absent) {
            return Optional.empty();
        }
    }

    /** The text of one value, for threads that stay; a body does not ask for another one while it writes. */
    public static byte[] of(Body body) {
        boolean isWhole = false;
        try {
            var text = OF_THREAD.get().text(body);
            isWhole = text.length <= KEPT_BYTES_MAX;
            return text;
        } finally {
            if (!isWhole) {
                // Left in the middle of a value, or grown large.
                OF_THREAD.remove();
            }
        }
    }

    private byte[] text(Body body) {
        try {
            body.write(out);
            out.flush();
            var text = bytes.toByteArray();
            bytes.reset();
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
    }
}
