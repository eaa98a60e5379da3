package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Row stock(long id, String price) {
        return new Row(STOCK, new Object[]{id, new BigDecimal(price)});
    }

    @Test
    void without_an_envelope_the_value_is_the_row() throws Exception {
        ChangeCodec codec = Envelopes.none(new PlainJson(STOCK));

        assertThat(codec.read(null, Map.of())).isEqualTo(Change.delete());
        assertThat(codec.write(Change.delete(), Optional.empty())).isNull();
        Change change = Change.upsert(stock(1, "1.10"));
        assertThat(codec.read(codec.write(change, Optional.empty()), Map.of())).isEqualTo(change);
    }

    @Test
    void debezium_says_the_row_before_the_row_after_and_when() throws Exception {
        ChangeCodec codec = debezium(STOCK);
        assertThat(codec.rowType()).isSameAs(STOCK);

        for (String op : List.of("c", "r", "u")) {
            assertThat(codec.read(utf8("{\"before\":null,\"after\":{\"id\":1,\"price\":2.50},"
                    + "\"op\":\"" + op + "\",\"ts_ms\":1000,\"transaction\":null}"), Map.of()))
                    .isEqualTo(new Change(null, stock(1, "2.50"),
                            Optional.of(Instant.ofEpochSecond(1))));
        }
        assertThat(codec.read(utf8("{\"before\":{\"id\":1,\"price\":\"2.5\"},\"after\":null,"
                + "\"op\":\"d\"}"), Map.of()))
                .isEqualTo(new Change(stock(1, "2.5"), null, Optional.empty()));
        assertThat(codec.read(null, Map.of())).isEqualTo(Change.delete());
    }

    @Test
    void debezium_with_connects_schema_has_its_decimals_put_right() throws Exception {
        String decimal = "{\"field\":\"price\",\"type\":\"bytes\",\"name\":"
                + "\"org.apache.kafka.connect.data.Decimal\",\"parameters\":{\"scale\":\"2\"}}";
        String event = "{\"schema\":{\"fields\":[{\"field\":\"after\",\"fields\":[" + decimal
                + "]}]},\"payload\":{\"after\":{\"id\":7,\"price\":\"%s\"},\"op\":\"c\"}}";

        assertThat(debezium(STOCK).read(utf8(event.formatted("AIA=")), Map.of()).after())
                .isEqualTo(stock(7, "1.28"));
        Change bad = debezium(STOCK).read(utf8(event.formatted("???")), Map.of());
        assertThat(bad.after()).isEqualTo(new Row(STOCK, new Object[]{7L, null}));
        assertThat(bad.misfits()).extracting(Misfit::path).containsExactly("after.price");
    }

    @Test
    void debezium_events_that_are_no_change_of_a_row_are_unreadable() throws Exception {
        ChangeCodec codec = debezium(STOCK);

        for (String event : List.of("{\"op\":\"t\"}", "{\"op\":\"m\"}", "{\"op\":\"secret\"}",
                "{\"op\":\"c\"}", "null", "{", "{\"schema\":{},\"payload\":null}")) {
            assertThatThrownBy(() -> codec.read(utf8(event), Map.of())).as(event)
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
            assertThat(codec.read(codec.write(change, Optional.empty()), Map.of()))
                    .isEqualTo(change);
        }
        assertThat(codec.write(Change.delete(), Optional.empty())).isNull();
    }

    @Test
    void debezium_rows_alone_are_enough_in_every_language() throws Exception {
        var change = new Change(stock(1, "1.0"), stock(1, "2.0"), Optional.of(Instant.EPOCH));
        for (SchemaLanguage language : SchemaLanguage.values()) {
            ChangeCodec codec = Envelopes.debeziumRows(language, STOCK, WriterSchemas.none());

            assertThat(codec.read(codec.write(change, Optional.empty()), Map.of()))
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

        assertThat(codec.read(utf8(data), Map.of("ce_specversion", utf8("1.0"), "ce_time",
                utf8("2024-05-01T10:00:00Z")))).isEqualTo(expected);
        assertThat(codec.read(utf8(head + "\"data\":" + data + "}"), Map.of("content-type",
                utf8("application/cloudevents+json; charset=UTF-8")))).isEqualTo(expected);
        assertThat(codec.read(utf8(head + "\"data_base64\":\""
                + java.util.Base64.getEncoder().encodeToString(utf8(data)) + "\"}"), Map.of()))
                .isEqualTo(expected);
        assertThat(codec.read(utf8(head + "\"data\":null}"), Map.of()).after()).isNull();
        assertThat(codec.read(null, Map.of())).isEqualTo(Change.delete());
        assertThatThrownBy(() -> codec.read(utf8("{}"), Map.of("content-type",
                utf8("application/cloudevents+json")))).isInstanceOf(UnreadablePayload.class);
        assertThatThrownBy(() -> codec.read(utf8(data), Map.of("ce_specversion", utf8("1.0"),
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
                    Change change = codec.read(utf8(line), Map.of());
                    assertThat(change.time()).isPresent();
                    upserts += change.after() == null ? 0 : 1;
                    deletes += change.after() == null ? 1 : 0;
                }
            }
        }
        assertThat(upserts).isEqualTo(11);
        assertThat(deletes).isEqualTo(1);
    }
}
