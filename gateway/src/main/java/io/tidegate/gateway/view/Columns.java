package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.duckdb.DuckDBAppender;
import org.jspecify.annotations.Nullable;

/**
 * The columns of a product's tables: those of its key, and one for every field that is reached through records. What lists
 * and maps hold has columns of lists, one for each field of their elements, all of one length. A record inside of itself is
 * followed once; beyond {@link #COLUMNS_MAX} fields have no column and cannot be filtered.
 */
final class Columns {
    static final int COLUMNS_MAX = 1_000;
    private static final int WIDE = 50;
    private static final int BLOCK_BYTES = 256 * 1024;
    private static final int BLOCK_BYTES_WIDE = 16 * 1024;
    /** Raised when the tables' layout changes: older files are then built anew. */
    private static final int LAYOUT = 4;
    /** Of a row that tells where in the log it is from; {@code known} is false where only the key is. */
    private static final String LOG_COLUMNS = ", p varchar, seq bigint, topic_id varchar,"
            + " part integer, off bigint, epoch integer, known boolean";

    private final RecordType rowType;
    private final RecordType keyType;
    private final List<Column> key = new ArrayList<>();
    private final List<Placed> placed = new ArrayList<>();
    private final Map<String, Column> columns = new HashMap<>();
    private final boolean keyed;
    private final boolean keepsChanges;
    private final List<List<Integer>> keyPositions;

    private final int columnsMax;

    Columns(ProductSchema schema) {
        this(schema, COLUMNS_MAX);
    }

    /** With a column for no more than so many fields. */
    Columns(ProductSchema schema, int columnsMax) {
        this.columnsMax = columnsMax;
        this.rowType = schema.rowType();
        this.keyed = !schema.key().isEmpty();
        this.keepsChanges = keyed && schema.product().view().history().isPositive();
        this.keyPositions = schema.key().stream().map(FieldPath::positions).toList();
        var keyFields = new ArrayList<Field>();
        if (keyed) {
            for (int i = 0; i < schema.key().size(); i++) {
                keyFields.add(new Field("k" + i, schema.key().get(i).type(), true));
            }
        } else {
            keyFields.add(new Field("k0", Type.Scalar.of(ScalarKind.INT32), false));
            keyFields.add(new Field("k1", Type.Scalar.of(ScalarKind.INT64), false));
        }
        this.keyType = RecordType.of("key",
                keyFields.stream().map(Columns::withAllDigits).toList());
        keyFields.forEach(field -> key.add(Column.of(field.name(), field.type())));
        walk(rowType, List.of(), new HashSet<>(Set.of(rowType)));
    }

    /** A key is read again whatever it says. */
    private static Field withAllDigits(Field field) {
        return isDeclaredDecimal(field.type())
                ? new Field(field.name(), new Type.Scalar(ScalarKind.DECIMAL, 0,
                        ((Type.Scalar) field.type()).scale()), field.nullable())
                : field;
    }

    private void walk(RecordType record, List<Integer> positionsAbove, Set<RecordType> above) {
        for (int i = 0; i < record.fields().size(); i++) {
            var positions = new ArrayList<>(positionsAbove);
            positions.add(i);
            Type type = record.fields().get(i).type();
            var steps = positions.stream().<Step>map(Step.Into::new).toList();
            if (type instanceof Type.ListOf || type instanceof Type.MapOf) {
                addMany(place(positions), steps, type, 0, above);
                continue;
            }
            if (!add(place(positions), steps, Column.of(next(), type))) {
                return;
            }
            if (type instanceof RecordType inner && above.add(inner)) {
                walk(inner, positions, above);
                above.remove(inner);
            }
        }
    }

    /**
     * Adds the column of a list or a map, and those of what it holds.
     *
     * @param depth
     *            how many lists it is in
     */
    private void addMany(String place, List<Step> steps, Type many, int depth,
            Set<RecordType> above) {
        boolean isMap = many instanceof Type.MapOf;
        var through = plus(steps, isMap ? new Step.Keys() : new Step.Elements());
        String name = next();
        String sqlType = lists(depth + 1);
        if (!add(place, through, new Column(name, many, Column.Storage.TEXT_LIST, sqlType))) {
            return;
        }
        if (many instanceof Type.MapOf map) {
            columns.put(inside(place) + Predicate.Inside.KEY, new Column(name,
                    Type.Scalar.of(ScalarKind.STRING), Column.Storage.ENCODED, sqlType));
            addHeld(inside(place) + Predicate.Inside.VALUE, plus(steps, new Step.Values()),
                    map.value(), depth + 1, above);
        } else if (many instanceof Type.ListOf list) {
            String held = inside(place) + Predicate.Inside.ELEMENT;
            if (Column.isSingle(list.element())) {
                columns.put(held,
                        new Column(name, list.element(), Column.Storage.ENCODED, sqlType));
            } else {
                addHeld(held, through, list.element(), depth + 1, above);
            }
        }
    }

    /** Adds the columns of what stands in lists or maps. */
    private void addHeld(String place, List<Step> steps, Type type, int depth,
            Set<RecordType> above) {
        if (type instanceof Type.ListOf || type instanceof Type.MapOf) {
            addMany(place, steps, type, depth, above);
            return;
        }
        var storage = Column.isSingle(type) ? Column.Storage.ENCODED : Column.Storage.PRESENCE;
        if (add(place, steps, new Column(next(), type, storage, lists(depth)))
                && type instanceof RecordType record && above.add(record)) {
            for (int i = 0; i < record.fields().size(); i++) {
                addHeld(place + '.' + i, plus(steps, new Step.Into(i)),
                        record.fields().get(i).type(), depth, above);
            }
            above.remove(record);
        }
    }

    private boolean add(String place, List<Step> steps, Column column) {
        if (placed.size() >= columnsMax) {
            return false;
        }
        placed.add(new Placed(steps, column));
        columns.put(place, column);
        return true;
    }

    private String next() {
        return "c" + placed.size();
    }

    private static String lists(int depth) {
        return "VARCHAR" + "[]".repeat(depth);
    }

    private static List<Step> plus(List<Step> steps, Step step) {
        var longer = new ArrayList<>(steps);
        longer.add(step);
        return List.copyOf(longer);
    }

    /** A place in a row: positions, and {@code /} where it goes on within an element or entry. */
    static String place(List<Integer> positions) {
        return String.join(".", positions.stream().map(String::valueOf).toList());
    }

    /** What the places within a list or map begin with. */
    static String inside(String place) {
        return place + '/';
    }

    boolean isKeyed() {
        return keyed;
    }

    RecordType rowType() {
        return rowType;
    }

    private static boolean isDeclaredDecimal(Type type) {
        return type instanceof Type.Scalar scalar && scalar.kind() == ScalarKind.DECIMAL
                && scalar.precision() > 0;
    }

    /** The key's values as a record of fields {@code k0}, {@code k1}, … */
    RecordType keyType() {
        return keyType;
    }

    List<Column> key() {
        return key;
    }

    List<Placed> fields() {
        return placed;
    }

    /** Whether changes are kept in a table of their own; of products without a key every row is one. */
    boolean keepsChanges() {
        return keepsChanges;
    }

    /** Whether a field is one of the key, in the row itself. */
    boolean isKeyField(FieldPath field) {
        return field.positions().size() == 1 && keyPositions.contains(field.positions());
    }

    /** A row of nothing but a key. */
    Row keyRow(List<Object> values) {
        var row = new @Nullable Object[rowType.fields().size()];
        for (int i = 0; i < keyPositions.size(); i++) {
            if (keyPositions.get(i).size() == 1) {
                row[keyPositions.get(i).getFirst()] = values.get(i);
            }
        }
        return new Row(rowType, row);
    }

    /**
     * Whether no two keys have equal columns, so that these alone tell rows apart. Not so of numbers that can be written in
     * several ways, and of what has no single value.
     */
    boolean isToldByKey() {
        return keyed && key.stream().allMatch(
                column -> Column.isSingle(column.type()) && isWrittenOneWay(column));
    }

    private static boolean isWrittenOneWay(Column column) {
        return !(column.type() instanceof Type.Scalar scalar) || switch (scalar.kind()) {
            case FLOAT32, FLOAT64, DECIMAL -> false;
            default -> true;
        };
    }

    /** What the contract calls the field at a place in the row. */
    String name(List<Integer> positions) {
        var names = new ArrayList<String>();
        Type at = rowType;
        for (int position : positions) {
            if (at instanceof RecordType record && position < record.fields().size()) {
                var field = record.fields().get(position);
                names.add(field.name());
                at = field.type();
            }
        }
        return String.join(".", names);
    }

    /** The column of a field, if it has one. */
    Optional<Column> of(FieldPath field) {
        return at(place(field.positions()));
    }

    /** The column of what stands at a {@linkplain #place place}, if it has one. */
    Optional<Column> at(String place) {
        return Optional.ofNullable(columns.get(place));
    }

    /** Which field a column is of, for whoever looks at the tables. */
    String describe(Placed field) {
        var text = new StringBuilder();
        Type type = rowType;
        for (var step : field.steps()) {
            switch (step) {
                case Step.Into into -> {
                    var found = ((RecordType) type).fields().get(into.position());
                    text.append(text.isEmpty() ? "" : ".").append(found.name());
                    type = found.type();
                }
                case Step.Elements ignored -> {
                    text.append("[]");
                    type = ((Type.ListOf) type).element();
                }
                case Step.Keys ignored -> text.append("{} keys");
                case Step.Values ignored -> {
                    text.append("{}");
                    type = ((Type.MapOf) type).value();
                }
            }
        }
        return text.toString();
    }

    /** What makes the tables. */
    List<String> ddl() {
        var items = ddl("items") + (keyed ? ")" : LOG_COLUMNS + ")");
        return keepsChanges ? List.of(items, ddl("history") + LOG_COLUMNS + ")") : List.of(items);
    }

    /**
     * How large the blocks are that the tables are written in. Each part of each column takes one at least, however few rows
     * there are, so tables of very many columns need small ones to be written within a view's share of memory.
     */
    int blockBytes() {
        return placed.size() * (keepsChanges ? 2 : 1) > WIDE ? BLOCK_BYTES_WIDE : BLOCK_BYTES;
    }

    /**
     * Rows and their keys are not compressed: a page reads a hundred of them from as many places, and DuckDB would unpack what
     * lies before each of them. Loading takes half the work, too. Of changes, which are read one behind the other, they are.
     */
    private String ddl(String table) {
        var plain = table.equals("items") ? " using compression uncompressed" : "";
        var sql = new StringBuilder("create table " + table + " (kh uuid, k varchar" + plain
                + ", v varchar" + plain + ", " + Column.TIME.ddl());
        key.forEach(column -> sql.append(", ").append(column.ddl())
                .append(column.storage() == Column.Storage.TEXT ? plain : ""));
        placed.forEach(field -> sql.append(", ").append(field.column().ddl()));
        return sql.toString();
    }

    /** Equal for equal tables and equal readings of them. */
    String fingerprint() {
        var text = new StringBuilder().append(LAYOUT).append('.').append(RowBytes.LAYOUT)
                .append(String.join("", ddl()));
        text.append(keyed).append(keyType.fields());
        describe(rowType, text, new HashSet<>());
        return text.toString();
    }

    private static void describe(Type type, StringBuilder text, Set<RecordType> seen) {
        switch (type) {
            case RecordType record -> {
                text.append(record.name());
                if (seen.add(record)) {
                    text.append('{');
                    for (var field : record.fields()) {
                        text.append('"').append(field.name()).append('"')
                                .append(field.nullable() ? '?' : ':');
                        describe(field.type(), text, seen);
                        text.append(',');
                    }
                    text.append('}');
                }
            }
            case Type.ListOf list -> {
                text.append('[');
                describe(list.element(), text, seen);
                text.append(']');
            }
            case Type.MapOf map -> {
                text.append('<');
                describe(map.value(), text, seen);
                text.append('>');
            }
            case Type.Union union -> {
                text.append('(');
                for (var member : union.members()) {
                    describe(member, text, seen);
                    text.append('|');
                }
                text.append(')');
            }
            case Type.EnumOf symbols -> text.append("enum").append(symbols.symbols());
            case Type.Scalar scalar -> text.append(scalar);
            case Type.Json ignored -> text.append("json");
        }
    }

    /** One step from a row to what a column holds. */
    sealed interface Step {
        /** To a field of a record. */
        record Into(int position) implements Step {
        }

        /** To every element of a list. */
        record Elements() implements Step {
        }

        /** To every key of a map. */
        record Keys() implements Step {
        }

        /** To every value of a map, in the order of its keys. */
        record Values() implements Step {
        }
    }

    /** A column and the way to its value in a row. */
    record Placed(List<Step> steps, Column column) {
        void append(DuckDBAppender appender, Row row) throws SQLException {
            column.append(appender, value(row, 0, false));
        }

        /** What its column holds of a row. */
        @Nullable
        Object value(Row row) {
            return value(row, 0, false);
        }

        private @Nullable Object value(@Nullable Object from, int step, boolean isWithin) {
            if (from == null) {
                return null;
            }
            if (step == steps.size()) {
                return isWithin ? Column.held(from) : from;
            }
            return switch (steps.get(step)) {
                case Step.Into into -> from instanceof Row row
                        ? value(row.get(into.position()), step + 1, isWithin)
                        : null;
                case Step.Elements ignored -> each((List<?>) from, step);
                case Step.Keys ignored -> each(((Map<?, ?>) from).keySet(), step);
                case Step.Values ignored -> each(((Map<?, ?>) from).values(), step);
            };
        }

        private List<@Nullable Object> each(Collection<?> many, int step) {
            var values = new ArrayList<@Nullable Object>(many.size());
            for (Object one : many) {
                values.add(value(one, step + 1, true));
            }
            return values;
        }
    }
}
