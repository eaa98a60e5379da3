package io.tidegate.loadtests.server;

import io.tidegate.gateway.sandbox.SandboxBroker;
import io.tidegate.gateway.sandbox.SandboxFailure;
import io.tidegate.gateway.sandbox.SandboxIdentity;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import javax.management.JMException;
import javax.management.ObjectName;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** What the gateway stands on, in a process of its own so that its CPU is not the gateway's: a broker and an issuer. */
public final class BrokerServer {
    private BrokerServer() {
    }

    /**
     * @param args
     *            a folder for the broker's log, the topics with commas between
     */
    public static void main(String[] args)
            throws IOException, SandboxFailure, ExecutionException, InterruptedException {
        var broker = SandboxBroker.start(Path.of(args[0]), 0);
        try (var admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()))) {
            var topics = new ArrayList<NewTopic>();
            for (var name : args[1].split(",", -1)) {
                topics.add(new NewTopic(name, 1, (short) 1));
            }
            admin.createTopics(topics).all().get();
        }
        var identity = SandboxIdentity.start(Vertx.vertx(), 0, Clock.systemUTC())
                .toCompletionStage().toCompletableFuture().join();
        var token = identity.token(List.of(LoadEvent.SCOPE), Map.of(), Duration.ofHours(12));
        Child.serve("kafka=" + broker.bootstrapServers() + " issuer=" + identity.issuer()
                + " token=" + token, BrokerServer::command);
        System.exit(0);
    }

    /** {@code fetched TOPIC}: how often and how much consumers have fetched of it so far. */
    private static String command(String[] words) {
        return "fetches=" + metric("TotalFetchRequestsPerSec", words[1]) + " bytes="
                + metric("BytesOutPerSec", words[1]);
    }

    private static long metric(String name, String topic) {
        try {
            var beans = ManagementFactory.getPlatformMBeanServer();
            var bean = new ObjectName(
                    "kafka.server:type=BrokerTopicMetrics,name=" + name + ",topic=" + topic);
            return beans.isRegistered(bean) ? (Long) beans.getAttribute(bean, "Count") : 0;
        } catch (JMException e) {
            throw new IllegalStateException("the broker does not tell '" + name + "'", e);
        }
    }
}
