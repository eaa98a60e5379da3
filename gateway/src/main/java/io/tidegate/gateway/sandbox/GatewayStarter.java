package io.tidegate.gateway.sandbox;

import io.vertx.core.Future;
import java.nio.file.Path;

/** Starts the gateway that the sandbox stands around. */
@FunctionalInterface
public interface GatewayStarter {

    /**
     * @param configuration
     *            a gateway's configuration file
     */
    Future<Running> start(Path configuration);

    /** A gateway that serves. */
    interface Running {
        int httpPort();

        int managementPort();

        Future<Void> close();
    }
}
