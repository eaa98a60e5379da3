package io.tidegate.loadtests.bars;

import io.tidegate.loadtests.bars.Findings.Reading;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Plots of what was counted: for each point a row of dots a server, a dot a round. */
final class BarsPlot {
    private static final int LEFT = 180;
    private static final int WIDTH = 440;
    private static final int ROW = 18;

    private BarsPlot() {
    }

    /** A plot of CPU for each point, and one of latencies where they mean something. */
    static void all(List<Reading> readings, StringBuilder out) {
        out.append("<h2>Plots</h2>\n");
        var points = new LinkedHashSet<String>();
        readings.forEach(each -> points.add(each.scenario() + ": " + each.point()));
        for (var point : points) {
            var here = readings.stream()
                    .filter(each -> point.equals(each.scenario() + ": " + each.point())).toList();
            plot(out, point + ", server CPU per delivery, µs", here,
                    each -> each.sample().cpuPerDelivery());
            if (here.stream().anyMatch(each -> each.sample().load().rate() > 0)) {
                plot(out, point + ", p99 latency, ms", here, each -> each.sample().p99() / 1e3);
            }
        }
    }

    private static void plot(StringBuilder out, String title, List<Reading> readings,
            ToDoubleFunction<Reading> figure) {
        var servers = new LinkedHashSet<String>();
        readings.forEach(each -> servers.add(each.server()));
        double most = readings.stream().mapToDouble(figure).filter(Double::isFinite).max()
                .orElse(0);
        if (most <= 0) {
            return;
        }
        out.append(String.format(Locale.ROOT,
                "<p>%s</p><svg width=\"%d\" height=\"%d\" font-size=\"12\">%n",
                BarsReport.escape(title), LEFT + WIDTH + 90, ROW * servers.size() + 4));
        int row = 0;
        for (var server : servers) {
            int y = ROW * row++ + 10;
            out.append(String.format(Locale.ROOT,
                    "<text x=\"0\" y=\"%d\">%s</text><line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"#ddd\"/>%n",
                    y + 4, BarsReport.escape(server), LEFT, LEFT + WIDTH, y, y));
            var colour = server.startsWith("tidegate") ? "#06c" : "#777";
            var figures = readings.stream().filter(each -> each.server().equals(server))
                    .mapToDouble(figure).filter(Double::isFinite).boxed().toList();
            figures.forEach(value -> out.append(String.format(Locale.ROOT,
                    "<circle cx=\"%.1f\" cy=\"%d\" r=\"4\" fill=\"%s\" fill-opacity=\"0.6\"/>",
                    LEFT + WIDTH * Math.max(0, value) / most, y, colour)));
            out.append(String.format(Locale.ROOT, "<text x=\"%d\" y=\"%d\">%s</text>%n",
                    LEFT + WIDTH + 10, y + 4, Bar.figure(Rounds.median(figures))));
        }
        out.append("</svg>\n");
    }
}
