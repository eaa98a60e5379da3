package io.tidegate.gateway.sandbox;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.DataProduct.Grant;
import io.tidegate.contract.ProblemReport;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.files.ContractFiles;
import io.tidegate.problem.Problem;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.kafka.client.producer.KafkaProducer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.TopicExistsException;
import org.jspecify.annotations.Nullable;

/**
 * Everything at once in this process: broker, registry, identity provider, the sample products with live data (or the
 * products of a folder), and the gateway. {@link #close} ends all of it and removes what it wrote, unless a folder was
 * named to keep it in. Blocking: not for an event loop.
 */
public final class Sandbox implements AutoCloseable {
    private static final Duration START_WITHIN = Duration.ofSeconds(60);
    private static final Duration STEP_WITHIN = Duration.ofSeconds(2);
    /** Broker, registry and identity provider together: what they keep is thrown away, or recovers. */
    private static final Duration END_WITHIN = Duration.ofMillis(700);
    private static final Duration TOKEN_LIFETIME = Duration.ofHours(12);
    private static final int MANAGEMENT_PORT = 9090;
    private static final int EVENTS_BEFORE_READY = 400;
    private static final long SEED = 20_261;

    /** The live data and the gateway, which are opened last. */
    private static final int ENDS_IN_ORDER = 2;

    private final Settings settings;
    private final Clock clock;
    private final Path folder;
    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private boolean closed;

    private Sandbox(Settings settings, Clock clock, Path folder) {
        this.settings = settings;
        this.clock = clock;
        this.folder = folder;
    }

    /**
     * What the sandbox should be like.
     *
     * @param port
     *            of the gateway; 0 = any free one
     * @param contracts
     *            a folder of contracts instead of the samples; without live data
     * @param eventsPerSecond
     *            of all sample products together
     * @param data
     *            a folder where everything is kept; empty = a temporary one, removed in the end
     */
    public record Settings(int port, Optional<Path> contracts, int eventsPerSecond,
            Optional<Path> data) {
        public static final int EVENTS_PER_SECOND = 60;
        public static final int EVENTS_PER_SECOND_MAX = 50_000;

        public Settings {
            if (port < 0 || port > 65_535) {
                throw new IllegalArgumentException("port " + port + " is not between 0 and 65535");
            }
            if (eventsPerSecond < 0 || eventsPerSecond > EVENTS_PER_SECOND_MAX) {
                throw new IllegalArgumentException(
                        "rate " + eventsPerSecond + " is not between 0 and "
                                + EVENTS_PER_SECOND_MAX + " events a second");
            }
        }
    }

    /**
     * Where everything is.
     *
     * @param token
     *            opens every product as far as one token can
     * @param products
     *            {@code logistics/shipment-events/v2}
     * @param contracts
     *            the folder of the contracts that are served
     */
    public record Addresses(String gateway, String management, String kafka, String registry,
            String issuer,
            String token, List<String> products, Path contracts) {
        public Addresses {
            products = List.copyOf(products);
        }

        /** One line of JSON, as the ready file has it. */
        public JsonObject json() {
            return new JsonObject().put("gateway", gateway).put("management", management)
                    .put("kafka", kafka)
                    .put("registry", registry).put("issuer", issuer).put("token", token)
                    .put("products", new JsonArray(products)).put("contracts", contracts.toString())
                    .put("pid", ProcessHandle.current().pid());
        }
    }

    /** An empty sandbox; {@link #start} fills it. */
    public static Sandbox prepare(Settings settings, Clock clock) throws SandboxFailure {
        try {
            Path folder;
            if (settings.data().isPresent()) {
                folder = Files.createDirectories(settings.data().get().toAbsolutePath());
            } else {
                folder = Files.createTempDirectory("tidegate-sandbox-");
            }
            return new Sandbox(settings, clock, folder);
        } catch (IOException e) {
            throw new SandboxFailure("The sandbox cannot write its data (" + e
                    + "); make room or name a folder with --data.", e);
        }
    }

    /**
     * Starts everything; returns when all of it serves.
     *
     * @throws SandboxFailure
     *             if a part does not start; what had started by then is ended by {@link #close}
     */
    public Addresses start(GatewayStarter gateway) throws SandboxFailure {
        int port = settings.port() == 0 ? 0 : requireFree(settings.port());
        var broker = inBackground("broker",
                () -> keep(SandboxBroker.start(folder.resolve("kafka"), 0)));
        var contracts = inBackground("contracts", this::readContracts);
        Vertx vertx = Vertx.vertx();
        keep(() -> await("the network", STEP_WITHIN, vertx.close()));
        var registryStart = SandboxRegistry.start(vertx, 0);
        var identityStart = SandboxIdentity.start(vertx, 0, clock);
        SandboxRegistry registry = await("the registry", START_WITHIN, registryStart);
        SandboxIdentity identity = await("the identity provider", START_WITHIN, identityStart);
        Contracts served = await("contracts", contracts);
        String kafka = await("the broker", broker).bootstrapServers();

        createTopics(kafka, served.products());
        var http = vertx.createHttpClient();
        // Kept, because a client that nothing refers to is closed by the collector in the middle of a request.
        keep(() -> await("the registry", STEP_WITHIN, http.close()));
        KafkaProducer<byte[], byte[]> producer = TopicWriter.producer(vertx, kafka);
        keep(() -> await("the producer", STEP_WITHIN, producer.close(500)));
        Map<String, TopicWriter> writers = openWriters(http, registry, producer, served.products());
        Optional<LiveData> live = settings.contracts().isPresent()
                ? Optional.empty()
                : Optional.of(new LiveData(vertx, writers, new SampleData(SEED), clock));
        if (live.isPresent()) {
            await("sample data", START_WITHIN, live.get().write(EVENTS_BEFORE_READY));
        }
        Path configuration = writeConfiguration(port, kafka, registry.url(), identity.issuer(),
                served.folder());
        var products = served.products().stream().map(ProductSchema::product).toList();
        var running = await("the gateway", START_WITHIN, gateway.start(configuration,
                () -> identity.token(scopesOf(products), claims(), TOKEN_LIFETIME)));
        keep(() -> await("the gateway", STEP_WITHIN, running.close()));
        live.ifPresent(data -> keep(data.run(settings.eventsPerSecond())));

        return new Addresses("http://127.0.0.1:" + running.httpPort(),
                "http://127.0.0.1:" + running.managementPort(), kafka, registry.url(),
                identity.issuer(),
                identity.token(scopesOf(products), claims(), TOKEN_LIFETIME),
                products.stream().map(product -> product.id().path()).toList(), served.folder());
    }

    /** Ends everything, the last part first, and removes the temporary folder. Once is enough; again does nothing. */
    @Override
    public void close() {
        List<AutoCloseable> ending;
        synchronized (parts) {
            closed = true;
            ending = new ArrayList<>(parts);
            parts.clear();
        }
        // What writes and serves ends first and in order; the rest has nobody left to disturb and ends side by side.
        int inOrder = Math.min(ENDS_IN_ORDER, ending.size());
        ending.subList(0, inOrder).forEach(Sandbox::closeQuietly);
        var rest = ending.subList(inOrder, ending.size()).stream()
                .map(part -> Thread.ofPlatform().daemon().start(() -> closeQuietly(part))).toList();
        long deadline = System.nanoTime() + END_WITHIN.toNanos();
        for (Thread end : rest) {
            try {
                end.join(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        if (settings.data().isEmpty()) {
            removeTree(folder);
        }
    }

    private <T extends AutoCloseable> T keep(T part) {
        synchronized (parts) {
            if (!closed) {
                parts.push(part);
                return part;
            }
        }
        // The end came while this part was starting.
        closeQuietly(part);
        return part;
    }

    private record Contracts(Path folder, List<ProductSchema> products) {
    }

    private Contracts readContracts() throws SandboxFailure {
        Path where = settings.contracts().orElse(folder.resolve("contracts")).toAbsolutePath()
                .normalize();
        try {
            if (settings.contracts().isEmpty()) {
                SampleContracts.writeTo(where);
            }
            var read = ContractFiles.read(List.of(where));
            var errors = read.problems().stream().filter(Problem::isError).toList();
            // As anywhere else, a contract that is wrong disturbs no other; the gateway reports it when it reads them.
            if (read.products().isEmpty() && !errors.isEmpty()) {
                throw new SandboxFailure(errors.size() + " error" + (errors.size() == 1 ? "" : "s")
                        + " in the contracts; `tidegate lint` lists the same:\n"
                        + ProblemReport.text(errors).stripTrailing());
            }
            if (read.products().isEmpty()) {
                throw new SandboxFailure("There is no contract in '" + where + "'.");
            }
            return new Contracts(where, read.products());
        } catch (IOException e) {
            throw new SandboxFailure("The contracts in '" + where + "' cannot be read: " + e, e);
        }
    }

    private static void createTopics(String kafka, List<ProductSchema> products)
            throws SandboxFailure {
        var topics = new HashMap<String, NewTopic>();
        for (ProductSchema schema : products) {
            var stream = schema.product().stream();
            for (String name : stream.topics()) {
                var topic = new NewTopic(name, stream.key().isEmpty() ? 1 : 3, (short) 1);
                String retention = schema.product().serviceLevels().stated()
                        .getOrDefault("retention", "");
                if (!stream.key().isEmpty() && retention.equals("forever")) {
                    topic.configs(Map.of("cleanup.policy", "compact"));
                }
                topics.putIfAbsent(name, topic);
            }
        }
        try (var admin = Admin
                .create(Map.of("bootstrap.servers", kafka, "request.timeout.ms", "10000",
                        "default.api.timeout.ms", "60000"))) {
            for (var made : admin.createTopics(topics.values()).values().entrySet()) {
                try {
                    made.getValue().get(START_WITHIN.toSeconds(), TimeUnit.SECONDS);
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof TopicExistsException)) {
                        throw new SandboxFailure("Topic '" + made.getKey() + "' cannot be created: "
                                + e.getCause(), e);
                    }
                }
            }
        } catch (TimeoutException e) {
            throw new SandboxFailure("The sandbox's broker does not answer.", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private Map<String, TopicWriter> openWriters(HttpClient http, SandboxRegistry registry,
            KafkaProducer<byte[], byte[]> producer, List<ProductSchema> products)
            throws SandboxFailure {
        var opened = new HashMap<String, TopicWriter>();
        // One after the other, so that the same contracts get the same schema ids at every start.
        for (ProductSchema schema : products) {
            opened.put(schema.product().id().qualifiedName(), await("the registry", START_WITHIN,
                    TopicWriter.open(http, registry.url(), producer, schema)));
        }
        return opened;
    }

    private Path writeConfiguration(int port, String kafka, String registry, String issuer,
            Path contracts)
            throws SandboxFailure {
        String text = """
                http: {host: 127.0.0.1, port: %d}
                management: {host: 127.0.0.1, port: %d}
                kafka:
                  default: {bootstrap.servers: "%s"}
                registry: {url: "%s"}
                contracts: {path: %s}
                identity:
                  issuers: [{issuer: "%s", audience: tidegate}]
                plans:
                  gold: {requests: 50/s, connections: 50, subscriptions: 200, messages: 5000/s, bytes: 5MiB/s, \
                queryCost: 100000/min, priority: 3}
                  free: {requests: 2/s, connections: 2, subscriptions: 5, messages: 50/s, bytes: 64KiB/s, \
                queryCost: 1000/min, priority: 1}
                  # What contracts without a plan get: here, all that the machine gives.
                  default: {requests: 10000/s, connections: 10000, subscriptions: 100000, messages: 10000000/s, \
                bytes: 1GiB/s, queryCost: 100000000/min, priority: 5}
                limits: {store: local}
                views: {store: duckdb, path: %s}
                catalog: {access: public}
                drain: {delay: 0s, window: 0s}
                """
                .formatted(port, managementPort(port), kafka, registry, quoted(contracts), issuer,
                        quoted(folder.resolve("views")));
        try {
            return Files.writeString(folder.resolve("gateway.yaml"), text);
        } catch (IOException e) {
            throw new SandboxFailure(
                    "The gateway's configuration cannot be written to '" + folder + "': " + e, e);
        }
    }

    private static String quoted(Path path) {
        return '"' + path.toString().replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }

    /** The scopes that open whole products; of a product that has none, all of its scopes. */
    private static Set<String> scopesOf(List<DataProduct> products) {
        var scopes = new LinkedHashSet<String>();
        for (DataProduct product : products) {
            var whole = product.access().stream().filter(grant -> grant.rows().isEmpty())
                    .map(Grant::scope).toList();
            scopes.addAll(
                    whole.isEmpty() ? product.access().stream().map(Grant::scope).toList() : whole);
        }
        return scopes;
    }

    /** What the row rules of the sample contracts ask a token for. */
    private static Map<String, String> claims() {
        return Map.of("carrier_id", SampleData.CARRIERS.getFirst(), "country", "DE", "customer_id",
                "CUST-1001");
    }

    private static int requireFree(int port) throws SandboxFailure {
        if (isFree(port)) {
            return port;
        }
        throw new SandboxFailure("Port " + port
                + " is taken: end what listens there, or choose another with --port (0 = any free one).");
    }

    /** Where whoever asks for a port expects it; who does not care for one gets none that others may be after. */
    private static int managementPort(int port) {
        return port != 0 && isFree(MANAGEMENT_PORT) ? MANAGEMENT_PORT : 0;
    }

    private static boolean isFree(int port) {
        try (var socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static <T> FutureTask<T> inBackground(String name, Callable<T> work) {
        var task = new FutureTask<>(work);
        var thread = new Thread(task, "sandbox-" + name);
        thread.setDaemon(true);
        thread.start();
        return task;
    }

    private static <T> T await(String part, Duration within, Future<T> future)
            throws SandboxFailure {
        return await(part, within, future.toCompletionStage().toCompletableFuture());
    }

    private static <T> T await(String part, FutureTask<T> task) throws SandboxFailure {
        return await(part, START_WITHIN, task);
    }

    private static <T> T await(String part, Duration within, java.util.concurrent.Future<T> future)
            throws SandboxFailure {
        try {
            return future.get(within.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof SandboxFailure failure) {
                throw failure;
            }
            throw new SandboxFailure("The sandbox has trouble with " + part + ": " + e.getCause(),
                    e.getCause());
        } catch (TimeoutException e) {
            throw new SandboxFailure("The sandbox has trouble with " + part + ": no answer within "
                    + within.toSeconds() + " s.", e);
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static SandboxFailure interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new SandboxFailure("The sandbox was interrupted.", e);
    }

    private static void closeQuietly(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            // The rest must end too, and the process with it.
        }
    }

    private static void removeTree(Path folder) {
        // The broker may still be renaming files of its log: what vanishes under us is gone as wanted.
        for (int attempt = 0; attempt < 3 && Files.exists(folder); attempt++) {
            try {
                Files.walkFileTree(folder, new Remover());
            } catch (IOException | UncheckedIOException e) {
                // Tried again, then left to the system's temporary folder.
            }
        }
    }

    private static final class Remover extends SimpleFileVisitor<Path> {
        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) {
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
                throws IOException {
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
        }
    }

    /**
     * Writes the addresses to a file that is there whole or not at all.
     *
     * @throws SandboxFailure
     *             if the file cannot be written
     */
    public static void writeReadyFile(Path file, Addresses addresses) throws SandboxFailure {
        try {
            Path target = file.toAbsolutePath();
            Files.createDirectories(target.getParent());
            Path whole = Files.createTempFile(target.getParent(), ".ready", ".json");
            Files.writeString(whole, addresses.json().encode() + "\n");
            Files.move(whole, target, StandardCopyOption.REPLACE_EXISTING,
                    StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new SandboxFailure("The file '" + file + "' cannot be written: " + e, e);
        }
    }
}
