package io.tidegate.gateway.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.ContractReader;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.gateway.access.AccessRules;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.access.Masker;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.HandFeed;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.http.QueryAccount;
import io.tidegate.gateway.limit.Limits;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.quality.Quality;
import io.tidegate.gateway.view.DuckDbViewStore;
import io.tidegate.gateway.view.View;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.Row;
import io.tidegate.schema.WriterSchemas;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Figures, history and conditions as an analyst asks for them, answered by a real store. */
class AnalystQueriesTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final String ORDERS = """
            domain: sales
            product: orders
            version: "1.0"
            owner: team@example.com
            sla: {freshness: 30s}
            schema: {type: avro}
            fields:
              - {name: id, type: string, required: true}
              - {name: region, type: enum, values: [north, south], required: true}
              - {name: pieces, type: int, required: true}
              - {name: price, type: decimal}
              - {name: weight, type: double}
              - {name: at, type: timestamp, required: true}
              - {name: tags, type: array, items: {type: string}}
              - {name: email, type: string, required: true, pii: true}
            stream: {topics: [t], key: [id], eventTime: at}
            view: {history: 3650d}
            access:
              - {scope: "all", open: [email]}
              - {scope: "masked", mask: {email: hash, price: redact}}
              - {scope: "north", rows: "event.region == 'north'"}
            """;

    private static DuckDbViewStore store;
    private static View view;
    private static LiveProduct product;
    private static GraphQlEngine engine;

    @BeforeAll
    static void open() {
        var schema = ProductSchemas.resolve(
                ContractReader.read("contract.yaml", ORDERS).product().orElseThrow(), path -> {
                    throw new IOException("no files");
                }, RegistryLookup.none(), WriterSchemas.none()).schema().orElseThrow();
        store = DuckDbViewStore.inMemory(DuckDbViewStore.Limits.defaults(), Clock.systemUTC());
        view = store.open(schema);
        var rows = new ArrayList<Event>();
        add(rows, schema.rowType(), null, "a", "south", 1, "1.50", 1.0, "2025-12-30T22:59:59Z",
                "cold");
        add(rows, schema.rowType(), rows.getFirst().value(), "a", "north", 2, "1.50", 1.0,
                "2025-12-30T23:00:00Z", "cold");
        add(rows, schema.rowType(), null, "b", "north", 4, "2.25", 3.0, "2025-12-31T12:00:00Z",
                "cold", "fragile");
        add(rows, schema.rowType(), null, "c", "south", 8, null, null, "2025-12-31T12:00:01Z");
        view.parts().getFirst().apply(rows, position(rows.size()));
        product = new LiveProduct(schema, ProductApi.of(schema), AccessRules.of(schema),
                new HandFeed(schema, 1, new FeedBounds(16, 1 << 20, 0)).feed(),
                Optional.of(view), new Quality(schema));
        var catalog = new Catalog(List.of(product));
        engine = new GraphQlEngine(() -> catalog, new Masker(new byte[32]), GraphQlLimits.DEFAULT,
                Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private static void add(List<Event> rows, io.tidegate.schema.RecordType type, Row previous,
            String id, String region, int pieces, String price, Double weight, String at,
            String... tags) {
        var values = new Object[type.fields().size()];
        Object[] given = {id, region, pieces, price == null ? null : new BigDecimal(price), weight,
                Instant.parse(at), Arrays.asList(tags), id + "@example.com"};
        System.arraycopy(given, 0, values, 0, given.length);
        rows.add(new Event(0, rows.size(), 0, Op.UPSERT, List.of(id), Instant.parse(at),
                new Row(type, values), previous));
    }

    private static Position position(long next) {
        return new Position(List.of(new Position.Slot("t", "id-1", 0, next, 0)));
    }

    private static String cursor(long next) {
        return product.feed().cursors().write(product.id(), position(next));
    }

    @AfterAll
    static void close() {
        view.close();
        store.close();
    }

    private static JsonObject run(String scope, String query, Map<String, Object> variables) {
        var caller = new Caller("ann", "ann", Set.of(scope), Map.of(), NOW.plusSeconds(60));
        return switch (engine.answer(caller,
                new GraphQlRequest(query, Optional.empty(), variables), new QueryAccount(caller,
                        name -> Plan.GOLD, new Limits(System::nanoTime)))) {
            case Answer.Executed(var response) -> new JsonObject(Buffer.buffer(response));
            case Answer.Invalid(var code, var errors) ->
                new JsonObject().put("errors", new JsonArray(List.copyOf(errors)));
            case Answer.Subscribe ignored -> throw new AssertionError("a subscription");
        };
    }

    /** What the product's root field holds. */
    private static String ask(String scope, String selection) {
        var answer = run(scope, "{salesOrders{" + selection + "}}", Map.of());
        assertThat(answer.getJsonArray("errors")).as("%s", answer).isNull();
        return answer.getJsonObject("data").getJsonObject("salesOrders").encode();
    }

    private static String error(String scope, String selection) {
        var error = run(scope, "{salesOrders{" + selection + "}}", Map.of())
                .getJsonArray("errors").getJsonObject(0);
        return error.getJsonObject("extensions").getString("code") + " "
                + error.getString("message");
    }

    @Test
    void all_rows_are_one_group_with_every_figure() {
        assertThat(ask("all",
                "aggregate{bucket count countDistinct{region price} sum{pieces price weight}"
                        + " avg{pieces} min{at region} max{price id} p0:percentile(p:0){pieces}"
                        + " median:percentile(p:0.5){pieces weight} group{region}}"))
                .isEqualTo(
                        "{\"aggregate\":[{\"bucket\":null,\"count\":\"3\",\"countDistinct\":{\"region\":\"2\",\"price\":\"2\"},"
                                + "\"sum\":{\"pieces\":\"14\",\"price\":\"3.75\",\"weight\":4.0},"
                                + "\"avg\":{\"pieces\":4.666666666666667},"
                                + "\"min\":{\"at\":\"2025-12-30T23:00:00Z\",\"region\":\"north\"},"
                                + "\"max\":{\"price\":\"2.25\",\"id\":\"c\"},\"p0\":{\"pieces\":2.0},"
                                + "\"median\":{\"pieces\":4.0,\"weight\":2.0},\"group\":{\"region\":null}}]}");
    }

    @Test
    void groups_follow_fields_and_the_calendar_of_a_zone() {
        assertThat(ask("all",
                "aggregate(groupBy:[region],bucket:{unit:DAY,timeZone:\"Europe/Berlin\","
                        + "field:\"at\"},orderBy:[{bucket:ASC},{measure:SUM,field:pieces,direction:DESC}])"
                        + "{bucket group{region} count}"))
                .isEqualTo(
                        "{\"aggregate\":[{\"bucket\":\"2025-12-30T23:00:00Z\",\"group\":{\"region\":\"south\"},\"count\":\"1\"},"
                                + "{\"bucket\":\"2025-12-30T23:00:00Z\",\"group\":{\"region\":\"north\"},\"count\":\"2\"}]}");
        assertThat(ask("all", "aggregate(bucket:{unit:DAY}){bucket sum{pieces}}")).isEqualTo(
                "{\"aggregate\":[{\"bucket\":\"2025-12-30T00:00:00Z\",\"sum\":{\"pieces\":\"2\"}},"
                        + "{\"bucket\":\"2025-12-31T00:00:00Z\",\"sum\":{\"pieces\":\"12\"}}]}");
    }

    @Test
    void conditions_choose_rows_before_and_groups_after() {
        assertThat(ask("all",
                "aggregate(where:{pieces:{gt:2}},groupBy:[region],having:[{measure:MAX,"
                        + "field:pieces,lt:8}]){group{region} count}"))
                .isEqualTo(
                        "{\"aggregate\":[{\"group\":{\"region\":\"north\"},\"count\":\"1\"}]}");
        assertThat(
                ask("all", "aggregate(groupBy:[region],having:[{measure:COUNT,gte:\"2\"}]){count}"))
                .isEqualTo("{\"aggregate\":[{\"count\":\"2\"}]}");
    }

    @Test
    void pages_of_groups_go_on_behind_a_cursor() {
        var first = new JsonObject(ask("all",
                "aggregate(groupBy:[id],first:2,orderBy:[{group:id,direction:DESC}]){group{id} cursor}"))
                .getJsonArray("aggregate");

        assertThat(first).hasSize(2);
        var cursor = first.getJsonObject(1).getString("cursor");
        assertThat(ask("all",
                "aggregate(groupBy:[id],first:2,orderBy:[{group:id,direction:DESC}],after:\""
                        + cursor + "\"){group{id}}"))
                .isEqualTo("{\"aggregate\":[{\"group\":{\"id\":\"a\"}}]}");
        assertThat(error("all", "aggregate(groupBy:[region],after:\"" + cursor + "\"){count}"))
                .startsWith("CURSOR_MALFORMED ");
    }

    @Test
    void the_rows_of_the_caller_alone_are_counted() {
        assertThat(ask("north", "aggregate{count max{pieces}}"))
                .isEqualTo("{\"aggregate\":[{\"count\":\"2\",\"max\":{\"pieces\":4}}]}");
        assertThat(ask("north", "aggregate(groupBy:[region]){group{region}}"))
                .isEqualTo("{\"aggregate\":[{\"group\":{\"region\":\"north\"}}]}");
    }

    @Test
    void history_is_told_as_a_stream_would_tell_it() {
        assertThat(ask("all", "events(key:{id:\"a\"}){nodes{op time key{id} value{region}"
                + " previous{region}}}"))
                .isEqualTo(
                        "{\"events\":{\"nodes\":[{\"op\":\"UPSERT\",\"time\":\"2025-12-30T22:59:59Z\",\"key\":{\"id\":\"a\"},\"value\":{\"region\":\"south\"},\"previous\":null},"
                                + "{\"op\":\"UPSERT\",\"time\":\"2025-12-30T23:00:00Z\",\"key\":{\"id\":\"a\"},\"value\":{\"region\":\"north\"},\"previous\":{\"region\":\"south\"}}]}}");
        assertThat(ask("north", "events(key:{id:\"a\"}){nodes{value{region} previous{region}}}"))
                .as("where the row was before it came into sight stays unsaid").isEqualTo(
                        "{\"events\":{\"nodes\":[{\"value\":{\"region\":\"north\"},\"previous\":null}]}}");
    }

    @Test
    void a_page_of_history_goes_on_behind_its_last_event() {
        var page = new JsonObject(ask("all",
                "events(first:2,from:\"2025-12-30T23:00:00Z\"){edges{cursor node{cursor key{id}}} pageInfo{hasNextPage hasPreviousPage endCursor}}"))
                .getJsonObject("events");

        assertThat(page.getJsonArray("edges")).hasSize(2);
        var last = page.getJsonArray("edges").getJsonObject(1);
        assertThat(last.getString("cursor")).isEqualTo(cursor(3))
                .isEqualTo(last.getJsonObject("node").getString("cursor"))
                .isEqualTo(page.getJsonObject("pageInfo").getString("endCursor"));
        assertThat(page.getJsonObject("pageInfo").getBoolean("hasNextPage")).isTrue();
        assertThat(ask("all", "events(after:\"" + cursor(3) + "\"){nodes{key{id}}"
                + " pageInfo{hasNextPage hasPreviousPage}}"))
                .isEqualTo(
                        "{\"events\":{\"nodes\":[{\"key\":{\"id\":\"c\"}}],\"pageInfo\":{\"hasNextPage\":false,\"hasPreviousPage\":true}}}");
        assertThat(ask("all", "events(from:\"" + cursor(1) + "\",to:\"" + cursor(2)
                + "\"){nodes{value{pieces}}}"))
                .isEqualTo("{\"events\":{\"nodes\":[{\"value\":{\"pieces\":2}}]}}");
    }

    @Test
    void lists_are_asked_for_what_they_hold() {
        assertThat(
                ask("all", "items(where:{tags:{containsAll:[\"cold\",\"fragile\"]}}){nodes{id}}"))
                .isEqualTo("{\"items\":{\"nodes\":[{\"id\":\"b\"}]}}");
        assertThat(ask("all", "items(where:{tags:{isEmpty:true}}){nodes{id}}"))
                .isEqualTo("{\"items\":{\"nodes\":[{\"id\":\"c\"}]}}");
        assertThat(ask("all",
                "items(where:{tags:{any:{startsWith:\"fr\"},length:{gt:1}}}){nodes{id}}"))
                .isEqualTo("{\"items\":{\"nodes\":[{\"id\":\"b\"}]}}");
    }

    @Test
    void a_masked_field_has_no_figure_and_no_event_shows_it() {
        for (var selection : List.of("aggregate{sum{%s}}", "aggregate{countDistinct{%s}}",
                "aggregate{percentile(p:0.5){%s}}", "aggregate{group{%s}}", "aggregate{min{%s}}",
                "aggregate(groupBy:[%s]){count}",
                "aggregate(having:[{measure:SUM,field:%s,gt:1}]){count}",
                "aggregate(orderBy:[{measure:SUM,field:%s}]){count}",
                "aggregate(where:{%s:{isNull:true}}){count}",
                "events(where:{%s:{isNull:true}}){nodes{op}}")) {
            assertThat(error("masked", selection.formatted("price")).replace("price", "prise"))
                    .as(selection).isEqualTo(error("masked", selection.formatted("prise")));
        }
        assertThat(error("north", "aggregate(bucket:{unit:DAY,field:\"email\"}){count}"))
                .isEqualTo("PARAMETER_INVALID There is no field 'email' to make buckets of.");
        assertThat(ask("masked", "events(first:1){nodes{value{price email}}}"))
                .doesNotContain("1.50", "example.com");
    }

    @ParameterizedTest
    @ValueSource(strings = {"' OR '1'='1", "\\\"; DROP TABLE items; --", "{0}", "?", "\\u0000",
            "$1", "%s", "a' UNION SELECT email FROM items --", "\\\\", "*"})
    void text_of_a_client_is_a_value_or_refused(String text) {
        assertThat(ask("north", "items(where:{id:{eq:\"" + text + "\"}}){nodes{id}}"))
                .isEqualTo("{\"items\":{\"nodes\":[]}}");
        assertThat(ask("north", "items(where:{tags:{any:{eq:\"" + text + "\"}}}){nodes{id}}"))
                .isEqualTo("{\"items\":{\"nodes\":[]}}");
        assertThat(ask("north", "latest(key:{id:\"" + text + "\"}){id}"))
                .isEqualTo("{\"latest\":null}");
        assertThat(ask("north", "events(key:{id:\"" + text + "\"}){nodes{op}}"))
                .isEqualTo("{\"events\":{\"nodes\":[]}}");
        assertThat(ask("north",
                "aggregate(having:[{measure:MAX,field:id,eq:\"" + text + "\"}]){count}"))
                .isEqualTo("{\"aggregate\":[]}");
        for (var argument : List.of("bucket:{unit:DAY,timeZone:\"%s\"}",
                "bucket:{unit:DAY,field:\"%s\"}", "having:[{measure:COUNT,eq:\"%s\"}]")) {
            assertThat(error("north",
                    "aggregate(" + argument.replace("%s", text) + "){count}"))
                    .startsWith("PARAMETER_INVALID ").doesNotContain("SELECT max", "Exception");
        }
        assertThat(error("north", "aggregate(after:\"" + text + "\"){count}"))
                .startsWith("CURSOR_MALFORMED ");
        for (var argument : List.of("from", "to", "after")) {
            assertThat(error("north", "events(" + argument + ":\"" + text + "\"){nodes{op}}"))
                    .startsWith("CURSOR_MALFORMED ");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\pL{500}", "\\p{Lu}{900}", "[x\\pL]{999}", "(\\pL\\pN\\pL\\pN){100}"})
    void a_pattern_that_a_store_would_choke_on_is_refused(String pattern) {
        assertThat(error("north", "items(where:{id:{matches:\"" + pattern.replace("\\", "\\\\")
                + "\"}}){nodes{id}}")).startsWith("FILTER_INVALID ").contains("repeats too much");
    }

    @ParameterizedTest
    @ValueSource(strings = {"^\\pL{1,100}$", "^(\\pL|\\pN){1,20}$", "^\\pL[a-z]{0,900}$",
            "^[\\p{Latin}-]{1,60}$"})
    void a_pattern_of_some_letters_is_not(String pattern) {
        assertThat(ask("north", "items(where:{id:{matches:\"" + pattern.replace("\\", "\\\\")
                + "\"}}){nodes{id}}")).contains("\"id\":\"a\"");
    }

    @Test
    void literals_are_no_texts_and_numbers_have_their_size() {
        assertThat(error("north", "aggregate(groupBy:[\"region\"]){count}"))
                .startsWith("GRAPHQL_VALIDATION_FAILED ");
        assertThat(error("north", "aggregate(bucket:{unit:\"DAY\"}){count}"))
                .startsWith("GRAPHQL_VALIDATION_FAILED ");
        assertThat(error("north", "aggregate(bucket:{unit:DAY,size:99999999999}){count}"))
                .startsWith("GRAPHQL_VALIDATION_FAILED ");
        assertThat(ask("north", "aggregate(having:[{measure:COUNT,lt:1" + "0".repeat(60)
                + "}]){count}")).isEqualTo("{\"aggregate\":[{\"count\":\"2\"}]}");
        assertThat(error("north", "aggregate{percentile(p:1.01){pieces}}")).isEqualTo(
                "PARAMETER_INVALID PERCENTILE needs a share between 0 and 1, such as 0.95, not the number 1.01.");
        assertThat(error("north", "events(after:\"" + product.feed().cursors().write(
                new io.tidegate.contract.ProductId("crm", "people", 1), position(1))
                + "\"){nodes{op}}"))
                .isEqualTo(
                        "CURSOR_MALFORMED The cursor belongs to another product or major version.");
    }

    @Test
    void an_answer_is_as_new_as_it_was_asked_to_be() {
        assertThat(run("all", "{salesOrders(atLeast:\"" + cursor(4) + "\"){position}}", Map.of())
                .getJsonObject("data").getJsonObject("salesOrders").getString("position"))
                .isEqualTo(cursor(4));
        assertThat(run("all", "{salesOrders(atLeast:\"nonsense\"){position}}", Map.of())
                .getJsonArray("errors").getJsonObject(0).getString("message"))
                .isEqualTo(
                        "The cursor is not one that this gateway wrote; send it exactly as it was received.");
    }

    @Test
    void what_is_not_measured_is_null() {
        assertThat(ask("all", "contract{serviceLevels{name promised measured}}")).isEqualTo(
                "{\"contract\":{\"serviceLevels\":[{\"name\":\"freshness\",\"promised\":\"30s\",\"measured\":null}]}}");
    }
}
