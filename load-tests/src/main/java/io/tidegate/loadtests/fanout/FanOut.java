package io.tidegate.loadtests.fanout;

import io.tidegate.loadtests.client.Dial;
import io.tidegate.loadtests.server.JvmOptions;
import io.tidegate.loadtests.server.Machine;
import io.tidegate.loadtests.server.ServerProcess;
import io.tidegate.loadtests.stand.Lane;
import io.tidegate.loadtests.stand.Load;
import io.tidegate.loadtests.stand.Sample;
import io.tidegate.loadtests.stand.Source;
import io.tidegate.loadtests.stand.Stand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs every server at every point, one after the other in one go, so that the ratios between them mean something even on a
 * machine that has other work. Each server is a process of its own with 1, 10, 100… subscribers; the clients and the producer
 * are this process, the broker is a third.
 */
public final class FanOut {
    private static final String PRODUCT = "events";

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
        run.run();
        var report = new Report(run.measured, Machine.describe(), Instant.now());
        System.out.println();
        System.out.print(report.table());
        report.write(settings.results());
        System.out.println("\nwritten: " + settings.results().toAbsolutePath().normalize()
                + "/fanout.{csv,json,html}");
        System.exit(0);
    }

    private void run() throws IOException {
        try (var stand = Stand.open(log, List.of(PRODUCT))) {
            for (var server : settings.servers()) {
                run(server, stand);
            }
        }
    }

    /** One process for all points of a server: the first of them finds it warm, and so do the others. */
    private void run(Server server, Stand stand) throws IOException {
        try (var process = start(server, stand)) {
            boolean isCold = true;
            for (int subscribers : settings.subscribers()) {
                try (var client = Stand.subscribers(() -> dial(server, process, stand),
                        subscribers)) {
                    var source = server.isFed() ? stand.topic(PRODUCT) : new Source.Own(process);
                    var lane = new Lane(server.label(), process, source, client);
                    for (int burst : settings.bursts()) {
                        var load = new Load(settings.rate(subscribers, burst), burst, 0);
                        if (isCold) {
                            // The compiler's work is nobody's cost per delivery.
                            lane.measure(load, settings.warmup(), settings.seconds());
                            isCold = false;
                        }
                        keep(server, lane.measure(load, settings.warmup(), settings.seconds()));
                    }
                    if (settings.isFlatOut()) {
                        keep(server, lane.measure(Load.flatOut(), settings.warmup(),
                                settings.seconds()));
                    }
                }
            }
        }
    }

    private void keep(Server server, Sample sample) {
        var point = new Measured(server, sample);
        measured.add(point);
        System.out.println(Report.line(point));
    }

    private ServerProcess start(Server server, Stand stand) throws IOException {
        return switch (server) {
            case NETTY -> stand.netty(List.of());
            case NETTY_KAFKA -> stand.nettyKafka(List.of(), PRODUCT);
            case VERTX -> stand.vertx(List.of());
            case STOCK_GRAPHQL -> stand.stockGraphQl(List.of());
            case STOCK_GRAPHQL_KAFKA -> stand.stockGraphQlKafka(List.of(), PRODUCT);
            case TIDEGATE_WS, TIDEGATE_SSE, TIDEGATE_GRAPHQL ->
                stand.tidegate(recording(server), settings.loops(), List.of(PRODUCT));
        };
    }

    private static Dial dial(Server server, ServerProcess process, Stand stand) {
        return switch (server) {
            case NETTY, NETTY_KAFKA, VERTX -> Stand.webSocket(process, "");
            case STOCK_GRAPHQL, STOCK_GRAPHQL_KAFKA -> Stand.stockGraphQl(process);
            case TIDEGATE_WS -> stand.webSocket(process, PRODUCT, "");
            case TIDEGATE_SSE -> stand.sse(process, PRODUCT);
            case TIDEGATE_GRAPHQL -> stand.graphQl(process, PRODUCT);
        };
    }

    private List<String> recording(Server server) {
        return settings.jfr()
                ? List.of(JvmOptions.recording(settings.results().toAbsolutePath()
                        .resolve(server.label() + ".jfr").toString()))
                : List.of();
    }
}
