package io.tidegate.gateway.feed;

/**
 * Records that no reader will ever see, announced in their place.
 *
 * @param count
 *            how many offsets are missing; with compaction or transactions not all of them need have held an event
 * @param detail
 *            one phrase for the reader, without payload
 */
public record Lost(int slot, long offset, long count, Reason reason,
        String detail) implements Content {

    /** Why they are missing. */
    public enum Reason {
        /** The record could not be read under the product's schema. */
        BAD_RECORD,
        /** The record was written with a schema that the product's contract cannot read. */
        INCOMPATIBLE_SCHEMA,
        /** A value of the record is not of its type, and the contract withholds such records. */
        QUARANTINED,
        /** The topic's retention removed them before they were read. */
        RETENTION,
        /** The topic was deleted and made again; what the position referred to does not exist any more. */
        EPOCH,
        /** Partitions were added since the reader was here: none of it is missing, but keys may have moved to another one. */
        PARTITIONS_CHANGED,
        /** The reader was too slow and had asked to be moved forward. */
        SLOW_READER;

        /** Whether the record itself is to blame, so that the contract says what happens to the stream. */
        public boolean isOfRecord() {
            return this == BAD_RECORD || this == INCOMPATIBLE_SCHEMA;
        }
    }
}
