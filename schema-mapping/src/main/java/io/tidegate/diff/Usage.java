package io.tidegate.diff;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/**
 * Who is known to use what, from an export with one JSON object a line:
 * {@code {"partner":"acme","product":"sales/orders/v1","field":"total","lastUsed":"2026-11-01"}}.
 *
 * @param uses
 *            in the order of the export
 */
public record Usage(List<Use> uses) {
    /** Nothing is known. */
    public static final Usage UNKNOWN = new Usage(List.of());
    private static final int LINES_MAX = 1_000_000;
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /**
     * One partner's use of a product.
     *
     * @param product
     *            {@code domain/product/vN}
     * @param field
     *            path of a field, names joined by dots; empty = the product, whatever of it
     * @param lastUsed
     *            as written, a day or a time; empty = not known
     */
    public record Use(String partner, String product, String field, String lastUsed) {
        /** {@code acme (2026-11-01)}. */
        @Override
        public String toString() {
            return lastUsed.isEmpty() ? partner : partner + " (" + lastUsed + ")";
        }
    }

    public Usage {
        uses = List.copyOf(uses);
    }

    /**
     * Reads an export; unknown keys are left out.
     *
     * @param problems
     *            gets each line that is none, as an error
     */
    public static Usage read(String file, String text, List<Problem> problems) {
        var uses = new ArrayList<Use>();
        int number = 0;
        for (var line : (Iterable<String>) text.lines()::iterator) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            var place = new Place(file, number, 1);
            if (number > LINES_MAX) {
                problems.add(Problem.error(place, "usage",
                        "the export has more than " + LINES_MAX + " lines: leave out old ones"));
                break;
            }
            var use = use(line);
            if (use.partner().isEmpty() || use.product().isEmpty()) {
                problems.add(Problem.error(place, "usage",
                        "expected a JSON object with the texts 'partner' and 'product' (and"
                                + " 'field' and 'lastUsed', where known) but found '"
                                + (line.length() > 80 ? line.substring(0, 77) + "..." : line)
                                + "'"));
            } else {
                uses.add(use);
            }
        }
        return new Usage(uses);
    }

    private static Use use(String line) {
        JsonNode node;
        try {
            node = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            return new Use("", "", "", "");
        }
        return new Use(node.path("partner").asText(""), node.path("product").asText(""),
                node.path("field").asText(""), node.path("lastUsed").asText(""));
    }

    /**
     * The partners that a difference may concern, each once with its last use, by name.
     *
     * @param canonical
     *            the path under which a field was compared
     */
    List<Use> of(Difference difference, UnaryOperator<String> canonical) {
        var found = new TreeMap<String, Use>();
        for (var use : uses) {
            if (use.product().equals(difference.product().path())
                    && touches(use, canonical.apply(use.field()), difference)) {
                found.merge(use.partner(), use, (a, b) -> newer(a, b));
            }
        }
        return List.copyOf(found.values());
    }

    private static Use newer(Use a, Use b) {
        return Comparator.comparing(Use::lastUsed).compare(a, b) >= 0 ? a : b;
    }

    private static boolean touches(Use use, String field, Difference difference) {
        return field.isEmpty() || !difference.isField() || touches(field, difference.path())
                || touches(use.field(), difference.path());
    }

    /** Whether one of two paths holds the other. */
    private static boolean touches(String one, String other) {
        return one.equals(other) || one.startsWith(other + ".") || other.startsWith(one + ".");
    }
}
