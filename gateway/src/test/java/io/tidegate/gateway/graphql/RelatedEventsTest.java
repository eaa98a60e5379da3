package io.tidegate.gateway.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.shape.JoinedShape;
import io.tidegate.gateway.shape.JoinedShape.Wanted;
import io.tidegate.schema.Row;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Events that lead from product to product, as a subscription shows them. */
class RelatedEventsTest {
    private static final Duration SOON = Duration.ofMillis(100);

    private final RelatedWorld world = new RelatedWorld();

    @AfterEach
    void close() {
        world.letGo.countDown();
        world.close();
    }

    private static JoinedShape shape(RelatedWorld of, String scopes, String document) {
        return shape(of, scopes, document, Map.of());
    }

    private static JoinedShape shape(RelatedWorld of, String scopes, String document,
            Map<String, Object> variables) {
        return switch (of.answer(scopes, document, variables)) {
            case Answer.Subscribe wish -> (JoinedShape) wish.shape();
            case Answer.Executed(var response) -> throw new AssertionError(
                    new String(response, java.nio.charset.StandardCharsets.UTF_8));
            case Answer.Invalid(var code, var errors) -> throw new AssertionError(errors);
        };
    }

    private Wanted shipment(long id, @Nullable String order) {
        return wanted(id, new Row(world.shipments.schema.rowType(),
                new @Nullable Object[]{id, order, "fast", null}));
    }

    private Wanted order(String id) {
        return wanted(id, new Row(world.orders.schema.rowType(),
                new @Nullable Object[]{id, "north", null, id + "@example.com"}));
    }

    private static Wanted wanted(Object key, Row row) {
        return new Wanted(new Event(0, 0, 0, Op.UPSERT, List.of(key), RelatedWorld.NOW, row, null),
                Op.UPSERT, "cursor-" + key);
    }

    private static List<String> texts(JoinedShape shape, Wanted... events) {
        return shape.join(List.of(events)).stream()
                .map(each -> new String(each, java.nio.charset.StandardCharsets.UTF_8)).toList();
    }

    @Test
    void each_event_leads_to_its_row_and_all_of_them_are_one_question() {
        var shape = shape(world, "all",
                "subscription { logisticsShipmentsV2 { cursor op value { id order { id region } } } }");

        assertThat(texts(shape, shipment(1, "a"), shipment(2, "b"), shipment(3, "nobody"),
                shipment(4, null), shipment(5, "gone"), shipment(6, "a"))).containsExactly(
                        event("1", "{\"id\":\"a\",\"region\":\"north\"}"),
                        event("2", "{\"id\":\"b\",\"region\":\"south\"}"), event("3", "null"),
                        event("4", "null"), event("5", "null"),
                        event("6", "{\"id\":\"a\",\"region\":\"north\"}"));
        assertThat(world.asked).containsExactly("orders.latestOf");
    }

    private static String event(String id, String order) {
        return "{\"data\":{\"logisticsShipmentsV2\":{\"cursor\":\"cursor-" + id
                + "\",\"op\":\"UPSERT\",\"value\":{\"id\":\"" + id + "\",\"order\":" + order
                + "}}}}";
    }

    @Test
    void the_way_back_has_the_arguments_of_a_page_and_fragments_and_variables_count() {
        var shape = shape(world, "all", """
                subscription Follow($most: Int, $counted: Boolean!) { ...all }
                fragment all on Subscription { orders: salesOrders(from: "earliest") { ...one } }
                fragment one on SalesOrdersEvent { value { id
                  shipments(first: $most, orderBy: {field: id, direction: DESC}) {
                    totalCount @include(if: $counted) nodes { id } pageInfo { hasNextPage } } } }
                """, Map.of("most", 2, "counted", true));

        assertThat(texts(shape, order("a"), order("b"))).containsExactly(
                "{\"data\":{\"orders\":{\"value\":{\"id\":\"a\",\"shipments\":{\"totalCount\":\"3\","
                        + "\"nodes\":[{\"id\":\"3\"},{\"id\":\"2\"}],\"pageInfo\":{\"hasNextPage\":true}}}}}}",
                "{\"data\":{\"orders\":{\"value\":{\"id\":\"b\",\"shipments\":{\"totalCount\":\"1\","
                        + "\"nodes\":[{\"id\":\"4\"}],\"pageInfo\":{\"hasNextPage\":false}}}}}}");
    }

    @Test
    void rows_out_of_sight_are_absent_and_fields_are_masked() {
        var document = "subscription { logisticsShipmentsV2 { value { order { id } } } }";
        assertThat(texts(shape(world, "shipments orders-north", document), shipment(1, "a"),
                shipment(2, "b")))
                .containsExactly(
                        "{\"data\":{\"logisticsShipmentsV2\":{\"value\":{\"order\":{\"id\":\"a\"}}}}}",
                        "{\"data\":{\"logisticsShipmentsV2\":{\"value\":{\"order\":null}}}}");

        var masked = world.run("orders",
                "{ salesOrders { latest(key: {id: \"a\"}) { email } } }").getJsonObject("data")
                .getJsonObject("salesOrders").getJsonObject("latest").encode();
        assertThat(texts(shape(world, "shipments orders",
                "subscription { logisticsShipmentsV2 { value { order { email } } } }"),
                shipment(1, "a"))).containsExactly(
                        "{\"data\":{\"logisticsShipmentsV2\":{\"value\":{\"order\":" + masked
                                + "}}}}");
    }

    @Test
    void a_relation_is_not_there_for_whoever_may_not_follow_it() {
        assertThat(world.run("shipments-masked orders",
                "subscription { logisticsShipmentsV2 { value { order { id } } } }").encode())
                .contains("has no field").contains("GRAPHQL_VALIDATION_FAILED");
    }

    @Test
    void a_store_that_fails_is_told_with_each_event_once_and_the_events_stay() {
        var shape = shape(world, "all",
                "subscription { logisticsShipmentsV2 { value { id order { id } also: order { id } } } }");
        world.failing = "latestOf";
        var told = texts(shape, shipment(1, "a"), shipment(2, "a"), shipment(3, null));

        for (int i = 0; i < 2; i++) {
            var answer = new JsonObject(told.get(i));
            assertThat(answer.getJsonObject("data").encode()).isEqualTo(
                    "{\"logisticsShipmentsV2\":{\"value\":{\"id\":\"" + (i + 1)
                            + "\",\"order\":null,\"also\":null}}}");
            assertThat(answer.getJsonArray("errors").stream()
                    .map(error -> ((JsonObject) error).getJsonArray("path").encode()))
                    .containsExactlyInAnyOrder(
                            "[\"logisticsShipmentsV2\",\"value\",\"order\"]",
                            "[\"logisticsShipmentsV2\",\"value\",\"also\"]");
            assertThat(answer.getJsonArray("errors").getJsonObject(0).encode())
                    .contains("VIEW_STALE");
        }
        assertThat(told.get(2)).doesNotContain("errors");

        world.failing = "";
        assertThat(texts(shape, shipment(1, "a")).getFirst()).doesNotContain("errors")
                .contains("\"order\":{\"id\":\"a\"}");
    }

    @Test
    void a_store_that_does_not_answer_holds_events_up_no_longer_than_agreed() {
        var limits = GraphQlLimits.DEFAULT;
        try (var slow = new RelatedWorld(new GraphQlLimits(limits.documentChars(), limits.depth(),
                limits.aliases(), limits.pageRows(), limits.relatedRows(), SOON, 0))) {
            var shape = shape(slow, "all",
                    "subscription { logisticsShipmentsV2 { value { id order { id } } } }");
            slow.stuck = "latestOf";
            long began = System.nanoTime();
            var first = texts(shape, shipment(1, "a")).getFirst();
            // The second one does not wait: the store is known not to answer.
            var second = texts(shape, shipment(1, "a")).getFirst();
            long took = System.nanoTime() - began;
            slow.stuck = "";
            slow.letGo.countDown();

            assertThat(first).contains("VIEW_STALE").contains("\"id\":\"1\",\"order\":null");
            assertThat(second).isEqualTo(first);
            assertThat(took).isGreaterThanOrEqualTo(SOON.toNanos());
            assertThat(slow.asked).doesNotContain("orders.items");
        }
    }

    @Test
    void an_event_without_a_value_that_is_always_there_is_null_without_the_others() {
        var broken = wanted("x", new Row(world.orders.schema.rowType(),
                new @Nullable Object[]{"x", null, null, "x@example.com"}));
        var told = texts(shape(world, "all",
                "subscription { salesOrders { value { id region shipments { totalCount } } } }"),
                order("b"), broken);

        assertThat(told.getFirst()).isEqualTo(
                "{\"data\":{\"salesOrders\":{\"value\":{\"id\":\"b\",\"region\":\"north\","
                        + "\"shipments\":{\"totalCount\":\"1\"}}}}}");
        var second = new JsonObject(Buffer.buffer(told.get(1)));
        assertThat(second.getJsonObject("data").encode())
                .isEqualTo("{\"salesOrders\":{\"value\":null}}");
        assertThat(second.getJsonArray("errors").getJsonObject(0).getJsonArray("path").encode())
                .isEqualTo("[\"salesOrders\",\"value\",\"region\"]");
    }

    @Test
    void deletes_lead_nowhere() {
        var shape = shape(world, "all",
                "subscription { logisticsShipmentsV2 { op key { id } value { order { id } } } }");
        var deleted = new Wanted(
                new Event(0, 0, 0, Op.DELETE, List.of(7L), RelatedWorld.NOW, null, null),
                Op.DELETE, "c");

        assertThat(texts(shape, deleted)).containsExactly(
                "{\"data\":{\"logisticsShipmentsV2\":{\"op\":\"DELETE\",\"key\":{\"id\":\"7\"},"
                        + "\"value\":null}}}");
        assertThat(world.asked).isEmpty();
    }

    @Test
    void what_an_event_may_lead_to_bounds_how_many_are_looked_up_at_a_time() {
        assertThat(shape(world, "all",
                "subscription { logisticsShipmentsV2 { value { order { id } } } }").eventsMax())
                .isEqualTo(128);
        assertThat(shape(world, "all", "subscription { salesOrders { value {"
                + " shipments(first: 100) { nodes { id } } } } }").eventsMax()).isEqualTo(10);
        assertThat(shape(world, "all", "subscription { salesOrders { value {"
                + " shipments(first: 1000) { nodes { order { id } } } } } }").eventsMax())
                .isEqualTo(1);
        assertThat(world.run("all", "subscription { salesOrders { value { shipments(first: 1000) {"
                + " nodes { order { shipments(first: 1000) { nodes { id } } } } } } } }").encode())
                .contains("QUERY_TOO_COMPLEX").contains("50000 related rows");
    }
}
