package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Timestamp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class ProtobufCodecTest {

    private static final String PARCEL = """
            syntax = "proto3";
            package depot.v1;
            import "google/protobuf/timestamp.proto";
            import "google/protobuf/wrappers.proto";
            import "google/protobuf/duration.proto";
            import "google/protobuf/struct.proto";
            import "google/protobuf/field_mask.proto";
            import "google/protobuf/empty.proto";
            import "google/protobuf/any.proto";
            import "google/type/date.proto";
            import "google/type/timeofday.proto";
            import "google/type/decimal.proto";

            // A parcel on its way.
            message Parcel {
              // Printed on
              // the label.
              string id = 1;
              int32 legs = 2; // hops so far
              uint32 weight_g = 3;
              uint64 checksum = 4;
              optional string note = 5 [deprecated = true];
              Status status = 6;
              repeated Stop stops = 7;
              map<int32, Stop> by_leg = 8;
              oneof addressee {
                string person = 9;
                Stop depot = 10;
              }
              google.protobuf.Timestamp at = 11;
              google.protobuf.Int64Value tries = 12;
              google.protobuf.Duration took = 13;
              google.protobuf.Struct extra = 14;
              google.protobuf.FieldMask mask = 15;
              google.protobuf.Empty nothing = 16;
              google.protobuf.Any detail = 17;
              google.type.Date due = 18;
              google.type.TimeOfDay from = 19;
              google.type.Decimal price = 20;
              bytes seal = 21;
              Parcel inside = 22;
              reserved 30 to 40, 50;
              reserved "old";

              /* Where a parcel stops. */
              message Stop {
                string name = 1;
              }
            }
            enum Status {
              option allow_alias = true;
              UNKNOWN = 0;
              MOVING = 1;
              RUNNING = 1;
            }
            """;

    private static Codec open(String text) throws SchemaProblem {
        return open(text, Optional.empty(), Map.of());
    }

    private static Codec open(String text, Optional<String> payload, Map<String, String> files)
            throws SchemaProblem {
        return ProtobufCodec.open(schema(text), payload, List.of(), files(files),
                WriterSchemas.none());
    }

    private static SourceSchema schema(String text) {
        return new SourceSchema(SchemaLanguage.PROTOBUF, text, "main.proto");
    }

    private static SchemaFiles files(Map<String, String> files) {
        return path -> {
            String text = files.get(path);
            if (text == null) {
                throw new IOException("no file '" + path + "'");
            }
            return text;
        };
    }

    private interface Fields {
        void write(CodedOutputStream out) throws IOException;
    }

    private static byte[] wire(Fields fields) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = CodedOutputStream.newInstance(bytes);
        fields.write(out);
        out.flush();
        return bytes.toByteArray();
    }

    private static Field field(RecordType type, String name) {
        return type.fields().get(type.position(name).orElseThrow());
    }

    private static Row row(RecordType type, Map<String, Object> values) {
        return new Row(type,
                type.fields().stream().map(field -> values.get(field.name())).toArray());
    }

    @Test
    void fields_have_the_types_presence_and_descriptions_of_their_text() throws Exception {
        RecordType type = open(PARCEL).type();

        assertThat(type.name()).isEqualTo("depot.v1.Parcel");
        assertThat(type.doc()).isEqualTo("A parcel on its way.");
        assertThat(type.fields()).extracting(Field::name).containsExactly("id", "legs", "weight_g",
                "checksum", "note", "status", "stops", "by_leg", "person", "depot",
                "addressee_case", "at", "tries", "took", "extra", "mask", "nothing", "detail",
                "due", "from", "price", "seal", "inside");
        assertThat(field(type, "id"))
                .isEqualTo(new Field("id", Type.Scalar.of(ScalarKind.STRING), false,
                        "Printed on\nthe label.", ""));
        assertThat(field(type, "legs").doc()).isEqualTo("hops so far");
        assertThat(field(type, "note").nullable()).isTrue();
        assertThat(field(type, "note").deprecated()).isNotEmpty();
        assertThat(field(type, "status").type()).isEqualTo(
                new Type.EnumOf("depot.v1.Status", "", List.of("UNKNOWN", "MOVING"), true));
        assertThat(field(type, "addressee_case").type())
                .isEqualTo(new Type.EnumOf("depot.v1.Parcel.addressee_case", "",
                        List.of("person", "depot"), false));
        assertThat(field(type, "inside").type()).isSameAs(type);
        assertThat(field(type, "tries")).isEqualTo(
                new Field("tries", Type.Scalar.of(ScalarKind.INT64), true));
        assertThat(field(type, "extra").type()).isEqualTo(new Type.Json());
        assertThat(field(type, "depot").type()).isInstanceOfSatisfying(RecordType.class,
                stop -> assertThat(stop.doc()).isEqualTo("Where a parcel stops."));
        assertThat(field(type, "person").nullable()).isTrue();
        assertThat(field(type, "stops").nullable()).isFalse();
    }

    @Test
    void an_empty_payload_has_zeros_empty_lists_and_nulls() throws Exception {
        Row row = open(PARCEL).decode(new byte[0]);

        assertThat(row.get("id")).isEqualTo("");
        assertThat(row.get("weight_g")).isEqualTo(0L);
        assertThat(row.get("checksum")).isEqualTo(BigInteger.ZERO);
        assertThat(row.get("status")).isEqualTo("UNKNOWN");
        assertThat(row.get("stops")).isEqualTo(List.of());
        assertThat(row.get("by_leg")).isEqualTo(Map.of());
        for (String absent : List.of("note", "person", "depot", "addressee_case", "at", "tries",
                "took", "extra", "inside")) {
            assertThat(row.get(absent)).as(absent).isNull();
        }
    }

    @Test
    void a_full_row_survives_the_wire() throws Exception {
        Codec codec = open(PARCEL);
        RecordType type = codec.type();
        var stopType = (RecordType) field(type, "depot").type();
        Row stop = new Row(stopType, new Object[]{"Lyon"});
        var json = new LinkedHashMap<String, Object>();
        json.put("a", 1L);
        json.put("b", Arrays.asList(null, 1.5, "x", true, Map.of("deep", 2L)));
        var any = new LinkedHashMap<String, Object>();
        any.put("@type", "type.example/depot.v1.Parcel.Stop");
        any.put("name", "Nice");
        var values = new LinkedHashMap<String, Object>();
        values.put("id", "p-1");
        values.put("legs", -3);
        values.put("weight_g", 4_000_000_000L);
        values.put("checksum", new BigInteger("18446744073709551615"));
        values.put("note", "");
        values.put("status", "7");
        values.put("stops", List.of(stop, stop));
        values.put("by_leg", Map.of("-4", stop));
        values.put("depot", stop);
        values.put("addressee_case", "depot");
        values.put("at", Instant.parse("1969-12-31T23:59:59.123456789Z"));
        values.put("tries", 9L);
        values.put("took", "PT-1.5S");
        values.put("extra", json);
        values.put("mask", List.of("a.b", "c"));
        values.put("nothing", new Row((RecordType) field(type, "nothing").type(), new Object[0]));
        values.put("detail", any);
        values.put("due", LocalDate.of(2024, 2, 29));
        values.put("from", LocalTime.of(7, 30, 1, 5));
        values.put("price", new BigDecimal("1.10"));
        values.put("seal", new byte[]{1, 0, -1});
        Row row = row(type, values);

        Row back = codec.decode(codec.encode(row, Optional.empty()));

        assertThat(back).isEqualTo(row);
        assertThat(back.get("took")).isEqualTo("PT-1.5S");
    }

    @Test
    void framing_is_read_and_written() throws Exception {
        Codec codec = open(PARCEL);
        Row row = codec.decode(wire(out -> out.writeString(1, "x")));

        byte[] framed = codec.encode(row, Optional.of(258));

        assertThat(Arrays.copyOf(framed, 6)).containsExactly(0, 0, 0, 1, 2, 0);
        assertThat(codec.decode(framed)).isEqualTo(row);
        byte[] longForm = wire(out -> {
            out.writeRawBytes(new byte[]{0, 0, 0, 1, 2});
            out.writeSInt32NoTag(1);
            out.writeSInt32NoTag(0);
            out.writeString(1, "x");
        });
        assertThat(codec.decode(longForm)).isEqualTo(row);
    }

    @Test
    void framing_of_a_nested_message_carries_its_path() throws Exception {
        Codec codec = open(PARCEL, Optional.of("Stop"), Map.of());
        Row row = new Row(codec.type(), new Object[]{"Brest"});

        byte[] framed = codec.encode(row, Optional.of(1));

        assertThat(Arrays.copyOf(framed, 8)).containsExactly(0, 0, 0, 0, 1, 4, 0, 0);
        assertThat(codec.decode(framed)).isEqualTo(row);
    }

    @Test
    void a_foreign_message_index_is_looked_up_in_the_writers_schema() throws Exception {
        var asked = new ArrayList<Integer>();
        String writer = "syntax = \"proto3\"; package depot.v1; message Other {} message Parcel {}";
        Codec codec = ProtobufCodec.open(schema(PARCEL), Optional.empty(), List.of(),
                files(Map.of()), id -> {
                    asked.add(id);
                    return schema(id == 5 ? writer : writer.replace("Parcel", "Elsewhere"));
                });
        Fields second = out -> {
            out.writeSInt32NoTag(1);
            out.writeSInt32NoTag(1);
            out.writeString(1, "x");
        };

        for (int i = 0; i < 2; i++) {
            assertThat(codec.decode(wire(out -> {
                out.writeRawBytes(new byte[]{0, 0, 0, 0, 5});
                second.write(out);
            })).get("id")).isEqualTo("x");
        }
        assertThatThrownBy(() -> codec.decode(wire(out -> {
            out.writeRawBytes(new byte[]{0, 0, 0, 0, 6});
            second.write(out);
        }))).isInstanceOf(UnreadablePayload.class).hasMessage(
                "the payload is a 'depot.v1.Elsewhere' of schema id 6; expected a 'depot.v1.Parcel'");
        assertThat(asked).containsExactly(5, 6);
    }

    @Test
    void broken_payloads_are_unreadable_and_not_shown() throws Exception {
        Codec codec = open(PARCEL);
        byte[] good = wire(out -> out.writeString(1, "secret"));

        for (byte[] broken : List.of(Arrays.copyOf(good, good.length - 1), new byte[]{0, 0, 0},
                new byte[]{0, 0, 0, 0, 1}, new byte[]{12}, new byte[]{15},
                wire(out -> out.writeByteArray(1, new byte[]{(byte) 0xC3, 0x28})),
                wire(out -> out.writeMessage(11,
                        Timestamp.newBuilder().setSeconds(Long.MAX_VALUE).build())))) {
            assertThatThrownBy(() -> codec.decode(broken)).isInstanceOf(UnreadablePayload.class)
                    .hasMessageNotContaining("secret");
        }
    }

    @Test
    void invalid_text_in_proto2_is_null_and_told_and_a_replacement_character_is_text()
            throws Exception {
        Codec codec = open(
                "message M { optional string s = 1 [default = \"gr\u00fcn\"]; map<string, string> m = 2; }");
        var misfits = new ArrayList<Misfit>();

        Row row = codec.decode(wire(out -> out.writeByteArray(1, new byte[]{(byte) 0xFF})),
                misfits::add);

        assertThat(row.get("s")).isNull();
        assertThat(misfits).containsExactly(new Misfit("s", "text in UTF-8"));
        assertThat(field(codec.type(), "s").doc()).isEqualTo("Default: gr\u00fcn");
        byte[] good = wire(out -> {
            out.writeString(1, "\uFFFD");
            out.writeByteArray(2, wire(entry -> entry.writeString(1, "k")));
        });
        row = codec.decode(good);
        assertThat(row.get("s")).isEqualTo("\uFFFD");
        assertThat(row.get("m")).isEqualTo(Map.of("k", ""));
        assertThat(codec.decode(codec.encode(row, Optional.empty()))).isEqualTo(row);
    }

    @Test
    void what_does_not_fit_is_null_at_the_nearest_place_and_told_once() throws Exception {
        Codec codec = open("""
                syntax = "proto2";
                import "google/protobuf/timestamp.proto";
                import "google/type/date.proto";
                message M {
                  repeated google.protobuf.Timestamp times = 1;
                  optional Inner inner = 2;
                  map<string, google.type.Date> days = 3;
                }
                message Inner { required int32 must = 1; optional google.type.Date day = 2; }
                """);
        var misfits = new ArrayList<Misfit>();
        var late = Timestamp.newBuilder().setSeconds(Long.MAX_VALUE).build();

        Row row = codec.decode(wire(out -> {
            out.writeMessage(1, late);
            out.writeMessage(1, Timestamp.getDefaultInstance());
            out.writeMessage(1, late);
            out.writeByteArray(2, new byte[0]);
            out.writeByteArray(3, wire(entry -> {
                entry.writeString(1, "k");
                entry.writeByteArray(2, wire(date -> date.writeInt32(1, 2024)));
            }));
        }), misfits::add);

        assertThat(row.get("times")).isEqualTo(Arrays.asList(null, Instant.EPOCH, null));
        assertThatThrownBy(() -> codec.encode(row, Optional.empty()))
                .isInstanceOf(UnreadablePayload.class).hasMessage("a list or map of TIMESTAMP holds"
                        + " a null, which Protobuf has no way to say");
        assertThat(row.get("inner")).isNull();
        assertThat(row.get("days")).isEqualTo(java.util.Collections.singletonMap("k", null));
        assertThat(misfits).extracting(Misfit::toString).containsExactly(
                "times[]: expected a time from year 1 to 9999",
                "inner.must: expected a value",
                "days{}: expected a full date: year, month and day");
    }

    @Test
    void a_writer_who_broke_the_rules_of_evolution_is_told_by_field_and_types() throws Exception {
        var asked = new ArrayList<Integer>();
        String reader = "syntax = \"proto3\"; package p; message M { string id = 1; N sub = 2; }"
                + " message N { repeated int32 codes = 1; sint32 at = 3; }";
        Codec codec = ProtobufCodec.open(schema(reader), Optional.empty(), List.of(),
                files(Map.of()), id -> {
                    asked.add(id);
                    return new SourceSchema(SchemaLanguage.PROTOBUF, switch (id) {
                        case 1 -> reader.replace("sint32 at", "int64 at");
                        case 2 ->
                            reader.replace("string id = 1; ", "bytes key = 1; int32 more = 9; ");
                        case 3 -> "syntax = \"proto3\"; package p; import \"n.proto\";"
                                + " message M { string id = 1; N sub = 2; }";
                        default -> "{}";
                    }, "id " + id, id == 3
                            ? Map.of("n.proto", "syntax = \"proto3\"; package p; message N {"
                                    + " map<string, string> codes = 1; }")
                            : Map.of());
                });

        for (int i = 0; i < 2; i++) {
            assertThatThrownBy(() -> codec.decode(new byte[]{0, 0, 0, 0, 1, 0}))
                    .isInstanceOf(IncompatibleSchema.class)
                    .hasMessage("schema id 1 cannot be read as the contract's 'p.M': the field"
                            + " 'sub.at' with the number 3 is 'int64' there and 'sint32' here");
        }
        assertThat(codec.decode(new byte[]{0, 0, 0, 0, 2, 0, 0x0A, 1, 'x'}).get("id"))
                .isEqualTo("x");
        assertThatThrownBy(() -> codec.decode(new byte[]{0, 0, 0, 0, 3, 0}))
                .isInstanceOf(IncompatibleSchema.class).hasMessageEndingWith(
                        "'sub.codes' with the number 1 is 'p.N.CodesEntry' there and 'repeated int32'"
                                + " here");
        assertThatThrownBy(() -> codec.decode(new byte[]{0, 0, 0, 0, 4, 0}))
                .isInstanceOf(UnreadablePayload.class).hasMessageStartingWith("schema id 4: ");
        assertThat(asked).containsExactly(1, 2, 3, 4);
    }

    @Test
    void what_the_schema_cannot_show_is_noted() throws Exception {
        Codec codec = open("syntax = \"proto2\";\nimport \"not/there.proto\";\n"
                + "message M { extensions 10 to max; }\nmessage Unused { extensions 10 to 20; }");

        assertThat(codec.notes()).containsExactly(
                new SchemaNote("main.proto", 3, 9, "the message 'M' has room for extensions, and no"
                        + " text listed under 'extensions' has any for it: what payloads carry there"
                        + " is lost"));
    }

    @Test
    void editions_2024_and_2026_have_words_for_who_sees_a_type() throws Exception {
        Codec codec = open("""
                edition = "2024";
                import option "not/there.proto";
                option features.enforce_naming_style = STYLE_LEGACY;
                export message M { local message N { local l = 1; } N n = 1; E e = 2; }
                local enum E { ZERO = 0; }
                message local {}
                """);
        assertThat(codec.type().fields()).extracting(Field::name).containsExactly("n", "e");
        assertThat(codec.notes()).isEmpty();
        assertThat(open("edition = \"2026\"; message M { int32 a = 1; }").type().fields())
                .hasSize(1);
    }

    @Test
    void nesting_beyond_a_hundred_is_unreadable() throws Exception {
        ByteString inside = ByteString.EMPTY;
        for (int i = 0; i < 150; i++) {
            ByteString payload = inside;
            inside = ByteString.copyFrom(wire(out -> out.writeBytes(22, payload)));
        }
        byte[] deep = inside.toByteArray();
        Codec codec = open(PARCEL);

        assertThatThrownBy(() -> codec.decode(deep)).isInstanceOf(UnreadablePayload.class);
    }

    @Test
    void any_inside_of_any_stays_base64() throws Exception {
        Codec codec = open("syntax = \"proto3\"; import \"google/protobuf/any.proto\";"
                + " message M { google.protobuf.Any a = 1; }");
        byte[] inner = wire(out -> {
            out.writeString(1, "x/M");
            out.writeBytes(2, ByteString.EMPTY);
        });
        byte[] outer = wire(out -> {
            out.writeString(1, "x/M");
            out.writeByteArray(2, wire(message -> message.writeByteArray(1, inner)));
        });

        Row row = codec.decode(wire(out -> out.writeByteArray(1, outer)));

        assertThat(row.get("a")).isEqualTo(
                Map.of("@type", "x/M", "a", Map.of("@type", "x/M", "value", "")));
    }

    @Test
    void proto2_knows_required_defaults_groups_and_closed_enums() throws Exception {
        Codec codec = open(
                """
                        syntax = "proto2";
                        message Order {
                          required string id = 1;
                          optional int32 pieces = 2 [default = 12];
                          optional string hint = 3;
                          optional bytes raw = 4 [default = "a\\x01\\377"];
                          optional double limit = 5 [default = -inf];
                          repeated group Line = 6 {
                            optional string sku = 1;
                            enum Kind { A = 1; B = 2; }
                            optional Kind kind = 2;
                          }
                          oneof way { group Road = 7 { optional int32 km = 1; } string air = 8 [default = "LH"]; }
                          optional Line.Kind first = 9 [default = B];
                        }
                        """);
        RecordType type = codec.type();
        assertThat(type.fields()).filteredOn(field -> !field.nullable()).extracting(Field::name)
                .containsExactly("id", "pieces", "raw", "limit", "line", "first");
        assertThat(field(type, "pieces").doc()).isEqualTo("Default: 12");
        assertThat(field(type, "raw").doc()).isEqualTo("Default: a\\001\\377");
        assertThat(field(type, "first").doc()).isEqualTo("Default: B");

        Row row = codec.decode(wire(out -> {
            out.writeString(1, "o");
            out.writeTag(6, 3);
            out.writeString(1, "nail");
            out.writeInt32(2, 9);
            out.writeTag(6, 4);
        }));

        assertThat(row.get("pieces")).isEqualTo(12);
        assertThat(row.get("hint")).isNull();
        assertThat((byte[]) row.get("raw")).containsExactly('a', 1, -1);
        assertThat(row.get("limit")).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(row.get("first")).isEqualTo("B");
        assertThat(row.get("air")).isNull();
        Row line = (Row) ((List<?>) row.get("line")).getFirst();
        assertThat(line.get("sku")).isEqualTo("nail");
        assertThat(line.get("kind")).isNull();
        assertThat(codec.decode(codec.encode(row, Optional.empty()))).isEqualTo(row);
        assertThatThrownBy(() -> codec.decode(new byte[0])).isInstanceOf(UnreadablePayload.class)
                .hasMessageContaining("id");
    }

    @Test
    void editions_go_by_their_features() throws Exception {
        Codec codec = open("""
                edition = "2023";
                package e;
                option features.field_presence = IMPLICIT;
                message M {
                  int32 plain = 1;
                  int32 told = 2 [features.field_presence = EXPLICIT];
                  int32 must = 3 [features.field_presence = LEGACY_REQUIRED];
                  N sub = 4 [features.message_encoding = DELIMITED];
                  Closed closed = 5 [features.field_presence = EXPLICIT];
                  Open open = 6;
                  reserved gone;
                }
                message N { string s = 1; }
                enum Closed { option features.enum_type = CLOSED; ONE = 1; }
                enum Open { option features = { enum_type: OPEN }; ZERO = 0; }
                """);
        assertThat(codec.type().fields()).filteredOn(field -> !field.nullable())
                .extracting(Field::name).containsExactly("plain", "must", "open");
        Row row = codec.decode(wire(out -> {
            out.writeInt32(3, 1);
            out.writeTag(4, 3);
            out.writeString(1, "in");
            out.writeTag(4, 4);
            out.writeEnum(5, 8);
            out.writeEnum(6, 8);
        }));

        assertThat(row.get("sub")).isInstanceOfSatisfying(Row.class,
                sub -> assertThat(sub.get("s")).isEqualTo("in"));
        assertThat(row.get("closed")).isNull();
        assertThat(row.get("open")).isEqualTo("8");
        assertThat(codec.decode(codec.encode(row, Optional.empty()))).isEqualTo(row);
    }

    @Test
    void imports_are_read_beside_the_contract_and_public_ones_reach_through() throws Exception {
        Codec codec = open("""
                syntax = "proto3";
                import "a/one.proto";
                import "not/there/options.proto";
                message M { a.One one = 1; b.Two two = 2; }
                """, Optional.empty(), Map.of(
                "a/one.proto", "syntax=\"proto3\"; package a; import public \"b/two.proto\";"
                        + " message One { .b.Two two = 1; }",
                "b/two.proto", "syntax=\"proto3\"; package b; message Two { string s = 1; }"));

        assertThat(field(codec.type(), "two").type()).isSameAs(
                ((RecordType) field(codec.type(), "one").type()).fields().getFirst().type());
    }

    @Test
    void listed_extensions_become_fields() throws Exception {
        String main = "syntax = \"proto2\"; package f; message Trip { extensions 1000 to max;"
                + " optional string id = 1; }";
        String more = "syntax = \"proto2\"; package g; import \"elsewhere/main.proto\";"
                + " message Extra { optional bool express = 1; }"
                + " extend f.Trip { optional Extra extra = 1001; repeated int32 codes = 1002; }";
        Codec codec = ProtobufCodec.open(schema(main), Optional.empty(),
                List.of(new SourceSchema(SchemaLanguage.PROTOBUF, more, "more.proto")),
                files(Map.of()), WriterSchemas.none());

        Row row = codec.decode(wire(out -> {
            out.writeByteArray(1001, wire(extra -> extra.writeBool(1, true)));
            out.writeInt32(1002, 4);
        }));

        assertThat(row.get("ext_extra")).isInstanceOfSatisfying(Row.class,
                extra -> assertThat(extra.get("express")).isEqualTo(true));
        assertThat(row.get("ext_codes")).isEqualTo(List.of(4));
        assertThat(codec.decode(codec.encode(row, Optional.empty()))).isEqualTo(row);
    }

    private static void problem(String text, String message, int line, int column) {
        assertThatThrownBy(() -> open(text)).isInstanceOfSatisfying(SchemaProblem.class, e -> {
            assertThat(e).hasMessage(message);
            assertThat(e.line()).as("line").isEqualTo(line);
            assertThat(e.column()).as("column").isEqualTo(column);
        });
    }

    @Test
    void wrong_texts_are_told_with_their_place() {
        problem("syntax = \"proto3\";\nmessage M {\n  Sting s = 1;\n}\nmessage String {}",
                "the type 'Sting' of the field 'M.s' is not known; did you mean 'String'?", 3, 9);
        problem("syntax = \"proto3\";\nimport \"x/y.proto\";\nmessage M { x.Y y = 1; }",
                "the type 'x.Y' of the field 'M.y' is not known; these imports were not found:"
                        + " 'x/y.proto' (no file 'x/y.proto')",
                3, 17);
        problem("syntax = \"proto3\";import \"a\";import \"b\";import \"c\";import \"d\";import \"e\";\n"
                + "message M { x.Y y = 1; }",
                "the type 'x.Y' of the field 'M.y' is not known; these imports were not found:"
                        + " 'a' (no file 'a'), 'b' (no file 'b'), 'c' (no file 'c') and 2 more",
                2, 17);
        problem("syntax = \"proto3\";\nmessage M {\n  int32 = 1;\n}",
                "expected a field's name but was '='", 3, 9);
        problem("message M { int32 a = 1; }",
                "the field 'M.a' needs 'optional', 'required' or 'repeated': the text is proto2", 1,
                13);
        problem("syntax = \"proto3\"; message M { int32 a = 1; int32 b = 1; }",
                "the fields 'a' and 'b' of 'M' both have the number 1", 1, 51);
        problem("syntax = \"proto3\"; message M { reserved 4; int32 a = 4; }",
                "the field 'M.a' uses the reserved number 4", 1, 50);
        problem("syntax = \"proto3\"; enum E { A = 1; } message M {}",
                "the first symbol of the enum 'E' must be 0 in proto3", 1, 25);
        problem("syntax = \"proto4\";",
                "expected syntax 'proto2' or 'proto3' but was 'proto4'", 1, 1);
        problem("message M {", "expected a name but was the end of the text", 1, 12);
        problem("syntax = \"proto3\"; message M { int32 a = 19500; }",
                "the number 19500 of the field 'M.a' is reserved for Protobuf itself (19000 to"
                        + " 19999)",
                1, 42);
    }

    @Test
    void hostile_texts_end_in_a_problem() {
        String deep = "syntax = \"proto3\"; " + "message M {".repeat(10_000);

        assertThatThrownBy(() -> open(deep)).isInstanceOf(SchemaProblem.class);
        assertThatThrownBy(() -> open("import \"a.proto\";", Optional.empty(),
                Map.of("a.proto", "import \"main.proto\";", "main.proto", "import \"a.proto\"; ")))
                .isInstanceOf(SchemaProblem.class).hasMessageContaining("circle");
    }

    @Test
    void the_payload_is_found_by_simple_and_full_name() throws Exception {
        assertThat(open(PARCEL, Optional.of("depot.v1.Parcel.Stop"), Map.of()).type().name())
                .isEqualTo("depot.v1.Parcel.Stop");
        assertThatThrownBy(() -> open(PARCEL, Optional.of("Parcl"), Map.of()))
                .isInstanceOf(SchemaProblem.class)
                .hasMessage("the schema has no message 'Parcl'; did you mean 'depot.v1.Parcel'?");
    }

    private static RecordType everything() {
        var type = new RecordType("shop.Full Order", "What was\nordered.");
        var item = RecordType.of("shop.Item",
                List.of(new Field("sku", Type.Scalar.of(ScalarKind.STRING), false)));
        var gift = RecordType.of("shop.Gift",
                List.of(new Field("for", Type.Scalar.of(ScalarKind.STRING), true)));
        var fields = new ArrayList<Field>();
        for (ScalarKind kind : ScalarKind.values()) {
            fields.add(new Field("a " + kind, Type.Scalar.of(kind), true, "A\nfield.", ""));
        }
        fields.add(new Field("$schema", Type.Scalar.of(ScalarKind.STRING), false));
        fields.add(new Field("_schema", Type.Scalar.of(ScalarKind.STRING), true, "", "old"));
        fields.add(new Field("userId", Type.Scalar.of(ScalarKind.INT32), true));
        fields.add(new Field("user_id", Type.Scalar.of(ScalarKind.INT32), true));
        fields.add(new Field("kind",
                new Type.EnumOf("shop.Kind", "", List.of("0 edits", "0-edits", "UNSPECIFIED"),
                        false),
                true));
        fields.add(new Field("items", new Type.ListOf(item, false), false));
        fields.add(new Field("rows",
                new Type.ListOf(new Type.ListOf(Type.Scalar.of(ScalarKind.INT32), true), true),
                false));
        fields.add(new Field("by name", new Type.MapOf(item, true), false));
        fields.add(new Field("any", new Type.Json(), true));
        fields.add(new Field("either", new Type.Union("shop.Either", List.of(item, gift)), true));
        fields.add(new Field("parent", type, true));
        return type.define(fields);
    }

    @Test
    void fields_alone_become_a_schema_whose_rows_survive_the_wire() throws Exception {
        RecordType type = everything();
        Codec codec = ProtobufCodec.fromFields(type, WriterSchemas.none());
        var item = (RecordType) ((Type.ListOf) field(type, "items").type()).element();
        Row nail = new Row(item, new Object[]{"nail"});
        var values = new LinkedHashMap<String, Object>();
        Object[] scalars = {true, -1, 4_000_000_000L, Long.MIN_VALUE,
                new BigInteger("18446744073709551615"), 1.5f, Double.NaN, new BigDecimal("1.10"),
                "é", new byte[]{0}, UUID.fromString("00000000-0000-0000-0000-0000000000ff"),
                LocalDate.of(2024, 2, 29), LocalTime.of(1, 2),
                Instant.parse("2024-02-29T00:00:00Z"),
                LocalDate.of(2024, 2, 29).atTime(1, 2), "P1M2DT3S"};
        for (int i = 0; i < scalars.length; i++) {
            values.put("a " + ScalarKind.values()[i], scalars[i]);
        }
        values.put("$schema", "s");
        values.put("userId", 1);
        values.put("user_id", 2);
        values.put("kind", "0-edits");
        values.put("items", List.of(nail));
        values.put("rows", Arrays.asList(List.of(), Arrays.asList(1, null)));
        var byName = new LinkedHashMap<String, Object>();
        byName.put("a", nail);
        byName.put("b", null);
        values.put("by name", byName);
        values.put("any", Arrays.asList(1L, null, "x"));
        values.put("either", nail);
        Row row = row(type, values);
        values.put("parent", row);
        Row outer = row(type, values);

        assertThat(codec.type()).isSameAs(type);
        assertThat(codec.decode(codec.encode(outer, Optional.empty()))).isEqualTo(outer);
        assertThat(codec.source().text()).startsWith("syntax = \"proto3\";\n\npackage shop;\n")
                .contains("optional string _schema = 17 [json_name = \"$schema\"];");
        assertThatThrownBy(() -> codec.decode(new byte[0])).isInstanceOf(UnreadablePayload.class)
                .hasMessage("not a 'shop.Full Order': $schema: expected a value");
    }

    @Test
    void the_schema_of_fields_is_one_that_opens_by_itself() throws Exception {
        Codec made = ProtobufCodec.fromFields(RecordType.of("t.Point", List.of(
                new Field("x", Type.Scalar.of(ScalarKind.FLOAT64), false),
                new Field("at", Type.Scalar.of(ScalarKind.TIMESTAMP), true),
                new Field("more", new Type.MapOf(new Type.Json(), false), false))),
                WriterSchemas.none());

        assertThat(made.source().text()).isEqualTo("""
                syntax = "proto3";

                package t;

                import "google/protobuf/struct.proto";
                import "google/protobuf/timestamp.proto";

                message Point {
                  optional double x = 1;
                  optional .google.protobuf.Timestamp at = 2;
                  map<string, .google.protobuf.Value> more = 3;
                }
                """);
        assertThat(open(made.source().text()).type().name()).isEqualTo("t.Point");
    }

    @Test
    void a_row_that_the_schema_cannot_say_is_refused() throws Exception {
        Codec codec = open(PARCEL);
        var values = new LinkedHashMap<String, Object>();
        codec.type().fields().stream().filter(field -> !field.nullable()).forEach(
                field -> values.put(field.name(), codecDefault(codec, field.name())));

        for (var wrong : Map.<String, Object>of("weight_g", -1L, "legs", "text", "status", "NEVER",
                "person", 5).entrySet()) {
            var copy = new LinkedHashMap<>(values);
            copy.put(wrong.getKey(), wrong.getValue());
            assertThatThrownBy(() -> codec.encode(row(codec.type(), copy), Optional.empty()))
                    .as(wrong.getKey()).isInstanceOf(UnreadablePayload.class);
        }
        values.put("person", "p");
        values.put("addressee_case", "depot");
        assertThatThrownBy(() -> codec.encode(row(codec.type(), values), Optional.empty()))
                .isInstanceOf(UnreadablePayload.class);
    }

    private static Object codecDefault(Codec codec, String field) {
        try {
            return codec.decode(new byte[0]).get(field);
        } catch (UnreadablePayload e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void text_may_hold_any_character() throws Exception {
        Codec codec = open(
                "syntax = 'proto3'; message M { string s = 1 [json_name = 'a\\'\\u00e9'];"
                        + " }");

        assertThat(codec.decode(wire(out -> out.writeByteArray(1,
                "\uD83D\uDE00".getBytes(StandardCharsets.UTF_8)))).get("s"))
                .isEqualTo("\uD83D\uDE00");
    }
}
