package io.tidegate.loadtests.server;

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
public final class ServerProcess implements AutoCloseable {
    private static final long STOP_SECONDS = 10;

    private final Process process;
    private final OutputStream commands;
    private final BufferedReader answers;
    private final Map<String, String> where;

    private ServerProcess(Process process, BufferedReader answers, Map<String, String> where) {
        this.process = process;
        this.commands = process.getOutputStream();
        this.answers = answers;
        this.where = where;
    }

    /**
     * Starts a main class on the class path of this process; returns when it is ready. What it logs goes to a file.
     *
     * @param options
     *            of the virtual machine, beside {@link JvmOptions#server}
     * @throws IOException
     *             if it ends before it is ready
     */
    public static ServerProcess start(Class<?> main, List<String> options, Path log, String... args)
            throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JvmOptions.server());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(args));
        var process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(new File(log.toString()))).start();
        var out = new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith(Child.READY)) {
                return new ServerProcess(process, out,
                        words(line.substring(Child.READY.length())));
            }
        }
        process.destroy();
        throw new IOException(
                main.getSimpleName() + " ended before it was ready; its log is " + log);
    }

    /** {@code name=value} with spaces between. */
    static Map<String, String> words(String line) {
        var words = new HashMap<String, String>();
        for (var word : line.split(" ", -1)) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                words.put(word.substring(0, equals), word.substring(equals + 1));
            }
        }
        return words;
    }

    /** What it said of itself. */
    public String where(String name) {
        var value = where.get(name);
        if (value == null) {
            throw new IllegalStateException("the process did not say its '" + name + "'");
        }
        return value;
    }

    /** Where it listens. */
    public int port() {
        return Integer.parseInt(where("port"));
    }

    /**
     * Tells it something; returns when it has answered.
     *
     * @return what it said, by name; empty if there was nothing to say
     * @throws IOException
     *             if it has ended
     */
    public Map<String, Long> ask(String line) throws IOException {
        commands.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        commands.flush();
        for (String answer = answers.readLine(); answer != null; answer = answers.readLine()) {
            if (answer.startsWith(Child.ANSWER)) {
                var numbers = new HashMap<String, Long>();
                words(answer.substring(Child.ANSWER.length()))
                        .forEach((name, value) -> numbers.put(name, Long.valueOf(value)));
                return numbers;
            }
        }
        throw new IOException("the process ended when it was told '" + line + "'");
    }

    /** One of the numbers that it answers with. */
    public long ask(String line, String name) throws IOException {
        var value = ask(line).get(name);
        if (value == null) {
            throw new IOException("the process answered '" + line + "' without '" + name + "'");
        }
        return value;
    }

    /** CPU it has taken so far. */
    public CpuTime cpu() throws IOException {
        return CpuTime.of(process.pid());
    }

    /** Memory that it has resident now, in KiB. */
    public long rssKib() throws IOException {
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
