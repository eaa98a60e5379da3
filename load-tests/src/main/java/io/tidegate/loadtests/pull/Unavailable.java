package io.tidegate.loadtests.pull;

import java.io.Serial;

/** What a run needs cannot be had here; the message is a sentence for whoever runs it. */
public final class Unavailable extends Exception {
    @Serial
    private static final long serialVersionUID = 1;

    Unavailable(String message) {
        super(message);
    }
}
