package io.tidegate.gateway.view;

import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.Properties;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDriver;
import org.jspecify.annotations.Nullable;

/** One open DuckDB database with the connection that writes and a stack of idle ones that read. */
final class Database implements AutoCloseable {
    private final DuckDBConnection root;
    private final DuckDBConnection writer;
    private final ArrayDeque<DuckDBConnection> idle = new ArrayDeque<>();
    private boolean closed;

    Database(@Nullable Path file, long memoryBytes) throws SQLException {
        var settings = new Properties();
        settings.setProperty("memory_limit", memoryBytes + "B");
        settings.setProperty("threads", "2");
        // checkpoints inside of commits cost more than twice the work; the applying thread asks for them itself
        settings.setProperty("checkpoint_threshold", "4GB");
        settings.setProperty("late_materialization_max_rows", "1000");
        settings.setProperty("autoinstall_known_extensions", "false");
        settings.setProperty("autoload_known_extensions", "false");
        this.root = new DuckDBDriver()
                .connect("jdbc:duckdb:" + (file == null ? "" : file.toAbsolutePath()), settings)
                .unwrap(DuckDBConnection.class);
        try {
            this.writer = root.duplicate();
        } catch (SQLException e) {
            root.close();
            throw e;
        }
    }

    /** Of the one thread that applies. */
    DuckDBConnection writer() {
        return writer;
    }

    void limitMemory(long bytes) throws SQLException {
        execute(root, "set memory_limit = '" + bytes + "B'");
    }

    synchronized DuckDBConnection reader() throws SQLException {
        var reader = idle.poll();
        return reader == null ? root.duplicate() : reader;
    }

    /** Takes a reader back, outside of any transaction. */
    synchronized void giveBack(DuckDBConnection reader) throws SQLException {
        if (closed) {
            reader.close();
        } else {
            idle.push(reader);
        }
    }

    static void execute(DuckDBConnection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** Readers that are out stay usable until they are given back. */
    @Override
    public synchronized void close() throws SQLException {
        closed = true;
        SQLException failed = null;
        while (!idle.isEmpty()) {
            failed = closed(idle.pop(), failed);
        }
        failed = closed(writer, failed);
        failed = closed(root, failed);
        if (failed != null) {
            throw failed;
        }
    }

    private static @Nullable SQLException closed(DuckDBConnection connection,
            @Nullable SQLException before) {
        try {
            connection.close();
            return before;
        } catch (SQLException e) {
            return before == null ? e : before;
        }
    }
}
