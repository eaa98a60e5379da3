package io.tidegate.schema;

import java.util.Map;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/**
 * What an Avro schema of a single value means: by its logical type, else by the name that Kafka Connect gave it (Debezium's
 * dates and times carry no logical type), else by its Avro type alone.
 *
 * @param type
 *            its neutral type
 * @param wire
 *            the Avro type that carries it
 * @param size
 *            bytes of a fixed, else 0
 * @param unit
 *            parts of a second that a time or timestamp counts, 0 if it counts none
 * @param isMeant
 *            whether something other than the Avro type alone says what it means
 * @param isZoneOpen
 *            whether it is a timestamp of which its writer did not say whether it is one of UTC (Debezium's)
 * @param ownScale
 *            whether each value of a decimal carries its scale
 */
record AvroScalar(Type.Scalar type, Schema.Type wire, int size, long unit, boolean isMeant,
        boolean isZoneOpen, boolean ownScale) {
    private static final String CONNECT_NAME = "connect.name";
    private static final String VARIABLE_SCALE = "io.debezium.data.VariableScaleDecimal";
    private static final String CONNECT_DECIMAL = "org.apache.kafka.connect.data.Decimal BYTES";

    /** By name and Avro type. */
    private static final Map<String, Type.Scalar> NAMED = Map.ofEntries(
            Map.entry("uuid STRING", Type.Scalar.of(ScalarKind.UUID)),
            Map.entry("uuid FIXED", Type.Scalar.of(ScalarKind.UUID)),
            Map.entry("date INT", Type.Scalar.of(ScalarKind.DATE)),
            Map.entry("time-millis INT", time(3)),
            Map.entry("time-micros LONG", time(6)),
            Map.entry("timestamp-millis LONG", timestamp(3)),
            Map.entry("timestamp-micros LONG", timestamp(6)),
            Map.entry("timestamp-nanos LONG", timestamp(9)),
            Map.entry("local-timestamp-millis LONG", local(3)),
            Map.entry("local-timestamp-micros LONG", local(6)),
            Map.entry("local-timestamp-nanos LONG", local(9)),
            Map.entry("duration FIXED", Type.Scalar.of(ScalarKind.DURATION)),
            Map.entry("org.apache.kafka.connect.data.Date INT", Type.Scalar.of(ScalarKind.DATE)),
            Map.entry("org.apache.kafka.connect.data.Time INT", time(3)),
            Map.entry("org.apache.kafka.connect.data.Timestamp LONG", timestamp(3)),
            Map.entry("io.debezium.time.Date INT", Type.Scalar.of(ScalarKind.DATE)),
            Map.entry("io.debezium.time.Time INT", time(3)),
            Map.entry("io.debezium.time.MicroTime LONG", time(6)),
            Map.entry("io.debezium.time.NanoTime LONG", time(9)),
            Map.entry("io.debezium.time.Timestamp LONG", local(3)),
            Map.entry("io.debezium.time.MicroTimestamp LONG", local(6)),
            Map.entry("io.debezium.time.NanoTimestamp LONG", local(9)),
            Map.entry("io.debezium.time.ZonedTime STRING", time(0)),
            Map.entry("io.debezium.time.ZonedTimestamp STRING", timestamp(0)),
            Map.entry("io.debezium.data.Uuid STRING", Type.Scalar.of(ScalarKind.UUID)));

    private static Type.Scalar time(int digits) {
        return new Type.Scalar(ScalarKind.TIME, digits, 0);
    }

    private static Type.Scalar timestamp(int digits) {
        return new Type.Scalar(ScalarKind.TIMESTAMP, digits, 0);
    }

    private static Type.Scalar local(int digits) {
        return new Type.Scalar(ScalarKind.LOCAL_TIMESTAMP, digits, 0);
    }

    /** Of any schema but a union, record, enum, array, map or null. */
    static AvroScalar of(Schema schema) {
        // Avro has dropped a logical type whose base has the wrong size or parameters; the wrong base is for us.
        LogicalType logical = schema.getLogicalType();
        String wire = " " + schema.getType();
        if (logical instanceof LogicalTypes.Decimal decimal
                && (schema.getType() == Schema.Type.BYTES
                        || schema.getType() == Schema.Type.FIXED)) {
            return decimal(schema, decimal.getPrecision(), decimal.getScale());
        }
        if (logical != null && (logical.getName() + wire).equals("big-decimal BYTES")) {
            return meant(schema, Type.Scalar.of(ScalarKind.DECIMAL), false, true);
        }
        Type.Scalar named = logical == null ? null : NAMED.get(logical.getName() + wire);
        if (named != null) {
            return meant(schema, named, false, false);
        }
        String connect = schema.getProp(CONNECT_NAME) + wire;
        if (connect.equals(CONNECT_DECIMAL)) {
            Integer scale = connectScale(schema);
            return scale == null ? plain(schema) : decimal(schema, 0, scale);
        }
        named = NAMED.get(connect);
        return named == null
                ? plain(schema)
                : meant(schema, named, connect.startsWith("io.debezium.")
                        && named.kind() == ScalarKind.LOCAL_TIMESTAMP, false);
    }

    private static @Nullable Integer connectScale(Schema schema) {
        if (schema.getObjectProp("connect.parameters") instanceof Map<?, ?> parameters
                && parameters.get("scale") instanceof String scale
                && scale.matches("[0-9]{1,4}")) {
            return Integer.valueOf(scale);
        }
        return null;
    }

    private static AvroScalar decimal(Schema schema, int precision, int scale) {
        return scale < 0 || scale > JsonValues.MAX_DECIMAL_DIGITS
                ? plain(schema)
                : meant(schema, new Type.Scalar(ScalarKind.DECIMAL, precision, scale), false,
                        false);
    }

    private static AvroScalar meant(Schema schema, Type.Scalar type, boolean isZoneOpen,
            boolean ownScale) {
        return new AvroScalar(type, schema.getType(), size(schema), unit(schema, type), true,
                isZoneOpen, ownScale);
    }

    private static long unit(Schema schema, Type.Scalar type) {
        boolean isNumber = schema.getType() == Schema.Type.INT
                || schema.getType() == Schema.Type.LONG;
        return !isNumber ? 0 : switch (type.precision()) {
            case 3 -> 1_000;
            case 6 -> 1_000_000;
            case 9 -> 1_000_000_000;
            default -> 0;
        };
    }

    private static int size(Schema schema) {
        return schema.getType() == Schema.Type.FIXED ? schema.getFixedSize() : 0;
    }

    private static AvroScalar plain(Schema schema) {
        var type = switch (schema.getType()) {
            case BOOLEAN -> Type.Scalar.of(ScalarKind.BOOLEAN);
            case INT -> Type.Scalar.of(ScalarKind.INT32);
            case LONG -> Type.Scalar.of(ScalarKind.INT64);
            case FLOAT -> Type.Scalar.of(ScalarKind.FLOAT32);
            case DOUBLE -> Type.Scalar.of(ScalarKind.FLOAT64);
            case FIXED -> new Type.Scalar(ScalarKind.BYTES, schema.getFixedSize(), 0);
            case BYTES -> Type.Scalar.of(ScalarKind.BYTES);
            default -> Type.Scalar.of(ScalarKind.STRING);
        };
        return new AvroScalar(type, schema.getType(), size(schema), 0, false, false, false);
    }

    /** The same on the wire, for a neutral type that the schema was made for and says less about. */
    AvroScalar as(Type.Scalar wanted) {
        return new AvroScalar(wanted, wire, size, unit, isMeant, isZoneOpen, ownScale);
    }

    /** Whether everything that can be written is a value of it: not every text is a UUID. */
    boolean isAlwaysFit() {
        return switch (type.kind()) {
            case UUID -> wire != Schema.Type.STRING;
            case TIME -> false;
            case TIMESTAMP -> wire != Schema.Type.STRING;
            default -> true;
        };
    }

    /** Whether a record is Debezium's decimal that carries its own scale: {@code scale} and {@code value}. */
    static boolean isVariableScale(Schema schema) {
        return VARIABLE_SCALE.equals(schema.getProp(CONNECT_NAME))
                || VARIABLE_SCALE.equals(schema.getFullName());
    }
}
