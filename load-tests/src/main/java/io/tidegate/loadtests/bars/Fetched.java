package io.tidegate.loadtests.bars;

import io.tidegate.loadtests.stand.Sample;
import io.tidegate.loadtests.stand.Stand;
import java.io.IOException;

/**
 * What was fetched of a topic while something was measured.
 *
 * @param fetches
 *            by whomever, those that brought nothing too
 * @param bytes
 *            that they brought
 * @param sample
 *            what was measured
 */
record Fetched(long fetches, long bytes, double seconds, Sample sample) {

    /** Something that is measured. */
    @FunctionalInterface
    interface Measurement {
        Sample measure() throws IOException;
    }

    static Fetched during(Stand stand, String topic, Measurement measurement)
            throws IOException {
        long fetches = stand.fetches(topic);
        long bytes = stand.fetchedBytes(topic);
        long begin = System.nanoTime();
        var sample = measurement.measure();
        double seconds = (System.nanoTime() - begin) / 1e9;
        return new Fetched(stand.fetches(topic) - fetches, stand.fetchedBytes(topic) - bytes,
                seconds, sample);
    }

    double perSecond() {
        return seconds <= 0 ? 0 : fetches / seconds;
    }

    /** How many more there were than in the same time of another measurement; never below 0. */
    double without(Fetched idle) {
        return Math.max(0, fetches - idle.perSecond() * seconds);
    }
}
