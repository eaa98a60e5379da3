package io.tidegate.schema;

import com.code_intelligence.jazzer.junit.FuzzTest;

class AvroPayloadFuzz {
    private static final Codec CODEC = Decoding.codec(SchemaLanguage.AVRO,
            """
                    {"type": "record", "name": "Parcel", "fields": [
                      {"name": "id", "type": "string"},
                      {"name": "uuid", "type": ["null", {"type": "string", "logicalType": "uuid"}]},
                      {"name": "raw", "type": "bytes"},
                      {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}},
                      {"name": "big", "type": {"type": "bytes", "logicalType": "big-decimal"}},
                      {"name": "day", "type": {"type": "int", "logicalType": "date"}},
                      {"name": "at", "type": {"type": "long", "logicalType": "timestamp-micros"}},
                      {"name": "clock", "type": ["null", {"type": "long", "logicalType": "time-micros"}]},
                      {"name": "for", "type": {"type": "fixed", "name": "D", "size": 12, "logicalType": "duration"}},
                      {"name": "state", "type": {"type": "enum", "name": "S", "symbols": ["a", "b"]}},
                      {"name": "tags", "type": {"type": "map", "values": ["null", "double"]}},
                      {"name": "grid", "type": {"type": "array", "items": {"type": "array", "items": "float"}}},
                      {"name": "any", "type": ["null", "long", "string", {"type": "record", "name": "X", "fields": []}]},
                      {"name": "next", "type": ["null", "Parcel"]}
                    ]}""");

    @FuzzTest(maxDuration = "2m")
    void any_payload_is_a_row_or_is_refused(byte[] payload) throws Exception {
        Decoding.check(CODEC, payload);
    }
}
