package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The newest event of each key, for real clients on every transport and for one that does not read. */
class ConflationIT {
    private static final int KEYS = 6;

    private final Sandboxed lab = Sandboxed.lab();

    private static String station(int n) {
        return "ST-%04d".formatted(n % KEYS);
    }

    private static List<String> rows(int from, int to, String note) {
        return IntStream.range(from, to).mapToObj(n -> new JsonObject().put("station", station(n))
                .put("n", n).put("altitude", 1).put("note", note).encode()).toList();
    }

    private static JsonObject last(int count) {
        var last = new JsonObject();
        IntStream.range(count - KEYS, count).forEach(n -> last.put(station(n), n));
        return last;
    }

    private JsonObject input(String fact, String transport, int count) {
        return new JsonObject().put("fact", fact).put("transport", transport)
                .put("token", lab.token()).put("last", last(count));
    }

    @Test
    void a_burst_on_few_keys_is_their_last_states_and_an_exact_count_on_every_transport()
            throws Exception {
        int count = 6000;
        var query = "subscription { labNewest(from: \"earliest\", conflate: \"300ms\")"
                + " { value { n station } } }";
        var stream = "/streams/lab/newest/v1?from=earliest&conflate=300ms&fields=n,station";
        var inputs = List.of(
                input("follow", "websocket", count).put("url", lab.socket(stream)),
                input("follow", "sse", count).put("url", lab.http(stream)),
                input("follow", "graphql", count).put("url", lab.socket("/graphql"))
                        .put("query", query));
        var clients = new ArrayList<Node.Running>();
        try {
            for (var input : inputs) {
                clients.add(Node.start("conflate.mjs", input));
            }
            lab.publish("lab/newest", rows(0, count, ""), "--rate", "3000");
            for (var client : clients) {
                var told = client.toEnd().getLast();
                var got = check(told, count);
                assertThat(got.size()).as("two seconds in batches of at most 6")
                        .isLessThan(count / 10);
            }
        } finally {
            clients.forEach(Node.Running::close);
        }
    }

    @Test
    void who_does_not_read_ends_with_the_last_states_and_an_exact_count() throws Exception {
        int count = 15_000;
        try (var client = Node.start("conflate.mjs", input("stalled", "websocket", count)
                .put("url", lab.socket("/streams/lab/laggard/v1?from=earliest&onSlow=conflate")))) {
            lab.publish("lab/laggard", rows(0, 1, "x"));
            client.await(line -> line.containsKey("stalled"));
            lab.publish("lab/laggard", rows(1, count, "x".repeat(3000)));
            client.endInput();
            var got = check(client.toEnd().getLast(), count);
            assertThat(got.size()).as("45 MB were waiting").isLessThan(count / 2);
        }
    }

    /** In the order of each key, to the last one, and with what was passed over all there is. */
    private static List<JsonObject> check(JsonObject told, int count) {
        var got = told.getJsonArray("got").stream().map(JsonObject.class::cast).toList();
        Map<String, Integer> newest = new HashMap<>();
        for (var event : got) {
            var before = newest.put(event.getString("station"), event.getInteger("n"));
            assertThat(before == null || before < event.getInteger("n")).as("%s after %s",
                    event, before).isTrue();
        }
        assertThat(new JsonObject(new HashMap<>(newest))).isEqualTo(last(count));
        assertThat(told.getInteger("passed") + got.size()).as("delivered and passed over")
                .isEqualTo(count);
        return got;
    }
}
