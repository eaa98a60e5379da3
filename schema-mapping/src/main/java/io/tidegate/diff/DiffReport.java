package io.tidegate.diff;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidegate.contract.ProblemReport;
import io.tidegate.problem.Problem;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.stream.Collectors;

/** A comparison as people and tools read it. The same differences give the same text. */
public final class DiffReport {
    private static final ObjectMapper JSON = new ObjectMapper();

    private DiffReport() {
    }

    /** Differences by product, the worst first, and what is not allowed at the end. */
    public static String text(ContractDiff diff) {
        var text = new StringBuilder();
        diff.byProduct().forEach((product, differences) -> {
            text.append(product).append('\n');
            for (var difference : differences) {
                text.append("  ").append(difference.level()).append(' ')
                        .append(difference.face()).append(' ').append(difference.rule().id());
                if (!difference.path().isEmpty()) {
                    text.append(' ').append(difference.path());
                }
                text.append(change(difference)).append('\n');
                if (difference.level() != Level.SAFE) {
                    text.append("    ").append(difference.place()).append(": ")
                            .append(difference.rule().advice()).append('\n');
                }
                if (!difference.affected().isEmpty()) {
                    text.append("    used by ").append(difference.affected().stream()
                            .map(Usage.Use::toString).collect(Collectors.joining(", ")))
                            .append('\n');
                }
            }
        });
        text.append(ProblemReport.text(diff.verdicts()));
        return text.toString().replaceAll("[\\p{Cntrl}\\u2028\\u2029&&[^\n]]+", " ");
    }

    private static String change(Difference difference) {
        if (difference.before().isEmpty() && difference.after().isEmpty()) {
            return "";
        }
        return ": " + (difference.before().isEmpty()
                ? "now " + difference.after()
                : difference.after().isEmpty()
                        ? "was " + difference.before()
                        : difference.before() + " -> " + difference.after());
    }

    /** {@code 2 breaking, 1 dangerous, 5 safe}. */
    public static String summary(ContractDiff diff) {
        if (diff.differences().isEmpty()) {
            return "nothing changed for consumers";
        }
        var counts = new EnumMap<Level, Integer>(Level.class);
        diff.differences()
                .forEach(difference -> counts.merge(difference.level(), 1, Integer::sum));
        var parts = new ArrayList<String>();
        counts.forEach((level, count) -> parts.add(count + " " + level));
        return String.join(", ", parts);
    }

    /** An object with {@code differences} and {@code verdicts}. */
    public static String json(ContractDiff diff) {
        var root = JsonNodeFactory.instance.objectNode();
        var differences = root.putArray("differences");
        for (var difference : diff.differences()) {
            var node = differences.addObject().put("product", difference.product().path())
                    .put("level", difference.level().toString())
                    .put("face", difference.face().toString())
                    .put("rule", difference.rule().id()).put("path", difference.path());
            orNull(node, "before", difference.before());
            orNull(node, "after", difference.after());
            place(node, difference.place().file(), difference.place().line(),
                    difference.place().column());
            node.put("advice", difference.rule().advice());
            var affected = node.putArray("affected");
            for (var use : difference.affected()) {
                orNull(affected.addObject().put("partner", use.partner()), "lastUsed",
                        use.lastUsed());
            }
        }
        var verdicts = root.putArray("verdicts");
        for (var verdict : diff.verdicts()) {
            var node = verdicts.addObject()
                    .put("severity", verdict.isError() ? "error" : "warning")
                    .put("rule", verdict.rule()).put("message", verdict.message());
            place(node, verdict.place().file(), verdict.place().line(),
                    verdict.place().column());
        }
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values can always be written", e);
        }
    }

    private static void orNull(ObjectNode node, String key, String text) {
        if (text.isEmpty()) {
            node.putNull(key);
        } else {
            node.put(key, text);
        }
    }

    private static void place(ObjectNode node, String file, int line, int column) {
        node.put("file", file).put("line", line).put("column", column);
    }

    /** SARIF 2.1.0: breaking and dangerous differences as warnings, what is not allowed as errors. */
    public static String sarif(ContractDiff diff) {
        var problems = new ArrayList<>(diff.verdicts());
        for (var difference : diff.differences()) {
            if (difference.level() != Level.SAFE) {
                problems.add(Problem.warning(difference.place(), difference.rule().id(),
                        difference.product() + ": " + difference.level() + " for "
                                + difference.face() + ": " + difference.path()
                                + change(difference) + ". " + difference.rule().advice()));
            }
        }
        return ProblemReport.sarif(problems);
    }

    /** The table of all rules for the reference page, by face. */
    static String rules() {
        var text = new StringBuilder();
        for (var face : Face.values()) {
            text.append("### ").append(face).append("\n\n| rule | level | meaning |\n")
                    .append("| --- | --- | --- |\n");
            for (var rule : Rule.values()) {
                if (rule.face() == face) {
                    text.append("| `").append(rule.id()).append("` | ").append(rule.level())
                            .append(" | ").append(rule.meaning()).append(" |\n");
                }
            }
            text.append('\n');
        }
        return text.toString().stripTrailing() + "\n";
    }
}
