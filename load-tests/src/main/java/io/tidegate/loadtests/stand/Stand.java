package io.tidegate.loadtests.stand;

import io.tidegate.loadtests.client.Dial;
import io.tidegate.loadtests.client.LoadClient;
import io.tidegate.loadtests.server.BrokerServer;
import io.tidegate.loadtests.server.LoadEvent;
import io.tidegate.loadtests.server.NettyServer;
import io.tidegate.loadtests.server.PollServer;
import io.tidegate.loadtests.server.Producer;
import io.tidegate.loadtests.server.ServerProcess;
import io.tidegate.loadtests.server.StockGraphQlServer;
import io.tidegate.loadtests.server.TidegateServer;
import io.tidegate.loadtests.server.VertxServer;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A broker with its topics, an issuer of tokens, a producer, and the servers that are started beside them. Whoever starts a server closes
 * it.
 */
public final class Stand implements AutoCloseable {
    private final Path log;
    private final Path folder;
    private final ServerProcess broker;
    private final Producer producer;
    private int gateways;

    private Stand(Path log, Path folder, ServerProcess broker) {
        this.log = log;
        this.folder = folder;
        this.broker = broker;
        this.producer = new Producer(broker.where("kafka"));
    }

    /**
     * Starts the broker.
     *
     * @param log
     *            where every process logs to
     * @param names
     *            of the products and feeds that there is a topic for
     */
    public static Stand open(Path log, List<String> names) throws IOException {
        var folder = Files.createTempDirectory("tidegate-load-");
        var broker = ServerProcess.start(BrokerServer.class, List.of(), log,
                folder.resolve("kafka").toString(),
                String.join(",", names.stream().map(LoadEvent::topic).toList()));
        return new Stand(log, folder, broker);
    }

    /** What the gateway's subscribers show. */
    public String token() {
        return broker.where("token");
    }

    /** What writes to the topics. */
    public Producer producer() {
        return producer;
    }

    /** The events of this topic. */
    public Source topic(String name) {
        return new Source.Topic(producer, LoadEvent.topic(name));
    }

    /** How often the topic has been fetched so far, by whomever; empty polls too. */
    public long fetches(String name) throws IOException {
        return broker.ask("fetched " + LoadEvent.topic(name), "fetches");
    }

    /** Bytes of the topic that consumers have fetched so far. */
    public long fetchedBytes(String name) throws IOException {
        return broker.ask("fetched " + LoadEvent.topic(name), "bytes");
    }

    /** The limit that makes its events itself. */
    public ServerProcess netty(List<String> options) throws IOException {
        return ServerProcess.start(NettyServer.class, options, log);
    }

    /** The limit that is fed from a topic. */
    public ServerProcess nettyKafka(List<String> options, String name) throws IOException {
        return ServerProcess.start(NettyServer.class, options, log, broker.where("kafka"),
                LoadEvent.topic(name));
    }

    /** The limit of one subscriber. */
    public ServerProcess poll(List<String> options) throws IOException {
        return ServerProcess.start(PollServer.class, options, log, broker.where("kafka"));
    }

    /** Vert.x as documented. */
    public ServerProcess vertx(List<String> options) throws IOException {
        return ServerProcess.start(VertxServer.class, options, log);
    }

    /** Vert.x Web GraphQL as documented, making its events itself. */
    public ServerProcess stockGraphQl(List<String> options) throws IOException {
        return ServerProcess.start(StockGraphQlServer.class, options, log);
    }

    /** Vert.x Web GraphQL as documented, fed from a topic. */
    public ServerProcess stockGraphQlKafka(List<String> options, String name)
            throws IOException {
        return ServerProcess.start(StockGraphQlServer.class, options, log, broker.where("kafka"),
                LoadEvent.topic(name));
    }

    /**
     * The gateway.
     *
     * @param products
     *            those with a key have {@link TidegateServer#KEYED} behind their name
     */
    public ServerProcess tidegate(List<String> options, int loops, List<String> products)
            throws IOException {
        return ServerProcess.start(TidegateServer.class, options, log, broker.where("kafka"),
                broker.where("issuer"), folder.resolve("gateway" + gateways++).toString(),
                Integer.toString(loops), String.join(",", products));
    }

    /**
     * A subscriber of the gateway's plain stream over a WebSocket.
     *
     * @param query
     *            with its question mark; may be empty
     */
    public Dial webSocket(ServerProcess gateway, String product, String query) {
        return Dial.webSocket(gateway.port(), LoadEvent.path(product) + query,
                broker.where("token"));
    }

    /** A subscriber of the gateway's plain stream as server-sent events. */
    public Dial sse(ServerProcess gateway, String product) {
        return Dial.sse(gateway.port(), LoadEvent.path(product), broker.where("token"));
    }

    /** A subscriber of the gateway's GraphQL with an id of its own and all fields. */
    public Dial graphQl(ServerProcess gateway, String product) {
        return graphQl(gateway, product, LoadEvent.OTHER_FIELDS);
    }

    /**
     * A subscriber of the gateway's GraphQL with an id of its own.
     *
     * @param fields
     *            beside number and time
     */
    public Dial graphQl(ServerProcess gateway, String product, String fields) {
        return Dial.graphQl(gateway.port(), broker.where("token"), UUID.randomUUID().toString(),
                "subscription{" + LoadEvent.DOMAIN + product.substring(0, 1).toUpperCase(
                        Locale.ROOT) + product.substring(1)
                        + "{op cursor value{seq sent " + fields + "}}}");
    }

    /** A subscriber of {@link #stockGraphQl} with an id of its own and all fields. */
    public static Dial stockGraphQl(ServerProcess server) {
        return Dial.graphQl(server.port(), "", UUID.randomUUID().toString(),
                "subscription{events{seq sent " + LoadEvent.OTHER_FIELDS + "}}");
    }

    /** A subscriber of a baseline over a WebSocket. */
    public static Dial webSocket(ServerProcess server, String query) {
        return Dial.webSocket(server.port(), "/" + query, "");
    }

    /** A subscriber of {@link #poll}. */
    public static Dial poll(ServerProcess server, String name, String from) {
        return webSocket(server, "?topic=" + LoadEvent.topic(name) + "&from=" + from);
    }

    /** A subscriber of a baseline with server-sent events. */
    public static Dial sse(ServerProcess server) {
        return Dial.sse(server.port(), "/", "");
    }

    /** So many subscribers that all dial alike. */
    public static LoadClient subscribers(Supplier<Dial> dial, int count)
            throws IOException {
        var client = new LoadClient();
        client.open(index -> dial.get(), count);
        return client;
    }

    @Override
    public void close() throws IOException {
        producer.close();
        broker.close();
        removeTree(folder);
    }

    private static void removeTree(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                    throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException failure) {
                // The broker removes files of its own while it ends.
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory,
                    @Nullable IOException failure)
                    throws IOException {
                Files.deleteIfExists(directory);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
