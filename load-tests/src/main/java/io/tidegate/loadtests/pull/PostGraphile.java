package io.tidegate.loadtests.pull;

import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** PostGraphile 4 in front of a PostgreSQL of its own, which runs as a user without rights in a folder of the run. */
final class PostGraphile implements Contender {
    /** Version 5 cannot be used: the plugin for aggregates is of version 4. */
    static final List<String> PACKAGES = List.of("postgraphile@4.14.1",
            "@graphile/pg-aggregates@0.1.1");
    private static final String TABLE = """
            create table shipments (id text primary key, ts timestamptz not null, status text not null,
              carrier text not null, origin text not null, destination text not null,
              weight_kg double precision not null, note text not null)
            """;
    private static final String INDEX = "create index on shipments (carrier, ts desc, id)";
    private static final Pattern TRANSACTIONS = Pattern
            .compile("number of transactions actually processed: (\\d+)");

    private final Programs programs;
    private final Postgres database;
    private final Program server;
    private final int port;
    private final Path folder;
    private final Path log;
    private final int rows;
    private Questions questions = new PostGraphileQuestions(false);
    private @Nullable Process updates;

    /** Where what it needs is. */
    private record Programs(Path psql, Path pgbench, Path node) {
        static Programs find() throws Unavailable {
            return new Programs(Postgres.installed("psql"), Postgres.installed("pgbench"),
                    Postgres.named("node", "Node.js 20"));
        }
    }

    private PostGraphile(Programs programs, Postgres database, Program server, int port,
            Path folder, Path log, int rows) {
        this.programs = programs;
        this.database = database;
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
        var database = Postgres.start(folder, log);
        try {
            fill(programs, database.port(), shipments, log);
            int port = Postgres.freePort();
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
                            "postgres://" + Postgres.USER + "@127.0.0.1:" + database.port()
                                    + "/postgres",
                            "--schema", "public", "--host", "127.0.0.1", "--port",
                            Integer.toString(port), "--max-pool-size",
                            Integer.toString(connections), "--disable-graphiql",
                            "--disable-query-log", "--disable-default-mutations",
                            "--append-plugins",
                            modules.resolve("node_modules/@graphile/pg-aggregates") + "," + plugin),
                    Map.of("NODE_ENV", "production", "GRAPHILE_ENV", "production", "NO_COLOR", "1"),
                    log, Pattern.compile("server listening on port"));
            return new PostGraphile(programs, database, server, port, folder, log,
                    shipments.size());
        } catch (IOException | RuntimeException e) {
            database.close();
            throw e;
        }
    }

    private static void install(Path modules, Path log) throws IOException, Unavailable {
        if (Files.exists(modules.resolve("node_modules/postgraphile/cli.js"))
                && Files.exists(modules.resolve("node_modules/@graphile/pg-aggregates"))) {
            return;
        }
        var npm = Postgres.named("npm", "npm");
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
                Integer.toString(port), "-U", Postgres.USER));
        command.addAll(arguments);
        if (program.endsWith("psql")) {
            command.add("-d");
        }
        command.add("postgres");
        return command;
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
        updates = new ProcessBuilder(client(programs.pgbench(), database.port(),
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
        database.close();
    }
}
