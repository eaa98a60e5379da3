package io.tidegate.loadtests.stand;

/**
 * What was counted while events came.
 *
 * @param load
 *            what came
 * @param subscribers
 *            that were open
 * @param seconds
 *            how long was counted
 * @param events
 *            different ones that came, as far as it is known; where every subscriber gets each, what one got on the average
 * @param deliveries
 *            events that reached a subscriber, all subscribers together
 * @param cpuMicros
 *            of the server's process, user and system
 * @param allocatedBytes
 *            by the server's process
 * @param rssKib
 *            of the server's process at the end
 * @param p50
 *            microseconds from the time an event was due until a subscriber had read it; likewise the others
 * @param fewest
 *            events that the subscriber with the fewest got
 * @param most
 *            events that the subscriber with the most got
 * @param gaps
 *            how often a subscriber got an event that did not follow the one before
 * @param closed
 *            connections that the server ended
 */
public record Sample(Load load, int subscribers, double seconds, double events, long deliveries,
        long cpuMicros, long allocatedBytes, long rssKib, long p50, long p99, long p999,
        long fewest, long most, long gaps, int closed) {

    /** Server CPU for each event at each subscriber, in microseconds; not a number if there was none. */
    public double cpuPerDelivery() {
        return deliveries == 0 ? Double.NaN : (double) cpuMicros / deliveries;
    }

    /** Server CPU for each event, in microseconds; not a number if there was none. */
    public double cpuPerEvent() {
        return events == 0 ? Double.NaN : cpuMicros / events;
    }

    /** Bytes that the server allocated for each event at each subscriber; not a number if there was none. */
    public double allocatedPerDelivery() {
        return deliveries == 0 ? Double.NaN : (double) allocatedBytes / deliveries;
    }

    /** Events at subscribers a second. */
    public double deliveriesPerSecond() {
        return seconds <= 0 ? 0 : deliveries / seconds;
    }

    /**
     * Whether it can be compared at all: every subscriber got every event, and as many as any other, give or take the bursts
     * that were on their way when counting began and ended.
     */
    public boolean isSound() {
        return gaps == 0 && closed == 0 && fewest > 0
                && (load.isFlatOut() || most - fewest <= Math.max(4L * load.burst(), most / 20));
    }

    /** What is wrong with it; empty if nothing is. */
    public String fault() {
        return isSound()
                ? ""
                : "gaps " + gaps + ", closed " + closed + ", fewest/most " + fewest + "/" + most;
    }
}
