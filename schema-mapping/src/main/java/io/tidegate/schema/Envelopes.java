package io.tidegate.schema;

/** The envelopes that Tidegate reads: none, Debezium's change events, CloudEvents. */
public final class Envelopes {
    private Envelopes() {
    }
}
