package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Clients that do not keep to graphql-transport-ws, do not read, or come from where they should not. */
class MisbehaviourIT {
    private final Sandboxed lab = Sandboxed.lab();

    @Test
    void every_breach_of_the_protocol_closes_with_its_code() throws Exception {
        var closed = run("closes").stream().collect(
                Collectors.toMap(line -> line.getString("name"), Function.identity()));
        var codes = closed.entrySet().stream().collect(Collectors.toMap(Map.Entry::getKey,
                entry -> entry.getValue().getInteger("code")));
        assertThat(codes).containsExactlyInAnyOrderEntriesOf(Map.ofEntries(
                Map.entry("other sub-protocol", 4406), Map.entry("no sub-protocol", 4406),
                Map.entry("no init", 4408), Map.entry("two inits at once", 4429),
                Map.entry("init when ready", 4429), Map.entry("subscribe first", 4401),
                Map.entry("duplicate id", 4409),
                Map.entry("no id", 4400), Map.entry("empty id", 4400),
                Map.entry("number as id", 4400), Map.entry("long id", 4400),
                Map.entry("no query", 4400), Map.entry("garbage", 4400),
                Map.entry("array", 4400), Map.entry("string", 4400), Map.entry("empty", 4400),
                Map.entry("unknown type", 4400), Map.entry("binary", 4400),
                Map.entry("payload as text", 4400), Map.entry("ping with text", 4400),
                Map.entry("deep", 4400), Map.entry("garbage before init", 4400),
                Map.entry("bad token", 4403), Map.entry("no token", 4403),
                Map.entry("big message", 1009), Map.entry("big message in small frames", 1009)));
        assertThat(closed.get("duplicate id").getString("reason"))
                .isEqualTo("Subscriber for same already exists");
        assertThat(closed.get("no init").getJsonArray("inbox")).isEmpty();
        assertThat(closed.get("subscribe first").getJsonArray("inbox")).isEmpty();
    }

    @Test
    void what_is_unusual_but_allowed_disturbs_nothing() throws Exception {
        var told = run("tolerated").getLast();
        assertThat(told.getBoolean("open")).isTrue();
        var error = told.getJsonObject("error");
        assertThat(error.getString("id")).isEqualTo("broken");
        assertThat(error.getJsonArray("payload").getJsonObject(0).getJsonObject("extensions")
                .getString("code")).isEqualTo("GRAPHQL_PARSE_FAILED");
    }

    @Test
    void says_nothing_after_its_own_close() throws Exception {
        var told = run("silent").getLast();
        assertThat(told.getInteger("code")).isEqualTo(4400);
        assertThat(told.getJsonArray("after")).isEmpty();
    }

    @Test
    void one_operation_too_many_is_refused_and_the_others_go_on() throws Exception {
        var told = run("many").getLast();
        assertThat(told.getBoolean("open")).isTrue();
        var errors = told.getJsonArray("errors");
        assertThat(errors).hasSize(1);
        assertThat(errors.getJsonObject(0).getString("id")).isEqualTo("s100");
        assertThat(errors.getJsonObject(0).getJsonArray("payload").getJsonObject(0)
                .getJsonObject("extensions").getString("code")).isEqualTo("SUBSCRIPTION_LIMIT");
    }

    @Test
    void the_handshake_refuses_strange_origins_and_never_compresses() throws Exception {
        var told = run("handshake");
        var statuses = told.stream().collect(Collectors.toMap(line -> line.getString("name"),
                line -> line.getInteger("status")));
        assertThat(statuses).containsAllEntriesOf(Map.of("own origin", 101, "no origin", 101,
                "other origin", 403, "null origin", 403, "suffix", 403, "other port", 403,
                "bad token", 401, "basic", 401, "compression", 101));
        assertThat(statuses.get("old version")).isEqualTo(400);
        assertThat(told).allSatisfy(line -> assertThat(line.getString("extensions")).isNull());
    }

    @Test
    void a_reader_that_stops_reading_costs_neither_memory_nor_the_others_time() throws Exception {
        int count = 24_000;
        var rows = IntStream.range(0, count).mapToObj(
                n -> new JsonObject().put("n", n).put("station", "S").put("note", "x".repeat(2000))
                        .encode())
                .toList();
        try (var client = Node.start("misbehave.mjs", input("stalled").put("count", count)
                .put("query",
                        "subscription { labSlow(from: \"earliest\") { value { n station note } } }"))) {
            lab.publish("lab/slow", rows.subList(0, 1));
            client.await(line -> line.containsKey("stalled"));
            var delays = new ArrayList<Long>();
            long before = heapAfterCollection();
            var reader = Thread.ofVirtual().start(() -> follow(count - 1, delays));
            lab.publish("lab/slow", rows.subList(1, count), "--rate", "6000");
            reader.join(Duration.ofSeconds(30));
            long grown = heapAfterCollection() - before;
            // 48 MB are waiting for the one who does not read; the log keeps them, not the gateway's heap: what it may
            // hold is its shared window of the feed.
            assertThat(grown).isLessThan(40L << 20);
            assertThat(delays).hasSize(count - 1);
            var sorted = delays.stream().sorted().toList();
            assertThat(sorted.get(sorted.size() * 99 / 100)).as("p99 of the other, in ms")
                    .isLessThan(1500);
            client.endInput();
            var told = client.toEnd().getLast();
            assertThat(told.getInteger("count")).isEqualTo(count);
            assertThat(told.getBoolean("ordered")).isTrue();
        }
    }

    /** Notes how old each event is when it comes. */
    private void follow(int count, List<Long> delays) {
        try (var lines = Sandboxed.HTTP.send(lab.request("/streams/lab/slow/v1?fields=n")
                .header("Accept", "application/x-ndjson").build(), BodyHandlers.ofLines())
                .body()) {
            lines.limit(count).forEach(line -> delays.add(Duration.between(
                    Instant.parse(new JsonObject(line).getString("time")), Instant.now())
                    .toMillis()));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static long heapAfterCollection() {
        ManagementFactory.getMemoryMXBean().gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    private List<JsonObject> run(String fact) throws Exception {
        return Node.run("misbehave.mjs", input(fact));
    }

    private JsonObject input(String fact) {
        return new JsonObject().put("fact", fact).put("token", lab.token())
                .put("url", lab.socket("/graphql"))
                .put("query", "subscription { labMisbehaviour { cursor } }");
    }
}
