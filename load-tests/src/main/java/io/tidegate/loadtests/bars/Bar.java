package io.tidegate.loadtests.bars;

import java.util.List;
import java.util.Locale;

/**
 * One promise and what was measured of it.
 *
 * @param row
 *            of the table of promises
 * @param what
 *            is compared with what, at which point
 * @param unit
 *            of the figures; {@code x} = a ratio
 * @param limit
 *            which side of the bar is the good one
 * @param bar
 *            the figure that was promised
 * @param rounds
 *            what was measured, a figure a round
 * @param faults
 *            why the measurement does not count; empty if it does
 */
record Bar(int row, String what, String unit, Limit limit, double bar, List<Double> rounds,
        List<String> faults) {

    /** Which side of a bar is the good one. */
    enum Limit {
        AT_MOST("<="), AT_LEAST(">=");

        private final String sign;

        Limit(String sign) {
            this.sign = sign;
        }

        String sign() {
            return sign;
        }
    }

    Bar {
        rounds = List.copyOf(rounds);
        faults = List.copyOf(faults);
    }

    /** The median of the rounds; not a number if there is none. */
    double measured() {
        return Rounds.median(rounds);
    }

    double least() {
        return rounds.stream().mapToDouble(Double::doubleValue).min().orElse(Double.NaN);
    }

    double most() {
        return rounds.stream().mapToDouble(Double::doubleValue).max().orElse(Double.NaN);
    }

    /** Whether the median keeps the promise, sound or not. */
    boolean isKept() {
        return limit == Limit.AT_MOST ? measured() <= bar : measured() >= bar;
    }

    /** {@code met}, {@code missed}, or {@code not sound} if the figures do not count. */
    String verdict() {
        if (!faults.isEmpty() || Double.isNaN(measured())) {
            return "not sound";
        }
        return isKept() ? "met" : "missed";
    }

    /** What was promised. */
    String promise() {
        return limit.sign() + " " + figure(bar) + " " + unit;
    }

    /** A figure with as many digits as it deserves. */
    static String figure(double value) {
        if (Double.isNaN(value)) {
            return "-";
        }
        double size = Math.abs(value);
        return String.format(Locale.ROOT,
                size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f", value);
    }
}
