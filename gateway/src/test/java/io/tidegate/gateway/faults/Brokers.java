package io.tidegate.gateway.faults;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;

/** A Kafka cluster of real processes on the loopback address: each node is broker and controller. */
public final class Brokers implements AutoCloseable {
    private final Path folder;
    private final int count;
    private final String clusterId = Uuid.randomUuid().toString();
    private final List<Integer> ports = new ArrayList<>();
    private final List<Integer> controllers = new ArrayList<>();
    private final List<ChildProcess> nodes = new ArrayList<>();
    private final Admin admin;

    private Brokers(Path folder, int count) throws Exception {
        this.folder = folder;
        this.count = count;
        var reserved = new ArrayList<ServerSocket>();
        for (int n = 0; n < 2 * count; n++) {
            var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
            reserved.add(socket);
            (n < count ? ports : controllers).add(socket.getLocalPort());
        }
        for (var socket : reserved) {
            socket.close();
        }
        for (int node = 0; node < count; node++) {
            nodes.add(start(node));
        }
        for (var node : nodes) {
            node.awaitReady();
        }
        admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers(),
                "reconnect.backoff.max.ms", "200", "retry.backoff.max.ms", "200",
                "default.api.timeout.ms", "30000"));
    }

    /** Starts them; returns when all serve. */
    public static Brokers start(Path folder, int count) throws Exception {
        return new Brokers(Files.createDirectories(folder), count);
    }

    private ChildProcess start(int node) throws IOException {
        Path file = folder.resolve("node-" + node + ".properties");
        try (var out = Files.newBufferedWriter(file)) {
            settings(node).store(out, null);
        }
        return new ChildProcess("broker-" + node, folder, "320m", "ready", BrokerMain.class,
                file.toString());
    }

    private Properties settings(int node) {
        var settings = new Properties();
        settings.put("test.cluster.id", clusterId);
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", Integer.toString(node));
        settings.put("controller.quorum.voters", IntStream.range(0, count)
                .mapToObj(n -> n + "@127.0.0.1:" + controllers.get(n))
                .collect(Collectors.joining(",")));
        settings.put("listeners", "PLAINTEXT://127.0.0.1:" + ports.get(node)
                + ",CONTROLLER://127.0.0.1:" + controllers.get(node));
        settings.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + ports.get(node));
        settings.put("listener.security.protocol.map",
                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("log.dirs", data(node).toString());
        for (var topic : List.of("offsets.topic", "transaction.state.log",
                "share.coordinator.state.topic")) {
            settings.put(topic + ".num.partitions", "1");
            settings.put(topic + ".replication.factor", "1");
        }
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        settings.put("auto.create.topics.enable", "false");
        settings.put("num.network.threads", "2");
        settings.put("num.io.threads", "2");
        settings.put("background.threads", "2");
        settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(4 << 20));
        settings.put("log.cleaner.backoff.ms", "200");
        settings.put("log.index.size.max.bytes", Integer.toString(1 << 20));
        settings.put("log.segment.delete.delay.ms", "500");
        settings.put("controlled.shutdown.enable", "false");
        // A node that is gone is taken for dead soon, so that tests do not wait for what is not theirs.
        settings.put("broker.session.timeout.ms", "3000");
        settings.put("broker.heartbeat.interval.ms", "500");
        settings.put("controller.quorum.election.timeout.ms", "500");
        settings.put("controller.quorum.fetch.timeout.ms", "1000");
        settings.put("replica.lag.time.max.ms", "4000");
        settings.put("group.min.session.timeout.ms", "1000");
        settings.put("group.initial.rebalance.delay.ms", "0");
        return settings;
    }

    Path data(int node) {
        return folder.resolve("data-" + node);
    }

    int count() {
        return count;
    }

    public String bootstrapServers() {
        return ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    }

    public Admin admin() {
        return admin;
    }

    ChildProcess node(int node) {
        return nodes.get(node);
    }

    public void kill(int node) throws Exception {
        nodes.get(node).kill();
    }

    /** Starts a killed node again on its folder and ports. */
    void revive(int node) throws Exception {
        nodes.set(node, start(node));
        nodes.get(node).awaitReady();
    }

    /** Keeps a copy of a partition's folder as it is. */
    void keep(int node, String partition) throws IOException {
        copy(data(node).resolve(partition), folder.resolve("kept-" + partition));
    }

    /** The disk of a broker comes back as it was when that was kept. */
    void restore(int node, String partition) throws IOException {
        copy(folder.resolve("kept-" + partition), data(node).resolve(partition));
    }

    private static void copy(Path from, Path to) throws IOException {
        if (Files.exists(to)) {
            try (var files = Files.list(to)) {
                for (var file : files.toList()) {
                    Files.delete(file);
                }
            }
        }
        Files.createDirectories(to);
        try (var files = Files.list(from)) {
            for (var file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }

    public void create(String topic, int partitions, Map<String, String> configuration)
            throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, partitions, (short) count)
                .configs(configuration))).all().get(20, TimeUnit.SECONDS);
    }

    void delete(String topic) throws Exception {
        admin.deleteTopics(List.of(topic)).all().get(20, TimeUnit.SECONDS);
        while (admin.listTopics().names().get(20, TimeUnit.SECONDS).contains(topic)) {
            Thread.onSpinWait();
        }
    }

    @Override
    public void close() {
        // Without anybody to ask it would wait for them.
        admin.close(java.time.Duration.ZERO);
        nodes.forEach(ChildProcess::close);
    }
}
