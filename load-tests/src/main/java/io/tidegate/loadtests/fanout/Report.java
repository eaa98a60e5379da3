package io.tidegate.loadtests.fanout;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/** What was measured as a table, CSV, JSON and one page of HTML that needs nothing else. */
final class Report {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String HEAD = String.format(Locale.ROOT,
            "%-17s %6s %6s %6s %12s %9s %7s %8s %8s %8s %8s %16s %5s %7s", "server", "N",
            "rate/s", "burst", "deliveries/s", "CPU us", "x netty", "x kafka", "p50 ms", "p99 ms",
            "p99.9 ms", "min/max", "gaps", "RSS MiB");

    private final List<Measured> measured;
    private final String machine;
    private final Instant time;

    Report(List<Measured> measured, String machine, Instant time) {
        this.measured = List.copyOf(measured);
        this.machine = machine;
        this.time = time;
    }

    /** One point in few words, for whoever watches. */
    static String line(Measured point) {
        return String.format(Locale.ROOT,
                "%-17s N=%-5d %s burst=%-3d %9.0f deliveries/s  %8.2f us  p50 %.1f p99 %.1f ms%s",
                point.server().label(), point.subscribers(), rate(point), point.burst(),
                point.sample().deliveriesPerSecond(), point.cpuPerDelivery(),
                point.sample().p50() / 1e3,
                point.sample().p99() / 1e3,
                point.sample().isSound() ? "" : "  NOT SOUND: " + point.sample().fault());
    }

    private static String rate(Measured point) {
        return point.rate() == 0 ? "flat out" : point.rate() + "/s";
    }

    /** For a terminal; points that cannot be compared have a {@code !} at the end. */
    String table() {
        var out = new StringBuilder(machine).append('\n').append(HEAD).append('\n');
        for (var point : measured) {
            out.append(String.format(Locale.ROOT,
                    "%-17s %6d %6s %6d %12.0f %9.2f %7s %8s %8s %8s %8s %16s %5d %7d%s%n",
                    point.server().label(), point.subscribers(),
                    point.rate() == 0 ? "max" : Integer.toString(point.rate()), point.burst(),
                    point.sample().deliveriesPerSecond(), point.cpuPerDelivery(),
                    ratio(point, Server.NETTY), ratio(point, Server.NETTY_KAFKA),
                    millis(point, point.sample().p50()), millis(point, point.sample().p99()),
                    millis(point, point.sample().p999()),
                    point.sample().fewest() + "/" + point.sample().most(), point.sample().gaps(),
                    point.sample().rssKib() / 1024, point.sample().isSound() ? "" : " !"));
        }
        return out.toString();
    }

    private String ratio(Measured point, Server limit) {
        double ratio = point.ratio(measured, limit);
        return Double.isNaN(ratio) ? "-" : String.format(Locale.ROOT, "%.2f", ratio);
    }

    /** Without a rate an event is due when it is sent, so a latency would be that of a full buffer: it is not told. */
    private static String millis(Measured point, long micros) {
        return point.rate() == 0 ? "-" : String.format(Locale.ROOT, "%.2f", micros / 1e3);
    }

    String csv() {
        var out = new StringBuilder(
                "server,subscribers,rate,burst,seconds,deliveries,deliveries_per_second,cpu_us_per_delivery,"
                        + "ratio_netty,ratio_netty_kafka,p50_us,p99_us,p999_us,min,max,gaps,closed,rss_kib,sound\n");
        for (var point : measured) {
            out.append(String.format(Locale.ROOT,
                    "%s,%d,%d,%d,%.3f,%d,%.0f,%.3f,%s,%s,%d,%d,%d,%d,%d,%d,%d,%d,%s%n",
                    point.server().label(), point.subscribers(), point.rate(), point.burst(),
                    point.sample().seconds(), point.sample().deliveries(),
                    point.sample().deliveriesPerSecond(),
                    point.cpuPerDelivery(), ratio(point, Server.NETTY),
                    ratio(point, Server.NETTY_KAFKA), point.sample().p50(), point.sample().p99(),
                    point.sample().p999(),
                    point.sample().fewest(), point.sample().most(), point.sample().gaps(),
                    point.sample().closed(), point.sample().rssKib(),
                    point.sample().isSound()));
        }
        return out.toString();
    }

    ObjectNode json() {
        var root = JSON.createObjectNode().put("machine", machine).put("time", time.toString());
        var points = root.putArray("points");
        for (var point : measured) {
            points.addObject().put("server", point.server().label())
                    .put("subscribers", point.subscribers()).put("rate", point.rate())
                    .put("burst", point.burst()).put("seconds", point.sample().seconds())
                    .put("deliveries", point.sample().deliveries())
                    .put("cpuMicros", point.sample().cpuMicros())
                    .put("p50Micros", point.sample().p50()).put("p99Micros", point.sample().p99())
                    .put("p999Micros", point.sample().p999()).put("min", point.sample().fewest())
                    .put("max", point.sample().most()).put("gaps", point.sample().gaps())
                    .put("closed", point.sample().closed()).put("rssKib", point.sample().rssKib())
                    .put("sound", point.sample().isSound());
        }
        return root;
    }

    String html() {
        var out = new StringBuilder(
                """
                        <!doctype html><html lang="en"><meta charset="utf-8"><title>Fan-out</title>
                        <style>body{font:14px system-ui,sans-serif;margin:2em;max-width:70em}
                        pre{background:#f4f4f4;padding:1em;overflow:auto}svg{background:#fcfcfc;border:1px solid #ddd}</style>
                        <h1>Fan-out</h1>
                        """);
        out.append("<p>").append(escape(machine)).append(", ").append(time).append("</p>\n");
        var plans = new TreeSet<Integer>();
        measured.forEach(point -> plans.add(point.rate() == 0 ? 0 : point.burst()));
        for (int plan : plans) {
            var points = measured.stream()
                    .filter(p -> plan == 0 ? p.rate() == 0 : p.rate() > 0 && p.burst() == plan)
                    .toList();
            out.append("<h2>").append(
                    plan == 0 ? "As fast as the clients take it" : plan + " due at the same time")
                    .append("</h2>\n");
            plot(out, "server CPU per delivery, µs", points, Measured::cpuPerDelivery);
            if (plan > 0) {
                plot(out, "p99 latency, ms", points, point -> point.sample().p99() / 1e3);
            }
        }
        return out.append("<h2>Table</h2><pre>").append(escape(table())).append("</pre></html>\n")
                .toString();
    }

    /** A plot with both axes logarithmic, one line a server over the number of subscribers. */
    private static void plot(StringBuilder out, String title, List<Measured> points,
            ToDoubleFunction<Measured> figure) {
        var shown = points.stream().filter(p -> figure.applyAsDouble(p) > 0).toList();
        if (shown.isEmpty()) {
            return;
        }
        double low = Math.floor(
                Math.log10(shown.stream().mapToDouble(figure).min().orElse(1)));
        double high = Math.ceil(
                Math.log10(shown.stream().mapToDouble(figure).max().orElse(10)) + 1e-9);
        double right = Math.max(1,
                Math.ceil(Math.log10(shown.stream().mapToInt(Measured::subscribers).max()
                        .orElse(10)) - 1e-9));
        out.append("<p>").append(escape(title))
                .append("</p><svg width=\"640\" height=\"320\" font-size=\"11\">\n");
        for (int tick = (int) low; tick <= high; tick++) {
            double y = y(tick, low, high);
            out.append(String.format(Locale.ROOT,
                    "<line x1=\"60\" x2=\"460\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/><text x=\"8\" y=\"%.1f\">%s</text>%n",
                    y, y, y + 4, power(tick)));
        }
        for (int tick = 0; tick <= right; tick++) {
            out.append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"310\">%s</text>%n",
                    x(tick, right) - 8, power(tick)));
        }
        int line = 0;
        for (var server : Server.values()) {
            var mine = shown.stream().filter(p -> p.server() == server).toList();
            if (mine.isEmpty()) {
                continue;
            }
            var colour = server.colour();
            var path = new ArrayList<String>();
            for (var point : mine) {
                double x = x(Math.log10(point.subscribers()), right);
                double y = y(Math.log10(figure.applyAsDouble(point)), low, high);
                path.add(String.format(Locale.ROOT, "%.1f,%.1f", x, y));
                out.append(String.format(Locale.ROOT,
                        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>%n", x, y, colour));
            }
            out.append("<polyline fill=\"none\" stroke=\"").append(colour).append("\" points=\"")
                    .append(String.join(" ", path)).append("\"/>\n<text x=\"470\" y=\"")
                    .append(30 + 16 * line).append("\" fill=\"").append(colour).append("\">")
                    .append(escape(server.title())).append("</text>\n");
            line++;
        }
        out.append("</svg>\n");
    }

    private static double x(double exponent, double right) {
        return 60 + 400 * exponent / right;
    }

    private static double y(double exponent, double low, double high) {
        return 290 - 270 * (exponent - low) / Math.max(1, high - low);
    }

    private static String power(int exponent) {
        return exponent >= 0
                ? Long.toString(Math.round(Math.pow(10, exponent)))
                : String.format(Locale.ROOT, "%." + -exponent + "f", Math.pow(10, exponent));
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;");
    }

    /** Writes {@code fanout.csv}, {@code fanout.json} and {@code fanout.html}. */
    void write(Path folder) throws IOException {
        Files.writeString(folder.resolve("fanout.csv"), csv());
        Files.writeString(folder.resolve("fanout.json"), json().toPrettyString());
        Files.writeString(folder.resolve("fanout.html"), html());
    }
}
