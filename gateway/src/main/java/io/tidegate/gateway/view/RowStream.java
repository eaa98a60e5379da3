package io.tidegate.gateway.view;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/**
 * One query whose rows the store makes as they are read. What it sorts may go to its temporary files; what has been read is
 * kept nowhere. Each reading has the deadline of a query, however long the reader takes in between.
 */
final class RowStream implements AutoCloseable {
    private static final ScheduledExecutorService DEADLINES = Executors
            .newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("view deadlines").factory());

    private static final int FETCHED_ROWS = 1_000;

    private final SqlSnapshot.Source view;
    private final Connection connection;
    private final String text;
    private final List<Object> values;
    private final Function<List<@Nullable String>, StoredRow> rows;
    private @Nullable PreparedStatement statement;
    private @Nullable ResultSet found;
    private final LongSupplier count;
    private long told;
    /** Of all texts that have been read. */
    private long chars;
    private boolean isOver;
    private boolean isClosed;

    /**
     * @param rows
     *            makes one of the texts of its columns
     * @param count
     *            asked at the end how many rows there are
     */
    RowStream(SqlSnapshot.Source view, Connection connection, String text, List<Object> values,
            Function<List<@Nullable String>, StoredRow> rows, LongSupplier count) {
        this.view = view;
        this.connection = connection;
        this.text = text;
        this.values = values;
        this.rows = rows;
        this.count = count;
    }

    /** The next rows, fewer only at the end. */
    List<StoredRow> next(int rowsMax) {
        return next(rowsMax, Long.MAX_VALUE);
    }

    /** The next rows, as many as are so long together; none only at the end. */
    List<StoredRow> next(int rowsMax, long charsMax) {
        var read = new ArrayList<StoredRow>();
        if (isOver) {
            return read;
        }
        var isLate = new AtomicBoolean();
        try {
            var running = statement == null ? prepared() : statement;
            statement = running;
            var deadline = DEADLINES.schedule(() -> {
                isLate.set(true);
                cancel(running);
            }, view.deadline().toMillis(), TimeUnit.MILLISECONDS);
            try {
                var result = found == null ? running.executeQuery() : found;
                found = result;
                int columns = result.getMetaData().getColumnCount();
                long end = chars > Long.MAX_VALUE - charsMax ? Long.MAX_VALUE : chars + charsMax;
                while (read.size() < rowsMax && chars < end && !isOver) {
                    if (result.next()) {
                        read.add(row(result, columns));
                    } else {
                        isOver = true;
                    }
                }
            } finally {
                deadline.cancel(false);
            }
        } catch (SQLException e) {
            isOver = true;
            var failure = isLate.get() ? view.late() : view.failure("answer", e);
            throw SqlSnapshot.refusalOf(e).orElse(failure);
        }
        told += read.size();
        if (isOver) {
            requireAll(isLate.get());
        }
        return read;
    }

    /**
     * DuckDB's driver tells an error in the midst of a stream as its end: what was wanted then, such as more memory or another
     * file, or that the query was ended at its deadline, is told nowhere.
     */
    private void requireAll(boolean isLate) {
        if (!(connection instanceof DuckDBConnection)) {
            return;
        }
        if (isLate) {
            throw view.late();
        }
        long all = count.getAsLong();
        if (told != all) {
            throw view.failure("answer", new SQLException("the store broke off after " + told
                    + " of " + all + " rows; it may need more memory than it has"));
        }
    }

    private PreparedStatement prepared() throws SQLException {
        if (connection instanceof DuckDBConnection duck) {
            Database.execute(duck, "set session jdbc_stream_results = true");
        }
        var prepared = connection.prepareStatement(text);
        if (!(connection instanceof DuckDBConnection)) {
            // Within a transaction the driver then asks for so many rows at a time.
            prepared.setFetchSize(FETCHED_ROWS);
        }
        for (int i = 0; i < values.size(); i++) {
            prepared.setObject(i + 1, values.get(i));
        }
        return prepared;
    }

    private StoredRow row(ResultSet result, int columns) throws SQLException {
        var texts = new ArrayList<@Nullable String>(columns);
        for (int i = 1; i <= columns; i++) {
            String text = result.getString(i);
            chars += text == null ? 0 : text.length();
            texts.add(text == null || connection instanceof DuckDBConnection
                    ? text
                    : Dialect.told(text));
        }
        return rows.apply(texts);
    }

    private static void cancel(PreparedStatement statement) {
        try {
            statement.cancel();
        } catch (SQLException e) {
            // It has ended meanwhile.
            return;
        }
    }

    /** The connection can be used for other queries then, by whoever: closing again leaves it alone. */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        isOver = true;
        if (statement == null) {
            return;
        }
        try {
            statement.close();
            if (connection instanceof DuckDBConnection duck) {
                Database.execute(duck, "set session jdbc_stream_results = false");
            }
        } catch (SQLException e) {
            discard();
        }
    }

    /**
     * An error within a transaction ends what can be set until it is rolled back. Nobody else shall have a connection that goes
     * on telling errors as ends: who gives it back finds that it is closed.
     */
    private void discard() {
        try {
            if (connection instanceof DuckDBConnection duck) {
                Database.closeWithin(duck);
            } else {
                connection.close();
            }
        } catch (SQLException e) {
            // It is of no use any more either way.
            return;
        }
    }
}
