package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** GraphQL over HTTP as its specification has it, and what pages and positions promise. */
class GraphQlHttpIT {
    private static final String RESPONSE = "application/graphql-response+json";
    private static final String JSON = "application/json";

    private final Sandboxed lab = Sandboxed.lab();

    @Test
    void passes_every_audit_of_graphql_http() throws Exception {
        var audits = Node.run("audits.mjs", new JsonObject().put("fact", "audit")
                .put("token", lab.token()).put("url", lab.http("/graphql")));
        assertThat(audits).as("all that there are").hasSize(61);
        assertThat(audits).filteredOn(audit -> audit.getString("name").contains("GET"))
                .as("audits of GET").hasSize(4);
        assertThat(audits).filteredOn(audit -> !"ok".equals(audit.getString("status")))
                .as("audits that are not passed").isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "*/*                                                           | application/json",
            "application/json                                              | application/json",
            "application/graphql-response+json                             | application/graphql-response+json",
            "application/json, application/graphql-response+json;q=0.5     | application/json",
            "application/json;q=0.5, application/graphql-response+json     | application/graphql-response+json",
            "application/graphql-response+json, application/json;q=0.9     | application/graphql-response+json",
            "application/graphql-response+json; charset=utf-8, */*;q=0.1   | application/graphql-response+json",
            "text/html, application/*;q=0.8                                | application/json"})
    void answers_in_the_form_that_is_preferred(String accept, String type) throws Exception {
        var answer = post(accept, JSON, "{\"query\":\"{__typename}\"}");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("content-type")).contains(type + "; charset=utf-8");
        assertThat(answer.body()).isEqualTo("{\"data\":{\"__typename\":\"Query\"}}");
    }

    @Test
    void answers_406_where_no_form_is_acceptable() throws Exception {
        assertThat(post("text/html", JSON, "{\"query\":\"{__typename}\"}").statusCode())
                .isEqualTo(406);
        assertThat(post(RESPONSE, JSON, "{\"query\":\"subscription{labApollo{cursor}}\"}")
                .statusCode()).isEqualTo(406);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/x-www-form-urlencoded",
            "application/json; charset=iso-8859-1", "multipart/form-data; boundary=x",
            "application/graphql"})
    void answers_415_to_another_content_type(String type) throws Exception {
        assertThat(post(RESPONSE, type, "{\"query\":\"{__typename}\"}").statusCode())
                .isEqualTo(415);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "7", "null", "\"{__typename}\"", "{}",
            "{\"query\":7}", "{\"query\":\"{__typename}\",\"variables\":7}",
            "{\"query\":\"{__typename}\",\"operationName\":7}",
            "{\"query\":\"{__typename}\",\"extensions\":7}", "{\"query\":\"{__typename}\"} x",
            "{\"query\":\"{__typename}\",\"variables\":{\"a\":[\"\\ud83d\"]}}",
            "{\"query\":\"{__typename}\",\"variables\":{\"a\":{\"\\ude00\":1}}}"})
    void answers_400_to_what_is_no_graphql_request(String body) throws Exception {
        for (String accept : List.of(RESPONSE, JSON)) {
            var answer = post(accept, JSON, body);
            assertThat(answer.statusCode()).as(accept).isEqualTo(400);
            var json = new JsonObject(answer.body());
            assertThat(json.fieldNames()).as("no data at all").containsExactly("errors");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "{                                       | GRAPHQL_PARSE_FAILED",
            "{ nonsense }                            | GRAPHQL_VALIDATION_FAILED",
            "query A {__typename} query B {__typename} | GRAPHQL_VALIDATION_FAILED",
            "query($n: Int!) { labStations { items(first: $n) { totalCount } } } | BAD_VARIABLE"})
    void tells_a_failed_request_by_status_only_in_the_new_form(String document, String code)
            throws Exception {
        String body = new JsonObject().put("query", document).encode();
        var told = post(RESPONSE, JSON, body);
        assertThat(told.statusCode()).isEqualTo(400);
        var legacy = post(JSON, JSON, body);
        assertThat(legacy.statusCode()).isEqualTo(200);
        for (var answer : List.of(told, legacy)) {
            var json = new JsonObject(answer.body());
            assertThat(json.fieldNames()).containsExactly("errors");
            assertThat(json.getJsonArray("errors").getJsonObject(0).getJsonObject("extensions")
                    .getString("code")).isEqualTo(code);
        }
    }

    @Test
    void answers_get_and_treats_an_empty_parameter_as_absent() throws Exception {
        var answer = get(
                "/graphql?query=" + encoded("query A($x: Boolean!) { __typename @include(if: $x) }")
                        + "&operationName=&variables=" + encoded("{\"x\":true}") + "&extensions=");
        assertThat(answer.body()).isEqualTo("{\"data\":{\"__typename\":\"Query\"}}");
        assertThat(get("/graphql").statusCode()).isEqualTo(400);
        assertThat(get("/graphql?query=").statusCode()).isEqualTo(400);
        assertThat(get("/graphql?query=%7B__typename%7D&variables=%7B").statusCode())
                .isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "DELETE", "PATCH"})
    void answers_405_and_says_what_is_allowed(String method) throws Exception {
        var answer = Sandboxed.HTTP.send(
                lab.request("/graphql").method(method, BodyPublishers.ofString("{}")).build(),
                BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("allow")).contains("GET, POST");
    }

    @Test
    void says_when_to_ask_again_once_the_plan_has_nothing_left_for_queries() throws Exception {
        var frugal = lab.tokenWith(Duration.ofMinutes(5), Map.of("sub", "frugal"),
                List.of("data-board:few"));
        // 806 of the 1000 a minute that the plan has.
        var query = new JsonObject().put("query", "{labDataBoard{" + IntStream.range(0, 7)
                .mapToObj(i -> "a" + i + ":aggregate(groupBy:[status]){count}")
                .collect(Collectors.joining(" ")) + "}}").encode();
        var request = HttpRequest.newBuilder(URI.create(lab.http("/graphql")))
                .header("Authorization", "Bearer " + frugal).header("Accept", RESPONSE)
                .header("Content-Type", JSON).POST(BodyPublishers.ofString(query)).build();

        var first = Sandboxed.HTTP.send(request, BodyHandlers.ofString());
        var second = Sandboxed.HTTP.send(request, BodyHandlers.ofString());

        assertThat(first.statusCode()).as(first.body()).isEqualTo(200);
        assertThat(second.statusCode()).as(second.body()).isEqualTo(429);
        assertThat(second.headers().firstValue("retry-after")).contains(
                new JsonObject(second.body()).getJsonArray("errors").getJsonObject(0)
                        .getJsonObject("extensions").getValue("retryAfter").toString());
    }

    @Test
    void ignores_members_that_it_does_not_know() throws Exception {
        var answer = post(RESPONSE, JSON,
                "{\"query\":\"{__typename}\",\"initialValue\":{\"a\":1},\"id\":\"x\",\"variables\":null}");
        assertThat(answer.statusCode()).isEqualTo(200);
    }

    @Test
    void answers_413_to_a_body_that_is_too_long() throws Exception {
        var answer = post(RESPONSE, JSON,
                "{\"query\":\"{__typename}\",\"x\":\"" + "x".repeat(2 << 20) + "\"}");
        assertThat(answer.statusCode()).isEqualTo(413);
    }

    @Test
    void answers_401_with_a_challenge_that_says_what_is_missing() throws Exception {
        for (String path : List.of("/graphql", "/streams/lab/stations/v1")) {
            var none = unauthorized(path, null);
            assertThat(none.statusCode()).isEqualTo(401);
            assertThat(none.headers().firstValue("www-authenticate")).get().asString()
                    .startsWith("Bearer").doesNotContain("error=");
            assertThat(none.headers().firstValue("content-type"))
                    .contains("application/problem+json");
            var wrong = unauthorized(path, "Bearer no.such.token");
            assertThat(wrong.statusCode()).isEqualTo(401);
            assertThat(wrong.headers().firstValue("www-authenticate")).get().asString()
                    .contains("error=\"invalid_token\"");
            assertThat(unauthorized(path, "Basic eDp5").statusCode()).isEqualTo(401);
            var over = unauthorized(path, "Bearer "
                    + lab.tokenWith(Duration.ofSeconds(-5), "lab.stations:read"));
            assertThat(over.statusCode()).isEqualTo(401);
            assertThat(new JsonObject(over.body()).getString("type")).endsWith("token-expired");
        }
    }

    @Test
    void names_no_product_to_a_token_that_does_not_open_it() throws Exception {
        var token = lab.tokenWith(Duration.ofMinutes(1), "lab.apollo:read");
        var hidden = unauthorized("/streams/lab/stations/v1", "Bearer " + token);
        var absent = unauthorized("/streams/lab/no-such-thing/v1", "Bearer " + token);
        assertThat(hidden.statusCode()).isEqualTo(absent.statusCode());
        assertThat(hidden.body().replace("stations", "")).isEqualTo(
                absent.body().replace("no-such-thing", ""));
    }

    // ---- pages ----

    @Test
    void pages_through_all_rows_forwards_and_backwards() throws Exception {
        lab.publish("lab/pages", Lab.stations(103, 100));
        lab.awaitRows("labPages", 103);
        var forwards = new ArrayList<String>();
        String after = null;
        boolean hasMore = true;
        while (hasMore) {
            var page = page("first: 10, after: $at", after);
            names(page, forwards);
            hasMore = page.getJsonObject("pageInfo").getBoolean("hasNextPage");
            after = page.getJsonObject("pageInfo").getString("endCursor");
            assertThat(Sandboxed.whole(page, "totalCount")).isEqualTo(103);
        }
        assertThat(forwards).hasSize(103).doesNotHaveDuplicates();
        var altitudes = forwards.stream().map(name -> Integer.parseInt(name.substring(3)) % 7)
                .toList();
        assertThat(altitudes).isSorted();

        var backwards = new ArrayList<String>();
        String before = null;
        hasMore = true;
        while (hasMore) {
            var page = page("last: 10, before: $at", before);
            var names = new ArrayList<String>();
            names(page, names);
            backwards.addAll(0, names);
            hasMore = page.getJsonObject("pageInfo").getBoolean("hasPreviousPage");
            before = page.getJsonObject("pageInfo").getString("startCursor");
        }
        assertThat(backwards).isEqualTo(forwards);
    }

    private JsonObject page(String arguments, String at) throws Exception {
        var variables = new java.util.HashMap<String, Object>();
        variables.put("at", at);
        var answer = lab.graphQl("query($at: String) { labPages { items("
                + arguments + ", orderBy: [{field: altitude, direction: ASC}]) { totalCount"
                + " edges { cursor node { station } }"
                + " pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }",
                variables);
        assertThat(answer.containsKey("errors")).as(answer.encode()).isFalse();
        return answer.getJsonObject("data").getJsonObject("labPages").getJsonObject("items");
    }

    private static void names(JsonObject page, List<String> into) {
        page.getJsonArray("edges").forEach(edge -> into
                .add(((JsonObject) edge).getJsonObject("node").getString("station")));
    }

    @Test
    void goes_on_from_a_query_s_position_without_gap_or_repetition() throws Exception {
        // Rows are written all the while: whatever the query does not have, the stream must, and nothing twice.
        var writer = new Thread(() -> {
            try {
                lab.publish("lab/handover", Lab.stations(2000, 100), "--rate", "2000");
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        writer.start();
        JsonObject product;
        do {
            var answer = lab.graphQl(
                    "{ labHandover { position items(first: 500) { totalCount } } }",
                    Map.of());
            product = answer.getJsonObject("data").getJsonObject("labHandover");
        } while (Sandboxed.whole(product.getJsonObject("items"), "totalCount") < 200);
        var known = lab.graphQl(
                "{ labHandover { position items(first: 1000) { totalCount edges { node { station } } } } }",
                Map.of()).getJsonObject("data").getJsonObject("labHandover");
        var names = new ArrayList<String>();
        names(known.getJsonObject("items"), names);
        assertThat(names).hasSize(
                (int) Math.min(1000, Sandboxed.whole(known.getJsonObject("items"), "totalCount")));
        int rest = 2000 - (int) Sandboxed.whole(known.getJsonObject("items"), "totalCount");
        var streamed = new ArrayList<String>();
        if (rest > 0) {
            try (var lines = Sandboxed.HTTP.send(lab.request("/streams/lab/handover/v1?from="
                    + encoded(known.getString("position")))
                    .header("Accept", "application/x-ndjson").build(), BodyHandlers.ofLines())
                    .body()) {
                lines.limit(rest).forEach(line -> streamed.add(
                        new JsonObject(line).getJsonObject("value").getString("station")));
            }
        }
        writer.join();
        assertThat(names.size() + streamed.size()).isGreaterThanOrEqualTo(1000);
        var both = new HashSet<>(names);
        both.retainAll(streamed);
        assertThat(both).as("told twice").isEmpty();
        if (Sandboxed.whole(known.getJsonObject("items"), "totalCount") <= 1000) {
            var all = new TreeSet<>(names);
            all.addAll(streamed);
            assertThat(all).hasSize(2000);
        }
        assertThat(new LinkedHashSet<>(streamed)).hasSize(streamed.size());
    }

    // ---- helpers ----

    private HttpResponse<String> post(String accept, String type, String body) throws Exception {
        return Sandboxed.HTTP.send(lab.request("/graphql").header("Accept", accept)
                .header("Content-Type", type).POST(BodyPublishers.ofString(body)).build(),
                BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path) throws Exception {
        return Sandboxed.HTTP.send(lab.request(path).header("Accept", RESPONSE).build(),
                BodyHandlers.ofString());
    }

    private HttpResponse<String> unauthorized(String path, String authorization) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(lab.http(path)))
                .timeout(Duration.ofSeconds(10));
        if (authorization != null) {
            request.header("Authorization", authorization);
        }
        return Sandboxed.HTTP.send(request.build(), BodyHandlers.ofString());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
