package io.tidegate.gateway.telemetry;

import java.util.Locale;

/** What part of the gateway a request is for. */
public enum Surface {
    GRAPHQL, STREAMS, DATA, CATALOG, ASYNCAPI, PORTAL, MANAGEMENT, OTHER;

    /** As metrics spell it: {@code graphql}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
