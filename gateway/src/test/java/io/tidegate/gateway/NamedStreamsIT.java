package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.access.Identity;
import io.tidegate.gateway.graphql.GraphQlLimits;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.limit.Rate;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams with names of their clients, on two gateways that share nothing but Kafka and the secret of cursors. */
class NamedStreamsIT {
    private static final String TOPIC = "tidegate.positions.it";
    private static final int NAMES = 20;
    private static final Sandboxed lab = Sandboxed.lab();
    private static final List<Gateway> gateways = new ArrayList<>();

    @TempDir
    private static Path folder;

    private static Gateway first;
    private static Gateway second;

    @BeforeAll
    static void start() throws Exception {
        Path contracts = Files.createDirectories(folder.resolve("contracts"));
        for (var name : Lab.SEQUENCES) {
            if (name.startsWith("named-")) {
                Files.writeString(contracts.resolve(name + ".yaml"), Lab.sequence(name));
            }
        }
        Files.writeString(contracts.resolve("named-stations.yaml"), Lab.keyed("named-stations"));
        first = gateway("first", TOPIC);
        second = gateway("second", TOPIC);
    }

    @AfterAll
    static void end() {
        gateways.forEach(Gateway::close);
    }

    private static Gateway gateway(String name, String topic) throws Exception {
        var gateway = Gateway.start(new GatewayConfig(
                new GatewayConfig.Http("127.0.0.1", 0, Optional.empty(), List.of(), 1),
                new GatewayConfig.Management("127.0.0.1", 0),
                Map.of("default", Map.of("bootstrap.servers", lab.at().kafka())),
                Optional.empty(), folder.resolve("contracts"), GatewayConfig.Reload.DEFAULT,
                Identity.of(List.of(new Identity.Issuer(lab.secondIssuer(),
                        Optional.of("tidegate"), Optional.empty()))),
                List.of(new Plan("default", Rate.perSecond(1000), 100, 100,
                        Rate.perSecond(100_000), Rate.parse("100MiB/s"), Rate.parse("1000/min"),
                        1)),
                new GatewayConfig.Views(folder.resolve("views-" + name), 64L << 20),
                new GatewayConfig.Feeds(16L << 20, 1024, 100, 2, 16L << 20),
                new GatewayConfig.KeptPositions("default", topic, Duration.ofDays(30), NAMES,
                        1L << 20),
                GraphQlLimits.DEFAULT, false,
                new GatewayConfig.Secrets(Optional.of("0123456789abcdef"), Optional.empty())));
        gateways.add(gateway);
        return gateway;
    }

    private static String token(String partner) {
        return token(partner, Duration.ofMinutes(10));
    }

    private static String token(String partner, Duration left) {
        var scopes = java.util.Arrays.stream(Lab.SEQUENCES).map(name -> "lab." + name + ":read")
                .collect(java.util.stream.Collectors.toCollection(ArrayList::new));
        scopes.add("lab.named-stations:read");
        return lab.tokenWith(left, Map.of("client_id", partner, "sub", partner), scopes);
    }

    private static Talk talk(Gateway at, String product, String parameters, String partner)
            throws Exception {
        return new Talk(at, product, parameters, token(partner));
    }

    // ---- positions ----

    @Test
    void comes_back_on_another_gateway_behind_the_last_acknowledged_event() throws Exception {
        lab.publish("lab/named-return", Lab.readings(0, 20));
        try (var talk = talk(first, "named-return", "name=loader&from=earliest", "acme")) {
            var events = talk.events(20);
            talk.say("ack", events.get(3).getString("cursor"));
            talk.say("ack", events.get(7).getString("cursor"));
            talk.say("ack", events.get(9).getString("cursor"));
            var last = events.get(9).getString("cursor");
            talk.notice("acknowledged", n -> n.getString("cursor").equals(last));

            // It is durable when it is said to be: another reader of the topic finds it.
            assertThat(kept("|lab/named-return/v1|loader").getString("cursor")).isEqualTo(last);
            talk.cut();
        }
        lab.publish("lab/named-return", Lab.readings(20, 25));
        try (var talk = talk(second, "named-return", "name=loader", "acme")) {
            assertThat(numbers(talk.events(15))).isEqualTo(upTo(10, 25));
        }
        // From where one says, and that counts from now on.
        try (var talk = talk(first, "named-return", "name=loader&from=earliest", "acme")) {
            assertThat(numbers(talk.events(25))).isEqualTo(upTo(0, 25));
        }
        try (var talk = talk(second, "named-return", "name=loader", "acme")) {
            assertThat(numbers(talk.events(25))).isEqualTo(upTo(0, 25));
        }
    }

    @Test
    void misses_nothing_that_came_before_its_first_ack() throws Exception {
        lab.publish("lab/named-start", Lab.readings(0, 5));
        try (var talk = talk(first, "named-start", "name=loader", "acme")) {
            talk.say("resume", true);
            talk.notice("resumed", n -> true);
            lab.publish("lab/named-start", Lab.readings(5, 8));
            assertThat(numbers(talk.events(3))).isEqualTo(upTo(5, 8));
            talk.cut();
        }
        lab.publish("lab/named-start", Lab.readings(8, 10));
        try (var talk = talk(second, "named-start", "name=loader", "acme")) {
            assertThat(numbers(talk.events(5))).isEqualTo(upTo(5, 10));
        }
    }

    @Test
    void the_newer_of_two_streams_has_the_name_on_whatever_node() throws Exception {
        lab.publish("lab/named-takeover", Lab.readings(0, 10));
        try (var older = talk(first, "named-takeover", "name=loader&from=earliest", "acme")) {
            var events = older.events(10);
            older.say("ack", events.get(4).getString("cursor"));
            older.notice("acknowledged", n -> true);
            try (var newer = talk(second, "named-takeover", "name=loader", "acme")) {
                assertThat(numbers(newer.events(5))).isEqualTo(upTo(5, 10));
                var end = older.message("end");
                assertThat(end.getString("reason")).isEqualTo("replaced");
                assertThat(end.getString("cursor"))
                        .isEqualTo(events.get(9).getString("cursor"));
                assertThat(older.closed()).isEqualTo(4409);
                // On the same node it is the same.
                try (var newest = talk(second, "named-takeover", "name=loader", "acme")) {
                    assertThat(numbers(newest.events(5))).isEqualTo(upTo(5, 10));
                    assertThat(newer.message("end").getString("reason")).isEqualTo("replaced");
                }
            }
            // Another name is another stream.
            try (var other = talk(first, "named-takeover", "name=other&from=earliest", "acme")) {
                assertThat(numbers(other.events(10))).isEqualTo(upTo(0, 10));
            }
        }
    }

    @Test
    void a_position_is_its_clients_alone() throws Exception {
        lab.publish("lab/named-owner", Lab.readings(0, 10));
        try (var acme = talk(first, "named-owner", "name=loader&from=earliest", "acme")) {
            acme.say("ack", acme.events(10).get(4).getString("cursor"));
            acme.notice("acknowledged", n -> true);
            assertThat(ask(second, "GET", "named-owner/v1/positions/loader", "", "globex")
                    .statusCode()).isEqualTo(404);
            assertThat(ask(second, "DELETE", "named-owner/v1/positions/loader", "", "globex")
                    .statusCode()).isEqualTo(404);
            try (var globex = talk(second, "named-owner", "name=loader&from=earliest", "globex")) {
                assertThat(numbers(globex.events(10))).isEqualTo(upTo(0, 10));
            }
            acme.say("resume", true);
            acme.notice("resumed", n -> true);
        }
        try (var acme = talk(second, "named-owner", "name=loader", "acme")) {
            assertThat(numbers(acme.events(5))).isEqualTo(upTo(5, 10));
        }
    }

    @Test
    void a_client_has_so_many_names_and_no_more() throws Exception {
        for (int i = 0; i < NAMES; i++) {
            try (var talk = talk(first, "named-owner", "name=n" + i, "umbrella")) {
                talk.say("resume", true);
                talk.notice("resumed", n -> true);
            }
        }
        try (var talk = talk(second, "named-owner", "name=n" + NAMES, "umbrella")) {
            assertThat(talk.message("end").encode()).isEqualTo("{\"reason\":\"position-limit\","
                    + "\"message\":\"This client keeps positions under 20 names, and may have 20;"
                    + " delete one that is not used any more.\"}");
            assertThat(talk.closed()).isEqualTo(4409);
        }
        assertThat(ask(second, "DELETE", "named-owner/v1/positions/n0", "", "umbrella")
                .statusCode()).isEqualTo(204);
        try (var talk = talk(first, "named-owner", "name=n" + NAMES, "umbrella")) {
            talk.say("resume", true);
            talk.notice("resumed", n -> true);
        }
    }

    @Test
    void the_current_state_comes_until_something_is_acknowledged_and_the_changes_from_then_on()
            throws Exception {
        lab.publish("lab/named-stations", Lab.stations(20, 100));
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (rows("snapshot=true").size() < 20 && System.nanoTime() < deadline) {
            Sandboxed.pause(50);
        }
        // Cut without an ack, it begins with the state again.
        assertThat(rows("snapshot=true&name=loader")).hasSize(20);
        try (var talk = talk(first, "named-stations", "snapshot=true&name=loader", "acme")) {
            talk.notice("snapshot-end", n -> true);
            talk.say("ack", talk.events(20).getLast().getString("cursor"));
            talk.notice("acknowledged", n -> true);
        }
        lab.publish("lab/named-stations", Lab.stations(3, 200));
        try (var talk = talk(first, "named-stations", "snapshot=true&name=loader", "acme")) {
            assertThat(talk.events(3)).extracting(event -> event.getString("op"))
                    .containsOnly("upsert");
        }
    }

    private static List<JsonObject> rows(String parameters) throws Exception {
        try (var talk = talk(first, "named-stations", parameters, "acme")) {
            talk.notice("snapshot-end", n -> true);
            return talk.all().stream().filter(e -> e.getString("op").equals("snapshot")).toList();
        }
    }

    // ---- HTTP ----

    @Test
    void streams_over_http_continue_behind_what_was_acknowledged_by_post() throws Exception {
        var path = "named-http/v1/positions/loader";
        lab.publish("lab/named-http", Lab.readings(0, 10));
        assertThat(ask(first, "GET", path, "", "acme").statusCode()).isEqualTo(404);
        var events = lines(first, "named-http/v1?name=loader&from=earliest", 10);
        assertThat(numbers(events)).isEqualTo(upTo(0, 10));

        var cursor = events.get(4).getString("cursor");
        var answer = ask(second, "POST", path, "{\"cursor\":\"" + cursor + "\"}", "acme");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(new JsonObject(ask(first, "GET", path, "", "acme").body())
                .getString("cursor")).isEqualTo(cursor);
        assertThat(numbers(lines(second, "named-http/v1?name=loader", 5))).isEqualTo(upTo(5, 10));

        var behind = ask(first, "POST", path,
                "{\"cursor\":\"" + events.get(3).getString("cursor") + "\"}", "acme");
        assertThat(behind.statusCode()).isEqualTo(409);
        assertThat(behind.body()).contains("\"code\":\"POSITION_BEHIND\"", cursor);
        assertThat(ask(first, "POST", path, "{\"cursor\":\"nonsense\"}", "acme").statusCode())
                .isEqualTo(400);
        assertThat(ask(first, "POST", path, "{}", "acme").statusCode()).isEqualTo(400);
        assertThat(ask(first, "PUT", path, "{}", "acme").statusCode()).isEqualTo(405);
        assertThat(ask(first, "GET", "named-http/v1/positions/a%20b", "", "acme").statusCode())
                .isEqualTo(400);
        assertThat(ask(first, "GET", "no-such/v1/positions/loader", "", "acme").statusCode())
                .isEqualTo(404);

        // Whoever reads under the name loses it with the position.
        try (var talk = talk(second, "named-http", "name=loader", "acme")) {
            talk.events(5);
            assertThat(ask(first, "DELETE", path, "", "acme").statusCode()).isEqualTo(204);
            assertThat(talk.message("end").getString("reason")).isEqualTo("replaced");
        }
        assertThat(ask(second, "GET", path, "", "acme").statusCode()).isEqualTo(404);
    }

    // ---- words on the socket ----

    @Test
    void every_message_is_answered_in_words() throws Exception {
        lab.publish("lab/named-words", Lab.readings(0, 10));
        try (var talk = talk(first, "named-words", "from=earliest", "acme")) {
            var events = talk.events(10);
            talk.say("ack", events.get(4).getString("cursor"));
            talk.notice("ack-without-name", n -> true);
            talk.say("pause", 1);
            assertThat(talk.notice("bad-message", n -> true).getString("message"))
                    .isEqualTo("'pause' must be true, not number 1.");
            talk.say("were", "true");
            assertThat(talk.notice("unknown-message", n -> true).getString("message")).isEqualTo(
                    "There is no message 'were', did you mean 'where'? Known are pause, resume,"
                            + " ack, token and where.");
            talk.say("where", "event.nothing == 1");
            talk.notice("filter-invalid", n -> true);

            talk.say("pause", true);
            assertThat(talk.notice("paused", n -> true).getString("cursor"))
                    .isEqualTo(events.get(9).getString("cursor"));
            // A filter changes nothing about the pause.
            talk.say("where", "event.n != 11");
            talk.notice("filter-changed", n -> true);
            lab.publish("lab/named-words", Lab.readings(10, 13));
            assertThat(talk.hasEvent()).isFalse();
            talk.say("resume", true);
            assertThat(numbers(talk.events(2))).containsExactly(10, 12);
            talk.say("where", "");
            talk.notice("filter-changed", n -> true);
            lab.publish("lab/named-words", Lab.readings(11, 12));
            assertThat(numbers(talk.events(1))).containsExactly(11);
        }
        try (var talk = talk(first, "named-words", "from=earliest&name=loader", "acme")) {
            var events = talk.events(10);
            talk.say("ack", "nonsense");
            assertThat(talk.notice("ack-refused", n -> true).getString("message"))
                    .startsWith("The cursor is not one that this gateway wrote");
            talk.say("ack", events.get(4).getString("cursor"));
            talk.notice("acknowledged", n -> true);
            talk.say("ack", events.get(2).getString("cursor"));
            assertThat(talk.notice("ack-behind", n -> true).getString("cursor"))
                    .isEqualTo(events.get(4).getString("cursor"));
            talk.say("ack", events.get(4).getString("cursor"));
            talk.notice("acknowledged", n -> true);
        }
        try (var talk = talk(first, "named-words", "name=a%20b", "acme")) {
            assertThat(talk.message("end").getString("message"))
                    .isEqualTo("'name' must be 1 to 64 letters, digits, '.', '_' and '-'.");
        }
    }

    @Test
    void who_floods_the_gateway_with_messages_is_closed_but_not_for_acks() throws Exception {
        lab.publish("lab/named-flood", Lab.readings(0, 1));
        try (var talk = talk(second, "named-flood", "from=earliest&name=flood", "acme")) {
            var cursor = talk.events(1).getFirst().getString("cursor");
            for (int i = 0; i < 500; i++) {
                talk.say("ack", cursor);
            }
            talk.notice("acknowledged", n -> true);
            for (int i = 0; i < 40; i++) {
                talk.say("resume", true);
            }
            assertThat(talk.closed()).isEqualTo(1008);
        }
    }

    @Test
    void a_token_that_ends_soon_is_told_of_and_a_fresh_one_moves_the_end() throws Exception {
        lab.publish("lab/named-token", Lab.readings(0, 1));
        try (var talk = new Talk(first, "named-token", "from=earliest&name=token",
                token("acme", Duration.ofSeconds(30)))) {
            var until = talk.notice("token-expiring", n -> true).getInstant("until");
            talk.say("token", token("globex"));
            talk.notice("token-refused", n -> true);
            talk.say("token", token("acme", Duration.ofMinutes(5)));
            assertThat(talk.notice("token-accepted", n -> true).getInstant("until"))
                    .isAfter(until.plusSeconds(200));
            talk.say("ack", talk.events(1).getFirst().getString("cursor"));
            talk.notice("acknowledged", n -> true);
        }
        var told = lines(second, "named-token/v1?from=earliest",
                token("acme", Duration.ofSeconds(30)), line -> line.containsKey("notice"));
        assertThat(told.getLast().getJsonObject("notice").getString("code"))
                .isEqualTo("token-expiring");
    }

    // ---- trouble ----

    @Test
    void without_its_topic_names_are_refused_and_everything_else_goes_on() throws Exception {
        lab.publish("lab/named-trouble", Lab.readings(0, 3));
        // No topic can be called so.
        var third = gateway("third", "..");
        try (var talk = talk(third, "named-trouble", "name=loader&from=earliest", "acme")) {
            assertThat(talk.message("end").encode()).isEqualTo(
                    "{\"reason\":\"upstream-unavailable\",\"message\":\"Positions cannot be kept"
                            + " just now; try again, or stream without a name.\"}");
            assertThat(talk.closed()).isEqualTo(1013);
        }
        var answer = ask(third, "GET", "named-trouble/v1?name=loader", "", "acme");
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).contains("5");
        assertThat(ask(third, "GET", "named-trouble/v1/positions/loader", "", "acme")
                .statusCode()).isEqualTo(503);
        try (var talk = talk(third, "named-trouble", "from=earliest", "acme")) {
            assertThat(numbers(talk.events(3))).isEqualTo(upTo(0, 3));
        }
    }

    @Test
    void the_topic_is_made_compacted() throws Exception {
        talk(first, "named-trouble", "name=loader", "acme").close();
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, TOPIC);
        try (var admin = Admin.create(Map.of("bootstrap.servers", lab.at().kafka()))) {
            var config = admin.describeConfigs(List.of(resource)).all().get(10, TimeUnit.SECONDS);
            assertThat(config.get(resource).get("cleanup.policy").value()).isEqualTo("compact");
        }
    }

    // ---- a partner's own client ----

    @Test
    void the_ws_package_handles_every_event_once_though_it_is_cut_again_and_again()
            throws Exception {
        int count = 600;
        lab.publish("lab/named-client", Lab.readings(0, 10));
        try (var client = Node.start("named.mjs", new JsonObject().put("fact", "work")
                .put("urls", new io.vertx.core.json.JsonArray()
                        .add(address("ws", first, "named-client/v1?name=worker"))
                        .add(address("ws", second, "named-client/v1?name=worker")))
                .put("token", token("acme")).put("count", count).put("cutEvery", 97))) {
            client.await(line -> line.containsKey("begun"));
            lab.publish("lab/named-client", Lab.readings(10, count), "--rate", "400");
            var printed = client.toEnd();
            var end = printed.getLast();
            assertThat(end.getJsonArray("handled").stream().map(n -> ((Number) n).intValue())
                    .toList()).isEqualTo(upTo(0, count));
            assertThat(end.getInteger("connections")).isGreaterThan(4);
        }
    }

    // ---- helpers ----

    private static String address(String scheme, Gateway at, String path) {
        return scheme + "://127.0.0.1:" + at.httpPort() + "/streams/lab/" + path;
    }

    private static HttpResponse<String> ask(Gateway at, String method, String path, String body,
            String partner) throws Exception {
        return Sandboxed.HTTP.send(HttpRequest.newBuilder(URI.create(address("http", at, path)))
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + token(partner))
                .method(method, HttpRequest.BodyPublishers.ofString(body)).build(),
                BodyHandlers.ofString());
    }

    private static List<JsonObject> lines(Gateway at, String path, int events) throws Exception {
        var seen = new int[1];
        return lines(at, path, token("acme"), line -> line.containsKey("value")
                && ++seen[0] == events);
    }

    /** What an NDJSON stream says up to a line; then it is cut. */
    private static List<JsonObject> lines(Gateway at, String path, String token,
            Predicate<JsonObject> last) throws Exception {
        var answer = Sandboxed.HTTP.send(
                HttpRequest.newBuilder(URI.create(address("http", at, path)))
                        .timeout(Duration.ofSeconds(20))
                        .header("Authorization", "Bearer " + token).build(),
                BodyHandlers.ofLines());
        assertThat(answer.statusCode()).isEqualTo(200);
        var read = new ArrayList<JsonObject>();
        try (var lines = answer.body()) {
            var each = lines.iterator();
            while (each.hasNext()) {
                var line = new JsonObject(each.next());
                read.add(line);
                if (last.test(line)) {
                    return read;
                }
            }
        }
        throw new AssertionError("the stream ended: " + read);
    }

    private static List<Integer> numbers(List<JsonObject> events) {
        return events.stream().map(event -> ((Number) Sandboxed
                .whole(event.getJsonObject("value"), "n")).intValue()).toList();
    }

    private static List<Integer> upTo(int from, int to) {
        return IntStream.range(from, to).boxed().toList();
    }

    /** The last record of a name, as anybody reads it from the topic. */
    private static JsonObject kept(String keyEnd) {
        var properties = new Properties();
        properties.put("bootstrap.servers", lab.at().kafka());
        var at = List.of(new TopicPartition(TOPIC, 0));
        try (var consumer = new KafkaConsumer<>(properties, new StringDeserializer(),
                new StringDeserializer())) {
            consumer.assign(at);
            consumer.seekToBeginning(at);
            long end = consumer.endOffsets(at).get(at.getFirst());
            String last = "{}";
            while (consumer.position(at.getFirst()) < end) {
                for (var record : consumer.poll(Duration.ofSeconds(1))) {
                    if (record.key().endsWith(keyEnd)) {
                        last = record.value();
                    }
                }
            }
            return new JsonObject(last);
        }
    }

    /** A client on a WebSocket, with what it was told. */
    private static final class Talk implements AutoCloseable, WebSocket.Listener {
        private final BlockingQueue<JsonObject> events = new LinkedBlockingQueue<>();
        private final BlockingQueue<JsonObject> others = new LinkedBlockingQueue<>();
        private final BlockingQueue<Integer> closed = new LinkedBlockingQueue<>();
        private final StringBuilder text = new StringBuilder();
        private final WebSocket socket;

        Talk(Gateway at, String product, String parameters, String token) throws Exception {
            socket = Sandboxed.HTTP.newWebSocketBuilder().subprotocols("tidegate.v1")
                    .header("Authorization", "Bearer " + token)
                    .buildAsync(URI.create(address("ws", at, product + "/v1?" + parameters)), this)
                    .get(10, TimeUnit.SECONDS);
        }

        @Override
        public synchronized CompletionStage<?> onText(WebSocket from, CharSequence part,
                boolean isLast) {
            text.append(part);
            if (isLast) {
                var message = new JsonObject(text.toString());
                text.setLength(0);
                (message.containsKey("op") ? events : others).add(message);
            }
            from.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
            closed.add(code);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable failure) {
            closed.add(-1);
        }

        void say(String name, Object value) throws Exception {
            if (!socket.isOutputClosed()) {
                try {
                    socket.sendText(new JsonObject().put(name, value).encode(), true).get(10,
                            TimeUnit.SECONDS);
                } catch (java.util.concurrent.ExecutionException e) {
                    // Closed by the other side, which its test is about.
                }
            }
        }

        List<JsonObject> events(int count) throws InterruptedException {
            var found = new ArrayList<JsonObject>();
            while (found.size() < count) {
                var event = events.poll(15, TimeUnit.SECONDS);
                if (event == null) {
                    throw new AssertionError("no event after " + found + "; told were " + others
                            + ", closed " + closed);
                }
                found.add(event);
            }
            return found;
        }

        List<JsonObject> all() {
            var found = new ArrayList<JsonObject>();
            events.drainTo(found);
            return found;
        }

        boolean hasEvent() throws InterruptedException {
            return events.poll(400, TimeUnit.MILLISECONDS) != null;
        }

        /** The next message of this kind; others are passed over. */
        JsonObject message(String kind) throws InterruptedException {
            var passed = new ArrayList<JsonObject>();
            while (true) {
                var message = others.poll(15, TimeUnit.SECONDS);
                if (message == null) {
                    throw new AssertionError("no " + kind + "; told were " + passed + ", closed "
                            + closed);
                }
                if (message.containsKey(kind)) {
                    return message.getJsonObject(kind);
                }
                passed.add(message);
            }
        }

        JsonObject notice(String code, Predicate<JsonObject> wanted) throws InterruptedException {
            while (true) {
                var notice = message("notice");
                if (notice.getString("code").equals(code) && wanted.test(notice)) {
                    return notice;
                }
            }
        }

        int closed() throws InterruptedException {
            var code = closed.poll(15, TimeUnit.SECONDS);
            if (code == null) {
                throw new AssertionError("the socket is open; told were " + others);
            }
            return code;
        }

        /** Without a word, as a broken network does. */
        void cut() {
            socket.abort();
        }

        @Override
        public void close() {
            socket.abort();
        }
    }
}
