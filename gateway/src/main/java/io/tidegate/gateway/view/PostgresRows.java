package io.tidegate.gateway.view;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidegate.schema.Type;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Rows on their way into a PostgreSQL-wire store, as one array for each of their columns: so that one statement with few
 * parameters writes many of them.
 */
final class PostgresRows {
    private static final JsonFactory JSON = new JsonFactory();

    private final List<Cells> columns = new ArrayList<>();
    private int at;

    /**
     * The values of a column.
     *
     * @param type
     *            PostgreSQL's word for it, of an array's elements
     * @param cast
     *            what has to be put behind a value to make it one of the column's; mostly nothing
     */
    private record Cells(String name, String type, String cast, List<@Nullable Object> values) {
    }

    /** How a column stands in the definition of a table. */
    static String define(Column column) {
        if (isMany(column)) {
            return column.name() + " jsonb";
        }
        return column.name() + ' ' + switch (column.storage()) {
            case BOOLEAN, PRESENCE -> "boolean";
            case INTEGER -> "integer";
            case BIGINT -> "bigint";
            case HUGEINT, BIGNUM -> "numeric";
            case NANOS -> "bigint, " + column.beyondName() + " numeric";
            case DOUBLE -> "double precision";
            case DECIMAL -> column.sqlType().replace("DECIMAL", "numeric");
            // sorts by bytes, as the other engine does
            case SORTABLE_DECIMAL, TEXT, ENCODED, TEXT_LIST -> "text collate \"C\"";
            case BLOB -> "bytea";
            case UUID -> "uuid";
        };
    }

    /** Whether it holds what lists and maps hold. */
    private static boolean isMany(Column column) {
        return column.sqlType().endsWith("[]");
    }

    /** A further column, of a type that arrays have. */
    PostgresRows add(String name, String type) {
        columns.add(new Cells(name, type, "", new ArrayList<>()));
        return this;
    }

    PostgresRows add(Column column) {
        if (isMany(column)) {
            columns.add(new Cells(column.name(), "text", "::jsonb", new ArrayList<>()));
            return this;
        }
        if (column.storage() == Column.Storage.BLOB) {
            columns.add(new Cells(column.name(), "text", "::bytea", new ArrayList<>()));
            return this;
        }
        add(column.name(), switch (column.storage()) {
            case BOOLEAN, PRESENCE -> "bool";
            case INTEGER -> "int4";
            case BIGINT, NANOS -> "int8";
            case HUGEINT, BIGNUM, DECIMAL -> "numeric";
            case DOUBLE -> "float8";
            case SORTABLE_DECIMAL, TEXT, ENCODED, TEXT_LIST, BLOB -> "text";
            case UUID -> "uuid";
        });
        return column.storage() == Column.Storage.NANOS
                ? add(column.beyondName(), "numeric")
                : this;
    }

    void clear() {
        columns.forEach(cells -> cells.values().clear());
        at = 0;
    }

    /** Begins a row, whose columns are then put in their order. */
    void begin() {
        at = 0;
    }

    PostgresRows put(@Nullable Object value) {
        columns.get(at++).values().add(value);
        return this;
    }

    /**
     * Adds a row's value; NaN and infinities become null, as they are for a matcher.
     *
     * @param value
     *            for a column of lists, lists of what {@link Column#held} tells
     */
    void put(Column column, @Nullable Object value) {
        if (value == null || Column.isBeyondNumbers(value)) {
            put(null);
            if (column.storage() == Column.Storage.NANOS) {
                put(null);
            }
            return;
        }
        if (value instanceof Collection<?> many) {
            put(json(many));
            return;
        }
        switch (column.storage()) {
            case BOOLEAN, INTEGER, UUID -> put(value);
            case BIGINT -> put(Column.whole(value));
            case HUGEINT -> put(new BigDecimal(Column.huge(value)));
            case NANOS -> {
                var nanos = Column.huge(value);
                boolean isNear = Column.isNear(nanos);
                put(isNear ? nanos.longValueExact() : nanos.signum() * Column.FAR);
                put(isNear ? null : new BigDecimal(nanos));
            }
            case DOUBLE -> put(((Number) value).doubleValue());
            case DECIMAL -> put(decimal(column, (BigDecimal) value));
            case SORTABLE_DECIMAL -> put(Column.sortable((BigDecimal) value));
            case TEXT -> put(Dialect.storable((String) value));
            case BLOB -> put("\\x" + Column.hex(value));
            case PRESENCE -> put(true);
            case TEXT_LIST, ENCODED, BIGNUM -> throw new IllegalStateException(column.name());
        }
    }

    /** A decimal that breaks its own declaration is kept in the row but no filter finds it. */
    private static @Nullable BigDecimal decimal(Column column, BigDecimal value) {
        var scalar = (Type.Scalar) column.type();
        BigDecimal stripped = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
        return stripped.scale() > scalar.scale()
                || stripped.precision() - stripped.scale() > scalar.precision() - scalar.scale()
                        ? null
                        : stripped.setScale(scalar.scale(), RoundingMode.UNNECESSARY);
    }

    private static String json(Collection<?> many) {
        var text = new StringWriter();
        try (var out = JSON.createGenerator(text)) {
            write(out, many);
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory does not fail", e);
        }
        return text.toString();
    }

    private static void write(JsonGenerator out, Collection<?> many) throws IOException {
        out.writeStartArray();
        for (Object one : many) {
            if (one == null) {
                out.writeNull();
            } else if (one instanceof Collection<?> inner) {
                write(out, inner);
            } else {
                out.writeString(Dialect.storable(one.toString()));
            }
        }
        out.writeEndArray();
    }

    /**
     * The statement that writes them.
     *
     * @param key
     *            of rows that take the place of others; null = there are none
     */
    String insert(String table, @Nullable String key) {
        String names = columns.stream().map(Cells::name).collect(Collectors.joining(", "));
        String values = IntStream.range(0, columns.size())
                .mapToObj(i -> "u" + i + columns.get(i).cast())
                .collect(Collectors.joining(", "));
        String arrays = columns.stream().map(cells -> "?::" + cells.type() + "[]")
                .collect(Collectors.joining(", "));
        String aliases = IntStream.range(0, columns.size()).mapToObj(i -> "u" + i)
                .collect(Collectors.joining(", "));
        String sql = "insert into " + table + " (" + names + ") select " + values
                + " from unnest(" + arrays + ") as rows(" + aliases + ")";
        return key == null
                ? sql
                : sql + " on conflict (" + key + ") do update set " + columns.stream()
                        .map(Cells::name).filter(name -> !name.equals(key))
                        .map(name -> name + " = excluded." + name)
                        .collect(Collectors.joining(", "));
    }

    void bind(Connection connection, PreparedStatement statement) throws SQLException {
        for (int i = 0; i < columns.size(); i++) {
            var cells = columns.get(i);
            statement.setArray(i + 1,
                    connection.createArrayOf(cells.type(), cells.values().toArray()));
        }
    }
}
