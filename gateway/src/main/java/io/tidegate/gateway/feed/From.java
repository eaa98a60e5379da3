package io.tidegate.gateway.feed;

import java.time.Instant;

/** Where a reader wants to begin. */
public sealed interface From {

    /** With the next event. */
    record Latest() implements From {
    }

    /** With the oldest retained event. */
    record Earliest() implements From {
    }

    /** With the first record of each partition written at this time or later. */
    record Time(Instant instant) implements From {
    }

    /** Behind the event that carried this cursor. */
    record After(String cursor) implements From {
    }

    /** At a position of this gateway's own: behind a view's state. */
    record At(Position position) implements From {
    }
}
