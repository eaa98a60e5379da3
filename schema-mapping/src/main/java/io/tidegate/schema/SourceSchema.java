package io.tidegate.schema;

import java.io.IOException;
import java.util.Map;

/**
 * A schema as its author wrote it.
 *
 * @param origin
 *            where it came from, for messages: a path, a registry's address, or "fields of the contract"
 * @param references
 *            texts that came with it, by the name under which it imports or refers to them; what it refers to and is not
 *            here stands beside the contract
 */
public record SourceSchema(SchemaLanguage language, String text, String origin,
        Map<String, String> references) {
    public SourceSchema {
        references = Map.copyOf(references);
    }

    public SourceSchema(SchemaLanguage language, String text, String origin) {
        this(language, text, origin, Map.of());
    }

    /** What this schema can refer to: the texts that came with it, then the given files. */
    SchemaFiles and(SchemaFiles files) {
        return path -> {
            String text = references.get(path);
            return text == null ? files.read(path) : text;
        };
    }

    /** What this schema can refer to if nothing stands beside it. */
    SchemaFiles referencesAlone() {
        return and(path -> {
            throw new IOException("'" + origin + "' came without it");
        });
    }
}
