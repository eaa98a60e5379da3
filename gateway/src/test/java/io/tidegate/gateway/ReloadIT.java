package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.access.Identity;
import io.tidegate.gateway.graphql.GraphQlLimits;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.limit.Rate;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Contracts that change while the gateway serves: what takes effect, when, and whom it disturbs. */
class ReloadIT {
    private static final Duration PROMISED = Duration.ofSeconds(2);
    private static final int ROWS = 20_000;
    private static final String MASKED_OPEN = """
            access:
              - {scope: "lab.masked:read"}
              - {scope: "lab.masked:partner"}
            """;
    private static Sandboxed lab;
    private static KafkaProducer<byte[], byte[]> producer;

    @BeforeAll
    static void start() throws Exception {
        var files = new LinkedHashMap<String, String>();
        for (var name : List.of("steady-socket", "steady-sse", "churn", "held", "granted", "grown",
                "retyped", "doomed", "pair-a", "pair-b", "switched", "outlived", "hammered")) {
            files.put(name + ".yaml", Lab.sequence(name));
        }
        files.put("masked.yaml", Lab.sequence("masked") + MASKED_OPEN);
        files.put("near.yaml", Lab.keyed("near"));
        files.put("far.yaml", Lab.keyed("far"));
        files.put("swapped.yaml", Lab.keyed("swapped"));
        files.put("widened.yaml", Lab.keyed("widened"));
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

    // ---- those who are not concerned ----

    @Test
    void a_thousand_quick_writes_disturb_no_other_stream_and_the_last_one_counts(
            @TempDir Path outside) throws Exception {
        int events = 40;
        var input = new JsonObject().put("token", lab.token()).put("count", events);
        var payload = new JsonObject().put("query",
                "subscription { labSteadySocket(from: \"earliest\") { value { n } } }");
        try (var socket = Node.start("graphql-ws.mjs",
                input.copy().put("fact", "steady").put("url", lab.socket("/graphql"))
                        .put("payload", payload));
                var sse = Node.start("eventsource.mjs", input.copy().put("fact", "drop")
                        .put("url", lab.http("/streams/lab/steady-sse/v1?from=earliest"))
                        .put("drops", 0).put("dropEvery", 1_000_000))) {
            write("lab.steady-socket.v1.measured", Lab.reading(0));
            write("lab.steady-sse.v1.measured", Lab.reading(0));
            socket.await(line -> line.containsKey("first"));
            var isOver = new AtomicBoolean();
            var complaints = new LinkedBlockingQueue<String>();
            var asker = Thread.ofVirtual().start(() -> ask(isOver, complaints));

            int next = 1;
            for (int i = 0; i < 1000; i++) {
                rewrite(i, outside);
                if (i % 25 == 0 && next < events - 1) {
                    write("lab.steady-socket.v1.measured", Lab.reading(next));
                    write("lab.steady-sse.v1.measured", Lab.reading(next++));
                }
                if (i % 50 == 0) {
                    // So that some are read in between, and found half written too.
                    Sandboxed.pause(60);
                }
            }
            contract("churn", Lab.sequence("churn").replace("\"1.0\"", "\"1.77\""));
            long written = System.nanoTime();
            await("the last write", () -> version("churn").equals("1.77"));
            assertThat(Duration.ofNanos(System.nanoTime() - written)).isLessThan(PROMISED);
            for (; next < events; next++) {
                write("lab.steady-socket.v1.measured", Lab.reading(next));
                write("lab.steady-sse.v1.measured", Lab.reading(next));
            }

            var seen = IntStream.range(0, events).boxed().toList();
            var told = socket.toEnd().getLast();
            assertThat(told.getJsonArray("seen").stream().toList()).isEqualTo(seen);
            assertThat(told.getInteger("opened")).isEqualTo(1);
            assertThat(told.getJsonArray("closes")).isEmpty();
            var heard = sse.toEnd().getLast();
            assertThat(heard.getJsonArray("seen").stream().toList()).isEqualTo(seen);
            assertThat(heard.getInteger("connections")).isEqualTo(1);
            isOver.set(true);
            asker.join(Duration.ofSeconds(10));
            assertThat(complaints).isEmpty();
        }
    }

    /** One of the ways in which editors, mounts and mistakes write a file. */
    private static void rewrite(int i, Path outside) throws Exception {
        var file = lab.contracts().resolve("churn.yaml");
        var text = Lab.sequence("churn").replace("owner:", "description: \"" + i + "\"\nowner:");
        switch (i % 6) {
            case 0 -> replace(file, text);
            case 1 -> replace(file, text.substring(0, text.length() / 2));
            case 2 -> replace(file, "domain: lab\nproduct: [unclosed\n");
            case 3 -> Files.move(Files.writeString(outside.resolve("next"), text), file,
                    StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            case 4 -> {
                Files.delete(file);
                Files.writeString(file, text);
            }
            default -> {
                // As a mounted ConfigMap does it; what a link means has to lie in the folder.
                var hidden = Files.createDirectories(lab.contracts().resolve("..data"));
                var target = Files.writeString(hidden.resolve("target-" + i % 12), text);
                var link = outside.resolve("link");
                Files.deleteIfExists(link);
                Files.createSymbolicLink(link, target);
                Files.move(link, file, StandardCopyOption.REPLACE_EXISTING,
                        StandardCopyOption.ATOMIC_MOVE);
            }
        }
    }

    /** Through a link a write would land in what the link means. */
    private static void replace(Path file, String text) throws Exception {
        if (Files.isSymbolicLink(file)) {
            Files.delete(file);
        }
        Files.writeString(file, text);
    }

    /** Asks over and over what is there; whatever is not concerned must always be. */
    private static void ask(AtomicBoolean isOver, BlockingQueue<String> complaints) {
        while (!isOver.get()) {
            try {
                var catalog = get("/catalog");
                for (var name : List.of("lab/steady-sse/v1", "lab/grown/v1", "lab/swapped/v1")) {
                    if (!catalog.contains("\"" + name + "\"")) {
                        complaints.add("without " + name + ": " + catalog);
                    }
                }
                var answer = lab.graphQl("{ labSwapped { position items { totalCount } } }",
                        Map.of());
                if (answer.containsKey("errors")) {
                    complaints.add(answer.encode());
                }
                Sandboxed.pause(5);
            } catch (Exception e) {
                complaints.add(e.toString());
            }
        }
    }

    @Test
    void what_is_written_together_is_seen_together() throws Exception {
        for (int minor = 1; minor <= 4; minor++) {
            var version = "\"1." + minor + "\"";
            contract("pair-a", Lab.sequence("pair-a").replace("\"1.0\"", version));
            contract("pair-b", Lab.sequence("pair-b").replace("\"1.0\"", version));
            String a;
            String b;
            do {
                var products = new JsonObject(get("/catalog")).getJsonArray("products");
                a = version(products, "lab/pair-a/v1");
                b = version(products, "lab/pair-b/v1");
                assertThat(a).isEqualTo(b);
            } while (!("\"" + a + "\"").equals(version));
        }
    }

    private static String version(JsonArray products, String id) {
        return products.stream().map(JsonObject.class::cast)
                .filter(product -> product.getString("id").equals(id)).findFirst().orElseThrow()
                .getString("version");
    }

    // ---- wrong files ----

    @Test
    void a_wrong_file_is_reported_and_what_it_said_before_stays() throws Exception {
        contract("held", Lab.sequence("held").replace("owner:", "ownr:"));
        var reloaded = reload();

        var problems = reloaded.getJsonArray("problems").encode();
        assertThat(problems).contains("held.yaml", "did you mean 'owner'");
        assertThat(version("held")).isEqualTo("1.0");
        assertThat(state("held").getBoolean("held")).isTrue();
        assertThat(admin("/metrics")).containsPattern("tidegate_contract_problems [1-9]")
                .contains("tidegate_reload_total{result=");

        contract("held", Lab.sequence("held").replace("\"1.0\"", "\"1.1\""));
        reload();
        assertThat(version("held")).isEqualTo("1.1");
        assertThat(state("held").getBoolean("held")).isFalse();
    }

    @Test
    void a_relation_that_is_written_wrong_stays_as_it_was_and_one_that_becomes_so_is_left_out()
            throws Exception {
        var query = "{ labNear { items { nodes { other { n } } } } }";
        var related = Lab.keyed("near")
                + "relations: [{name: other, to: lab/far/v1, by: {station: station}}]\n";
        contract("near", related);
        reload();
        assertThat(lab.graphQl(query, Map.of()).encode()).doesNotContain("errors");

        contract("near", related.replace("station: station", "station: n"));
        assertThat(reload().getJsonArray("problems").encode()).contains("near.yaml",
                "'n' is no field of the key of 'lab/far/v1'");
        assertThat(state("near").getBoolean("held")).isTrue();
        assertThat(lab.graphQl(query, Map.of()).encode()).doesNotContain("errors");

        contract("near", related);
        reload();
        assertThat(state("near").getBoolean("held")).isFalse();

        contract("far", Lab.keyed("far").replace("key: [station]", "key: [n]"));
        assertThat(reload().getJsonArray("problems").encode()).contains("near.yaml",
                "'station' is no field of the key of 'lab/far/v1'");
        assertThat(state("near").getBoolean("held")).isFalse();
        assertThat(lab.graphQl(query, Map.of()).encode()).contains("has no field");
        assertThat(lab.graphQl("{ labNear { items { totalCount } } }", Map.of()).encode())
                .doesNotContain("errors");
        contract("near", Lab.keyed("near"));
        contract("far", Lab.keyed("far"));
        assertThat(reload().getJsonArray("problems").encode()).doesNotContain("near.yaml");
    }

    @Test
    void governance_that_cannot_be_read_takes_nothing_out_of_service() throws Exception {
        var governance = lab.contracts().resolve("governance.yaml");
        Files.writeString(governance, "naming: [unclosed\n");
        var reloaded = reload();

        assertThat(reloaded.getJsonArray("problems").encode()).contains("governance.yaml")
                .doesNotContain("no contract any more");
        assertThat(reloaded.getJsonArray("changes")).isEmpty();
        assertThat(state("hammered").getBoolean("held")).isTrue();
        assertThat(version("hammered")).isEqualTo("1.0");
        Files.delete(governance);
        assertThat(reload().getString("result")).isEqualTo("unchanged");
        assertThat(state("hammered").getBoolean("held")).isFalse();
    }

    @Test
    void of_two_products_with_one_name_the_one_that_was_live_stays() throws Exception {
        contract("a-newcomer", Lab.sequence("a-newcomer") + "graphql: {name: LabHammered}\n");
        var reloaded = reload();

        assertThat(reloaded.getJsonArray("problems")).hasSize(1);
        assertThat(reloaded.getJsonArray("problems").encode()).contains("a-newcomer.yaml",
                "already taken by 'lab/hammered/v1'");
        assertThat(lab.graphQl("{ labHammered { contract { version } } }", Map.of())
                .containsKey("errors")).isFalse();
        assertThat(Sandboxed.HTTP.send(lab.request("/catalog/lab/a-newcomer/v1").build(),
                BodyHandlers.ofString()).statusCode()).isEqualTo(404);
        Files.delete(lab.contracts().resolve("a-newcomer.yaml"));
        reload();
    }

    @Test
    void a_contract_that_moves_while_its_governance_cannot_be_read_stays_in_service()
            throws Exception {
        var governance = lab.contracts().resolve("governance.yaml");
        Files.writeString(governance, "naming: [unclosed\n");
        Files.move(lab.contracts().resolve("outlived.yaml"), lab.contracts().resolve("moved.yaml"));

        var changes = reload().getJsonArray("changes");
        var version = version("outlived");
        Files.delete(governance);
        Files.move(lab.contracts().resolve("moved.yaml"), lab.contracts().resolve("outlived.yaml"));
        reload();
        assertThat(changes).isEmpty();
        assertThat(version).isEqualTo("1.0");
    }

    @Test
    void a_product_whose_topic_is_missing_takes_the_gateway_from_nobody_else() throws Exception {
        contract("unfed", Lab.sequence("unfed"));
        reload();

        await("it is known what is missing", () -> state("unfed").containsKey("waitingFor"));
        assertThat(state("unfed").getString("waitingFor")).contains("lab.unfed.v1.measured");
        assertThat(status(URI.create(lab.at().management() + "/health/ready"))).isEqualTo(200);
        assertThat(admin("/metrics")).contains("tidegate_feeds_waiting 1.0");
        Files.delete(lab.contracts().resolve("unfed.yaml"));
        reload();
    }

    @Test
    void a_reload_is_asked_for_with_post_only() throws Exception {
        var refused = Sandboxed.HTTP.send(HttpRequest.newBuilder(
                URI.create(lab.at().management() + "/admin/reload")).build(),
                BodyHandlers.ofString());

        assertThat(refused.statusCode()).isEqualTo(405);
        assertThat(refused.headers().firstValue("Allow")).contains("POST");
    }

    // ---- those who are concerned ----

    @Test
    void a_mask_counts_for_whoever_has_the_grant_and_touches_nobody_else() throws Exception {
        var partner = lab.tokenWith(Duration.ofMinutes(5), "lab.masked:partner");
        var reader = lab.tokenWith(Duration.ofMinutes(5), "lab.masked:read");
        try (var masked = follow("masked", "earliest", partner);
                var open = follow("masked", "earliest", reader)) {
            write("lab.masked.v1.measured", Lab.reading(0));
            assertThat(masked.event().getJsonObject("value").getString("note")).startsWith("read");
            open.event();
            contract("masked", Lab.sequence("masked") + MASKED_OPEN.replace(
                    "partner\"", "partner\", mask: {note: redact}"));

            var end = masked.control("end");
            assertThat(end.getString("reason")).isEqualTo("contract-changed");
            write("lab.masked.v1.measured", Lab.reading(1));
            try (var again = follow("masked", end.getString("cursor"), partner)) {
                var value = again.event().getJsonObject("value");
                assertThat(value.getInteger("n")).isEqualTo(1);
                assertThat(value.getString("note")).isEqualTo("***");
            }
            assertThat(open.event().getJsonObject("value").getInteger("n")).isEqualTo(1);
            assertThat(open.isOpen()).isTrue();
        }
    }

    @Test
    void a_stream_ends_when_its_grant_is_taken_away() throws Exception {
        var partner = lab.tokenWith(Duration.ofMinutes(5), "lab.granted:read");
        try (var stream = follow("granted", "earliest", partner)) {
            write("lab.granted.v1.measured", Lab.reading(0));
            stream.event();
            contract("granted", Lab.sequence("granted") + "access: [{scope: \"other\"}]\n");

            assertThat(stream.control("end").getString("reason")).isEqualTo("forbidden");
        }
    }

    @Test
    void a_field_that_is_new_is_there_for_new_readers_and_old_ones_go_on() throws Exception {
        var wider = Lab.sequence("grown").replace("stream:",
                "  - {name: wind, type: double}\nstream:").replace("\"1.0\"", "\"1.1\"");
        var row = Lab.reading(1).replace("{\"n\"", "{\"wind\":3.5,\"n\"");
        try (var old = follow("grown", "earliest", lab.token())) {
            write("lab.grown.v1.measured", Lab.reading(0));
            old.event();
            contract("grown", wider);

            var notice = old.control("notice");
            assertThat(notice.getString("code")).isEqualTo("new-version");
            assertThat(notice.getString("version")).isEqualTo("1.1");
            write("lab.grown.v1.measured", row);
            var value = old.event().getJsonObject("value");
            assertThat(value.getInteger("n")).isEqualTo(1);
            assertThat(value.containsKey("wind")).isFalse();
            try (var fresh = follow("grown", "earliest", lab.token())) {
                fresh.event();
                assertThat(fresh.event().getJsonObject("value").getDouble("wind")).isEqualTo(3.5);
            }
            assertThat(old.isOpen()).isTrue();
            assertThat(state("grown").getJsonObject("former").getString("version"))
                    .isEqualTo("1.1");
        }
        await("the old generation ends", () -> !state("grown").containsKey("former"));
    }

    @Test
    void the_view_of_a_wider_schema_is_whole_when_it_is_served() throws Exception {
        // Enough that building the view anew takes longer than a reload waits.
        for (var row : Lab.stations(ROWS, 100)) {
            producer.send(new ProducerRecord<>("lab.widened.v1.changed",
                    row.getBytes(StandardCharsets.UTF_8)));
        }
        producer.flush();
        lab.awaitRows("labWidened", ROWS);
        var wider = Lab.keyed("widened").replace("stream:",
                "  - {name: depth, type: integer}\nstream:");
        contract("widened", wider);
        JsonObject answer;
        do {
            // Until then the old schema answers, in which there is no such field.
            assertThat(rows("labWidened")).isEqualTo(ROWS);
            answer = lab.graphQl("{ labWidened { items(first: 1) { nodes { depth } } } }",
                    Map.of());
        } while (!answer.containsKey("data"));

        assertThat(rows("labWidened")).isEqualTo(ROWS);
        contract("widened", wider.replace("\"1.0\"", "\"1.4\""));
        await("another version", () -> version("widened").equals("1.4"));
        assertThat(rows("labWidened")).isEqualTo(ROWS);
    }

    private static long rows(String product) throws Exception {
        var answer = lab.graphQl("{ " + product + " { items { totalCount } } }", Map.of());
        assertThat(answer.getJsonArray("errors")).isNull();
        return Sandboxed.whole(answer.getJsonObject("data").getJsonObject(product)
                .getJsonObject("items"), "totalCount");
    }

    @Test
    void a_graphql_subscription_is_told_and_its_socket_stays() throws Exception {
        var payload = new JsonObject().put("query",
                "subscription { labSwitched(from: \"earliest\") { value { n } } }");
        try (var client = Node.start("graphql-ws.mjs", new JsonObject().put("fact", "told")
                .put("token", lab.token()).put("url", lab.socket("/graphql"))
                .put("payload", payload))) {
            write("lab.switched.v1.measured", Lab.reading(0));
            client.await(line -> line.containsKey("first"));
            contract("switched", Lab.sequence("switched").replace("{name: note, type: string}",
                    "{name: remark, type: string}"));

            var told = client.toEnd().getLast();
            var extensions = told.getJsonArray("errors").getJsonObject(0)
                    .getJsonObject("extensions");
            assertThat(extensions.getString("code")).isEqualTo("CONTRACT_CHANGED");
            assertThat(extensions.getString("cursor")).isNotEmpty();
            assertThat(told.getBoolean("open")).isTrue();
        }
    }

    @Test
    void a_field_of_another_type_ends_streams_with_a_cursor_to_come_back_with() throws Exception {
        try (var stream = follow("retyped", "earliest", lab.token())) {
            write("lab.retyped.v1.measured", Lab.reading(0));
            stream.event();
            contract("retyped", Lab.sequence("retyped").replace("{name: celsius, type: double}",
                    "{name: celsius, type: string}"));

            var end = stream.control("end");
            assertThat(end.getString("reason")).isEqualTo("contract-changed");
            write("lab.retyped.v1.measured",
                    "{\"n\":1,\"station\":\"S\",\"celsius\":\"warm\"}");
            try (var again = follow("retyped", end.getString("cursor"), lab.token())) {
                assertThat(again.event().getJsonObject("value").getString("celsius"))
                        .isEqualTo("warm");
            }
        }
    }

    @Test
    void a_product_goes_with_its_file_and_comes_back_with_it() throws Exception {
        try (var stream = follow("doomed", "earliest", lab.token())) {
            write("lab.doomed.v1.measured", Lab.reading(0));
            stream.event();
            Files.delete(lab.contracts().resolve("doomed.yaml"));

            assertThat(stream.control("end").getString("reason")).isEqualTo("removed");
        }
        assertThat(Sandboxed.HTTP.send(lab.request("/streams/lab/doomed/v1").build(),
                BodyHandlers.ofString()).statusCode()).isEqualTo(404);
        contract("doomed", Lab.sequence("doomed"));
        reload();
        try (var again = follow("doomed", "earliest", lab.token())) {
            assertThat(again.event().getJsonObject("value").getInteger("n")).isZero();
        }
    }

    // ---- what stays behind ----

    @Test
    void two_hundred_reloads_leave_no_thread_file_or_memory_behind() throws Exception {
        reload();
        await("no generation ends", () -> threads() == products() + views());
        long before = heap();
        for (int i = 1; i <= 200; i++) {
            var text = Lab.keyed("swapped").replace("\"1.0\"", "\"1." + i + "\"");
            // Every eighth one cannot be told as the one before.
            contract("swapped", i / 8 % 2 == 0
                    ? text
                    : text.replace("{name: altitude, type: integer}",
                            "{name: altitude, type: string}"));
            reload();
            assertThat(state("swapped").getString("version")).isEqualTo("1." + i);
        }
        contract("swapped", Lab.keyed("swapped"));
        reload();

        await("every generation ends", () -> threads() == products() + views());
        assertThat(heap() - before).isLessThan(20L << 20);
        assertThat(lab.graphQl("{ labSwapped { items { totalCount } } }", Map.of())
                .containsKey("errors")).isFalse();
    }

    /** Threads that read topics or feed views of this test's products. */
    private static long threads() {
        return Stream.of(ManagementFactory.getThreadMXBean().dumpAllThreads(false, false, 0))
                .map(thread -> thread.getThreadName())
                .filter(name -> name.startsWith("feed lab/") || name.startsWith("view lab/"))
                // A view has two: of its rows and of its keys.
                .map(name -> name.replaceFirst(" (rows|keys)$", ""))
                .filter(name -> ownNames().stream().anyMatch(own -> name.endsWith(
                        " lab/" + own + "/v1")))
                .count();
    }

    private static List<String> ownNames() {
        return List.of("swapped", "steady-socket", "steady-sse");
    }

    private static long products() {
        return ownNames().size();
    }

    private static long views() {
        return 2;
    }

    private static long heap() {
        ManagementFactory.getMemoryMXBean().gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    // ---- the start ----

    @Test
    void a_gateway_waits_for_a_usable_contract_and_keeps_streams_as_long_as_it_is_told(
            @TempDir Path folder) throws Exception {
        Path contracts = Files.createDirectories(folder.resolve("contracts"));
        Files.writeString(contracts.resolve("broken.yaml"), "domain: lab\nproduct: [unclosed\n");
        var config = new GatewayConfig(
                new GatewayConfig.Http("127.0.0.1", 0, Optional.empty(), List.of(), 1),
                new GatewayConfig.Management("127.0.0.1", 0),
                Map.of("default", Map.of("bootstrap.servers", lab.at().kafka())),
                Optional.empty(), contracts,
                new GatewayConfig.Reload(Optional.of(Duration.ofMillis(100)),
                        Duration.ofMillis(300), Optional.empty()),
                Identity.of(List.of(new Identity.Issuer(lab.at().issuer(),
                        Optional.of("tidegate"), Optional.empty()))),
                List.of(new Plan("default", Rate.perSecond(100), 10, 10, Rate.perSecond(1000),
                        Rate.parse("1MiB/s"), Rate.parse("1000/min"), 1)),
                new GatewayConfig.Views(folder.resolve("views"), 64L << 20),
                new GatewayConfig.Feeds(16L << 20, 1024, 100, 2, 16L << 20),
                GatewayConfig.KeptPositions.DEFAULT, GraphQlLimits.DEFAULT, false,
                new GatewayConfig.Secrets(Optional.empty(), Optional.empty()));
        try (var gateway = Gateway.start(config)) {
            var ready = URI.create(
                    "http://127.0.0.1:" + gateway.managementPort() + "/health/ready");
            var answer = Sandboxed.HTTP.send(HttpRequest.newBuilder(ready).build(),
                    BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).contains("holds no contract that can be served");
            Files.writeString(contracts.resolve("good.yaml"), Lab.sequence("outlived"));
            await("the contract is served", () -> status(ready) == 200);
            assertThat(Sandboxed.HTTP.send(HttpRequest.newBuilder(ready).build(),
                    BodyHandlers.ofString()).body())
                    .isEqualTo("{\"status\":\"ready\",\"waitingFor\":{},\"views\":{}}");

            // Here streams of before are kept for a moment only.
            write("lab.outlived.v1.measured", Lab.reading(0));
            try (var stream = new Following("http://127.0.0.1:" + gateway.httpPort()
                    + "/streams/lab/outlived/v1?from=earliest", lab.token())) {
                stream.event();
                Files.writeString(contracts.resolve("good.yaml"), Lab.sequence("outlived")
                        .replace("stream:", "  - {name: wind, type: double}\nstream:"));
                assertThat(stream.control("notice").getString("code")).isEqualTo("new-version");
                assertThat(stream.control("end").getString("reason"))
                        .isEqualTo("contract-changed");
            }
        }
    }

    // ---- helpers ----

    private static void contract(String name, String text) throws Exception {
        replace(lab.contracts().resolve(name + ".yaml"), text);
    }

    private static void write(String topic, String row) throws Exception {
        producer.send(new ProducerRecord<>(topic, row.getBytes(StandardCharsets.UTF_8))).get();
    }

    private static String get(String path) throws Exception {
        return Sandboxed.HTTP.send(lab.request(path).build(), BodyHandlers.ofString()).body();
    }

    /** As the catalog has it; empty if the product is not there. */
    private static String version(String product) throws Exception {
        var answer = Sandboxed.HTTP.send(lab.request("/catalog/lab/" + product + "/v1").build(),
                BodyHandlers.ofString());
        return answer.statusCode() == 200
                ? new JsonObject(answer.body()).getString("version")
                : "";
    }

    private static int status(URI address) throws Exception {
        return Sandboxed.HTTP.send(HttpRequest.newBuilder(address).build(),
                BodyHandlers.discarding()).statusCode();
    }

    private static String admin(String path) throws Exception {
        return Sandboxed.HTTP.send(
                HttpRequest.newBuilder(URI.create(lab.at().management() + path)).build(),
                BodyHandlers.ofString()).body();
    }

    private static JsonObject reload() throws Exception {
        return new JsonObject(Sandboxed.HTTP.send(HttpRequest.newBuilder(
                URI.create(lab.at().management() + "/admin/reload"))
                .POST(HttpRequest.BodyPublishers.noBody()).build(), BodyHandlers.ofString())
                .body());
    }

    private static JsonObject state(String product) throws Exception {
        return new JsonObject(admin("/admin/contracts")).getJsonArray("products").stream()
                .map(JsonObject.class::cast)
                .filter(each -> each.getString("product").equals("lab/" + product + "/v1"))
                .findFirst().orElseThrow();
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

    private static Following follow(String product, String from, String token) throws Exception {
        return new Following(lab.http("/streams/lab/" + product + "/v1?from=" + from), token);
    }

    /** An NDJSON stream and what has come of it. */
    private static final class Following implements AutoCloseable {
        private final BlockingQueue<JsonObject> events = new LinkedBlockingQueue<>();
        private final BlockingQueue<JsonObject> controls = new LinkedBlockingQueue<>();
        private final Stream<String> lines;
        private volatile boolean isOpen = true;

        Following(String address, String token) throws Exception {
            var answer = Sandboxed.HTTP.send(HttpRequest.newBuilder(URI.create(address))
                    .header("Authorization", "Bearer " + token)
                    .header("Accept", "application/x-ndjson").build(), BodyHandlers.ofLines());
            assertThat(answer.statusCode()).isEqualTo(200);
            lines = answer.body();
            Thread.ofVirtual().start(() -> {
                try {
                    lines.map(JsonObject::new).forEach(line -> {
                        if (line.containsKey("value")) {
                            events.add(line);
                        } else {
                            controls.add(line);
                        }
                    });
                } catch (RuntimeException e) {
                    // Closed from this side.
                } finally {
                    isOpen = false;
                }
            });
        }

        JsonObject event() throws InterruptedException {
            var event = events.poll(10, TimeUnit.SECONDS);
            if (event == null) {
                throw new AssertionError("no event within 10 s; told were " + controls);
            }
            return event;
        }

        /** What was said under this name, within the time that a change of grants may take. */
        JsonObject control(String kind) throws InterruptedException {
            var control = controls.poll(5, TimeUnit.SECONDS);
            if (control == null || !control.containsKey(kind)) {
                throw new AssertionError("no " + kind + " within 5 s but " + control);
            }
            return control.getJsonObject(kind);
        }

        boolean isOpen() {
            return isOpen;
        }

        @Override
        public void close() {
            lines.close();
        }
    }
}
