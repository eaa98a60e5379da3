package io.tidegate.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Reads and writes the payload of one product: bytes of a Kafka record's value to a {@link Row} and back. Thread-safe.
 */
public interface Codec {

    /** The type of every row that {@link #decode} returns. */
    RecordType type();

    /**
     * Reads what can be read. A value that is not of its type becomes null at the nearest place that may be null: itself,
     * or the list, map or record that holds it; each is told to {@code misfits} once.
     *
     * @param payload
     *            a record's value with or without the schema registry's framing (a zero byte and four bytes of schema id,
     *            then for Protobuf the message index)
     * @param misfits
     *            called before this returns, on the calling thread
     * @throws UnreadablePayload
     *             if the bytes are not a value of this schema, or nothing above a misfit may be null; the message says
     *             where and why and holds no payload
     * @throws IncompatibleSchema
     *             if the payload was written with a schema that this one cannot read
     */
    Row decode(byte[] payload, Consumer<? super Misfit> misfits) throws UnreadablePayload;

    /**
     * Reads strictly: a payload with a misfit is unreadable.
     *
     * @see #decode(byte[], Consumer)
     */
    default Row decode(byte[] payload) throws UnreadablePayload {
        var misfits = new ArrayList<Misfit>(0);
        var row = decode(payload, misfits::add);
        if (!misfits.isEmpty()) {
            throw new UnreadablePayload(misfits.getFirst().toString());
        }
        return row;
    }

    /** What of the schema its API cannot show as it is; at most a hundred, in the order of the text. */
    default List<SchemaNote> notes() {
        return List.of();
    }

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
