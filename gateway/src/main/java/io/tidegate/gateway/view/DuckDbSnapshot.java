package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.duckdb.DuckDBConnection;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Field;
import org.jooq.Record;
import org.jooq.Result;
import org.jooq.ResultQuery;
import org.jooq.SQLDialect;
import org.jooq.SelectLimitStep;
import org.jooq.Table;
import org.jooq.conf.Settings;
import org.jooq.exception.DataAccessException;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/** A read transaction on a connection of its own. */
final class DuckDbSnapshot implements ViewSnapshot {
    static final Table<Record> ITEMS = DSL.table(DSL.name("items"));
    /** Of a larger page the rows in question are not found out before. */
    private static final int NARROWED_ROWS_MAX = 2_000;
    /** How many more rows than a page has may have the value of its last row, or one before it. */
    private static final int NARROWED_MORE = 500;
    private static final Field<String> KEY = DSL.field(DSL.name("k"), String.class);
    private static final Field<String> VALUE = DSL.field(DSL.name("v"), String.class);
    private static final Field<String> TIME = Column.TIME.asText();
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
    private final @Nullable Instant newest;
    private final Runnable released;
    /** What ended the transaction; nothing more can be asked of it. */
    private @Nullable ViewFailure failed;
    private long deadlineNanos;
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
        this.conditions = new SqlConditions(columns);
        this.connection = database.reader();
        try {
            Database.execute(connection, "begin transaction read only");
            var read = Positions.read(connection);
            this.position = read == null ? new Position(List.of()) : read;
            // Now, and not when it is asked for: a question that fails takes the transaction with it.
            this.newest = Positions.readNewest(connection);
        } catch (SQLException e) {
            database.discard(connection);
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
        return Optional.ofNullable(newest);
    }

    @Override
    public List<Optional<StoredRow>> latestOf(List<List<Object>> keys, Predicate rows) {
        begin();
        if (keys.isEmpty()) {
            return List.of();
        }
        var order = order(List.of());
        var mine = isAny(keys);
        var found = new HashMap<String, StoredRow>();
        for (var record : asked(
                select(order, mine.and(conditions.of(rows)), false).limit(keys.size()))) {
            var row = row(record, order);
            found.put(texts.key(row.key()), row);
        }
        return keys.stream().map(key -> Optional.ofNullable(found.get(texts.key(key)))).toList();
    }

    private Condition isAny(List<List<Object>> keys) {
        // A list: a chain of alternatives that is long enough is too deep for the parser.
        return columns.isKeyed()
                ? HASH.field().in(keys.stream()
                        .map(key -> HASH.parameter(texts.hash(key, "").toString())).toList())
                : DSL.or(keys.stream().map(key -> is(columns, texts, key)).toList());
    }

    /** Which rows are of a key. */
    static Condition is(Columns columns, RowTexts texts, List<Object> key) {
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
        return view.grouping(() -> {
            begin();
            return new Aggregation(columns, conditions.of(query.where()), query, this::asked)
                    .page();
        });
    }

    @Override
    public EventPage events(EventsQuery query) {
        begin();
        return new Events(columns, texts, conditions, position, query, this::asked).page();
    }

    @Override
    public Page items(ItemsQuery query) {
        begin();
        requireRows(query);
        var order = order(query.order());
        var found = new ArrayList<StoredRow>();
        var where = where(query, order);
        long rows = query.limit() + 1L;
        var narrowed = narrowed(where, order, query);
        var select = narrowed.isEmpty()
                ? select(order, where, query.backwards()).limit(rows)
                // how many it takes is asked, not said: else DuckDB would look for the rows twice
                : select(order, narrowed.get(), query.backwards())
                        .limit(DSL.field(DSL.select(DSL.inline(rows))));
        for (var record : asked(select)) {
            found.add(row(record, order));
        }
        return page(query, found);
    }

    /**
     * What a page's rows have in common beside what is asked of them: a first column that is no further than that of the last
     * one of them. To find it out takes one column, and all others are then read of few rows only.
     *
     * @return empty if that does not make them few
     */
    private Optional<Condition> narrowed(Condition where, Ordering order, ItemsQuery query) {
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
        var texts = asked(DSL.select(Dialect.text(Dialect.elementAt(last, String.valueOf(rows))),
                Dialect.text(Dialect.elementAt(last, String.valueOf(rows + NARROWED_MORE))))
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

    static void requireRows(ItemsQuery query) {
        if (query.limit() < 1) {
            throw new Refusal.Thrown(Refusal.of(RefusalCode.PARAMETER_INVALID,
                    "a page has 1 or more rows, but " + query.limit() + " were asked for"));
        }
    }

    /** @param found in the order of reading, one more than the page has if there are more */
    static Page page(ItemsQuery query, List<StoredRow> found) {
        boolean hasMore = found.size() > query.limit();
        var rows = new ArrayList<>(hasMore ? found.subList(0, query.limit()) : found);
        if (query.backwards()) {
            Collections.reverse(rows);
        }
        return new Page(rows, hasMore);
    }

    @Override
    public Map<List<Object>, Page> itemsOf(List<FieldPath> fields, List<List<Object>> values,
            ItemsQuery each) {
        begin();
        requireRows(each);
        if (values.isEmpty()) {
            return Map.of();
        }
        var parents = new Parents(columns, fields);
        var order = order(each.order());
        var sorts = order.sorts(each.backwards());
        var selected = new ArrayList<Field<?>>(List.of(KEY, VALUE, TIME));
        order.terms().forEach(term -> selected.add(term.column().asText()));
        selected.addAll(parents.texts());
        var found = new HashMap<List<String>, List<StoredRow>>();
        for (var record : asked(sql.select(selected).from(ITEMS)
                .where(parents.isAny(values).and(where(each, order)))
                .qualify(DSL.rowNumber().over().partitionBy(parents.fields()).orderBy(sorts)
                        .le(each.limit() + 1))
                .orderBy(sorts))) {
            int parent = record.size() - fields.size();
            found.computeIfAbsent(Parents.of(record, parent, fields.size()),
                    key -> new ArrayList<>())
                    .add(row(texts(record, parent), order));
        }
        var pages = new HashMap<List<Object>, Page>();
        values.forEach(parent -> pages.put(parent,
                page(each, found.getOrDefault(parents.texts(parent), List.of()))));
        return pages;
    }

    @Override
    public Map<List<Object>, Long> countOf(List<FieldPath> fields, List<List<Object>> values,
            Predicate where) {
        begin();
        if (values.isEmpty()) {
            return Map.of();
        }
        var parents = new Parents(columns, fields);
        var selected = new ArrayList<Field<?>>(parents.texts());
        selected.add(DSL.count());
        var found = new HashMap<List<String>, Long>();
        for (var record : asked(sql.select(selected).from(ITEMS)
                .where(parents.isAny(values).and(conditions.of(where)))
                .groupBy(parents.fields()))) {
            found.put(Parents.of(record, 0, fields.size()),
                    record.get(fields.size(), Long.class));
        }
        var counts = new HashMap<List<Object>, Long>();
        values.forEach(parent -> counts.put(parent,
                found.getOrDefault(parents.texts(parent), 0L)));
        return counts;
    }

    private Condition where(ItemsQuery query, Ordering order) {
        Condition where = conditions.of(query.where());
        return query.after().isPresent()
                ? where.and(order.behind(query.after().get(), query.backwards()))
                : where;
    }

    @Override
    public long count(Predicate where) {
        begin();
        Long count = asked(sql.select(DSL.field("count(*)", Long.class)).from(ITEMS)
                .where(conditions.of(where))).getFirst().value1();
        return count == null ? 0 : count;
    }

    /** All rows of a query, read forwards, one after the other as they are asked for. */
    RowStream stream(ItemsQuery query) {
        var order = order(query.order());
        var select = select(order, where(query, order), false).limit((long) query.limit());
        return new RowStream(view, connection, sql.render(select), select.getBindValues(),
                values -> row(values, order));
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

    private SelectLimitStep<Record> select(Ordering order, Condition where, boolean backwards) {
        var fields = new ArrayList<Field<?>>(List.of(KEY, VALUE, TIME));
        order.terms().forEach(term -> fields.add(term.column().asText()));
        return sql.select(fields).from(ITEMS).where(where).orderBy(order.sorts(backwards));
    }

    private StoredRow row(Record record, Ordering order) {
        return row(texts(record, record.size()), order);
    }

    /** @param size how many columns, from the first one */
    private static List<@Nullable String> texts(Record record, int size) {
        var values = new ArrayList<@Nullable String>();
        for (int i = 0; i < size; i++) {
            values.add(record.get(i, String.class));
        }
        return values;
    }

    /** Of the texts of key, value, time and order. */
    private StoredRow row(List<@Nullable String> values, Ordering order) {
        return new StoredRow(texts.row(String.valueOf(values.get(1))),
                Column.instant(String.valueOf(values.get(2))),
                () -> texts.key(String.valueOf(values.get(0))),
                () -> order.cursor(values.subList(3, values.size())));
    }

    /** The order asked for, then the key, then the key's hash, so that no two rows are equal. */
    private Ordering order(List<ItemsQuery.Order> asked) {
        return order(columns, asked);
    }

    static Ordering order(Columns columns, List<ItemsQuery.Order> asked) {
        var order = new ArrayList<Ordering.Term>();
        for (var term : asked) {
            var column = columns.of(term.field()).filter(Column::isOrdered)
                    .orElseThrow(() -> new Refusal.Thrown(Refusal.of(RefusalCode.PARAMETER_INVALID,
                            "rows cannot be ordered by field '" + term.field().text()
                                    + "', which is no single value")));
            order.add(new Ordering.Term(column, term.descending()));
        }
        columns.key().stream().filter(Column::isOrdered)
                .forEach(column -> order.add(new Ordering.Term(column, false)));
        order.add(new Ordering.Term(HASH, false));
        return Ordering.of(order);
    }

    /** A question may need several queries; all of them share one deadline. */
    private void begin() {
        deadlineNanos = System.nanoTime() + view.deadline().toNanos();
    }

    private <R extends Record> Result<R> asked(ResultQuery<R> query) {
        if (failed != null) {
            throw failed;
        }
        long left = Duration.ofNanos(deadlineNanos - System.nanoTime()).toMillis();
        if (left <= 0) {
            throw view.late();
        }
        try {
            query.attach(sql.configuration());
            return query.queryTimeout(Math.toIntExact((left + 999) / 1_000)).fetch();
        } catch (DataAccessException e) {
            // jOOQ's own message is the whole statement
            Throwable cause = e.getCause();
            failed = view.failure("answer", cause instanceof SQLException said ? said : e);
            throw failed;
        }
    }
}
