package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class EnvelopesTest {
    private static final RecordType STOCK = RecordType.of("depot.Stock",
            List.of(new Field("id", Type.Scalar.of(ScalarKind.INT64), true),
                    new Field("price", Type.Scalar.of(ScalarKind.DECIMAL), true)));

    /** JSON without rules of its own, so that these tests are about the envelopes. */
    private record PlainJson(RecordType type) implements Codec {
        @Override
        public Row decode(byte[] payload, java.util.function.Consumer<? super Misfit> misfits)
                throws UnreadablePayload {
            return (Row) JsonValues.read(payload, type);
        }

        @Override
        public byte[] encode(Row row, Optional<Integer> framing) throws UnreadablePayload {
            var bytes = new ByteArrayOutputStream();
            try (var out = new com.fasterxml.jackson.core.JsonFactory().createGenerator(bytes)) {
                JsonValues.write(out, type, row);
            } catch (IOException e) {
                throw new UnreadablePayload("unwritable", e);
            }
            return bytes.toByteArray();
        }

        @Override
        public SourceSchema source() {
            return new SourceSchema(SchemaLanguage.JSON, "{}", "test");
        }
    }

    private static RecordType envelope(RecordType row) {
        return RecordType.of("Envelope",
                List.of(new Field("before", row, true), new Field("after", row, true),
                        new Field("op", Type.Scalar.of(ScalarKind.STRING), true),
                        new Field("ts_ms", Type.Scalar.of(ScalarKind.INT64), true),
                        new Field("source", new Type.Json(), true)));
    }

    private static ChangeCodec debezium(RecordType row) throws SchemaProblem {
        return Envelopes.debezium(new ConnectJson(new PlainJson(envelope(row)), row));
    }

    /** The one change of a record. */
    private static Change read(ChangeCodec codec, byte[] value, Map<String, byte[]> headers)
            throws UnreadablePayload {
        var changes = codec.read(value, headers);
        assertThat(changes).hasSize(1);
        return changes.getFirst();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Row stock(long id, String price) {
        return new Row(STOCK, new Object[]{id, new BigDecimal(price)});
    }

    @Test
    void without_an_envelope_the_value_is_the_row() throws Exception {
        ChangeCodec codec = Envelopes.none(new PlainJson(STOCK));

        assertThat(read(codec, null, Map.of())).isEqualTo(Change.delete());
        assertThat(codec.write(Change.delete(), Optional.empty())).isNull();
        Change change = Change.upsert(stock(1, "1.10"));
        assertThat(read(codec, codec.write(change, Optional.empty()), Map.of())).isEqualTo(change);
    }

    @Test
    void debezium_says_the_row_before_the_row_after_and_when() throws Exception {
        ChangeCodec codec = debezium(STOCK);
        assertThat(codec.rowType()).isSameAs(STOCK);

        for (String op : List.of("c", "r", "u")) {
            assertThat(read(codec, utf8("{\"before\":null,\"after\":{\"id\":1,\"price\":2.50},"
                    + "\"op\":\"" + op + "\",\"ts_ms\":1000,\"transaction\":null}"), Map.of()))
                    .isEqualTo(new Change(null, stock(1, "2.50"),
                            Optional.of(Instant.ofEpochSecond(1))));
        }
        assertThat(read(codec, utf8("{\"before\":{\"id\":1,\"price\":\"2.5\"},\"after\":null,"
                + "\"op\":\"d\"}"), Map.of()))
                .isEqualTo(new Change(stock(1, "2.5"), null, Optional.empty()));
        assertThat(read(codec, null, Map.of())).isEqualTo(Change.delete());
    }

    @Test
    void debezium_with_connects_schema_has_its_decimals_put_right() throws Exception {
        String decimal = "{\"field\":\"price\",\"type\":\"bytes\",\"name\":"
                + "\"org.apache.kafka.connect.data.Decimal\",\"parameters\":{\"scale\":\"2\"}}";
        String event = "{\"schema\":{\"fields\":[{\"field\":\"after\",\"fields\":[" + decimal
                + "]}]},\"payload\":{\"after\":{\"id\":7,\"price\":\"%s\"},\"op\":\"c\"}}";

        assertThat(read(debezium(STOCK), utf8(event.formatted("AIA=")), Map.of()).after())
                .isEqualTo(stock(7, "1.28"));
        Change bad = read(debezium(STOCK), utf8(event.formatted("???")), Map.of());
        assertThat(bad.after()).isEqualTo(new Row(STOCK, new Object[]{7L, null}));
        assertThat(bad.misfits()).extracting(Misfit::path).containsExactly("price");
    }

    @Test
    void debezium_events_that_are_no_change_of_a_row_are_unreadable() throws Exception {
        ChangeCodec codec = debezium(STOCK);

        for (String event : List.of("{\"op\":\"t\"}", "{\"op\":\"m\"}", "{\"op\":\"secret\"}",
                "{\"op\":\"c\"}", "null", "{", "{\"schema\":{},\"payload\":null}")) {
            assertThatThrownBy(() -> read(codec, utf8(event), Map.of())).as(event)
                    .isInstanceOf(UnreadablePayload.class).hasMessageNotContaining("secret");
        }
    }

    @Test
    void debezium_is_written_as_it_is_read() throws Exception {
        ChangeCodec codec = debezium(STOCK);
        var at = Optional.of(Instant.ofEpochMilli(5));

        for (Change change : List.of(new Change(null, stock(1, "1"), at),
                new Change(stock(1, "1"), stock(1, "2"), at),
                new Change(stock(1, "2"), null, at))) {
            assertThat(read(codec, codec.write(change, Optional.empty()), Map.of()))
                    .isEqualTo(change);
        }
        assertThat(codec.write(Change.delete(), Optional.empty())).isNull();
    }

    @Test
    void debezium_rows_alone_are_enough_in_every_language() throws Exception {
        var change = new Change(stock(1, "1.0"), stock(1, "2.0"), Optional.of(Instant.EPOCH));
        for (SchemaLanguage language : SchemaLanguage.values()) {
            ChangeCodec codec = Envelopes.debeziumRows(language, STOCK, WriterSchemas.none());

            assertThat(read(codec, codec.write(change, Optional.empty()), Map.of()))
                    .as("%s", language)
                    .isEqualTo(change);
        }
    }

    @Test
    void a_payload_that_is_no_envelope_is_refused() {
        assertThatThrownBy(() -> Envelopes.debezium(new PlainJson(STOCK)))
                .isInstanceOf(SchemaProblem.class)
                .hasMessage("a Debezium envelope has the fields 'before', 'after' and 'op', but"
                        + " 'depot.Stock' has no 'after': its fields are [id, price]");
    }

    @Test
    void cloud_events_are_read_in_both_modes() throws Exception {
        ChangeCodec codec = Envelopes.cloudEvents(new PlainJson(STOCK));
        var expected = new Change(null, stock(4, "1.50"),
                Optional.of(Instant.parse("2024-05-01T10:00:00Z")));
        String data = "{\"id\":4,\"price\":1.50}";
        String head = "{\"specversion\":\"1.0\",\"time\":\"2024-05-01T12:00:00+02:00\",";

        assertThat(read(codec, utf8(data), Map.of("ce_specversion", utf8("1.0"), "ce_time",
                utf8("2024-05-01T10:00:00Z")))).isEqualTo(expected);
        assertThat(read(codec, utf8(head + "\"data\":" + data + "}"), Map.of("content-type",
                utf8("application/cloudevents+json; charset=UTF-8")))).isEqualTo(expected);
        assertThat(read(codec, utf8(head + "\"data_base64\":\""
                + Base64.getEncoder().encodeToString(utf8(data)) + "\"}"), Map.of()))
                .isEqualTo(expected);
        assertThat(read(codec, utf8(head + "\"data\":null}"), Map.of()).after()).isNull();
        assertThat(read(codec, null, Map.of())).isEqualTo(Change.delete());
        assertThatThrownBy(() -> read(codec, utf8("{}"), Map.of("content-type",
                utf8("application/cloudevents+json")))).isInstanceOf(UnreadablePayload.class);
        assertThatThrownBy(() -> read(codec, utf8(data), Map.of("ce_specversion", utf8("1.0"),
                "ce_time", utf8("noon")))).isInstanceOf(UnreadablePayload.class);
    }

    @Test
    void the_change_events_of_other_projects_are_read() throws Exception {
        Path folder = Path.of("../../shared/data/events/cdc");
        Assumptions.assumeTrue(Files.isDirectory(folder),
                "sample files of other projects are not here");
        ChangeCodec codec = debezium(RecordType.of("Product",
                List.of(new Field("id", Type.Scalar.of(ScalarKind.INT64), true),
                        new Field("weight", Type.Scalar.of(ScalarKind.FLOAT64), true))));
        int upserts = 0;
        int deletes = 0;
        try (var files = Files.newDirectoryStream(folder, "debezium__*.jsonl")) {
            for (Path file : files) {
                for (String line : Files.readAllLines(file)) {
                    if (line.isBlank()) {
                        continue;
                    }
                    Change change = read(codec, utf8(line), Map.of());
                    assertThat(change.time()).isPresent();
                    upserts += change.after() == null ? 0 : 1;
                    deletes += change.after() == null ? 1 : 0;
                }
            }
        }
        assertThat(upserts).isEqualTo(11);
        assertThat(deletes).isEqualTo(1);
    }

    private static Field nullable(String name, ScalarKind kind) {
        return new Field(name, Type.Scalar.of(kind), true);
    }

    /** What Debezium's connectors write through Confluent's Avro converter. */
    private static final String DEBEZIUM_AVRO = """
            {"type":"record","name":"Envelope","namespace":"depot.public.stock","fields":[
              {"name":"before","type":["null",{"type":"record","name":"Value","fields":[
                {"name":"id","type":"long"},
                {"name":"price","type":["null",{"type":"bytes","scale":2,"precision":8,
                  "connect.version":1,"connect.parameters":{"scale":"2"},
                  "connect.name":"org.apache.kafka.connect.data.Decimal","logicalType":"decimal"}]},
                {"name":"any_price","type":["null",{"type":"record","name":"VariableScaleDecimal",
                  "namespace":"io.debezium.data","connect.name":"io.debezium.data.VariableScaleDecimal",
                  "fields":[{"name":"scale","type":"int"},{"name":"value","type":"bytes"}]}]},
                {"name":"day","type":{"type":"int","connect.name":"io.debezium.time.Date"}},
                {"name":"at","type":{"type":"long","connect.name":"io.debezium.time.MicroTimestamp"}},
                {"name":"zoned","type":{"type":"string","connect.name":"io.debezium.time.ZonedTimestamp"}},
                {"name":"opens","type":{"type":"long","connect.name":"io.debezium.time.MicroTime"}},
                {"name":"ref","type":{"type":"string","connect.name":"io.debezium.data.Uuid"}},
                {"name":"flags","type":{"type":"bytes","connect.name":"io.debezium.data.Bits"}},
                {"name":"kept_back","type":"string"}]}],"default":null},
              {"name":"after","type":["null","Value"],"default":null},
              {"name":"source","type":{"type":"record","name":"Source","fields":[
                {"name":"table","type":"string"},{"name":"snapshot","type":["string","null"]}]}},
              {"name":"op","type":"string"},
              {"name":"ts_ms","type":["null","long"],"default":null},
              {"name":"transaction","type":["null",{"type":"record","name":"block","namespace":"event",
                "fields":[{"name":"id","type":"string"}]}],"default":null}]}""";

    private static GenericRecord value(Schema schema,
            String ref) {
        var value = new GenericData.Record(schema);
        value.put("id", 7L);
        value.put("price", ByteBuffer.wrap(new byte[]{0, -128}));
        var any = new GenericData.Record(
                schema.getField("any_price").schema().getTypes().get(1));
        any.put("scale", 1);
        any.put("value", ByteBuffer.wrap(new byte[]{15}));
        value.put("any_price", any);
        value.put("day", -1);
        value.put("at", 1_500_000L);
        value.put("zoned", "2026-03-01T12:00:00+01:00");
        value.put("opens", 1L);
        value.put("ref", ref);
        value.put("flags", ByteBuffer.wrap(new byte[]{3}));
        value.put("kept_back", "x");
        return value;
    }

    private static byte[] debeziumAvro(String ref) throws IOException {
        var schema = new Schema.Parser().parse(DEBEZIUM_AVRO);
        var envelope = new GenericData.Record(schema);
        envelope.put("after", value(schema.getField("after").schema().getTypes().get(1), ref));
        var source = new GenericData.Record(
                schema.getField("source").schema());
        source.put("table", "stock");
        envelope.put("source", source);
        envelope.put("op", "u");
        envelope.put("ts_ms", 1000L);
        var out = new ByteArrayOutputStream();
        out.write(new byte[]{0, 0, 0, 0, 9});
        new GenericDatumWriter<>(schema).write(envelope,
                EncoderFactory.get().directBinaryEncoder(out, null));
        return out.toByteArray();
    }

    @Test
    void debezium_in_avro_is_read_by_the_names_of_its_types() throws Exception {
        var row = RecordType.of("depot.Stock", List.of(nullable("id", ScalarKind.INT64),
                nullable("price", ScalarKind.DECIMAL), nullable("any_price", ScalarKind.DECIMAL),
                nullable("day", ScalarKind.DATE), nullable("at", ScalarKind.TIMESTAMP),
                nullable("zoned", ScalarKind.TIMESTAMP), nullable("opens", ScalarKind.TIME),
                nullable("ref", ScalarKind.UUID), nullable("flags", ScalarKind.BYTES),
                nullable("not_there", ScalarKind.STRING)));
        ChangeCodec codec = Envelopes.debeziumRows(SchemaLanguage.AVRO, row,
                id -> new SourceSchema(SchemaLanguage.AVRO, DEBEZIUM_AVRO, "id " + id));

        Change change = read(codec, debeziumAvro("0f8fad5b-d9cb-469f-a165-70867728950e"), Map.of());

        assertThat(JsonValuesTest.write(row, change.after())).isEqualTo(
                "{\"id\":\"7\",\"price\":\"1.28\",\"any_price\":\"1.5\",\"day\":\"1969-12-31\","
                        + "\"at\":\"1970-01-01T00:00:01.500Z\",\"zoned\":\"2026-03-01T11:00:00Z\","
                        + "\"opens\":\"00:00:00.000001\","
                        + "\"ref\":\"0f8fad5b-d9cb-469f-a165-70867728950e\",\"flags\":\"Aw==\","
                        + "\"not_there\":null}");
        assertThat(change.time()).contains(Instant.ofEpochSecond(1));
        assertThat(change.misfits()).isEmpty();
        Change unfit = read(codec, debeziumAvro("none"), Map.of());
        assertThat(unfit.after().get("ref")).isNull();
        assertThat(unfit.misfits()).containsExactly(new Misfit("ref", "a UUID"));
    }

    @Test
    void the_whole_schema_of_debezium_in_avro_gives_the_rows_their_type() throws Exception {
        ChangeCodec codec = Envelopes.debezium(AvroCodecTest.open(DEBEZIUM_AVRO,
                id -> new SourceSchema(SchemaLanguage.AVRO, DEBEZIUM_AVRO, "id " + id)));

        Change change = read(codec, debeziumAvro("none"), Map.of());

        assertThat(codec.rowType().name()).isEqualTo("depot.public.stock.Value");
        assertThat(JsonValuesTest.write(codec.rowType(), change.after())).isEqualTo(
                "{\"id\":\"7\",\"price\":\"1.28\",\"any_price\":\"1.5\",\"day\":\"1969-12-31\","
                        + "\"at\":\"1970-01-01T00:00:01.500000\",\"zoned\":\"2026-03-01T11:00:00Z\","
                        + "\"opens\":\"00:00:00.000001\",\"ref\":null,\"flags\":\"Aw==\","
                        + "\"kept_back\":\"x\"}");
        assertThat(change.misfits()).containsExactly(new Misfit("ref", "a UUID"));
        Change whole = read(codec, debeziumAvro("0f8fad5b-d9cb-469f-a165-70867728950e"), Map.of());
        assertThat(read(codec, codec.write(whole, Optional.of(9)), Map.of()).after())
                .isEqualTo(whole.after());
    }

    @Test
    void a_value_that_contradicts_the_contracts_fields_is_null_and_told() throws Exception {
        var row = RecordType.of("depot.Stock", List.of(nullable("id", ScalarKind.INT64),
                nullable("zoned", ScalarKind.BOOLEAN)));
        ChangeCodec codec = Envelopes.debeziumRows(SchemaLanguage.AVRO, row,
                id -> new SourceSchema(SchemaLanguage.AVRO, DEBEZIUM_AVRO, "id " + id));

        Change change = read(codec, debeziumAvro("none"), Map.of());

        assertThat(change.after()).isEqualTo(new Row(row, new Object[]{7L, null}));
        assertThat(change.misfits()).contains(new Misfit("zoned", "a boolean"));
    }

    @Test
    void a_cloud_event_of_any_language_is_read_in_both_modes() throws Exception {
        Map<String, byte[]> binary = Map.of("ce_specversion", utf8("1.0"), "ce_time",
                utf8("1970-01-01T00:00:00Z"));
        for (SchemaLanguage language : SchemaLanguage.values()) {
            Codec data = Schemas.fromFields(language, STOCK, WriterSchemas.none());
            ChangeCodec codec = Envelopes.cloudEvents(data);
            byte[] bytes = data.encode(stock(4, "1.50"), Optional.empty());
            var expected = new Change(null, stock(4, "1.50"), Optional.of(Instant.EPOCH));

            assertThat(read(codec, bytes, binary)).as("%s", language).isEqualTo(expected);
            String base64 = Base64.getEncoder().encodeToString(bytes);
            String head = "{\"specversion\":\"1.0\",\"time\":\"1970-01-01T00:00:00Z\"";
            assertThat(read(codec, utf8(head + ",\"data_base64\":\"" + base64 + "\"}"), Map.of()))
                    .as("%s", language).isEqualTo(expected);
            assertThat(read(codec, utf8(head + ",\"data\":{\"id\":4,\"price\":\"1.50\"}}"),
                    Map.of())).as("%s", language).isEqualTo(expected);
            var gone = new Change(null, null, Optional.of(Instant.EPOCH));
            assertThat(read(codec, utf8(head + "}"), Map.of())).isEqualTo(gone);
            assertThat(read(codec, null, binary)).isEqualTo(gone);
            assertThatThrownBy(() -> read(codec, bytes, Map.of("content-type",
                    utf8("application/cloudevents+avro"))))
                    .hasMessageContaining("'application/cloudevents+json'");
        }
        assertThat(Envelopes.cloudEvents(new PlainJson(STOCK)).read(new byte[0], binary).getFirst()
                .after())
                .isNull();
    }
}
