package io.tidegate.schema;

import java.util.Optional;

/** Payloads in Avro. */
final class AvroCodec {
    private AvroCodec() {
    }

    static Codec open(SourceSchema schema, Optional<String> payload, SchemaFiles files,
            WriterSchemas writers) throws SchemaProblem {
        throw new SchemaProblem("not yet");
    }

    static Codec fromFields(RecordType type, WriterSchemas writers) throws SchemaProblem {
        throw new SchemaProblem("not yet");
    }
}
