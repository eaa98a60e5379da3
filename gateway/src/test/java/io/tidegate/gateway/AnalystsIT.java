package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Comparator;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** What analysts have: Apollo Client with its cache, and a dashboard that many look at. Rows are added from test to test. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AnalystsIT {
    private static final int ORDERS = 230;
    private static final int VIEWERS = 50;
    private static final int QUESTIONS = 5;
    private static final Sandboxed LAB = Sandboxed.lab();

    @BeforeAll
    static void publish() throws Exception {
        assertThat(LAB.publish("lab/data-board/v1", Lab.orders(0, ORDERS))).isZero();
        LAB.awaitRows("labDataBoard", ORDERS);
    }

    private static JsonObject input(String fact) {
        return new JsonObject().put("fact", fact).put("url", LAB.http("/graphql")).put("token",
                LAB.tokenWith(Duration.ofMinutes(5), "data-board:all"));
    }

    @Test
    @Order(1)
    void apollo_pages_through_all_rows_and_has_them_in_its_cache() throws Exception {
        var said = Node.run("analyst.mjs", input("pages").put("first", 50)).getLast();

        var expected = IntStream.range(0, ORDERS).boxed()
                .sorted(Comparator.<Integer, String>comparing(
                        n -> new JsonObject(Lab.order(n)).getString("placed_at")).reversed()
                        .thenComparing(n -> n))
                .map("O-%05d"::formatted).toList();
        assertThat(said.getJsonArray("ids").getList()).isEqualTo(expected);
        assertThat(said.getString("total")).isEqualTo("" + ORDERS);
        assertThat(said.getInteger("fetched")).isEqualTo((ORDERS + 49) / 50);
        assertThat(said.getInteger("after")).as("requests for what the cache has")
                .isEqualTo(said.getInteger("fetched"));
        assertThat(said.getJsonObject("row").getString("total")).isEqualTo("8.75");
    }

    @Test
    @Order(2)
    void apollo_names_its_documents_by_their_hash() throws Exception {
        var said = Node.run("analyst.mjs", input("persisted"));

        for (var line : said.subList(0, 3)) {
            var statuses = line.getJsonArray("status").getList();
            var groups = line.getJsonArray("groups");
            assertThat(groups).hasSameSizeAs(statuses);
            for (int i = 0; i < groups.size(); i++) {
                var group = groups.getJsonObject(i);
                var status = group.getJsonObject("group").getString("status");
                assertThat(status).isEqualTo(statuses.get(i));
                var mine = IntStream.range(0, ORDERS).mapToObj(n -> new JsonObject(Lab.order(n)))
                        .filter(order -> order.getString("status").equals(status)).toList();
                assertThat(group.getString("count")).isEqualTo("" + mine.size());
                assertThat(new BigDecimal(group.getJsonObject("sum").getString("total")))
                        .isEqualByComparingTo(mine.stream()
                                .filter(order -> order.getValue("total") != null)
                                .map(order -> new BigDecimal(order.getValue("total").toString()))
                                .reduce(BigDecimal.ZERO, BigDecimal::add));
            }
        }
        var requests = said.getLast().getJsonArray("requests").stream()
                .map(JsonObject.class::cast).toList();
        assertThat(requests).as("the hash, the document with it, and then hashes alone").hasSize(4);
        assertThat(requests).extracting(each -> each.getBoolean("hasQuery")).containsExactly(false,
                true, false, false);
        assertThat(requests).extracting(each -> each.getString("method")).contains("GET");
    }

    @Test
    @Order(3)
    void apollo_goes_on_with_changes_where_its_query_ended() throws Exception {
        try (var client = Node.start("analyst.mjs", input("changes").put("count", 40))) {
            client.await(line -> line.containsKey("position"));
            LAB.publish("lab/data-board/v1", Lab.orders(ORDERS - 20, ORDERS + 20));
            var said = client.toEnd().getLast();
            var expected = new TreeMap<String, Object>();
            for (int n = 0; n < ORDERS + 20; n++) {
                expected.put("O-%05d".formatted(n), n % 7);
            }
            assertThat(new TreeMap<>(said.getJsonObject("rows").getMap())).isEqualTo(expected);
        }
    }

    @Test
    @Order(4)
    void a_dashboard_asks_the_store_once_a_change_and_question_however_many_look_at_it()
            throws Exception {
        LAB.awaitRows("labDataBoard", ORDERS + 20);
        var before = answers();
        try (var viewers = Node.start("dashboard.mjs",
                input("watch").put("viewers", VIEWERS))) {
            viewers.await(line -> line.containsKey("began"));
            for (int n = ORDERS + 20; n < ORDERS + 60; n += 10) {
                LAB.publish("lab/data-board/v1", Lab.orders(n, n + 10));
                Sandboxed.pause(500);
            }
            LAB.awaitRows("labDataBoard", ORDERS + 60);
            viewers.endInput();
            var said = viewers.toEnd().getLast();

            assertThat(said.getJsonArray("wrong")).as("answers of one position that disagree")
                    .isEqualTo(new JsonArray());
            var after = answers();
            long store = after.get("store") - before.get("store");
            long memory = after.get("memory") - before.get("memory");
            assertThat(store + memory).as("answers by the metrics")
                    .isGreaterThanOrEqualTo(said.getLong("answers"));
            int positions = said.getInteger("positions");
            assertThat(positions).as("states that viewers saw").isBetween(2, 60);
            // A state that comes while a question is on its way is asked for anew: at most once more for each.
            assertThat(store).as("asked of the store, of %s in all, over %d states",
                    said.getLong("answers"), positions)
                    .isLessThanOrEqualTo(2L * QUESTIONS * positions);
            assertThat(memory).isGreaterThan(5 * store);
        }
    }

    private static TreeMap<String, Long> answers() throws Exception {
        var scraped = Sandboxed.HTTP.send(
                HttpRequest.newBuilder(URI.create(LAB.at().management() + "/metrics")).build(),
                BodyHandlers.ofString()).body();
        return scraped.lines().filter(line -> line.startsWith("tidegate_answers_total{"))
                .collect(Collectors.toMap(
                        line -> line.substring(line.indexOf('"') + 1, line.lastIndexOf('"')),
                        line -> (long) Double.parseDouble(
                                line.substring(line.lastIndexOf(' ') + 1)),
                        Long::sum, TreeMap::new));
    }
}
