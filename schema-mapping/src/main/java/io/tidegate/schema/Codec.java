package io.tidegate.schema;

import java.util.Optional;

/**
 * Reads and writes the payload of one product: bytes of a Kafka record's value to a {@link Row} and back. Thread-safe.
 */
public interface Codec {

    /** The type of every row that {@link #decode} returns. */
    RecordType type();

    /**
     * @param payload
     *            a record's value with or without the schema registry's framing (a zero byte and four bytes of schema id,
     *            then for Protobuf the message index)
     * @throws UnreadablePayload
     *             if the bytes are not a value of this schema; the message says where and why and holds no payload
     */
    Row decode(byte[] payload) throws UnreadablePayload;

    /**
     * @param row
     *            of {@link #type}
     * @param framing
     *            the registry's id for this codec's schema, written in front; empty = bare payload
     * @throws UnreadablePayload
     *             if the row cannot be said in this schema (a null that it forbids, a number out of range)
     */
    byte[] encode(Row row, Optional<Integer> framing) throws UnreadablePayload;

    /** The schema's own text, as it would be registered. */
    SourceSchema source();
}
