package io.tidegate.loadtests.fanout;

import io.tidegate.loadtests.stand.Sample;
import java.util.List;

/** What one server did at one point. */
record Measured(Server server, Sample sample) {

    int subscribers() {
        return sample.subscribers();
    }

    /** Events a second; 0 = as fast as the clients take them. */
    int rate() {
        return sample.load().rate();
    }

    int burst() {
        return sample.load().burst();
    }

    double cpuPerDelivery() {
        return sample.cpuPerDelivery();
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
                .filter(other -> other.server() == limit && other.subscribers() == subscribers()
                        && other.rate() == rate() && other.burst() == burst())
                .mapToDouble(other -> cpuPerDelivery() / other.cpuPerDelivery()).findFirst()
                .orElse(Double.NaN);
    }
}
