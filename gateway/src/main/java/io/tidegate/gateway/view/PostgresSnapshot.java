package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import org.jooq.SQLDialect;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A repeatable read in a PostgreSQL-wire store, which begins with the positions of all partitions, whoever fills them. */
final class PostgresSnapshot extends SqlSnapshot {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresSnapshot.class);

    private final Connection connection;
    private final PostgresPositions.Read read;
    private final Runnable released;
    private boolean closed;

    private PostgresSnapshot(PostgresView view, Connection connection, Columns columns,
            RowTexts texts, PostgresTables tables, PostgresPositions.Read read,
            Runnable released) {
        super(view, columns, texts, connection, SQLDialect.POSTGRES, tables.items(),
                columns.isKeyed() ? tables.history() : tables.items());
        this.connection = connection;
        this.read = read;
        this.released = released;
    }

    /**
     * @param connection
     *            that reads; given back at the end, or if this fails
     * @param released
     *            told once, when it is closed
     */
    static PostgresSnapshot open(PostgresView view, Connection connection, Columns columns,
            RowTexts texts, PostgresTables tables, PostgresPositions positions,
            Runnable released) throws SQLException {
        try {
            return new PostgresSnapshot(view, connection, columns, texts, tables,
                    positions.read(connection), released);
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    @Override
    public Position position() {
        return read.position();
    }

    @Override
    public Optional<Instant> newest() {
        return read.newest();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            // What it has begun is rolled back by that.
            connection.close();
        } catch (SQLException e) {
            LOG.atDebug().setCause(e).log("a connection was closed badly");
        } finally {
            released.run();
        }
    }
}
