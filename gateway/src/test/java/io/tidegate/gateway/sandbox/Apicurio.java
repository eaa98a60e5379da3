package io.tidegate.gateway.sandbox;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;

/** Apicurio Registry as a process of its own, on ports of the loopback address that it chooses, with all data in memory. */
final class Apicurio implements AutoCloseable {
    private static final Duration START_WITHIN = Duration.ofSeconds(90);
    private static final int LINES_MAX = 40;
    private static final Pattern LISTENING = Pattern
            .compile("Listening on: (http://127\\.0\\.0\\.1:\\d+)\\."
                    + ".*listening on (http://127\\.0\\.0\\.1:\\d+)\\.");

    private final Process process;
    private final Deque<String> lines = new ArrayDeque<>();
    private final CompletableFuture<Addresses> addresses = new CompletableFuture<>();

    private record Addresses(String http, String management) {
    }

    private Apicurio(Process process) {
        this.process = process;
        Thread.ofVirtual().start(this::read);
    }

    /**
     * Starts it and waits until it says that it is ready.
     *
     * @param folder
     *            of its unpacked distribution
     */
    static Apicurio start(Path folder) throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java");
        var apicurio = new Apicurio(new ProcessBuilder(java.toString(), "-Xmx400m",
                "-Dquarkus.http.host=127.0.0.1", "-Dquarkus.http.port=0",
                "-Dquarkus.management.host=127.0.0.1", "-Dquarkus.management.port=0",
                "-Dapicurio.storage.kind=sql", "-Dapicurio.storage.sql.kind=h2",
                "-jar", "quarkus-run.jar").directory(folder.toFile()).redirectErrorStream(true)
                .start());
        try {
            apicurio.awaitReady();
            return apicurio;
        } catch (Exception | AssertionError e) {
            apicurio.close();
            throw e;
        }
    }

    /** The root of its Confluent-compatible interface. */
    String url() {
        return addresses.join().http() + "/apis/ccompat/v7";
    }

    private void read() {
        try (var output = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = output.readLine(); line != null; line = output.readLine()) {
                synchronized (lines) {
                    lines.addLast(line);
                    if (lines.size() > LINES_MAX) {
                        lines.removeFirst();
                    }
                }
                var listening = LISTENING.matcher(line);
                if (listening.find()) {
                    addresses.complete(new Addresses(listening.group(1), listening.group(2)));
                }
            }
            addresses.completeExceptionally(new IOException("its output ended"));
        } catch (IOException e) {
            addresses.completeExceptionally(e);
        }
    }

    private void awaitReady() throws Exception {
        long begun = System.nanoTime();
        URI health;
        try {
            health = URI.create(addresses.get(START_WITHIN.toSeconds(), TimeUnit.SECONDS)
                    .management() + "/health/ready");
        } catch (ExecutionException | TimeoutException e) {
            throw failure("does not listen");
        }
        try (var http = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(health).timeout(Duration.ofSeconds(5)).build();
            while (!isUp(http, request)) {
                if (System.nanoTime() - begun > START_WITHIN.toNanos()
                        || process.waitFor(100, TimeUnit.MILLISECONDS)) {
                    throw failure("does not become ready");
                }
            }
        }
    }

    private static boolean isUp(HttpClient http, HttpRequest request) throws Exception {
        try {
            var answer = http.send(request, BodyHandlers.ofString());
            return answer.statusCode() == 200
                    && "UP".equals(new JsonObject(answer.body()).getString("status"));
        } catch (IOException e) {
            return false;
        }
    }

    private AssertionError failure(String what) {
        synchronized (lines) {
            return new AssertionError("Apicurio " + what + "; it said\n"
                    + String.join("\n", lines));
        }
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
