package io.tidegate.schema;

import java.util.Objects;

/**
 * A field of a record.
 *
 * @param name
 *            as the schema spells it; may be illegal elsewhere ({@code $schema}, {@code Airport Name})
 * @param nullable
 *            whether a decoded row can lack it. False only where the decoder guarantees a value, never because a schema
 *            merely says that it is required
 * @param doc
 *            the schema's description, empty if it has none
 * @param deprecated
 *            why and since when it should not be used, empty if it may be
 * @param limits
 *            what else the schema demands of its values ({@code pattern}, {@code maxLength}), as a JSON object with JSON
 *            Schema's keywords; empty if nothing. Told to readers, and not checked: values may break them
 */
public record Field(String name, Type type, boolean nullable, String doc, String deprecated,
        String limits) {
    public Field {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(doc, "doc");
        Objects.requireNonNull(deprecated, "deprecated");
        Objects.requireNonNull(limits, "limits");
    }

    public Field(String name, Type type, boolean nullable, String doc, String deprecated) {
        this(name, type, nullable, doc, deprecated, "");
    }

    public Field(String name, Type type, boolean nullable) {
        this(name, type, nullable, "", "");
    }
}
