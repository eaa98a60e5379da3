package io.tidegate.gateway.view;

import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDriver;
import org.jspecify.annotations.Nullable;

/**
 * One open DuckDB database with the connection that writes and a stack of idle ones that read. Its file is written by checkpoints
 * alone: a log of changes beside it would be more than a third of the work of applying them, and what it would save is in Kafka,
 * from the position on that stands in the same file. After a crash it is the state of the last checkpoint.
 */
final class Database implements AutoCloseable {
    /** How much more than memory temporary files may take. */
    private static final long TEMPORARY = 16;
    /** DuckDB's own bound, of one checkpoint. */
    private static final int VACUUM_TASKS = 100;
    /** What connections know the file by. */
    private static final String FILE = "kept";

    private final DuckDBConnection root;
    private final DuckDBConnection writer;
    private final boolean hasFile;
    private final ArrayDeque<DuckDBConnection> idle = new ArrayDeque<>();
    private final Set<DuckDBConnection> lent = Collections.newSetFromMap(new IdentityHashMap<>());
    private boolean closed;

    /**
     * @param blockBytes
     *            of a file that is new; one that is there keeps its own
     */
    Database(@Nullable Path file, long memoryBytes, int blockBytes) throws SQLException {
        var settings = new Properties();
        settings.setProperty("default_block_size", Integer.toString(blockBytes));
        settings.setProperty("memory_limit", memoryBytes + "B");
        // what does not fit into memory, such as a large sort, goes to files beside the database
        settings.setProperty("max_temp_directory_size", TEMPORARY * memoryBytes + "B");
        settings.setProperty("threads", "2");
        // checkpoints inside of commits cost more than twice the work; the applying thread asks for them itself
        settings.setProperty("checkpoint_threshold", "4GB");
        settings.setProperty("late_materialization_max_rows", "1000");
        settings.setProperty("autoinstall_known_extensions", "false");
        settings.setProperty("autoload_known_extensions", "false");
        this.hasFile = file != null;
        if (file != null) {
            settings.setProperty("temp_directory", file.toAbsolutePath() + ".tmp");
        }
        this.root = new DuckDBDriver().connect("jdbc:duckdb:", settings)
                .unwrap(DuckDBConnection.class);
        try {
            if (file != null) {
                execute(root, "attach '" + file.toAbsolutePath().toString().replace("'", "''")
                        + "' as " + FILE + " (recovery_mode no_wal_writes)");
            }
            this.writer = connection();
        } catch (SQLException e) {
            root.close();
            throw e;
        }
    }

    private DuckDBConnection connection() throws SQLException {
        var connection = root.duplicate();
        if (hasFile) {
            try {
                execute(connection, "use " + FILE);
            } catch (SQLException e) {
                connection.close();
                throw e;
            }
        }
        return connection;
    }

    /** Appends to a table of the file; of the one thread that applies. */
    DuckDBAppender appender(String table) throws SQLException {
        return hasFile
                ? writer.createAppender(FILE, "main", table)
                : writer.createAppender("main", table);
    }

    /**
     * Writes to the file what has been committed since it was written last; of the one thread that applies.
     *
     * @param vacuums
     *            whether rows are moved together where others have gone
     */
    void checkpoint(boolean vacuums) throws SQLException {
        execute(writer, "set global max_vacuum_tasks = " + (vacuums ? VACUUM_TASKS : 0));
        execute(writer, "checkpoint");
    }

    /** Of the one thread that applies. */
    DuckDBConnection writer() {
        return writer;
    }

    void limitMemory(long bytes) throws SQLException {
        execute(root, "set memory_limit = '" + bytes + "B'");
    }

    synchronized DuckDBConnection reader() throws SQLException {
        if (closed) {
            throw new SQLException("the database was closed");
        }
        var waiting = idle.poll();
        var reader = waiting == null ? connection() : waiting;
        lent.add(reader);
        return reader;
    }

    /** Takes a reader back, outside of any transaction. */
    synchronized void giveBack(DuckDBConnection reader) throws SQLException {
        lent.remove(reader);
        if (closed) {
            reader.close();
        } else {
            idle.push(reader);
        }
    }

    /** Closes a reader that is of no more use. */
    void discard(DuckDBConnection reader) throws SQLException {
        synchronized (this) {
            lent.remove(reader);
        }
        closeWithin(reader);
    }

    /**
     * Closes a connection that may be within a transaction. DuckDB rolls that back as the connection goes, and ends the whole
     * process if it cannot, as when a checkpoint of the file has failed meanwhile; said before, it is an error like others.
     */
    static void closeWithin(DuckDBConnection connection) throws SQLException {
        try {
            execute(connection, "rollback");
        } catch (SQLException e) {
            // There is none, or there is none any more.
            connection.close();
            return;
        }
        connection.close();
    }

    static void execute(DuckDBConnection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /**
     * Ends what readers are asking, too: as long as one connection is left, DuckDB keeps the database, and who opens its file
     * again gets that one and not what is in the file.
     *
     * @param isInvalid
     *            whether DuckDB refuses whatever is asked of it; if so, questions that are under way are waited for, and else ended
     */
    void end(boolean isInvalid) throws SQLException {
        List<DuckDBConnection> readers;
        synchronized (this) {
            closed = true;
            readers = List.copyOf(lent);
            lent.clear();
        }
        SQLException failed = null;
        for (var reader : readers) {
            failed = closed(reader, isInvalid, failed);
        }
        try {
            close();
        } catch (SQLException e) {
            failed = failed == null ? e : failed;
        }
        if (failed != null) {
            throw failed;
        }
    }

    /** Readers that are out stay usable until they are given back. */
    @Override
    public void close() throws SQLException {
        var all = new ArrayList<DuckDBConnection>();
        synchronized (this) {
            closed = true;
            all.addAll(idle);
            idle.clear();
        }
        all.add(writer);
        all.add(root);
        SQLException failed = null;
        for (var connection : all) {
            failed = closed(connection, false, failed);
        }
        if (failed != null) {
            throw failed;
        }
    }

    private static @Nullable SQLException closed(DuckDBConnection connection, boolean isWithin,
            @Nullable SQLException before) {
        try {
            if (isWithin) {
                closeWithin(connection);
            } else {
                connection.close();
            }
            return before;
        } catch (SQLException e) {
            return before == null ? e : before;
        }
    }
}
