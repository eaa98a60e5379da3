package io.tidegate.gateway.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.Node;
import io.tidegate.gateway.faults.Brokers;
import io.tidegate.gateway.faults.GatewayNode;
import io.tidegate.gateway.faults.Time;
import io.tidegate.gateway.sandbox.SandboxIdentity;
import io.tidegate.gateway.truth.LogFold.Change;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every answer is the fold of the log at its position: under random writes, restarts and {@code kill -9}; and a stream goes
 * on from there. {@code -Dtidegate.seed=7} repeats the questions of a run, {@code -Dtidegate.rounds=40} makes it longer.
 */
@TestInstance(Lifecycle.PER_CLASS)
class FoldIT {
    private static final Logger LOG = LoggerFactory.getLogger(FoldIT.class);
    private static final Set<String> KINDS = Set.of("Changes", "Data", "Figures", "OneRow",
            "RowPage");
    /** So many of each kind are judged at least. */
    private static final int EACH = 5;
    private static final long SEED = Long.getLong("tidegate.seed", System.nanoTime());
    private static final int ROUNDS = Integer.getInteger("tidegate.rounds", 0);

    @TempDir
    static Path folder;

    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1).build();
    private Vertx vertx;
    private SandboxIdentity identity;
    private Brokers brokers;
    private LogFold log;
    private ExecutorService threads;
    private volatile GatewayNode gateway;
    private volatile boolean isOver;

    @BeforeAll
    void start() throws Exception {
        LOG.info("seed {}", SEED);
        vertx = Vertx.vertx();
        threads = Executors.newVirtualThreadPerTaskExecutor();
        identity = SandboxIdentity.start(vertx, 0, Clock.systemUTC()).toCompletionStage()
                .toCompletableFuture().get(20, TimeUnit.SECONDS);
        Files.writeString(Files.createDirectories(folder.resolve("contracts"))
                .resolve("parcels.yaml"), Parcel.CONTRACT);
        brokers = Brokers.start(folder.resolve("kafka"), 1);
        brokers.create(Parcel.TOPIC, Parcel.PARTITIONS, Map.of("retention.ms", "-1"));
        log = new LogFold(brokers.bootstrapServers(), Parcel.TOPIC, Parcel.PARTITIONS);
        startGateway();
    }

    private void startGateway() throws Exception {
        gateway = GatewayNode.start("gateway", folder, folder.resolve("contracts"),
                brokers.bootstrapServers(), identity.issuer(), 4_096, views());
    }

    /** How often the gateway ends unless it is said otherwise: at first as if its machine had, then by itself. */
    int rounds() {
        return 2;
    }

    /** How many are judged at least before each of these, and behind the last. */
    int answers() {
        return 80;
    }

    /** Where the gateway keeps its views: what stands in its configuration. */
    String views() {
        return "path: \"" + folder.resolve("views") + '"';
    }

    @AfterAll
    void end() throws Exception {
        if (gateway != null) {
            gateway.close();
        }
        if (log != null) {
            log.close();
        }
        if (brokers != null) {
            brokers.close();
        }
        threads.close();
        vertx.close();
    }

    private String token(String scope) {
        return identity.token(List.of(scope), Map.of(), Duration.ofHours(2));
    }

    // ---- answers ----

    @Test
    void every_answer_is_the_fold_at_its_position() throws Exception {
        var random = new Random(SEED);
        var judges = new ArrayList<Judge>();
        var asking = new ArrayList<Future<?>>();
        try (var writer = new ParcelWriter(brokers.bootstrapServers(), SEED)) {
            for (int i = 0; i < 3; i++) {
                boolean isLimited = i == 2;
                var judge = new Judge(SEED + i, log, () -> gateway.address(),
                        token(isLimited ? "truth.parcels:open" : "truth.parcels:read"),
                        isLimited);
                judges.add(judge);
                asking.add(threads.submit(() -> {
                    try {
                        while (!isOver) {
                            judge.ask();
                        }
                    } finally {
                        // One that has found something ends the run.
                        isOver = true;
                    }
                    return null;
                }));
            }
            for (int round = 0, rounds = ROUNDS > 0 ? ROUNDS : rounds(); round < rounds
                    && !isOver; round++) {
                // Long enough that there are questions, then at any moment of one.
                awaitAnswers(judges);
                pause(random.nextInt(500));
                writer.pace(random.nextBoolean() ? 15 : 100);
                if (round % 2 == 0) {
                    gateway.process().kill();
                } else {
                    gateway.process().end();
                }
                startGateway();
            }
            awaitAnswers(judges);
            awaitKinds(judges);
            writer.end();
        } finally {
            isOver = true;
        }
        for (var each : asking) {
            join(each);
        }
        for (var judge : judges) {
            judge.askForEverything();
        }
        var judged = judged(judges);
        LOG.info("seed {}: judged {} over a log of {}, unanswered {}", SEED, judged, log.end(),
                judges.stream().map(judge -> judge.unanswered).toList());
        assertThat(judged.keySet()).as("questions").isEqualTo(KINDS);
        assertThat(judged.values()).as("how often").allMatch(count -> count >= EACH);
        assertThat(gateway.process().errors()).as("the gateway's log")
                .doesNotContain("ERROR", "Exception in thread");
    }

    private static TreeMap<String, Integer> judged(List<Judge> judges) {
        var judged = new TreeMap<String, Integer>();
        judges.forEach(judge -> judge.judged
                .forEach((what, count) -> judged.merge(what, count, Integer::sum)));
        return judged;
    }

    /** Which questions come is left to chance. */
    private void awaitKinds(List<Judge> judges) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(150);
        while (!isOver && !KINDS.stream()
                .allMatch(kind -> judged(judges).getOrDefault(kind, 0) >= EACH)) {
            assertThat(System.nanoTime()).as("too few of a kind: %s", judged(judges))
                    .isLessThan(deadline);
            pause(50);
        }
    }

    private static int answers(List<Judge> judges) {
        return judges.stream().mapToInt(Judge::answers).sum();
    }

    private void awaitAnswers(List<Judge> judges) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(150);
        for (int enough = answers(judges) + answers(); answers(judges) < enough && !isOver;) {
            assertThat(System.nanoTime()).as("too few answers: %s; %s", answers(judges),
                    judges.stream().map(judge -> judge.unanswered).toList()).isLessThan(deadline);
            pause(50);
        }
    }

    private void pause(int millis) {
        for (int i = 0; i < millis / 50 && !isOver; i++) {
            Time.pause(50);
        }
    }

    private static void join(Future<?> asking) throws Exception {
        try {
            asking.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }

    // ---- streams behind answers ----

    @Test
    void a_subscription_of_graphql_ws_goes_on_exactly_behind_a_query() throws Exception {
        goesOn("graphql-ws", position -> {
            var client = Node.start("follow.mjs", new JsonObject().put("fact", "follow")
                    .put("url", "ws://" + gateway.address() + "/graphql")
                    .put("token", token("truth.parcels:read"))
                    .put("payload", subscription(position)));
            return count -> {
                try (client) {
                    if (count > 0) {
                        client.await(line -> line.getInteger("count") >= count);
                    }
                    client.endInput();
                    return client.toEnd().stream().map(line -> event(line.getJsonObject("result")))
                            .toList();
                }
            };
        });
    }

    @Test
    void a_subscription_of_graphql_sse_goes_on_exactly_behind_a_query() throws Exception {
        goesOn("graphql-sse", position -> {
            var answer = HTTP.send(request("/graphql", "text/event-stream")
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(subscription(position).encode()))
                    .build(), BodyHandlers.ofLines());
            assertThat(answer.statusCode()).isEqualTo(200);
            return count -> {
                try (var lines = answer.body()) {
                    return lines.filter(line -> line.startsWith("data: {")).limit(count)
                            .map(line -> event(new JsonObject(line.substring(6)))).toList();
                }
            };
        });
    }

    @Test
    void a_plain_stream_goes_on_exactly_behind_a_query_and_tells_what_cannot_be_read()
            throws Exception {
        goesOn("plain", position -> {
            var answer = HTTP.send(request("/streams/truth/parcels/v1?from=" + position,
                    "application/x-ndjson").build(), BodyHandlers.ofLines());
            assertThat(answer.statusCode()).isEqualTo(200);
            return count -> {
                var events = new ArrayList<JsonObject>();
                var unreadable = new HashMap<Integer, List<Long>>();
                try (var lines = answer.body()) {
                    var all = lines.iterator();
                    while (events.size() < count) {
                        var line = new JsonObject(all.next());
                        var gap = line.getJsonObject("gap");
                        if (gap != null) {
                            assertThat(gap.getString("reason")).isEqualTo("bad-record");
                            for (long offset = Long.parseLong(gap.getString("from")); offset < Long
                                    .parseLong(gap.getString("to")); offset++) {
                                unreadable.computeIfAbsent(gap.getInteger("partition"),
                                        ignored -> new ArrayList<>()).add(offset);
                            }
                        } else if (!line.containsKey("notice")) {
                            events.add(line);
                        }
                    }
                }
                assertThat(unreadable.values()).allSatisfy(
                        offsets -> assertThat(offsets).doesNotHaveDuplicates());
                return events;
            };
        });
    }

    private static JsonObject subscription(String position) {
        return new JsonObject()
                .put("query", "subscription($from: String) { truthParcels(from: $from)"
                        + " { cursor op time key { depot number } value { " + Parcel.SELECTION
                        + " } } }")
                .put("variables", new JsonObject().put("from", position));
    }

    private static JsonObject event(JsonObject result) {
        assertThat(result.containsKey("errors")).as(result.encode()).isFalse();
        return result.getJsonObject("data").getJsonObject("truthParcels");
    }

    private HttpRequest.Builder request(String path, String accept) {
        return HttpRequest.newBuilder(URI.create("http://" + gateway.address() + path))
                .timeout(Duration.ofSeconds(60)).header("Accept", accept)
                .header("Authorization", "Bearer " + token("truth.parcels:read"));
    }

    /** A stream that has been opened; it is told how many events there are, brings them and closes. */
    @FunctionalInterface
    private interface Following {
        List<JsonObject> take(int count) throws Exception;
    }

    @FunctionalInterface
    private interface Follower {
        Following open(String position) throws Exception;
    }

    /** State and changes are the fold; no change is missing, none comes twice. */
    private void goesOn(String what, Follower follower) throws Exception {
        List<Long> offsets;
        Map<List<Object>, Map<String, Object>> state;
        Following following;
        try (var writer = new ParcelWriter(brokers.bootstrapServers(), SEED + 7)) {
            writer.pace(10);
            log.awaitMore(300);
            var answer = HTTP.send(request("/graphql", "application/graphql-response+json")
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(new JsonObject().put("query",
                            "{ truthParcels { position items(first: 1000) { totalCount nodes { "
                                    + Parcel.SELECTION + " } } } }")
                            .encode()))
                    .build(), BodyHandlers.ofString());
            var product = new JsonObject(answer.body()).getJsonObject("data")
                    .getJsonObject("truthParcels");
            var position = product.getString("position");
            offsets = LogFold.offsets(position);
            state = new HashMap<>();
            product.getJsonObject("items").getJsonArray("nodes").forEach(node -> {
                var row = Parcel.row((JsonObject) node);
                state.put(Parcel.key(row), row);
            });
            assertThat(product.getJsonObject("items").getString("totalCount"))
                    .isEqualTo(String.valueOf(state.size()));
            log.awaitMore(100);
            following = follower.open(position);
            log.awaitMore(300);
            writer.end();
        }
        log.awaitEnd();
        var all = log.changes(log.end());
        var owed = all.stream().filter(change -> !change.isBefore(offsets)).toList();
        assertThat(owed).as("changes behind the position").hasSizeGreaterThan(300);
        var byTime = new HashMap<Instant, Change>();
        owed.forEach(change -> byTime.put(change.time(), change));

        var events = following.take(owed.size());

        var told = new ArrayList<Change>();
        for (var event : events) {
            var change = byTime.get(Instant.parse(event.getString("time")));
            assertThat(change).as("%s, seed %d: what is told of %s", what, SEED, event)
                    .isNotNull();
            assertThat(event.getString("op"))
                    .isEqualToIgnoringCase(change.row() == null ? "delete" : "upsert");
            assertThat(Parcel.row(event.getJsonObject("value"))).isEqualTo(change.row());
            told.add(change);
            if (change.row() == null) {
                state.remove(change.key());
            } else {
                state.put(change.key(), change.row());
            }
        }
        Function<List<Change>, Map<Integer, List<Long>>> offsetsOf = changes -> {
            var each = new TreeMap<Integer, List<Long>>();
            changes.forEach(change -> each.computeIfAbsent(change.partition(),
                    ignored -> new ArrayList<>()).add(change.offset()));
            return each;
        };
        assertThat(offsetsOf.apply(told)).as("%s, seed %d: offsets", what, SEED)
                .isEqualTo(offsetsOf.apply(owed));
        var fold = new HashMap<List<Object>, Map<String, Object>>();
        LogFold.rows(all).forEach((key, change) -> fold.put(key, change.row()));
        assertThat(state).as("%s, seed %d: state and changes", what, SEED).isEqualTo(fold);
    }
}
