package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The columns of a product's table: those of its key, and one for every field that is reached through records. A record
 * inside of itself is followed once; beyond {@link #COLUMNS_MAX} fields have no column and cannot be filtered.
 */
final class Columns {
    static final int COLUMNS_MAX = 1_000;
    /** Raised when the tables' layout changes: older files are then built anew. */
    private static final int LAYOUT = 1;

    private final RecordType rowType;
    private final RecordType keyType;
    private final List<Column> key = new ArrayList<>();
    private final Map<String, Placed> fields = new LinkedHashMap<>();
    private final boolean keyed;

    Columns(ProductSchema schema) {
        this.rowType = schema.rowType();
        this.keyed = !schema.key().isEmpty();
        var keyFields = new ArrayList<Field>();
        if (keyed) {
            for (int i = 0; i < schema.key().size(); i++) {
                keyFields.add(new Field("k" + i, schema.key().get(i).type(), true));
            }
        } else {
            keyFields.add(new Field("k0", Type.Scalar.of(ScalarKind.INT32), false));
            keyFields.add(new Field("k1", Type.Scalar.of(ScalarKind.INT64), false));
        }
        this.keyType = RecordType.of("key", keyFields);
        keyFields.forEach(field -> key.add(Column.of(field.name(), field.type())));
        walk(rowType, List.of(), List.of(), new HashSet<>(Set.of(rowType)));
    }

    private void walk(RecordType record, List<Field> fieldsAbove, List<Integer> positionsAbove,
            Set<RecordType> above) {
        for (int i = 0; i < record.fields().size(); i++) {
            if (fields.size() >= COLUMNS_MAX) {
                return;
            }
            Field field = record.fields().get(i);
            var through = new ArrayList<>(fieldsAbove);
            through.add(field);
            var positions = new ArrayList<>(positionsAbove);
            positions.add(i);
            String text = String.join(".", through.stream().map(Field::name).toList());
            fields.putIfAbsent(positions.toString(),
                    new Placed(new FieldPath(text, through, positions),
                            Column.of("c" + fields.size(), field.type())));
            if (field.type() instanceof RecordType inner && above.add(inner)) {
                walk(inner, through, positions, above);
                above.remove(inner);
            }
        }
    }

    boolean isKeyed() {
        return keyed;
    }

    RecordType rowType() {
        return rowType;
    }

    /** The key's values as a record of fields {@code k0}, {@code k1}, … */
    RecordType keyType() {
        return keyType;
    }

    List<Column> key() {
        return key;
    }

    Iterable<Placed> fields() {
        return fields.values();
    }

    /** The column of a field, if it has one. */
    Optional<Column> of(FieldPath field) {
        var placed = fields.get(field.positions().toString());
        return placed == null ? Optional.empty() : Optional.of(placed.column());
    }

    String ddl() {
        var sql = new StringBuilder("create table items (kh uuid, k varchar, v varchar, t hugeint");
        key.forEach(column -> sql.append(", ").append(column.name()).append(' ')
                .append(column.sqlType()));
        fields.values().forEach(placed -> sql.append(", ").append(placed.column().name())
                .append(' ').append(placed.column().sqlType()));
        return sql.append(')').toString();
    }

    /** Equal for equal tables and equal readings of them. */
    String fingerprint() {
        var text = new StringBuilder().append(LAYOUT).append(ddl());
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

    /** A column and the way to its value in a row. */
    record Placed(FieldPath path, Column column) {
    }
}
