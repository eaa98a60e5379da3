package io.tidegate.schema;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What of a JSON Schema its types do not say; each thing at each place once. */
final class JsonSchemaNotes {
    private static final int MAX_NOTES = 100;
    /** What is not mapped, and what that means for whoever reads the API. */
    private static final Map<String, String> UNMAPPED = Map.of(
            "if", "'if' with 'then' and 'else' is not mapped: what only they declare is not shown",
            "not", "'not' is not mapped: values are not checked against it",
            "dependentSchemas",
            "'dependentSchemas' is not mapped: what only they declare is not shown",
            "dependencies", "'dependencies' is not mapped: what only they declare is not shown",
            "dependentRequired",
            "'dependentRequired' is not mapped: values are not checked against it",
            "disallow", "'disallow' is not mapped: values are not checked against it");

    private final Set<SchemaNote> notes = new LinkedHashSet<>();
    private final Set<String> told = new HashSet<>();

    void add(JsonSchemaPlace at, String message) {
        if (notes.size() < MAX_NOTES && told.add(at.key() + " " + message)) {
            notes.add(at.note(message));
        }
    }

    /** Notes the keywords of a schema that no type shows. */
    void unmapped(JsonSchemaShape shape) {
        for (JsonSchemaPlace part : shape.parts()) {
            for (Map.Entry<String, com.fasterxml.jackson.databind.JsonNode> member : part.node()
                    .properties()) {
                String meaning = UNMAPPED.get(member.getKey());
                if (meaning != null) {
                    add(part.at(member.getKey()), meaning);
                }
            }
        }
    }

    List<SchemaNote> inOrder() {
        return notes.stream().sorted((a, b) -> {
            int byOrigin = a.origin().compareTo(b.origin());
            int byLine = Integer.compare(a.line(), b.line());
            return byOrigin != 0
                    ? byOrigin
                    : byLine != 0 ? byLine : Integer.compare(a.column(), b.column());
        }).toList();
    }
}
