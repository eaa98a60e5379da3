package io.tidegate.loadtests.pull;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Everything that a run has found out, told on the terminal as it comes. */
final class PullReport {
    static final String QUIET = "quiet";
    static final String UPDATED = "updated";
    private static final String OURS = "tidegate";
    private static final String THEIRS = "postgraphile";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<String> circumstances = new ArrayList<>();
    private final List<Reading> readings = new ArrayList<>();
    private final List<String> faults = new ArrayList<>();

    /**
     * What was promised of a point and what came of it.
     *
     * @param rounds
     *            ratios, one a round
     */
    record Outcome(Point point, String what, List<Double> rounds, List<String> faults) {
        double median() {
            var sorted = rounds.stream().sorted().toList();
            int middle = sorted.size() / 2;
            return sorted.isEmpty()
                    ? Double.NaN
                    : sorted.size() % 2 == 1
                            ? sorted.get(middle)
                            : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
        }

        String verdict() {
            if (!faults.isEmpty() || Double.isNaN(median())) {
                return "not sound";
            }
            boolean isKept = point == Point.MIXED
                    ? median() <= point.bar()
                    : median() >= point.bar();
            return isKept ? "met" : "missed";
        }
    }

    /** Without which no figure means anything. */
    void circumstance(String text) {
        circumstances.add(text);
        System.out.println(text);
    }

    void reading(Reading reading) {
        readings.add(reading);
        System.out.println(reading.line());
    }

    /** Something that went wrong, so that what is said of the point does not count. */
    void fault(String text) {
        faults.add(text);
        System.out.println("FAILED " + text);
    }

    List<String> faults() {
        return List.copyOf(faults);
    }

    List<Outcome> outcomes() {
        var outcomes = new ArrayList<Outcome>();
        for (var point : Point.values()) {
            if (readings.stream().noneMatch(reading -> reading.point() == point)) {
                continue;
            }
            if (point == Point.MIXED) {
                for (var server : List.of(OURS, THEIRS)) {
                    outcomes.add(new Outcome(point,
                            server + ": p99 with updates / without",
                            ratios(of(point, UPDATED, server), of(point, QUIET, server),
                                    PullReport::p99),
                            faults(point).stream().filter(fault -> fault.contains(server))
                                    .toList()));
                }
            } else {
                outcomes.add(new Outcome(point, "requests/CPU s, tidegate / postgraphile",
                        ratios(of(point, "", OURS), of(point, "", THEIRS),
                                Reading::perCpuSecond),
                        faults(point)));
            }
        }
        return outcomes.stream().filter(outcome -> !outcome.rounds().isEmpty()).toList();
    }

    private static double p99(Reading reading) {
        return reading.latency("p99");
    }

    private List<Reading> of(Point point, String what, String server) {
        return readings.stream().filter(reading -> reading.point() == point
                && reading.what().equals(what) && reading.server().equals(server)).toList();
    }

    private static List<Double> ratios(List<Reading> above, List<Reading> below,
            java.util.function.ToDoubleFunction<Reading> figure) {
        var ratios = new ArrayList<Double>();
        for (var one : above) {
            below.stream().filter(other -> other.round() == one.round()).findFirst()
                    .ifPresent(other -> ratios
                            .add(figure.applyAsDouble(one) / figure.applyAsDouble(other)));
        }
        return ratios;
    }

    private List<String> faults(Point point) {
        var all = new ArrayList<String>();
        readings.stream().filter(reading -> reading.point() == point)
                .filter(reading -> !reading.fault().isEmpty())
                .forEach(reading -> all.add(reading.server() + ": " + reading.fault()));
        faults.stream().filter(fault -> fault.startsWith(point.label() + ":"))
                .forEach(all::add);
        return all;
    }

    /** For a terminal: a line a promise. */
    String table() {
        var out = new StringBuilder(String.format(Locale.ROOT,
                "%-6s %-38s %-42s %9s %9s %9s %8s  %s%n", "point", "", "", "median", "least",
                "most", "bar", "verdict"));
        for (var outcome : outcomes()) {
            out.append(String.format(Locale.ROOT, "%-6s %-38s %-42s %9.2f %9.2f %9.2f %8s  %s%n",
                    outcome.point().label(), outcome.point().what(), outcome.what(),
                    outcome.median(), least(outcome), most(outcome),
                    (outcome.point() == Point.MIXED ? "<= " : ">= ") + outcome.point().bar(),
                    outcome.verdict()));
            outcome.faults().forEach(fault -> out.append("       ").append(fault).append('\n'));
        }
        faults.forEach(fault -> out.append("FAILED ").append(fault).append('\n'));
        return out.toString();
    }

    private static double least(Outcome outcome) {
        return outcome.rounds().stream().mapToDouble(Double::doubleValue).min()
                .orElse(Double.NaN);
    }

    private static double most(Outcome outcome) {
        return outcome.rounds().stream().mapToDouble(Double::doubleValue).max()
                .orElse(Double.NaN);
    }

    /** Writes {@code pull.csv}, a line for each time that something was counted, and {@code pull.json}. */
    void write(Path folder) throws IOException {
        var csv = new StringBuilder(Reading.csvHead());
        readings.forEach(reading -> csv.append(reading.csv()));
        Files.writeString(folder.resolve("pull.csv"), csv);
        var root = JSON.createObjectNode();
        circumstances.forEach(root.putArray("circumstances")::add);
        var outcomes = root.putArray("outcomes");
        for (var outcome : outcomes()) {
            var node = outcomes.addObject().put("point", outcome.point().label())
                    .put("asked", outcome.point().what()).put("what", outcome.what())
                    .put("bar", outcome.point().bar()).put("median", outcome.median())
                    .put("verdict", outcome.verdict());
            outcome.rounds().forEach(node.withArray("rounds")::add);
            outcome.faults().forEach(node.withArray("faults")::add);
        }
        root.set("readings", JSON.valueToTree(readings));
        faults.forEach(root.putArray("faults")::add);
        Files.writeString(folder.resolve("pull.json"), root.toPrettyString());
    }
}
