package io.tidegate.schema;

import java.util.List;
import java.util.Optional;

/** Where schemas come in: text of any of the three languages becomes a {@link Codec}. */
public final class Schemas {
    private Schemas() {
    }

    /**
     * Reads a schema.
     *
     * @param payload
     *            which record or message is the payload, where the text holds several; simple or full name. Without it: the
     *            only one, else the last one of an Avro text, the first one of a Protobuf text
     * @param extensions
     *            further Protobuf texts that extend its messages
     * @param files
     *            for what the text imports
     * @param writers
     *            for payloads framed with a schema id
     * @throws SchemaProblem
     *             if the text is not a schema, or says something that has no neutral type
     */
    public static Codec open(SourceSchema schema, Optional<String> payload,
            List<SourceSchema> extensions,
            SchemaFiles files, WriterSchemas writers) throws SchemaProblem {
        return open(schema, payload, extensions, files, writers, false);
    }

    /**
     * Reads a schema, as {@link #open(SourceSchema, Optional, List, SchemaFiles, WriterSchemas)} does.
     *
     * @param extra
     *            whether a record of a JSON Schema that allows other members than it declares has a field
     *            {@value RecordType#EXTRA} of them
     */
    public static Codec open(SourceSchema schema, Optional<String> payload,
            List<SourceSchema> extensions, SchemaFiles files, WriterSchemas writers, boolean extra)
            throws SchemaProblem {
        SchemaFiles all = schema.and(files);
        return switch (schema.language()) {
            case AVRO -> AvroCodec.open(schema, payload, all, writers);
            case JSON -> JsonCodec.open(schema, payload, all, extra);
            case PROTOBUF -> ProtobufCodec.open(schema, payload, extensions, all, writers);
        };
    }

    /**
     * Makes the schema that a contract with nothing but fields means.
     *
     * @param type
     *            made from the contract's fields
     */
    public static Codec fromFields(SchemaLanguage language, RecordType type, WriterSchemas writers)
            throws SchemaProblem {
        return switch (language) {
            case AVRO -> AvroCodec.fromFields(type, writers);
            case JSON -> JsonCodec.fromFields(type);
            case PROTOBUF -> ProtobufCodec.fromFields(type, writers);
        };
    }
}
