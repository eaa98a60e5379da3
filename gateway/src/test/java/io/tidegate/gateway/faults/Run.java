package io.tidegate.gateway.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.Gateway;
import io.tidegate.gateway.GatewayConfig;
import io.tidegate.gateway.access.Identity;
import io.tidegate.gateway.faults.Reader.Wish;
import io.tidegate.gateway.graphql.GraphQlLimits;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.limit.Rate;
import io.tidegate.gateway.sandbox.SandboxIdentity;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;

/** Brokers, gateways, a writer and readers of one product, and their judgement in the end. */
final class Run implements AutoCloseable {
    private static final String CONTRACT = """
            domain: faults
            product: counts
            version: "1.0"
            owner: faults@example.com
            sla: {freshness: 10s}
            schema: {type: json}
            fields:
              - {name: k, type: string, required: true}
              - {name: seq, type: integer, required: true}
              - {name: lane, type: string, required: true}
              - {name: pad, type: string}
            stream: {topics: [%s], key: [k]}
            view: {history: 1d}
            """;

    private static final String SECRET = "a secret of all nodes";
    private static final Plan PLENTY = new Plan("default", Rate.perSecond(10_000), 10_000, 10_000,
            Rate.perSecond(1_000_000), Rate.parse("1GiB/s"), Rate.perSecond(1_000_000), 1);
    private static int topics;

    final long seed;
    private final String topic = "faults.counts-" + topics++;
    final History history = new History();
    private final Path folder;
    private final Vertx vertx = Vertx.vertx();
    private final SandboxIdentity identity;
    private final Path contracts;
    private final Brokers brokers;
    private final boolean ownsBrokers;
    private final String token;
    private final List<GatewayNode> gateways = new ArrayList<>();
    private final List<Reader> readers = new ArrayList<>();
    private final List<AutoCloseable> others = new ArrayList<>();
    private volatile String address = "127.0.0.1:1";

    Run(Path folder, Brokers brokers, boolean ownsBrokers, long seed) throws Exception {
        this.seed = seed;
        this.folder = Files.createDirectories(folder);
        this.brokers = brokers;
        this.ownsBrokers = ownsBrokers;
        this.contracts = Files.createDirectories(folder.resolve("contracts"));
        Files.writeString(contracts.resolve("counts.yaml"), CONTRACT.formatted(topic));
        this.identity = SandboxIdentity.start(vertx, 0, Clock.systemUTC()).toCompletionStage()
                .toCompletableFuture().get(20, TimeUnit.SECONDS);
        this.token = identity.token(List.of("faults.counts:read"), Map.of(), Duration.ofHours(1));
    }

    /** As long as this takes is too long. */
    static void await(String what, Duration atMost, BooleanSupplier until) {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!until.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within " + atMost.toMillis() + " ms: " + what);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    Brokers brokers() {
        return brokers;
    }

    void topic(int partitions, Map<String, String> configuration) throws Exception {
        brokers.create(topic, partitions, configuration);
    }

    /** Deletes the topic and makes it again at once. */
    void recreate(int partitions) throws Exception {
        brokers.delete(topic);
        brokers.create(topic, partitions, Map.of());
        history.recreated();
    }

    String topic() {
        return topic;
    }

    /** As retention does: removes what lies before these offsets. */
    void retain(Map<Integer, Long> from) throws Exception {
        var request = new HashMap<TopicPartition, RecordsToDelete>();
        from.forEach((partition, offset) -> {
            request.put(new TopicPartition(topic, partition),
                    RecordsToDelete.beforeOffset(offset));
            history.retainFrom(partition, offset);
        });
        brokers.admin().deleteRecords(request).all().get(20, TimeUnit.SECONDS);
    }

    Writer writer(int keys) {
        return writer(keys, Map.of());
    }

    Writer writer(int keys, Map<String, Object> more) {
        var writer = new Writer(brokers.bootstrapServers(), topic, history, keys,
                seed + others.size(), more);
        others.add(writer);
        return writer;
    }

    /** Starts a gateway, to which readers connect from then on. */
    GatewayNode gateway(int events) throws Exception {
        var node = GatewayNode.start("gateway-" + gateways.size(), folder, contracts,
                brokers.bootstrapServers(), identity.issuer(), events);
        gateways.add(node);
        address = node.address();
        return node;
    }

    /** As {@link #gateway}, within this process: it cannot be killed, and is there at once. */
    void gatewayHere(int events) throws Exception {
        var views = Files.createDirectories(folder.resolve("views"));
        var gateway = Gateway.start(new GatewayConfig(
                new GatewayConfig.Http("127.0.0.1", 0, Optional.empty(), List.of(), 2),
                new GatewayConfig.Management("127.0.0.1", 0),
                Map.of("default", Map.of("bootstrap.servers", brokers.bootstrapServers())),
                Optional.empty(), contracts,
                new GatewayConfig.Reload(Optional.empty(), Duration.ofHours(1), Optional.empty()),
                Identity.of(List.of(new Identity.Issuer(identity.issuer(),
                        Optional.of("tidegate"), Optional.empty()))),
                List.of(PLENTY), new GatewayConfig.Views(views, 64 << 20),
                new GatewayConfig.Feeds(16 << 20, events, events / 2, 4, 16 << 20),
                GatewayConfig.KeptPositions.DEFAULT, GraphQlLimits.DEFAULT,
                false, new GatewayConfig.Secrets(Optional.of(SECRET), Optional.of(SECRET))));
        others.add(gateway);
        address = "127.0.0.1:" + gateway.httpPort();
    }

    /** To which readers connect. */
    GatewayNode current() {
        return gateways.stream().filter(node -> node.address().equals(address)).findFirst()
                .orElseThrow();
    }

    /** Readers connect to another gateway from now on, and those that are here come back to it. */
    void moveToOther() {
        address = gateways.stream().filter(node -> node.process().isAlive()
                && !node.address().equals(address)).findFirst().orElseThrow().address();
        readers.forEach(Reader::cut);
    }

    /** Kills the gateway that readers are connected to; they go to the other one, and a new one is started beside it. */
    void replaceGateway() throws Exception {
        var gone = current();
        gone.process().kill();
        moveToOther();
        var other = address;
        gateway(256);
        address = other;
    }

    /** Until all readers but these have everything so far, so that they hold on nothing that goes now. */
    void awaitLive(List<Reader> away, Duration atMost) {
        for (var reader : readers) {
            if (!away.contains(reader)) {
                await(reader.account().name() + " to have everything", atMost,
                        () -> Checker.check(history, reader.account()).isEmpty());
            }
        }
    }

    Reader reader(Wish wish) {
        var reader = new Reader("reader " + readers.size(), wish, () -> address, token);
        readers.add(reader);
        return reader;
    }

    /** As {@link #reader(Wish)}, and it must get everything that is written from now on. */
    Reader latest(Wish wish) throws Exception {
        var reader = reader(wish).awaitOpen();
        reader.account().owe(history.ends());
        return reader;
    }

    /** It has been judged and is of no further interest. */
    void forget(Reader reader) {
        reader.close();
        readers.remove(reader);
    }

    List<Reader> readers() {
        return readers;
    }

    /** Until all readers have these. */
    void awaitAll(Collection<Written> ends, Duration atMost) {
        for (var reader : readers) {
            try {
                await("everything", atMost, () -> ends.stream().allMatch(
                        end -> reader.account().got(end.key(), end.seq())));
            } catch (AssertionError e) {
                throw new AssertionError(reader.account().name() + " does not get " + ends
                        + "; it has " + tail(reader) + "; refused: " + reader.refusal()
                        + "; wrong: "
                        + Checker.check(history, reader.account()).stream().limit(5).toList(), e);
            }
        }
    }

    /** Until every reader whose transport has notices has got this one. */
    void awaitNotice(String code, Duration atMost) throws IOException {
        for (var reader : readers) {
            if (!reader.hasNotices()) {
                continue;
            }
            try {
                await(code, atMost, () -> reader.account().notices().contains(code));
            } catch (AssertionError e) {
                throw new AssertionError(reader.account().name() + " is not told '" + code
                        + "'; it has " + tail(reader) + "; refused: " + reader.refusal() + "\n"
                        + (gateways.isEmpty() ? "" : gateways.getLast().process().errors()), e);
            }
        }
    }

    private static List<Account.Line> tail(Reader reader) {
        var lines = reader.account().lines();
        return lines.subList(Math.max(0, lines.size() - 4), lines.size());
    }

    /** Ends the run: every reader must have everything, and nothing else. */
    void judge(Writer writer, int partitions, Duration atMost) throws Exception {
        awaitAll(writer.end(partitions).values(), atMost);
        judge();
    }

    void judge() throws IOException {
        for (var reader : readers) {
            var violations = Checker.check(history, reader.account());
            if (!violations.isEmpty()) {
                Files.write(Files.createDirectories(Path.of("target/faults"))
                        .resolve("seed-" + seed + "-" + reader.account().name() + ".log"),
                        reader.account().lines().stream().map(Object::toString).toList());
            }
            assertThat(violations).as("violations of seed %d by %s, of %d", seed,
                    reader.account().name(), violations.size()).isEmpty();
        }
        for (var gateway : gateways) {
            assertThat(gateway.process().errors()).as("the log of a gateway")
                    .doesNotContain("ERROR", "Exception in thread");
        }
    }

    /** How many events all readers got. */
    long delivered() {
        return readers.stream().mapToLong(r -> r.account().count(Account.Line.Got.class)).sum();
    }

    @Override
    public void close() throws Exception {
        readers.forEach(Reader::close);
        for (var other : others.reversed()) {
            other.close();
        }
        gateways.forEach(GatewayNode::close);
        if (ownsBrokers) {
            brokers.close();
        }
        vertx.close();
        try (var files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }
}
