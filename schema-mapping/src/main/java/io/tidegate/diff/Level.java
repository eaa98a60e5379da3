package io.tidegate.diff;

import java.util.Locale;

/** How a difference meets consumers. */
public enum Level {
    /** A consumer that worked may stop working: needs a new major version. */
    BREAKING,
    /** A consumer that was written with care goes on; others may not. */
    DANGEROUS,
    /** Nobody has to do anything. */
    SAFE;

    /** In small letters. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
