package io.tidegate.loadtests.bars;

import io.tidegate.loadtests.stand.Sample;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Everything that a run has found out, in the order in which it did; told on the terminal as it comes. */
final class Findings {
    private final List<Reading> readings = new ArrayList<>();
    private final List<Figure> figures = new ArrayList<>();
    private final List<Bar> bars = new ArrayList<>();
    private final List<String> failures = new ArrayList<>();

    /** What one server did in one round at one point. */
    record Reading(String scenario, String point, String server, int round, Sample sample) {
    }

    /** Something else that was counted. */
    record Figure(String scenario, String point, String server, int round, String name,
            double value, String unit) {
    }

    void sample(String scenario, String point, String server, int round, Sample sample) {
        readings.add(new Reading(scenario, point, server, round, sample));
        System.out.printf(Locale.ROOT,
                "  %-9s %-26s %-18s %9.0f/s %8.2f us/delivery %8.0f B/delivery%s%s%n",
                scenario, point, server, sample.deliveriesPerSecond(), sample.cpuPerDelivery(),
                sample.allocatedPerDelivery(), latencies(sample),
                sample.isSound() ? "" : "  NOT SOUND: " + sample.fault());
    }

    /** Without a rate an event is due when it is sent, so a latency would be that of a full buffer: it is not told. */
    private static String latencies(Sample sample) {
        return sample.load().rate() == 0
                ? ""
                : String.format(Locale.ROOT, "  p50 %.1f p99 %.1f ms", sample.p50() / 1e3,
                        sample.p99() / 1e3);
    }

    void figure(String scenario, String point, String server, int round, String name,
            double value, String unit) {
        figures.add(new Figure(scenario, point, server, round, name, value, unit));
        System.out.printf(Locale.ROOT, "  %-9s %-26s %-18s %s %s %s%n", scenario, point, server,
                name, Bar.figure(value), unit);
    }

    void bar(Bar bar) {
        bars.add(bar);
        System.out.printf(Locale.ROOT, "%2d %s: %s %s (%s) %s%n", bar.row(), bar.what(),
                Bar.figure(bar.measured()), bar.unit(), bar.promise(), bar.verdict());
    }

    /** A scenario did not come to its end. */
    void failure(String scenario, String why) {
        failures.add(scenario + ": " + why);
        System.out.println("FAILED " + scenario + ": " + why);
    }

    List<Reading> readings() {
        return List.copyOf(readings);
    }

    List<Figure> figures() {
        return List.copyOf(figures);
    }

    /** In the order of the table of promises. */
    List<Bar> bars() {
        return bars.stream().sorted(Comparator.comparingInt(Bar::row)).toList();
    }

    List<String> failures() {
        return List.copyOf(failures);
    }
}
