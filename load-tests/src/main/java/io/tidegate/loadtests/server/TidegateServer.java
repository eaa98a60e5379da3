package io.tidegate.loadtests.server;

import io.tidegate.gateway.Gateway;
import io.tidegate.gateway.GatewayConfig;
import io.tidegate.gateway.GatewayFailure;
import io.tidegate.gateway.access.Identity;
import io.tidegate.gateway.graphql.GraphQlLimits;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.limit.Rate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The gateway as it is, with one product and limits that nobody reaches. */
public final class TidegateServer {
    /** Behind the name of a product that has a key. */
    public static final String KEYED = ":keyed";
    private static final int REPLAYS = 16;

    private TidegateServer() {
    }

    /**
     * @param args
     *            address of the Kafka broker, the issuer, a folder to write to, event loops, products with
     *            commas between, those with a key have {@code :keyed} behind their name
     */
    public static void main(String[] args) throws IOException, GatewayFailure {
        var folder = Path.of(args[2]);
        var contracts = Files.createDirectories(folder.resolve("contracts"));
        for (var product : args[4].split(",", -1)) {
            var name = product.replace(KEYED, "");
            Files.writeString(contracts.resolve(name + ".yaml"),
                    LoadEvent.contract(name, product.endsWith(KEYED)));
        }
        // A token a nanosecond is the most that the buckets take.
        var plenty = Rate.perSecond(1_000_000_000);
        var plan = new Plan("default", plenty, 1_000_000, 1_000_000, plenty, plenty, plenty, 5);
        var gateway = Gateway.start(new GatewayConfig(
                new GatewayConfig.Http("127.0.0.1", 0, Optional.empty(), List.of(),
                        Integer.parseInt(args[3])),
                new GatewayConfig.Management("127.0.0.1", 0),
                Map.of("default", Map.of("bootstrap.servers", args[0])), Optional.empty(),
                contracts, GatewayConfig.Reload.DEFAULT,
                Identity.of(List.of(new Identity.Issuer(args[1], Optional.of("tidegate"),
                        Optional.empty()))),
                List.of(plan), new GatewayConfig.Views(folder.resolve("views"), 64 << 20),
                new GatewayConfig.Feeds(128 << 20, 1 << 16, 0, REPLAYS, 64 << 20),
                GatewayConfig.KeptPositions.DEFAULT, GraphQlLimits.DEFAULT, false,
                new GatewayConfig.Secrets(Optional.empty(), Optional.empty())));
        Child.serve("port=" + gateway.httpPort(), Child.none());
        System.exit(0);
    }
}
