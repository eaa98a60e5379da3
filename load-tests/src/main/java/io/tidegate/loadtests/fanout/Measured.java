package io.tidegate.loadtests.fanout;

import java.util.List;

/**
 * What one server did at one point.
 *
 * @param rate
 *            events a second; 0 = as fast as the clients take them
 * @param burst
 *            events that are due at the same time
 * @param seconds
 *            how long was measured
 * @param deliveries
 *            events that reached a client, all clients together
 * @param cpuMicros
 *            of the server's process, user and system
 * @param rssKib
 *            of the server's process at the end
 * @param p50
 *            microseconds from the time an event was due until a client had read it; likewise the others
 * @param min
 *            events that the connection with the fewest got
 * @param max
 *            events that the connection with the most got
 * @param gaps
 *            how often a connection got an event that did not follow the one before
 * @param closed
 *            connections that ended
 */
record Measured(Server server, int subscribers, int rate, int burst, double seconds,
        long deliveries, long cpuMicros, long rssKib, long p50, long p99, long p999, long min,
        long max, long gaps, int closed) {

    /** Server CPU for each event at each client, in microseconds; not a number if there was none. */
    double cpuPerDelivery() {
        return deliveries == 0 ? Double.NaN : (double) cpuMicros / deliveries;
    }

    double deliveriesPerSecond() {
        return seconds <= 0 ? 0 : deliveries / seconds;
    }

    /**
     * Whether it can be compared at all: every client got every event, and as many as any other, give or take the bursts
     * that were on their way when counting began and ended.
     */
    boolean isSound() {
        return gaps == 0 && closed == 0 && min > 0
                && (rate == 0 || max - min <= Math.max(4L * burst, max / 20));
    }

    /**
     * CPU for a delivery as a multiple of what another server took at the same point.
     *
     * @param limit
     *            the server to compare with
     * @return not a number where that server has no point of the same size
     */
    double ratio(List<Measured> all, Server limit) {
        return all.stream()
                .filter(other -> other.server() == limit && other.subscribers() == subscribers
                        && other.rate() == rate && other.burst() == burst)
                .mapToDouble(other -> cpuPerDelivery() / other.cpuPerDelivery()).findFirst()
                .orElse(Double.NaN);
    }
}
