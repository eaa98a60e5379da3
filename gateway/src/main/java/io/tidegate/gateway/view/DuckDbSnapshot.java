package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.duckdb.DuckDBConnection;
import org.jooq.Condition;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** A read transaction on a connection to DuckDB of its own. */
final class DuckDbSnapshot extends SqlSnapshot {
    private static final Table<Record> ITEMS = DSL.table(DSL.name("items"));
    /** Of a larger page the rows in question are not found out before. */
    private static final int NARROWED_ROWS_MAX = 2_000;
    /** How many more rows than a page has may have the value of its last row, or one before it. */
    private static final int NARROWED_MORE = 500;

    private final DuckDbView view;
    private final Database database;
    private final DuckDBConnection connection;
    private final Position position;
    private final @Nullable Instant newest;
    private final Runnable released;
    private boolean closed;

    private DuckDbSnapshot(DuckDbView view, Database database, Columns columns, RowTexts texts,
            DuckDBConnection connection, Position position, @Nullable Instant newest,
            Runnable released) {
        super(view.source(database), columns, texts, connection, SQLDialect.DUCKDB, ITEMS,
                DSL.table(DSL.name(columns.isKeyed() ? "history" : "items")));
        this.view = view;
        this.database = database;
        this.connection = connection;
        this.position = position;
        this.newest = newest;
        this.released = released;
    }

    /**
     * @param released
     *            told once, when it is closed
     */
    static DuckDbSnapshot open(DuckDbView view, Database database, Columns columns,
            RowTexts texts, Runnable released) throws SQLException {
        var connection = database.reader();
        try {
            Database.execute(connection, "begin transaction read only");
            var read = Positions.read(connection);
            // Now, and not when it is asked for: a question that fails takes the transaction with it.
            return new DuckDbSnapshot(view, database, columns, texts, connection,
                    read == null ? new Position(List.of()) : read,
                    Positions.readNewest(connection), released);
        } catch (SQLException e) {
            database.discard(connection);
            throw e;
        }
    }

    @Override
    public Position position() {
        return position;
    }

    @Override
    public Optional<Instant> newest() {
        return Optional.ofNullable(newest);
    }

    /** To find out takes one column, and all others are then read of few rows only. */
    @Override
    Optional<Condition> narrowed(Condition where, Ordering order, ItemsQuery query) {
        var first = order.terms().getFirst();
        var column = first.column();
        if (!column.isShortNumber() || query.limit() > NARROWED_ROWS_MAX) {
            return Optional.empty();
        }
        boolean fromGreatest = first.descending() != query.backwards();
        var last = DSL.field(DSL.name("l"), Object.class);
        int rows = query.limit() + 1;
        var of = DSL.select(Dialect.furthest(column.field(), fromGreatest, rows + NARROWED_MORE)
                .as(last)).from(ITEMS).where(where).asTable(DSL.name("found"));
        var texts = asked(DSL.select(Dialect.text(Dialect.textAt(last, String.valueOf(rows))),
                Dialect.text(Dialect.textAt(last, String.valueOf(rows + NARROWED_MORE))))
                .from(of)).getFirst();
        String bound = texts.value1();
        if (bound == null || bound.equals(texts.value2())) {
            // they are few already, or too many have this very value
            return Optional.empty();
        }
        var value = Dialect.cast(DSL.val(bound), column.sqlType());
        var within = fromGreatest ? column.field().ge(value) : column.field().le(value);
        return Optional.of(where.and(query.backwards()
                ? within.or(column.field().isNull())
                : within));
    }

    @Override
    public AggregatePage aggregate(AggregateQuery query) {
        return view.grouping(() -> super.aggregate(query));
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            Database.execute(connection, "rollback");
            database.giveBack(connection);
        } catch (SQLException e) {
            try {
                database.discard(connection);
            } catch (SQLException gone) {
                e.addSuppressed(gone);
            }
        } finally {
            released.run();
        }
    }
}
