package io.tidegate.gateway.graphql;

import graphql.language.Document;
import graphql.language.Field;
import graphql.language.FragmentDefinition;
import graphql.language.FragmentSpread;
import graphql.language.InlineFragment;
import graphql.language.OperationDefinition;
import graphql.language.Selection;
import graphql.language.SelectionSet;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses documents that would be costly to read or to run, before they are. Two looks: at the text before it is parsed
 * (literals), and at the parsed document before it is validated (depth, aliases, fields).
 */
final class DocumentGuard {
    private static final int DIGITS_MAX = 64;
    private static final int STRING_MAX = 8 * 1024;
    private static final int FIELDS_MAX = 2000;
    private static final int SELECTIONS_MAX = 5000;

    private final GraphQlLimits limits;

    DocumentGuard(GraphQlLimits limits) {
        this.limits = limits;
    }

    /** What is wrong with the text; empty if it may be parsed. */
    Optional<Refusal> text(String document) {
        if (document.length() > limits.documentChars()) {
            return refuse("The document has " + document.length() + " characters; at most "
                    + limits.documentChars() + " are read.");
        }
        int digits = 0;
        for (int i = 0; i < document.length(); i++) {
            char c = document.charAt(i);
            if (c == '"') {
                int end = endOfString(document, i);
                if (end - i > STRING_MAX) {
                    return refuse("A string in the document is longer than " + STRING_MAX
                            + " characters; pass it as a variable.");
                }
                i = end;
                digits = 0;
            } else if (c == '#') {
                // Both end a line (GraphQL section 2.1.4), so a number may stand behind either.
                while (i < document.length() && document.charAt(i) != '\n'
                        && document.charAt(i) != '\r') {
                    i++;
                }
            } else if (c >= '0' && c <= '9') {
                // A number of many digits costs the parser time that grows with their square.
                if (++digits > DIGITS_MAX) {
                    return refuse(
                            "A number in the document has more than " + DIGITS_MAX + " digits.");
                }
            } else {
                digits = 0;
            }
        }
        return Optional.empty();
    }

    private static int endOfString(String document, int start) {
        boolean isBlock = document.startsWith("\"\"\"", start);
        int i = start + (isBlock ? 3 : 1);
        while (i < document.length()) {
            char c = document.charAt(i);
            if (isBlock ? document.startsWith("\\\"\"\"", i) : c == '\\') {
                i += isBlock ? 4 : 2;
            } else if (!isBlock && (c == '\n' || c == '\r')) {
                // Unterminated: what follows is no longer a string.
                return i;
            } else if (isBlock ? document.startsWith("\"\"\"", i) : c == '"') {
                return i + (isBlock ? 2 : 0);
            } else {
                i++;
            }
        }
        return document.length();
    }

    /** What is wrong with the parsed document; empty if it may be validated. */
    Optional<Refusal> document(Document document) {
        var fragments = new HashMap<String, FragmentDefinition>();
        document.getDefinitionsOfType(FragmentDefinition.class)
                .forEach(f -> fragments.put(f.getName(), f));
        for (var operation : document.getDefinitionsOfType(OperationDefinition.class)) {
            var walk = new Walk(fragments);
            var refusal = walk.selections(operation.getSelectionSet(), 1, new HashSet<>());
            if (refusal.isPresent()) {
                return refusal;
            }
        }
        return Optional.empty();
    }

    private final class Walk {
        private final Map<String, FragmentDefinition> fragments;
        private int aliases;
        private int fields;
        private int visited;

        Walk(Map<String, FragmentDefinition> fragments) {
            this.fragments = fragments;
        }

        Optional<Refusal> selections(@Nullable SelectionSet set, int depth, Set<String> spreading) {
            List<Selection<?>> selections = set == null
                    ? List.of()
                    : List.copyOf(set.getSelections().stream()
                            .<Selection<?>>map(s -> s).toList());
            for (var selection : selections) {
                // Spreads count too: fragments of nothing but spreads multiply without a single field.
                if (++visited > SELECTIONS_MAX) {
                    return refuse("The document has more than " + SELECTIONS_MAX
                            + " selections, fragments counted as often as they are used.");
                }
                var refusal = switch (selection) {
                    case Field field -> field(field, depth, spreading);
                    case InlineFragment inline ->
                        selections(inline.getSelectionSet(), depth, spreading);
                    case FragmentSpread spread -> spread(spread, depth, spreading);
                    default -> Optional.<Refusal>empty();
                };
                if (refusal.isPresent()) {
                    return refusal;
                }
            }
            return Optional.empty();
        }

        private Optional<Refusal> field(Field field, int depth, Set<String> spreading) {
            if (field.getName().equals("__schema") || field.getName().equals("__type")) {
                // graphql-java bounds introspection itself, and tools ask deeply.
                return Optional.empty();
            }
            if (field.getAlias() != null && ++aliases > limits.aliases()) {
                return refuse("The document uses more than " + limits.aliases() + " aliases.");
            }
            if (++fields > FIELDS_MAX) {
                return refuse("The document selects more than " + FIELDS_MAX + " fields.");
            }
            if (depth > limits.depth()) {
                return refuse("The document is nested deeper than " + limits.depth() + " fields.");
            }
            if (field.getDirectives().size() > 5) {
                return refuse("A field has more than 5 directives.");
            }
            return selections(field.getSelectionSet(), depth + 1, spreading);
        }

        private Optional<Refusal> spread(FragmentSpread spread, int depth, Set<String> spreading) {
            var fragment = fragments.get(spread.getName());
            // An unknown or circular fragment is validation's to report.
            if (fragment == null || !spreading.add(spread.getName())) {
                return Optional.empty();
            }
            var refusal = selections(fragment.getSelectionSet(), depth, spreading);
            spreading.remove(spread.getName());
            return refusal;
        }
    }

    private static Optional<Refusal> refuse(String detail) {
        return Optional.of(Refusal.of(RefusalCode.QUERY_TOO_COMPLEX, detail));
    }
}
