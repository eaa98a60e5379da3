package io.tidegate.contract;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.problem.ProblemRule;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;

/** Problems as people and tools read them: lines of text, JSON, or SARIF 2.1.0 for code hosts and editors. */
public final class ProblemReport {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private ProblemReport() {
    }

    /** One line a problem, {@code file:line:column: rule: message}, warnings marked as such. */
    public static String text(List<Problem> problems) {
        var text = new StringBuilder();
        for (var problem : problems) {
            // A user's text may hold line ends and control characters; a report stays one line a problem.
            text.append(oneLine(problem.place() + ": " + problem.rule() + ": "
                    + (problem.isError() ? "" : "warning: ") + problem.message())).append('\n');
        }
        return text.toString();
    }

    /**
     * A JSON array of objects with {@code file, line, column, severity, rule, message}, and with {@code related} where a
     * second place belongs to it; 0 = not known.
     */
    public static String json(List<Problem> problems) {
        var array = NODES.arrayNode();
        for (var problem : problems) {
            var object = place(array.addObject(), problem.place()).put("severity", level(problem))
                    .put("rule", problem.rule()).put("message", problem.message());
            problem.related().ifPresent(related -> place(object.putObject("related"), related));
        }
        return write(array);
    }

    private static ObjectNode place(ObjectNode object, Place place) {
        return object.put("file", place.file()).put("line", place.line())
                .put("column", place.column());
    }

    /** A SARIF 2.1.0 log with one run. */
    public static String sarif(List<Problem> problems) {
        var log = NODES.objectNode();
        log.put("$schema", "https://json.schemastore.org/sarif-2.1.0.json").put("version", "2.1.0");
        var run = log.putArray("runs").addObject();
        var driver = run.putObject("tool").putObject("driver");
        driver.put("name", "tidegate");
        var rules = driver.putArray("rules");
        var ids = new TreeSet<String>();
        problems.forEach(problem -> ids.add(problem.rule()));
        ids.forEach(id -> describe(rules.addObject(), id));
        // SARIF's columns count UTF-16 units unless a run says otherwise; ours are code points, as YAML's are.
        run.put("columnKind", "unicodeCodePoints");
        var results = run.putArray("results");
        var fingerprints = new HashMap<String, Integer>();
        for (var problem : problems) {
            var result = results.addObject();
            result.put("ruleId", problem.rule())
                    .put("ruleIndex", ids.headSet(problem.rule()).size())
                    .put("level", level(problem));
            result.putObject("message").put("text", problem.message());
            location(result.putArray("locations").addObject(), problem.place());
            problem.related().ifPresent(related -> {
                var location = result.putArray("relatedLocations").addObject().put("id", 1);
                location(location, related);
                location.putObject("message").put("text", "the other place");
            });
            result.putObject("partialFingerprints").put("tidegate/v1",
                    fingerprint(problem, fingerprints));
        }
        return write(log);
    }

    /** SARIF wants the address of a rule's page to be absolute, and pages of a checkout have none: the text says all. */
    private static void describe(ObjectNode descriptor, String id) {
        descriptor.put("id", id);
        ProblemRule.of(id).ifPresent(rule -> {
            descriptor.putObject("shortDescription").put("text", sentence(rule.meaning()));
            var remedy = "What to do: " + rule.remedy() + ".";
            descriptor.putObject("help").put("text", remedy + " See docs/reference/rules.md#" + id)
                    .put("markdown", remedy + " See `docs/reference/rules.md#" + id + "`.");
            descriptor.putObject("defaultConfiguration").put("level",
                    rule.severity().name().toLowerCase(Locale.ROOT));
        });
    }

    private static String sentence(String phrase) {
        return phrase.substring(0, 1).toUpperCase(Locale.ROOT) + phrase.substring(1) + ".";
    }

    /** Stays the same when lines are added above a problem, so that a code host knows it again. */
    private static String fingerprint(Problem problem, Map<String, Integer> taken) {
        try {
            var what = problem.rule() + "\n" + problem.place().file() + "\n"
                    + problem.message().replaceAll(":\\d+(:\\d+)?|line \\d+|\\[\\d+]", "");
            int nth = taken.merge(what, 1, Integer::sum);
            var digest = MessageDigest.getInstance("SHA-256")
                    .digest((what + "\n" + nth).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static void location(ObjectNode holder, Place place) {
        var location = holder.putObject("physicalLocation");
        location.putObject("artifactLocation").put("uri", uri(place.file()));
        if (place.line() > 0) {
            var region = location.putObject("region").put("startLine", place.line());
            if (place.column() > 0) {
                region.put("startColumn", place.column());
            }
        }
    }

    private static String level(Problem problem) {
        return problem.isError() ? "error" : "warning";
    }

    /** A path as a relative or absolute URI reference (RFC 3986). */
    private static String uri(String path) {
        var uri = new StringBuilder(path.startsWith("/") ? "file://" : "");
        for (byte b : path.replace('\\', '/').getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (b & 0xFF);
            if (c < 128 && (Character.isLetterOrDigit(c) || "-._~/".indexOf(c) >= 0)) {
                uri.append(c);
            } else {
                uri.append(String.format("%%%02X", b & 0xFF));
            }
        }
        return uri.toString();
    }

    private static String oneLine(String text) {
        return text.replaceAll("[\\p{Cntrl}\\u2028\\u2029]+", " ");
    }

    private static String write(com.fasterxml.jackson.databind.JsonNode node) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values can always be written", e);
        }
    }
}
