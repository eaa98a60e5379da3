package io.tidegate.schema;

/**
 * A payload whose writer's schema cannot be resolved against the one that the contract has. Every payload of that writer
 * is unreadable until the contract moves on; the message names the schema and the first place where the two disagree.
 */
public final class IncompatibleSchema extends UnreadablePayload {
    private static final long serialVersionUID = 1L;

    public IncompatibleSchema(String message) {
        super(message);
    }
}
