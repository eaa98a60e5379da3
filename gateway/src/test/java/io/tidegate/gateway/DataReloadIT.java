package io.tidegate.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Answers whose product is replaced while they are on their way. */
class DataReloadIT {
    private static final int EVENTS = 11_000;
    private static final String PATH = "/data/lab/moving/v1";

    private static Sandboxed lab;

    @BeforeAll
    static void start() throws Exception {
        lab = Sandboxed.of(Map.of("moving.yaml", Lab.keyed("moving"), "dated.yaml",
                Lab.keyed("dated")), ignored -> {
                });
    }

    @AfterAll
    static void end() {
        lab.close();
    }

    @Test
    void an_answer_that_says_something_else_of_its_contract_is_another_one() throws Exception {
        assertThat(lab.publish("lab/dated/v1", Lab.stations(3, 100))).isZero();
        lab.awaitRows("labDated", 3);
        var before = Sandboxed.HTTP.send(lab.request("/data/lab/dated/v1").build(),
                BodyHandlers.ofString());
        var tag = before.headers().firstValue("etag").orElseThrow();
        assertThat(before.body()).contains("\"status\":\"active\"");
        contract("dated", Lab.keyed("dated").replace("owner:",
                "status: deprecated\nsunset: 2030-01-31\nowner:"));

        var after = Sandboxed.HTTP.send(lab.request("/data/lab/dated/v1")
                .header("If-None-Match", tag).build(), BodyHandlers.ofString());

        assertThat(after.body()).contains("\"status\":\"deprecated\"");
    }

    @Test
    void an_answer_whose_product_was_replaced_does_not_begin_again_in_its_midst() throws Exception {
        // More than a client's and a server's system keep of a connection.
        var note = "x".repeat(2_000);
        assertThat(lab.publish("lab/moving/v1", IntStream.range(0, EVENTS)
                .mapToObj(n -> "{\"station\":\"S%d\",\"n\":%d,\"note\":\"%s\"}".formatted(n, n,
                        note))
                .toList())).isZero();
        lab.awaitRows("labMoving", EVENTS);

        var answer = Sandboxed.HTTP.send(
                lab.request(PATH + "?events=true&format=ndjson").build(),
                BodyHandlers.ofInputStream());
        assertThat(answer.statusCode()).isEqualTo(200);
        var cursors = new ArrayList<String>();
        try (var lines = new BufferedReader(
                new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
            cursors.add(new JsonObject(lines.readLine()).getString("cursor"));
            replace();

            assertThatThrownBy(() -> {
                for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                    cursors.add(new JsonObject(line).getString("cursor"));
                }
            }).isInstanceOf(IOException.class);
        }
        assertThat(cursors).doesNotHaveDuplicates().hasSizeLessThanOrEqualTo(EVENTS);
    }

    /** The product gets a table of its own by one more field, and nobody has the former one any more. */
    private static void replace() throws Exception {
        long before = viewThreads();
        contract("moving", Lab.keyed("moving").replace("\"1.0\"", "\"1.1\"")
                .replace("  - {name: note", "  - {name: more, type: string}\n  - {name: note"));
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!lab.graphQl("{labMoving{items(first:1){nodes{more}}}}", Map.of()).encode()
                .contains("\"more\":null") || viewThreads() > before) {
            assertThat(System.nanoTime()).as("the product is replaced").isLessThan(deadline);
            Sandboxed.pause(100);
        }
        // The view is closed behind its threads.
        Sandboxed.pause(500);
    }

    private static void contract(String name, String text) throws Exception {
        Files.writeString(lab.contracts().resolve(name + ".yaml"), text);
        Sandboxed.HTTP.send(HttpRequest.newBuilder(URI.create(lab.at().management()
                + "/admin/reload")).POST(HttpRequest.BodyPublishers.noBody()).build(),
                BodyHandlers.discarding());
    }

    private static long viewThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("view lab/moving")).count();
    }
}
