package io.tidegate.gateway.view;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidegate.gateway.feed.Share;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A real PostgreSQL, one for all tests of a run; each test has a database to itself. */
public final class Postgres {
    /** All that tests by hand ever write to. */
    public static final Share ALL = Share.of(IntStream.range(0, 8)
            .mapToObj(n -> new Share.Part("test", n)).collect(Collectors.toUnmodifiableSet()));

    private static final AtomicInteger DATABASES = new AtomicInteger();
    private static EmbeddedPostgres server;
    private static String shared;

    private Postgres() {
    }

    private static synchronized EmbeddedPostgres server() {
        assumeTrue(System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64"),
                "PostgreSQL's programs are here for Linux on amd64 only");
        if (server == null) {
            server = start();
            var started = server;
            Runtime.getRuntime().addShutdownHook(new Thread(() -> close(started)));
        }
        return server;
    }

    /** Another one, for tests that do harm to it. */
    public static EmbeddedPostgres start() {
        try {
            return EmbeddedPostgres.builder().setServerConfig("fsync", "off")
                    .setServerConfig("max_connections", "200").start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void close(EmbeddedPostgres started) {
        try {
            started.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A new database's address. */
    public static String database() {
        String name = "test" + DATABASES.incrementAndGet();
        run("@127.0.0.1:" + server().getPort() + "/postgres", "create database " + name);
        return "postgresql://postgres:postgres@127.0.0.1:" + server().getPort() + "/" + name;
    }

    /** An address of tables that are there for nobody else, in a database that others use as well. */
    public static synchronized String tables() {
        if (shared == null) {
            shared = database();
        }
        return shared + "?currentSchema=s" + DATABASES.incrementAndGet();
    }

    public static PostgresViewStore store(String address, Clock clock) {
        return store(address, PostgresViewStore.Limits.defaults(), clock);
    }

    public static PostgresViewStore store(String address, PostgresViewStore.Limits limits,
            Clock clock) {
        return PostgresViewStore.at(PostgresAddress.parse(address), limits,
                (schema, group) -> ALL, clock);
    }

    public static Connection connect(String address) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://"
                + address.substring(address.indexOf('@') + 1), "postgres", "postgres");
    }

    /** Does something that has no answer. */
    public static void run(String address, String sql) {
        try (var connection = connect(address); var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first column of an answer. */
    public static List<String> ask(String address, String sql) {
        try (var connection = connect(address);
                var statement = connection.createStatement();
                var found = statement.executeQuery(sql)) {
            var texts = new ArrayList<String>();
            while (found.next()) {
                texts.add(found.getString(1));
            }
            return texts;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    static Set<String> tables(String address) {
        return Set.copyOf(ask(address,
                "select tablename from pg_tables where schemaname = 'tidegate'"));
    }
}
