package io.tidegate.loadtests.pull;

import io.tidegate.loadtests.server.BrokerServer;
import io.tidegate.loadtests.server.JvmOptions;
import io.tidegate.loadtests.server.Machine;
import io.tidegate.loadtests.server.ServerProcess;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Asks the gateway and PostGraphile the same questions about the same rows, in one run, and tells what a request costs each. */
public final class Pull {
    /** Rows of a carrier before the deepest page that is asked. */
    private static final int DEPTH = 900;
    /** Cursors are asked for so many rows at once. */
    private static final int EDGES = 450;
    /** The compilers of the Java processes are not done after less: of the gateway they take 7 s of CPU. */
    private static final double FIRST_WARMUP = 24;
    /** Part of a rate that must be reached for a point to be sound. */
    private static final double KEPT_UP = 0.9;
    private static final long SETTLE_NANOS = 2_000_000_000L;

    private final PullSettings settings;
    private final PullReport report;
    private final Path log;
    private final Path folder;

    /** One of the two with the client that asks it. */
    private record Lane(Contender contender, ServerProcess client) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            client.close();
            contender.close();
        }
    }

    private Pull(PullSettings settings, PullReport report, Path log, Path folder) {
        this.settings = settings;
        this.report = report;
        this.log = log;
        this.folder = folder;
    }

    /**
     * @param args
     *            see {@link PullSettings#USAGE}
     */
    public static void main(String[] args) throws IOException {
        PullSettings settings;
        try {
            settings = PullSettings.of(args);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        Files.createDirectories(settings.results());
        var log = settings.results().resolve("pull.log").toAbsolutePath();
        Files.deleteIfExists(log);
        var report = new PullReport();
        report.circumstance(Instant.now() + ", " + Machine.describe());
        report.circumstance("commit " + System.getProperty("tidegate.commit", "unknown") + "; "
                + settings);
        report.circumstance("gateway: " + String.join(" ", JvmOptions.server()));
        var folder = Files.createTempDirectory("tidegate-pull-");
        // The database runs as another user, who must get at its own folder within this one.
        folder.toFile().setExecutable(true, false);
        try {
            new Pull(settings, report, log, folder).run();
        } catch (IOException | RuntimeException e) {
            report.fault("run: " + e.getMessage());
        } finally {
            removeTree(folder);
        }
        report.circumstance("afterwards: " + Machine.load());
        System.out.println();
        System.out.print(report.table());
        report.write(settings.results());
        System.out.printf(Locale.ROOT, "%nwritten: %s/pull.{csv,json,log}%n",
                settings.results().toAbsolutePath().normalize());
        System.exit(report.faults().isEmpty() ? 0 : 1);
    }

    private void run() throws IOException {
        var shipments = new Shipments(settings.rows());
        var truth = new Truth(shipments, DEPTH + Questions.PAGE);
        try (var broker = ServerProcess.start(BrokerServer.class, List.of(), log,
                folder.resolve("kafka").toString(), Tidegate.TOPIC)) {
            long begin = System.nanoTime();
            var options = settings.jfr()
                    ? List.of(JvmOptions.recording(settings.results().toAbsolutePath()
                            .resolve("pull.jfr").toString()))
                    : List.<String>of();
            var tidegate = Tidegate.start(shipments, broker,
                    Files.createDirectories(folder.resolve("gateway")), options, log);
            report.circumstance(String.format(Locale.ROOT,
                    "tidegate: %d rows through Kafka into its view in %.1f s, %d MiB resident",
                    settings.rows(), (System.nanoTime() - begin) / 1e9,
                    tidegate.rssKib() >> 10));
            try (var ours = lane(tidegate, "tidegate", truth)) {
                measureBeside(ours, shipments, truth);
            }
        }
    }

    private void measureBeside(Lane ours, Shipments shipments, Truth truth) throws IOException {
        if (!settings.hasBaseline()) {
            measure(List.of(ours));
            return;
        }
        long begin = System.nanoTime();
        PostGraphile postGraphile;
        try {
            postGraphile = PostGraphile.start(shipments,
                    Files.createDirectories(folder.resolve("baseline")),
                    Path.of("target", "postgraphile").toAbsolutePath(), settings.connections(),
                    log);
        } catch (Unavailable e) {
            report.circumstance("without a baseline: " + e.getMessage());
            measure(List.of(ours));
            return;
        }
        report.circumstance(String.format(Locale.ROOT,
                "postgraphile: %s, PostgreSQL 15, filled and analysed in %.1f s",
                String.join(", ", PostGraphile.PACKAGES), (System.nanoTime() - begin) / 1e9));
        try (var theirs = lane(postGraphile, choose(postGraphile), truth)) {
            measure(List.of(ours, theirs));
        }
    }

    /** Starts the client of a server whose answers are right. */
    private Lane lane(Contender contender, String language, Truth truth) throws IOException {
        try {
            var shipments = new Shipments(settings.rows());
            var places = settings.only().contains(Point.PAGE)
                    || settings.only().contains(Point.MIXED)
                            ? places(contender)
                            : List.<Questions.Place>of();
            var agreement = new Agreement(shipments, truth, contender);
            agreement.ofKeys(settings.seed()).forEach(each -> report.fault("key: " + each));
            if (!places.isEmpty()) {
                double seconds = contender.settle(places);
                if (seconds > 0) {
                    report.circumstance(String.format(Locale.ROOT,
                            "%s: its pages were quick %.1f s after the first of them",
                            contender.label(), seconds));
                }
                agreement.ofPages(places, settings.seed())
                        .forEach(each -> report.fault("page: " + each));
            }
            if (settings.only().stream().anyMatch(Pull::isOfGroups)) {
                checkGroups(agreement);
            }
            return new Lane(contender, client(contender, language, places));
        } catch (IOException | RuntimeException e) {
            contender.close();
            throw e;
        }
    }

    private static boolean isOfGroups(Point point) {
        return point == Point.GROUP || point == Point.REPEAT || point == Point.MIXED;
    }

    private void checkGroups(Agreement agreement) throws IOException {
        try {
            agreement.ofGroups().forEach(each -> report.fault("group: " + each));
        } catch (Asker.Refused e) {
            report.fault("group: " + e.getMessage());
        }
    }

    private ServerProcess client(Contender contender, String language,
            List<Questions.Place> places) throws IOException {
        var file = folder.resolve("places-" + language);
        var lines = places.stream()
                .map(place -> place.carrier() + "\t" + place.depth() + "\t" + place.cursor())
                .toList();
        Files.write(file, lines);
        return ServerProcess.start(QueryClient.class, List.of(), log,
                Integer.toString(contender.port()),
                contender.token().isEmpty() ? "-" : contender.token(),
                Integer.toString(settings.connections()), Integer.toString(settings.rows()),
                language, file.toString());
    }

    /** Every row of the first {@link #DEPTH} of each carrier as the one before a page. */
    private static List<Questions.Place> places(Contender contender) throws IOException {
        var places = new ArrayList<Questions.Place>();
        var questions = contender.questions();
        try (var asker = new Asker(contender)) {
            for (int i = 0; i < Shipment.CARRIERS; i++) {
                var carrier = Shipment.carrier(i);
                var cursor = "";
                places.add(new Questions.Place(carrier, 0, cursor));
                for (int depth = 0; depth < DEPTH;) {
                    var cursors = questions
                            .cursors(asker.ask(questions.edges(carrier, cursor, EDGES)));
                    for (var each : cursors) {
                        places.add(new Questions.Place(carrier, ++depth, each));
                    }
                    if (cursors.size() < EDGES) {
                        break;
                    }
                    cursor = cursors.getLast();
                }
            }
        }
        return places;
    }

    /** Whether PostGraphile finds pages cheaper by offset or by cursor: what it does better is what it is measured by. */
    private String choose(PostGraphile postGraphile) throws IOException {
        if (!settings.only().contains(Point.PAGE) && !settings.only().contains(Point.MIXED)) {
            return "offset";
        }
        var cpu = new double[2];
        var languages = List.of("offset", "cursor");
        for (int i = 0; i < 2; i++) {
            postGraphile.pagesByCursor(i == 1);
            try (var client = client(postGraphile, languages.get(i), places(postGraphile))) {
                count(new Lane(postGraphile, client), Point.PAGE, "", -1, settings.warmup() + 1);
                cpu[i] = count(new Lane(postGraphile, client), Point.PAGE, "", -1,
                        settings.seconds()).cpuPerRequest();
            }
        }
        int better = cpu[0] <= cpu[1] ? 0 : 1;
        report.circumstance(String.format(Locale.ROOT,
                "postgraphile finds pages by %s: %.0f us CPU a page, by %s %.0f us",
                languages.get(better), cpu[better], languages.get(1 - better), cpu[1 - better]));
        postGraphile.pagesByCursor(better == 1);
        return languages.get(better);
    }

    private void measure(List<Lane> lanes) throws IOException {
        for (var point : settings.only()) {
            try {
                if (point == Point.MIXED) {
                    measureMixed(lanes);
                } else {
                    measure(point, lanes);
                }
            } catch (IOException e) {
                report.fault(point.label() + ": " + e.getMessage());
            }
        }
    }

    private void measure(Point point, List<Lane> lanes) throws IOException {
        for (var lane : lanes) {
            count(lane, point, "", -1, Math.min(FIRST_WARMUP, 4 * settings.warmup()));
        }
        for (int round = 0; round < settings.rounds(); round++) {
            for (var lane : round % 2 == 0 ? lanes : lanes.reversed()) {
                count(lane, point, "", -1, settings.warmup());
                report.reading(count(lane, point, "", round, settings.seconds()));
            }
        }
    }

    private void measureMixed(List<Lane> lanes) throws IOException {
        for (int round = 0; round < settings.rounds(); round++) {
            for (var lane : round % 2 == 0 ? lanes : lanes.reversed()) {
                count(lane, Point.MIXED, PullReport.QUIET, -1,
                        round == 0 ? FIRST_WARMUP : settings.warmup());
                report(count(lane, Point.MIXED, PullReport.QUIET, round,
                        2 * settings.seconds()));
                long begin = System.nanoTime();
                lane.contender().startUpdates(settings.updates());
                Reading reading;
                long updates;
                try {
                    count(lane, Point.MIXED, PullReport.UPDATED, -1, settings.warmup());
                    reading = count(lane, Point.MIXED, PullReport.UPDATED, round,
                            2 * settings.seconds());
                } finally {
                    double seconds = (System.nanoTime() - begin) / 1e9;
                    updates = Math.round(lane.contender().stopUpdates() / seconds);
                }
                report(new Reading(reading.point(), reading.what(), reading.server(), round,
                        reading.cpuMicros(), reading.rssKib(), updates, reading.counted()));
                // What was changed last is written out by itself.
                LockSupport.parkNanos(SETTLE_NANOS);
            }
        }
    }

    /** Latencies of a server that falls behind say how long it was asked, and nothing else. */
    private void report(Reading reading) {
        report.reading(reading);
        if (reading.perSecond() < KEPT_UP * settings.rate()) {
            report.fault(String.format(Locale.ROOT,
                    "%s: %s answers %.0f of %d requests/s only", reading.point().label(),
                    reading.server(), reading.perSecond(), settings.rate()));
        }
        if (reading.updates() > 0 && reading.updates() < KEPT_UP * settings.updates()) {
            report.fault(String.format(Locale.ROOT, "%s: %s got %.0f of %d updates/s only",
                    reading.point().label(), reading.server(), reading.updates(),
                    settings.updates()));
        }
    }

    /**
     * @param round
     *            −1 = a warm-up
     */
    private Reading count(Lane lane, Point point, String what, int round, double seconds)
            throws IOException {
        long seed = settings.seed() + 1_000L * (round + 1) + 1_000_000L * point.label().hashCode();
        var command = point == Point.MIXED
                ? "paced " + settings.rate()
                : "closed " + point.name();
        long before = lane.contender().cpuMicros();
        var counted = lane.client()
                .ask(command + " " + Math.max(1, (long) (seconds * 1000)) + " " + seed);
        long cpu = lane.contender().cpuMicros() - before;
        return new Reading(point, what, lane.contender().label(), round, cpu,
                lane.contender().rssKib(), 0, counted);
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
                // Servers remove files of their own while they end.
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
