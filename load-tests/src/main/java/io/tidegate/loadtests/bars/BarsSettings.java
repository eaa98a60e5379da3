package io.tidegate.loadtests.bars;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What to run, and how large.
 *
 * @param only
 *            names or rows of scenarios; empty = all
 * @param rounds
 *            how often each comparison is made
 * @param seconds
 *            how long each point is measured
 * @param warmup
 *            seconds before that
 * @param scale
 *            what all numbers of subscribers and events are divided by
 * @param loops
 *            event loops of the gateway
 * @param outage
 *            seconds over which readers are cut off before they come back
 * @param isQuick
 *            whether variants are left out
 * @param jfr
 *            whether the gateway is recorded
 */
record BarsSettings(List<String> only, int rounds, double seconds, double warmup, int scale,
        int loops, double outage, boolean isQuick, boolean jfr, Path results) {
    static final String USAGE = """
            usage: run bars [options]
              --only LIST       of broadcast,paced,backlog,keys,shapes,idle,slow,reconnect or of rows 1 to 10
              --quick           one round, short points, no variants
              --rounds N        how often servers are compared (default: 3)
              --seconds N       how long each point is measured (default: 1.5)
              --warmup N        seconds before that (default: 0.5)
              --scale N         divides all numbers of subscribers and events (default: 1); not for results
              --loops N         event loops of the gateway (default: 1)
              --outage N        seconds over which readers are cut off before they reconnect (default: 12)
              --jfr             record the gateway with the flight recorder
              --results FOLDER  (default: results)
            """;

    static BarsSettings of(String[] args) {
        var values = new TreeMap<String, String>();
        for (int i = 0; i < args.length; i++) {
            switch (args[i]) {
                case "--quick", "--jfr" -> values.put(args[i], "yes");
                case "--only", "--rounds", "--seconds", "--warmup", "--scale", "--loops",
                        "--outage", "--results" -> {
                    if (i + 1 >= args.length) {
                        throw new IllegalArgumentException(args[i] + " needs a value\n" + USAGE);
                    }
                    values.put(args[i], args[++i]);
                }
                default -> throw new IllegalArgumentException(
                        "there is no option '" + args[i] + "'\n" + USAGE);
            }
        }
        boolean isQuick = values.containsKey("--quick");
        var only = new ArrayList<String>();
        for (var each : values.getOrDefault("--only", "").split(",", -1)) {
            if (!each.isBlank()) {
                only.add(each.strip().toLowerCase(Locale.ROOT));
            }
        }
        return new BarsSettings(List.copyOf(only),
                (int) number(values, "--rounds", isQuick ? 1 : 3, 1, 100),
                number(values, "--seconds", 1.5, 0.1, 600),
                number(values, "--warmup", 0.5, 0, 600),
                (int) number(values, "--scale", 1, 1, 100),
                (int) number(values, "--loops", 1, 1, 64),
                number(values, "--outage", isQuick ? 6 : 12, 1, 60), isQuick,
                values.containsKey("--jfr"), Path.of(values.getOrDefault("--results", "results")));
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
        throw new IllegalArgumentException(option + ": expected a number from " + min + " to "
                + max + " but was '" + text + "'");
    }

    /** A number of subscribers or events as large as it is to be in this run; never 0. */
    int scaled(int number) {
        return Math.max(1, number / scale);
    }

    /** Whether this scenario is to run. */
    boolean wants(Scenario scenario) {
        return only.isEmpty() || only.contains(scenario.name())
                || scenario.rows().stream().anyMatch(row -> only.contains(row.toString()));
    }

    /** Whether this promise is to be measured, in a scenario that measures several. */
    boolean wants(Scenario scenario, int row) {
        return only.isEmpty() || only.contains(scenario.name())
                || only.contains(Integer.toString(row));
    }
}
