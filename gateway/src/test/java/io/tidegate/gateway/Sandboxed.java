package io.tidegate.gateway;

import io.tidegate.gateway.sandbox.GatewayStarter;
import io.tidegate.gateway.sandbox.Sandbox;
import io.tidegate.gateway.sandbox.Sandbox.Addresses;
import io.tidegate.gateway.sandbox.SandboxIdentity;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;

/**
 * A whole sandbox in this process: broker, registry, identity and gateway on ports of their own. A second identity provider
 * that the gateway trusts stands here, so that tests have tokens of any lifetime, also of one that is over.
 */
public final class Sandboxed implements AutoCloseable {
    static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5)).build();

    private final Vertx vertx;
    private final Sandbox sandbox;
    private final SandboxIdentity identity;
    private final Addresses addresses;
    private final Path folder;
    private final Path readyFile;

    private Sandboxed(Vertx vertx, Sandbox sandbox, SandboxIdentity identity, Addresses addresses,
            Path folder, Path readyFile) {
        this.vertx = vertx;
        this.sandbox = sandbox;
        this.identity = identity;
        this.addresses = addresses;
        this.folder = folder;
        this.readyFile = readyFile;
    }

    /**
     * The one that most tests share: started by the first of them, ended with the JVM. Its products are those of
     * {@link Lab}, and every test that writes has a product of its own there.
     */
    public static Sandboxed lab() {
        var failure = Shared.FAILURE;
        if (failure != null) {
            throw new AssertionError(
                    "the sandbox of the tests did not start: " + rootOf(failure), failure);
        }
        return Shared.LAB;
    }

    private static Throwable rootOf(Throwable failure) {
        return failure.getCause() == null ? failure : rootOf(failure.getCause());
    }

    /** Why it did not start is kept, so that every test tells it. */
    private static final class Shared {
        private static final Sandboxed LAB;
        private static final Exception FAILURE;

        static {
            Sandboxed lab = null;
            Exception failure = null;
            try {
                lab = of(Lab.contracts(), ignored -> {
                });
                Runtime.getRuntime().addShutdownHook(new Thread(lab::close, "lab-end"));
            } catch (Exception e) {
                failure = e;
            }
            LAB = lab;
            FAILURE = failure;
        }
    }

    /**
     * @param contracts
     *            text by file name
     * @param beforeGateway
     *            done when everything but the gateway runs
     */
    static Sandboxed of(Map<String, String> contracts, Step beforeGateway) throws Exception {
        return of(contracts, beforeGateway, text -> text);
    }

    private static Sandboxed of(Map<String, String> contracts, Step beforeGateway,
            UnaryOperator<String> settings) throws Exception {
        Path folder = Files.createTempDirectory("tidegate-it-");
        Path products = Files.createDirectories(folder.resolve("contracts"));
        for (var file : contracts.entrySet()) {
            Path path = products.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.writeString(path, file.getValue());
        }
        var vertx = Vertx.vertx();
        var identity = await(SandboxIdentity.start(vertx, 0, Clock.systemUTC()));
        var sandbox = Sandbox.prepare(
                new Sandbox.Settings(0, Optional.of(products), 0, Optional.empty()),
                Clock.systemUTC());
        try {
            GatewayStarter starter = (configuration, token) -> {
                try {
                    beforeGateway.run(products);
                    trust(configuration, identity.issuer(), settings);
                } catch (Exception e) {
                    return Future.failedFuture(e);
                }
                return SandboxCommand.gateway(configuration, token);
            };
            var addresses = sandbox.start(starter);
            Path ready = folder.resolve("ready.json");
            Sandbox.writeReadyFile(ready, addresses);
            return new Sandboxed(vertx, sandbox, identity, addresses, folder, ready);
        } catch (Exception e) {
            sandbox.close();
            vertx.close();
            throw e;
        }
    }

    /** A sandbox whose gateway keeps its views elsewhere. */
    static Sandboxed of(Map<String, String> contracts, String viewStore) throws Exception {
        return of(contracts, ignored -> {
        }, text -> text.replace("views: {store: duckdb", "views: {store: \"" + viewStore + '"'));
    }

    /** A sandbox whose gateway finds broken contracts beside the good ones, as an operator's folder may have them. */
    static Sandboxed mixed(Map<String, String> good, Map<String, String> broken) throws Exception {
        return of(good, folder -> {
            for (var file : broken.entrySet()) {
                Files.writeString(folder.resolve(file.getKey()), file.getValue());
            }
        });
    }

    @FunctionalInterface
    interface Step {
        void run(Path contracts) throws Exception;
    }

    private static void trust(Path configuration, String issuer, UnaryOperator<String> settings)
            throws IOException {
        String text = settings.apply(Files.readString(configuration));
        String trusting = text.replace("issuers: [", "issuers: [{issuer: \"" + issuer
                + "\", audience: tidegate}, ");
        Files.writeString(configuration, trusting);
    }

    Addresses at() {
        return addresses;
    }

    /** The folder of contracts. */
    Path contracts() {
        return addresses.contracts();
    }

    /** {@code http://127.0.0.1:1234/path}. */
    public String http(String path) {
        return addresses.gateway() + path;
    }

    /** {@code ws://127.0.0.1:1234/path}. */
    String socket(String path) {
        return addresses.gateway().replaceFirst("^http", "ws") + path;
    }

    /** Of {@link #tokenWith}. */
    String secondIssuer() {
        return identity.issuer();
    }

    /** Opens every product. */
    public String token() {
        return addresses.token();
    }

    /** @param left what is left of the token's time, the gateway's leeway included; negative = over */
    String tokenWith(Duration left, Map<String, ?> claims, Collection<String> scopes) {
        var all = new LinkedHashMap<String, Object>(claims);
        all.put("iat", Instant.now().minusSeconds(120).getEpochSecond());
        return identity.token(scopes, all,
                left.minus(io.tidegate.gateway.access.Identity.LEEWAY));
    }

    String tokenWith(Duration left, String... scopes) {
        return tokenWith(left, Map.of(), List.of(scopes));
    }

    /** Runs {@code tidegate publish}; its exit code. */
    int publish(String product, Path file, String... options) {
        var call = new ArrayList<>(List.of("publish", product, file.toString(), "--sandbox",
                readyFile.toString()));
        call.addAll(List.of(options));
        return Main.run(call.toArray(String[]::new));
    }

    /** Publishes rows of JSON, one text each. */
    int publish(String product, Iterable<String> rows, String... options) throws IOException {
        Path file = Files.createTempFile(folder, "rows-", ".ndjson");
        Files.write(file, rows);
        return publish(product, file, options);
    }

    /** Sends a GraphQL request with the token of everything. */
    JsonObject graphQl(String query, Map<String, Object> variables)
            throws IOException, InterruptedException {
        var answer = post(new JsonObject().put("query", query)
                .put("variables", new JsonObject(variables)).encode());
        return new JsonObject(answer.body());
    }

    private HttpResponse<String> post(String body) throws IOException, InterruptedException {
        return HTTP.send(request("/graphql").header("Content-Type", "application/json")
                .header("Accept", "application/graphql-response+json")
                .POST(HttpRequest.BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    }

    /** A request with the token of everything. */
    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(http(path))).timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + token());
    }

    /** Until the product's view holds this many rows. */
    void awaitRows(String rootField, long rows) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        JsonObject answer;
        do {
            answer = graphQl("{" + rootField + "{items(first:1){totalCount}}}", Map.of());
            var data = answer.getJsonObject("data");
            if (data != null && whole(data.getJsonObject(rootField).getJsonObject("items"),
                    "totalCount") == rows) {
                return;
            }
            pause(20);
        } while (System.nanoTime() < deadline);
        throw new AssertionError(rootField + " does not get to " + rows + " rows: " + answer);
    }

    /** A whole number, which GraphQL writes as text from 64 bits on. */
    static long whole(JsonObject object, String member) {
        return Long.parseLong(String.valueOf(object.getValue(member)));
    }

    static void pause(long millis) throws InterruptedException {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
        if (Thread.interrupted()) {
            throw new InterruptedException("the test was interrupted");
        }
    }

    static <T> T await(Future<T> future)
            throws ExecutionException, InterruptedException, TimeoutException {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        sandbox.close();
        vertx.close();
        try (var files = Files.walk(folder)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            // What is left lies in the system's temporary folder.
        }
    }
}
