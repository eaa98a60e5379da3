package io.tidegate.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The envelopes that Tidegate reads: none, the change events of Debezium, Canal and Maxwell, CloudEvents. */
public final class Envelopes {
    private Envelopes() {
    }

    /** The record's value is the row. */
    public static ChangeCodec none(Codec row) {
        return new Bare(row);
    }

    /**
     * The record's value is a Debezium change event whose whole schema is known: a record with {@code before}, {@code after}
     * and {@code op}, and perhaps {@code ts_ms}. The row is what {@code after} holds.
     *
     * @throws SchemaProblem
     *             if the payload's record is no such envelope
     */
    public static ChangeCodec debezium(Codec payload) throws SchemaProblem {
        return DebeziumEnvelope.of(payload);
    }

    /**
     * The record's value is a Debezium change event, and the contract describes only its rows. JSON events are read with
     * and without Kafka Connect's {@code schema} and {@code payload} around them.
     *
     * @param row
     *            every field should be nullable: Debezium leaves out what did not change
     * @throws SchemaProblem
     *             if the row cannot be said in this language
     */
    public static ChangeCodec debeziumRows(SchemaLanguage language, RecordType row,
            WriterSchemas writers) throws SchemaProblem {
        var fields = new ArrayList<Field>();
        fields.add(new Field("before", row, true));
        fields.add(new Field("after", row, true));
        fields.add(new Field("op", Type.Scalar.of(ScalarKind.STRING), true));
        fields.add(new Field("ts_ms", Type.Scalar.of(ScalarKind.INT64), true));
        if (language != SchemaLanguage.AVRO) {
            // Avro has no type for any JSON value; a writer's own 'source' is dropped by name.
            fields.add(new Field("source", new Type.Json(), true));
        }
        var envelope = new RecordType(row.name() + "Envelope", "A Debezium change event.")
                .define(fields);
        Codec codec = Schemas.fromFields(language, envelope, writers);
        return DebeziumEnvelope
                .of(language == SchemaLanguage.JSON ? new ConnectJson(codec, row) : codec);
    }

    /**
     * The record's value is a CloudEvent: the data alone, with {@code ce_} headers (binary mode), or a JSON object that
     * holds it (structured mode).
     *
     * @param data
     *            reads the event's data
     */
    public static ChangeCodec cloudEvents(Codec data) {
        return new CloudEventsEnvelope(data);
    }

    /**
     * The record's value is a message of Canal in JSON, which holds any number of rows.
     *
     * @param row
     *            reads a row as JSON
     */
    public static ChangeCodec canal(Codec row) {
        return new CanalEnvelope(row);
    }

    /**
     * The record's value is a message of Maxwell in JSON.
     *
     * @param row
     *            reads a row as JSON
     */
    public static ChangeCodec maxwell(Codec row) {
        return new MaxwellEnvelope(row);
    }

    /** No envelope: a value is the row after, null its end. */
    private record Bare(Codec payload) implements ChangeCodec {
        @Override
        public RecordType rowType() {
            return payload.type();
        }

        @Override
        public List<Change> read(byte @Nullable [] value, Map<String, byte[]> headers)
                throws UnreadablePayload {
            if (value == null) {
                return List.of(Change.delete());
            }
            var misfits = new ArrayList<Misfit>(0);
            return List.of(new Change(null, payload.decode(value, misfits::add),
                    Optional.empty(), misfits));
        }

        @Override
        public byte @Nullable [] write(Change change, Optional<Integer> framing)
                throws UnreadablePayload {
            return change.after() == null ? null : payload.encode(change.after(), framing);
        }
    }

    static List<String> names(RecordType type) {
        return type.fields().stream().map(Field::name).toList();
    }
}
