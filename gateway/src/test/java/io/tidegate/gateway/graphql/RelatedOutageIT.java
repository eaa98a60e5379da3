package io.tidegate.gateway.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.Node;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.access.Identity;
import io.tidegate.gateway.access.TokenVerifier;
import io.tidegate.gateway.delivery.Hub;
import io.tidegate.gateway.delivery.Replays;
import io.tidegate.gateway.delivery.Subscriber;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.http.Compression;
import io.tidegate.gateway.http.Doorway;
import io.tidegate.gateway.http.Edge;
import io.tidegate.gateway.http.Gatekeeper;
import io.tidegate.gateway.http.Heartbeat;
import io.tidegate.gateway.http.Pulse;
import io.tidegate.gateway.limit.Limits;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.limit.Plans;
import io.tidegate.gateway.sandbox.SandboxIdentity;
import io.tidegate.gateway.telemetry.Telemetry;
import io.tidegate.schema.Row;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocketHandshake;
import io.vertx.core.json.JsonObject;
import java.net.ServerSocket;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What clients of subscriptions see while the store of a product that they lead to is away: over sockets, with their own library. */
class RelatedOutageIT {
    private static final Duration SOON = Duration.ofMillis(300);

    private final Vertx vertx = Vertx.vertx();
    private final ExecutorService blocking = Executors.newVirtualThreadPerTaskExecutor();
    private final Replays replays = new Replays(1);
    private final RelatedWorld world = new RelatedWorld(new GraphQlLimits(32 * 1024, 12, 30, 1000,
            50_000, SOON, 0));
    private final CompletableFuture<Doorway> doorway = new CompletableFuture<>();
    private SandboxIdentity identity;
    private TokenVerifier verifier;
    private int port;

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @BeforeEach
    void serve() throws Exception {
        var clock = Clock.systemUTC();
        identity = await(SandboxIdentity.start(vertx, 0, clock));
        verifier = new TokenVerifier(vertx, Identity.of(List.of(new Identity.Issuer(
                identity.issuer(), Optional.of("tidegate"), Optional.empty()))), clock,
                System::nanoTime);
        await(verifier.start());
        var plans = Plans.of(List.of(Plan.GOLD));
        var gatekeeper = new Gatekeeper(verifier, new Limits(System::nanoTime), () -> plans,
                new Telemetry(), () -> world.catalog, clock, "http://127.0.0.1");
        try (var free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        await(vertx.deployVerticle(new Edge("127.0.0.1", port,
                new Edge.Origins("http://127.0.0.1:" + port, List.of()), Compression.OFF,
                context -> rooms(context, gatekeeper))));
    }

    private Edge.Rooms rooms(Context context, Gatekeeper gatekeeper) {
        var hub = new Hub(vertx, context, replays);
        var made = new Doorway(vertx, context, () -> world.catalog, gatekeeper,
                new Subscriber(hub, context, blocking), new Telemetry(), Heartbeat.DEFAULT,
                new AtomicLong(), () -> false);
        doorway.complete(made);
        var endpoint = new GraphQlEndpoint(made, world.engine, context, blocking);
        return new Edge.Rooms() {
            @Override
            public void request(HttpServerRequest request) {
                endpoint.handle(request);
            }

            @Override
            public Optional<Edge.SocketRoom> socket(String path) {
                return Optional.of((socket, caller, parameters) -> GraphQlSocket.serve(made,
                        world.engine, socket, context, blocking, caller));
            }

            @Override
            public Future<Optional<Caller>> caller(ServerWebSocketHandshake handshake) {
                return Future.succeededFuture(Optional.empty());
            }

            @Override
            public Pulse pulse() {
                return made.pulse();
            }
        };
    }

    @AfterEach
    void close() throws Exception {
        world.letGo.countDown();
        verifier.close();
        await(vertx.close());
        replays.close();
        blocking.close();
        world.close();
    }

    private Node.Running follow(String selected, int count) throws Exception {
        return Node.start("graphql-ws.mjs", new JsonObject().put("fact", "each")
                .put("url", "ws://127.0.0.1:" + port + "/graphql")
                .put("token",
                        identity.token(List.of("all"), Map.of(), Duration.ofMinutes(5)))
                .put("count", count).put("payload", new JsonObject().put("query",
                        "subscription { logisticsShipmentsV2 { value { id " + selected
                                + " } } }")));
    }

    private void awaitStreams(int count) throws Exception {
        long began = System.nanoTime();
        while (await(doorway.get().sessions(0, 10)).size() < count) {
            assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(20));
        }
    }

    private long offset;

    private void shipped(long id) {
        world.shipments.hand.append(new Event(0, offset++, 0, Op.UPSERT, List.of(id),
                RelatedWorld.NOW,
                new Row(world.shipments.schema.rowType(), new Object[]{id, "a", "fast", null}),
                null), 1,
                1);
        world.shipments.hand.publish();
    }

    private static JsonObject event(Node.Running client, long id) throws Exception {
        return client.await(line -> line.getJsonObject("event").getJsonObject("data")
                .getJsonObject("logisticsShipmentsV2").getJsonObject("value").getString("id")
                .equals(Long.toString(id))).getJsonObject("event");
    }

    private static String order(JsonObject event) {
        return String.valueOf(event.getJsonObject("data").getJsonObject("logisticsShipmentsV2")
                .getJsonObject("value").getValue("order"));
    }

    @Test
    void a_store_that_fails_is_an_error_of_that_event_and_the_stream_goes_on() throws Exception {
        try (var client = follow("order { id }", 3)) {
            awaitStreams(1);
            shipped(1);
            assertThat(order(event(client, 1))).isEqualTo("{\"id\":\"a\"}");
            world.failing = "latestOf";
            shipped(2);
            var second = event(client, 2);
            world.failing = "";
            shipped(3);

            assertThat(order(second)).isEqualTo("null");
            var error = second.getJsonArray("errors").getJsonObject(0);
            assertThat(error.getJsonArray("path").encode())
                    .isEqualTo("[\"logisticsShipmentsV2\",\"value\",\"order\"]");
            assertThat(error.getJsonObject("extensions").getString("code"))
                    .isEqualTo("VIEW_STALE");
            var third = event(client, 3);
            assertThat(order(third)).isEqualTo("{\"id\":\"a\"}");
            assertThat(third.getValue("errors")).isNull();
            client.toEnd();
        }
    }

    @Test
    void a_store_that_hangs_delays_its_own_reader_by_no_more_than_agreed_and_no_other()
            throws Exception {
        try (var waiting = follow("order { id }", 1);
                var other = follow("carrier", 1)) {
            awaitStreams(2);
            world.stuck = "latestOf";
            shipped(1);
            event(other, 1);
            var late = event(waiting, 1);

            assertThat(order(late)).isEqualTo("null");
            assertThat(late.getJsonArray("errors")).hasSize(1);
            waiting.toEnd();
            other.toEnd();
        }
    }
}
