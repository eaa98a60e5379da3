package io.tidegate.schema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Canal's and Maxwell's messages. */
class MySqlEnvelopesTest {
    private static final RecordType BOX = RecordType.of("depot.Box",
            List.of(nullable("id", ScalarKind.INT64), nullable("label", ScalarKind.STRING),
                    nullable("price", ScalarKind.DECIMAL)));
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");

    private static Field nullable(String name, ScalarKind kind) {
        return new Field(name, Type.Scalar.of(kind), true);
    }

    private static ChangeCodec canal(RecordType row) throws SchemaProblem {
        return Envelopes.canal(Schemas.fromFields(SchemaLanguage.JSON, row, WriterSchemas.none()));
    }

    private static ChangeCodec maxwell(RecordType row) throws SchemaProblem {
        return Envelopes
                .maxwell(Schemas.fromFields(SchemaLanguage.JSON, row, WriterSchemas.none()));
    }

    private static List<Change> read(ChangeCodec codec, String event) throws UnreadablePayload {
        return codec.read(event.getBytes(StandardCharsets.UTF_8), Map.of());
    }

    private static Row box(long id, String label, String price) {
        return new Row(BOX,
                new Object[]{id, label, price == null ? null : new BigDecimal(price)});
    }

    @Test
    void canal_tells_every_row_of_a_message_with_the_row_before() throws Exception {
        assertThat(read(canal(BOX),
                """
                        {"data":[{"id":"1","label":"new","price":"2.50"},{"id":"2","label":null,"price":"3"}],
                         "old":[{"label":"old","price":null},{"label":"x"}],"type":"UPDATE","isDdl":false,
                         "es":1772366400000,"ts":1772366400999,"table":"box","sql":"",
                         "mysqlType":{"id":"bigint","label":"varchar(20)","price":"decimal(8,2)"}}"""))
                .containsExactly(
                        new Change(box(1, "old", null), box(1, "new", "2.50"), Optional.of(NOON)),
                        new Change(box(2, "x", "3"), box(2, null, "3"), Optional.of(NOON)));
        assertThat(read(canal(BOX), """
                {"data":[{"id":"1"},{"id":"2"}],"old":null,"type":"INSERT","ts":1772366400000}"""))
                .extracting(Change::before, Change::after, Change::time)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(null, box(1, null, null),
                                Optional.of(NOON)),
                        org.assertj.core.groups.Tuple.tuple(null, box(2, null, null),
                                Optional.of(NOON)));
        assertThat(read(canal(BOX), """
                {"data":[{"id":"1","label":"a","price":"1"}],"old":null,"type":"DELETE"}"""))
                .containsExactly(new Change(box(1, "a", "1"), null, Optional.empty()));
        assertThat(canal(BOX).read(null, Map.of())).containsExactly(Change.delete());
    }

    @Test
    void canal_messages_about_no_row_say_nothing() throws Exception {
        for (var event : List.of(
                "{\"data\":null,\"isDdl\":true,\"type\":\"ALTER\",\"sql\":\"ALTER TABLE box\"}",
                "{\"data\":null,\"isDdl\":true,\"type\":\"SOMETHING\"}",
                "{\"data\":null,\"isDdl\":false,\"type\":\"QUERY\"}",
                "{\"data\":[],\"isDdl\":false,\"type\":\"INSERT\"}")) {
            assertThat(read(canal(BOX), event)).as(event).isEmpty();
        }
    }

    @Test
    void messages_that_cannot_be_understood_are_unreadable() throws Exception {
        for (var event : List.of("", "[]", "null", "{", "{}", "{\"type\":\"secret\"}",
                "{\"type\":\"INSERT\"}", "{\"type\":\"insert\"}",
                "{\"type\":\"INSERT\",\"data\":[{\"id\":\"1\"},null]}",
                "{\"type\":\"update\",\"data\":[]}", "{\"type\":\"TRUNCATE\",\"isDdl\":true}",
                "{\"type\":\"insert\",\"data\":{},\"ts\":9223372036854775807}")) {
            for (var codec : List.of(canal(BOX), maxwell(BOX))) {
                assertThatThrownBy(() -> read(codec, event)).as(event)
                        .isInstanceOf(UnreadablePayload.class).hasMessageNotContaining("secret");
            }
        }
    }

    @Test
    void maxwell_tells_one_row_and_takes_its_time_for_seconds() throws Exception {
        var codec = maxwell(BOX);
        var time = ",\"database\":\"depot\",\"table\":\"box\",\"ts\":1772366400,\"xid\":5,\"commit\":true}";

        for (var type : List.of("insert", "bootstrap-insert")) {
            assertThat(read(codec, "{\"type\":\"" + type
                    + "\",\"data\":{\"id\":1,\"label\":\"a\",\"price\":2.50}" + time))
                    .containsExactly(
                            new Change(null, box(1, "a", "2.50"), Optional.of(NOON)));
        }
        assertThat(read(codec,
                "{\"type\":\"update\",\"data\":{\"id\":1,\"label\":\"b\",\"price\":2.50},"
                        + "\"old\":{\"label\":\"a\"}" + time))
                .containsExactly(new Change(
                        box(1, "a", "2.50"), box(1, "b", "2.50"), Optional.of(NOON)));
        assertThat(read(codec,
                "{\"type\":\"delete\",\"data\":{\"id\":1,\"label\":\"b\",\"price\":1}"
                        + time))
                .containsExactly(new Change(box(1, "b", "1"), null, Optional.of(NOON)));
        for (var type : List.of("bootstrap-start", "bootstrap-complete", "table-alter")) {
            assertThat(read(codec, "{\"type\":\"" + type + "\",\"data\":{}" + time)).isEmpty();
        }
    }

    @Test
    void values_are_read_by_their_type_however_mysql_spells_them() throws Exception {
        var row = RecordType.of("depot.All", List.of(nullable("small", ScalarKind.INT32),
                nullable("big", ScalarKind.UINT64), nullable("ratio", ScalarKind.FLOAT64),
                nullable("open", ScalarKind.BOOLEAN), nullable("day", ScalarKind.DATE),
                nullable("at", ScalarKind.TIMESTAMP), nullable("local", ScalarKind.LOCAL_TIMESTAMP),
                nullable("raw", ScalarKind.BYTES), new Field("doc", new Type.Json(), true),
                new Field("tags", new Type.ListOf(Type.Scalar.of(ScalarKind.STRING), true), true)));

        var change = read(canal(row), """
                {"type":"INSERT","isDdl":false,"mysqlType":{"doc":"json"},"data":[{
                 "small":"-7","big":"18446744073709551615","ratio":"1.5E3","open":"1",
                 "day":"2026-03-01","at":"2026-03-01 12:00:00","local":"2026-03-01 12:00:00.25",
                 "raw":"a\u00ff","doc":"{\\"a\\":[1]}","tags":"[\\"x\\"]","unknown":"1"}]}""")
                .getFirst();

        assertThat(change.misfits()).isEmpty();
        assertThat(change.after().get("small")).isEqualTo(-7);
        assertThat(change.after().get("big")).hasToString("18446744073709551615");
        assertThat(change.after().get("ratio")).isEqualTo(1500.0);
        assertThat(change.after().get("open")).isEqualTo(true);
        assertThat(change.after().get("day")).isEqualTo(LocalDate.of(2026, 3, 1));
        assertThat(change.after().get("at")).isEqualTo(NOON);
        assertThat(change.after().get("local"))
                .isEqualTo(LocalDateTime.of(2026, 3, 1, 12, 0, 0, 250_000_000));
        assertThat((byte[]) change.after().get("raw")).containsExactly('a', 0xff);
        assertThat(change.after().get("doc")).isEqualTo(Map.of("a", List.of(1)));
        assertThat(change.after().get("tags")).isEqualTo(List.of("x"));

        var maxwell = read(maxwell(row), """
                {"type":"insert","data":{"small":7,"open":0,"raw":"Yf8=","at":"2026-03-01 12:00:00",
                 "doc":"text"}}""").getFirst();
        assertThat(maxwell.misfits()).isEmpty();
        assertThat(maxwell.after().get("open")).isEqualTo(false);
        assertThat((byte[]) maxwell.after().get("raw")).containsExactly('a', 0xff);
        assertThat(maxwell.after().get("doc")).isEqualTo("text");
    }

    @Test
    void a_value_that_does_not_fit_is_null_and_told_once() throws Exception {
        var change = read(canal(BOX), """
                {"type":"UPDATE","data":[{"id":"1","label":"a","price":"much"}],
                 "old":[{"label":"b"}]}""").getFirst();

        assertThat(change.after()).isEqualTo(box(1, "a", null));
        assertThat(change.before()).isEqualTo(box(1, "b", null));
        assertThat(change.misfits()).extracting(Misfit::path).containsExactly("price");
        assertThat(read(canal(RecordType.of("depot.N", List.of(nullable("n", ScalarKind.INT32)))),
                "{\"type\":\"INSERT\",\"data\":[{\"n\":\"1e999999999\"}]}").getFirst().misfits())
                .hasSize(1);
    }

    @Test
    void changes_are_written_as_they_are_read() throws Exception {
        var at = Optional.of(NOON);
        for (var codec : List.of(canal(BOX), maxwell(BOX))) {
            for (var change : List.of(new Change(null, box(1, "a", "1"), at),
                    new Change(box(1, "a", "1"), box(1, null, "2"), at),
                    new Change(box(1, null, "1"), box(1, "a", "2"), at),
                    new Change(box(1, "a", "2"), null, at))) {
                assertThat(codec.read(codec.write(change, Optional.of(3)), Map.of()))
                        .containsExactly(change);
            }
            assertThat(codec.write(Change.delete(), Optional.empty())).isNull();
            assertThat(codec.rowType()).isSameAs(codec.payload().type());
        }
    }

    @Test
    void every_row_of_other_projects_messages_is_read_once() throws Exception {
        Path folder = Path.of("../../shared/data/events/cdc");
        Assumptions.assumeTrue(Files.isDirectory(folder),
                "sample files of other projects are not here");
        var codec = canal(RecordType.of("depot.Any", List.of(nullable("_id", ScalarKind.INT32),
                nullable("_ID", ScalarKind.INT32), nullable("v1", ScalarKind.STRING),
                nullable("v2", ScalarKind.INT64), nullable("v3", ScalarKind.DECIMAL),
                nullable("v4", ScalarKind.BYTES), nullable("v5", ScalarKind.FLOAT64),
                nullable("_date", ScalarKind.DATE))));
        var json = new com.fasterxml.jackson.databind.ObjectMapper();
        int messages = 0;
        try (var files = Files.newDirectoryStream(folder, "canal__*.jsonl")) {
            for (Path file : files) {
                for (String line : Files.readAllLines(file)) {
                    if (line.isBlank()) {
                        continue;
                    }
                    messages++;
                    var event = json.readTree(line);
                    var changes = read(codec, line);
                    assertThat(changes).as(line).hasSize(event.path("data").size());
                    var ids = new ArrayList<String>();
                    event.path("data").forEach(row -> ids
                            .add(row.path("_id").asText(row.path("_ID").asText())));
                    assertThat(changes).extracting(change -> {
                        var row = change.after() == null ? change.before() : change.after();
                        return String.valueOf(row.get(0) == null ? row.get(1) : row.get(0));
                    }).isEqualTo(ids);
                    assertThat(changes).allSatisfy(change -> {
                        assertThat(change.misfits()).isEmpty();
                        assertThat(change.time()).isPresent();
                        assertThat(change.after() == null)
                                .isEqualTo(event.path("type").asText().equals("DELETE"));
                        assertThat(change.before() == null)
                                .isEqualTo(event.path("type").asText().equals("INSERT"));
                    });
                }
            }
        }
        assertThat(messages).isGreaterThan(20);
    }
}
