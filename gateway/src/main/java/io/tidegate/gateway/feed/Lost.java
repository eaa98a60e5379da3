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
        /** The topic's retention removed them before they were read. */
        RETENTION,
        /** The topic was deleted and made again; what the position referred to does not exist any more. */
        EPOCH,
        /** The reader was too slow and had asked to be moved forward. */
        SLOW_READER
    }
}
