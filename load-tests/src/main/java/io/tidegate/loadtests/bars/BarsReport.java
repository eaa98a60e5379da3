package io.tidegate.loadtests.bars;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** What a run has found out as a table, CSV, JSON and one page of HTML that needs nothing else. */
final class BarsReport {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Findings findings;
    private final List<String> circumstances;
    private final Instant time;

    /**
     * @param circumstances
     *            machine, commit, options: what the figures are worth nothing without
     */
    BarsReport(Findings findings, List<String> circumstances, Instant time) {
        this.findings = findings;
        this.circumstances = List.copyOf(circumstances);
        this.time = time;
    }

    /** For a terminal: a line a promise. */
    String table() {
        var out = new StringBuilder(String.join("\n", circumstances)).append("\n\n")
                .append(String.format(Locale.ROOT, "%3s %-64s %12s %10s %10s %16s  %s%n", "row",
                        "what", "measured", "least", "most", "bar", "verdict"));
        for (var bar : findings.bars()) {
            out.append(String.format(Locale.ROOT, "%3d %-64s %12s %10s %10s %16s  %s%n",
                    bar.row(), bar.what(), Bar.figure(bar.measured()), Bar.figure(bar.least()),
                    Bar.figure(bar.most()), bar.promise(), bar.verdict()));
            bar.faults().stream().distinct()
                    .forEach(fault -> out.append("      ").append(fault).append('\n'));
        }
        findings.failures().forEach(each -> out.append("FAILED ").append(each).append('\n'));
        return out.toString();
    }

    /** A line a promise. */
    String csv() {
        var out = new StringBuilder("row,what,unit,measured,least,most,limit,bar,verdict\n");
        for (var bar : findings.bars()) {
            out.append(String.format(Locale.ROOT, "%d,\"%s\",%s,%.4f,%.4f,%.4f,%s,%s,%s%n",
                    bar.row(), bar.what(), bar.unit(), bar.measured(), bar.least(), bar.most(),
                    bar.limit().sign(), bar.bar(), bar.verdict()));
        }
        return out.toString();
    }

    /** A line for each time that something was counted. */
    String readingsCsv() {
        var out = new StringBuilder(
                "scenario,point,server,round,subscribers,rate,burst,keys,seconds,"
                        + "events,deliveries,deliveries_per_second,cpu_us,cpu_us_per_delivery,cpu_us_per_event,"
                        + "allocated_bytes_per_delivery,rss_kib,p50_us,p99_us,p999_us,fewest,most,gaps,closed,sound\n");
        for (var each : findings.readings()) {
            var sample = each.sample();
            out.append(String.format(Locale.ROOT,
                    "%s,\"%s\",%s,%d,%d,%d,%d,%d,%.3f,%.0f,%d,%.0f,%d,%.4f,%.4f,%.1f,%d,%d,%d,%d,%d,%d,%d,%d,%s%n",
                    each.scenario(), each.point(), each.server(), each.round(),
                    sample.subscribers(), sample.load().rate(), sample.load().burst(),
                    sample.load().keys(), sample.seconds(), sample.events(), sample.deliveries(),
                    sample.deliveriesPerSecond(), sample.cpuMicros(), sample.cpuPerDelivery(),
                    sample.cpuPerEvent(), sample.allocatedPerDelivery(), sample.rssKib(),
                    sample.p50(), sample.p99(), sample.p999(), sample.fewest(), sample.most(),
                    sample.gaps(), sample.closed(), sample.isSound()));
        }
        return out.toString();
    }

    ObjectNode json() {
        var root = JSON.createObjectNode().put("time", time.toString());
        circumstances.forEach(root.putArray("circumstances")::add);
        var bars = root.putArray("bars");
        for (var bar : findings.bars()) {
            var node = bars.addObject().put("row", bar.row()).put("what", bar.what())
                    .put("unit", bar.unit()).put("limit", bar.limit().sign())
                    .put("bar", bar.bar()).put("verdict", bar.verdict());
            node.put("measured", finite(bar.measured()));
            bar.rounds().forEach(round -> node.withArray("rounds").add(finite(round)));
            bar.faults().forEach(node.putArray("faults")::add);
        }
        var readings = root.putArray("readings");
        for (var each : findings.readings()) {
            readings.addObject().put("scenario", each.scenario()).put("point", each.point())
                    .put("server", each.server()).put("round", each.round())
                    .setAll((ObjectNode) JSON.valueToTree(each.sample()));
        }
        var figures = root.putArray("figures");
        for (var each : findings.figures()) {
            figures.addObject().put("scenario", each.scenario()).put("point", each.point())
                    .put("server", each.server()).put("round", each.round())
                    .put("name", each.name()).put("value", each.value())
                    .put("unit", each.unit());
        }
        findings.failures().forEach(root.putArray("failures")::add);
        return root;
    }

    private static double finite(double value) {
        return Double.isFinite(value) ? value : -1;
    }

    String html() {
        var out = new StringBuilder("<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\">"
                + "<title>Tidegate: bars</title><style>body{font:14px sans-serif;margin:2em;max-width:80em}"
                + "td,th{padding:2px 8px;text-align:right}td.l,th.l{text-align:left}"
                + ".met{color:#070}.missed{color:#b00}.not{color:#960}</style>"
                + "<h1>What was promised and what was measured</h1>\n");
        out.append("<p>").append(time).append("</p>");
        circumstances.forEach(
                each -> out.append("<p>").append(escape(each)).append("</p>\n"));
        out.append(
                "<table><tr><th>row<th class=\"l\">what<th>measured<th>rounds<th>bar<th class=\"l\">"
                        + "verdict<th class=\"l\">part of the bar\n");
        for (var bar : findings.bars()) {
            out.append("<tr><td>").append(bar.row()).append("<td class=\"l\">")
                    .append(escape(bar.what())).append("<td>")
                    .append(Bar.figure(bar.measured())).append("<td>")
                    .append(Bar.figure(bar.least())).append(" – ")
                    .append(Bar.figure(bar.most())).append("<td>")
                    .append(escape(bar.promise())).append("<td class=\"l ")
                    .append(bar.verdict().replace(" ", " is-")).append("\">")
                    .append(bar.verdict()).append("<td class=\"l\">").append(gauge(bar))
                    .append('\n');
        }
        out.append("</table>\n");
        findings.failures().forEach(each -> out.append("<p class=\"missed\">failed: ")
                .append(escape(each)).append("</p>\n"));
        BarsPlot.all(findings.readings(), out);
        return out.append("<h2>Everything that was counted</h2><pre>")
                .append(escape(readingsCsv())).append("</pre><h2>Other figures</h2><pre>")
                .append(escape(figures())).append("</pre></html>\n").toString();
    }

    private String figures() {
        var out = new StringBuilder();
        findings.figures().forEach(each -> out.append(String.format(Locale.ROOT,
                "%-10s %-26s %-18s %-22s %12s %s%n", each.scenario(), each.point(),
                each.server(), each.name(), Bar.figure(each.value()), each.unit())));
        return out.toString();
    }

    /** How much of the bar is used up, every round a dot; the bar is the line at the middle. */
    private static String gauge(Bar bar) {
        var out = new StringBuilder(
                "<svg width=\"200\" height=\"14\"><line x1=\"100\" x2=\"100\" y1=\"0\""
                        + " y2=\"14\" stroke=\"#333\"/>");
        for (double round : bar.rounds()) {
            double part = bar.limit() == Bar.Limit.AT_MOST ? round / bar.bar() : bar.bar() / round;
            if (Double.isFinite(part)) {
                out.append(String.format(Locale.ROOT,
                        "<circle cx=\"%.1f\" cy=\"7\" r=\"4\" fill=\"%s\" fill-opacity=\"0.6\"/>",
                        Math.max(4, Math.min(196, 100 * part)), part <= 1 ? "#070" : "#b00"));
            }
        }
        return out.append("</svg>").toString();
    }

    static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    /** Writes {@code bars.csv}, {@code bars-readings.csv}, {@code bars.json} and {@code bars.html}. */
    void write(Path folder) throws IOException {
        Files.writeString(folder.resolve("bars.csv"), csv());
        Files.writeString(folder.resolve("bars-readings.csv"), readingsCsv());
        Files.writeString(folder.resolve("bars.json"), json().toPrettyString());
        Files.writeString(folder.resolve("bars.html"), html());
    }
}
