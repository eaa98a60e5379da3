package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.access.Identity;
import io.tidegate.gateway.graphql.GraphQlLimits;
import io.tidegate.gateway.http.Compression;
import io.tidegate.gateway.http.Drain;
import io.tidegate.gateway.http.Heartbeat;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.limit.Rate;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compression of WebSockets, where an operator has turned it on. */
class DeflateIT {
    private static final int COUNT = 400;

    private final Sandboxed lab = Sandboxed.lab();

    @TempDir
    private Path folder;

    /** A gateway beside the lab's, on the lab's log, whose readers all share one event loop. */
    private Gateway gateway(String product) throws Exception {
        Path contracts = Files.createDirectories(folder.resolve("contracts"));
        Files.writeString(contracts.resolve("contract.yaml"), Lab.sequence(product));
        return Gateway.start(new GatewayConfig(
                new GatewayConfig.Http("127.0.0.1", 0, Optional.empty(), List.of(), 1,
                        Heartbeat.DEFAULT, Drain.AT_ONCE, Compression.AUTO),
                new GatewayConfig.Management("127.0.0.1", 0),
                Map.of("default", Map.of("bootstrap.servers", lab.at().kafka())),
                Optional.empty(), contracts, GatewayConfig.Reload.DEFAULT,
                Identity.of(List.of(new Identity.Issuer(lab.at().issuer(),
                        Optional.of("tidegate"), Optional.empty()))),
                List.of(new Plan("default", Rate.perSecond(1000), 100, 100,
                        Rate.perSecond(1_000_000), Rate.parse("1GiB/s"), Rate.parse("1000/min"),
                        1)),
                new GatewayConfig.Views(folder.resolve("views"), 64L << 20),
                new GatewayConfig.Feeds(16L << 20, 1 << 14, 1 << 14, 2, 8L << 20),
                GatewayConfig.KeptPositions.DEFAULT, GraphQlLimits.DEFAULT,
                false, new GatewayConfig.Secrets(Optional.empty(), Optional.empty())));
    }

    private static List<String> rows(int from, int to) {
        return IntStream.range(from, to).mapToObj(n -> new JsonObject().put("n", n)
                .put("station", "S" + n % 5).put("note", ("The water stands at gauge " + n
                        + ", and where the water stands it stays. ").repeat(6))
                .encode()).toList();
    }

    private JsonObject input(String fact, String url) {
        return new JsonObject().put("fact", fact).put("url", url).put("token", lab.token())
                .put("count", COUNT);
    }

    private static void check(List<JsonObject> told) {
        var all = IntStream.range(0, COUNT).boxed().toList();
        assertThat(told).allSatisfy(
                client -> assertThat(client.getJsonArray("numbers").stream().toList())
                        .isEqualTo(all));
    }

    private static void checkDeflated(JsonObject client) {
        assertThat(client.getString("extensions")).isEqualTo(
                "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
        assertThat(client.getInteger("bytes")).isLessThan(client.getInteger("chars") * 6 / 10);
    }

    private static void checkPlain(JsonObject client) {
        assertThat(client.getInteger("bytes")).isGreaterThan(client.getInteger("chars"));
    }

    @Test
    void clients_with_and_without_it_get_the_same_events_whatever_somebody_else_sends()
            throws Exception {
        lab.publish("lab/deflated", rows(0, 1));
        try (var gateway = gateway("deflated")) {
            String address = "127.0.0.1:" + gateway.httpPort();
            String path = "/streams/lab/deflated/v1";
            try (var client = Node.start("deflate.mjs", input("plain", "ws://" + address + path))) {
                client.await(line -> line.containsKey("ready"));
                lab.publish("lab/deflated", rows(1, COUNT / 2), "--rate", "1000");
                assertThat(closing(gateway, path, true, bomb())).isEqualTo(1009);
                assertThat(closing(gateway, path, true, bomb(), bomb(), bomb())).isEqualTo(1009);
                assertThat(closing(gateway, path, true, Wire.frame(0xc1, new byte[]{-1, 1, 2})))
                        .isEqualTo(1007);
                assertThat(closing(gateway, path, true, Wire.frame(0xe1, new byte[]{0})))
                        .isEqualTo(1002);
                assertThat(closing(gateway, path, true, Wire.frame(0xc9, new byte[0])))
                        .isEqualTo(1002);
                assertThat(closing(gateway, path, false, bomb())).as("not agreed on")
                        .isEqualTo(1002);
                lab.publish("lab/deflated", rows(COUNT / 2, COUNT), "--rate", "1000");
                var told = client.toEnd().stream().filter(l -> l.containsKey("numbers")).toList();
                check(told);
                checkDeflated(told.get(0));
                checkDeflated(told.get(1));
                assertThat(told.get(2).getString("extensions")).isEmpty();
                checkPlain(told.get(2));
            }
            try (var wire = new Wire("http://" + address, 0)) {
                assertThat(wire.request(path, "Upgrade: websocket", "Connection: Upgrade",
                        "Sec-WebSocket-Version: 13",
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                        "Sec-WebSocket-Protocol: tidegate.v1",
                        "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9"))
                        .startsWith("HTTP/1.1 101")
                        .doesNotContainIgnoringCase("Sec-WebSocket-Extensions");
            }
        }
    }

    private static byte[] bomb() {
        var deflater = new Deflater(9, true);
        try {
            deflater.setInput(new byte[60_000_000]);
            var made = new byte[64 * 1024];
            int length = deflater.deflate(made, 0, made.length, Deflater.SYNC_FLUSH);
            return Wire.frame(0xc1, Arrays.copyOf(made, length - 4));
        } finally {
            deflater.end();
        }
    }

    private int closing(Gateway gateway, String path, boolean isAgreed, byte[]... frames)
            throws Exception {
        try (var wire = new Wire("http://127.0.0.1:" + gateway.httpPort(), 0)) {
            String authorization = "Authorization: Bearer " + lab.token();
            if (isAgreed) {
                wire.upgraded(path, "tidegate.v1", authorization,
                        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits");
            } else {
                wire.upgraded(path, "tidegate.v1", authorization);
            }
            for (byte[] frame : frames) {
                wire.send(frame);
            }
            return wire.closed().code();
        }
    }

    @Test
    void graphql_clients_share_what_is_deflated_and_each_has_its_own_id() throws Exception {
        lab.publish("lab/deflated-socket", rows(0, 1));
        try (var gateway = gateway("deflated-socket");
                var client = Node.start("deflate.mjs",
                        input("graphql", "ws://127.0.0.1:" + gateway.httpPort() + "/graphql").put(
                                "query",
                                "subscription { labDeflatedSocket(from: \"earliest\")"
                                        + " { cursor value { n station note } } }"))) {
            client.await(line -> line.containsKey("ready"));
            lab.publish("lab/deflated-socket", rows(1, COUNT), "--rate", "1000");
            var told = client.toEnd().stream().filter(l -> l.containsKey("numbers")).toList();
            check(told);
            checkDeflated(told.get(0));
            checkDeflated(told.get(1));
            checkPlain(told.get(2));
            assertThat(told.get(3).getString("extensions")).startsWith("permessage-deflate");
            // Nobody else has an id of this length: it is alone with its frames, and nothing is deflated for one.
            checkPlain(told.get(3));
        }
    }
}
