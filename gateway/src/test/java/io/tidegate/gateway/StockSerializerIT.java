package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.catalog.SchemaRegistry;
import io.tidegate.gateway.sandbox.SandboxRegistry;
import io.tidegate.schema.Codec;
import io.tidegate.schema.Row;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.Schemas;
import io.tidegate.schema.SourceSchema;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A serializer that others wrote, the sandbox's registry, and our codecs: each reads what the other wrote. */
class StockSerializerIT {
    private static final String ORDER = """
            {"type":"record","name":"Order","namespace":"shop","fields":[
             {"name":"id","type":"string"},
             {"name":"count","type":"int"},
             {"name":"ticks","type":"long"},
             {"name":"price","type":"double"},
             {"name":"paid","type":"boolean"},
             {"name":"state","type":{"type":"enum","name":"State","symbols":["OPEN","SHUT"]}},
             {"name":"note","type":["null","string"],"default":null},
             {"name":"tags","type":{"type":"array","items":"string"}},
             {"name":"sizes","type":{"type":"map","values":"int"}},
             {"name":"home","type":{"type":"record","name":"Place","fields":[{"name":"city","type":"string"}]}}]}""";

    private final Vertx vertx = Vertx.vertx();
    private SandboxRegistry registry;
    private SchemaRegistry ours;

    @BeforeEach
    void start() throws Exception {
        registry = SandboxRegistry.start(vertx, 0).toCompletionStage().toCompletableFuture().get(10,
                TimeUnit.SECONDS);
        ours = new SchemaRegistry(Optional.of(registry.url()));
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void our_codec_reads_the_avro_that_a_stock_serializer_wrote_and_the_other_way_round()
            throws Exception {
        var first = order("o-1").put("note", "größer → °C");
        var second = order("o-2").putNull("note").put("state", "SHUT").put("paid", false)
                .put("count", Integer.MIN_VALUE).put("ticks", -1L).put("price", -0.125);
        var printed = Node.run("registry.mjs", encode("orders-value", ORDER, first, second));
        int id = printed.getFirst().getInteger("id");
        assertThat(printed.getFirst()).isEqualTo(
                new JsonObject().put("id", id).put("again", id).put("found", id));

        var codec = open(ours.find(SchemaLanguage.AVRO, "orders-value"));
        var rows = rows(codec, printed);
        assertSays(rows.get(0), first);
        assertSays(rows.get(1), second);

        var payloads = new JsonArray();
        for (Row row : rows) {
            payloads.add(Base64.getEncoder()
                    .encodeToString(codec.encode(row, Optional.of(id))));
        }
        // The same bytes, and a decoder that learns the schema by its id alone.
        assertThat(payloads).containsExactly(printed.get(1).getString("bytes"),
                printed.get(2).getString("bytes"));
        var back = Node.run("registry.mjs", input("decode").put("payloads", payloads));
        assertThat(back).extracting(line -> line.getJsonObject("value")).containsExactly(first,
                second);
    }

    @Test
    void our_codec_reads_what_was_written_with_an_older_version() throws Exception {
        var old = """
                {"type":"record","name":"Order","namespace":"shop","fields":[
                 {"name":"id","type":"string"},{"name":"count","type":"int"}]}""";
        var now = """
                {"type":"record","name":"Order","namespace":"shop","fields":[
                 {"name":"count","type":"long"},{"name":"id","type":"string"},
                 {"name":"note","type":["null","string"],"default":null}]}""";
        var before = Node.run("registry.mjs", encode("orders-value", old,
                new JsonObject().put("id", "o-1").put("count", 3)));
        var after = Node.run("registry.mjs", encode("orders-value", now,
                new JsonObject().put("id", "o-2").put("count", 4).put("note", "new")));
        assertThat(after.getFirst().getInteger("id"))
                .isNotEqualTo(before.getFirst().getInteger("id"));

        var opened = open(ours.find(SchemaLanguage.AVRO, "orders-value"));
        for (Codec codec : List.of(opened,
                Schemas.fromFields(SchemaLanguage.AVRO, opened.type(), ours))) {
            var written = rows(codec, before).getFirst();
            assertThat(written.get("id")).isEqualTo("o-1");
            assertThat(written.get("count")).isEqualTo(3L);
            assertThat(written.get("note")).isNull();
            var current = rows(codec, after).getFirst();
            assertThat(current.get("id")).isEqualTo("o-2");
            assertThat(current.get("count")).isEqualTo(4L);
            assertThat(current.get("note")).isEqualTo("new");
        }
    }

    @Test
    void our_codec_reads_the_json_that_a_stock_serializer_wrote() throws Exception {
        var printed = Node.run("registry.mjs", encode("people-value", """
                {"type":"object","title":"Person","required":["name"],
                 "properties":{"name":{"type":"string"},"age":{"type":"integer"}}}""",
                new JsonObject().put("name", "Ember").put("age", 41)).put("type", "JSON"));
        var source = ours.find(SchemaLanguage.JSON, "people-value");
        assertThat(source.language()).isEqualTo(SchemaLanguage.JSON);

        var row = rows(open(source), printed).getFirst();
        assertThat(row.get("name")).isEqualTo("Ember");
        assertThat(row.get("age")).hasToString("41");
    }

    @Test
    void a_stock_serializer_is_told_why_its_schema_is_refused() throws Exception {
        Node.run("registry.mjs", encode("orders-value", ORDER));
        var incompatible = ORDER.replace("\"count\"", "\"amount\"");
        assertThat(registers("orders-value", incompatible)).isFalse();
        assertThat(registers("others-value", incompatible)).isTrue();
    }

    private boolean registers(String subject, String schema) throws Exception {
        var said = Node.run("registry.mjs",
                input("refused").put("subject", subject).put("schema", schema)).getFirst();
        if (said.getBoolean("refused")) {
            assertThat(said.getInteger("status")).isEqualTo(409);
            assertThat(said.getString("message")).contains("incompatible", "amount");
        }
        return !said.getBoolean("refused");
    }

    private JsonObject encode(String subject, String schema, JsonObject... values) {
        return input("encode").put("subject", subject).put("schema", schema).put("values",
                new JsonArray(List.of(values)));
    }

    private JsonObject input(String fact) {
        return new JsonObject().put("fact", fact).put("url", registry.url());
    }

    private static JsonObject order(String id) {
        return new JsonObject().put("id", id).put("count", 7).put("ticks", 1_700_000_000_123L)
                .put("price", 19.99).put("paid", true).put("state", "OPEN").put("note", "")
                .put("tags", new JsonArray().add("a").add("b"))
                .put("sizes", new JsonObject().put("x", 1).put("y", -2))
                .put("home", new JsonObject().put("city", "Sundby"));
    }

    private static void assertSays(Row row, JsonObject value) {
        for (var field : List.of("id", "count", "ticks", "price", "paid", "state")) {
            assertThat(row.get(field)).as(field).isEqualTo(value.getValue(field));
        }
        assertThat(row.get("note")).isEqualTo(value.getString("note"));
        assertThat(row.get("tags")).isEqualTo(List.of("a", "b"));
        assertThat(row.get("sizes")).isEqualTo(Map.of("x", 1, "y", -2));
        assertThat(((Row) row.get("home")).get("city")).isEqualTo("Sundby");
    }

    private Codec open(SourceSchema source) throws Exception {
        return Schemas.open(source, Optional.empty(), List.of(), path -> {
            throw new IOException("'" + path + "' is not expected");
        }, ours);
    }

    /** What the script's lines after its first hold. */
    private static List<Row> rows(Codec codec, List<JsonObject> printed) throws Exception {
        var rows = new ArrayList<Row>();
        for (JsonObject line : printed.subList(1, printed.size())) {
            var bytes = Base64.getDecoder().decode(line.getString("bytes"));
            assertThat(bytes[0]).isZero();
            rows.add(codec.decode(bytes));
        }
        return rows;
    }
}
