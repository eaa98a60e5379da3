package io.tidegate.schema;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
            return record(schema);
        }
        return RecordType.of("Value", List.of(field(VALUE, schema, "Value", "", "")));
    }

    private Field field(String name, Schema schema, String owner, @Nullable String doc,
            @Nullable String deprecated) {
        return new Field(name, type(present(schema), owner + "_" + name), mayBeNull(schema),
                doc == null ? "" : doc,
                deprecated == null ? "" : deprecated);
    }

    /** Whether null may be read: as one of the values, or in place of one that is not of its logical type. */
    static boolean mayBeNull(Schema schema) {
        return switch (schema.getType()) {
            case NULL -> true;
            case UNION -> schema.getTypes().stream().anyMatch(AvroTypes::mayBeNull);
            case RECORD, ENUM, ARRAY, MAP -> false;
            default -> !AvroScalar.of(schema).isAlwaysFit();
        };
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
            case RECORD -> AvroScalar.isVariableScale(schema)
                    ? Type.Scalar.of(ScalarKind.DECIMAL)
                    : record(schema);
            case ENUM -> named.computeIfAbsent(schema.getFullName(), name -> enumOf(schema));
            case ARRAY -> new Type.ListOf(type(present(schema.getElementType()), place),
                    mayBeNull(schema.getElementType()));
            case MAP -> new Type.MapOf(type(present(schema.getValueType()), place),
                    mayBeNull(schema.getValueType()));
            case UNION -> union(schema, place);
            case NULL -> new Type.Json();
            default -> AvroScalar.of(schema).type();
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
}
