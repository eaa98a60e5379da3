package io.tidegate.schema;

import com.code_intelligence.jazzer.junit.FuzzTest;

class ProtobufPayloadFuzz {
    private static final Codec CODEC = Decoding.codec(SchemaLanguage.PROTOBUF, """
            syntax = "proto3";
            import "google/protobuf/timestamp.proto";
            import "google/protobuf/duration.proto";
            import "google/protobuf/struct.proto";
            import "google/protobuf/wrappers.proto";
            import "google/protobuf/any.proto";
            message Parcel {
              string id = 1;
              optional int32 count = 2;
              uint64 big = 3;
              sint32 zig = 4;
              double ratio = 5;
              bytes raw = 6;
              google.protobuf.Timestamp at = 7;
              google.protobuf.Duration lasts = 8;
              google.protobuf.Struct any = 9;
              google.protobuf.Int64Value boxed = 10;
              google.protobuf.Any packed = 11;
              State state = 12;
              repeated fixed32 codes = 13;
              map<string, Parcel> parts = 14;
              map<int64, double> rates = 15;
              oneof owner { string person = 16; Parcel container = 17; }
              Parcel next = 18;
              enum State { UNKNOWN = 0; OPEN = 1; }
            }""");

    @FuzzTest(maxDuration = "2m")
    void any_payload_is_a_row_or_is_refused(byte[] payload) throws Exception {
        Decoding.check(CODEC, payload);
    }
}
