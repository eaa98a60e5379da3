package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Records that were not written as the contract has them, before the eyes of real clients. */
class EvolutionIT {
    private static final String READING = """
            {"type":"record","name":"Reading","namespace":"lab","fields":[
             {"name":"n","type":"int"},{"name":"station","type":"string"}]}""";
    private static final String WINDY = READING.replace("\"string\"}]",
            "\"string\"},{\"name\":\"wind\",\"type\":[\"null\",\"double\"],\"default\":null}]");
    private static final String GUSTY = WINDY.replace("}]}",
            "},{\"name\":\"gust\",\"type\":[\"null\",\"double\"],\"default\":null}]}");
    private static final String TRACED = READING.replace("\"string\"}]",
            "\"string\"},{\"name\":\"trace\",\"type\":[\"null\",{\"type\":\"string\","
                    + "\"logicalType\":\"uuid\"}],\"default\":null}]");
    private static final String OPENED = """
            {"type":"record","name":"Opened","namespace":"lab","fields":[
             {"name":"door","type":"string"},{"name":"by","type":"string"}]}""";
    private static final String CLOSED = """
            {"type":"record","name":"Closed","namespace":"lab","fields":[
             {"name":"door","type":"string"},{"name":"seconds","type":"int"}]}""";

    private static Sandboxed lab;
    private static KafkaProducer<byte[], byte[]> producer;

    @BeforeAll
    static void start() throws Exception {
        var files = new LinkedHashMap<String, String>();
        files.put("windy.avsc", WINDY);
        files.put("traced.avsc", TRACED);
        files.put("doors.avsc", "[\"null\"," + OPENED + "," + CLOSED + "]");
        files.put("aged.yaml", avro("aged", "windy.avsc"));
        files.put("growing.yaml", avro("growing", "windy.avsc"));
        files.put("broken.yaml", avro("broken", "windy.avsc"));
        files.put("lenient.yaml", avro("lenient", "traced.avsc"));
        files.put("strict.yaml",
                avro("strict", "traced.avsc").replace("stream: {",
                        "stream: {onBadValue: quarantine, "));
        files.put("doors.yaml", avro("doors", "doors.avsc"));
        files.put("boxes.yaml", """
                domain: lab
                product: boxes
                version: "1.0"
                owner: lab@example.com
                schema: {type: json}
                fields:
                  - {name: id, type: long, required: true}
                  - {name: label, type: string}
                stream: {topics: [lab.boxes.v1], key: [id], envelope: canal}
                """);
        lab = Sandboxed.of(files, ignored -> {
        });
        producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", lab.at().kafka()),
                new ByteArraySerializer(), new ByteArraySerializer());
    }

    @AfterAll
    static void end() {
        producer.close(Duration.ofSeconds(1));
        lab.close();
    }

    private static String avro(String name, String file) {
        return """
                domain: lab
                product: %s
                version: "1.0"
                owner: lab@example.com
                schema: {type: avro, file: %s}
                stream: {topics: [lab.%s.v1]}
                view: none
                """.formatted(name, file, name);
    }

    // ---- schemas ----

    @Test
    void records_of_an_old_writer_are_read_under_the_newer_schema() throws Exception {
        int old = register("old-readings", READING);
        int now = register("new-readings", WINDY);
        write("aged", encode(old, READING, "{'n':1,'station':'S1'}"));
        write("aged", encode(now, WINDY, "{'n':2,'station':'S2','wind':{'double':3.5}}"));
        write("aged", encode(old, READING, "{'n':3,'station':'S3'}"));

        assertThat(values("labAged", "value { n station wind }", 3))
                .extracting(event -> event.getJsonObject("value")).containsExactly(
                        json("{'n':1,'station':'S1','wind':null}"),
                        json("{'n':2,'station':'S2','wind':3.5}"),
                        json("{'n':3,'station':'S3','wind':null}"));
    }

    @Test
    void a_new_optional_field_reaches_new_readers_and_disturbs_no_old_one() throws Exception {
        int before = register("growing-before", WINDY);
        write("growing", encode(before, WINDY, "{'n':0,'station':'S0','wind':null}"));
        var input = client("labGrowing", "value { n }", 2).put("fact", "steady");
        try (var old = Node.start("graphql-ws.mjs", input)) {
            old.await(line -> line.containsKey("first"));

            Files.writeString(lab.contracts().resolve("gusty.avsc"), GUSTY);
            Files.writeString(lab.contracts().resolve("growing.yaml"),
                    avro("growing", "gusty.avsc").replace("\"1.0\"", "\"1.1\""));
            await("version 1.1 is served",
                    () -> get(lab.http("/catalog/lab/growing/v1")).contains("\"1.1\""));
            int after = register("growing-after", GUSTY);
            write("growing", encode(after, GUSTY,
                    "{'n':1,'station':'S1','wind':null,'gust':{'double':8.5}}"));

            assertThat(values("labGrowing", "value { n gust }", 2))
                    .extracting(event -> event.getJsonObject("value"))
                    .containsExactly(json("{'n':0,'gust':null}"), json("{'n':1,'gust':8.5}"));
            var told = old.toEnd().getLast();
            assertThat(told.getJsonArray("seen")).containsExactly(0, 1);
            assertThat(told.getInteger("opened")).isEqualTo(1);
            assertThat(told.getJsonArray("closes")).isEmpty();
        }
    }

    @Test
    void a_record_of_an_incompatible_schema_is_announced_between_its_neighbours()
            throws Exception {
        int good = register("broken-good", WINDY);
        var text = READING.replace("\"int\"", "\"string\"");
        int bad = register("broken-bad", text);
        write("broken", encode(good, WINDY, "{'n':0,'station':'S0','wind':null}"));
        write("broken", encode(good, WINDY, "{'n':1,'station':'S1','wind':null}"));
        write("broken", encode(bad, text, "{'n':'two','station':'S2'}"));
        write("broken", encode(good, WINDY, "{'n':3,'station':'S3','wind':null}"));

        var events = sse("broken", 4);
        assertThat(events).extracting(event -> event.getString("name"))
                .containsExactly("upsert", "upsert", "gap", "upsert");
        assertThat(events.get(1).getJsonObject("data").getInteger("n")).isEqualTo(1);
        var gap = events.get(2).getJsonObject("data");
        assertThat(gap.getString("reason")).isEqualTo("incompatible-schema");
        assertThat(List.of(gap.getString("from"), gap.getString("to"), gap.getString("events")))
                .containsExactly("2", "2", "1");
        assertThat(events.get(3).getJsonObject("data").getInteger("n")).isEqualTo(3);

        var results = subscribe("labBroken", "value { n }", 3);
        assertThat(results).extracting(result -> result.containsKey("extensions"))
                .containsExactly(false, false, true);
        var told = results.get(2).getJsonObject("extensions").getJsonObject("tidegate")
                .getJsonArray("gaps");
        assertThat(told).hasSize(1);
        assertThat(told.getJsonObject(0).getString("reason")).isEqualTo("incompatible-schema");
        assertThat(told.getJsonObject(0).getString("from")).isEqualTo("2");
        awaitMetric("tidegate_bad_records_total{product=\"lab/broken/v1\"} 1.0");
    }

    // ---- values ----

    @Test
    void a_value_that_does_not_fit_is_null_and_counted_by_its_field() throws Exception {
        writeTraces("lenient");

        assertThat(values("labLenient", "value { n trace }", 3))
                .extracting(event -> event.getJsonObject("value")).containsExactly(
                        json("{'n':0,'trace':'0f8fad5b-d9cb-469f-a165-70867728950e'}"),
                        json("{'n':1,'trace':null}"),
                        json("{'n':2,'trace':null}"));
        awaitMetric("tidegate_quality_errors_total{kind=\"value\",name=\"trace\","
                + "product=\"lab/lenient/v1\"} 1.0");
    }

    @Test
    void a_contract_may_have_such_a_record_withheld() throws Exception {
        writeTraces("strict");

        var events = sse("strict", 3);
        assertThat(events).extracting(event -> event.getString("name"))
                .containsExactly("upsert", "gap", "upsert");
        assertThat(events.get(1).getJsonObject("data").getString("reason"))
                .isEqualTo("quarantined");
        assertThat(events.get(1).getJsonObject("data").getString("from")).isEqualTo("1");
        assertThat(events.get(2).getJsonObject("data").getInteger("n")).isEqualTo(2);
        awaitMetric("tidegate_quality_errors_total{kind=\"value\",name=\"trace\","
                + "product=\"lab/strict/v1\"} 1.0");
    }

    /** The second of three is no UUID. */
    private static void writeTraces(String product) throws Exception {
        int id = register(product + "-traced", TRACED);
        write(product, encode(id, TRACED, "{'n':0,'station':'S0',"
                + "'trace':{'string':'0f8fad5b-d9cb-469f-a165-70867728950e'}}"));
        write(product, encode(id, TRACED, "{'n':1,'station':'S1','trace':{'string':'mine'}}"));
        write(product, encode(id, TRACED, "{'n':2,'station':'S2','trace':null}"));
    }

    // ---- several in one ----

    @Test
    void several_kinds_of_records_on_one_topic_are_members_of_a_union() throws Exception {
        int opened = register("lab.Opened", OPENED);
        int closed = register("lab.Closed", CLOSED);
        write("doors", encode(opened, OPENED, "{'door':'north','by':'Ann'}"));
        write("doors", encode(closed, CLOSED, "{'door':'north','seconds':9}"));
        write("doors", encode(opened, OPENED, "{'door':'south','by':'Bo'}"));

        assertThat(values("labDoors", """
                value { value { __typename ... on LabDoorsOpened { door by }
                ... on LabDoorsClosed { door seconds } } }""", 3))
                .extracting(event -> event.getJsonObject("value").getJsonObject("value"))
                .containsExactly(json("{'__typename':'LabDoorsOpened','door':'north','by':'Ann'}"),
                        json("{'__typename':'LabDoorsClosed','door':'north','seconds':9}"),
                        json("{'__typename':'LabDoorsOpened','door':'south','by':'Bo'}"));
    }

    @Test
    void the_rows_of_one_canal_message_are_events_of_their_own_and_the_view_is_their_fold()
            throws Exception {
        var messages = List.of("""
                {"type":"INSERT","es":1000,"old":null,"data":[{"id":"1","label":"a"},
                 {"id":"2","label":"b"},{"id":"3","label":"c"},{"id":"4","label":"d"}]}""", """
                {"type":"ALTER","isDdl":true,"data":null,"sql":"ALTER TABLE box"}""", """
                {"type":"UPDATE","es":2000,"data":[{"id":"2","label":"B"},{"id":"5","label":"c"}],
                 "old":[{"label":"b"},{"id":"3"}]}""", """
                {"type":"DELETE","es":3000,"data":[{"id":"1","label":"a"}]}""");
        for (var message : messages) {
            write("boxes", message.getBytes(StandardCharsets.UTF_8));
        }

        var all = boxes("from=earliest", 8);
        assertThat(all).extracting(EvolutionIT::box).containsExactly("upsert 1 a", "upsert 2 b",
                "upsert 3 c", "upsert 4 d", "upsert 2 B", "delete 3", "upsert 5 c", "delete 1");
        for (int row : List.of(0, 1, 2)) {
            assertThat(boxes("from=" + all.get(row).getString("cursor"), 8))
                    .as("behind row %s", row)
                    .isEqualTo(all);
        }
        assertThat(boxes("from=" + all.get(3).getString("cursor"), 4))
                .isEqualTo(all.subList(4, 8));
        lab.awaitRows("labBoxes", 3);
        assertThat(lab.graphQl("{labBoxes{items(first:9){nodes{id label}}}}", Map.of())
                .getJsonObject("data").getJsonObject("labBoxes").getJsonObject("items")
                .getJsonArray("nodes")).containsExactlyInAnyOrder(json("{'id':'2','label':'B'}"),
                        json("{'id':'4','label':'d'}"), json("{'id':'5','label':'c'}"));
    }

    private static List<JsonObject> boxes(String from, int count) throws Exception {
        try (var lines = Sandboxed.HTTP.send(lab.request("/streams/lab/boxes/v1?" + from)
                .header("Accept", "application/x-ndjson").build(), BodyHandlers.ofLines())
                .body()) {
            return lines.limit(count).map(JsonObject::new).toList();
        }
    }

    private static String box(JsonObject event) {
        var value = event.getJsonObject("value");
        return event.getString("op") + (value == null
                ? " " + event.getJsonObject("key").getString("id")
                : " " + value.getString("id") + " " + value.getString("label"));
    }

    // ---- helpers ----

    private static JsonObject json(String text) {
        return new JsonObject(text.replace('\'', '"'));
    }

    private static int register(String subject, String schema) throws Exception {
        var answer = Sandboxed.HTTP.send(
                HttpRequest.newBuilder(
                        URI.create(lab.at().registry() + "/subjects/" + subject + "/versions"))
                        .header("Content-Type", "application/vnd.schemaregistry.v1+json")
                        .POST(HttpRequest.BodyPublishers
                                .ofString(new JsonObject().put("schema", schema).encode()))
                        .build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        return new JsonObject(answer.body()).getInteger("id");
    }

    /** @param value in Avro's own JSON, with single quotes */
    private static byte[] encode(int id, String schema, String value) throws Exception {
        var model = new GenericData();
        var parsed = new Schema.Parser().parse(schema);
        var datum = new GenericDatumReader<>(parsed, parsed, model).read(null,
                DecoderFactory.get().jsonDecoder(parsed, value.replace('\'', '"')));
        var out = new ByteArrayOutputStream();
        out.write(0);
        out.write(ByteBuffer.allocate(4).putInt(id).array());
        new GenericDatumWriter<>(parsed, model).write(datum,
                EncoderFactory.get().directBinaryEncoder(out, null));
        return out.toByteArray();
    }

    private static void write(String product, byte[] value) throws Exception {
        producer.send(new ProducerRecord<>("lab." + product + ".v1", 0, null, value)).get(10,
                TimeUnit.SECONDS);
    }

    private static JsonObject client(String root, String selection, int count) {
        return new JsonObject().put("token", lab.token()).put("url", lab.socket("/graphql"))
                .put("count", count).put("payload", new JsonObject().put("query",
                        "subscription { " + root + "(from: \"earliest\") { " + selection + " } }"));
    }

    /** What graphql-ws gets, as it gets it. */
    private static List<JsonObject> subscribe(String root, String selection, int count)
            throws Exception {
        return Node.run("graphql-ws.mjs", client(root, selection, count).put("fact", "values"))
                .stream().map(line -> line.getJsonObject("event")).toList();
    }

    private static List<JsonObject> values(String root, String selection, int count)
            throws Exception {
        return subscribe(root, selection, count).stream()
                .map(result -> result.getJsonObject("data").getJsonObject(root)).toList();
    }

    /** What an EventSource gets, each with its name. */
    private static List<JsonObject> sse(String product, int count) throws Exception {
        return Node.run("eventsource.mjs", new JsonObject().put("fact", "names")
                .put("token", lab.token()).put("count", count)
                .put("url", lab.http("/streams/lab/" + product + "/v1?from=earliest")));
    }

    private static String get(String address) throws Exception {
        return Sandboxed.HTTP.send(HttpRequest.newBuilder(URI.create(address))
                .header("Authorization", "Bearer " + lab.token()).build(), BodyHandlers.ofString())
                .body();
    }

    private static void awaitMetric(String line) throws Exception {
        await(line, () -> get(lab.at().management() + "/metrics").lines()
                .anyMatch(line::equals));
    }

    @FunctionalInterface
    private interface Check {
        boolean holds() throws Exception;
    }

    private static void await(String what, Check check) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(15);
        while (!check.holds()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError(what + ": not within 15 s");
            }
            Sandboxed.pause(10);
        }
    }
}
