package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What partners' own clients get to see: the libraries themselves, against a whole sandbox. */
class ClientsIT {
    private final Sandboxed lab = Sandboxed.lab();

    // ---- graphql-ws ----

    @Test
    void graphql_ws_gets_every_value_through_variables_aliases_and_fragments() throws Exception {
        lab.publish("lab/socket-values", Lab.readings(0, 50));
        var printed = Node.run("graphql-ws.mjs", graphQl("values").put("count", 50).put("payload",
                new JsonObject().put("operationName", "Follow").put("query", """
                        query Other { __typename }
                        subscription Follow($from: String) {
                          readings: labSocketValues(from: $from) {
                            __typename cursor op what: value { ...measured }
                          }
                        }
                        fragment measured on LabSocketValues { number: n station celsius note }
                        """).put("variables", new JsonObject().put("from", "earliest"))));
        var events = printed.stream().map(line -> line.getJsonObject("event").getJsonObject("data")
                .getJsonObject("readings")).toList();
        assertThat(events).extracting(event -> event.getString("op")).containsOnly("UPSERT");
        assertThat(events).extracting(event -> event.getString("__typename"))
                .containsOnly("LabSocketValuesEvent");
        assertThat(events).extracting(event -> event.getString("cursor")).doesNotHaveDuplicates();
        for (int n = 0; n < 50; n++) {
            var value = events.get(n).getJsonObject("what");
            assertThat(value.getValue("number").toString()).isEqualTo(Integer.toString(n));
            assertThat(value.getString("station")).isEqualTo("S" + n % 5);
            assertThat(value.getDouble("celsius")).isEqualTo(n / 4.0);
            assertThat(value.getString("note")).isEqualTo("reading “" + n + "” → °C");
        }
    }

    @Test
    void graphql_ws_carries_two_filtered_subscriptions_on_one_socket() throws Exception {
        lab.publish("lab/socket-filters", Lab.readings(0, 60));
        var printed = Node.run("graphql-ws.mjs", graphQl("two")
                .put("counts", new JsonArray().add(12).add(4))
                .put("payloads", new JsonArray().add(filtered("{station: {eq: \"S3\"}}"))
                        .add(filtered("{and: [{n: {gte: 20}}, {n: {lt: 40}},"
                                + " {not: {station: {in: [\"S0\", \"S1\", \"S2\"]}}},"
                                + " {celsius: {lt: 8}}]}"))));
        assertThat(numbers(printed, "a", "labSocketFilters"))
                .isEqualTo(IntStream.range(0, 12).mapToObj(i -> 3 + 5L * i).toList());
        assertThat(numbers(printed, "b", "labSocketFilters"))
                .containsExactly(23L, 24L, 28L, 29L);
        assertThat(last(printed).getInteger("sockets")).isEqualTo(1);
    }

    @Test
    void graphql_ws_hears_nothing_more_of_a_subscription_that_it_completed() throws Exception {
        lab.publish("lab/socket-complete", Lab.readings(0, 10));
        try (var client = Node.start("graphql-ws.mjs", graphQl("complete").put("count", 20)
                .put("payload", new JsonObject().put("query",
                        "subscription { labSocketComplete(from: \"earliest\") { value { n } } }")))) {
            client.await(line -> line.containsKey("stopped"));
            lab.publish("lab/socket-complete", Lab.readings(10, 20));
            var end = last(client.toEnd());
            assertThat(end.getInteger("before")).isBetween(3, 10);
            assertThat(end.getInteger("after")).isZero();
            assertThat(end.getInteger("second")).isEqualTo(20);
        }
    }

    @Test
    void graphql_ws_surfaces_an_invalid_document_as_errors_of_the_operation() throws Exception {
        var errors = last(Node.run("graphql-ws.mjs", graphQl("invalid").put("payload",
                new JsonObject().put("query", "subscription { labSocketValues { nonsense } }"))))
                .getJsonArray("errors");
        assertThat(errors).isNotEmpty();
        assertThat(code(errors)).isEqualTo("GRAPHQL_VALIDATION_FAILED");
    }

    @Test
    void graphql_ws_gets_every_event_exactly_once_though_its_socket_is_cut_again_and_again()
            throws Exception {
        int count = 3000;
        try (var client = Node.start("graphql-ws.mjs", graphQl("resume").put("count", count)
                .put("dropEvery", 400).put("drops", 6).put("query",
                        "subscription($from: String) { labSocketDrop(from: $from) { cursor value { n } } }"))) {
            lab.publish("lab/socket-drop", Lab.readings(0, count), "--rate", "1500");
            var end = last(client.toEnd());
            assertThat(longs(end.getJsonArray("seen"))).isEqualTo(upTo(count));
            assertThat(end.getInteger("connections")).isGreaterThan(end.getInteger("drops"));
            assertThat(end.getInteger("drops")).isBetween(2, 6);
        }
    }

    @Test
    void graphql_ws_is_told_4403_with_a_token_that_is_over() throws Exception {
        var closed = last(Node.run("graphql-ws.mjs", graphQl("refused")
                .put("token", lab.tokenWith(Duration.ofSeconds(-5), "lab.socket-values:read"))
                .put("payload", new JsonObject().put("query",
                        "subscription { labSocketValues { cursor } }"))));
        assertThat(closed.getInteger("code")).isEqualTo(4403);
    }

    // ---- graphql-sse ----

    @Test
    void graphql_sse_gets_a_subscription() throws Exception {
        lab.publish("lab/sse-values", Lab.readings(0, 20));
        var printed = Node.run("graphql-sse.mjs", sse("results", 20, new JsonObject()
                .put("query",
                        "subscription($w: LabSseValuesWhere) { labSseValues(from: \"earliest\", where: $w) { cursor value { n note } } }")
                .put("variables", new JsonObject().put("w",
                        new JsonObject().put("n", new JsonObject().put("gte", 0))))));
        assertThat(numbers(printed, "result", "labSseValues")).isEqualTo(upTo(20));
    }

    @Test
    void graphql_sse_gets_a_query_and_its_end() throws Exception {
        var printed = Node.run("graphql-sse.mjs", sse("results", 2,
                new JsonObject().put("query", "{ labSseValues { contract { owner } } }")));
        assertThat(printed).hasSize(2);
        assertThat(printed.getFirst().getJsonObject("result").getJsonObject("data")
                .getJsonObject("labSseValues").getJsonObject("contract").getString("owner"))
                .isEqualTo("lab@example.com");
        assertThat(last(printed).getBoolean("completed")).isTrue();
    }

    @Test
    void graphql_sse_surfaces_an_invalid_document_as_a_result_and_completes() throws Exception {
        var printed = Node.run("graphql-sse.mjs", sse("results", 2,
                new JsonObject().put("query", "subscription { labSseValues { nonsense } }")));
        assertThat(code(printed.getFirst().getJsonObject("result").getJsonArray("errors")))
                .isEqualTo("GRAPHQL_VALIDATION_FAILED");
        assertThat(printed.getFirst().getJsonObject("result").containsKey("data")).isFalse();
        assertThat(last(printed).getBoolean("completed")).isTrue();
    }

    @Test
    void graphql_sse_is_refused_with_401_without_a_good_token() throws Exception {
        var refused = last(Node.run("graphql-sse.mjs", sse("refused", 1,
                new JsonObject().put("query", "{__typename}")).put("token", "no.such.token")));
        assertThat(refused.getInteger("status")).isEqualTo(401);
    }

    // ---- EventSource ----

    @Test
    void eventsource_reconnects_by_itself_without_loss_or_repetition() throws Exception {
        int count = 1500;
        try (var client = Node.start("eventsource.mjs", new JsonObject().put("fact", "drop")
                .put("token", lab.token())
                .put("url", lab.http("/streams/lab/sse-drop/v1?from=earliest"))
                .put("count", count).put("dropEvery", 400).put("drops", 2))) {
            lab.publish("lab/sse-drop", Lab.readings(0, count), "--rate", "1500");
            var end = last(client.toEnd());
            assertThat(longs(end.getJsonArray("seen"))).isEqualTo(upTo(count));
            assertThat(end.getInteger("ids")).isEqualTo(count);
            assertThat(end.getInteger("drops")).isPositive();
            assertThat(end.getInteger("connections")).isGreaterThan(1);
        }
    }

    @Test
    void eventsource_hears_snapshots_and_changes_under_their_names() throws Exception {
        lab.publish("lab/stations", Lab.stations(40, 100));
        lab.awaitRows("labStations", 40);
        try (var client = Node.start("eventsource.mjs", new JsonObject().put("fact", "names")
                .put("token", lab.token())
                .put("url", lab.http("/streams/lab/stations/v1?snapshot=true")).put("count", 41))) {
            var printed = client.toEnd();
            assertThat(printed.subList(0, 40))
                    .allSatisfy(event -> assertThat(event.getString("name")).isEqualTo("snapshot"));
            assertThat(printed.subList(0, 40))
                    .extracting(event -> event.getJsonObject("data").getString("station"))
                    .doesNotHaveDuplicates();
            assertThat(last(printed).getString("name")).isEqualTo("notice");
            assertThat(printed)
                    .allSatisfy(event -> assertThat(event.getString("id")).isNotEmpty());
        }
    }

    // ---- Apollo ----

    @Test
    void apollo_subscribes_through_its_graphql_ws_link() throws Exception {
        lab.publish("lab/apollo", Lab.readings(0, 10));
        var printed = Node.run("apollo.mjs", graphQl("subscribe").put("url", lab.http("/graphql"))
                .put("count", 10).put("variables", new JsonObject().put("from", "earliest"))
                .put("query",
                        "subscription S($from: String) { labApollo(from: $from) { cursor value { n note } } }"));
        assertThat(printed.stream().map(line -> line.getJsonObject("data")
                .getJsonObject("labApollo").getJsonObject("value").getLong("n")).toList())
                .isEqualTo(upTo(10));
    }

    @Test
    void apollo_queries_over_http() throws Exception {
        var data = last(Node.run("apollo.mjs", graphQl("query").put("url", lab.http("/graphql"))
                .put("query", "query { labApollo { contract { version owner } } }")))
                .getJsonObject("data");
        assertThat(data.getJsonObject("labApollo").getJsonObject("contract").getString("owner"))
                .isEqualTo("lab@example.com");
    }

    // ---- plain WebSocket ----

    @Test
    void a_plain_socket_takes_its_token_and_parameters_in_the_first_message() throws Exception {
        lab.publish("lab/position", Lab.readings(0, 30));
        var printed = Node.run("plain.mjs",
                plain("first", "position").put("protocol", "tidegate.v1")
                        .put("count", 6).put("parameters", new JsonObject()
                                .put("filter", "event.station == 'S2'")
                                .put("fields", "n,station")));
        var first = printed.getFirst();
        assertThat(first.getString("protocol")).isEqualTo("tidegate.v1");
        assertThat(first.getJsonObject("message").fieldNames())
                .containsExactly("cursor", "op", "key", "time", "value");
        assertThat(printed.subList(0, 6))
                .extracting(line -> line.getJsonObject("message").getJsonObject("value").encode())
                .startsWith("{\"n\":2,\"station\":\"S2\"}", "{\"n\":7,\"station\":\"S2\"}");
    }

    @Test
    void a_plain_socket_speaks_cloud_events() throws Exception {
        lab.publish("lab/position", Lab.readings(0, 30));
        var printed = Node.run("plain.mjs", plain("first", "position")
                .put("protocol", "cloudevents.json").put("count", 3));
        var events = printed.subList(0, 3).stream().map(line -> line.getJsonObject("message"))
                .toList();
        assertThat(printed.getFirst().getString("protocol")).isEqualTo("cloudevents.json");
        for (int n = 0; n < 3; n++) {
            var event = events.get(n);
            assertThat(event.getString("specversion")).isEqualTo("1.0");
            assertThat(event.getString("id")).isNotEmpty();
            assertThat(event.getString("source")).endsWith("/streams/lab/position/v1");
            assertThat(event.getString("type")).isEqualTo("lab.position.v1.upsert");
            assertThat(event.getString("datacontenttype")).isEqualTo("application/json");
            assertThat(event.getJsonObject("data").getLong("n")).isEqualTo(n);
        }
    }

    @Test
    void a_plain_socket_can_be_paused_filtered_and_given_a_fresh_token() throws Exception {
        lab.publish("lab/plain", Lab.readings(0, 20));
        var own = Map.of("client_id", "partner-a", "sub", "partner-a");
        var other = Map.of("client_id", "partner-b", "sub", "partner-b");
        var scopes = List.of("lab.plain:read");
        try (var client = Node.start("plain.mjs", new JsonObject().put("fact", "talk")
                .put("url", lab.socket("/streams/lab/plain/v1?from=earliest"))
                .put("token", lab.tokenWith(Duration.ofMinutes(5), own, scopes))
                .put("fresh", lab.tokenWith(Duration.ofMinutes(9), own, scopes))
                .put("foreign", lab.tokenWith(Duration.ofMinutes(9), other, scopes)))) {
            client.await(line -> "more".equals(line.getString("publish")));
            lab.publish("lab/plain", Lab.readings(20, 40));
            assertThat(client.await(line -> line.containsKey("during")).getInteger("during"))
                    .isZero();
            client.await(line -> "filtered".equals(line.getString("publish")));
            lab.publish("lab/plain", Lab.readings(40, 60));
            var numbers = client.toEnd().stream().filter(line -> line.containsKey("n"))
                    .map(line -> line.getLong("n")).toList();
            assertThat(numbers).isEqualTo(Stream.concat(upTo(40).stream(),
                    Stream.of(41L, 46L, 51L, 56L)).toList());
        }
    }

    @Test
    void a_plain_socket_without_a_token_is_closed() throws Exception {
        assertThat(closing("{\"from\":\"latest\"}", false).getInteger("code")).isEqualTo(4401);
        assertThat(closing("[]", false).getInteger("code")).isEqualTo(4400);
        assertThat(closing("{\"token\":\"no.such.token\"}", false).getInteger("code"))
                .isEqualTo(4403);
        assertThat(closing("nonsense", true).getInteger("code")).isEqualTo(4400);
        assertThat(closing(null, false).getInteger("code")).isEqualTo(4408);
    }

    private JsonObject closing(String message, boolean withToken) throws Exception {
        var input = plain("until_closed", "position").put("protocol", "tidegate.v1")
                .put("withToken", withToken);
        if (message != null) {
            input.put("send", message);
        }
        return last(Node.run("plain.mjs", input));
    }

    @Test
    void streams_end_with_4403_within_a_second_of_the_end_of_their_token() throws Exception {
        long begun = System.nanoTime();
        var left = Duration.ofSeconds(4);
        var token = lab.tokenWith(left, "lab.expiry:read");
        try (var plain = Node.start("plain.mjs", plain("until_closed", "expiry")
                .put("token", token).put("protocol", "tidegate.v1").put("withToken", true))) {
            var refused = last(Node.run("graphql-ws.mjs", graphQl("refused").put("token", token)
                    .put("payload", new JsonObject().put("query",
                            "subscription { labExpiry { cursor } }"))));
            // The token's times are whole seconds.
            var took = Duration.ofNanos(System.nanoTime() - begun);
            assertThat(refused.getInteger("code")).isEqualTo(4403);
            assertThat(took).isBetween(left.minusSeconds(1), left.plusMillis(2500));
            var end = last(plain.toEnd());
            assertThat(end.getInteger("code")).isEqualTo(4403);
            assertThat(end.getJsonArray("inbox").getJsonObject(0).getJsonObject("notice")
                    .getString("code")).isEqualTo("token-expiring");
            assertThat(end.getJsonArray("inbox").getJsonObject(1).getJsonObject("end")
                    .getString("reason")).isEqualTo("token-expired");
        }
    }

    // ---- helpers ----

    private JsonObject graphQl(String fact) {
        return new JsonObject().put("fact", fact).put("url", lab.socket("/graphql")).put("token",
                lab.token());
    }

    private JsonObject sse(String fact, int count, JsonObject payload) {
        return new JsonObject().put("fact", fact).put("url", lab.http("/graphql"))
                .put("token", lab.token()).put("count", count).put("payload", payload);
    }

    private JsonObject plain(String fact, String product) {
        return new JsonObject().put("fact", fact).put("token", lab.token())
                .put("url", lab.socket("/streams/lab/" + product + "/v1"));
    }

    private static JsonObject filtered(String where) {
        return new JsonObject().put("query",
                "subscription { labSocketFilters(from: \"earliest\", where: " + where
                        + ") { value { n } } }");
    }

    private static List<Long> numbers(List<JsonObject> printed, String kind, String root) {
        return printed.stream().filter(line -> line.containsKey(kind))
                .map(line -> line.getJsonObject(kind).getJsonObject("data").getJsonObject(root)
                        .getJsonObject("value").getLong("n"))
                .toList();
    }

    private static String code(JsonArray errors) {
        return errors.getJsonObject(0).getJsonObject("extensions").getString("code");
    }

    private static JsonObject last(List<JsonObject> printed) {
        return printed.getLast();
    }

    private static List<Long> longs(JsonArray array) {
        return array.stream().map(each -> Long.parseLong(each.toString())).toList();
    }

    static List<Long> upTo(int count) {
        return IntStream.range(0, count).mapToObj(Long::valueOf).toList();
    }
}
