package io.tidegate.gateway.sandbox;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;
import org.jspecify.annotations.Nullable;

/**
 * One real Kafka broker (KRaft, broker and controller in one) inside this process, on the loopback address only. Its
 * folder is kept: whoever starts it removes a temporary one.
 */
public final class SandboxBroker implements AutoCloseable {
    private static final int NODE = 1;
    private static final int TRIES = 3;
    private static final Duration STOP_WITHIN = Duration.ofMillis(1500);

    private final KafkaRaftServer server;
    private final int port;

    private SandboxBroker(KafkaRaftServer server, int port) {
        this.server = server;
        this.port = port;
    }

    /**
     * Starts a broker; blocks for the two seconds or so that it takes.
     *
     * @param folder
     *            for its log; a folder that a broker used before keeps its topics
     * @param port
     *            0 = any free one
     * @throws SandboxFailure
     *             if the folder cannot be written, the port is taken, or the broker does not come up
     */
    public static SandboxBroker start(Path folder, int port) throws SandboxFailure {
        prepare(folder);
        format(folder);
        // Between the choice of a free port and its use another process may have taken it.
        for (int tries = 1;; tries++) {
            try {
                return start(folder, ports(port));
            } catch (SandboxFailure e) {
                if (port != 0 || tries == TRIES || !isTaken(e)) {
                    throw e;
                }
            }
        }
    }

    /** Where clients and where the controller are to be reached. */
    private record Ports(int clients, int controller) {
    }

    private static Ports ports(int port) throws SandboxFailure {
        try (var first = reserve(port); var second = reserve(0)) {
            return new Ports(first.getLocalPort(), second.getLocalPort());
        } catch (IOException e) {
            throw new SandboxFailure(
                    "The broker cannot listen on 127.0.0.1:" + port + " (" + e.getMessage()
                            + "); choose another port.",
                    e);
        }
    }

    private static SandboxBroker start(Path folder, Ports ports) throws SandboxFailure {
        var server = new KafkaRaftServer(
                new KafkaConfig(settings(folder, ports.clients(), ports.controller())),
                Time.SYSTEM);
        try {
            server.startup();
            return new SandboxBroker(server, ports.clients());
        } catch (RuntimeException e) {
            server.shutdown();
            throw new SandboxFailure(
                    "The sandbox's broker did not start: " + rootOf(e).getMessage(), e);
        }
    }

    private static boolean isTaken(SandboxFailure failure) {
        return rootOf(failure) instanceof BindException;
    }

    /** {@code 127.0.0.1:port}, for a client's {@code bootstrap.servers}. */
    public String bootstrapServers() {
        return "127.0.0.1:" + port;
    }

    /** Stops the broker; returns after 1.5 s at the latest, whether or not it has ended by then. */
    @Override
    public void close() {
        var stopped = CompletableFuture.runAsync(server::shutdown, task -> {
            var thread = new Thread(task, "sandbox-broker-stop");
            thread.setDaemon(true);
            thread.start();
        });
        try {
            stopped.get(STOP_WITHIN.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // Its folder is about to go, or is a log that recovers; nothing is lost by not waiting.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static ServerSocket reserve(int port) throws IOException {
        var socket = new ServerSocket();
        try {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    private static void prepare(Path folder) throws SandboxFailure {
        try {
            Files.createDirectories(folder);
            // A folder can look writable on a full disk; a file with content tells.
            Path probe = Files.createTempFile(folder, "probe", "");
            Files.write(probe, new byte[64 * 1024]);
            Files.delete(probe);
        } catch (IOException e) {
            throw new SandboxFailure("The broker cannot write to '" + folder + "' (" + e
                    + "); make room or name another folder with --data.", e);
        }
    }

    private static void format(Path folder) throws SandboxFailure {
        if (Files.exists(folder.resolve("meta.properties"))) {
            return;
        }
        try {
            new Formatter()
                    .setClusterId(Uuid.randomUuid().toString())
                    .setNodeId(NODE)
                    .setControllerListenerName("CONTROLLER")
                    .setReleaseVersion(MetadataVersion.latestProduction())
                    .setDirectories(List.of(folder.toString()))
                    .setMetadataLogDirectory(folder.toString())
                    .setIgnoreFormatted(true)
                    .setPrintStream(new PrintStream(OutputStream.nullOutputStream(), false,
                            StandardCharsets.UTF_8))
                    .run();
        } catch (Exception e) {
            throw new SandboxFailure(
                    "The broker's folder '" + folder + "' cannot be prepared: " + e.getMessage(),
                    e);
        }
    }

    private static Properties settings(Path folder, int clients, int controller) {
        var settings = new Properties();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", Integer.toString(NODE));
        settings.put("controller.quorum.voters", NODE + "@127.0.0.1:" + controller);
        settings.put("listeners",
                "PLAINTEXT://127.0.0.1:" + clients + ",CONTROLLER://127.0.0.1:" + controller);
        settings.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + clients);
        settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("inter.broker.listener.name", "PLAINTEXT");
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("log.dirs", folder.toString());

        // One node: internal topics are small and have no replicas; groups need not wait for company.
        settings.put("offsets.topic.num.partitions", "1");
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("transaction.state.log.num.partitions", "1");
        settings.put("transaction.state.log.replication.factor", "1");
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("share.coordinator.state.topic.num.partitions", "1");
        settings.put("share.coordinator.state.topic.replication.factor", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("default.replication.factor", "1");
        settings.put("auto.create.topics.enable", "false");

        settings.put("num.network.threads", "2");
        settings.put("num.io.threads", "2");
        settings.put("background.threads", "2");
        settings.put("log.cleaner.dedupe.buffer.size", Integer.toString(4 * 1024 * 1024));
        settings.put("log.index.size.max.bytes", Integer.toString(1024 * 1024));
        settings.put("log.retention.hours", "24");
        settings.put("log.segment.bytes", Integer.toString(32 * 1024 * 1024));
        settings.put("log.segment.delete.delay.ms", "1000");
        settings.put("initial.broker.registration.timeout.ms", "30000");
        settings.put("controlled.shutdown.enable", "false");
        return settings;
    }

    private static Throwable rootOf(Throwable failure) {
        Throwable at = failure;
        for (@Nullable
        Throwable cause = at.getCause(); cause != null; cause = cause.getCause()) {
            at = cause;
        }
        return at;
    }
}
