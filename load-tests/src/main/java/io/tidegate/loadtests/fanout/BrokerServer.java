package io.tidegate.loadtests.fanout;

import io.tidegate.gateway.sandbox.SandboxBroker;
import io.tidegate.gateway.sandbox.SandboxFailure;
import io.tidegate.gateway.sandbox.SandboxIdentity;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** What the gateway stands on, in a process of its own so that its CPU is not the gateway's: a broker and an issuer. */
public final class BrokerServer {
    private BrokerServer() {
    }

    /**
     * @param args
     *            a folder for the broker's log
     */
    public static void main(String[] args)
            throws IOException, SandboxFailure, ExecutionException, InterruptedException {
        var broker = SandboxBroker.start(Path.of(args[0]), 0);
        try (var admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            admin.createTopics(List.of(new NewTopic(LoadEvent.TOPIC, 1, (short) 1))).all().get();
        }
        var identity = SandboxIdentity.start(Vertx.vertx(), 0, Clock.systemUTC())
                .toCompletionStage().toCompletableFuture().join();
        var token = identity.token(List.of(LoadEvent.SCOPE), Map.of(), Duration.ofHours(12));
        Child.serve("kafka=" + broker.bootstrapServers() + " issuer=" + identity.issuer()
                + " token=" + token, words -> {
                });
        System.exit(0);
    }
}
