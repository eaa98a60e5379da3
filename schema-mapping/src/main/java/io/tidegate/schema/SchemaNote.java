package io.tidegate.schema;

import java.util.Objects;

/**
 * Something that a schema says and that its API cannot show, or shows in another way than its author may expect. No
 * problem: the schema can be used.
 *
 * @param origin
 *            of the text that says it, as {@link SourceSchema#origin()} has it
 * @param line
 *            from 1; 0 = not known
 * @param column
 *            from 1; 0 = not known
 * @param message
 *            one sentence: what it says, and what becomes of it
 */
public record SchemaNote(String origin, int line, int column, String message) {
    public SchemaNote {
        Objects.requireNonNull(origin, "origin");
        Objects.requireNonNull(message, "message");
    }
}
