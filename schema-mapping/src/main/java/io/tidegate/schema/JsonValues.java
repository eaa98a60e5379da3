package io.tidegate.schema;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Values as the JSON that partners see, and back. 64-bit integers and decimals are strings, because most JSON readers lose
 * digits beyond 2^53; bytes are base64; times are RFC 3339; NaN and infinities are null.
 */
public final class JsonValues {
    private JsonValues() {
    }

    /** Writes one value of this type; field names are the schema's own. */
    public static void write(JsonGenerator out, Type type, @Nullable Object value)
            throws IOException {
        throw new IOException("not yet");
    }

    /**
     * Reads one value of this type: what {@link #write} writes, and what people write (numbers for 64-bit integers and
     * decimals, epoch milliseconds for timestamps).
     *
     * @throws UnreadablePayload
     *             if the node is not such a value; the message names the path and what was expected
     */
    public static @Nullable Object read(JsonNode node, Type type) throws UnreadablePayload {
        throw new UnreadablePayload("not yet");
    }
}
