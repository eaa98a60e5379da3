package io.tidegate.gateway;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * Real clients under Node: the scripts of {@code src/test/node}, with the packages that {@code package.json} pins, installed
 * once below {@code target}. Where Node or its registry is missing, tests that need it are skipped and say so.
 */
public final class Node {
    private static final Path SCRIPTS = Path.of("src/test/node");
    private static final Path HOME = Path.of("target/node");
    private static final int INSTALL_SECONDS = 120;
    private static final int SCRIPT_SECONDS = 40;

    private static Optional<String> missing = Optional.empty();
    private static boolean isReady;

    private Node() {
    }

    private static synchronized void requireReady() throws IOException, InterruptedException {
        if (!isReady) {
            missing = prepare();
            isReady = true;
        }
        assumeTrue(missing.isEmpty(), () -> missing.orElse(""));
    }

    /** Why it cannot be had; empty = it can. */
    private static Optional<String> prepare() throws IOException, InterruptedException {
        if (!runs("node", "--version") || !runs("npm", "--version")) {
            return Optional.of("node and npm are not here");
        }
        Files.createDirectories(HOME);
        try (var scripts = Files.list(SCRIPTS)) {
            for (Path script : scripts.toList()) {
                Files.copy(script, HOME.resolve(script.getFileName()),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
        Path stamp = HOME.resolve(".installed");
        String wanted = Files.readString(HOME.resolve("package.json"));
        if (Files.exists(stamp) && Files.readString(stamp).equals(wanted)) {
            return Optional.empty();
        }
        Path log = HOME.resolve("npm.log");
        var npm = new ProcessBuilder("npm", "install", "--no-package-lock", "--no-audit",
                "--no-fund", "--ignore-scripts").directory(HOME.toFile()).redirectErrorStream(true)
                .redirectOutput(log.toFile()).start();
        if (!npm.waitFor(INSTALL_SECONDS, TimeUnit.SECONDS) || npm.exitValue() != 0) {
            npm.destroyForcibly();
            return Optional.of("npm cannot install the clients; see gateway/" + log);
        }
        Files.writeString(stamp, wanted);
        return Optional.empty();
    }

    private static boolean runs(String... command) throws InterruptedException {
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            return process.waitFor(20, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /** Runs a script to its end; the JSON objects that it printed, one a line. */
    public static List<JsonObject> run(String script, JsonObject input) throws Exception {
        try (var running = start(script, input)) {
            return running.toEnd();
        }
    }

    public static Running start(String script, JsonObject input) throws Exception {
        requireReady();
        var process = new ProcessBuilder("node", script, input.encode()).directory(HOME.toFile())
                .redirectError(HOME.resolve(script + ".err").toFile()).start();
        return new Running(script, process);
    }

    /** A script that runs. */
    public static final class Running implements AutoCloseable {
        private final String script;
        private final Process process;
        private final List<JsonObject> printed = new ArrayList<>();
        private final CompletableFuture<Void> end = new CompletableFuture<>();

        private Running(String script, Process process) {
            this.script = script;
            this.process = process;
            Thread.ofVirtual().start(this::read);
        }

        private void read() {
            try (var lines = new BufferedReader(
                    new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    var json = new JsonObject(line);
                    if (json.containsKey("done")) {
                        // The script waits for this, so that nothing is lost with its process.
                        process.getOutputStream().close();
                        break;
                    }
                    synchronized (printed) {
                        printed.add(json);
                        printed.notifyAll();
                    }
                }
                end.complete(null);
            } catch (Exception e) {
                end.completeExceptionally(e);
            } finally {
                synchronized (printed) {
                    printed.notifyAll();
                }
            }
        }

        /** The first line of this kind, waiting for it. */
        public JsonObject await(Predicate<JsonObject> wanted) throws Exception {
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SCRIPT_SECONDS);
            synchronized (printed) {
                while (true) {
                    var found = printed.stream().filter(wanted).findFirst();
                    if (found.isPresent()) {
                        return found.get();
                    }
                    long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
                    if (left <= 0 || end.isDone()) {
                        throw failure("did not say what was awaited");
                    }
                    printed.wait(left);
                }
            }
        }

        /** Some scripts wait for the end of their input. */
        public void endInput() throws IOException {
            process.getOutputStream().close();
        }

        public List<JsonObject> toEnd() throws Exception {
            try {
                end.get(SCRIPT_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                throw failure("does not end");
            }
            if (!process.waitFor(5, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw failure("failed");
            }
            synchronized (printed) {
                return List.copyOf(printed);
            }
        }

        private AssertionError failure(String what) throws IOException {
            String said = Files.readString(HOME.resolve(script + ".err"));
            synchronized (printed) {
                var last = printed.subList(Math.max(0, printed.size() - 5), printed.size());
                return new AssertionError(script + " " + what + "; it printed " + printed.size()
                        + " lines, the last " + last + "\n" + said);
            }
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
