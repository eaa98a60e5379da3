package io.tidegate.schema;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes the records of a product's topic as changes of rows, whatever envelope is around the rows. Thread-safe.
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
     * @return what the record says of rows, in its order; mostly one change, of some envelopes several, and none where the
     *         record is about something else
     */
    List<Change> read(byte @Nullable [] value, Map<String, byte[]> headers)
            throws UnreadablePayload;

    /**
     * @return the record's value; null for a tombstone
     */
    byte @Nullable [] write(Change change, Optional<Integer> framing) throws UnreadablePayload;

    /**
     * Reads and writes what the product's schema describes: with Debezium the whole event, else the row alone; its source
     * schema is what is registered.
     */
    Codec payload();
}
