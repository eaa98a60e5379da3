package io.tidegate.schema;

/** The languages that a product's payload may be described in. */
public enum SchemaLanguage {
    /** Apache Avro 1.12. */
    AVRO,
    /** JSON Schema, draft-04 to 2020-12; payloads are JSON text. */
    JSON,
    /** Protocol Buffers: proto2, proto3 and editions. */
    PROTOBUF
}
