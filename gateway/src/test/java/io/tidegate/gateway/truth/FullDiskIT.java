package io.tidegate.gateway.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.faults.Brokers;
import io.tidegate.gateway.faults.GatewayNode;
import io.tidegate.gateway.faults.Time;
import io.tidegate.gateway.sandbox.SandboxIdentity;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A disk of views that somebody else has filled costs no stream an event, makes no answer wrong, and is forgotten when there is room. */
@TestInstance(Lifecycle.PER_CLASS)
class FullDiskIT {
    private static final Logger LOG = LoggerFactory.getLogger(FullDiskIT.class);
    private static final long SEED = Long.getLong("tidegate.seed", System.nanoTime());

    @TempDir
    static Path folder;

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1).build();
    private Path disk;
    private boolean isMounted;
    private Vertx vertx;
    private SandboxIdentity identity;
    private Brokers brokers;
    private LogFold log;
    private ExecutorService threads;
    private GatewayNode gateway;
    private volatile boolean isOver;

    @BeforeAll
    void start() throws Exception {
        LOG.info("seed {}", SEED);
        disk = Files.createDirectories(folder.resolve("disk"));
        isMounted = run("mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", disk.toString());
        Assumptions.assumeTrue(isMounted, "no small file system can be mounted here");
        vertx = Vertx.vertx();
        threads = Executors.newVirtualThreadPerTaskExecutor();
        identity = SandboxIdentity.start(vertx, 0, Clock.systemUTC()).toCompletionStage()
                .toCompletableFuture().get(20, TimeUnit.SECONDS);
        Files.writeString(Files.createDirectories(folder.resolve("contracts"))
                .resolve("parcels.yaml"), Parcel.CONTRACT);
        brokers = Brokers.start(folder.resolve("kafka"), 1);
        brokers.create(Parcel.TOPIC, Parcel.PARTITIONS, Map.of("retention.ms", "-1"));
        log = new LogFold(brokers.bootstrapServers(), Parcel.TOPIC, Parcel.PARTITIONS);
        gateway = GatewayNode.start("gateway", folder, folder.resolve("contracts"),
                brokers.bootstrapServers(), identity.issuer(), 4_096,
                "checkpoint: 1s, path: \"" + disk.resolve("views") + '"');
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
        if (threads != null) {
            threads.close();
        }
        if (vertx != null) {
            vertx.close();
        }
        if (isMounted) {
            run("umount", "-l", disk.toString());
        }
    }

    @Test
    void a_full_disk_stops_no_stream_makes_no_answer_wrong_and_is_over_when_there_is_room()
            throws Exception {
        var judge = new Judge(SEED, log, () -> gateway.address(), token(), false);
        Set<String> told = ConcurrentHashMap.newKeySet();
        try (var writer = new ParcelWriter(brokers.bootstrapServers(), SEED)) {
            var asking = threads.submit(asking(judge));
            var streaming = threads.submit(streaming(told));
            await("answers", () -> judge.answers() >= 30, asking, streaming);

            var filler = disk.resolve("filler");
            fill(filler);
            await("a view that stands still",
                    () -> gateway.process().errors().contains("the view stands still"), asking,
                    streaming);
            int before = judge.answers() + unanswered(judge);
            await("questions meanwhile", () -> judge.answers() + unanswered(judge) > before + 20,
                    asking, streaming);
            log.awaitMore(100);
            var written = times(log.end());
            await("a stream that goes on", () -> told.containsAll(written), asking, streaming);

            Files.delete(filler);
            var end = log.end();
            long freed = System.nanoTime();
            await("an answer that counts everything", () -> isAsFarAs(end), asking, streaming);
            var took = Duration.ofNanos(System.nanoTime() - freed);
            LOG.info("seed {}: {} answers, unanswered {}, up to date {} ms after there was room",
                    SEED, judge.judged, judge.unanswered, took.toMillis());
            assertThat(took).isLessThan(Duration.ofSeconds(30));
            writer.end();
            log.awaitEnd();
            var all = times(log.end());
            await("everything in the stream", () -> told.containsAll(all), asking, streaming);
            assertThat(told).isEqualTo(all);
            isOver = true;
            asking.get(30, TimeUnit.SECONDS);
            judge.askForEverything();
        } finally {
            isOver = true;
        }
        assertThat(gateway.process().errors()).doesNotContain("Exception in thread");
    }

    private Callable<Void> asking(Judge judge) {
        return () -> {
            while (!isOver) {
                judge.ask();
            }
            return null;
        };
    }

    /** Of every change; a time is of one change alone. */
    private Callable<Void> streaming(Set<String> told) {
        return () -> {
            var answer = http.send(request("/streams/truth/parcels/v1?from=earliest")
                    .header("Accept", "application/x-ndjson").build(), BodyHandlers.ofLines());
            assertThat(answer.statusCode()).isEqualTo(200);
            try (var lines = answer.body()) {
                for (var all = lines.iterator(); !isOver && all.hasNext();) {
                    var line = new JsonObject(all.next());
                    var gap = line.getJsonObject("gap");
                    if (gap != null) {
                        assertThat(gap.getString("reason")).isEqualTo("bad-record");
                    } else if (line.containsKey("op")) {
                        assertThat(told.add(line.getString("time"))).as("told once").isTrue();
                    }
                }
            }
            assertThat(isOver).as("whether the stream has ended by itself").isTrue();
            return null;
        };
    }

    private Set<String> times(List<Long> end) throws InterruptedException {
        return log.changes(end).stream().map(change -> change.time().toString())
                .collect(Collectors.toCollection(HashSet::new));
    }

    private static int unanswered(Judge judge) {
        return judge.unanswered.values().stream().mapToInt(count -> count).sum();
    }

    private boolean isAsFarAs(List<Long> end) throws Exception {
        var answer = http.send(request("/graphql").header("Content-Type", "application/json")
                .header("Accept", "application/graphql-response+json")
                .POST(HttpRequest.BodyPublishers.ofString(new JsonObject().put("query",
                        "{ truthParcels { position items(first: 1) { totalCount } } }").encode()))
                .build(), BodyHandlers.ofString());
        var product = new JsonObject(answer.body()).getJsonObject("data", new JsonObject());
        if (product == null || product.getJsonObject("truthParcels") == null) {
            return false;
        }
        var offsets = LogFold.offsets(product.getJsonObject("truthParcels").getString("position"));
        for (int i = 0; i < Parcel.PARTITIONS; i++) {
            if (offsets.get(i) < end.get(i)) {
                return false;
            }
        }
        return true;
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://" + gateway.address() + path))
                .header("Authorization", "Bearer " + token());
    }

    private String token() {
        return identity.token(List.of("truth.parcels:read"), Map.of(), Duration.ofHours(2));
    }

    private void await(String what, Callable<Boolean> condition, Future<?>... running)
            throws Exception {
        for (long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(120); !condition
                .call();) {
            for (var each : running) {
                if (each.isDone()) {
                    LOG.info("the gateway's log:\n{}", gateway.process().errors());
                    each.get();
                }
            }
            assertThat(System.nanoTime()).as("%s; the gateway's log:%n%s", what,
                    gateway.process().errors()).isLessThan(deadline);
            Time.pause(50);
        }
    }

    /** Until there is no room any more. */
    private static void fill(Path file) throws IOException {
        var some = new byte[1 << 16];
        try (OutputStream out = Files.newOutputStream(file)) {
            while (true) {
                out.write(some);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left");
        }
    }

    private static boolean run(String... command) throws InterruptedException {
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getInputStream().readAllBytes();
            return process.waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
