package io.tidegate.gateway.faults;

/**
 * A record that a topic was given.
 *
 * @param generation
 *            of the topic: 0, and one more each time that it is deleted and made again
 * @param seq
 *            counts the records of its key, from 0
 */
record Written(int generation, int partition, long offset, String key, long seq, String lane,
        Kind kind) {
    /** What a reader gets of it. */
    enum Kind {
        UPSERT, DELETE, UNREADABLE, ABORTED
    }

    boolean isEvent() {
        return kind == Kind.UPSERT || kind == Kind.DELETE;
    }
}
