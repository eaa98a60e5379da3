package io.tidegate.schema;

import com.code_intelligence.jazzer.junit.FuzzTest;

class JsonPayloadFuzz {
    private static final Codec CODEC = Decoding.codec(SchemaLanguage.JSON,
            """
                    {"type": "object", "properties": {
                      "id": {"type": "string"},
                      "uuid": {"type": "string", "format": "uuid"},
                      "count": {"type": "integer"},
                      "small": {"type": "integer", "minimum": 0, "maximum": 100},
                      "price": {"type": "string", "format": "decimal"},
                      "ratio": {"type": "number"},
                      "raw": {"type": "string", "contentEncoding": "base64"},
                      "at": {"type": "string", "format": "date-time"},
                      "day": {"type": "string", "format": "date"},
                      "clock": {"type": "string", "format": "time"},
                      "for": {"type": "string", "format": "duration"},
                      "state": {"enum": ["a", "b", null]},
                      "tags": {"type": "object", "additionalProperties": {"type": "number"}},
                      "grid": {"type": "array", "items": {"type": "array", "items": {"type": "number"}}},
                      "any": {},
                      "either": {"oneOf": [
                        {"type": "object", "title": "A", "properties": {"kind": {"const": "a"}, "x": {"type": "integer"}}},
                        {"type": "object", "title": "B", "properties": {"kind": {"const": "b"}, "y": {"type": "string"}}}]},
                      "next": {"$ref": "#"}
                    }}""");

    @FuzzTest(maxDuration = "2m")
    void any_payload_is_a_row_or_is_refused(byte[] payload) throws Exception {
        Decoding.check(CODEC, payload);
    }
}
