package io.tidegate.loadtests.views;

import io.tidegate.loadtests.pull.Postgres;
import io.tidegate.loadtests.pull.Unavailable;
import io.tidegate.loadtests.server.BrokerServer;
import io.tidegate.loadtests.server.CpuTime;
import io.tidegate.loadtests.server.JvmOptions;
import io.tidegate.loadtests.server.Machine;
import io.tidegate.loadtests.server.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Measures a view of millions of rows: built from Kafka, kept up to date, asked meanwhile, opened again. */
public final class Views {
    private static final String USAGE = """
            usage: run views [options]
              --rows N          rows of the view (default: 1000000)
              --rate N          changes a second while it is asked (default: 30000; beyond 2000000 rows 10000; in PostgreSQL 2000)
              --queries N       queries a second meanwhile: 90 of 100 by key, 8 pages of 100, 2 group-bys (default: 100)
              --seconds N       how long that goes on (default: 20)
              --burst N         changes written at once (default: 300000)
              --indexes N       that a view may make by itself for its pages; 0: none (default: 4)
              --store NAME      duckdb, or postgresql: one of its own, started for the run (default: duckdb)
              --results FOLDER  (default: results)
            """;
    /** Beside those of every server: little heap, since rows are kept outside of it. */
    private static final List<String> OPTIONS = List.of("-Xmx448m");
    private static final long MEMORY_BYTES = 512L << 20;
    private static final double WAIT_SECONDS = 900;
    /** Of changes, before they are measured: what applies them one by one has not been compiled before. */
    private static final double WARM_SECONDS = 10;

    private final Outcome outcome = new Outcome();
    private final long rows;
    private final int rate;
    private final int queries;
    private final double seconds;
    private final long burst;
    private final long indexes;
    private final boolean isShared;
    private final Path log;
    /** Where the view is, unless it is embedded. */
    private @Nullable Postgres database;

    private Views(Map<String, Long> options, boolean isShared, Path log) {
        this.isShared = isShared;
        this.rows = options.getOrDefault("--rows", 1_000_000L);
        this.rate = options.getOrDefault("--rate",
                isShared ? 2_000L : rows > 2_000_000 ? 10_000L : 30_000L).intValue();
        this.queries = options.getOrDefault("--queries", 100L).intValue();
        this.seconds = options.getOrDefault("--seconds", 20L);
        this.burst = options.getOrDefault("--burst", 300_000L);
        this.indexes = options.getOrDefault("--indexes", 4L);
        this.log = log;
    }

    /**
     * @param args
     *            as {@code --help} tells
     */
    public static void main(String[] args) throws IOException, Unavailable {
        var options = new TreeMap<String, Long>();
        var results = Path.of("results");
        var store = "duckdb";
        try {
            for (int i = 0; i < args.length; i += 2) {
                switch (args[i]) {
                    case "--rows", "--rate", "--queries", "--seconds", "--burst", "--indexes" ->
                        options.put(args[i], Long.valueOf(args[i + 1]));
                    case "--results" -> results = Path.of(args[i + 1]);
                    case "--store" -> store = args[i + 1];
                    default -> throw new IllegalArgumentException(
                            "there is no option '" + args[i] + "'");
                }
            }
            if (!List.of("duckdb", "postgresql").contains(store)) {
                throw new IllegalArgumentException("there is no store '" + store + "'");
            }
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException e) {
            System.err.println(e.getMessage() + "\n" + USAGE);
            System.exit(2);
            return;
        }
        Files.createDirectories(results);
        var log = results.resolve("views.log");
        Files.deleteIfExists(log);
        var before = Machine.describe();
        System.out.println(before);
        var views = new Views(options, store.equals("postgresql"), log);
        views.run();
        var circumstances = List.of(before, "afterwards: " + Machine.load(),
                "commit " + System.getProperty("tidegate.commit", "unknown"),
                "the view's process: " + String.join(" ", JvmOptions.server()) + " "
                        + String.join(" ", OPTIONS) + ", views.memory " + (MEMORY_BYTES >> 20)
                        + " MiB; views in " + store
                        + "; asked within the process, without HTTP and GraphQL");
        views.outcome.write(results, circumstances);
        circumstances.forEach(System.out::println);
        System.exit(views.outcome.isMet() ? 0 : 1);
    }

    private void run() throws IOException, Unavailable {
        var folder = Files.createTempDirectory("tidegate-views-");
        // A database runs as another user, who must get at its own folder within this one.
        folder.toFile().setExecutable(true, false);
        try (var broker = ServerProcess.start(BrokerServer.class, List.of(), log,
                folder.resolve("kafka").toString(), Shipment.TOPIC);
                var writer = new ShipmentWriter(broker.where("kafka"), rows);
                var started = isShared ? Postgres.start(folder, log) : null) {
            database = started;
            long begin = System.nanoTime();
            writer.fill();
            outcome.add("rows written to the topic", rows / since(begin), "/s");
            try (var server = start(broker, folder)) {
                build(server, writer);
                asked(server);
                paced(server, writer, 0);
                paced(server, writer, queries);
                burst(server, writer);
                outcome.atMost("resident memory at the end", server.rssKib() / 1024.0, "MiB",
                        1_229);
            }
            outcome.add("on disk",
                    size(folder.resolve(isShared ? "postgres/base" : "views")) / 1048576.0, "MiB");
            try (var again = start(broker, folder)) {
                outcome.add("opened again after a clean end", number(again, "opened"), "ms");
                outcome.atMost("first look-up by key, since the process began",
                        number(again, "point"), "ms", 2_500);
                outcome.atMost("first page and group-by, since the process began",
                        number(again, "group"), "ms", 2_500);
            }
        } finally {
            remove(folder);
        }
    }

    private ServerProcess start(ServerProcess broker, Path folder) throws IOException {
        return ServerProcess.start(ViewServer.class, OPTIONS, log, broker.where("kafka"),
                database == null ? folder.resolve("views").toString() : database.address(),
                Long.toString(MEMORY_BYTES), Long.toString(rows), Long.toString(indexes));
    }

    /** What the gateway and its store have taken up to now. */
    private record Taken(CpuTime gateway, long database) {
    }

    private Taken taken(ServerProcess server) throws IOException {
        return new Taken(server.cpu(), database == null ? 0 : database.cpuMicros());
    }

    private void tellCpu(String what, ServerProcess server, Taken since, double by, String unit)
            throws IOException {
        outcome.add(what, server.cpu().since(since.gateway()) / by, unit);
        if (database != null) {
            outcome.add(what + ", PostgreSQL's", (database.cpuMicros() - since.database()) / by,
                    unit);
        }
    }

    private static double number(ServerProcess process, String name) {
        return Double.parseDouble(process.where(name));
    }

    private void build(ServerProcess server, ShipmentWriter writer) throws IOException {
        long begin = System.nanoTime();
        var cpu = taken(server);
        long end = writer.written();
        double ofRows = 0;
        double ofKeys = 0;
        while (ofRows == 0 || ofKeys == 0) {
            var standing = server.ask("standing");
            if (ofRows == 0 && standing.getOrDefault("at0", 0L) >= end) {
                ofRows = since(begin);
            }
            if (ofKeys == 0 && standing.getOrDefault("at1", end) >= end) {
                ofKeys = since(begin);
            }
            within(begin);
            LockSupport.parkNanos(20_000_000);
        }
        if (isShared) {
            outcome.add("built from Kafka", end / ofRows, "/s");
        } else {
            outcome.atLeast("built from Kafka, both parts", end / Math.max(ofRows, ofKeys),
                    "/s", 60_000);
            outcome.add("  of that the part that answers everything", end / ofRows, "/s");
            outcome.add("  of that the keys", end / ofKeys, "/s");
        }
        tellCpu("  CPU an event", server, cpu, (double) end, "us");
        outcome.add("  resident memory", server.rssKib() / 1024.0, "MiB");
    }

    private void asked(ServerProcess server) throws IOException {
        for (var kind : List.of("point", "page", "group")) {
            int times = kind.equals("point") ? 20_000 : kind.equals("page") ? 200 : 50;
            server.ask("ask " + kind + " " + times / 2);
            var cpu = taken(server);
            var answer = server.ask("ask " + kind + " " + times);
            var what = name(kind) + ", nothing else";
            tellCpu(what + ", CPU", server, cpu, times, "us");
            outcome.add(what + ", p50", answer.getOrDefault(kind + "50", 0L), "us");
            outcome.add(what + ", p99", answer.getOrDefault(kind + "99", 0L), "us");
        }
    }

    private static String name(String kind) {
        return switch (kind) {
            case "point" -> "look-up by key";
            case "page" -> "page of 100";
            default -> "group-by of all rows";
        };
    }

    private void paced(ServerProcess server, ShipmentWriter writer, int asked)
            throws IOException {
        var with = asked == 0 ? "alone" : "with " + asked + " queries/s";
        server.ask("load " + asked);
        writer.paced(rate, WARM_SECONDS);
        server.ask("clear");
        var before = server.ask("standing");
        var cpu = taken(server);
        long begin = System.nanoTime();
        writer.paced(rate, seconds);
        double took = since(begin);
        tellCpu("CPU, " + with, server, cpu, took * 1e6, "cores");
        var after = server.ask("standing");
        var latencies = server.ask("latencies");
        server.ask("load 0");
        for (int part = 0; part < 2; part++) {
            var name = "applied" + part;
            if (after.containsKey(name)) {
                outcome.atLeast(
                        String.format(Locale.ROOT, "changes applied, %s, %s", with,
                                part == 0 ? "rows" : "keys"),
                        (after.getOrDefault(name, 0L) - before.getOrDefault(name, 0L)) / took,
                        "/s", asked == 0 ? Double.NaN : 0.95 * rate);
            }
        }
        outcome.atMost("  oldest change not yet counted by aggregates, at most, " + with,
                after.getOrDefault("behind", 0L) / 1000.0, "s", 3);
        if (asked > 0) {
            outcome.atMost("  queries that failed", after.getOrDefault("failed", 0L), "", 0);
            for (var kind : List.of("point", "page", "group")) {
                outcome.add("  " + name(kind) + ", p50",
                        latencies.getOrDefault(kind + "50", 0L), "us");
                outcome.add("  " + name(kind) + ", p99",
                        latencies.getOrDefault(kind + "99", 0L), "us");
            }
        }
        awaitAll(server, writer);
    }

    private void burst(ServerProcess server, ShipmentWriter writer) throws IOException {
        var cpu = taken(server);
        long begin = System.nanoTime();
        writer.burst(burst);
        awaitAll(server, writer);
        double took = since(begin);
        outcome.add("changes written at once, written and applied by both", burst / took, "/s");
        tellCpu("  CPU a change", server, cpu, (double) burst, "us");
    }

    private static void awaitAll(ServerProcess server, ShipmentWriter writer) throws IOException {
        long begin = System.nanoTime();
        while (true) {
            var standing = server.ask("standing");
            if (standing.getOrDefault("at0", 0L) >= writer.written()
                    && standing.getOrDefault("at1", Long.MAX_VALUE) >= writer.written()) {
                return;
            }
            within(begin);
            LockSupport.parkNanos(20_000_000);
        }
    }

    private static void within(long begin) throws IOException {
        if (since(begin) > WAIT_SECONDS) {
            throw new IOException("the view has not got everything within " + WAIT_SECONDS + " s");
        }
    }

    private static double since(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    private static long size(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static void remove(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
