package io.tidegate.gateway;

import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.access.Masker;
import io.tidegate.gateway.access.TokenVerifier;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.catalog.RememberedSchemas;
import io.tidegate.gateway.catalog.SchemaRegistry;
import io.tidegate.gateway.data.DataEndpoint;
import io.tidegate.gateway.data.Exports;
import io.tidegate.gateway.data.SmallAnswers;
import io.tidegate.gateway.delivery.Hub;
import io.tidegate.gateway.delivery.Replays;
import io.tidegate.gateway.delivery.Subscriber;
import io.tidegate.gateway.feed.Cursors;
import io.tidegate.gateway.feed.GroupShare;
import io.tidegate.gateway.feed.History;
import io.tidegate.gateway.feed.KafkaCluster;
import io.tidegate.gateway.graphql.Documents;
import io.tidegate.gateway.graphql.GraphQlEndpoint;
import io.tidegate.gateway.graphql.GraphQlEngine;
import io.tidegate.gateway.graphql.GraphQlSocket;
import io.tidegate.gateway.http.Doorway;
import io.tidegate.gateway.http.Drain;
import io.tidegate.gateway.http.Edge;
import io.tidegate.gateway.http.Gatekeeper;
import io.tidegate.gateway.http.Pulse;
import io.tidegate.gateway.limit.Limits;
import io.tidegate.gateway.portal.Portal;
import io.tidegate.gateway.portal.PortalOptions;
import io.tidegate.gateway.position.Positions;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.stream.NamedStreams;
import io.tidegate.gateway.stream.PlainShapes;
import io.tidegate.gateway.stream.StreamEndpoint;
import io.tidegate.gateway.telemetry.Surface;
import io.tidegate.gateway.telemetry.Telemetry;
import io.tidegate.gateway.view.DuckDbViewStore;
import io.tidegate.gateway.view.EmbeddedViewStore;
import io.tidegate.gateway.view.PostgresViewStore;
import io.tidegate.gateway.view.ViewFeeder;
import io.tidegate.gateway.view.ViewStore;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocketHandshake;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The whole gateway, constructed in one place. */
public final class Gateway implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    /** Beyond what the configuration gives the drain. */
    private static final long DRAIN_MILLIS = 500;
    private static final long END_MILLIS = 500;
    /** Of one file on its way to a client. */
    private static final long EXPORT_BYTES = 2L << 30;

    private final GatewayConfig config;
    private final Optional<Supplier<String>> developmentToken;
    private final Clock clock = Clock.systemUTC();
    private final Vertx vertx;
    private final ExecutorService blocking = Executors
            .newThreadPerTaskExecutor(Thread.ofVirtual().name("query ", 0)
                    .uncaughtExceptionHandler((thread, failure) -> endedBadly(failure)).factory());
    private final Telemetry telemetry = new Telemetry();
    private final List<AutoCloseable> readers = new CopyOnWriteArrayList<>();
    private final List<AutoCloseable> stores = new CopyOnWriteArrayList<>();
    /** Told when the catalog has changed. */
    private final List<Runnable> watchers = new CopyOnWriteArrayList<>();
    private final List<Doorway> doorways = new CopyOnWriteArrayList<>();
    private final Optional<Path> file;
    private Optional<LiveCatalog> live = Optional.empty();
    private Optional<Reload> reload = Optional.empty();
    private final AtomicLong sessionIds = new AtomicLong();
    private volatile Phase phase = Phase.STARTING;
    private Optional<CompletableFuture<Void>> drained = Optional.empty();
    private int httpPort;
    private int managementPort;

    /** Life of a gateway, in this order. */
    private enum Phase {
        STARTING, SERVING,
        /** Not ready for anybody new, and yet serves who comes. */
        LEAVING,
        /** Clients are told to come back elsewhere; nobody new is let in. */
        DRAINING
    }

    private Gateway(GatewayConfig config, Optional<Path> file,
            Optional<Supplier<String>> developmentToken) {
        this.config = config;
        this.file = file;
        this.developmentToken = developmentToken;
        this.vertx = Vertx
                .vertx(new VertxOptions().setEventLoopPoolSize(config.http().eventLoops() + 1)
                        .setPreferNativeTransport(true));
    }

    /**
     * Starts a gateway and returns when it serves. Blocks; not for an event loop.
     *
     * @throws GatewayFailure
     *             if it cannot: a port is taken, the contracts cannot be read, a store cannot be opened
     */
    public static Gateway start(GatewayConfig config) throws GatewayFailure {
        return start(config, Optional.empty(), Optional.empty());
    }

    /**
     * Starts a gateway whose plans may change while it runs.
     *
     * @param file
     *            that the configuration is from; its plans are read again when it changes
     * @param developmentToken
     *            makes the token that the sandbox's portal gives to whoever asks; empty = there are none
     */
    static Gateway start(GatewayConfig config, Optional<Path> file,
            Optional<Supplier<String>> developmentToken)
            throws GatewayFailure {
        var gateway = new Gateway(config, file, developmentToken);
        try {
            gateway.open();
            return gateway;
        } catch (GatewayFailure | RuntimeException e) {
            gateway.close();
            throw e;
        }
    }

    public int httpPort() {
        return httpPort;
    }

    public int managementPort() {
        return managementPort;
    }

    private void open() throws GatewayFailure {
        var reserved = keep(readers, reserve(config.http().host(), config.http().port()));
        httpPort = port(reserved);
        var secrets = SecretKeys.of(config.secrets(), config.views().path());
        var cursors = new Cursors(secrets.cursor());
        var masker = new Masker(secrets.mask());
        var verifier = keep(readers,
                new TokenVerifier(vertx, config.identity(), clock, System::nanoTime));
        await(verifier.start());
        var registry = new SchemaRegistry(config.registryUrl());
        var remembered = new RememberedSchemas(registry, System::nanoTime);
        var clusters = clusters();
        var products = liveCatalog(clusters, cursors, remembered, registry);
        live = Optional.of(products);
        var plans = new PlansFile(file, config);
        var limits = new Limits(System::nanoTime);
        var publicUrl = config.http().publicUrl().orElse("http://127.0.0.1:" + httpPort);
        var gatekeeper = new Gatekeeper(verifier, limits, plans::plans, telemetry,
                products::catalog, clock, publicUrl);
        var engine = new GraphQlEngine(products::catalog, masker, config.graphQl(), documents(),
                clock);
        telemetry.counter("answers",
                "Queries that are worth keeping, by where their answer came from", "from", "store",
                engine.answers()::ran);
        telemetry.counter("answers",
                "Queries that are worth keeping, by where their answer came from", "from", "memory",
                engine.answers()::shared);
        var shapes = new PlainShapes(masker, publicUrl);
        watchers.add(engine::catalogChanged);
        watchers.add(() -> shapes.catalogChanged(products.catalog()));
        var replays = keep(readers, new Replays(config.feeds().replays()));
        var reloading = new Reload(config, products, plans, remembered, telemetry, clock,
                gatekeeper::plansChanged);
        reload = Optional.of(reloading);
        reloading.start();
        telemetry.gauge("feeds.waiting", "Products whose topics cannot be read now",
                () -> products.catalog().products().stream().filter(LiveProduct::isWaiting)
                        .count());
        var positions = positions(clusters);
        var exports = keep(readers, new Exports(config.views().path().resolve("exports"),
                config.views().exportRows(), EXPORT_BYTES));
        var origins = new Edge.Origins(publicUrl, config.http().origins());
        release(reserved);
        for (int loop = 0; loop < config.http().eventLoops(); loop++) {
            await(vertx.deployVerticle(new Edge(config.http().host(), httpPort, origins,
                    config.http().compression(),
                    context -> rooms(context, products, gatekeeper, engine, shapes, replays,
                            positions,
                            new Pulled(masker, exports, new SmallAnswers(engine.answers())))),
                    new DeploymentOptions()));
        }
        var management = new ManagementServer(vertx, telemetry,
                () -> readiness(verifier, products),
                new ContractsReport(products, reloading),
                new SessionsReport(doorways, this::drain));
        await(management.listen(config.management().host(), config.management().port()),
                "management.port",
                config.management().port());
        managementPort = management.port();
        phase = Phase.SERVING;
    }

    /**
     * Several loops share a port, which the system lets anybody join who asks: so it is taken for ourselves first, and kept
     * while contracts are read. It is bound and not listened to, so that nobody is connected to it meanwhile.
     */
    private static SocketChannel reserve(String host, int port) throws GatewayFailure {
        try {
            var socket = SocketChannel.open();
            try {
                // A gateway that is started again finds connections of the former one; its listener would still be in the way.
                socket.setOption(StandardSocketOptions.SO_REUSEADDR, port != 0);
                return socket.bind(new InetSocketAddress(host, port));
            } catch (IOException | RuntimeException e) {
                socket.close();
                throw e;
            }
        } catch (IOException | UnresolvedAddressException e) {
            throw new GatewayFailure("http.port: port " + port + " on " + host
                    + " is taken or not ours to use; choose another one", e);
        }
    }

    private static void release(SocketChannel reserved) throws GatewayFailure {
        try {
            reserved.close();
        } catch (IOException e) {
            throw new GatewayFailure("http.port: the port cannot be given back", e);
        }
    }

    private static int port(SocketChannel socket) throws GatewayFailure {
        try {
            return ((InetSocketAddress) socket.getLocalAddress()).getPort();
        } catch (IOException e) {
            throw new GatewayFailure("http.port: the system does not tell its port", e);
        }
    }

    private Map<String, KafkaCluster> clusters() {
        var clusters = new LinkedHashMap<String, KafkaCluster>();
        var history = new History(config.feeds().historyBytes(), config.feeds().replays());
        telemetry.gauge("history.bytes",
                "Estimated heap of what readers that are behind have read lately", history::bytes);
        config.kafka().forEach(
                (name, properties) -> clusters.put(name,
                        keep(readers, new KafkaCluster(name, properties, history))));
        return clusters;
    }

    private Positions positions(Map<String, KafkaCluster> clusters) throws GatewayFailure {
        var settings = config.positions();
        var cluster = clusters.get(settings.cluster());
        if (cluster == null) {
            throw new GatewayFailure("positions.cluster: there is no Kafka cluster '"
                    + settings.cluster() + "'; name it under 'kafka'", null);
        }
        var positions = keep(readers, new Positions(cluster, new Positions.Settings(
                settings.topic(), settings.retention(), settings.perPartner(),
                settings.memoryBytes()), clock));
        positions.start();
        telemetry.gauge("positions", "Positions kept under names of clients", positions::size);
        telemetry.gauge("positions.unavailable", "1 while named subscriptions are refused",
                () -> positions.trouble().isPresent() ? 1 : 0);
        return positions;
    }

    /** The catalog, empty until {@link Reload#start} fills it. */
    private LiveCatalog liveCatalog(Map<String, KafkaCluster> clusters, Cursors cursors,
            RememberedSchemas remembered, SchemaRegistry registry) throws GatewayFailure {
        var store = viewStore(clusters);
        return new LiveCatalog(config, new LiveCatalog.Means(clusters, cursors, store, remembered,
                registry, telemetry, () -> watchers.forEach(Runnable::run),
                () -> doorways.forEach(Doorway::catalogChanged), blocking), clock);
    }

    private ViewStore viewStore(Map<String, KafkaCluster> clusters) throws GatewayFailure {
        var views = config.views();
        if (views.shared().isPresent()) {
            var shared = views.shared().get();
            if (config.secrets().cursor().isEmpty() || config.secrets().mask().isEmpty()) {
                LOG.warn(
                        "secrets.cursor, secrets.mask: gateways that share the store of their views"
                                + " must have the same ones; without, a client's position or page is"
                                + " refused by the other gateways");
            }
            LOG.atInfo().addKeyValue("store", shared.address()).log("views are in a shared store");
            return keep(stores, PostgresViewStore.at(shared.address(),
                    new PostgresViewStore.Limits(shared.connections(), shared.writers(),
                            views.questions().atATime(), views.questions().scans(),
                            views.questions().deadline(), views.unkeyed()),
                    (schema, group) -> new GroupShare(
                            Objects.requireNonNull(
                                    clusters.get(schema.product().stream().cluster()),
                                    "contracts of other clusters are refused"),
                            schema.product().stream().topics(), group),
                    clock));
        }
        try {
            return keep(stores, EmbeddedViewStore.open(views.path(), limits(views),
                    views.indexes(), clock));
        } catch (RuntimeException e) {
            throw new GatewayFailure(
                    "views.path: '" + views.path() + "' cannot be used: " + e.getMessage(), e);
        }
    }

    private static DuckDbViewStore.Limits limits(GatewayConfig.Views views) {
        var usual = DuckDbViewStore.Limits.defaults();
        var questions = views.questions();
        return new DuckDbViewStore.Limits(views.memoryBytes(), questions.atATime(),
                questions.scans(), questions.deadline(), views.checkpoint(),
                usual.checkpointBytes(), views.unkeyed());
    }

    private Documents documents() throws GatewayFailure {
        if (config.documents().isEmpty()) {
            return Documents.ANY;
        }
        try {
            var read = Documents.read(config.documents().get().folder(),
                    config.documents().get().isOnly());
            LOG.atInfo().addKeyValue("documents", read.size()).log("trusted documents were read");
            return read;
        } catch (Documents.Unreadable e) {
            throw new GatewayFailure("graphql.documents: " + e.getMessage(), e);
        }
    }

    private Readiness readiness(TokenVerifier verifier, LiveCatalog live) {
        var views = new LinkedHashMap<String, List<ViewFeeder.Standing>>();
        live.states().forEach(
                state -> views.put(state.product().id().path(), state.view()));
        return Readiness.of(missing(verifier, live.catalog()), views);
    }

    private Map<String, String> missing(TokenVerifier verifier, Catalog catalog) {
        var missing = new LinkedHashMap<String, String>();
        if (phase != Phase.SERVING) {
            missing.put("gateway", phase == Phase.STARTING ? "starting" : "draining");
        }
        if (!verifier.isReady()) {
            missing.put("identity", "no keys from " + verifier.issuersWithoutKeys());
        }
        if (catalog.products().isEmpty()) {
            missing.put("contracts", "'" + config.contracts()
                    + "' holds no contract that can be served");
        }
        if (!catalog.products().isEmpty()
                && catalog.products().stream().allMatch(LiveProduct::isWaiting)) {
            missing.put("feeds", "no product's topic can be read; the first of them: "
                    + catalog.products().getFirst().feed().trouble().orElse("(just now)"));
        }
        return missing;
    }

    /** What pull queries over plain HTTP need besides the rest. */
    private record Pulled(Masker masker, Exports exports, SmallAnswers answers) {
    }

    private Edge.Rooms rooms(Context context, LiveCatalog products, Gatekeeper gatekeeper,
            GraphQlEngine engine, PlainShapes shapes, Replays replays, Positions positions,
            Pulled pulled) {
        var hub = new Hub(vertx, context, replays);
        var subscriber = new Subscriber(hub, context, blocking);
        var doorway = new Doorway(vertx, context, products::catalog, gatekeeper, subscriber,
                telemetry, config.http().heartbeat(), sessionIds,
                () -> phase == Phase.DRAINING);
        doorways.add(doorway);
        watchers.add(doorway::catalogChanged);
        var graphQl = new GraphQlEndpoint(doorway, engine, context, blocking);
        var streams = new StreamEndpoint(doorway, products::catalog, shapes,
                new NamedStreams(vertx, positions));
        var data = new DataEndpoint(doorway, products::catalog, pulled.masker(), pulled.exports(),
                pulled.answers(),
                context, blocking);
        var router = Router.router(vertx);
        router.route("/graphql").handler(routed -> graphQl.handle(routed.request()));
        router.route("/streams/*").handler(routed -> streams.handle(routed.request()));
        router.route("/data/*").handler(routed -> data.handle(routed.request()));
        var portal = new Portal(vertx, gatekeeper, products::catalog, engine, new PortalOptions(
                config.isCatalogPublic(),
                config.identity().issuers().stream().map(issuer -> issuer.issuer()).toList(),
                developmentToken, developmentToken.isPresent()));
        portal.mount(router);
        router.route().handler(portal::notFound);
        return new Edge.Rooms() {
            @Override
            public void request(HttpServerRequest request) {
                var surface = surface(String.valueOf(request.path()));
                if (surface != Surface.STREAMS) {
                    // A stream's duration is the client's; the others tell how fast the gateway is.
                    long began = System.nanoTime();
                    request.response().endHandler(ignored -> telemetry.request(surface,
                            request.response().getStatusCode(), System.nanoTime() - began));
                }
                router.handle(request);
            }

            @Override
            public Optional<Edge.SocketRoom> socket(String path) {
                if (path.equals("/graphql")) {
                    return Optional.of((socket, caller, parameters) -> GraphQlSocket.serve(doorway,
                            engine, socket, context,
                            blocking, caller));
                }
                return streams.socket(path);
            }

            @Override
            public Future<Optional<Caller>> caller(ServerWebSocketHandshake handshake) {
                if (phase == Phase.DRAINING) {
                    return Future.failedFuture(new Refusal.Thrown(Doorway.draining()));
                }
                try {
                    return Gatekeeper.bearer(handshake.headers().get("Authorization"))
                            .map(token -> gatekeeper.verify(token).map(Optional::of))
                            .orElseGet(() -> Future.succeededFuture(Optional.empty()));
                } catch (Refusal.Thrown e) {
                    return Future.failedFuture(e);
                }
            }

            @Override
            public Pulse pulse() {
                return doorway.pulse();
            }
        };
    }

    private static Surface surface(String path) {
        int end = path.indexOf('/', 1);
        return switch (end < 0 ? path : path.substring(0, end)) {
            case "/graphql" -> Surface.GRAPHQL;
            case "/streams" -> Surface.STREAMS;
            case "/data" -> Surface.DATA;
            case "/catalog" -> Surface.CATALOG;
            case "/asyncapi", "/asyncapi.yaml", "/asyncapi.json" -> Surface.ASYNCAPI;
            case "/", "/portal", "/graphiql", "/problems" -> Surface.PORTAL;
            default -> Surface.OTHER;
        };
    }

    private static <T extends AutoCloseable> T keep(List<AutoCloseable> stage, T part) {
        stage.add(part);
        return part;
    }

    /** Ends parts side by side, and does not wait longer than this for the slowest. */
    private static void within(long millis, List<AutoCloseable> stage) {
        var ends = stage.stream().map(part -> CompletableFuture.runAsync(() -> {
            try {
                part.close();
            } catch (Exception e) {
                LOG.atWarn().log("a part of the gateway did not end cleanly: {}", e.toString());
            }
        }, task -> Thread.ofPlatform().daemon().name("end").start(task)))
                .toArray(CompletableFuture[]::new);
        try {
            CompletableFuture.allOf(ends).get(millis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            LOG.warn("a part of the gateway did not end within {} ms and is left behind", millis);
        } catch (java.util.concurrent.ExecutionException e) {
            throw new IllegalStateException("ends report their own failures", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static <T> T await(Future<T> future) throws GatewayFailure {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (java.util.concurrent.ExecutionException e) {
            throw new GatewayFailure("the gateway cannot start: " + message(e.getCause()), e);
        } catch (TimeoutException e) {
            throw new GatewayFailure("the gateway did not start within 30 s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new GatewayFailure("interrupted while starting", e);
        }
    }

    private static void await(Future<?> future, String setting, int port) throws GatewayFailure {
        try {
            await(future);
        } catch (GatewayFailure e) {
            throw new GatewayFailure(
                    setting + ": port " + port + " is taken or not ours to use; choose another one",
                    e);
        }
    }

    private static String message(@Nullable Throwable failure) {
        return failure == null ? "unknown" : String.valueOf(failure.getMessage());
    }

    /**
     * Sends every client elsewhere with a cursor to go on from, as {@code drain} in the configuration has it. The gateway is
     * not ready from now on; it does not end. Completes when all have been told; again, it is the same drain.
     */
    synchronized CompletableFuture<Void> drain() {
        if (drained.isPresent()) {
            return drained.get();
        }
        var told = new CompletableFuture<Void>();
        drained = Optional.of(told);
        phase = Phase.LEAVING;
        var drain = config.http().drain();
        LOG.atInfo().addKeyValue("delay", drain.delay()).addKeyValue("window", drain.window())
                .log("draining");
        if (drain.delay().isZero()) {
            sendAway(drain, told);
        } else {
            vertx.setTimer(drain.delay().toMillis(), ignored -> sendAway(drain, told));
        }
        return told;
    }

    /** A question whose answer comes after the end has no event loop any more to bring it. */
    private void endedBadly(Throwable failure) {
        boolean isLate = phase == Phase.DRAINING && failure instanceof RejectedExecutionException;
        (isLate ? LOG.atDebug() : LOG.atError()).setCause(failure)
                .log("work beside the event loop ended badly");
    }

    private void sendAway(Drain drain, CompletableFuture<Void> told) {
        phase = Phase.DRAINING;
        Future.join(doorways.stream().map(doorway -> doorway.drain(drain)).toList())
                .onComplete(ignored -> told.complete(null));
    }

    /**
     * Ends every stream with a cursor to come back with, then everything else. Takes as long as the configured drain and a few
     * seconds at most.
     */
    @Override
    public void close() {
        if (phase != Phase.STARTING) {
            var told = drain();
            within(config.http().drain().length().toMillis() + DRAIN_MILLIS, List.of(told::join));
        }
        phase = Phase.DRAINING;
        within(DRAIN_MILLIS,
                List.of(() -> Future
                        .join(vertx.deploymentIDs().stream().map(vertx::undeploy).toList())
                        .toCompletionStage().toCompletableFuture()
                        .get(DRAIN_MILLIS, TimeUnit.MILLISECONDS)));
        reload.ifPresent(Reload::close);
        // Readers first and side by side, then what they read into.
        var ends = new ArrayList<AutoCloseable>(readers);
        live.ifPresent(products -> ends.addAll(products.parts()));
        ends.add(() -> vertx.close().toCompletionStage().toCompletableFuture().get(END_MILLIS,
                TimeUnit.MILLISECONDS));
        within(END_MILLIS, ends);
        within(END_MILLIS, stores);
        blocking.shutdownNow();
        telemetry.close();
    }
}
