package io.tidegate.gateway.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.ContractReader;
import io.tidegate.contract.ProductSchema;
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
import io.tidegate.gateway.view.ViewFailure;
import io.tidegate.gateway.view.ViewSnapshot;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.Row;
import io.tidegate.schema.WriterSchemas;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Queries that go from product to product, answered by real stores. */
class RelatedQueriesTest {
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
              - {name: replaces, type: string}
              - {name: email, type: string, required: true, pii: true}
            stream: {topics: [t], key: [id]}
            view: {history: 3650d}
            relations:
              - {name: replaced, to: sales/orders/v1, by: {replaces: id}, inverse: replacements}
            access:
              - {scope: "all", open: [email]}
              - {scope: "orders", mask: {email: hash}}
              - {scope: "orders-north", rows: "event.region == 'north'"}
              - {scope: "orders-nameless", mask: {id: hash}}
            """;
    private static final String SHIPMENTS = """
            domain: logistics
            product: shipments
            version: "2.0"
            owner: team@example.com
            sla: {freshness: 30s}
            schema: {type: avro}
            fields:
              - {name: id, type: long, required: true}
              - {name: order_id, type: string}
              - {name: carrier, type: string, required: true}
            stream: {topics: [t], key: [id]}
            view: {history: 3650d}
            relations:
              - {name: order, to: sales/orders/v1, by: {order_id: id}, inverse: shipments}
            access:
              - {scope: "all"}
              - {scope: "shipments"}
              - {scope: "shipments-fast", rows: "event.carrier == 'fast'"}
              - {scope: "shipments-masked", mask: {order_id: hash}}
              - {scope: "shipments-hidden", mask: {order_id: hide}}
            """;

    private static World world;

    /** Two products with their stores. */
    private static final class World implements AutoCloseable {
        private final DuckDbViewStore store = DuckDbViewStore
                .inMemory(DuckDbViewStore.Limits.defaults(), Clock.systemUTC());
        private final List<String> asked = new ArrayList<>();
        private String failing = "";
        private final Side orders = new Side(ORDERS);
        private final Side shipments = new Side(SHIPMENTS);
        private final GraphQlEngine engine;

        private final class Side {
            private final ProductSchema schema;
            private final View view;
            private final LiveProduct product;
            private long next;

            Side(String contract) {
                schema = ProductSchemas.resolve(
                        ContractReader.read("contract.yaml", contract).product().orElseThrow(),
                        path -> {
                            throw new IOException("no files");
                        }, RegistryLookup.none(), WriterSchemas.none()).schema().orElseThrow();
                view = store.open(schema);
                product = new LiveProduct(schema, ProductApi.of(schema), AccessRules.of(schema),
                        new HandFeed(schema, 1, new FeedBounds(16, 1 << 20, 0)).feed(),
                        Optional.of(told(schema.product().id().product())), new Quality(schema));
            }

            /** The view, which writes down what its snapshots are asked. */
            private View told(String name) {
                return proxy(View.class, view, (method, result) -> result instanceof ViewSnapshot s
                        ? proxy(ViewSnapshot.class, s, (question, answer) -> {
                            if (question.equals(failing)) {
                                throw new ViewFailure("the store is away");
                            }
                            if (Set.of("latestOf", "items", "itemsOf", "count", "countOf")
                                    .contains(question)) {
                                asked.add(name + "." + question);
                            }
                            return answer;
                        })
                        : result);
            }

            private void put(Object key, @Nullable Object... values) {
                var row = values.length == 0 ? null : new Row(schema.rowType(), values);
                view.parts().getFirst().apply(
                        List.of(new Event(0, next, 0, row == null ? Op.DELETE : Op.UPSERT,
                                List.of(key), NOW, row, null)),
                        new Position(List.of(new Position.Slot("t", "id-1", 0, ++next, 0))));
            }
        }

        World() {
            var catalog = new Catalog(List.of(orders.product, shipments.product));
            engine = new GraphQlEngine(() -> catalog, new Masker(new byte[32]),
                    GraphQlLimits.DEFAULT, Clock.fixed(NOW, ZoneOffset.UTC));
            order("a", "north", null);
            order("b", "south", "a");
            order("c", "north", "a");
            order("gone", "north", null);
            orders.put("gone");
            shipment(1, "a", "fast");
            shipment(2, "a", "slow");
            shipment(3, "a", "fast");
            shipment(4, "b", "slow");
            shipment(5, null, "fast");
            shipment(6, "gone", "fast");
        }

        private void order(String id, String region, @Nullable String replaces) {
            orders.put(id, id, region, replaces, id + "@example.com");
        }

        private void shipment(long id, @Nullable String order, String carrier) {
            shipments.put(id, id, order, carrier);
        }

        JsonObject run(String scopes, String query) {
            var caller = new Caller("ann", "ann", Set.of(scopes.split(" ")), Map.of(),
                    NOW.plusSeconds(60));
            return switch (engine.answer(caller,
                    new GraphQlRequest(query, Optional.empty(), Map.of()), new QueryAccount(caller,
                            name -> Plan.GOLD, new Limits(System::nanoTime)))) {
                case Answer.Executed(var response) -> new JsonObject(Buffer.buffer(response));
                case Answer.Invalid(var code, var errors) ->
                    new JsonObject().put("errors", new JsonArray(List.copyOf(errors)));
                case Answer.Subscribe ignored -> throw new AssertionError("a subscription");
            };
        }

        @Override
        public void close() {
            orders.view.close();
            shipments.view.close();
            store.close();
        }
    }

    private interface Told {
        Object of(String method, Object result);
    }

    private static <T> T proxy(Class<T> type, T real, Told told) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[]{type},
                (self, method, arguments) -> {
                    try {
                        return told.of(method.getName(), method.invoke(real, arguments));
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }

    @BeforeAll
    static void open() {
        world = new World();
    }

    @AfterAll
    static void close() {
        world.close();
    }

    /** What a query without errors answers. */
    private static JsonObject data(String scopes, String query) {
        var answer = world.run(scopes, query);
        assertThat(answer.getValue("errors")).describedAs(answer.encode()).isNull();
        return answer.getJsonObject("data");
    }

    private static String shipments(String scopes, String selected) {
        return data(scopes, "{ logisticsShipmentsV2 { items { nodes { " + selected + " } } } }")
                .getJsonObject("logisticsShipmentsV2").getJsonObject("items")
                .getJsonArray("nodes").encode();
    }

    private static String orders(String scopes, String selected) {
        return data(scopes, "{ salesOrders { items { nodes { " + selected + " } } } }")
                .getJsonObject("salesOrders").getJsonObject("items").getJsonArray("nodes")
                .encode();
    }

    private static String message(JsonObject answer) {
        return answer.getJsonArray("errors").getJsonObject(0).getString("message");
    }

    @Test
    void a_row_leads_to_the_row_that_its_field_names() {
        assertThat(shipments("all", "id order { id region email }")).isEqualTo("""
                [{"id":"1","order":{"id":"a","region":"north","email":"a@example.com"}},\
                {"id":"2","order":{"id":"a","region":"north","email":"a@example.com"}},\
                {"id":"3","order":{"id":"a","region":"north","email":"a@example.com"}},\
                {"id":"4","order":{"id":"b","region":"south","email":"b@example.com"}},\
                {"id":"5","order":null},{"id":"6","order":null}]""");
    }

    @Test
    void a_row_leads_back_to_all_that_name_it() {
        assertThat(orders("all", "id shipments { totalCount nodes { id } edges { node { carrier } }"
                + " pageInfo { hasNextPage } }")).isEqualTo(
                        """
                                [{"id":"a","shipments":{"totalCount":"3","nodes":[{"id":"1"},{"id":"2"},{"id":"3"}],\
                                "edges":[{"node":{"carrier":"fast"}},{"node":{"carrier":"slow"}},{"node":{"carrier":"fast"}}],\
                                "pageInfo":{"hasNextPage":false}}},\
                                {"id":"b","shipments":{"totalCount":"1","nodes":[{"id":"4"}],"edges":[{"node":{"carrier":"slow"}}],\
                                "pageInfo":{"hasNextPage":false}}},\
                                {"id":"c","shipments":{"totalCount":"0","nodes":[],"edges":[],"pageInfo":{"hasNextPage":false}}}]""");
    }

    @Test
    void the_row_of_a_key_leads_on_too() {
        assertThat(data("all", "{ logisticsShipmentsV2 { latest(key: {id: 4}) { order { id"
                + " replaced { id } } } } }").encode()).isEqualTo(
                        """
                                {"logisticsShipmentsV2":{"latest":{"order":{"id":"b","replaced":{"id":"a"}}}}}""");
    }

    @Test
    void a_product_may_be_related_to_itself() {
        assertThat(orders("all", "id replaced { id } replacements { nodes { id } }")).isEqualTo(
                """
                        [{"id":"a","replaced":null,"replacements":{"nodes":[{"id":"b"},{"id":"c"}]}},\
                        {"id":"b","replaced":{"id":"a"},"replacements":{"nodes":[]}},\
                        {"id":"c","replaced":{"id":"a"},"replacements":{"nodes":[]}}]""");
    }

    @Test
    void rows_of_one_level_are_one_question_to_the_store() {
        world.asked.clear();
        // The order makes it another question than those that are kept.
        data("all",
                "{ logisticsShipmentsV2 { items(orderBy: {field: id, direction: DESC}) { nodes {"
                        + " id order { id shipments { totalCount nodes { id order { region } } } } } } } }");

        assertThat(world.asked).containsExactlyInAnyOrder("shipments.items", "orders.latestOf",
                "shipments.itemsOf", "shipments.countOf");
    }

    @Test
    void each_parent_has_its_own_page() {
        assertThat(orders("all", "shipments(first: 2, orderBy: {field: id, direction: DESC}) {"
                + " nodes { id } pageInfo { hasNextPage } }")).isEqualTo(
                        """
                                [{"shipments":{"nodes":[{"id":"3"},{"id":"2"}],"pageInfo":{"hasNextPage":true}}},\
                                {"shipments":{"nodes":[{"id":"4"}],"pageInfo":{"hasNextPage":false}}},\
                                {"shipments":{"nodes":[],"pageInfo":{"hasNextPage":false}}}]""");
    }

    @Test
    void a_page_goes_on_forwards_and_backwards() {
        var order = "{ salesOrders { latest(key: {id: \"a\"}) { shipments(%s) { nodes { id }"
                + " pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } } }";
        var first = page(order.formatted("first: 1"));
        var second = page(order.formatted("first: 1, after: \""
                + first.getJsonObject("pageInfo").getString("endCursor") + "\""));
        var last = page(order.formatted("last: 2"));
        var before = page(order.formatted("last: 2, before: \""
                + last.getJsonObject("pageInfo").getString("startCursor") + "\""));

        assertThat(ids(first)).isEqualTo("[{\"id\":\"1\"}]");
        assertThat(ids(second)).isEqualTo("[{\"id\":\"2\"}]");
        assertThat(second.getJsonObject("pageInfo").getBoolean("hasPreviousPage")).isTrue();
        assertThat(ids(last)).isEqualTo("[{\"id\":\"2\"},{\"id\":\"3\"}]");
        assertThat(ids(before)).isEqualTo("[{\"id\":\"1\"}]");
        assertThat(before.getJsonObject("pageInfo").getBoolean("hasPreviousPage")).isFalse();
    }

    private static JsonObject page(String query) {
        return data("all", query).getJsonObject("salesOrders").getJsonObject("latest")
                .getJsonObject("shipments");
    }

    private static String ids(JsonObject page) {
        return page.getJsonArray("nodes").encode();
    }

    @Test
    void one_relation_may_be_asked_several_times() {
        assertThat(orders("all", "fast: shipments(where: {carrier: {eq: \"fast\"}}) { totalCount }"
                + " one: shipments(first: 1) { nodes { id } }"
                + " none: shipments(first: 0) { totalCount nodes { id } }")).startsWith(
                        """
                                [{"fast":{"totalCount":"2"},"one":{"nodes":[{"id":"1"}]},\
                                "none":{"totalCount":"3","nodes":[]}},""");
    }

    @Test
    void rows_that_the_caller_may_not_see_are_not_reached() {
        assertThat(shipments("shipments orders-north", "id order { id }")).isEqualTo("""
                [{"id":"1","order":{"id":"a"}},{"id":"2","order":{"id":"a"}},\
                {"id":"3","order":{"id":"a"}},{"id":"4","order":null},\
                {"id":"5","order":null},{"id":"6","order":null}]""");
        assertThat(orders("orders shipments-fast", "id shipments { totalCount nodes { id } }"))
                .isEqualTo("""
                        [{"id":"a","shipments":{"totalCount":"2","nodes":[{"id":"1"},{"id":"3"}]}},\
                        {"id":"b","shipments":{"totalCount":"0","nodes":[]}},\
                        {"id":"c","shipments":{"totalCount":"0","nodes":[]}}]""");
    }

    @Test
    void fields_are_masked_as_they_are_elsewhere() {
        var direct = data("orders", "{ salesOrders { latest(key: {id: \"a\"}) { email } } }")
                .getJsonObject("salesOrders").getJsonObject("latest").getString("email");

        assertThat(direct).isNotEqualTo("a@example.com");
        assertThat(shipments("shipments orders", "order { email }"))
                .startsWith("[{\"order\":{\"email\":\"" + direct + "\"}}");
        assertThat(message(world.run("shipments orders-north",
                "{ logisticsShipmentsV2 { items { nodes { order { email } } } } }")))
                .contains("FieldUndefined");
    }

    @ParameterizedTest
    @ValueSource(strings = {"shipments-masked orders", "shipments-hidden orders",
            "shipments orders-nameless", "shipments"})
    void a_relation_is_not_there_for_whoever_does_not_see_its_fields(String scopes) {
        assertThat(message(world.run(scopes,
                "{ logisticsShipmentsV2 { items { nodes { order { region } } } } }")))
                .contains("FieldUndefined").contains("'order'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"shipments-masked orders", "shipments-hidden orders",
            "shipments orders-nameless", "orders"})
    void nor_does_it_lead_back(String scopes) {
        assertThat(message(world.run(scopes,
                "{ salesOrders { items { nodes { shipments { totalCount } } } } }")))
                .contains("FieldUndefined").contains("'shipments'");
    }

    @Test
    void hidden_fields_cannot_be_asked_for_by_conditions_of_a_related_page() {
        assertThat(message(world.run("orders-north shipments",
                "{ salesOrders { items { nodes { replacements(where: {email: {eq: \"x\"}})"
                        + " { totalCount } } } } }")))
                .contains("email");
        assertThat(message(world.run("orders shipments",
                "{ salesOrders { items { nodes { replacements(orderBy: {field: email})"
                        + " { totalCount } } } } }")))
                .contains("email");
    }

    @Test
    void both_products_tell_their_positions() {
        var told = world.run("all",
                "{ logisticsShipmentsV2 { items(first: 1) { nodes { order { id } } } } }")
                .getJsonObject("extensions").getJsonObject("tidegate");

        assertThat(told.getJsonObject("products").fieldNames())
                .containsExactly("logisticsShipmentsV2", "salesOrders");
        // Asked twice: the products, and a page or row of each.
        assertThat(told.getLong("cost")).isEqualTo(3);
    }

    @Test
    void the_cost_grows_with_the_rows_around() {
        var told = world.run("all", "{ salesOrders { items(first: 100) { nodes { id"
                + " shipments(first: 10) { totalCount nodes { id carrier order { id } } } } } } }")
                .getJsonObject("extensions").getJsonObject("tidegate");

        // 1 + 100 ids + 1000 x (id, carrier) and a total over all + 1000 ids
        assertThat(told.getLong("cost")).isEqualTo(1 + 1 + (1000 * 3 / 100 + 10) + 10);
    }

    @Test
    void more_related_rows_than_a_query_may_hold_are_refused_before_it_runs() {
        world.asked.clear();
        var answer = world.run("all", "{ salesOrders { items(first: 1000) { nodes {"
                + " shipments(first: 1000) { nodes { order { shipments(first: 1000) {"
                + " nodes { id } } } } } } } } }");

        assertThat(message(answer)).isEqualTo("The query may hold more than 50000 related rows;"
                + " ask for smaller pages, with 'first' at each of them.");
        assertThat(answer.encode()).contains("QUERY_TOO_COMPLEX");
        assertThat(world.asked).isEmpty();
    }

    @Test
    void a_page_that_is_too_large_is_an_error_at_its_field() {
        var answer = world.run("all", "{ salesOrders { latest(key: {id: \"a\"}) { id"
                + " shipments(first: 1001) { totalCount } } } }");

        assertThat(message(answer)).isEqualTo("A page has 0 to 1000 rows, not 1001.");
        assertThat(answer.getJsonArray("errors").getJsonObject(0).getJsonArray("path").encode())
                .isEqualTo("[\"salesOrders\",\"latest\",\"shipments\"]");
    }

    @Test
    void a_cursor_of_another_order_is_refused_in_the_words_of_the_store() {
        var answer = world.run("all", "{ salesOrders { latest(key: {id: \"a\"}) {"
                + " shipments(after: \"nonsense\") { nodes { id } } } } }");

        assertThat(answer.encode()).contains("CURSOR_MALFORMED").doesNotContain("INTERNAL");
    }

    @Test
    void an_event_leads_to_what_is_there_now() {
        var nodes = data("all", "{ logisticsShipmentsV2 { events(first: 1) { nodes { value { id"
                + " order { id } } } } } }").getJsonObject("logisticsShipmentsV2")
                .getJsonObject("events").getJsonArray("nodes");

        assertThat(nodes.encode())
                .isEqualTo("[{\"value\":{\"id\":\"1\",\"order\":{\"id\":\"a\"}}}]");
    }

    @Test
    void a_subscription_says_that_it_cannot_follow_a_relation() {
        var answer = world.run("all",
                "subscription { logisticsShipmentsV2 { value { id order { id } } } }");

        assertThat(message(answer)).isEqualTo("A subscription cannot follow the relation 'order'"
                + " yet; ask for it in a query.");
    }

    @Test
    void an_answer_is_asked_anew_when_the_related_product_has_changed() {
        try (var other = new World()) {
            var query = "{ logisticsShipmentsV2 { items { nodes { order { id region } } } } }";
            var before = other.run("all", query).getJsonObject("data").encode();
            other.order("gone", "south", null);
            var after = other.run("all", query).getJsonObject("data").encode();

            assertThat(before).doesNotContain("gone");
            assertThat(after).contains("{\"id\":\"gone\",\"region\":\"south\"}");
        }
    }

    @Test
    void a_store_that_fails_is_told_at_the_relation_and_the_rows_around_stay() {
        try (var other = new World()) {
            other.failing = "latestOf";
            var answer = other.run("all",
                    "{ logisticsShipmentsV2 { items(first: 2) { nodes { id order { id } } } } }");

            assertThat(answer.getJsonObject("data").encode()).isEqualTo(
                    "{\"logisticsShipmentsV2\":{\"items\":{\"nodes\":[{\"id\":\"1\",\"order\":null},"
                            + "{\"id\":\"2\",\"order\":null}]}}}");
            assertThat(answer.getJsonArray("errors").getJsonObject(0).encode())
                    .contains("VIEW_STALE").contains("\"order\"");
        }
    }

    @Test
    void the_schema_names_both_ways() {
        var caller = new Caller("ann", "ann", Set.of("all"), Map.of(), NOW.plusSeconds(60));

        assertThat(world.engine.sdl(caller)).contains("order: SalesOrders\n")
                .contains("): LogisticsShipmentsV2Connection!");
    }
}
