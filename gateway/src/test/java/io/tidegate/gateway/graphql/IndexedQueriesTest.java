package io.tidegate.gateway.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.view.DuckDbViewStore;
import io.tidegate.gateway.view.EmbeddedViewStore;
import io.tidegate.gateway.view.IndexLimits;
import io.tidegate.schema.Row;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Queries answered from indexes say what they say without. */
class IndexedQueriesTest {
    private static final DuckDbViewStore.Limits LIMITS = new DuckDbViewStore.Limits(96 << 20, 4, 1,
            Duration.ofSeconds(10), Duration.ofSeconds(30), 1 << 20);
    private static final String BY_KEYS = "shipments KeySnapshot";
    private static final String BY_ALL = "shipments CarriedSnapshot";

    @TempDir
    Path folder;

    private RelatedWorld world;
    /** Makes another question of one that has been asked, whose answer would be kept. */
    private int nth;

    @BeforeEach
    void open() {
        world = new RelatedWorld(GraphQlLimits.DEFAULT, EmbeddedViewStore.open(folder, LIMITS,
                new IndexLimits(4, 1), Clock.systemUTC()));
    }

    @AfterEach
    void close() {
        world.close();
    }

    private JsonObject run(String query) {
        world.states.clear();
        return world.run("all", "#" + nth++ + "\n" + query);
    }

    private String data(String query) {
        var answer = run(query);
        assertThat(answer.getJsonArray("errors")).as(query).isNull();
        return answer.getJsonObject("data").encode();
    }

    /** The answer once it is from an index. */
    private String indexed(String query) {
        long until = System.nanoTime() + 20_000_000_000L;
        var data = data(query);
        while (!world.states.contains(BY_KEYS)) {
            assertThat(System.nanoTime()).isLessThan(until);
            LockSupport.parkNanos(1_000_000);
            data = data(query);
        }
        assertThat(world.states).doesNotContain(BY_ALL);
        return data;
    }

    @Test
    void a_page_is_the_same_from_an_index_and_so_is_the_next_one() {
        var page = "{ logisticsShipmentsV2 { items(where: {carrier: {eq: \"fast\"}},"
                + " orderBy: {field: id, direction: DESC}, first: 2%s) { nodes { id order_id }"
                + " pageInfo { hasNextPage hasPreviousPage endCursor } } } }";
        var without = new JsonObject(data(page.formatted("")));
        var first = indexed(page.formatted(""));
        var cursor = endCursor(without);

        assertThat(rows(first)).isEqualTo(rows(without.encode())).isEqualTo(
                "[{\"id\":\"6\",\"order_id\":\"gone\"},{\"id\":\"5\",\"order_id\":null}]");
        var next = page.formatted(", after: \"" + cursor + "\"");
        assertThat(rows(indexed(next))).isEqualTo(
                "[{\"id\":\"3\",\"order_id\":\"a\"},{\"id\":\"1\",\"order_id\":\"a\"}]");
        // And the other way round: what an index gave out is taken where all is asked.
        assertThat(data(page.formatted(", after: \"" + endCursor(new JsonObject(first)) + "\"")
                .replace("pageInfo", "totalCount pageInfo")))
                .contains("\"totalCount\":\"4\"").contains(rows(indexed(next)));
    }

    private static JsonObject items(JsonObject data) {
        return data.getJsonObject("logisticsShipmentsV2").getJsonObject("items");
    }

    private static String endCursor(JsonObject data) {
        return items(data).getJsonObject("pageInfo").getString("endCursor");
    }

    private static String rows(String data) {
        return items(new JsonObject(data)).getJsonArray("nodes").encode();
    }

    @Test
    void pages_and_rows_by_key_and_the_position_are_of_one_state() {
        var query = "{ logisticsShipmentsV2 { items(where: {carrier: {eq: \"slow\"}}) { nodes { id } }"
                + " latest(key: {id: 4}) { carrier } position } }";
        var before = data(query);

        assertThat(indexed(query)).isEqualTo(before);
        assertThat(world.states).containsExactly(BY_KEYS);
        assertThat(data(query.replace("nodes { id }", "nodes { id } totalCount")))
                .contains("\"totalCount\":\"2\"");
        assertThat(world.states).containsExactly(BY_ALL);
    }

    @Test
    void rows_that_lead_back_are_found_by_an_index() {
        var query = "{ salesOrders { items { nodes { id shipments { nodes { id } pageInfo {"
                + " hasNextPage } } } } } }";
        var before = data(query);

        assertThat(indexed(query)).isEqualTo(before)
                .contains("{\"id\":\"a\",\"shipments\":{\"nodes\":[{\"id\":\"1\"},{\"id\":\"2\"},"
                        + "{\"id\":\"3\"}]");
    }

    @Test
    void an_index_that_is_not_enough_after_all_is_not_seen_in_the_answer() {
        var events = new ArrayList<Event>();
        long next = world.shipments.next();
        for (long id = 100; id < 12_100; id++) {
            events.add(new Event(0, next++, 0, Op.UPSERT, List.of(id), RelatedWorld.NOW,
                    new Row(world.shipments.schema.rowType(), new Object[]{id, "b", "calm", null}),
                    null));
        }
        world.shipments.put(events);
        indexed("{ logisticsShipmentsV2 { items(where: {carrier: {eq: \"calm\"}}, first: 1) {"
                + " nodes { id } } } }");
        var rare = data("{ logisticsShipmentsV2 { items(where: {carrier: {eq: \"calm\"},"
                + " order_id: {ne: \"b\"}}, first: 1) { nodes { id } } position } }");

        assertThat(rare).contains("\"nodes\":[]");
        assertThat(world.states).containsExactly(BY_KEYS, BY_ALL);

        indexed("{ salesOrders { items { nodes { shipments(first: 1) { nodes { id } } } } } }");
        var related = data("{ salesOrders { latest(key: {id: \"b\"}) { shipments(first: 2,"
                + " where: {carrier: {ne: \"calm\"}}) { nodes { id } } } } }");

        assertThat(related).contains("[{\"id\":\"4\"}]");
        assertThat(world.states).contains(BY_KEYS, BY_ALL);
    }
}
