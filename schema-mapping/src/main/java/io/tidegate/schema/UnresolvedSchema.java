package io.tidegate.schema;

import org.jspecify.annotations.Nullable;

/**
 * A payload whose schema is not known because the registry does not answer. Unlike an id that the registry does not have, this
 * says nothing about the payload, so nothing else may be tried on it.
 */
public final class UnresolvedSchema extends UnreadablePayload {
    public UnresolvedSchema(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
