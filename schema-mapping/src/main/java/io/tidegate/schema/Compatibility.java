package io.tidegate.schema;

/** What a registry demands of a subject's next version before it takes it. */
public enum Compatibility {
    /** Readers with the new version read what the newest of the old ones wrote. */
    BACKWARD,
    /** Readers with the new version read what any of the old ones wrote. */
    BACKWARD_TRANSITIVE,
    /** Readers with the newest of the old versions read what the new one writes. */
    FORWARD,
    /** Readers with any of the old versions read what the new one writes. */
    FORWARD_TRANSITIVE,
    /** {@link #BACKWARD} and {@link #FORWARD}. */
    FULL,
    /** {@link #BACKWARD_TRANSITIVE} and {@link #FORWARD_TRANSITIVE}. */
    FULL_TRANSITIVE,
    /** Anything is taken. */
    NONE
}
