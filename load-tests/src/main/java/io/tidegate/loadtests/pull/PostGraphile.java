package io.tidegate.loadtests.pull;

import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** PostGraphile 4 in front of a PostgreSQL of its own, which runs as a user without rights in a folder of the run. */
final class PostGraphile implements Contender {
    /** Version 5 cannot be used: the plugin for aggregates is of version 4. */
    static final List<String> PACKAGES = List.of("postgraphile@4.14.1",
            "@graphile/pg-aggregates@0.1.1");
    private static final String USER = "load";
    private static final String NOBODY = "nobody";
    /** Of a server that has a gigabyte for itself, and none of whose data need survive the machine. */
    private static final List<String> POSTGRES = List.of("shared_buffers=1GB",
            "effective_cache_size=2GB", "work_mem=32MB", "max_wal_size=4GB",
            "synchronous_commit=off", "random_page_cost=1.1", "autovacuum=on",
            "max_connections=200", "unix_socket_directories=", "listen_addresses=127.0.0.1");
    private static final String TABLE = """
            create table shipments (id text primary key, ts timestamptz not null, status text not null,
              carrier text not null, origin text not null, destination text not null,
              weight_kg double precision not null, note text not null)
            """;
    private static final String INDEX = "create index on shipments (carrier, ts desc, id)";
    private static final Pattern TRANSACTIONS = Pattern
            .compile("number of transactions actually processed: (\\d+)");

    private final Programs programs;
    private final Program database;
    private final int databasePort;
    private final Program server;
    private final int port;
    private final Path folder;
    private final Path log;
    private final int rows;
    private Questions questions = new PostGraphileQuestions(false);
    private @Nullable Process updates;

    /** Where what it needs is. */
    private record Programs(Path initdb, Path postgres, Path psql, Path pgbench, Path node,
            List<String> prefix) {
        static Programs find() throws Unavailable {
            return new Programs(installed("initdb"), installed("postgres"), installed("psql"),
                    installed("pgbench"), named("node", "Node.js 20"), unprivileged());
        }

        private static Path installed(String name) throws Unavailable {
            var found = Program.find(name, versions());
            if (found.isEmpty()) {
                throw new Unavailable("PostgreSQL is not here: there is no '" + name
                        + "' in /usr/lib/postgresql/15/bin or on the path; install the package"
                        + " postgresql-15.");
            }
            return found.get();
        }

        private static Stream<Path> versions() {
            return Stream.of(Path.of("/usr/lib/postgresql/15/bin"));
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

        List<String> unprivileged(Path program, List<String> arguments) {
            var command = new ArrayList<>(prefix);
            command.add(program.toString());
            command.addAll(arguments);
            return command;
        }
    }

    private PostGraphile(Programs programs, Program database, int databasePort, Program server,
            int port, Path folder, Path log, int rows) {
        this.programs = programs;
        this.database = database;
        this.databasePort = databasePort;
        this.server = server;
        this.port = port;
        this.folder = folder;
        this.log = log;
        this.rows = rows;
    }

    /**
     * Installs what is missing, starts the database, fills and analyses it, and starts PostGraphile.
     *
     * @param modules
     *            a folder that outlives the run, where the packages are kept
     * @param connections
     *            that it may have to the database
     * @throws Unavailable
     *             if a program or a package is not to be had
     */
    static PostGraphile start(Shipments shipments, Path folder, Path modules, int connections,
            Path log) throws IOException, Unavailable {
        var programs = Programs.find();
        install(modules, log);
        int databasePort = freePort();
        var database = database(programs, folder, databasePort, log);
        try {
            fill(programs, databasePort, shipments, log);
            int port = freePort();
            var plugin = Files.createDirectories(folder.resolve("plugins")).resolve("row-count.js");
            try (var source = PostGraphile.class.getResourceAsStream("row-count.js")) {
                Files.write(plugin,
                        java.util.Objects.requireNonNull(source, "a file of this project")
                                .readAllBytes());
            }
            var server = Program.start(
                    List.of(programs.node().toString(),
                            modules.resolve("node_modules/postgraphile/cli.js").toString(),
                            "--connection",
                            "postgres://" + USER + "@127.0.0.1:" + databasePort + "/postgres",
                            "--schema", "public", "--host", "127.0.0.1", "--port",
                            Integer.toString(port), "--max-pool-size",
                            Integer.toString(connections), "--disable-graphiql",
                            "--disable-query-log", "--disable-default-mutations",
                            "--append-plugins",
                            modules.resolve("node_modules/@graphile/pg-aggregates") + "," + plugin),
                    Map.of("NODE_ENV", "production", "GRAPHILE_ENV", "production", "NO_COLOR", "1"),
                    log, Pattern.compile("server listening on port"));
            return new PostGraphile(programs, database, databasePort, server, port, folder, log,
                    shipments.size());
        } catch (IOException | RuntimeException e) {
            stop(database);
            throw e;
        }
    }

    private static void install(Path modules, Path log) throws IOException, Unavailable {
        if (Files.exists(modules.resolve("node_modules/postgraphile/cli.js"))
                && Files.exists(modules.resolve("node_modules/@graphile/pg-aggregates"))) {
            return;
        }
        var npm = Programs.named("npm", "npm");
        Files.createDirectories(modules);
        var command = new ArrayList<>(List.of(npm.toString(), "install", "--no-audit", "--no-fund",
                "--no-package-lock", "--prefix", modules.toString()));
        command.addAll(PACKAGES);
        try {
            Program.run(command, log);
        } catch (IOException e) {
            throw new Unavailable("PostGraphile cannot be installed: npm does not get "
                    + String.join(" and ", PACKAGES) + "; what it said is in " + log + ".");
        }
    }

    private static Program database(Programs programs, Path folder, int port, Path log)
            throws IOException {
        var data = folder.resolve("postgres");
        Files.createDirectories(data);
        if (!programs.prefix().isEmpty()) {
            var users = data.getFileSystem().getUserPrincipalLookupService();
            Files.setOwner(data, users.lookupPrincipalByName(NOBODY));
        }
        Program.run(programs.unprivileged(programs.initdb(),
                List.of("-D", data.toString(), "-U", USER, "--auth=trust", "--encoding=UTF8",
                        "--locale=C", "--no-sync")),
                log);
        var arguments = new ArrayList<>(
                List.of("-D", data.toString(), "-p", Integer.toString(port)));
        POSTGRES.forEach(setting -> arguments.addAll(List.of("-c", setting)));
        return Program.start(programs.unprivileged(programs.postgres(), arguments), Map.of(), log,
                Pattern.compile("database system is ready to accept connections"));
    }

    private static void fill(Programs programs, int port, Shipments shipments, Path log)
            throws IOException {
        var command = client(programs.psql(), port,
                List.of("-q", "-v", "ON_ERROR_STOP=1", "-c", TABLE, "-c",
                        "copy shipments from stdin", "-c", INDEX, "-c",
                        "vacuum (analyze) shipments", "-c", "checkpoint"));
        var process = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(log.toString()))).start();
        try (var out = new BufferedWriter(
                new OutputStreamWriter(process.getOutputStream(), StandardCharsets.US_ASCII),
                1 << 16)) {
            shipments.each(shipment -> write(out, shipment.copyLine()));
        }
        Program.end(process, command, log);
    }

    private static void write(BufferedWriter out, String line) {
        try {
            out.write(line);
        } catch (IOException e) {
            throw new UncheckedIOException("PostgreSQL takes no more rows", e);
        }
    }

    private static List<String> client(Path program, int port, List<String> arguments) {
        var command = new ArrayList<>(List.of(program.toString(), "-h", "127.0.0.1", "-p",
                Integer.toString(port), "-U", USER));
        command.addAll(arguments);
        if (program.endsWith("psql")) {
            command.add("-d");
        }
        command.add("postgres");
        return command;
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** Whether pages are found by cursor from now on, or by offset. */
    void pagesByCursor(boolean isByCursor) {
        questions = new PostGraphileQuestions(isByCursor);
    }

    @Override
    public String label() {
        return "postgraphile";
    }

    @Override
    public int port() {
        return port;
    }

    @Override
    public String token() {
        return "";
    }

    @Override
    public Questions questions() {
        return questions;
    }

    @Override
    public long cpuMicros() throws IOException {
        return server.cpuMicros() + database.cpuMicros();
    }

    @Override
    public long rssKib() throws IOException {
        return server.rssKib() + database.rssKib();
    }

    @Override
    public void startUpdates(int rate) throws IOException {
        // A random row gets another status, weight and note, and a later time, as on the gateway's topic.
        var script = Files.writeString(folder.resolve("update.sql"),
                """
                        \\set n random(0, %d)
                        \\set x random(1, 1000000000)
                        update shipments set ts = ts + interval '23 days', \
                        status = (array['BOOKED','PICKED_UP','IN_TRANSIT','CUSTOMS','DELIVERED'])[1 + :x %% 5], \
                        weight_kg = (1 + :x %% 4000) / 2.0, note = repeat(md5(:x::text), 4) \
                        where id = 'SHP-' || lpad(:n::text, 9, '0');
                        """
                        .formatted(rows - 1));
        updates = new ProcessBuilder(client(programs.pgbench(), databasePort,
                List.of("-n", "-M", "prepared", "-f", script.toString(), "-c", "4", "-j", "1", "-R",
                        Integer.toString(rate), "-T", "86400")))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("updates.log").toFile()).start();
    }

    @Override
    public long stopUpdates() throws IOException {
        var running = updates;
        updates = null;
        if (running == null) {
            return 0;
        }
        // It tells what it has done when it is interrupted in that way only.
        Program.run(List.of("kill", "-INT", Long.toString(running.pid())), log);
        try {
            if (!running.waitFor(10, TimeUnit.SECONDS)) {
                running.destroyForcibly();
            }
        } catch (InterruptedException e) {
            running.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        var told = TRANSACTIONS.matcher(Files.readString(folder.resolve("updates.log")));
        return told.find() ? Long.parseLong(told.group(1)) : -1;
    }

    @Override
    public void close() throws IOException {
        stopUpdates();
        server.close();
        stop(database);
    }

    /** PostgreSQL waits for its clients when it is asked kindly. */
    private static void stop(Program database) throws IOException {
        Program.run(List.of("kill", "-INT", Long.toString(database.pid())), Path.of("/dev/null"));
        database.close();
    }
}
