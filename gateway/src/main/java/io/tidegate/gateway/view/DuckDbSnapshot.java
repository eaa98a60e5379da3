package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.math.BigInteger;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import org.duckdb.DuckDBConnection;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.OrderField;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.conf.Settings;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** A read transaction on a connection of its own. */
final class DuckDbSnapshot implements ViewSnapshot {
    private static final org.jooq.Table<Record> ITEMS = DSL.table(DSL.name("items"));
    private static final Field<String> KEY = DSL.field(DSL.name("k"), String.class);
    private static final Field<String> VALUE = DSL.field(DSL.name("v"), String.class);
    private static final Field<String> TIME = DSL.field("cast({0} as varchar)", String.class,
            DSL.field(DSL.name("t")));
    /** jOOQ would log every statement with its values, and rows are nobody's business. */
    private static final Settings SETTINGS = new Settings().withExecuteLogging(false);
    private static final Column HASH = new Column("kh",
            io.tidegate.schema.Type.Scalar.of(io.tidegate.schema.ScalarKind.UUID),
            Column.Storage.UUID, "UUID");

    private final DuckDbView view;
    private final Database database;
    private final Columns columns;
    private final RowTexts texts;
    private final SqlConditions conditions;
    private final DuckDBConnection connection;
    private final DSLContext sql;
    private final Position position;
    private final Runnable released;
    private boolean closed;

    /**
     * @param released
     *            told once, when it is closed
     */
    DuckDbSnapshot(DuckDbView view, Database database, Columns columns, RowTexts texts,
            Runnable released) throws SQLException {
        this.released = released;
        this.view = view;
        this.database = database;
        this.columns = columns;
        this.texts = texts;
        this.conditions = new SqlConditions(columns::of);
        this.connection = database.reader();
        try {
            Database.execute(connection, "begin transaction read only");
            var read = Positions.read(connection);
            this.position = read == null ? new Position(List.of()) : read;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
        this.sql = DSL.using(connection, SQLDialect.DUCKDB, SETTINGS);
    }

    @Override
    public Position position() {
        return position;
    }

    @Override
    public Optional<Instant> newest() {
        var newest = asked(() -> sql.select(DSL.field("cast(max(t) as varchar)", String.class))
                .from(ITEMS).queryTimeout(view.deadlineSeconds()).fetchSingle().value1());
        return Optional.ofNullable(newest).map(BigInteger::new).map(Column::instant);
    }

    @Override
    public List<Optional<StoredRow>> latestOf(List<List<Object>> keys, Predicate rows) {
        if (keys.isEmpty()) {
            return List.of();
        }
        var order = order(List.of());
        var mine = DSL.or(keys.stream().map(this::is).toList());
        var found = new HashMap<String, StoredRow>();
        for (var record : asked(
                () -> select(order, mine.and(conditions.of(rows)), false, keys.size()))) {
            var row = row(record, order);
            found.put(texts.key(row.key()), row);
        }
        return keys.stream().map(key -> Optional.ofNullable(found.get(texts.key(key)))).toList();
    }

    private Condition is(List<Object> key) {
        if (columns.isKeyed()) {
            return HASH.field().eq(HASH.parameter(texts.hash(key, "").toString()));
        }
        var parts = new ArrayList<Condition>();
        for (int i = 0; i < columns.key().size(); i++) {
            var column = columns.key().get(i);
            parts.add(column.field().eq(column.parameter(column.text(key.get(i)))));
        }
        return DSL.and(parts);
    }

    @Override
    public AggregatePage aggregate(AggregateQuery query) {
        throw new UnsupportedOperationException("drawn, not built");
    }

    @Override
    public EventPage events(EventsQuery query) {
        throw new UnsupportedOperationException("drawn, not built");
    }

    @Override
    public Page items(ItemsQuery query) {
        if (query.limit() < 1) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.PARAMETER_INVALID,
                    "a page has 1 or more rows, but " + query.limit() + " were asked for"));
        }
        var order = order(query.order());
        Condition where = conditions.of(query.where());
        if (query.after().isPresent()) {
            var cursor = PageCursor.read(query.after().get(), name(order), order.size());
            for (int i = 0; i < order.size(); i++) {
                String value = cursor.values().get(i);
                if (value != null && !order.get(i).column().accepts(value)) {
                    throw PageCursor.malformed();
                }
            }
            where = where.and(beyond(order, cursor, query.backwards()));
        }
        Condition all = where;
        var found = asked(
                () -> select(order, all, query.backwards(), query.limit() + 1L));
        boolean hasMore = found.size() > query.limit();
        var rows = new ArrayList<StoredRow>();
        for (var record : hasMore ? found.subList(0, query.limit()) : found) {
            rows.add(row(record, order));
        }
        if (query.backwards()) {
            Collections.reverse(rows);
        }
        return new Page(rows, hasMore);
    }

    @Override
    public long count(Predicate where) {
        Long count = asked(
                () -> sql.select(DSL.field("count(*)", Long.class)).from(ITEMS)
                        .where(conditions.of(where))
                        .queryTimeout(view.deadlineSeconds()).fetchSingle().value1());
        return count == null ? 0 : count;
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
                connection.close();
            } catch (SQLException gone) {
                e.addSuppressed(gone);
            }
        } finally {
            released.run();
        }
    }

    private List<? extends Record> select(List<Ordered> order, Condition where, boolean backwards,
            long limit) {
        var fields = new ArrayList<Field<?>>(List.of(KEY, VALUE, TIME));
        order.forEach(ordered -> fields.add(ordered.column().asText()));
        return sql.select(fields).from(ITEMS).where(where)
                .orderBy(order.stream().map(ordered -> ordered.sort(backwards)).toList())
                .limit(limit).queryTimeout(view.deadlineSeconds()).fetch();
    }

    private StoredRow row(Record record, List<Ordered> order) {
        var values = new ArrayList<@Nullable String>();
        for (int i = 0; i < order.size(); i++) {
            values.add(record.get(i + 3, String.class));
        }
        return new StoredRow(texts.key(text(record, 0)), texts.row(text(record, 1)),
                Column.instant(new BigInteger(text(record, 2))),
                new PageCursor(name(order), values).text());
    }

    private static String text(Record record, int index) {
        return String.valueOf(record.get(index, String.class));
    }

    /** The order asked for, then the key, then the key's hash, so that no two rows are equal. */
    private List<Ordered> order(List<ItemsQuery.Order> asked) {
        var order = new ArrayList<Ordered>();
        for (var term : asked) {
            var column = columns.of(term.field()).filter(Column::isOrdered)
                    .orElseThrow(() -> new Refusal.Thrown(Refusal.of(RefusalCode.PARAMETER_INVALID,
                            "rows cannot be ordered by field '" + term.field().text()
                                    + "', which is no single value")));
            order.add(new Ordered(column, term.descending()));
        }
        columns.key().stream().filter(Column::isOrdered)
                .forEach(column -> order.add(new Ordered(column, false)));
        order.add(new Ordered(HASH, false));
        return order;
    }

    private static String name(List<Ordered> order) {
        var name = new StringBuilder();
        order.forEach(ordered -> name.append(ordered.column().name())
                .append(ordered.descending() ? '-' : '+'));
        return name.toString();
    }

    /** Rows behind the cursor in reading direction; absent values are last in the order, whichever way a column runs. */
    private static Condition beyond(List<Ordered> order, PageCursor cursor, boolean backwards) {
        var cases = new ArrayList<Condition>();
        var equal = new ArrayList<Condition>();
        for (int i = 0; i < order.size(); i++) {
            var ordered = order.get(i);
            String at = cursor.values().get(i);
            var terms = new ArrayList<>(equal);
            terms.add(ordered.beyond(at, backwards));
            cases.add(DSL.and(terms));
            var field = ordered.column().field();
            equal.add(at == null ? field.isNull() : field.eq(ordered.column().parameter(at)));
        }
        return DSL.or(cases);
    }

    private <T> T asked(java.util.function.Supplier<T> query) {
        try {
            return query.get();
        } catch (DataAccessException e) {
            // jOOQ's own message is the whole statement
            Throwable cause = e.getCause();
            throw view.failure("answer", cause instanceof SQLException said ? said : e);
        }
    }

    /** One column of an order. */
    private record Ordered(Column column, boolean descending) {
        OrderField<?> sort(boolean backwards) {
            var sorted = descending == backwards ? column.field().asc() : column.field().desc();
            return backwards ? sorted.nullsFirst() : sorted.nullsLast();
        }

        Condition beyond(@Nullable String at, boolean backwards) {
            var field = column.field();
            if (at == null) {
                return backwards ? field.isNotNull() : DSL.falseCondition();
            }
            var value = column.parameter(at);
            var further = descending == backwards ? field.gt(value) : field.lt(value);
            return backwards ? further : further.or(field.isNull());
        }
    }
}
