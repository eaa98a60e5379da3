package io.tidegate.loadtests.pull;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A PostgreSQL of its own on the loopback address, which runs as a user without rights in a folder of the run. */
public final class Postgres implements AutoCloseable {
    static final String USER = "load";
    private static final String NOBODY = "nobody";
    /** Of a server that has a gigabyte for itself, and none of whose data need survive the machine. */
    private static final List<String> SETTINGS = List.of("shared_buffers=1GB",
            "effective_cache_size=2GB", "work_mem=32MB", "max_wal_size=4GB",
            "synchronous_commit=off", "random_page_cost=1.1", "autovacuum=on",
            "max_connections=200", "unix_socket_directories=", "listen_addresses=127.0.0.1");

    private final Program server;
    private final int port;

    private Postgres(Program server, int port) {
        this.server = server;
        this.port = port;
    }

    /**
     * Makes an empty one and starts it.
     *
     * @param folder
     *            in which it has one of its own, {@code postgres}
     * @throws Unavailable
     *             if a program that it takes is not to be had
     */
    public static Postgres start(Path folder, Path log) throws IOException, Unavailable {
        var prefix = unprivileged();
        var initdb = installed("initdb");
        var postgres = installed("postgres");
        int port = freePort();
        var data = folder.resolve("postgres");
        Files.createDirectories(data);
        if (!prefix.isEmpty()) {
            var users = data.getFileSystem().getUserPrincipalLookupService();
            Files.setOwner(data, users.lookupPrincipalByName(NOBODY));
        }
        Program.run(unprivileged(prefix, initdb,
                List.of("-D", data.toString(), "-U", USER, "--auth=trust", "--encoding=UTF8",
                        "--locale=C", "--no-sync")),
                log);
        var arguments = new ArrayList<>(
                List.of("-D", data.toString(), "-p", Integer.toString(port)));
        SETTINGS.forEach(setting -> arguments.addAll(List.of("-c", setting)));
        var server = Program.start(unprivileged(prefix, postgres, arguments), Map.of(), log,
                Pattern.compile("database system is ready to accept connections"));
        return new Postgres(server, port);
    }

    static Path installed(String name) throws Unavailable {
        return Program.find(name, Stream.of(Path.of("/usr/lib/postgresql/15/bin")))
                .orElseThrow(() -> new Unavailable("PostgreSQL is not here: there is no '" + name
                        + "' in /usr/lib/postgresql/15/bin or on the path; install the package"
                        + " postgresql-15."));
    }

    static Path named(String name, String what) throws Unavailable {
        return Program.find(name, Stream.empty()).orElseThrow(() -> new Unavailable(
                what + " is not here: there is no '" + name + "' on the path."));
    }

    /** PostgreSQL refuses to run as root. */
    private static List<String> unprivileged() throws Unavailable {
        if (!System.getProperty("user.name").equals("root")) {
            return List.of();
        }
        return List.of(named("setpriv", "util-linux").toString(), "--reuid=" + NOBODY,
                "--regid=65534", "--clear-groups");
    }

    private static List<String> unprivileged(List<String> prefix, Path program,
            List<String> arguments) {
        var command = new ArrayList<>(prefix);
        command.add(program.toString());
        command.addAll(arguments);
        return command;
    }

    static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    int port() {
        return port;
    }

    /** Of its one database, as {@code views.store} has it. */
    public String address() {
        return "postgresql://" + USER + "@127.0.0.1:" + port + "/postgres";
    }

    /** See {@link Program#cpuMicros}. */
    public long cpuMicros() throws IOException {
        return server.cpuMicros();
    }

    long rssKib() throws IOException {
        return server.rssKib();
    }

    /** It waits for its clients when it is asked kindly. */
    @Override
    public void close() throws IOException {
        Program.run(List.of("kill", "-INT", Long.toString(server.pid())), Path.of("/dev/null"));
        server.close();
    }
}
