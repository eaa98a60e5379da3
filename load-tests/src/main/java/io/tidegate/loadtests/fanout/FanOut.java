package io.tidegate.loadtests.fanout;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs every server at every point, one after the other in one go, so that the ratios between them mean something even on a
 * machine that has other work. Each server is a process of its own with 1, 10, 100… subscribers; the clients and the producer
 * are this process, the broker is a third.
 */
public final class FanOut {
    private static final long BEGIN_NANOS = 20_000_000_000L;

    private final Settings settings;
    private final Path log;
    private final List<Measured> measured = new ArrayList<>();

    private FanOut(Settings settings, Path log) {
        this.settings = settings;
        this.log = log;
    }

    /**
     * @param args
     *            see {@link Settings#USAGE}
     */
    public static void main(String[] args) throws IOException {
        Settings settings;
        try {
            settings = Settings.of(args);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        Files.createDirectories(settings.results());
        var log = settings.results().resolve("fanout.log");
        Files.deleteIfExists(log);
        var run = new FanOut(settings, log);
        var folder = Files.createTempDirectory("tidegate-load-");
        try {
            run.run(folder);
        } finally {
            removeTree(folder);
        }
        var report = new Report(run.measured, Machine.describe(), Instant.now());
        System.out.println();
        System.out.print(report.table());
        report.write(settings.results());
        System.out.println("\nwritten: " + settings.results().toAbsolutePath().normalize()
                + "/fanout.{csv,json,html}");
        System.exit(0);
    }

    private void run(Path folder) throws IOException {
        try (var broker = ServerProcess.start(BrokerServer.class, List.of("-XX:+UseSerialGC"), log,
                folder.resolve("kafka").toString());
                var producer = new Producer(broker.where("kafka"))) {
            for (var server : settings.servers()) {
                run(server, broker, producer, folder);
            }
        }
    }

    /** One process for all points of a server: the first of them finds it warm, and so do the others. */
    private void run(Server server, ServerProcess broker, Producer producer, Path folder)
            throws IOException {
        try (var process = start(server, broker, folder)) {
            boolean isCold = true;
            for (int subscribers : settings.subscribers()) {
                try (var client = new LoadClient()) {
                    client.connect(server, Integer.parseInt(process.where("port")),
                            broker.where("token"), subscribers);
                    for (int burst : settings.bursts()) {
                        int rate = settings.rate(subscribers, burst);
                        if (isCold) {
                            // The compiler's work is nobody's cost per delivery.
                            point(server, process, producer, client, subscribers, rate, burst, 2);
                            isCold = false;
                        }
                        keep(point(server, process, producer, client, subscribers, rate, burst, 1));
                    }
                    if (settings.isFlatOut()) {
                        keep(point(server, process, producer, client, subscribers, 0, 16, 1));
                    }
                }
            }
        }
    }

    private void keep(Measured point) {
        measured.add(point);
        System.out.println(Report.line(point));
    }

    private ServerProcess start(Server server, ServerProcess broker, Path folder)
            throws IOException {
        return switch (server) {
            case NETTY -> ServerProcess.start(NettyServer.class, List.of(), log);
            case NETTY_KAFKA -> ServerProcess.start(NettyServer.class, List.of(), log,
                    broker.where("kafka"));
            case VERTX -> ServerProcess.start(VertxServer.class, List.of(), log);
            case TIDEGATE_WS, TIDEGATE_SSE, TIDEGATE_GRAPHQL ->
                ServerProcess.start(TidegateServer.class, recording(server), log,
                        broker.where("kafka"), broker.where("issuer"),
                        folder.resolve(server.label()).toString(),
                        Integer.toString(settings.loops()));
        };
    }

    private List<String> recording(Server server) {
        return settings.jfr()
                ? List.of("-XX:StartFlightRecording:settings=profile,jdk.CPUTimeSample#enabled=true"
                        + ",filename=" + settings.results().toAbsolutePath()
                                .resolve(server.label() + ".jfr"))
                : List.of();
    }

    private Measured point(Server server, ServerProcess process, Producer producer,
            LoadClient client, int subscribers, int rate, int burst, int warmups)
            throws IOException {
        if (server.isFed()) {
            producer.start(rate, burst, subscribers);
        } else {
            process.command("start " + rate + " " + burst);
        }
        long begin = System.nanoTime();
        while (!client.hasAllBegun()) {
            read(client, producer);
            if (System.nanoTime() - begin > BEGIN_NANOS) {
                throw new IOException(server.label() + ": after 20 s " + subscribers
                        + " subscribers have not all got an event; see " + log);
            }
        }
        readFor(client, producer, warmups * settings.warmup());
        client.clear();
        long cpu = process.cpuMicros();
        long from = System.nanoTime();
        readFor(client, producer, settings.seconds());
        long cpuMicros = process.cpuMicros() - cpu;
        double seconds = (System.nanoTime() - from) / 1e9;
        var latencies = client.latencies();
        var point = new Measured(server, subscribers, rate, burst, seconds, client.deliveries(),
                cpuMicros, process.rssKib(), latencies.percentile(0.5), latencies.percentile(0.99),
                latencies.percentile(0.999), client.fewest(), client.most(), client.gaps(),
                client.closed());
        if (server.isFed()) {
            producer.stop();
        } else {
            process.command("stop");
        }
        drain(client);
        return point;
    }

    private static void readFor(LoadClient client, Producer producer, int seconds)
            throws IOException {
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
            read(client, producer);
        }
    }

    private static void read(LoadClient client, Producer producer) throws IOException {
        client.read(5);
        producer.reached(client.reached());
    }

    /** Reads until nothing has come for a while, so that the next point begins with empty buffers. */
    private static void drain(LoadClient client) throws IOException {
        long quietSince = System.nanoTime();
        long begin = quietSince;
        long known = client.deliveries();
        while (System.nanoTime() - quietSince < 300_000_000L
                && System.nanoTime() - begin < BEGIN_NANOS) {
            client.read(20);
            if (client.deliveries() != known) {
                known = client.deliveries();
                quietSince = System.nanoTime();
            }
        }
    }

    private static void removeTree(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                    throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                // The broker removes files of its own while it ends.
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory,
                    @Nullable IOException failure)
                    throws IOException {
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
