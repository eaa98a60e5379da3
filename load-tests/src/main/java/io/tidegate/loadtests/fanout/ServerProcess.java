package io.tidegate.loadtests.fanout;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A process under measurement, seen from outside: what it says when it is ready, and what the kernel says of it. */
final class ServerProcess implements AutoCloseable {
    /** The kernel counts CPU in hundredths of a second, whatever the machine. */
    private static final long MICROS_PER_TICK = 10_000;
    private static final long STOP_SECONDS = 10;

    private final Process process;
    private final OutputStream commands;
    private final Map<String, String> where;

    private ServerProcess(Process process, Map<String, String> where) {
        this.process = process;
        this.commands = process.getOutputStream();
        this.where = where;
    }

    /**
     * Starts a main class on the class path of this process; returns when it is ready. What it logs goes to a file.
     *
     * @throws IOException
     *             if it ends before it is ready
     */
    static ServerProcess start(Class<?> main, List<String> options, Path log, String... args)
            throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-Xms128m", "-Xmx1g", "--enable-native-access=ALL-UNNAMED"));
        if (Runtime.version().feature() >= 23) {
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(args));
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(new File(log.toString()))).start();
        var out = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(Child.READY)) {
                return new ServerProcess(process, words(line.substring(Child.READY.length())));
            }
        }
        process.destroy();
        throw new IOException(
                main.getSimpleName() + " ended before it was ready; its log is " + log);
    }

    private static Map<String, String> words(String line) {
        var words = new HashMap<String, String>();
        for (var word : line.split(" ", -1)) {
            int equals = word.indexOf('=');
            words.put(word.substring(0, equals), word.substring(equals + 1));
        }
        return words;
    }

    /** What it said of itself. */
    String where(String name) {
        var value = where.get(name);
        if (value == null) {
            throw new IllegalStateException("the process did not say its '" + name + "'");
        }
        return value;
    }

    void command(String line) throws IOException {
        commands.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        commands.flush();
    }

    /** CPU it has taken so far, user and system, in microseconds. */
    long cpuMicros() throws IOException {
        return cpuTicks(Files.readString(Path.of("/proc/" + process.pid() + "/stat")))
                * MICROS_PER_TICK;
    }

    /** User and system time of a {@code /proc/PID/stat}; the name in it may hold anything, so what counts is behind it. */
    static long cpuTicks(String stat) {
        var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    /** Memory that it has resident now, in KiB. */
    long rssKib() throws IOException {
        for (var line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
            if (line.startsWith("VmRSS:")) {
                return Long.parseLong(line.replaceAll("\\D", ""));
            }
        }
        return 0;
    }

    @Override
    public void close() {
        try {
            commands.close();
            if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
