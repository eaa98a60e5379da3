package io.tidegate.gateway.faults;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A process of our own class path that can be killed, stopped and continued. */
public final class ChildProcess implements AutoCloseable {
    private static final int START_SECONDS = 90;

    private final String name;
    private final Process process;
    private final Path errors;
    private final CompletableFuture<String> ready = new CompletableFuture<>();

    /**
     * @param readyWhen
     *            how the line begins that it prints when it serves
     */
    public ChildProcess(String name, Path folder, String heap, String readyWhen, Class<?> main,
            String... arguments) throws IOException {
        this.name = name;
        this.errors = folder.resolve(name + ".err");
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap, "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData", "-Xshare:auto", "--enable-native-access=ALL-UNNAMED",
                "--add-opens=java.base/java.nio=ALL-UNNAMED", "-cp",
                System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        this.process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile())).start();
        Thread.ofVirtual().start(() -> read(readyWhen));
    }

    private void read(String readyWhen) {
        try (var lines = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(readyWhen)) {
                    ready.complete(line);
                }
            }
            ready.completeExceptionally(new IOException(name + " has ended"));
        } catch (IOException e) {
            ready.completeExceptionally(e);
        }
    }

    /** The line that it printed when it served. */
    public String awaitReady() throws Exception {
        try {
            return ready.get(START_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException | java.util.concurrent.ExecutionException e) {
            throw new AssertionError(name + " does not start:\n" + Files.readString(errors), e);
        }
    }

    /** As {@code kill -9}; returns when it is gone. */
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** As {@code kill -TERM}; returns when it has ended by itself. */
    public void end() throws Exception {
        signal("-TERM");
        if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError(name + " does not end:\n" + Files.readString(errors));
        }
    }

    /** As {@code kill -STOP}. */
    public void stop() throws Exception {
        signal("-STOP");
    }

    /** As {@code kill -CONT}. */
    public void go() throws Exception {
        signal("-CONT");
    }

    private void signal(String signal) throws Exception {
        int exit = new ProcessBuilder("kill", signal, Long.toString(process.pid())).start()
                .waitFor();
        if (exit != 0) {
            throw new AssertionError("kill " + signal + " of " + name + " failed");
        }
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public String errors() throws IOException {
        return Files.readString(errors);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
