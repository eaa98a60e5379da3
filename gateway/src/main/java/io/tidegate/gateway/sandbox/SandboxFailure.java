package io.tidegate.gateway.sandbox;

import org.jspecify.annotations.Nullable;

/** The sandbox cannot start or go on; the message is one sentence for the person who started it. */
public final class SandboxFailure extends Exception {
    public SandboxFailure(String message) {
        super(message);
    }

    public SandboxFailure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
