package io.tidegate.loadtests.views;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a run has found out, told as it comes. */
final class Outcome {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<Figure> figures = new ArrayList<>();

    /**
     * @param bar
     *            what was promised; NaN = nothing
     * @param isLeast
     *            whether the figure must not be smaller than the bar, otherwise not larger
     */
    record Figure(String what, double value, String unit, double bar, boolean isLeast) {
        String verdict() {
            if (Double.isNaN(bar)) {
                return "";
            }
            return (isLeast ? value >= bar : value <= bar) ? "met" : "missed";
        }

        String promise() {
            return Double.isNaN(bar) ? "" : (isLeast ? ">= " : "<= ") + number(bar);
        }
    }

    void add(String what, double value, String unit) {
        tell(new Figure(what, value, unit, Double.NaN, true));
    }

    void atLeast(String what, double value, String unit, double bar) {
        tell(new Figure(what, value, unit, bar, true));
    }

    void atMost(String what, double value, String unit, double bar) {
        tell(new Figure(what, value, unit, bar, false));
    }

    private void tell(Figure figure) {
        figures.add(figure);
        System.out.println(line(figure));
    }

    private static String line(Figure figure) {
        return String.format(Locale.ROOT, "%-66s %12s %-9s %12s  %s", figure.what(),
                number(figure.value()), figure.unit(), figure.promise(), figure.verdict());
    }

    private static String number(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f",
                value);
    }

    boolean isMet() {
        return figures.stream().noneMatch(figure -> figure.verdict().equals("missed"));
    }

    /** Writes {@code views.csv} and {@code views.json}. */
    void write(Path folder, List<String> circumstances) throws IOException {
        var csv = new StringBuilder("what,value,unit,bar,verdict\n");
        var root = JSON.createObjectNode();
        circumstances.forEach(root.putArray("circumstances")::add);
        var all = root.putArray("figures");
        for (var figure : figures) {
            csv.append(String.format(Locale.ROOT, "\"%s\",%.4f,%s,%s,%s%n", figure.what(),
                    figure.value(), figure.unit(), figure.promise(), figure.verdict()));
            all.addObject().put("what", figure.what()).put("value", figure.value())
                    .put("unit", figure.unit()).put("bar", figure.promise())
                    .put("verdict", figure.verdict());
        }
        Files.writeString(folder.resolve("views.csv"), csv);
        Files.writeString(folder.resolve("views.json"), root.toPrettyString());
    }
}
