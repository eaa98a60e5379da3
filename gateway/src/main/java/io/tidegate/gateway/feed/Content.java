package io.tidegate.gateway.feed;

/** What one entry of a log holds: an event, or the announcement that events are missing. */
public sealed interface Content permits Event, Lost {

    /** Index of the partition in {@link Position#slots()}. */
    int slot();

    /** Of the record, or of the first record that is missing. Several events of one record share it. */
    long offset();
}
