package io.tidegate.gateway.subscription;

import java.util.Locale;
import java.util.Optional;

/** What a reader wants when the shared log moves past the place where it is. */
public enum OnSlow {
    /** Lose nothing: what memory has left behind is replayed from Kafka. */
    WAIT,
    /** Get only the newest event of each key, and be told how many were passed over, until the end is near again. */
    CONFLATE,
    /** Jump to the newest event and be told how many were passed over. */
    DROP,
    /** End with a cursor. */
    DISCONNECT;

    /** Reads the parameter; empty for a word that is none of them. */
    public static Optional<OnSlow> parse(String word) {
        for (var value : values()) {
            if (value.name().toLowerCase(Locale.ROOT).equals(word)) {
                return Optional.of(value);
            }
        }
        return Optional.empty();
    }
}
