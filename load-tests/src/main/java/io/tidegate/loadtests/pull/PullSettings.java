package io.tidegate.loadtests.pull;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What to ask, and how much of it.
 *
 * @param only
 *            points that are measured, in the order of {@link Point}
 * @param rows
 *            shipments that both have
 * @param connections
 *            of each client, all of them busy except in the mixed load
 * @param seconds
 *            how long each point is measured
 * @param warmup
 *            seconds before that, each time
 * @param rounds
 *            how often the two are compared
 * @param rate
 *            requests a second of the mixed load
 * @param updates
 *            updates a second beside it
 * @param seed
 *            of the questions
 * @param hasBaseline
 *            whether PostGraphile is measured at all
 * @param jfr
 *            whether the gateway is recorded
 */
record PullSettings(List<Point> only, int rows, int connections, double seconds, double warmup,
        int rounds, int rate, int updates, long seed, boolean hasBaseline, boolean jfr,
        Path results) {
    static final String USAGE = """
            usage: run pull [options]
              --only LIST       of key,page,group,repeat,mixed (default: all)
              --rows N          shipments that both have (default: 1000000)
              --connections N   of each client (default: 16)
              --seconds N       how long each point is measured (default: 5)
              --warmup N        seconds before that, each time (default: 2)
              --rounds N        how often the two are compared (default: 3)
              --rate N          requests a second of the mixed load (default: 200)
              --updates N       updates a second beside it (default: 2000)
              --seed N          of the questions (default: 1)
              --no-baseline     Tidegate alone
              --jfr             record the gateway with the flight recorder
              --results FOLDER  (default: results)
            """;

    static PullSettings of(String[] args) {
        var values = new TreeMap<String, String>();
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--no-baseline", "--jfr" -> values.put(args[i], "yes");
                case "--only", "--rows", "--connections", "--seconds", "--warmup", "--rounds",
                        "--rate", "--updates", "--seed", "--results" -> {
                    if (i + 1 >= args.length) {
                        throw new IllegalArgumentException(args[i] + " needs a value\n" + USAGE);
                    }
                    values.put(args[i], args[++i]);
                }
                default -> throw new IllegalArgumentException(
                        "there is no option '" + args[i] + "'\n" + USAGE);
            }
        }
        return new PullSettings(points(values.getOrDefault("--only", "")),
                (int) number(values, "--rows", 1_000_000, 20_000, 100_000_000),
                (int) number(values, "--connections", 16, 1, 1000),
                number(values, "--seconds", 5, 0.1, 600),
                number(values, "--warmup", 2, 0, 600),
                (int) number(values, "--rounds", 3, 1, 100),
                (int) number(values, "--rate", 200, 1, 100_000),
                (int) number(values, "--updates", 2000, 1, 100_000),
                (long) number(values, "--seed", 1, 0, 1e15),
                !values.containsKey("--no-baseline"), values.containsKey("--jfr"),
                Path.of(values.getOrDefault("--results", "results")));
    }

    private static List<Point> points(String text) {
        var points = new ArrayList<Point>();
        for (var each : text.split(",", -1)) {
            if (!each.isBlank()) {
                points.add(Arrays.stream(Point.values())
                        .filter(point -> point.label()
                                .equals(each.strip().toLowerCase(Locale.ROOT)))
                        .findFirst()
                        .orElseThrow(
                                () -> new IllegalArgumentException("--only: there is no point '"
                                        + each
                                        + "'; expected some of key, page, group, repeat, mixed")));
            }
        }
        return points.isEmpty()
                ? List.of(Point.values())
                : Arrays.stream(Point.values()).filter(points::contains).toList();
    }

    private static double number(Map<String, String> values, String option, double otherwise,
            double min, double max) {
        var text = values.get(option);
        if (text == null) {
            return otherwise;
        }
        try {
            double value = Double.parseDouble(text);
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new IllegalArgumentException(
                String.format(Locale.ROOT, "%s: expected a number from %.0f to %.0f but was '%s'",
                        option, min, max, text));
    }
}
