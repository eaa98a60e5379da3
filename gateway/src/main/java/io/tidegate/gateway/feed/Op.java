package io.tidegate.gateway.feed;

/** What an event says about the row of its key. */
public enum Op {
    /** The row as it stands, sent because the reader asked for the current state first. */
    SNAPSHOT,
    /** The row is new or has changed. */
    UPSERT,
    /** The row is gone. */
    DELETE
}
