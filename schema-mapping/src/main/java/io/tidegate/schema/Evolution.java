package io.tidegate.schema;

import com.google.protobuf.Descriptors.Descriptor;
import java.util.List;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;

/** Whether a program with one schema can read what another one wrote with another schema of the same language. */
public final class Evolution {
    static final int OBJECTIONS_MAX = 100;

    private Evolution() {
    }

    /**
     * A schema and what is needed to read it.
     *
     * @param payload
     *            which record or message of the text it is; simple or full name
     * @param files
     *            for what the text imports
     */
    public record Version(SourceSchema schema, Optional<String> payload, SchemaFiles files) {
    }

    /**
     * For Avro, the rules of its specification (section "Schema Resolution"); for Protobuf, what is on the wire: numbers and
     * types of fields; for JSON Schema, whether every value that the writer's schema allows is one of the reader's.
     *
     * @return why it cannot, at most a hundred sentences; nothing if it can
     * @throws SchemaProblem
     *             if one of the texts is no schema
     * @throws IllegalArgumentException
     *             if they are of different languages
     */
    public static List<String> objections(Version reader, Version writer) throws SchemaProblem {
        if (reader.schema().language() != writer.schema().language()) {
            throw new IllegalArgumentException("a schema of " + reader.schema().language()
                    + " says nothing about one of " + writer.schema().language());
        }
        return switch (reader.schema().language()) {
            case AVRO -> avro(avro(reader), avro(writer));
            case JSON -> new JsonSchemaEvolution(json(reader), json(writer)).objections();
            case PROTOBUF -> new ProtoEvolution().objections(message(reader), message(writer));
        };
    }

    private static Schema avro(Version version) throws SchemaProblem {
        return AvroSchemaText.parse(version.schema(), version.payload(), version.files());
    }

    private static List<String> avro(Schema reader, Schema writer) {
        return SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getResult()
                .getIncompatibilities().stream().limit(OBJECTIONS_MAX)
                .map(found -> found.getLocation() + ": "
                        + switch (found.getType()) {
                            case NAME_MISMATCH -> "another name: ";
                            case FIXED_SIZE_MISMATCH -> "another size: ";
                            case MISSING_ENUM_SYMBOLS ->
                                "symbols that the reader does not have: ";
                            case READER_FIELD_MISSING_DEFAULT_VALUE ->
                                "the reader has a field without a default that the writer lacks: ";
                            case TYPE_MISMATCH -> "another type: ";
                            case MISSING_UNION_BRANCH ->
                                "a branch of the writer's union that the reader does not have: ";
                        } + found.getMessage())
                .toList();
    }

    private static JsonSchemaEvolution.Version json(Version version) throws SchemaProblem {
        var documents = new JsonSchemaDocuments(version.schema(), version.files());
        var root = documents.root();
        return new JsonSchemaEvolution.Version(documents, version.payload().isPresent()
                ? JsonCodec.named(root, version.payload().get(), version.schema().origin())
                : root);
    }

    private static Descriptor message(Version version) throws SchemaProblem {
        return ProtobufCodec.payload(new ProtoFiles(version.files()).compile(version.schema()),
                version.payload());
    }
}
