package io.tidegate.gateway.telemetry;

import java.util.Locale;

/** How events reach a partner. */
public enum Transport {
    GRAPHQL_WEBSOCKET, GRAPHQL_SSE, WEBSOCKET, SSE, NDJSON;

    /** As metrics spell it: {@code graphql-websocket}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
