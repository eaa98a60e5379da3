package io.tidegate.schema;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Payloads in JSON, bare or framed with a schema id; the id is dropped, because JSON text is read the same way whatever
 * schema it was written with. Members that the schema does not declare are ignored.
 */
final class JsonCodec implements Codec {
    private static final int FRAME = 5;
    private static final JsonFactory FACTORY = new JsonFactory();

    private final SourceSchema source;
    private final RecordType type;
    private final boolean wrapped;
    private final JsonValues.Numbers numbers;
    private final List<SchemaNote> notes;

    private JsonCodec(SourceSchema source, RecordType type, boolean wrapped,
            JsonValues.Numbers numbers, List<SchemaNote> notes) {
        this.source = source;
        this.type = type;
        this.wrapped = wrapped;
        this.numbers = numbers;
        this.notes = notes;
    }

    /**
     * @param payload
     *            name of a schema under {@code definitions}, {@code $defs} or {@code components/schemas}
     */
    static Codec open(SourceSchema schema, Optional<String> payload, SchemaFiles files)
            throws SchemaProblem {
        return open(schema, payload, files, false);
    }

    /**
     * @param extra
     *            whether members that an open object does not declare are kept, as {@link RecordType#EXTRA}
     */
    static Codec open(SourceSchema schema, Optional<String> payload, SchemaFiles files,
            boolean extra) throws SchemaProblem {
        try {
            var documents = new JsonSchemaDocuments(schema, files);
            JsonSchemaPlace root = payload.isPresent()
                    ? named(documents.root(), payload.get(), schema.origin())
                    : documents.root();
            var types = new JsonSchemaTypes(documents, extra);
            Type type = types.type(root, payload.orElse("Payload"));
            return type instanceof RecordType record
                    ? new JsonCodec(schema, record, false, JsonValues.Numbers.NATURAL_DECIMALS,
                            types.notes())
                    : new JsonCodec(schema, JsonSchemaTypes.wrap(type), true,
                            JsonValues.Numbers.NATURAL_DECIMALS, types.notes());
        } catch (StackOverflowError e) {
            // The depth of types is bounded; the copying of trees in front of it is not ours.
            throw new SchemaProblem("'" + schema.origin() + "' nests too deep for a JSON Schema");
        }
    }

    private static JsonSchemaPlace named(JsonSchemaPlace root, String name, String origin)
            throws SchemaProblem {
        for (JsonSchemaPlace named : List.of(root.at("$defs", name), root.at("definitions", name),
                root.at("components").at("schemas", name))) {
            if (named.node().isObject()) {
                return named;
            }
        }
        if (root.node().path("title").asText().equals(name)) {
            return root;
        }
        throw new SchemaProblem("'" + origin + "' has no schema '" + name
                + "', expected it under 'definitions', '$defs' or 'components/schemas', or as the title");
    }

    static Codec fromFields(RecordType type) throws SchemaProblem {
        String text = JsonSchemaSynthesis.schema(type);
        return new JsonCodec(new SourceSchema(SchemaLanguage.JSON, text, "fields of the contract"),
                type, false,
                JsonValues.Numbers.NATURAL, List.of());
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
    public List<SchemaNote> notes() {
        return notes;
    }

    @Override
    public Row decode(byte[] payload, Consumer<? super Misfit> misfits)
            throws UnreadablePayload {
        return read(payload, misfits);
    }

    /** Says more than the misfit does: what was found. */
    @Override
    public Row decode(byte[] payload) throws UnreadablePayload {
        return read(payload, null);
    }

    private Row read(byte[] payload, @Nullable Consumer<? super Misfit> misfits)
            throws UnreadablePayload {
        // No JSON text in UTF-8 starts with a zero byte.
        int from = payload.length >= FRAME && payload[0] == 0 ? FRAME : 0;
        if (wrapped) {
            Field value = type.fields().getFirst();
            return new Row(type, new @Nullable Object[]{
                    JsonReading.whole(payload, from, value.type(),
                            misfits == null ? "" : value.name(), misfits)});
        }
        if (JsonReading.whole(payload, from, type, "", misfits) instanceof Row row) {
            return row;
        }
        throw new UnreadablePayload(
                "$: expected an object ('" + type.simpleName() + "') but found null");
    }

    @Override
    public byte[] encode(Row row, Optional<Integer> framing) throws UnreadablePayload {
        if (row.type() != type) {
            throw new UnreadablePayload("expected a row of '" + type.name() + "' but found one of '"
                    + row.type().name() + "'");
        }
        var bytes = new ByteArrayOutputStream(256);
        framing.ifPresent(id -> bytes
                .writeBytes(ByteBuffer.allocate(FRAME).put((byte) 0).putInt(id).array()));
        try (JsonGenerator out = FACTORY.createGenerator(bytes)) {
            if (wrapped) {
                JsonValues.write(out, type.fields().getFirst().type(), row.get(0), numbers, 0);
            } else {
                JsonValues.write(out, type, row, numbers, 0);
            }
        } catch (IOException e) {
            throw new UnreadablePayload("the row cannot be said in JSON: " + e.getMessage());
        }
        return bytes.toByteArray();
    }
}
