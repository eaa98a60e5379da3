package io.tidegate.schema;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.JsonProperties;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;

/** The Avro schema that a record type means, where a contract has fields and no schema. */
final class AvroSynthesis {
    /** Avro asks for a number; DECIMAL without one is written with its scale inside. */
    private static final int UINT64_DIGITS = 20;

    private final Map<String, Schema> named = new HashMap<>();

    static Schema schema(RecordType type) throws SchemaProblem {
        try {
            return new AvroSynthesis().record(type);
        } catch (AvroRuntimeException e) {
            throw new SchemaProblem("the fields of '" + type.name() + "' cannot be said in Avro: "
                    + e.getMessage());
        }
    }

    private Schema record(RecordType type) throws SchemaProblem {
        Schema known = named.get(type.name());
        if (known != null) {
            return known;
        }
        int dot = type.name().lastIndexOf('.');
        Schema record = Schema.createRecord(type.simpleName(),
                type.doc().isEmpty() ? null : type.doc(),
                dot < 0 ? null : type.name().substring(0, dot), false);
        named.put(type.name(), record);
        var fields = new ArrayList<Schema.Field>();
        for (Field field : type.fields()) {
            Schema schema = schema(field.type(), field.nullable());
            fields.add(new Schema.Field(field.name(), schema,
                    field.doc().isEmpty() ? null : field.doc(),
                    field.nullable() ? JsonProperties.NULL_VALUE : null));
        }
        record.setFields(fields);
        return record;
    }

    private Schema schema(Type type, boolean nullable) throws SchemaProblem {
        if (type instanceof Type.Union union) {
            var branches = new ArrayList<Schema>();
            if (nullable) {
                branches.add(Schema.create(Schema.Type.NULL));
            }
            for (RecordType member : union.members()) {
                branches.add(record(member));
            }
            return Schema.createUnion(branches);
        }
        Schema present = switch (type) {
            case Type.Scalar scalar -> scalar(scalar);
            case Type.EnumOf symbols -> enumOf(symbols);
            case RecordType record -> record(record);
            case Type.ListOf list ->
                Schema.createArray(schema(list.element(), list.elementNullable()));
            case Type.MapOf map -> Schema.createMap(schema(map.value(), map.valueNullable()));
            case Type.Union union ->
                throw new SchemaProblem("the union '" + union.name() + "' has no Avro schema");
            case Type.Json ignored -> throw new SchemaProblem(
                    "a field of any JSON value cannot be said in Avro: give it a type, or name a schema file");
        };
        return nullable ? Schema.createUnion(Schema.create(Schema.Type.NULL), present) : present;
    }

    private Schema enumOf(Type.EnumOf type) {
        return named.computeIfAbsent(type.name(), name -> {
            int dot = name.lastIndexOf('.');
            return Schema.createEnum(name.substring(dot + 1),
                    type.doc().isEmpty() ? null : type.doc(),
                    dot < 0 ? null : name.substring(0, dot), List.copyOf(type.symbols()));
        });
    }

    private static Schema scalar(Type.Scalar type) {
        return switch (type.kind()) {
            case BOOLEAN -> Schema.create(Schema.Type.BOOLEAN);
            case INT32 -> Schema.create(Schema.Type.INT);
            case UINT32, INT64 -> Schema.create(Schema.Type.LONG);
            case UINT64 -> LogicalTypes.decimal(UINT64_DIGITS, 0)
                    .addToSchema(Schema.create(Schema.Type.BYTES));
            case FLOAT32 -> Schema.create(Schema.Type.FLOAT);
            case FLOAT64 -> Schema.create(Schema.Type.DOUBLE);
            case DECIMAL -> type.precision() > 0 && type.scale() >= 0
                    ? LogicalTypes.decimal(type.precision(), type.scale())
                            .addToSchema(Schema.create(Schema.Type.BYTES))
                    : LogicalTypes.bigDecimal().addToSchema(Schema.create(Schema.Type.BYTES));
            case STRING, DURATION -> Schema.create(Schema.Type.STRING);
            case BYTES -> Schema.create(Schema.Type.BYTES);
            case UUID -> LogicalTypes.uuid().addToSchema(Schema.create(Schema.Type.STRING));
            case DATE -> LogicalTypes.date().addToSchema(Schema.create(Schema.Type.INT));
            case TIME -> type.precision() == 3
                    ? LogicalTypes.timeMillis().addToSchema(Schema.create(Schema.Type.INT))
                    : LogicalTypes.timeMicros().addToSchema(Schema.create(Schema.Type.LONG));
            case TIMESTAMP -> switch (type.precision()) {
                case 3 ->
                    LogicalTypes.timestampMillis().addToSchema(Schema.create(Schema.Type.LONG));
                case 9 ->
                    LogicalTypes.timestampNanos().addToSchema(Schema.create(Schema.Type.LONG));
                default ->
                    LogicalTypes.timestampMicros().addToSchema(Schema.create(Schema.Type.LONG));
            };
            case LOCAL_TIMESTAMP -> switch (type.precision()) {
                case 3 -> LogicalTypes.localTimestampMillis()
                        .addToSchema(Schema.create(Schema.Type.LONG));
                case 9 ->
                    LogicalTypes.localTimestampNanos().addToSchema(Schema.create(Schema.Type.LONG));
                default -> LogicalTypes.localTimestampMicros()
                        .addToSchema(Schema.create(Schema.Type.LONG));
            };
        };
    }
}
