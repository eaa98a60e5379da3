package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.access.Identity;
import io.tidegate.gateway.graphql.GraphQlLimits;
import io.tidegate.gateway.http.Drain;
import io.tidegate.gateway.http.Heartbeat;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.limit.Rate;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that are gone without a word, clients that are sent away, and clients that operators look at. */
class EdgeIT {
    private static final Heartbeat QUICK = new Heartbeat(Duration.ofMillis(500),
            Duration.ofSeconds(3));

    private final Sandboxed lab = Sandboxed.lab();

    @TempDir
    private Path folder;

    /** A gateway of its own beside the lab's, on the lab's log. */
    private Gateway gateway(String name, String product, Heartbeat heartbeat, Drain drain)
            throws Exception {
        Path contracts = Files.createDirectories(folder.resolve(name));
        Files.writeString(contracts.resolve("contract.yaml"), Lab.sequence(product));
        return Gateway.start(new GatewayConfig(
                new GatewayConfig.Http("127.0.0.1", 0, Optional.empty(), List.of(), 2, heartbeat,
                        drain),
                new GatewayConfig.Management("127.0.0.1", 0),
                Map.of("default", Map.of("bootstrap.servers", lab.at().kafka())),
                Optional.empty(), contracts, GatewayConfig.Reload.DEFAULT,
                Identity.of(List.of(new Identity.Issuer(lab.at().issuer(),
                        Optional.of("tidegate"), Optional.empty()))),
                List.of(new Plan("default", Rate.perSecond(1000), 100, 100,
                        Rate.perSecond(1_000_000), Rate.parse("1GiB/s"), Rate.parse("1000/min"),
                        1)),
                new GatewayConfig.Views(folder.resolve(name + "-views"), 64L << 20),
                new GatewayConfig.Feeds(16L << 20, 1 << 14, 1 << 14, 2, 16L << 20),
                GatewayConfig.KeptPositions.DEFAULT, GraphQlLimits.DEFAULT,
                false, new GatewayConfig.Secrets(
                        Optional.of("a secret that both of the nodes have"), Optional.empty())));
    }

    private static String http(Gateway gateway) {
        return "http://127.0.0.1:" + gateway.httpPort();
    }

    private static HttpResponse<String> management(Gateway gateway, String method, String path)
            throws Exception {
        return Sandboxed.HTTP.send(HttpRequest
                .newBuilder(URI.create("http://127.0.0.1:" + gateway.managementPort() + path))
                .method(method, HttpRequest.BodyPublishers.noBody()).build(),
                BodyHandlers.ofString());
    }

    private static int connections(Gateway gateway, String transport) throws Exception {
        var found = Pattern
                .compile("(?m)^tidegate_connections\\{.*transport=\"" + transport
                        + "\".*} ([0-9.]+)$")
                .matcher(management(gateway, "GET", "/metrics").body());
        assertThat(found.find()).isTrue();
        return (int) Double.parseDouble(found.group(1));
    }

    @FunctionalInterface
    private interface Fact {
        boolean isTrue() throws Exception;
    }

    private static void await(String what, Fact fact) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!fact.isTrue()) {
            assertThat(deadline - System.nanoTime()).as(what).isPositive();
            Sandboxed.pause(20);
        }
    }

    // ---- gone without a word ----

    @Test
    void who_takes_nothing_any_more_is_given_up_and_who_reads_slowly_is_not() throws Exception {
        var rows = IntStream.range(0, 6000)
                .mapToObj(n -> new JsonObject().put("n", n).put("station", "S")
                        .put("note", "x".repeat(2000)).encode())
                .toList();
        lab.publish("lab/half-dead", rows);
        try (var gateway = gateway("half-dead", "half-dead", QUICK, Drain.AT_ONCE);
                var slow = new Wire(http(gateway), 256 * 1024)) {
            String authorization = "Authorization: Bearer " + lab.token();
            String path = "/streams/lab/half-dead/v1?from=earliest";
            assertThat(slow.request(path, authorization, "Accept: text/event-stream"))
                    .startsWith("HTTP/1.1 200");
            var isReading = new CompletableFuture<Integer>();
            Thread.ofVirtual().start(() -> {
                try {
                    int octets = 0;
                    while (!isReading.isDone()) {
                        octets += slow.read(16 * 1024);
                        Sandboxed.pause(20);
                    }
                } catch (IOException | InterruptedException e) {
                    isReading.completeExceptionally(e);
                }
            });
            try (var sse = new Wire(http(gateway), 4096);
                    var ndjson = new Wire(http(gateway), 4096);
                    var socket = new Wire(http(gateway), 4096)) {
                sse.request(path + "&onSlow=disconnect", authorization,
                        "Accept: text/event-stream");
                ndjson.request(path, authorization, "Accept: application/x-ndjson");
                socket.upgraded(path, "tidegate.v1", authorization);
                await("all are there", () -> connections(gateway, "websocket") == 1);
                await("the socket is given up", () -> connections(gateway, "websocket") == 0);
                await("the NDJSON stream is given up", () -> connections(gateway, "ndjson") == 0);
                await("one SSE stream is given up", () -> connections(gateway, "sse") <= 1);
            }
            Sandboxed.pause(QUICK.silence().plus(QUICK.every()).toMillis());
            assertThat(connections(gateway, "sse")).as("the slow reader").isEqualTo(1);
            assertThat(isReading).isNotDone();
            isReading.complete(0);
        }
    }

    @Test
    void a_websocket_that_answers_no_ping_is_given_up_though_nothing_waits_for_it()
            throws Exception {
        try (var gateway = gateway("mute", "sessions", QUICK, Drain.AT_ONCE);
                var mute = new Wire(http(gateway), 0).upgraded("/streams/lab/sessions/v1",
                        "tidegate.v1", "Authorization: Bearer " + lab.token());
                var listening = new Listener(gateway, "/streams/lab/sessions/v1")) {
            assertThat(mute.closed().code()).as("no close frame, for nobody would read it")
                    .isZero();
            assertThat(connections(gateway, "websocket")).isEqualTo(1);
            assertThat(listening.closed).isNotDone();
        }
    }

    // ---- sent away ----

    @Test
    void draining_sends_clients_away_one_by_one_and_none_of_them_misses_anything()
            throws Exception {
        var drain = new Drain(Duration.ofMillis(2000), Duration.ofMillis(1200));
        lab.publish("lab/drained", Lab.readings(0, 100));
        String path = "/streams/lab/drained/v1?from=earliest&fields=n";
        try (var old = gateway("old", "drained", Heartbeat.DEFAULT, drain);
                var fresh = gateway("fresh", "drained", Heartbeat.DEFAULT, Drain.AT_ONCE)) {
            var sockets = new ArrayList<Listener>();
            for (int i = 0; i < 12; i++) {
                sockets.add(new Listener(old, path));
            }
            try (var sse = new Wire(http(old), 0)) {
                sse.request(path, "Authorization: Bearer " + lab.token(),
                        "Accept: text/event-stream");
                await("all have begun",
                        () -> sockets.stream().allMatch(socket -> !socket.numbers().isEmpty()));

                long began = System.nanoTime();
                assertThat(management(old, "POST", "/admin/drain").statusCode()).isEqualTo(202);
                assertThat(management(old, "GET", "/health/ready").statusCode()).isEqualTo(503);
                try (var late = new Listener(old, path)) {
                    await("who comes within the delay is served",
                            () -> !late.numbers().isEmpty());
                }
                lab.publish("lab/drained", Lab.readings(100, 150));
                for (var socket : sockets) {
                    socket.closed.get(10, TimeUnit.SECONDS);
                }
                var after = sockets.stream().map(
                        socket -> TimeUnit.NANOSECONDS.toMillis(socket.closedAt - began)).sorted()
                        .toList();
                assertThat(after.getFirst()).isGreaterThanOrEqualTo(2000);
                assertThat(after.getLast() - after.getFirst()).isGreaterThan(500);
                var answer = readToEnd(sse);
                assertThat(answer).contains("event: end").contains("\"reason\":\"draining\"");
                await("nobody new is let in", () -> Sandboxed.HTTP.send(
                        HttpRequest.newBuilder(URI.create(http(old) + path))
                                .header("Authorization", "Bearer " + lab.token()).build(),
                        BodyHandlers.ofString()).statusCode() == 503);
                assertThat(connections(old, "ndjson")).as("who was not let in").isZero();
            }

            for (var socket : sockets) {
                assertThat(socket.code).isEqualTo(1012);
                assertThat(socket.reason).startsWith("draining ");
                String cursor = socket.reason.substring("draining ".length());
                try (var resumed = new Listener(fresh,
                        "/streams/lab/drained/v1?fields=n&from=" + cursor)) {
                    await("the rest", () -> socket.numbers().size()
                            + resumed.numbers().size() >= 150);
                    var all = new ArrayList<>(socket.numbers());
                    all.addAll(resumed.numbers());
                    assertThat(all).isEqualTo(IntStream.range(0, 150).boxed().toList());
                }
            }
        }
    }

    private static String readToEnd(Wire wire) throws IOException {
        var all = new StringBuilder();
        while (all.lastIndexOf("\r\n0\r\n\r\n") < 0) {
            all.append(wire.readText());
        }
        return all.toString();
    }

    // ---- looked at ----

    @Test
    void operators_see_the_open_streams_page_by_page_and_end_one() throws Exception {
        try (var gateway = gateway("looked-at", "sessions", Heartbeat.DEFAULT, Drain.AT_ONCE);
                var first = new Listener(gateway, "/streams/lab/sessions/v1");
                var second = new Listener(gateway, "/streams/lab/sessions/v1?from=earliest")) {
            await("both are open", () -> page(gateway, "").getJsonArray("sessions").size() == 2);
            lab.publish("lab/sessions", Lab.readings(0, 7));
            await("both have all", () -> first.numbers().size() == 7
                    && second.numbers().size() == 7);

            var page = page(gateway, "?limit=1");
            var session = page.getJsonArray("sessions").getJsonObject(0);
            assertThat(session.getString("product")).isEqualTo("lab/sessions/v1");
            assertThat(session.getString("transport")).isEqualTo("websocket");
            assertThat(session.getString("partner")).isNotEmpty();
            assertThat(session.getString("cursor")).isNotEmpty();
            assertThat(session.getLong("behind")).isZero();
            assertThat(session.getLong("delivered")).isEqualTo(7);
            assertThat(session.getInstant("since")).isNotNull();
            var next = page(gateway, "?limit=5&after=" + page.getLong("next"));
            assertThat(next.getJsonArray("sessions")).hasSize(1);
            assertThat(next.containsKey("next")).isFalse();

            long id = session.getLong("id");
            assertThat(management(gateway, "GET", "/admin/sessions/" + id).statusCode())
                    .isEqualTo(405);
            assertThat(management(gateway, "DELETE", "/admin/sessions/" + id).statusCode())
                    .isEqualTo(204);
            await("one is ended", () -> first.closed.isDone() || second.closed.isDone());
            var ended = first.closed.isDone() ? first : second;
            assertThat(ended.code).isEqualTo(1013);
            assertThat(ended.reason).startsWith("ended ");
            assertThat(management(gateway, "DELETE", "/admin/sessions/" + id).statusCode())
                    .isEqualTo(404);
            assertThat(management(gateway, "DELETE", "/admin/sessions/x").statusCode())
                    .isEqualTo(404);
            assertThat(management(gateway, "GET", "/admin/sessions?limit=0").statusCode())
                    .isEqualTo(400);
            assertThat(management(gateway, "GET", "/admin/drain").statusCode()).isEqualTo(405);
        }
    }

    private static JsonObject page(Gateway gateway, String query) throws Exception {
        return new JsonObject(management(gateway, "GET", "/admin/sessions" + query).body());
    }

    /** A WebSocket client that keeps to the rules. */
    private final class Listener implements WebSocket.Listener, AutoCloseable {
        private final List<Integer> numbers = new ArrayList<>();
        private final StringBuilder message = new StringBuilder();
        private final CompletableFuture<Void> closed = new CompletableFuture<>();
        private final WebSocket socket;
        private volatile long closedAt;
        private volatile int code;
        private volatile String reason = "";

        Listener(Gateway gateway, String path) throws Exception {
            socket = Sandboxed.HTTP.newWebSocketBuilder().subprotocols("tidegate.v1")
                    .header("Authorization", "Bearer " + lab.token())
                    .buildAsync(URI.create(http(gateway).replace("http", "ws") + path), this)
                    .get(10, TimeUnit.SECONDS);
        }

        /** The {@code n} of each event so far. */
        List<Integer> numbers() {
            synchronized (numbers) {
                return List.copyOf(numbers);
            }
        }

        @Override
        public @org.jspecify.annotations.Nullable CompletionStage<?> onText(WebSocket from,
                CharSequence data, boolean last) {
            message.append(data);
            if (last) {
                var event = new JsonObject(message.toString());
                message.setLength(0);
                if (event.containsKey("op")) {
                    synchronized (numbers) {
                        numbers.add(event.getJsonObject("value").getInteger("n"));
                    }
                }
            }
            from.request(1);
            return null;
        }

        @Override
        public @org.jspecify.annotations.Nullable CompletionStage<?> onClose(WebSocket from,
                int statusCode, String text) {
            closedAt = System.nanoTime();
            code = statusCode;
            reason = text;
            closed.complete(null);
            return null;
        }

        @Override
        public void onError(WebSocket from, Throwable error) {
            closed.completeExceptionally(error);
        }

        @Override
        public void close() {
            socket.abort();
        }
    }
}
