package io.tidegate.schema;

import java.util.List;
import java.util.Optional;

/** Payloads in Protobuf. */
final class ProtobufCodec {
    private ProtobufCodec() {
    }

    static Codec open(SourceSchema schema, Optional<String> payload, List<SourceSchema> extensions,
            SchemaFiles files, WriterSchemas writers) throws SchemaProblem {
        throw new SchemaProblem("not yet");
    }

    static Codec fromFields(RecordType type, WriterSchemas writers) throws SchemaProblem {
        throw new SchemaProblem("not yet");
    }
}
