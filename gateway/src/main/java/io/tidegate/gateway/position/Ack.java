package io.tidegate.gateway.position;

/**
 * What became of an ack.
 *
 * @param cursor
 *            what is kept now; with {@link Outcome#BEHIND} what has been acknowledged already, and the one that was sent
 *            where that is no cursor of this product
 */
public record Ack(Outcome outcome, String cursor) {

    /** Failures of the store are no outcome: they fail the answer. */
    public enum Outcome {
        /** It is durable; a stream with this name continues behind it, on any node. */
        KEPT,
        /** Something later has been acknowledged, and acks do not go back. */
        BEHIND,
        /** Not a cursor that this gateway wrote. */
        UNREADABLE,
        /** A cursor of another product or major version. */
        OTHER_PRODUCT
    }
}
