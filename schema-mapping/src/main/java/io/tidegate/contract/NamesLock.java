package io.tidegate.contract;

import io.tidegate.contract.LockedNames.Kind;
import io.tidegate.contract.LockedNames.Source;
import io.tidegate.problem.Problem;
import io.tidegate.problem.Suggestion;
import io.tidegate.yaml.YamlFile;
import io.tidegate.yaml.YamlNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The file {@code names.lock} beside contracts: which GraphQL names their products have given out. The same names give
 * the same text, a line a name, so that a review shows each change.
 *
 * @param products
 *            by {@code domain/product/vN}
 */
public record NamesLock(Map<String, LockedNames> products) {
    /** Its name in the folder of the contracts. */
    public static final String FILE = "names.lock";
    private static final Pattern LEGAL = Pattern.compile("(?!__)[A-Za-z_][A-Za-z0-9_]{0,1000}");
    private static final String RULE = "names-lock";

    public NamesLock {
        products = Collections.unmodifiableMap(new TreeMap<>(products));
    }

    /** Of one product; nothing if the file does not have it. */
    public LockedNames of(ProductId id) {
        return products.getOrDefault(id.path(), LockedNames.NONE);
    }

    /** With another product's names, or others for the same product. */
    public NamesLock with(ProductId id, LockedNames names) {
        var all = new TreeMap<>(products);
        if (names.names().isEmpty()) {
            all.remove(id.path());
        } else {
            all.put(id.path(), names);
        }
        return new NamesLock(all);
    }

    /**
     * Reads the file.
     *
     * @param problems
     *            gets what is wrong with it, as errors: names must not change because a lock was misread
     */
    public static NamesLock read(SourceFile file, List<Problem> problems) {
        if (file.text().lines().allMatch(line -> line.isBlank() || line.startsWith("#"))) {
            return new NamesLock(Map.of());
        }
        var root = YamlFile.parse(file.path(), file.text(), problems);
        var products = new TreeMap<String, LockedNames>();
        root.ifPresent(node -> mapping(node, "a mapping of products", problems)
                .forEach((product, entry) -> products.put(product,
                        new LockedNames(new Reading(product, problems).read(entry.value())))));
        return new NamesLock(products);
    }

    private static Map<String, YamlNode.Entry> mapping(YamlNode node, String expected,
            List<Problem> problems) {
        if (node instanceof YamlNode.Mapping mapping) {
            return mapping.entries();
        }
        problems.add(Problem.error(node.place(), RULE, "expected " + expected + " but found '"
                + node.shown() + "': restore it from version control"));
        return Map.of();
    }

    /** The names of one product, while they are read. */
    private static final class Reading {
        private final String product;
        private final List<Problem> problems;
        private final Map<Source, String> names = new HashMap<>();
        private final Map<Source, String> givenTo = new HashMap<>();

        Reading(String product, List<Problem> problems) {
            this.product = product;
            this.problems = problems;
        }

        Map<Source, String> read(YamlNode node) {
            mapping(node, "the names of '" + product + "' by what they name", problems)
                    .forEach((section, entry) -> Arrays.stream(Kind.values())
                            .filter(kind -> kind.section().equals(section)).findFirst()
                            .ifPresentOrElse(kind -> section(kind, entry.value()),
                                    () -> unknown(section, entry)));
            return names;
        }

        private void unknown(String section, YamlNode.Entry entry) {
            var known = Arrays.stream(Kind.values()).map(Kind::section).toList();
            problems.add(Problem.error(entry.keyPlace(), RULE, "unknown key '"
                    + Names.shown(section) + "': expected "
                    + Suggestion.oneOf(known)));
        }

        private void section(Kind kind, YamlNode node) {
            var entries = mapping(node, "names under '" + kind.section() + "'", problems);
            entries.forEach((key, entry) -> {
                if (kind.isOwned()) {
                    mapping(entry.value(), "the names in '" + key + "'", problems)
                            .forEach((name, of) -> add(new Source(kind, key, name), of));
                } else {
                    add(new Source(kind, "", key), entry);
                }
            });
        }

        private void add(Source source, YamlNode.Entry entry) {
            if (!(entry.value() instanceof YamlNode.Scalar name)
                    || !LEGAL.matcher(name.text()).matches()) {
                problems.add(Problem.error(entry.value().place(), RULE, source
                        + ": expected a GraphQL name but found '" + entry.value().shown()
                        + "': restore it from version control"));
                return;
            }
            // Types and the entries of maps are names of one schema; others are names in their owner.
            var space = source.kind() == Kind.TYPE || source.kind() == Kind.ENTRY
                    ? new Source(Kind.TYPE, "", name.text())
                    : new Source(source.kind(), source.owner(), name.text());
            var other = givenTo.putIfAbsent(space, source.toString());
            if (other == null) {
                names.put(source, name.text());
            } else {
                problems.add(Problem.error(entry.value().place(), RULE, source + ": '"
                        + name.text() + "' is already locked for the " + other
                        + ": keep the older line and remove the other"));
            }
        }
    }

    /** The file's text. */
    public String text() {
        var text = new StringBuilder(
                """
                        # GraphQL names that consumers rely on: they stay with what they name, and are not given out again.
                        # Written by `tidegate graphql PATH --lock`; commit it beside the contracts.
                        """);
        products.forEach((product, locked) -> {
            text.append(quoted(product)).append(":\n");
            for (var kind : Kind.values()) {
                section(text, kind, locked);
            }
        });
        return text.toString();
    }

    private static void section(StringBuilder text, Kind kind, LockedNames locked) {
        var own = new ArrayList<Map.Entry<Source, String>>();
        locked.names().entrySet().stream().filter(entry -> entry.getKey().kind() == kind)
                .forEach(own::add);
        if (own.isEmpty()) {
            return;
        }
        text.append("  ").append(kind.section()).append(":\n");
        var owner = "";
        boolean first = true;
        for (var entry : own) {
            var source = entry.getKey();
            if (kind.isOwned() && (first || !source.owner().equals(owner))) {
                text.append("    ").append(quoted(source.owner())).append(":\n");
            }
            owner = source.owner();
            first = false;
            text.append(kind.isOwned() ? "      " : "    ").append(quoted(source.name()))
                    .append(": ").append(quoted(entry.getValue())).append('\n');
        }
    }

    /** A double-quoted scalar of YAML; whatever is no printable ASCII is escaped, so that a review shows it. */
    private static String quoted(String text) {
        var quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c >= ' ' && c < 0x7F) {
                quoted.append(c);
            } else if (Character.isHighSurrogate(c) && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                quoted.append(String.format("\\U%08X", text.codePointAt(i)));
                i++;
            } else {
                quoted.append(String.format("\\u%04X", (int) c));
            }
        }
        return quoted.append('"').toString();
    }
}
