package io.tidegate.gateway.view;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tidegate.gateway.view.ViewFailure.Reason;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The connections to a PostgreSQL-wire store: some that read consistent states, and fewer that write. */
final class PostgresConnections implements AutoCloseable {
    private static final long CONNECT_SECONDS = 3;
    /** How long a write may take before it counts as lost; emptying a table is given longer. */
    static final Duration WRITE = Duration.ofMinutes(1);
    /** After which a writer that says nothing in the middle of a batch is given up: nobody can take its partitions over before. */
    private static final Duration SILENCE = Duration.ofSeconds(15);
    private static final long WAIT_MILLIS_MAX = 5_000;
    private static final int TRIES = 4;
    private static final long DOWN_NANOS = TimeUnit.SECONDS.toNanos(1);
    /** Servers may be told apart by their tables' owner only, but those who look at running queries see this. */
    private static final String NAME = "tidegate";

    private final PostgresAddress address;
    private final HikariDataSource readers;
    private final HikariDataSource writers;
    private volatile @Nullable Down down;

    /** Why no connection could be made just now, and for how long that is taken for granted. */
    private record Down(SQLException cause, long until) {
    }

    /** Connects to nobody yet. */
    PostgresConnections(PostgresAddress address, PostgresViewStore.Limits limits) {
        this.address = address;
        this.readers = pool(address, "readers", limits.readers(), limits.queryDeadline(),
                limits.queryDeadline());
        this.writers = pool(address, "writers", limits.writers(), limits.queryDeadline(), WRITE);
    }

    private static HikariDataSource pool(PostgresAddress address, String name, int size,
            Duration wait, Duration statement) {
        var config = new HikariConfig();
        config.setPoolName("views " + name);
        config.setJdbcUrl(address.jdbcUrl());
        config.setDriverClassName("org.postgresql.Driver");
        config.setUsername(address.user());
        config.setPassword(address.password());
        config.setAutoCommit(false);
        config.setTransactionIsolation(name.equals("readers")
                ? "TRANSACTION_REPEATABLE_READ"
                : "TRANSACTION_READ_COMMITTED");
        config.setReadOnly(name.equals("readers"));
        config.setMaximumPoolSize(size);
        config.setMinimumIdle(0);
        config.setIdleTimeout(TimeUnit.MINUTES.toMillis(2));
        config.setConnectionTimeout(Math.min(WAIT_MILLIS_MAX, wait.toMillis()));
        config.setValidationTimeout(1_000);
        // The gateway serves streams whether or not the store answers.
        config.setInitializationFailTimeout(-1);
        var options = config.getDataSourceProperties();
        options.setProperty("ApplicationName", NAME);
        options.setProperty("connectTimeout", Long.toString(CONNECT_SECONDS));
        options.setProperty("loginTimeout", Long.toString(CONNECT_SECONDS));
        options.setProperty("tcpKeepAlive", "true");
        // Of a server that is gone without a word; one that is there ends statements itself, and before that.
        options.setProperty("socketTimeout", Long.toString(statement.toSeconds() + 5));
        options.setProperty("cancelSignalTimeout", Long.toString(CONNECT_SECONDS));
        if (address.hasSeveralHosts()) {
            options.setProperty("targetServerType", "primary");
        }
        address.options().forEach(options::setProperty);
        // The server ends what takes too long by itself, and what nobody goes on with.
        options.setProperty("options", ("-c statement_timeout=" + statement.toMillis()
                + (name.equals("writers")
                        ? " -c idle_in_transaction_session_timeout=" + SILENCE.toMillis()
                        : "")
                + " " + address.options().getOrDefault("options", "")).strip());
        return new HikariDataSource(config);
    }

    /** What is done with a connection. */
    @FunctionalInterface
    interface Work<T> {
        T with(Connection connection) throws SQLException;
    }

    /**
     * Begins to read on a connection. One that was cut while it lay idle is found out by that, and another one is taken.
     *
     * @param first
     *            what is asked first; it closes the connection, at the latest when it fails
     */
    <T> T begin(Work<T> first) throws SQLException {
        for (int i = 1;; i++) {
            try {
                return first.with(connection(readers));
            } catch (SQLException e) {
                if (i == TRIES || e instanceof SQLTransientConnectionException
                        || !isUnreachable(state(e))) {
                    throw e;
                }
            }
        }
    }

    /** While nobody answers, who asks is told at once: only one in a second tries. */
    private Connection connection(HikariDataSource pool) throws SQLException {
        var known = down;
        if (known != null && System.nanoTime() - known.until() < 0) {
            throw new SQLTransientConnectionException("known to be down", "08001",
                    known.cause());
        }
        try {
            var connection = pool.getConnection();
            down = null;
            return connection;
        } catch (SQLException e) {
            var cause = connecting(e);
            if (cause != null) {
                down = new Down(cause, System.nanoTime() + DOWN_NANOS);
            }
            throw e;
        }
    }

    /**
     * Does something in one transaction.
     *
     * @param purpose
     *            what could not be done otherwise, as in "cannot …"
     * @throws ViewFailure
     *             if it was not done, or if nobody knows whether it was
     */
    <T> T write(String whose, String purpose, Work<T> work) {
        try (var connection = connection(writers)) {
            T done = work.with(connection);
            connection.commit();
            return done;
        } catch (SQLException e) {
            throw failure(whose, purpose, e);
        }
    }

    /** What to say of a store that could not do something. */
    ViewFailure failure(String whose, String purpose, SQLException cause) {
        return new ViewFailure(reason(cause), whose + " cannot " + purpose + " in the store at "
                + address + ": " + why(cause), cause);
    }

    static boolean isLate(SQLException cause) {
        return "57014".equals(cause.getSQLState());
    }

    /** Whether tables are not there that were. */
    static boolean isTableMissing(SQLException cause) {
        return "42P01".equals(cause.getSQLState());
    }

    private static Reason reason(SQLException cause) {
        if (cause instanceof SQLTransientConnectionException && connecting(cause) == null) {
            return Reason.BUSY;
        }
        String state = state(cause);
        return switch (state) {
            case "57014" -> Reason.DEADLINE;
            case "53300", "40001", "40P01", "55P03" -> Reason.BUSY;
            default -> state.startsWith("53") ? Reason.FULL : Reason.BROKEN;
        };
    }

    /** Why no connection could be made; null if that was not it. */
    private static @Nullable SQLException connecting(SQLException cause) {
        return cause instanceof SQLTransientConnectionException
                && cause.getCause() instanceof SQLException inner ? inner : null;
    }

    private static String state(SQLException cause) {
        var inner = connecting(cause);
        var state = (inner == null ? cause : inner).getSQLState();
        return state == null ? "" : state;
    }

    private String why(SQLException cause) {
        var inner = connecting(cause);
        if (cause instanceof SQLTransientConnectionException && inner == null) {
            return "all of its connections are in use; see 'views.connections'";
        }
        String said = firstLine(inner == null ? cause : inner);
        return switch (state(cause)) {
            case "57014" -> "the query took longer than its deadline";
            case "28P01", "28000" -> said + "; it does not take user '" + address.user()
                    + "' with this password: set 'views.store' right";
            case "3D000" -> said + "; make the database, or set 'views.store' right";
            case "42501", "3F000" -> said + "; user '" + address.user()
                    + "' needs the right to create tables in schema '" + address.schema()
                    + "', and to create that schema if it is not there";
            case "25006" -> said + "; it is a copy that takes no changes: name the primary in"
                    + " 'views.store', or all hosts parted by commas";
            case "54000" -> said + "; drop that index, it was made by hand";
            case "53300" -> said + "; it takes no more connections: see 'views.connections'";
            default -> isUnreachable(state(cause))
                    ? said + "; the view goes on by itself when the store answers"
                    : said;
        };
    }

    private static boolean isUnreachable(String state) {
        return state.startsWith("08") || state.startsWith("57P");
    }

    private static String firstLine(Throwable cause) {
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    }

    String schema() {
        return address.schema();
    }

    PostgresAddress address() {
        return address;
    }

    @Override
    public void close() {
        readers.close();
        writers.close();
    }
}
