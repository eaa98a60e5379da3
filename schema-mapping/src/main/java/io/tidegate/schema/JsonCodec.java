package io.tidegate.schema;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Payloads in JSON, bare or framed with a schema id; the id is dropped, because JSON text is read the same way whatever
 * schema it was written with. Members that the schema does not declare are ignored; a member that does not fit its type
 * makes the payload unreadable.
 */
final class JsonCodec implements Codec {
    private static final int FRAME = 5;
    private static final JsonFactory FACTORY = new JsonFactory();

    private final SourceSchema source;
    private final RecordType type;
    private final boolean wrapped;
    private final JsonValues.Numbers numbers;

    private JsonCodec(SourceSchema source, RecordType type, boolean wrapped,
            JsonValues.Numbers numbers) {
        this.source = source;
        this.type = type;
        this.wrapped = wrapped;
        this.numbers = numbers;
    }

    /**
     * @param payload
     *            name of a schema under {@code definitions} or {@code $defs}
     */
    static Codec open(SourceSchema schema, Optional<String> payload, SchemaFiles files)
            throws SchemaProblem {
        try {
            var documents = new JsonSchemaDocuments(schema, files);
            JsonSchemaPlace root = payload.isPresent()
                    ? named(documents.root(), payload.get(), schema.origin())
                    : documents.root();
            Type type = new JsonSchemaTypes(documents).type(root, payload.orElse("Payload"));
            return type instanceof RecordType record
                    ? new JsonCodec(schema, record, false, JsonValues.Numbers.NATURAL_DECIMALS)
                    : new JsonCodec(schema, JsonSchemaTypes.wrap(type), true,
                            JsonValues.Numbers.NATURAL_DECIMALS);
        } catch (StackOverflowError e) {
            // The depth of types is bounded; the copying of trees in front of it is not ours.
            throw new SchemaProblem("'" + schema.origin() + "' nests too deep for a JSON Schema");
        }
    }

    static JsonSchemaPlace named(JsonSchemaPlace root, String name, String origin)
            throws SchemaProblem {
        for (String keyword : new String[]{"$defs", "definitions"}) {
            JsonNode found = root.node().path(keyword).path(name);
            if (found.isObject()) {
                return root.at(keyword + "/" + name, found);
            }
        }
        if (root.node().path("title").asText().equals(name)) {
            return root;
        }
        throw new SchemaProblem("'" + origin + "' has no schema '" + name
                + "', expected it under 'definitions' or '$defs', or as the title");
    }

    static Codec fromFields(RecordType type) throws SchemaProblem {
        String text = JsonSchemaSynthesis.schema(type);
        return new JsonCodec(new SourceSchema(SchemaLanguage.JSON, text, "fields of the contract"),
                type, false,
                JsonValues.Numbers.NATURAL);
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
        // No JSON text in UTF-8 starts with a zero byte.
        int from = payload.length >= FRAME && payload[0] == 0 ? FRAME : 0;
        if (wrapped) {
            Object value = JsonReading.whole(payload, from, type.fields().getFirst().type());
            return new Row(type, new @Nullable Object[]{value});
        }
        if (JsonReading.whole(payload, from, type) instanceof Row row) {
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
