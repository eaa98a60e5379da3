package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
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

/** A read transaction on a connection of its own, of whichever engine. */
abstract class SqlSnapshot implements ViewSnapshot {
    /** As DuckDB says it: what a pattern needs grows with its counts and the size of its classes. */
    private static final String PATTERN_TOO_LARGE = "Invalid Input Error: pattern too large";
    private static final Field<String> KEY = DSL.field(DSL.name("k"), String.class);
    private static final Field<String> VALUE = DSL.field(DSL.name("v"), String.class);
    private static final Field<String> TIME = Column.TIME.asText();
    /** jOOQ would log every statement with its values, and rows are nobody's business. */
    static final Settings SETTINGS = new Settings().withExecuteLogging(false);
    private static final Column HASH = new Column("kh",
            io.tidegate.schema.Type.Scalar.of(io.tidegate.schema.ScalarKind.UUID),
            Column.Storage.UUID, "UUID");

    private final Source source;
    private final Columns columns;
    private final RowTexts texts;
    private final Table<Record> items;
    private final Table<Record> changes;
    private final SqlConditions conditions;
    private final Connection connection;
    private final DSLContext sql;
    /** What ended the transaction; nothing more can be asked of it. */
    private @Nullable ViewFailure failed;
    private long deadlineNanos;

    /** Where it is from. */
    interface Source {
        /** Of one question. */
        Duration deadline();

        /** What is said when a question has taken too long. */
        ViewFailure late();

        ViewFailure failure(String purpose, SQLException cause);
    }

    /**
     * @param connection
     *            in a transaction that reads
     * @param changes
     *            the table that keeps every change, if there is one
     */
    SqlSnapshot(Source source, Columns columns, RowTexts texts, Connection connection,
            SQLDialect dialect, Table<Record> items, Table<Record> changes) {
        this.source = source;
        this.columns = columns;
        this.texts = texts;
        this.items = items;
        this.changes = changes;
        this.conditions = new SqlConditions(columns);
        this.connection = connection;
        this.sql = DSL.using(connection, dialect, SETTINGS);
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
        begin();
        var where = conditions.of(query.where());
        boolean isBehind = query.after().isPresent();
        var groups = new Aggregation(columns, items, where, query, this::asked, isBehind);
        var page = groups.page();
        return page.hasMore() && !isBehind && groups.isByFloating()
                ? new Aggregation(columns, items, where, query, this::asked, true).page()
                : page;
    }

    @Override
    public EventPage events(EventsQuery query) {
        begin();
        return new Events(columns, changes, texts, conditions, position(), query, this::asked)
                .page();
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
     * one of them.
     *
     * @return empty if that does not make them few, or if the engine finds them as quickly without
     */
    Optional<Condition> narrowed(Condition where, Ordering order, ItemsQuery query) {
        return Optional.empty();
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
        selected.add(DSL.rowNumber().over().partitionBy(parents.fields()).orderBy(sorts));
        var place = DSL.name("s" + (selected.size() - 1));
        var ranked = sql.select(named(selected)).from(items)
                .where(parents.isAny(values).and(where(each, order))).asTable("ranked");
        for (var record : asked(sql.select(DSL.asterisk()).from(ranked)
                .where(DSL.field(place, Integer.class).le(each.limit() + 1))
                .orderBy(DSL.field(place)))) {
            int parent = record.size() - fields.size() - 1;
            found.computeIfAbsent(Parents.of(record, parent, fields.size()),
                    key -> new ArrayList<>())
                    .add(row(texts(record, parent), order));
        }
        var pages = new HashMap<List<Object>, Page>();
        values.forEach(parent -> pages.put(parent,
                page(each, found.getOrDefault(parents.texts(parent), List.of()))));
        return pages;
    }

    /** Each under a name of its own: PostgreSQL orders by what is selected under a column's name, and not by the column. */
    private static List<Field<?>> named(List<Field<?>> fields) {
        var named = new ArrayList<Field<?>>();
        for (int i = 0; i < fields.size(); i++) {
            named.add(fields.get(i).as(DSL.name("s" + i)));
        }
        return named;
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
        for (var record : asked(sql.select(selected).from(items)
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
        Long count = asked(sql.select(DSL.field("count(*)", Long.class)).from(items)
                .where(conditions.of(where))).getFirst().value1();
        return count == null ? 0 : count;
    }

    /**
     * All rows that satisfy a predicate, one after the other as they are asked for.
     *
     * @param count
     *            asked at the end how many they are
     */
    RowStream stream(Predicate where, List<ItemsQuery.Order> asked, LongSupplier count) {
        var order = order(asked);
        var select = select(order, conditions.of(where), false);
        return new RowStream(source, connection, sql.render(select), select.getBindValues(),
                values -> row(values, order), count);
    }

    private SelectLimitStep<Record> select(Ordering order, Condition where, boolean backwards) {
        var fields = new ArrayList<Field<?>>(List.of(KEY, VALUE, TIME));
        order.terms().forEach(term -> fields.add(term.column().asText()));
        return sql.select(named(fields)).from(items).where(where).orderBy(order.sorts(backwards));
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

    @SuppressWarnings("unchecked") // a field of whatever its value is
    private static void tell(Record record) {
        for (int i = 0; i < record.size(); i++) {
            if (record.get(i) instanceof String text && !Dialect.told(text).equals(text)) {
                record.set((Field<Object>) record.field(i), Dialect.told(text));
            }
        }
    }

    /** A question may need several queries; all of them share one deadline. */
    private void begin() {
        deadlineNanos = System.nanoTime() + source.deadline().toNanos();
    }

    final <R extends Record> Result<R> asked(ResultQuery<R> query) {
        if (failed != null) {
            throw failed;
        }
        long left = Duration.ofNanos(deadlineNanos - System.nanoTime()).toMillis();
        if (left <= 0) {
            throw source.late();
        }
        try {
            query.attach(sql.configuration());
            var found = query.queryTimeout(Math.toIntExact((left + 999) / 1_000)).fetch();
            if (sql.family() == SQLDialect.POSTGRES) {
                found.forEach(SqlSnapshot::tell);
            }
            return found;
        } catch (DataAccessException e) {
            // jOOQ's own message is the whole statement
            Throwable cause = e.getCause();
            var said = cause instanceof SQLException met ? met : new SQLException(e);
            failed = source.failure("answer", said);
            throw refusalOf(said).orElse(failed);
        }
    }

    /** What is wrong with the question itself, and is not found out before the store has it. */
    static Optional<RuntimeException> refusalOf(SQLException said) {
        return String.valueOf(said.getMessage()).contains(PATTERN_TOO_LARGE)
                ? Optional.of(new Refusal.Thrown(Refusal.of(RefusalCode.FILTER_INVALID,
                        "a pattern of 'matches' is too large for a query; use * or + instead of high"
                                + " counts, and fewer classes of characters")))
                : Optional.empty();
    }
}
