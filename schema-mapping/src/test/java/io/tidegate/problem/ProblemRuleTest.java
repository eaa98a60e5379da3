package io.tidegate.problem;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.problem.ProblemRule.Area;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The list of rules is complete, and the reference page is made from it. */
class ProblemRuleTest {
    private static final Path PAGE = Path.of("../docs/reference/rules.md");
    private static final List<Path> MODULES = List.of(Path.of("../schema-mapping"),
            Path.of("../asyncapi-specs"), Path.of("../gateway"));
    /** Where a problem's rule can be handed over: these calls, and this method of governance statements. */
    private static final Pattern CALL = Pattern.compile(
            "\\b(?:Problem\\.(?:error|warning)|new Problem|\\.?(?:error|warn|refuse|report))\\s*\\(");
    private static final Pattern RULE_METHOD = Pattern
            .compile("public String rule\\(\\) \\{\\s*return (\"[^\"]*\");");
    /** Files that hand on a rule which somebody else named. */
    private static final Set<String> HAND_ON = Set.of("Problem.java", "YamlMapping.java",
            "YamlFile.java", "ContractSet.java", "OdcsForm.java", "Governance.java",
            "ContractImport.java", "DiffReport.java");
    private static final Pattern CONSTANT = Pattern
            .compile("String (\\w*RULE) = (\"[^\"]*\");");

    @Test
    void every_problem_in_the_code_has_a_rule_of_the_list() throws IOException {
        var used = new TreeMap<String, String>();
        var unclear = new ArrayList<String>();
        for (var file : sources()) {
            var source = Files.readString(file).replaceAll("(?m)^\\s*(\\*|//).*$", "");
            var constant = CONSTANT.matcher(source);
            while (constant.find()) {
                source = source.replaceAll("\\b" + constant.group(1) + "\\b(?! =)",
                        constant.group(2));
            }
            var method = RULE_METHOD.matcher(source);
            while (method.find()) {
                used.put(unquoted(method.group(1)), file.toString());
            }
            var call = CALL.matcher(source);
            while (call.find()) {
                boolean direct = call.group().contains("Problem");
                var arguments = arguments(source, call.end());
                var rule = arguments.stream().skip(1).limit(direct ? 3 : 1)
                        .filter(text -> text.matches("\"[a-z]+(-[a-z]+)*\"")).findFirst()
                        // ContractSet.report is told the rule first.
                        .or(() -> arguments.stream().limit(1)
                                .filter(text -> text.matches("\"[a-z]+(-[a-z]+)+\"")).findFirst());
                if (rule.isPresent()) {
                    used.put(unquoted(rule.get()), file.toString());
                } else if (direct
                        && !HAND_ON.contains(String.valueOf(file.getFileName()))) {
                    unclear.add(file + ": " + arguments);
                }
            }
        }

        assertThat(unclear).as("problems whose rule is no literal: name it where it is made")
                .isEmpty();
        assertThat(used).hasSizeGreaterThan(40);
        assertThat(used.keySet().stream().filter(id -> ProblemRule.of(id).isEmpty())
                .map(id -> id + " in " + used.get(id)))
                .as("rules that are not in ProblemRule: add them there, with meaning and remedy, "
                        + "and write the page anew")
                .isEmpty();
        assertThat(Arrays.stream(ProblemRule.values()).map(ProblemRule::id)
                .filter(id -> !used.containsKey(id)))
                .as("rules in ProblemRule that nothing uses").isEmpty();
    }

    @Test
    void the_page_is_made_from_the_list() throws IOException {
        var page = page();

        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(PAGE, page);
        }

        assertThat(Files.exists(PAGE) ? Files.readString(PAGE).replace("\r", "") : "")
                .as("docs/reference/rules.md differs from ProblemRule: write it anew with "
                        + "`mvn -pl schema-mapping -Dtest=ProblemRuleTest -Ddocs.write=true test`, "
                        + "and read what changed")
                .isEqualTo(page);
    }

    private static String page() {
        var page = new StringBuilder(
                """
                        # Rules

                        <!-- Made from io.tidegate.problem.ProblemRule by ProblemRuleTest; change it there. -->

                        Each problem in a file of yours is one line, `file:line:column: rule: message`. These are the rules. An error keeps the file from
                        being used, and `tidegate lint` ends with 1; a warning does not. Names of rules stay as they are.
                        """);
        for (var area : Area.values()) {
            page.append("\n## ").append(switch (area) {
                case TEXT -> "Any file";
                case CONTRACT -> "Contracts";
                case CHANGE -> "`tidegate diff`";
                case IMPORT -> "`tidegate import`";
                case GOVERNANCE -> "Governance";
            }).append("\n");
            if (area == Area.GOVERNANCE) {
                page.append("\nErrors, unless the governance file lists the rule under `warn`: "
                        + "[governance.md](governance.md). The examples are what demands.\n");
            }
            for (var rule : ProblemRule.values()) {
                if (rule.area() == area) {
                    page.append("\n### ").append(rule.id()).append("\n\n")
                            .append(rule.severity() == Problem.Severity.ERROR
                                    ? "Error"
                                    : "Warning")
                            .append(": ").append(rule.meaning()).append(".\nWhat to do: ")
                            .append(rule.remedy()).append(".\n\n    ").append(rule.example())
                            .append("\n");
                }
            }
        }
        return page.toString();
    }

    @Test
    void a_rule_reads_as_part_of_a_sentence() {
        assertThat(ProblemRule.values()).allSatisfy(rule -> {
            assertThat(rule.meaning()).doesNotEndWith(".").hasSizeLessThan(120);
            assertThat(rule.remedy()).doesNotEndWith(".").matches("[a-z].*");
            assertThat(rule.example()).doesNotContain("\n").isNotBlank();
            assertThat(ProblemRule.of(rule.id())).contains(rule);
            assertThat(rule.id()).isEqualTo(rule.id().toLowerCase(Locale.ROOT));
        });
    }

    private static Set<Path> sources() throws IOException {
        var sources = new TreeSet<Path>();
        for (var module : MODULES) {
            try (var files = Files.walk(module.resolve("src/main/java"))) {
                files.filter(path -> path.toString().endsWith(".java")).forEach(sources::add);
            }
        }
        return sources;
    }

    /** The arguments of a call, split at its own commas; {@code at} is behind its bracket. */
    private static List<String> arguments(String source, int at) {
        var arguments = new ArrayList<String>();
        int depth = 0;
        int from = at;
        for (int i = at; i < source.length(); i++) {
            char c = source.charAt(i);
            if (c == '"') {
                i = endOfText(source, i);
            } else if (c == '\'' && source.indexOf('\'', i + 1) - i <= 3) {
                i = source.indexOf('\'', source.charAt(i + 1) == '\\' ? i + 3 : i + 2);
            } else if (c == '(' || c == '{' || c == '[') {
                depth++;
            } else if ((c == ')' || c == '}' || c == ']') && depth-- == 0) {
                arguments.add(source.substring(from, i).strip());
                return arguments;
            } else if (c == ',' && depth == 0) {
                arguments.add(source.substring(from, i).strip());
                from = i + 1;
            }
        }
        return arguments;
    }

    private static int endOfText(String source, int open) {
        if (source.startsWith("\"\"\"", open)) {
            return source.indexOf("\"\"\"", open + 3) + 2;
        }
        int i = open + 1;
        while (source.charAt(i) != '"') {
            i += source.charAt(i) == '\\' ? 2 : 1;
        }
        return i;
    }

    private static String unquoted(String literal) {
        return literal.substring(1, literal.length() - 1);
    }
}
