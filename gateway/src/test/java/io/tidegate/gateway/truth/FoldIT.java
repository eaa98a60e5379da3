package io.tidegate.gateway.truth;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.faults.Brokers;
import io.tidegate.gateway.faults.GatewayNode;
import io.tidegate.gateway.sandbox.SandboxIdentity;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every answer is the fold of the log at its position: under random writes, restarts and {@code kill -9}.
 * {@code -Dtidegate.seed=7} repeats the questions of a run, {@code -Dtidegate.rounds=40} makes it longer.
 */
class FoldIT {
    private static final Logger LOG = LoggerFactory.getLogger(FoldIT.class);
    private static final int ROUNDS = Integer.getInteger("tidegate.rounds", 2);
    private static final int PARTITIONS = 3;

    @TempDir
    Path folder;

    private volatile GatewayNode gateway;
    private volatile boolean isOver;

    @Test
    void every_answer_is_the_fold_at_its_position() throws Exception {
        long seed = Long.getLong("tidegate.seed", System.nanoTime());
        LOG.info("seed {}", seed);
        var random = new Random(seed);
        var vertx = Vertx.vertx();
        var contracts = Files.createDirectories(folder.resolve("contracts"));
        Files.writeString(contracts.resolve("parcels.yaml"), Parcel.CONTRACT);
        var identity = SandboxIdentity.start(vertx, 0, Clock.systemUTC()).toCompletionStage()
                .toCompletableFuture().get(20, TimeUnit.SECONDS);
        try (var brokers = Brokers.start(folder.resolve("kafka"), 1)) {
            brokers.create(Parcel.TOPIC, PARTITIONS, Map.of("retention.ms", "-1"));
            Callable<GatewayNode> start = () -> GatewayNode.start("gateway", folder, contracts,
                    brokers.bootstrapServers(), identity.issuer(), 4_096);
            try (var log = new LogFold(brokers.bootstrapServers(), Parcel.TOPIC, PARTITIONS);
                    var writer = new ParcelWriter(brokers.bootstrapServers(), seed);
                    var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                gateway = start.call();
                LOG.info("started");
                var judges = new ArrayList<Judge>();
                var asking = new ArrayList<Future<?>>();
                for (int i = 0; i < 3; i++) {
                    boolean isLimited = i == 2;
                    var token = identity.token(
                            List.of(isLimited ? "truth.parcels:open" : "truth.parcels:read"),
                            Map.of(), Duration.ofHours(1));
                    var judge = new Judge(seed + i, log, () -> gateway.address(), token,
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
                for (int round = 0; round < ROUNDS && !isOver; round++) {
                    // Long enough that there are questions, at any moment of one.
                    awaitAnswers(judges, 80);
                    pause(random.nextInt(500));
                    writer.pace(random.nextBoolean() ? 15 : 100);
                    if (round % 2 == 0) {
                        gateway.process().kill();
                    } else {
                        gateway.process().end();
                    }
                    gateway = start.call();
                    LOG.info("started again after {} answers", answers(judges));
                }
                awaitAnswers(judges, 80);
                writer.end();
                isOver = true;
                for (var each : asking) {
                    join(each);
                }
                for (var judge : judges) {
                    judge.askForEverything();
                }
                var judged = new TreeMap<String, Integer>();
                judges.forEach(judge -> judge.judged
                        .forEach((what, count) -> judged.merge(what, count, Integer::sum)));
                LOG.info("seed {}: judged {} over a log of {}, unanswered {}", seed, judged,
                        log.read(0), judges.stream().map(judge -> judge.unanswered).toList());
                assertThat(judged.keySet()).as("questions").containsExactly("Changes", "Data",
                        "Figures", "OneRow",
                        "RowPage");
                assertThat(judged.values()).as("how often").allMatch(count -> count >= 10);
                assertThat(gateway.process().errors()).as("the gateway's log")
                        .doesNotContain("ERROR", "Exception in thread");
            } finally {
                isOver = true;
                if (gateway != null) {
                    gateway.close();
                }
            }
        } finally {
            vertx.close();
        }
    }

    private static int answers(List<Judge> judges) {
        return judges.stream().mapToInt(Judge::answers).sum();
    }

    private void awaitAnswers(List<Judge> judges, int more) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        for (int enough = answers(judges) + more; answers(judges) < enough && !isOver;) {
            assertThat(System.nanoTime()).as("no answers: %s",
                    judges.stream().map(judge -> judge.unanswered).toList()).isLessThan(deadline);
            pause(50);
        }
    }

    private void pause(int millis) {
        for (int i = 0; i < millis / 50 && !isOver; i++) {
            io.tidegate.gateway.faults.Time.pause(50);
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
}
