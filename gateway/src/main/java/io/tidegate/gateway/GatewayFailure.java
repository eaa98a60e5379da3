package io.tidegate.gateway;

import org.jspecify.annotations.Nullable;

/** The gateway cannot start. The message is one sentence for whoever typed the command: which setting, and what to do. */
public final class GatewayFailure extends Exception {
    public GatewayFailure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
