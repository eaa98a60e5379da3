package io.tidegate.schema;

import org.jspecify.annotations.Nullable;

/**
 * A payload that is not a value of its schema. The message is for an operator and never contains payload text.
 *
 * @see UnresolvedSchema
 */
public class UnreadablePayload extends Exception {
    public UnreadablePayload(String message) {
        super(message);
    }

    public UnreadablePayload(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
