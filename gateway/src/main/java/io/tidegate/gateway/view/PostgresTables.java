package io.tidegate.gateway.view;

import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.schema.Row;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jooq.Record;
import org.jooq.SQLDialect;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * The tables of one view in a PostgreSQL-wire store, and what is written to them. Rows are distributed by the product's key:
 * by its 128 bits of hash, which is short, never absent, and equal for equal keys of any product.
 */
final class PostgresTables {
    /** How many rows one statement writes. */
    private static final int CHUNK = 2_000;
    /** Of the fields that filters see: a row of these has room in a page of PostgreSQL, whatever they hold. */
    static final int COLUMNS_MAX = 400;
    /** How far the numbers of a view's changes go on from one batch to the next. */
    private static final int SEQUENCE_STEP = 50_000;
    private static final int NAME_MAX = 34;
    /** Raised when the tables' layout changes: views are then built anew beside the older ones. */
    private static final int LAYOUT = 1;
    private static final String LOG_COLUMNS = ", p text, seq bigint not null, topic_id text not"
            + " null, part integer not null, off bigint not null, epoch integer not null,"
            + " known boolean not null";

    private final Columns columns;
    private final RowTexts texts;
    private final String schema;
    private final String name;
    private final String product;
    private final String keyFields;

    PostgresTables(ProductSchema schema, Columns columns, RowTexts texts, String into) {
        this.columns = columns;
        this.texts = texts;
        this.schema = into;
        this.product = schema.product().id().path();
        this.name = name(schema, columns);
        this.keyFields = schema.key().stream().map(field -> field.text())
                .collect(Collectors.joining(", "));
    }

    /** Of the product and its table: readable, never longer than PostgreSQL allows, and of nobody else. */
    private static String name(ProductSchema schema, Columns columns) {
        var path = schema.product().id().path();
        var readable = path.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
        var text = path + '\n' + DuckDbViewStore.table(schema) + '\n' + ddl(columns, "items")
                + LAYOUT;
        return readable.substring(0, Math.min(NAME_MAX, readable.length())) + '_'
                + hex(text).substring(0, 12);
    }

    private static String hex(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** What the names of all its tables begin with. */
    String name() {
        return name;
    }

    String product() {
        return product;
    }

    Table<Record> items() {
        return DSL.table(DSL.name(schema, name + "_items"));
    }

    Table<Record> history() {
        return DSL.table(DSL.name(schema, name + "_history"));
    }

    /** Quoted, for statements. */
    String sql(String table) {
        return '"' + schema + "\".\"" + name + '_' + table + '"';
    }

    private static String ddl(Columns columns, String table) {
        boolean isLog = table.equals("history") || !columns.isKeyed();
        var sql = new StringBuilder(" (kh uuid not null, k text not null, v text, ")
                .append(PostgresRows.define(Column.TIME));
        columns.key()
                .forEach(column -> sql.append(", ").append(PostgresRows.define(column)));
        columns.fields().forEach(
                field -> sql.append(", ").append(PostgresRows.define(field.column())));
        return sql.append(isLog ? LOG_COLUMNS : "").append(", primary key (kh")
                .append(table.equals("history") ? ", seq" : "").append("))").toString();
    }

    /** Makes what is not there. */
    void create(Connection connection) throws SQLException {
        var statements = new ArrayList<String>();
        statements.add("create table if not exists " + sql("items") + ddl(columns, "items"));
        if (columns.keepsChanges()) {
            statements.add("create table if not exists " + sql("history")
                    + ddl(columns, "history"));
        }
        if (hasLog()) {
            String log = columns.isKeyed() ? "history" : "items";
            statements.add("create index if not exists \"" + name + "_by_seq\" on " + sql(log)
                    + " (seq)");
            statements.add("create index if not exists \"" + name + "_by_t\" on " + sql(log)
                    + " (t)");
            statements.add("create sequence if not exists " + sql("seq") + " increment by "
                    + SEQUENCE_STEP);
        }
        statements.add("create table if not exists " + sql("position")
                + " (topic text, part integer, fence bigint not null, topic_id text,"
                + " next bigint, epoch integer, newest_s bigint, newest_n integer,"
                + " primary key (topic, part))");
        statements.add("comment on table " + sql("items") + " is " + quoted("The rows of "
                + product + (columns.isKeyed()
                        ? ", distributed by kh, the hash of their key (" + keyFields + ")"
                        : "")));
        for (var placed : columns.fields()) {
            statements.add("comment on column " + sql("items") + "." + placed.column().name()
                    + " is " + quoted(columns.describe(placed)));
        }
        try (var statement = connection.createStatement()) {
            for (String one : statements) {
                statement.addBatch(one);
            }
            statement.executeBatch();
        }
        distribute(connection);
    }

    /** Where Citus is, rows and changes of a key lie on one node. */
    private void distribute(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var found = statement.executeQuery("select 1 from pg_proc where proname ="
                        + " 'create_distributed_table' and pg_function_is_visible(oid)")) {
            if (!found.next()) {
                return;
            }
        }
        for (String table : columns.keepsChanges()
                ? List.of("items", "history")
                : List.of("items")) {
            try (var statement = connection
                    .prepareStatement("select create_distributed_table(?::regclass, 'kh')")) {
                statement.setString(1, sql(table));
                statement.execute();
            }
        }
    }

    private static String quoted(String text) {
        return "'" + text.replace("\0", "").replace("'", "''") + "'";
    }

    void drop(Connection connection) throws SQLException {
        drop(connection, schema, name);
    }

    static void drop(Connection connection, String schema, String name) throws SQLException {
        try (var statement = connection.createStatement()) {
            for (String table : List.of("items", "history", "position")) {
                statement.addBatch("drop table if exists \"" + schema + "\".\"" + name + '_'
                        + table + '"');
            }
            statement.addBatch(
                    "drop sequence if exists \"" + schema + "\".\"" + name + "_seq\"");
            statement.executeBatch();
        }
    }

    /** Forgets every row, and who may write. */
    void empty(Connection connection) throws SQLException {
        try (var statement = connection.createStatement()) {
            // However long it takes, and without a word meanwhile; first of all nobody may write any more.
            statement.execute("set local statement_timeout = 0");
            connection.setNetworkTimeout(Runnable::run, 0);
            statement.execute("update " + sql("position") + " set fence = fence + 1,"
                    + " topic_id = null, next = null, epoch = null, newest_s = null,"
                    + " newest_n = null");
            statement.execute("delete from " + sql("items"));
            if (columns.keepsChanges()) {
                statement.execute("delete from " + sql("history"));
            }
        }
    }

    /** Whether there is a table that keeps every change. */
    boolean hasLog() {
        return !columns.isKeyed() || columns.keepsChanges();
    }

    /** Forgets changes of some partitions that are older than that, but for those of the last batch. */
    void prune(Connection connection, List<Integer> partitions, Instant before, long spared)
            throws SQLException {
        DSL.using(connection, SQLDialect.POSTGRES, SqlSnapshot.SETTINGS)
                .deleteFrom(columns.isKeyed() ? history() : items())
                .where(DSL.field(DSL.name("part"), Integer.class).in(partitions))
                .and(DSL.field(DSL.name("seq"), Long.class).lt(spared))
                .and(Column.TIME.compare(Comparison.LT, before)).execute();
    }

    /** An event, what tells its row from all others, and its number among the changes. */
    private record Numbered(Event event, UUID hash, long sequence) {
    }

    /**
     * Writes what events say.
     *
     * @return the lowest number that one of them was given; beyond all if there are none
     */
    long write(Connection connection, List<Event> events, Position after) throws SQLException {
        var numbered = numbered(connection, events, after);
        if (numbered.isEmpty()) {
            return Long.MAX_VALUE;
        }
        var batch = new LinkedHashMap<UUID, Numbered>();
        numbered.forEach(one -> batch.put(one.hash(), one));
        // Two gateways that have to do with the same rows lock them in the same order.
        var last = batch.values().stream()
                .sorted((a, b) -> a.hash().compareTo(b.hash())).toList();
        var gone = new ArrayList<UUID>();
        var kept = new ArrayList<Numbered>();
        for (var one : last) {
            if (one.event().op() == Op.DELETE || one.event().value() == null) {
                gone.add(one.hash());
            } else {
                kept.add(one);
            }
        }
        if (!gone.isEmpty() && columns.isKeyed()) {
            try (var delete = connection.prepareStatement(
                    "delete from " + sql("items") + " where kh = any(?)")) {
                delete.setArray(1, connection.createArrayOf("uuid", gone.toArray()));
                delete.execute();
            }
        }
        insert(connection, "items", kept, after);
        if (columns.keepsChanges()) {
            insert(connection, "history", numbered, after);
        }
        return numbered.getFirst().sequence();
    }

    private List<Numbered> numbered(Connection connection, List<Event> events, Position after)
            throws SQLException {
        var numbered = new ArrayList<Numbered>(events.size());
        int ofRecord = 0;
        long sequence = 0;
        for (int i = 0; i < events.size(); i++) {
            if (hasLog() && i % SEQUENCE_STEP == 0) {
                sequence = sequence(connection);
            }
            var event = events.get(i);
            boolean isFirst = i == 0 || events.get(i - 1).slot() != event.slot()
                    || events.get(i - 1).offset() != event.offset();
            ofRecord = isFirst ? 0 : ofRecord + 1;
            // without a key, rows of one record differ by their number
            String owner = columns.isKeyed()
                    ? ""
                    : after.slots().get(event.slot()).topicId()
                            + (ofRecord == 0 ? "" : "#" + ofRecord);
            numbered.add(new Numbered(event, texts.hash(event.key(), owner), sequence++));
        }
        return numbered;
    }

    private long sequence(Connection connection) throws SQLException {
        try (var next = connection.prepareStatement("select nextval(?::regclass)")) {
            next.setString(1, sql("seq"));
            try (var found = next.executeQuery()) {
                found.next();
                return found.getLong(1);
            }
        }
    }

    private void insert(Connection connection, String table, List<Numbered> rows,
            Position after) throws SQLException {
        if (rows.isEmpty()) {
            return;
        }
        boolean isLog = table.equals("history") || !columns.isKeyed();
        var made = new PostgresRows();
        made.add("kh", "uuid").add("k", "text").add("v", "text");
        made.add(Column.TIME);
        columns.key().forEach(made::add);
        columns.fields().forEach(field -> made.add(field.column()));
        if (isLog) {
            made.add("p", "text").add("seq", "int8").add("topic_id", "text").add("part", "int4")
                    .add("off", "int8").add("epoch", "int4").add("known", "bool");
        }
        try (var insert = connection.prepareStatement(
                made.insert(sql(table), table.equals("items") ? "kh" : null))) {
            for (int from = 0; from < rows.size(); from += CHUNK) {
                made.clear();
                for (var one : rows.subList(from, Math.min(rows.size(), from + CHUNK))) {
                    fill(made, one, after, isLog);
                }
                made.bind(connection, insert);
                insert.execute();
            }
        }
    }

    private void fill(PostgresRows made, Numbered one, Position after, boolean isLog) {
        var event = one.event();
        var judged = event.value() != null ? event.value() : event.previous();
        var row = judged != null ? judged : columns.keyRow(event.key());
        made.begin();
        made.put(one.hash()).put(texts.key(event.key()))
                .put(text(event.op() == Op.DELETE ? null : event.value()));
        made.put(Column.TIME, event.time());
        for (int i = 0; i < columns.key().size(); i++) {
            made.put(columns.key().get(i), event.key().get(i));
        }
        for (var placed : columns.fields()) {
            made.put(placed.column(), placed.value(row));
        }
        if (isLog) {
            var slot = after.slots().get(event.slot());
            made.put(text(event.previous())).put(one.sequence()).put(slot.topicId())
                    .put(slot.partition()).put(event.offset()).put(event.leaderEpoch())
                    .put(judged != null);
        }
    }

    private @Nullable String text(@Nullable Row row) {
        return row == null ? null : texts.row(row);
    }
}
