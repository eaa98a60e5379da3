package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong is said where it is wrong, and disturbs nothing else. */
class BadInputIT {
    private final Sandboxed lab = Sandboxed.lab();

    // ---- records ----

    @Test
    void a_record_that_cannot_be_read_is_a_gap_in_its_place_on_every_transport() throws Exception {
        lab.publish("lab/poison", Lab.readings(0, 3));
        poison("lab.poison.v1.measured", "}{");
        lab.publish("lab/poison", Lab.readings(3, 6));
        var wanted = List.of("0", "1", "2", "gap", "3", "4", "5");
        String path = "/streams/lab/poison/v1?from=earliest";

        try (var lines = Sandboxed.HTTP.send(lab.request(path)
                .header("Accept", "application/x-ndjson").build(), BodyHandlers.ofLines())
                .body()) {
            assertThat(lines.limit(7).map(JsonObject::new).map(BadInputIT::place).toList())
                    .isEqualTo(wanted);
        }
        try (var lines = Sandboxed.HTTP.send(lab.request(path)
                .header("Accept", "text/event-stream").build(), BodyHandlers.ofLines())
                .body()) {
            var blocks = new ArrayList<String>();
            var name = new AtomicReference<>("");
            lines.filter(line -> line.startsWith("event: ") || line.startsWith("data: "))
                    .limit(14).forEach(line -> {
                        if (line.startsWith("event: ")) {
                            name.set(line.substring(7));
                        } else {
                            var data = new JsonObject(line.substring(6));
                            blocks.add(name.get().equals("gap")
                                    ? "gap"
                                    : String.valueOf(data.getValue("n")));
                        }
                    });
            assertThat(blocks).isEqualTo(wanted);
        }
        assertThat(Node.run("plain.mjs", new JsonObject().put("fact", "first")
                .put("url", lab.socket(path)).put("token", lab.token())
                .put("protocol", "tidegate.v1").put("count", 7)).stream().limit(7)
                .map(line -> place(line.getJsonObject("message"))).toList()).isEqualTo(wanted);

        var payload = new JsonObject().put("query",
                "subscription { labPoison(from: \"earliest\") { cursor value { n } } }");
        var input = new JsonObject().put("token", lab.token()).put("count", 6).put("payload",
                payload);
        gapBeforeTheFourth("event", Node.run("graphql-ws.mjs",
                input.copy().put("fact", "values").put("url", lab.socket("/graphql"))));
        gapBeforeTheFourth("result", Node.run("graphql-sse.mjs",
                input.copy().put("fact", "results").put("url", lab.http("/graphql"))));
    }

    private static String place(JsonObject message) {
        if (message.containsKey("gap")) {
            assertThat(message.getJsonObject("gap").getString("reason")).isEqualTo("bad-record");
            assertThat(message.getJsonObject("gap").getString("events")).isEqualTo("1");
            return "gap";
        }
        return String.valueOf(message.getJsonObject("value").getValue("n"));
    }

    private static void gapBeforeTheFourth(String member, List<JsonObject> printed) {
        var results = printed.stream().filter(line -> line.containsKey(member))
                .map(line -> line.getJsonObject(member)).toList();
        assertThat(results).hasSize(6);
        for (int n = 0; n < 6; n++) {
            assertThat(results.get(n).getJsonObject("data").getJsonObject("labPoison")
                    .getJsonObject("value").getInteger("n")).isEqualTo(n);
            assertThat(results.get(n).containsKey("extensions")).as(member + " " + n)
                    .isEqualTo(n == 3);
        }
        var gaps = results.get(3).getJsonObject("extensions").getJsonObject("tidegate")
                .getJsonArray("gaps");
        assertThat(gaps).hasSize(1);
        assertThat(gaps.getJsonObject(0).getString("reason")).isEqualTo("bad-record");
    }

    private void poison(String topic, String value) throws Exception {
        try (var producer = new KafkaProducer<>(
                Map.<String, Object>of("bootstrap.servers", lab.at().kafka()),
                new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topic, value.getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
    }

    // ---- rows to publish ----

    @Test
    void publish_names_the_line_of_a_row_that_does_not_fit_and_goes_on_if_told_to()
            throws Exception {
        var rows = List.of(Lab.reading(0), "{\"n\":\"x\",\"station\":\"S\"}", "nonsense",
                Lab.reading(1));
        var stopped = said(() -> lab.publish("lab/proxy", rows));
        assertThat(stopped.code()).isEqualTo(1);
        assertThat(stopped.text()).contains("row 2:").doesNotContain("row 3:");
        var skipped = said(() -> lab.publish("lab/proxy", rows, "--skip-bad"));
        assertThat(skipped.code()).isZero();
        assertThat(skipped.text()).contains("row 2:", "row 3:", "2 rows written");
    }

    @Test
    void publish_says_which_products_there_are(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("rows.ndjson"), "{}");
        var unknown = said(() -> lab.publish("lab/nothing", file));
        assertThat(unknown.code()).isEqualTo(2);
        assertThat(unknown.text()).contains("'lab/nothing'", "lab/stations/v1");
        var absent = said(() -> lab.publish("lab/proxy", folder.resolve("absent.ndjson")));
        assertThat(absent.code()).isEqualTo(2);
        assertThat(absent.text()).contains("absent.ndjson").doesNotContain("Exception");
    }

    // ---- contracts ----

    private static final Map<String, String> BROKEN = Map.of(
            "wrong-key.yaml", Lab.keyed("wrong-key").replace("key: [station]", "key: [statoin]"),
            "unknown-member.yaml", Lab.sequence("unknown-member").replace("owner:", "ownr:"),
            "no-yaml.yaml", "domain: lab\nproduct: [unclosed\n",
            "broken-schema.yaml", Lab.sequence("broken-schema").replace("{type: json}",
                    "{type: avro, file: broken.avsc}"),
            "broken.avsc", "{\"type\":\"record\"");

    @Test
    void a_broken_contract_does_not_keep_the_others_from_being_served() throws Exception {
        Map<String, String> good = Map.of("good.yaml", Lab.sequence("good"), "deeper/fine.yaml",
                Lab.keyed("fine"));
        try (var mixed = Sandboxed.mixed(good, BROKEN)) {
            mixed.publish("lab/good", Lab.readings(0, 1));
            try (var lines = Sandboxed.HTTP.send(
                    mixed.request("/streams/lab/good/v1?from=earliest").build(),
                    BodyHandlers.ofLines()).body()) {
                assertThat(lines.findFirst()).isPresent();
            }
            for (String product : List.of("wrong-key", "unknown-member", "broken-schema")) {
                assertThat(Sandboxed.HTTP.send(
                        mixed.request("/streams/lab/" + product + "/v1").build(),
                        BodyHandlers.ofString()).statusCode()).as(product).isIn(403, 404);
            }
            assertThat(mixed.graphQl("{ labFine { contract { version } } }", Map.of())
                    .containsKey("errors")).isFalse();
        }
    }

    @Test
    void the_sandbox_names_the_place_of_every_mistake_in_its_contracts(@TempDir Path folder)
            throws Exception {
        for (var file : BROKEN.entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
        var refused = said(
                () -> Main.run("sandbox", "--port", "0", "--contracts", folder.toString()));
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.text()).containsPattern("wrong-key\\.yaml:\\d+:\\d+: .*statoin")
                .containsPattern("unknown-member\\.yaml:\\d+:\\d+: .*ownr.*owner")
                .containsPattern("no-yaml\\.yaml:\\d+:\\d+: ")
                .containsPattern("broken-schema\\.yaml:\\d+:\\d+: |broken\\.avsc")
                .doesNotContain("\tat ", "Exception");
    }

    @Test
    void an_empty_folder_of_contracts_is_named(@TempDir Path folder) throws Exception {
        var refused = said(
                () -> Main.run("sandbox", "--port", "0", "--contracts", folder.toString()));
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.text()).contains(folder.toString()).doesNotContain("Exception");
    }

    // ---- ports ----

    @Test
    void a_port_that_is_taken_is_said_in_one_sentence(@TempDir Path folder) throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = Integer.toString(taken.getLocalPort());
            var sandbox = said(() -> Main.run("sandbox", "--port", port));
            assertOneSentence(sandbox, port);

            Path config = Files.writeString(folder.resolve("gateway.yaml"), """
                    http: {port: %s, host: 127.0.0.1}
                    management: {port: 0}
                    kafka:
                      default: {bootstrap.servers: "%s"}
                    contracts: {path: "%s"}
                    identity:
                      issuers: [{issuer: "%s", audience: tidegate}]
                    views: {store: duckdb, path: "%s"}
                    """.formatted(port, lab.at().kafka(), lab.contracts(), lab.at().issuer(),
                    folder.resolve("views")));
            assertOneSentence(said(() -> Main.run("serve", "--config", config.toString())), port);
        }
    }

    private static void assertOneSentence(Said said, String named) {
        assertThat(said.code()).as(said.text()).isEqualTo(2);
        var complaint = said.text().lines().filter(line -> line.startsWith("tidegate: ")).toList();
        assertThat(complaint).as(said.text()).hasSize(1);
        assertThat(complaint.getFirst()).contains(named);
        assertThat(said.text()).doesNotContain("\tat ", "Exception");
    }

    // ---- helpers ----

    private record Said(int code, String text) {
    }

    @FunctionalInterface
    private interface Call {
        int run() throws Exception;
    }

    /** What a command says on standard error. */
    private static Said said(Call call) throws Exception {
        var bytes = new ByteArrayOutputStream();
        var before = System.err;
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            int code = call.run();
            return new Said(code, bytes.toString(StandardCharsets.UTF_8));
        } finally {
            System.setErr(before);
        }
    }
}
