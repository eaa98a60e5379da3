package io.tidegate.gateway.sandbox;

import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.function.Supplier;

/** Starts the gateway that the sandbox stands around. */
@FunctionalInterface
public interface GatewayStarter {

    /**
     * @param configuration
     *            a gateway's configuration file
     * @param developmentToken
     *            makes a token for whoever looks at the portal
     */
    Future<Running> start(Path configuration, Supplier<String> developmentToken);

    /** A gateway that serves. */
    interface Running {
        int httpPort();

        int managementPort();

        Future<Void> close();
    }
}
