package io.tidegate.loadtests.bars;

import io.tidegate.loadtests.server.JvmOptions;
import io.tidegate.loadtests.server.Machine;
import io.tidegate.loadtests.stand.Stand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Measures what the project promises of its speed, in one run beside the baselines, and tells what is met and what is missed. */
public final class Bars {
    private static final List<Scenario> SCENARIOS = List.of(new Broadcast(), new Paced(),
            new Backlog(), new Keys(), new Shapes(), new Idle(), new SlowReaders(),
            new Reconnect());

    private Bars() {
    }

    /**
     * @param args
     *            see {@link BarsSettings#USAGE}
     */
    public static void main(String[] args) throws IOException {
        BarsSettings settings;
        List<Scenario> scenarios;
        try {
            var asked = BarsSettings.of(args);
            settings = asked;
            scenarios = chosen(asked);
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(2);
            return;
        }
        Files.createDirectories(settings.results());
        var log = settings.results().resolve("bars.log");
        Files.deleteIfExists(log);
        var begin = Instant.now();
        var findings = new Findings();
        var before = Machine.describe();
        run(scenarios, settings, log, findings);
        var report = new BarsReport(findings, List.of(before, "afterwards: " + Machine.load(),
                "commit " + System.getProperty("tidegate.commit", "unknown"),
                "each server: " + String.join(" ", JvmOptions.server()),
                "row 7 also: " + String.join(" ", JvmOptions.lean()), settings.toString()),
                begin);
        System.out.println();
        System.out.print(report.table());
        report.write(settings.results());
        System.out.printf(Locale.ROOT,
                "%n%d s; written: %s/bars.{csv,json,html}, bars-readings.csv%n",
                Instant.now().getEpochSecond() - begin.getEpochSecond(),
                settings.results().toAbsolutePath().normalize());
        System.exit(findings.failures().isEmpty() ? 0 : 1);
    }

    private static List<Scenario> chosen(BarsSettings settings) {
        for (var each : settings.only()) {
            if (SCENARIOS.stream().noneMatch(scenario -> scenario.name().equals(each)
                    || scenario.rows().stream().anyMatch(row -> row.toString().equals(each)))) {
                throw new IllegalArgumentException("--only: there is no scenario or row '" + each
                        + "'; expected some of "
                        + String.join(", ", SCENARIOS.stream().map(Scenario::name).toList())
                        + " or rows 1 to 10");
            }
        }
        return SCENARIOS.stream().filter(settings::wants).toList();
    }

    private static void run(List<Scenario> scenarios, BarsSettings settings, Path log,
            Findings findings) throws IOException {
        var topics = scenarios.stream().flatMap(scenario -> scenario.topics().stream()).toList();
        try (var stand = Stand.open(log, topics)) {
            for (var scenario : scenarios) {
                long begin = System.nanoTime();
                try {
                    scenario.run(stand, settings, findings);
                } catch (IOException | RuntimeException e) {
                    findings.failure(scenario.name(), String.valueOf(e.getMessage()));
                }
                stand.producer().stop();
                System.out.printf(Locale.ROOT, "-- %s took %.0f s%n", scenario.name(),
                        (System.nanoTime() - begin) / 1e9);
            }
        }
    }
}
