package io.tidegate.schema;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The neutral types that an Avro schema means. A logical type that Avro does not know, or that stands where it means
 * nothing (on the field instead of its type), is ignored as the specification demands.
 */
final class AvroTypes {
    private final Map<String, Type> named = new HashMap<>();

    /** The one field of a record that stands for a payload that is none. */
    static final String VALUE = "value";

    /** The type of a whole payload: a value that is no record becomes a record with the one field {@code value}. */
    RecordType root(Schema schema) {
        if (schema.getType() == Schema.Type.RECORD) {
            return (RecordType) type(schema, schema.getName());
        }
        return RecordType.of("Value", List.of(field(VALUE, schema, "Value", "", "")));
    }

    private Field field(String name, Schema schema, String owner, @Nullable String doc,
            @Nullable String deprecated) {
        return new Field(name, type(present(schema), owner + "_" + name), isNullable(schema),
                doc == null ? "" : doc,
                deprecated == null ? "" : deprecated);
    }

    /** Whether null is one of the values. */
    static boolean isNullable(Schema schema) {
        Schema.Type type = schema.getType();
        return type == Schema.Type.NULL || (type == Schema.Type.UNION
                && schema.getTypes().stream()
                        .anyMatch(branch -> branch.getType() == Schema.Type.NULL));
    }

    /** The schema without null: the single branch that is left, else the schema itself. */
    static Schema present(Schema schema) {
        if (schema.getType() != Schema.Type.UNION) {
            return schema;
        }
        List<Schema> branches = branches(schema);
        return branches.size() == 1 ? branches.getFirst() : schema;
    }

    /** The branches of a union other than null. */
    static List<Schema> branches(Schema union) {
        return union.getTypes().stream().filter(branch -> branch.getType() != Schema.Type.NULL)
                .toList();
    }

    /**
     * @param place
     *            names a union, which has no name of its own
     */
    Type type(Schema schema, String place) {
        return switch (schema.getType()) {
            case RECORD -> record(schema);
            case ENUM -> named.computeIfAbsent(schema.getFullName(), name -> enumOf(schema));
            case ARRAY -> new Type.ListOf(type(present(schema.getElementType()), place),
                    isNullable(schema.getElementType()));
            case MAP -> new Type.MapOf(type(present(schema.getValueType()), place),
                    isNullable(schema.getValueType()));
            case UNION -> union(schema, place);
            case NULL -> new Type.Json();
            case BOOLEAN -> Type.Scalar.of(ScalarKind.BOOLEAN);
            case FLOAT -> Type.Scalar.of(ScalarKind.FLOAT32);
            case DOUBLE -> Type.Scalar.of(ScalarKind.FLOAT64);
            case INT, LONG, STRING, BYTES, FIXED -> scalar(schema);
        };
    }

    private Type enumOf(Schema schema) {
        return schema.getEnumSymbols().isEmpty()
                ? Type.Scalar.of(ScalarKind.STRING)
                : new Type.EnumOf(schema.getFullName(), text(schema.getDoc()),
                        schema.getEnumSymbols(), false);
    }

    private RecordType record(Schema schema) {
        if (named.get(schema.getFullName()) instanceof RecordType known) {
            return known;
        }
        var record = new RecordType(schema.getFullName(), text(schema.getDoc()));
        named.put(schema.getFullName(), record);
        var fields = new ArrayList<Field>();
        for (Schema.Field field : schema.getFields()) {
            Object deprecated = field.getObjectProp("deprecated");
            fields.add(field(field.name(), field.schema(), schema.getFullName(), field.doc(),
                    deprecated instanceof String reason
                            ? reason
                            : Boolean.TRUE.equals(deprecated) ? "deprecated" : ""));
        }
        return record.define(fields);
    }

    private Type union(Schema schema, String place) {
        List<Schema> branches = branches(schema);
        if (branches.size() == 1) {
            return type(branches.getFirst(), place);
        }
        if (!branches.isEmpty()
                && branches.stream().allMatch(branch -> branch.getType() == Schema.Type.RECORD)) {
            return new Type.Union(place, branches.stream().map(this::record).toList());
        }
        return new Type.Json();
    }

    private static String text(@Nullable String doc) {
        return doc == null ? "" : doc;
    }

    private static Type.Scalar scalar(Schema schema) {
        LogicalType logical = schema.getLogicalType();
        // Avro has dropped a logical type whose base has the wrong size or parameters; the wrong base is for us.
        return switch (logical == null ? "" : logical.getName() + " " + schema.getType()) {
            case "decimal BYTES", "decimal FIXED" ->
                decimal(schema, (LogicalTypes.Decimal) logical);
            case "big-decimal BYTES" -> Type.Scalar.of(ScalarKind.DECIMAL);
            case "uuid STRING", "uuid FIXED" -> Type.Scalar.of(ScalarKind.UUID);
            case "date INT" -> Type.Scalar.of(ScalarKind.DATE);
            case "time-millis INT" -> new Type.Scalar(ScalarKind.TIME, 3, 0);
            case "time-micros LONG" -> new Type.Scalar(ScalarKind.TIME, 6, 0);
            case "timestamp-millis LONG" -> new Type.Scalar(ScalarKind.TIMESTAMP, 3, 0);
            case "timestamp-micros LONG" -> new Type.Scalar(ScalarKind.TIMESTAMP, 6, 0);
            case "timestamp-nanos LONG" -> new Type.Scalar(ScalarKind.TIMESTAMP, 9, 0);
            case "local-timestamp-millis LONG" -> new Type.Scalar(ScalarKind.LOCAL_TIMESTAMP, 3, 0);
            case "local-timestamp-micros LONG" -> new Type.Scalar(ScalarKind.LOCAL_TIMESTAMP, 6, 0);
            case "local-timestamp-nanos LONG" -> new Type.Scalar(ScalarKind.LOCAL_TIMESTAMP, 9, 0);
            case "duration FIXED" -> Type.Scalar.of(ScalarKind.DURATION);
            default -> base(schema);
        };
    }

    private static Type.Scalar decimal(Schema schema, LogicalTypes.Decimal decimal) {
        boolean isBounded = decimal.getScale() >= 0
                && decimal.getScale() <= JsonValues.MAX_DECIMAL_DIGITS;
        return isBounded
                ? new Type.Scalar(ScalarKind.DECIMAL, decimal.getPrecision(), decimal.getScale())
                : base(schema);
    }

    private static Type.Scalar base(Schema schema) {
        return switch (schema.getType()) {
            case INT -> Type.Scalar.of(ScalarKind.INT32);
            case LONG -> Type.Scalar.of(ScalarKind.INT64);
            case FIXED -> new Type.Scalar(ScalarKind.BYTES, schema.getFixedSize(), 0);
            case BYTES -> Type.Scalar.of(ScalarKind.BYTES);
            default -> Type.Scalar.of(ScalarKind.STRING);
        };
    }
}
