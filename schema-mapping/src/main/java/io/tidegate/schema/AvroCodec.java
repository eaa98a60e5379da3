package io.tidegate.schema;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Consumer;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.io.ResolvingDecoder;
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
    private final AvroValue value;
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
            boolean byName) {
        this.source = source;
        this.schema = schema;
        this.type = type;
        this.wrapped = isWrapped(schema);
        this.value = compile(schema, type);
        this.writers = writers;
        this.byName = byName;
    }

    static Codec open(SourceSchema source, Optional<String> payload, SchemaFiles files,
            WriterSchemas writers) throws SchemaProblem {
        Schema schema = AvroSchemaText.parse(source, payload, files);
        return new AvroCodec(source, schema, type(schema, source), writers, false);
    }

    static Codec fromFields(RecordType type, WriterSchemas writers) throws SchemaProblem {
        Schema schema = AvroSynthesis.schema(type);
        return new AvroCodec(
                new SourceSchema(SchemaLanguage.AVRO, schema.toString(),
                        "fields of the contract"),
                schema, type, writers, true);
    }

    private static RecordType type(Schema schema, SourceSchema source) throws SchemaProblem {
        try {
            return new AvroTypes().root(schema);
        } catch (StackOverflowError e) {
            // Arrays of arrays nest as deep as the schema's text says.
            throw new SchemaProblem("'" + source.origin() + "' nests too deep for an Avro schema");
        }
    }

    private static boolean isWrapped(Schema schema) {
        return schema.getType() != Schema.Type.RECORD;
    }

    private static AvroValue compile(Schema schema, RecordType type) {
        return AvroValue.of(schema, isWrapped(schema) ? type.fields().getFirst().type() : type);
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
            return decodeBare(payload);
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
                return decodeBareOr(payload, unknown);
            }
            writer = writer(id, written);
            synchronized (known) {
                known.put(id, writer);
            }
        }
        return writer.read(payload);
    }

    private Row decodeBareOr(byte[] payload, UnreadablePayload otherwise) throws UnreadablePayload {
        try {
            return decodeBare(payload);
        } catch (UnreadablePayload e) {
            throw otherwise;
        }
    }

    private Row decodeBare(byte[] payload) throws UnreadablePayload {
        return decode(payload, 0, null, value, type, wrapped);
    }

    private static Row decode(byte[] payload, int from, @Nullable ResolvingDecoder resolving,
            AvroValue value,
            RecordType type, boolean wrapped) throws UnreadablePayload {
        var in = new AvroBytes(payload, from);
        try {
            Object read;
            if (resolving == null) {
                read = value.read(in, 0);
            } else {
                resolving.configure(in);
                read = value.read(resolving, 0);
                resolving.drain();
            }
            if (!in.isAtEnd()) {
                throw new UnreadablePayload(
                        "the Avro value ends at byte " + in.position() + " of " + payload.length
                                + ": the payload was written with another schema");
            }
            return wrapped
                    ? new Row(type, new @Nullable Object[]{read})
                    : (Row) Objects.requireNonNull(read);
        } catch (IOException e) {
            throw new UnreadablePayload(
                    e.getMessage() + ", near byte " + in.position() + " of " + payload.length);
        } catch (AvroRuntimeException | DateTimeException | IndexOutOfBoundsException e) {
            // Avro's messages may quote values.
            throw new UnreadablePayload(
                    "the payload is no Avro value of '" + type.name() + "', near byte "
                            + in.position() + " of " + payload.length);
        } catch (StackOverflowError e) {
            // The last resort: resolution recurses where we do not see it.
            throw new UnreadablePayload(
                    "the payload nests too deep, near byte " + in.position() + " of "
                            + payload.length);
        }
    }

    private Writer writer(int id, SourceSchema written) {
        try {
            Schema schemaOfWriter = AvroSchemaText.parseWriter(written);
            if (schemaOfWriter.equals(schema)) {
                return payload -> decode(payload, FRAME, null, value, type, wrapped);
            }
            return byName ? byName(schemaOfWriter, written) : resolving(id, schemaOfWriter);
        } catch (SchemaProblem | AvroRuntimeException e) {
            String reason = "schema id " + id + " cannot be used: " + e.getMessage();
            return payload -> {
                throw new IncompatibleSchema(reason);
            };
        }
    }

    private Writer byName(Schema schemaOfWriter, SourceSchema written) throws SchemaProblem {
        RecordType from = type(schemaOfWriter, written);
        boolean isWrapped = isWrapped(schemaOfWriter);
        AvroValue reader = compile(schemaOfWriter, from);
        var projection = new RowProjection(from, type);
        return payload -> projection.apply(decode(payload, FRAME, null, reader, from, isWrapped));
    }

    private Writer resolving(int id, Schema schemaOfWriter) throws SchemaProblem {
        var compatibility = SchemaCompatibility.checkReaderWriterCompatibility(schema,
                schemaOfWriter);
        if (compatibility.getType() != SchemaCompatibilityType.COMPATIBLE) {
            var first = compatibility.getResult().getIncompatibilities().getFirst();
            throw new SchemaProblem(
                    "it is incompatible with '" + source.origin() + "' at " + first.getLocation()
                            + " (" + first.getType() + ": " + first.getMessage() + ")");
        }
        Schema aliased = Schema.applyAliases(schemaOfWriter, schema);
        // Decoders keep state and cost a lot to make: as many are kept as threads are likely to need.
        var idle = new ArrayBlockingQueue<ResolvingDecoder>(8);
        return payload -> {
            ResolvingDecoder decoder = idle.poll();
            if (decoder == null) {
                try {
                    decoder = DecoderFactory.get().resolvingDecoder(aliased, schema, null);
                } catch (IOException | AvroRuntimeException e) {
                    throw new UnreadablePayload(
                            "schema id " + id + " cannot be resolved against '" + source.origin()
                                    + "'");
                }
            }
            Row row = decode(payload, FRAME, decoder, value, type, wrapped);
            // Only after success: a failure leaves a decoder somewhere in the middle.
            var unused = idle.offer(decoder);
            return row;
        };
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
            value.write(out, wrapped ? row.get(0) : row);
            out.flush();
        } catch (IOException e) {
            throw new UnreadablePayload("the row cannot be said in Avro: " + e.getMessage());
        }
        return bytes.toByteArray();
    }

    /** Reads payloads that are framed with one schema id. */
    private interface Writer {
        Row read(byte[] payload) throws UnreadablePayload;
    }
}
