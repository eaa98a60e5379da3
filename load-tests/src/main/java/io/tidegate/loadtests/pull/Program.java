package io.tidegate.loadtests.pull;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A server that says on its output when it is ready, with all processes that it starts itself. */
final class Program implements AutoCloseable {
    /** The kernel counts in hundredths of a second, whatever the machine. */
    private static final long MICROS_PER_TICK = 10_000;
    private static final long STOP_SECONDS = 20;

    private final Process process;
    private final Matcher ready;

    private Program(Process process, Matcher ready) {
        this.process = process;
        this.ready = ready;
    }

    /**
     * Starts it; returns when it is ready. What it says goes to a file.
     *
     * @param ready
     *            what stands in the line by which it says so
     * @throws IOException
     *             if it ends before
     */
    static Program start(List<String> command, Map<String, String> environment, Path log,
            Pattern ready) throws IOException {
        var builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        var process = builder.start();
        var out = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            append(log, line);
            var matcher = ready.matcher(line);
            if (matcher.find()) {
                Thread.ofPlatform().daemon().name("log").start(() -> copy(out, log));
                return new Program(process, matcher);
            }
        }
        throw new IOException(
                command.getFirst() + " ended before it was ready; its log is " + log);
    }

    private static void copy(BufferedReader from, Path log) {
        try {
            for (String line = from.readLine(); line != null; line = from.readLine()) {
                append(log, line);
            }
        } catch (IOException e) {
            // It has ended.
        }
    }

    private static void append(Path log, String line) throws IOException {
        Files.writeString(log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /**
     * Runs a command to its end.
     *
     * @throws IOException
     *             if it fails
     */
    static void run(List<String> command, Path log) throws IOException {
        end(new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(log.toString()))).start(),
                command, log);
    }

    /** Waits until a command has come to its end, however long that takes. */
    static void end(Process process, List<String> command, Path log) throws IOException {
        try {
            int code = process.waitFor();
            if (code != 0) {
                throw new IOException(String.join(" ", command) + " ended with exit code " + code
                        + "; what it said is in " + log);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException(command.getFirst() + " was interrupted", e);
        }
    }

    /** The first executable of this name on the path or in one of these folders; empty if there is none. */
    static java.util.Optional<Path> find(String name, Stream<Path> folders) {
        var path = Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
                .map(Path::of);
        return Stream.concat(folders, path).map(folder -> folder.resolve(name))
                .filter(Files::isExecutable).findFirst();
    }

    /** What it said when it was ready. */
    Matcher ready() {
        return ready;
    }

    long pid() {
        return process.pid();
    }

    /**
     * CPU that it and all processes under it have taken, user and system, those that have ended included, in microseconds. The
     * kernel hands over what a process took to the one that waits for its end.
     */
    long cpuMicros() throws IOException {
        long ticks = ticks(process.pid());
        for (var child : process.toHandle().descendants().toList()) {
            ticks += ticks(child.pid());
        }
        return ticks * MICROS_PER_TICK;
    }

    private static long ticks(long pid) throws IOException {
        try {
            return ticks(Files.readString(Path.of("/proc/" + pid + "/stat")));
        } catch (NoSuchFileException e) {
            // It has just ended.
            return 0;
        } catch (IOException e) {
            if (Files.exists(Path.of("/proc/" + pid))) {
                throw e;
            }
            return 0;
        }
    }

    /**
     * User and system time of a {@code /proc/PID/stat} and of its children that have ended; the name in it may hold anything, so
     * what counts is behind it.
     */
    static long ticks(String stat) {
        var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        long ticks = 0;
        for (int i = 11; i <= 14; i++) {
            ticks += Long.parseLong(fields[i]);
        }
        return ticks;
    }

    /** Memory that it and all under it have resident, in KiB; what they share counts for each. */
    long rssKib() throws IOException {
        long kib = 0;
        for (var each : Stream.concat(Stream.of(process.toHandle()),
                process.toHandle().descendants()).toList()) {
            var status = Path.of("/proc/" + each.pid() + "/status");
            if (Files.exists(status)) {
                for (var line : Files.readAllLines(status)) {
                    if (line.startsWith("VmRSS:")) {
                        kib += Long.parseLong(line.replaceAll("\\D", ""));
                    }
                }
            }
        }
        return kib;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
