package io.tidegate.contract;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidegate.problem.Problem;
import java.nio.charset.StandardCharsets;
import java.util.List;
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

    /** A JSON array of objects with {@code file, line, column, severity, rule, message}; 0 = not known. */
    public static String json(List<Problem> problems) {
        var array = NODES.arrayNode();
        for (var problem : problems) {
            array.addObject().put("file", problem.place().file())
                    .put("line", problem.place().line())
                    .put("column", problem.place().column()).put("severity", level(problem))
                    .put("rule", problem.rule()).put("message", problem.message());
        }
        return write(array);
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
        ids.forEach(id -> rules.addObject().put("id", id));
        // SARIF's columns count UTF-16 units unless a run says otherwise; ours are code points, as YAML's are.
        run.put("columnKind", "unicodeCodePoints");
        var results = run.putArray("results");
        for (var problem : problems) {
            var result = results.addObject();
            result.put("ruleId", problem.rule())
                    .put("ruleIndex", ids.headSet(problem.rule()).size())
                    .put("level", level(problem));
            result.putObject("message").put("text", problem.message());
            location(result.putArray("locations").addObject().putObject("physicalLocation"),
                    problem);
        }
        return write(log);
    }

    private static void location(ObjectNode location, Problem problem) {
        location.putObject("artifactLocation").put("uri", uri(problem.place().file()));
        if (problem.place().line() > 0) {
            var region = location.putObject("region").put("startLine", problem.place().line());
            if (problem.place().column() > 0) {
                region.put("startColumn", problem.place().column());
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
