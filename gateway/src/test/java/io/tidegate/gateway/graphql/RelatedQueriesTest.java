package io.tidegate.gateway.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.access.Caller;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Queries that go from product to product, answered by real stores. */
class RelatedQueriesTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static RelatedWorld world;

    @BeforeAll
    static void open() {
        world = new RelatedWorld();
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
    void conditions_on_bytes_are_the_same_for_all_rows() {
        world.asked.clear();
        data("all", "{ salesOrders { items { nodes { shipments(where: {seal: {ne: \"AAA=\"}})"
                + " { nodes { id } } } } } }");

        assertThat(world.asked).containsExactly("orders.items", "shipments.itemsOf");
    }

    @Test
    void answers_to_conditions_on_bytes_are_kept() {
        var query = "query($b: Base64) { salesOrders { items { nodes {"
                + " shipments(where: {seal: {eq: $b}}) { nodes { id } } } } } }";
        world.answer("all", query, Map.of("b", "AAA="));
        world.asked.clear();

        world.answer("all", query, Map.of("b", "AAA="));
        assertThat(world.asked).isEmpty();
        world.answer("all", query, Map.of("b", "AAE="));
        assertThat(world.asked).isNotEmpty();
    }

    @Test
    void a_store_that_fails_leaves_the_other_products_of_the_query_as_they_are() {
        try (var other = new RelatedWorld()) {
            other.failing = "latest";
            var answer = other.run("all", "{ logisticsShipmentsV2 { items(first: 1) { nodes { id }"
                    + " } } salesOrders { latest(key: {id: \"a\"}) { id } } }");

            assertThat(answer.getJsonObject("data").encode()).isEqualTo(
                    "{\"logisticsShipmentsV2\":{\"items\":{\"nodes\":[{\"id\":\"1\"}]}},"
                            + "\"salesOrders\":{\"latest\":null}}");
            assertThat(answer.getJsonArray("errors")).hasSize(1);
            assertThat(answer.getJsonObject("extensions").getJsonObject("tidegate")
                    .getJsonObject("products").fieldNames())
                    .containsExactly("logisticsShipmentsV2");
        }
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
    void a_page_of_no_row_tells_whether_there_is_any() {
        assertThat(orders("all", "shipments(first: 0) { nodes { id } pageInfo { hasNextPage } }"))
                .isEqualTo("""
                        [{"shipments":{"nodes":[],"pageInfo":{"hasNextPage":true}}},\
                        {"shipments":{"nodes":[],"pageInfo":{"hasNextPage":true}}},\
                        {"shipments":{"nodes":[],"pageInfo":{"hasNextPage":false}}}]""");
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
                .contains("has no field");
    }

    @ParameterizedTest
    @ValueSource(strings = {"shipments-masked orders", "shipments-hidden orders",
            "shipments orders-nameless", "shipments"})
    void a_relation_is_not_there_for_whoever_does_not_see_its_fields(String scopes) {
        assertThat(message(world.run(scopes,
                "{ logisticsShipmentsV2 { items { nodes { order { region } } } } }")))
                .contains("has no field").contains("'order'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"shipments-masked orders", "shipments-hidden orders",
            "shipments orders-nameless", "orders"})
    void nor_does_it_lead_back(String scopes) {
        assertThat(message(world.run(scopes,
                "{ salesOrders { items { nodes { shipments { totalCount } } } } }")))
                .contains("has no field").contains("'shipments'");
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
    void an_answer_is_asked_anew_when_the_related_product_has_changed() {
        try (var other = new RelatedWorld()) {
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
        try (var other = new RelatedWorld()) {
            other.failing = "latestOf";
            var answer = other.run("all",
                    "{ logisticsShipmentsV2 { items(first: 2) { nodes { id order { id } } } } }");

            assertThat(answer.getJsonObject("data").encode()).isEqualTo(
                    "{\"logisticsShipmentsV2\":{\"items\":{\"nodes\":[{\"id\":\"1\",\"order\":null},"
                            + "{\"id\":\"2\",\"order\":null}]}}}");
            assertThat(answer.getJsonArray("errors")).hasSize(1);
            var error = answer.getJsonArray("errors").getJsonObject(0);
            assertThat(error.getJsonArray("path").encode()).matches(
                    "\\[\"logisticsShipmentsV2\",\"items\",\"nodes\",[01],\"order\"]");
            assertThat(error.getJsonObject("extensions").encode())
                    .isEqualTo("{\"code\":\"VIEW_STALE\",\"retryAfter\":1,\"alsoAt\":1}");
        }
    }

    @Test
    void each_field_of_the_document_tells_its_failure_once() {
        try (var other = new RelatedWorld()) {
            other.failing = "itemsOf";
            var answer = other.run("all", "{ salesOrders { items { nodes { id"
                    + " one: shipments { nodes { id } } two: shipments(first: 1) { nodes { id } }"
                    + " } } } }");

            assertThat(answer.getJsonObject("data").getJsonObject("salesOrders")
                    .getJsonObject("items").getJsonArray("nodes").encode()).isEqualTo("""
                            [{"id":"a","one":null,"two":null},{"id":"b","one":null,"two":null},\
                            {"id":"c","one":null,"two":null}]""");
            assertThat(answer.getJsonArray("errors").stream()
                    .map(error -> ((JsonObject) error).getJsonArray("path").encode()
                            + ((JsonObject) error)
                                    .getJsonObject("extensions").getInteger("alsoAt")))
                    .containsExactlyInAnyOrder(
                            "[\"salesOrders\",\"items\",\"nodes\",0,\"one\"]2",
                            "[\"salesOrders\",\"items\",\"nodes\",0,\"two\"]2");
        }
    }

    @Test
    void an_argument_that_is_refused_is_told_once_however_many_rows_there_are() {
        var answer = world.run("all",
                "{ salesOrders { items(first: 3) { nodes { id shipments(first: 1001) { totalCount } } } } }");

        assertThat(answer.getJsonArray("errors")).hasSize(1);
        assertThat(answer.getJsonArray("errors").getJsonObject(0).getJsonObject("extensions")
                .encode()).isEqualTo("{\"code\":\"PARAMETER_INVALID\",\"alsoAt\":2}");
    }

    @Test
    void the_schema_names_both_ways() {
        var caller = new Caller("ann", "ann", Set.of("all"), Map.of(), NOW.plusSeconds(60));

        assertThat(world.engine.sdl(caller)).contains("order: SalesOrders\n")
                .contains("): LogisticsShipmentsV2Connection\n");
    }
}
