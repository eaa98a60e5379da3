package io.tidegate.schema;

/**
 * A schema as its author wrote it.
 *
 * @param origin
 *            where it came from, for messages: a path, a registry's address, or "fields of the contract"
 */
public record SourceSchema(SchemaLanguage language, String text, String origin) {
}
