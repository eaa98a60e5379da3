package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Subscriptions that follow relations, as the clients that partners use get them. */
class RelatedStreamsIT {
    private static final String PEOPLE = """
            domain: post
            product: people
            version: "1.0"
            owner: post@example.com
            sla: {freshness: 10s}
            schema: {type: json}
            fields:
              - {name: id, type: string, required: true}
              - {name: town, type: string, required: true}
              - {name: phone, type: string}
            stream: {topics: [post.people.v1.changed], key: [id]}
            view: {history: 1d}
            access:
              - {scope: "post.people:read"}
              - {scope: "people:oslo", rows: "event.town == 'Oslo'", mask: {phone: %s}}
            """;
    private static final String PARCELS = """
            domain: post
            product: parcels
            version: "1.0"
            owner: post@example.com
            sla: {freshness: 10s}
            schema: {type: json}
            fields:
              - {name: no, type: string, required: true}
              - {name: person_id, type: string}
            stream: {topics: [post.parcels.v1.changed], key: [no]}
            view: {history: 1d}
            relations:
              - {name: person, to: post/people/v1, by: {person_id: id}, inverse: parcels}
            """;

    private static Sandboxed lab;

    @BeforeAll
    static void start() throws Exception {
        lab = Sandboxed.of(Map.of("people.yaml", PEOPLE.formatted("redact"), "parcels.yaml",
                PARCELS), ignored -> {
                });
        lab.publish("post/people", IntStream.range(0, 10).mapToObj(n -> new JsonObject()
                .put("id", "p" + n).put("town", n % 2 == 0 ? "Oslo" : "Rome")
                .put("phone", "0" + n).encode()).toList());
        lab.awaitRows("postPeople", 10);
        // The last of each dozen is for nobody that there is, and the one before for nobody at all.
        lab.publish("post/parcels", IntStream.range(0, 24).mapToObj(n -> new JsonObject()
                .put("no", "n%02d".formatted(n))
                .put("person_id", n % 12 == 11 ? "stranger" : n % 12 == 10 ? null : "p" + n % 12)
                .encode()).toList());
        lab.awaitRows("postParcels", 24);
    }

    @AfterAll
    static void end() {
        lab.close();
    }

    private static List<JsonObject> overSocket(String token, int count, String query)
            throws Exception {
        return Node.run("graphql-ws.mjs", new JsonObject().put("fact", "values")
                .put("url", lab.socket("/graphql")).put("token", token).put("count", count)
                .put("payload", new JsonObject().put("query", query))).stream()
                .map(line -> line.getJsonObject("event")).toList();
    }

    private static List<JsonObject> overSse(String token, int count, String query)
            throws Exception {
        var printed = Node.run("graphql-sse.mjs", new JsonObject().put("fact", "results")
                .put("url", lab.http("/graphql")).put("token", token).put("count", count)
                .put("payload", new JsonObject().put("query", query)));
        return printed.subList(0, count).stream().map(line -> line.getJsonObject("result"))
                .toList();
    }

    private static List<String> data(List<JsonObject> results, String root) {
        return results.stream().peek(result -> assertThat(result.getValue("errors")).isNull())
                .map(result -> result.getJsonObject("data").getJsonObject(root)
                        .getJsonObject("value").encode())
                // Of several partitions, in whatever order.
                .sorted().toList();
    }

    private static String parcel(int n, String person) {
        return "{\"no\":\"n%02d\",\"person\":%s}".formatted(n, person);
    }

    private static String person(int n) {
        return "{\"id\":\"p%d\",\"town\":\"%s\"}".formatted(n, n % 2 == 0 ? "Oslo" : "Rome");
    }

    private static final String FOLLOWED = "subscription { postParcels(from: \"earliest\") { cursor"
            + " op value { no person { id town } } } }";

    private static List<String> expected() {
        return IntStream.range(0, 24)
                .mapToObj(n -> parcel(n, n % 12 > 9 ? "null" : person(n % 12))).toList();
    }

    @Test
    void each_event_leads_to_the_row_that_it_names_over_graphql_ws() throws Exception {
        assertThat(data(overSocket(lab.token(), 24, FOLLOWED), "postParcels"))
                .isEqualTo(expected());
    }

    @Test
    void likewise_over_graphql_sse() throws Exception {
        assertThat(data(overSse(lab.token(), 24, FOLLOWED), "postParcels"))
                .isEqualTo(expected());
    }

    @Test
    void an_event_leads_back_to_a_page_of_all_that_name_it() throws Exception {
        var values = data(overSocket(lab.token(), 10, """
                subscription { postPeople(from: "earliest") { value { id
                  parcels(first: 1, orderBy: {field: no, direction: DESC}) {
                    totalCount nodes { no person { town } } } } } }"""), "postPeople");

        for (int n = 0; n < 10; n++) {
            assertThat(values.get(n))
                    .isEqualTo(("{\"id\":\"p%d\",\"parcels\":{\"totalCount\":\"2\","
                            + "\"nodes\":[{\"no\":\"n%d\",\"person\":{\"town\":\"%s\"}}]}}")
                            .formatted(n,
                                    n + 12, n % 2 == 0 ? "Oslo" : "Rome"));
        }
    }

    @Test
    void each_token_gets_what_it_may_see_of_the_other_product() throws Exception {
        var some = lab.tokenWith(Duration.ofMinutes(10), "post.parcels:read", "people:oslo");
        var query = "subscription { postParcels(from: \"earliest\") { value { no person { id phone"
                + " } } } }";
        var all = data(overSocket(lab.token(), 24, query), "postParcels");
        var seen = data(overSocket(some, 24, query), "postParcels");

        assertThat(all.get(1)).isEqualTo(parcel(1, "{\"id\":\"p1\",\"phone\":\"01\"}"));
        assertThat(seen.get(1)).as("another town").isEqualTo(parcel(1, "null"));
        assertThat(all.get(2)).isEqualTo(parcel(2, "{\"id\":\"p2\",\"phone\":\"02\"}"));
        assertThat(seen.get(2)).contains("\"id\":\"p2\"").doesNotContain("02\"}");
        assertThat(seen.get(11)).isEqualTo(parcel(11, "null"));
    }

    @Test
    void a_token_that_does_not_open_the_other_product_has_no_such_field() throws Exception {
        var told = overSse(lab.tokenWith(Duration.ofMinutes(10), "post.parcels:read"), 1,
                FOLLOWED).getFirst();
        assertThat(told.getJsonArray("errors").getJsonObject(0).getJsonObject("extensions")
                .getString("code")).isEqualTo("GRAPHQL_VALIDATION_FAILED");
    }

    @Test
    void a_cursor_goes_on_with_the_next_event() throws Exception {
        var first = overSocket(lab.token(), 5, FOLLOWED);
        var cursor = first.getLast().getJsonObject("data").getJsonObject("postParcels")
                .getString("cursor");
        var rest = overSse(lab.token(), 19,
                FOLLOWED.replace("\"earliest\"", "\"" + cursor + "\""));

        assertThat(Stream.concat(data(first, "postParcels").stream(),
                data(rest, "postParcels").stream()).sorted().toList()).isEqualTo(expected());
    }

    @Test
    void a_snapshot_leads_on_too() throws Exception {
        var rows = overSocket(lab.token(), 24, "subscription { postParcels(snapshot: true) { op"
                + " value { no person { id town } } } }");

        assertThat(rows).allMatch(row -> row.getJsonObject("data").getJsonObject("postParcels")
                .getString("op").equals("SNAPSHOT"));
        assertThat(data(rows, "postParcels")).isEqualTo(expected());
    }

    @Test
    void a_change_of_what_may_be_seen_of_the_other_product_ends_the_stream() throws Exception {
        var some = lab.tokenWith(Duration.ofMinutes(10), "post.parcels:read", "people:oslo");
        try (var client = Node.start("graphql-ws.mjs", new JsonObject().put("fact", "told")
                .put("url", lab.socket("/graphql")).put("token", some)
                .put("payload", new JsonObject().put("query", FOLLOWED)))) {
            client.await(line -> line.containsKey("first"));
            Files.writeString(lab.contracts().resolve("people.yaml"), PEOPLE.formatted("hide"));
            JsonArray errors = client.await(line -> line.containsKey("errors"))
                    .getJsonArray("errors");
            var told = errors.getJsonObject(0).getJsonObject("extensions");

            assertThat(told.getString("code")).isEqualTo("CONTRACT_CHANGED");
            assertThat(told.getString("cursor")).isNotEmpty();
            client.toEnd();
        } finally {
            Files.writeString(lab.contracts().resolve("people.yaml"), PEOPLE.formatted("redact"));
        }
    }
}
