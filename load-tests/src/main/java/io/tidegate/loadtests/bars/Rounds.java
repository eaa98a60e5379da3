package io.tidegate.loadtests.bars;

import io.tidegate.loadtests.stand.Lane;
import io.tidegate.loadtests.stand.Load;
import io.tidegate.loadtests.stand.Sample;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;

/**
 * What several lanes did in the same rounds, one after the other in each, so that whatever else the machine did hit all of them
 * alike.
 */
final class Rounds {
    private final Map<String, List<Sample>> samples = new LinkedHashMap<>();

    /**
     * Measures every lane once a round, forwards and backwards in turn.
     *
     * @param point
     *            what is measured, for whoever reads the figures
     */
    static Rounds measure(String scenario, String point, List<Lane> lanes, Load load,
            BarsSettings settings, Findings findings) throws IOException {
        return measure(scenario, point, lanes, load, settings, settings.seconds(), findings);
    }

    /** The same, counting for so many seconds. */
    static Rounds measure(String scenario, String point, List<Lane> lanes, Load load,
            BarsSettings settings, double seconds, Findings findings) throws IOException {
        var rounds = new Rounds();
        for (int round = 0; round < settings.rounds(); round++) {
            var order = round % 2 == 0 ? lanes : lanes.reversed();
            for (var lane : order) {
                var sample = lane.measure(load, settings.warmup(), seconds);
                rounds.add(lane.label(), sample);
                findings.sample(scenario, point, lane.label(), round, sample);
            }
        }
        return rounds;
    }

    /** Keeps what a lane did in the next round. */
    void add(String label, Sample sample) {
        samples.computeIfAbsent(label, key -> new ArrayList<>()).add(sample);
    }

    /** What a lane did, round by round; empty if it was not measured. */
    List<Sample> of(String label) {
        return List.copyOf(samples.getOrDefault(label, List.of()));
    }

    /**
     * Compares two lanes round by round.
     *
     * @param figure
     *            of what the first and the second did in the same round
     */
    List<Double> compare(String first, String second,
            ToDoubleBiFunction<Sample, Sample> figure) {
        var a = of(first);
        var b = of(second);
        var figures = new ArrayList<Double>();
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            figures.add(figure.applyAsDouble(a.get(i), b.get(i)));
        }
        return figures;
    }

    /** CPU for a delivery at the first lane as a multiple of the second's, round by round. */
    List<Double> cpu(String first, String second) {
        return compare(first, second, (a, b) -> a.cpuPerDelivery() / b.cpuPerDelivery());
    }

    /** Why figures of these lanes do not count; empty if they do. */
    List<String> faults(String... labels) {
        var faults = new ArrayList<String>();
        for (var label : labels) {
            of(label).stream().filter(sample -> !sample.isSound())
                    .forEach(sample -> faults.add(label + ": " + sample.fault()));
        }
        return faults;
    }

    /** The middle one, or between the middle two; not a number if there is none. */
    static double median(List<Double> figures) {
        if (figures.isEmpty()) {
            return Double.NaN;
        }
        var sorted = figures.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1
                ? sorted.get(middle)
                : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
