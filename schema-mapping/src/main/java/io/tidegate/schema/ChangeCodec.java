package io.tidegate.schema;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the records of a product's topic as changes of rows, whatever envelope is around the row. Thread-safe.
 * {@link Envelopes} makes them.
 */
public interface ChangeCodec {

    /** The type of the rows; what partners see. */
    RecordType rowType();

    /**
     * @param value
     *            a record's value; null is a tombstone
     * @param headers
     *            the record's headers by name, the last of each name
     */
    Change read(byte @Nullable [] value, Map<String, byte[]> headers) throws UnreadablePayload;

    /**
     * @return the record's value; null for a tombstone
     */
    byte @Nullable [] write(Change change, Optional<Integer> framing) throws UnreadablePayload;

    /** Reads and writes the record's whole value, envelope included; its source schema is what is registered. */
    Codec payload();
}
