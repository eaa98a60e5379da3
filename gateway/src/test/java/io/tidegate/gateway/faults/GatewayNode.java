package io.tidegate.gateway.faults;

import io.tidegate.gateway.Main;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** A gateway as a process of its own. */
public final class GatewayNode implements AutoCloseable {
    private static final Pattern PORTS = Pattern.compile("port (\\d+), management on port (\\d+)");

    private final ChildProcess process;
    private final int port;
    private final int management;

    /**
     * @param events
     *            of the product in memory at most
     */
    public static GatewayNode start(String name, Path folder, Path contracts, String kafka,
            String issuer, int events) throws Exception {
        return start(name, folder, contracts, kafka, issuer, events,
                "path: \"" + folder.resolve(name).resolve("views") + '"');
    }

    /**
     * @param views
     *            what stands in the configuration about them
     */
    public static GatewayNode start(String name, Path folder, Path contracts, String kafka,
            String issuer, int events, String views) throws Exception {
        Path home = Files.createDirectories(folder.resolve(name));
        Path file = home.resolve("gateway.yaml");
        Files.writeString(file,
                """
                        http: {host: 127.0.0.1, port: 0, eventLoops: 2}
                        management: {host: 127.0.0.1, port: 0}
                        kafka: {default: {bootstrap.servers: "%s"}}
                        contracts: {path: "%s", reload: off}
                        identity: {issuers: [{issuer: "%s", audience: tidegate}]}
                        plans: {default: {requests: 10000/s, connections: 10000, subscriptions: 10000, messages: 1000000/s, bytes: 1GiB/s, queryCost: 1000000000/s}}
                        views: {%s}
                        feeds: {memory: 16MiB, events: %d, prefill: %d, replays: 4}
                        secrets: {cursor: "a secret of all nodes", mask: "a secret of all nodes"}
                        """
                        .formatted(kafka, contracts, issuer, views, events,
                                events / 2));
        return new GatewayNode(new ChildProcess(name, home, "400m", "Tidegate serves",
                Main.class, "serve", "--config", file.toString()));
    }

    private GatewayNode(ChildProcess process) throws Exception {
        this.process = process;
        var ports = PORTS.matcher(process.awaitReady());
        if (!ports.find()) {
            throw new AssertionError("the gateway does not tell its ports");
        }
        this.port = Integer.parseInt(ports.group(1));
        this.management = Integer.parseInt(ports.group(2));
    }

    public String address() {
        return "127.0.0.1:" + port;
    }

    public String management() {
        return "127.0.0.1:" + management;
    }

    public ChildProcess process() {
        return process;
    }

    @Override
    public void close() {
        process.close();
    }
}
