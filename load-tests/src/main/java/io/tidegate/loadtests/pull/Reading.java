package io.tidegate.loadtests.pull;

import java.util.Locale;
import java.util.Map;

/**
 * What one of the two did in one round at one point.
 *
 * @param what
 *            of the point was asked; of the mixed load also whether updates ran
 * @param cpuMicros
 *            of all processes of the server, user and system
 * @param rssKib
 *            of them, at the end
 * @param updates
 *            a second that ran beside it
 * @param counted
 *            what the client told
 */
record Reading(Point point, String what, String server, int round, long cpuMicros, long rssKib,
        double updates, Map<String, Long> counted) {

    Reading {
        counted = Map.copyOf(counted);
    }

    private long told(String name) {
        return counted.getOrDefault(name, 0L);
    }

    long requests() {
        return told("requests");
    }

    double seconds() {
        return told("nanos") / 1e9;
    }

    double perSecond() {
        return requests() / seconds();
    }

    /** Not a number if the kernel counted none. */
    double perCpuSecond() {
        return cpuMicros == 0 ? Double.NaN : requests() * 1e6 / cpuMicros;
    }

    double cpuPerRequest() {
        return requests() == 0 ? Double.NaN : (double) cpuMicros / requests();
    }

    /** Microseconds that so many of all requests took no longer than; {@code p50}, {@code p99} or {@code p999}. */
    long latency(String percentile) {
        return told(percentile);
    }

    /** The same of one kind of request. */
    long latency(Point kind, String percentile) {
        return told(kind.label() + "." + percentile);
    }

    double bytesPerRequest() {
        return requests() == 0 ? Double.NaN : (double) told("bytes") / requests();
    }

    /** Part of the questions that had been asked before in the same run. */
    double repeated() {
        return requests() == 0 ? 0 : (double) told("repeated") / requests();
    }

    /** Why it does not count; empty if it does. */
    String fault() {
        return told("errors") > 0
                ? told("errors") + " of " + requests() + " answers were errors"
                : requests() == 0 ? "nothing was answered" : "";
    }

    /** For a terminal. */
    String line() {
        return String.format(Locale.ROOT,
                "  %-6s %-14s %-13s %d %9.1f/s %9.1f/CPU s %9.1f us CPU  p50 %.2f p99 %.2f p99.9 %.2f ms  %,.0f B (%d-%d)%s%s%s",
                point.label(), what, server, round, perSecond(), perCpuSecond(), cpuPerRequest(),
                latency("p50") / 1e3, latency("p99") / 1e3, latency("p999") / 1e3,
                bytesPerRequest(), told("least"), told("most"),
                repeated() > 0.001
                        ? String.format(Locale.ROOT, "  %.0f %% asked before", 100 * repeated())
                        : "",
                updates > 0 ? String.format(Locale.ROOT, "  %.0f updates/s", updates) : "",
                fault().isEmpty() ? "" : "  NOT SOUND: " + fault());
    }

    static String csvHead() {
        return "point,what,server,round,seconds,requests,per_second,per_cpu_second,cpu_us,cpu_us_per_request,rss_kib,"
                + "p50_us,p99_us,p999_us,key_p99_us,page_p99_us,group_p99_us,bytes_per_answer,least_bytes,most_bytes,"
                + "asked_before,updates_per_second,errors\n";
    }

    String csv() {
        return String.format(Locale.ROOT,
                "%s,%s,%s,%d,%.3f,%d,%.1f,%.2f,%d,%.1f,%d,%d,%d,%d,%d,%d,%d,%.0f,%d,%d,%.4f,%.0f,%d%n",
                point.label(), what, server, round, seconds(), requests(), perSecond(),
                perCpuSecond(), cpuMicros, cpuPerRequest(), rssKib, latency("p50"),
                latency("p99"), latency("p999"), latency(Point.KEY, "p99"),
                latency(Point.PAGE, "p99"), latency(Point.GROUP, "p99"), bytesPerRequest(),
                told("least"), told("most"), repeated(), updates, told("errors"));
    }
}
