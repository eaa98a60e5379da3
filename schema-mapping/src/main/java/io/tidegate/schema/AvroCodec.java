package io.tidegate.schema;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;

/**
 * Payloads in Avro's binary encoding, bare or framed with a writer's schema id.
 *
 * <p>
 * A payload that starts with a zero byte may be either. If the registry knows the id behind that byte, the payload is
 * read with that schema; otherwise it is tried as a bare one, and refused with the registry's answer if it is none.
 */
final class AvroCodec implements Codec {
    private static final int FRAME = 5;
    private static final int MAX_WRITERS = 256;

    private final SourceSchema source;
    private final Schema schema;
    private final RecordType type;
    private final boolean wrapped;
    private final AvroReading reading;
    private final AvroWriting writing;
    private final WriterSchemas writers;
    private final boolean byName;
    /** By schema id, the least recently used one first; guarded by itself. */
    private final Map<Integer, Writer> known = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Writer> eldest) {
            return size() > MAX_WRITERS;
        }
    };

    /**
     * @param byName
     *            whether writers are matched field by field instead of by Avro's resolution
     */
    private AvroCodec(SourceSchema source, Schema schema, RecordType type, WriterSchemas writers,
            boolean byName) throws SchemaProblem {
        this.source = source;
        this.schema = schema;
        this.type = type;
        this.wrapped = isWrapped(schema);
        this.reading = AvroResolution.of(schema, schema, valueType(schema, type));
        this.writing = AvroWriting.of(schema, valueType(schema, type));
        this.writers = writers;
        this.byName = byName;
    }

    static Codec open(SourceSchema source, Optional<String> payload, SchemaFiles files,
            WriterSchemas writers) throws SchemaProblem {
        Schema schema = AvroSchemaText.parse(source, payload, files);
        try {
            return new AvroCodec(source, schema, new AvroTypes().root(schema), writers, false);
        } catch (StackOverflowError e) {
            // Arrays of arrays nest as deep as the schema's text says.
            throw new SchemaProblem("'" + source.origin() + "' nests too deep for an Avro schema");
        }
    }

    static Codec fromFields(RecordType type, WriterSchemas writers) throws SchemaProblem {
        Schema schema = AvroSynthesis.schema(type);
        return new AvroCodec(
                new SourceSchema(SchemaLanguage.AVRO, schema.toString(),
                        "fields of the contract"),
                schema, type, writers, true);
    }

    private static boolean isWrapped(Schema schema) {
        return schema.getType() != Schema.Type.RECORD;
    }

    private static Type valueType(Schema schema, RecordType type) {
        return isWrapped(schema) ? type.fields().getFirst().type() : type;
    }

    @Override
    public RecordType type() {
        return type;
    }

    @Override
    public SourceSchema source() {
        return source;
    }

    @Override
    public Row decode(byte[] payload, Consumer<? super Misfit> misfits)
            throws UnreadablePayload {
        if (payload.length < FRAME || payload[0] != 0) {
            return read(payload, 0, reading, type, wrapped, misfits);
        }
        int id = ByteBuffer.wrap(payload).getInt(1);
        Writer writer;
        synchronized (known) {
            writer = known.get(id);
        }
        if (writer == null) {
            SourceSchema written;
            try {
                written = writers.byId(id);
            } catch (UnresolvedSchema unanswered) {
                throw unanswered;
            } catch (UnreadablePayload unknown) {
                return readBareOr(payload, misfits, unknown);
            }
            writer = writer(id, written);
            synchronized (known) {
                known.put(id, writer);
            }
        }
        return writer.read(payload, misfits);
    }

    private Row readBareOr(byte[] payload, Consumer<? super Misfit> misfits,
            UnreadablePayload otherwise) throws UnreadablePayload {
        try {
            return read(payload, 0, reading, type, wrapped, misfits);
        } catch (UnreadablePayload e) {
            throw otherwise;
        }
    }

    private static Row read(byte[] payload, int from, AvroReading reading, RecordType type,
            boolean wrapped, Consumer<? super Misfit> misfits) throws UnreadablePayload {
        var in = new AvroBytes(payload, from);
        Row row;
        try {
            row = wrapped ? wrapped(in, reading, type) : row(reading.read(in, 0));
        } catch (IOException e) {
            // Our decoder's messages hold numbers of the encoding, no payload.
            String path = in.path();
            throw new UnreadablePayload(
                    (path.isEmpty() ? "$: " : "$." + path + ": ") + e.getMessage()
                            + ", near byte " + in.position() + " of " + payload.length);
        } catch (StackOverflowError e) {
            // The last resort: what is skipped and what defaults hold may nest too.
            throw new UnreadablePayload("the payload nests too deep, near byte " + in.position()
                    + " of " + payload.length);
        }
        if (!in.isAtEnd()) {
            throw new UnreadablePayload("the Avro value ends at byte " + in.position() + " of "
                    + payload.length + ": the payload was written with another schema");
        }
        if (row == null) {
            throw new UnreadablePayload(in.misfits().iterator().next().toString());
        }
        in.misfits().forEach(misfits);
        return row;
    }

    private static @Nullable Row row(@Nullable Object value) {
        return value instanceof Row row ? row : null;
    }

    private static @Nullable Row wrapped(AvroBytes in, AvroReading reading, RecordType type)
            throws IOException {
        in.enter(0, AvroTypes.VALUE);
        Object value = reading.read(in, 1);
        boolean isMisfit = AvroBytes.isMisfit(value);
        return isMisfit && !type.fields().getFirst().nullable()
                ? null
                : new Row(type, new @Nullable Object[]{isMisfit ? null : value});
    }

    private Writer writer(int id, SourceSchema written) {
        String reason;
        try {
            Schema schemaOfWriter = AvroSchemaText.parseWriter(written);
            return byName ? byName(schemaOfWriter) : resolving(schemaOfWriter);
        } catch (SchemaProblem | AvroRuntimeException e) {
            reason = "schema id " + id + " cannot be used: " + e.getMessage();
        } catch (StackOverflowError e) {
            reason = "schema id " + id + " cannot be used: it nests too deep for an Avro schema";
        }
        String message = reason;
        return (payload, misfits) -> {
            throw new IncompatibleSchema(message);
        };
    }

    private Writer byName(Schema schemaOfWriter) throws SchemaProblem {
        RecordType from = new AvroTypes().root(schemaOfWriter);
        boolean isWrapped = isWrapped(schemaOfWriter);
        var reader = AvroResolution.of(schemaOfWriter, schemaOfWriter,
                valueType(schemaOfWriter, from));
        var projection = new RowProjection(from, type);
        return (payload, misfits) -> {
            var told = new ArrayList<Misfit>(0);
            Row row = projection.apply(read(payload, FRAME, reader, from, isWrapped,
                    misfit -> addIfKnown(misfit, told)), told::add);
            told.forEach(misfits);
            return row;
        };
    }

    /** What becomes of the writer's other fields is nobody's concern. */
    private void addIfKnown(Misfit misfit, List<Misfit> told) {
        String field = misfit.path().split("[.\\[{]", 2)[0];
        if (type.position(field).isPresent()) {
            told.add(misfit);
        }
    }

    private Writer resolving(Schema schemaOfWriter) throws SchemaProblem {
        AvroReading resolved;
        try {
            resolved = schemaOfWriter.equals(schema)
                    ? reading
                    : AvroResolution.of(schemaOfWriter, schema, valueType(schema, type));
        } catch (SchemaProblem e) {
            throw new SchemaProblem(
                    "it is incompatible with '" + source.origin() + "': " + e.getMessage());
        }
        return (payload, misfits) -> read(payload, FRAME, resolved, type, wrapped, misfits);
    }

    @Override
    public byte[] encode(Row row, Optional<Integer> framing) throws UnreadablePayload {
        if (row.type() != type) {
            throw new UnreadablePayload("expected a row of '" + type.name() + "' but found one of '"
                    + row.type().name() + "'");
        }
        var bytes = new ByteArrayOutputStream(128);
        framing.ifPresent(id -> bytes
                .writeBytes(ByteBuffer.allocate(FRAME).put((byte) 0).putInt(id).array()));
        try {
            BinaryEncoder out = EncoderFactory.get().directBinaryEncoder(bytes, null);
            writing.write(out, wrapped ? row.get(0) : row);
            out.flush();
        } catch (IOException e) {
            throw new UnreadablePayload("the row cannot be said in Avro: " + e.getMessage());
        }
        return bytes.toByteArray();
    }

    /** Reads payloads that are framed with one schema id. */
    private interface Writer {
        Row read(byte[] payload, Consumer<? super Misfit> misfits) throws UnreadablePayload;
    }
}
