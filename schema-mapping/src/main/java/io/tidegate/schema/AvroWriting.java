package io.tidegate.schema;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.io.Encoder;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;

/** Writes values of one neutral type as values of one Avro schema. Made once, so that no value looks anything up by name. */
abstract sealed class AvroWriting {

    /** A value that cannot be written; collects the path on its way out. */
    static final class Unsayable extends IOException {
        private final String reason;
        private String path = "";

        Unsayable(String reason) {
            super(reason);
            this.reason = reason;
        }

        Unsayable in(String step) {
            path = step + path;
            return this;
        }

        @Override
        public String getMessage() {
            return "$" + path + ": " + reason;
        }

        /** The path is all a reader needs, and there may be one such error a record. */
        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    abstract void write(Encoder out, @Nullable Object value) throws IOException;

    /** Compiles a schema and the type it has been read into (or that it was made from). */
    static AvroWriting of(Schema schema, Type type) {
        return of(schema, type, new Known(new IdentityHashMap<>(), new AvroTypes()));
    }

    private static AvroWriting of(Schema schema, Type type, Known known) {
        return switch (schema.getType()) {
            case NULL -> new OfNull();
            case UNION -> union(schema, type, known);
            case RECORD -> type instanceof RecordType record
                    ? record(schema, record, known)
                    : new OfVariableScale(schema);
            case ENUM -> new OfEnum(schema.getEnumSymbols().toArray(String[]::new));
            case ARRAY ->
                new OfArray(of(schema.getElementType(), ((Type.ListOf) type).element(), known));
            case MAP -> new OfMap(of(schema.getValueType(), ((Type.MapOf) type).value(), known));
            default -> new OfScalar(AvroScalar.of(schema).as((Type.Scalar) type));
        };
    }

    private static AvroWriting record(Schema schema, RecordType type, Known known) {
        OfRecord seen = known.records.get(type);
        if (seen != null) {
            return seen;
        }
        var record = new OfRecord(type, new AvroWriting[type.fields().size()]);
        known.records.put(type, record);
        for (int i = 0; i < record.values.length; i++) {
            record.values[i] = of(schema.getFields().get(i).schema(), type.fields().get(i).type(),
                    known);
        }
        return record;
    }

    private static AvroWriting union(Schema schema, Type type, Known known) {
        List<Schema> branches = schema.getTypes();
        var values = new AvroWriting[branches.size()];
        var types = new Type[branches.size()];
        boolean isJson = type instanceof Type.Json && AvroTypes.branches(schema).size() != 1;
        int member = 0;
        for (int i = 0; i < values.length; i++) {
            Schema branch = branches.get(i);
            if (branch.getType() == Schema.Type.NULL) {
                types[i] = new Type.Json();
            } else if (isJson) {
                types[i] = known.mixed.type(branch, "Value");
            } else if (type instanceof Type.Union union) {
                types[i] = union.members().get(member++);
            } else {
                types[i] = type;
            }
            values[i] = of(branch, types[i], known);
        }
        return isJson ? new OfMixed(values, types) : new OfUnion(values, types);
    }

    /**
     * What has been compiled already; records may contain themselves.
     *
     * @param mixed
     *            the types behind unions that are carried as JSON
     */
    private record Known(Map<RecordType, OfRecord> records, AvroTypes mixed) {
    }

    private static final class OfNull extends AvroWriting {
        @Override
        void write(Encoder out, @Nullable Object value) throws IOException {
            out.writeNull();
        }
    }

    private static final class OfRecord extends AvroWriting {
        private final RecordType type;
        private final AvroWriting[] values;

        OfRecord(RecordType type, AvroWriting[] values) {
            this.type = type;
            this.values = values;
        }

        @Override
        void write(Encoder out, @Nullable Object value) throws IOException {
            if (!(value instanceof Row row)) {
                throw new Unsayable("expected a record but found " + found(value));
            }
            for (int i = 0; i < values.length; i++) {
                try {
                    values[i].write(out, row.get(i));
                } catch (Unsayable e) {
                    throw e.in("." + type.fields().get(i).name());
                }
            }
        }
    }

    private static final class OfEnum extends AvroWriting {
        private final String[] symbols;

        OfEnum(String[] symbols) {
            this.symbols = symbols;
        }

        @Override
        void write(Encoder out, @Nullable Object value) throws IOException {
            for (int i = 0; i < symbols.length; i++) {
                if (symbols[i].equals(value)) {
                    out.writeEnum(i);
                    return;
                }
            }
            throw new Unsayable(
                    "expected one of " + symbols.length + " symbols but found " + found(value));
        }
    }

    private static final class OfArray extends AvroWriting {
        private final AvroWriting element;

        OfArray(AvroWriting element) {
            this.element = element;
        }

        @Override
        void write(Encoder out, @Nullable Object value) throws IOException {
            if (!(value instanceof List<?> list)) {
                throw new Unsayable("expected a list but found " + found(value));
            }
            out.writeArrayStart();
            out.setItemCount(list.size());
            for (int i = 0; i < list.size(); i++) {
                out.startItem();
                try {
                    element.write(out, list.get(i));
                } catch (Unsayable e) {
                    throw e.in("[" + i + "]");
                }
            }
            out.writeArrayEnd();
        }
    }

    private static final class OfMap extends AvroWriting {
        private final AvroWriting element;

        OfMap(AvroWriting element) {
            this.element = element;
        }

        @Override
        void write(Encoder out, @Nullable Object value) throws IOException {
            if (!(value instanceof Map<?, ?> map)) {
                throw new Unsayable("expected a map but found " + found(value));
            }
            out.writeMapStart();
            out.setItemCount(map.size());
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.startItem();
                out.writeString((String) entry.getKey());
                try {
                    element.write(out, entry.getValue());
                } catch (Unsayable e) {
                    throw e.in(".*");
                }
            }
            out.writeMapEnd();
        }
    }

    /** A union whose branches are told apart by the value itself: null and one type, or records. */
    private static final class OfUnion extends AvroWriting {
        private final AvroWriting[] branches;
        private final Type[] types;

        OfUnion(AvroWriting[] branches, Type[] types) {
            this.branches = branches;
            this.types = types;
        }

        @Override
        void write(Encoder out, @Nullable Object value) throws IOException {
            for (int i = 0; i < branches.length; i++) {
                boolean isNull = branches[i] instanceof OfNull;
                boolean fits = value == null
                        ? isNull
                        : !isNull && (!(value instanceof Row row) || row.type() == types[i]);
                if (fits) {
                    out.writeIndex(i);
                    branches[i].write(out, value);
                    return;
                }
            }
            throw new Unsayable("expected a value of the union but found " + found(value));
        }
    }

    /** A union that no neutral type describes: its values are carried as JSON. */
    private static final class OfMixed extends AvroWriting {
        private static final ObjectMapper TREES = new ObjectMapper();

        private final AvroWriting[] branches;
        private final Type[] types;

        OfMixed(AvroWriting[] branches, Type[] types) {
            this.branches = branches;
            this.types = types;
        }

        @Override
        void write(Encoder out, @Nullable Object value) throws IOException {
            for (int i = 0; i < branches.length; i++) {
                if (value == null ? branches[i] instanceof OfNull : isCarrier(types[i], value)) {
                    out.writeIndex(i);
                    branches[i].write(out, value);
                    return;
                }
            }
            if (value instanceof Map<?, ?>) {
                writeRecord(out, value);
                return;
            }
            for (int i = 0; i < branches.length; i++) {
                Object typed = value == null ? null : tryRead(types[i], value);
                if (typed != null && !(branches[i] instanceof OfNull)) {
                    out.writeIndex(i);
                    branches[i].write(out, typed);
                    return;
                }
            }
            throw new Unsayable("expected a value of the union but found " + found(value));
        }

        private void writeRecord(Encoder out, Object value) throws IOException {
            List<RecordType> records = new ArrayList<>();
            for (Type type : types) {
                if (type instanceof RecordType record) {
                    records.add(record);
                }
            }
            Object typed = tryRead(new Type.Union("Value", records), value);
            for (int i = 0; i < branches.length; i++) {
                Object fitting = typed instanceof Row row
                        ? row.type() == types[i] ? row : null
                        : types[i] instanceof Type.MapOf ? tryRead(types[i], value) : null;
                if (fitting != null) {
                    out.writeIndex(i);
                    branches[i].write(out, fitting);
                    return;
                }
            }
            throw new Unsayable("expected a value of the union but found an object that is none");
        }

        private static boolean isCarrier(Type type, Object value) {
            return type instanceof Type.Scalar scalar && switch (scalar.kind()) {
                case BOOLEAN -> value instanceof Boolean;
                case INT32 -> value instanceof Integer;
                case INT64 -> value instanceof Long;
                case FLOAT64 -> value instanceof Double;
                case STRING -> value instanceof String;
                default -> false;
            };
        }

        private static @Nullable Object tryRead(Type type, Object value) {
            try {
                return JsonValues.read(TREES.valueToTree(value), type);
            } catch (UnreadablePayload e) {
                return null;
            }
        }
    }

    /** Debezium's record of a scale and digits, for a decimal. */
    private static final class OfVariableScale extends AvroWriting {
        private final Schema schema;

        OfVariableScale(Schema schema) {
            this.schema = schema;
        }

        @Override
        void write(Encoder out, @Nullable Object value) throws IOException {
            if (!(value instanceof BigDecimal decimal)) {
                throw new Unsayable("expected a decimal but found " + found(value));
            }
            for (Schema.Field field : schema.getFields()) {
                switch (field.name()) {
                    case "scale" -> out.writeInt(decimal.scale());
                    case "value" -> out.writeBytes(decimal.unscaledValue().toByteArray());
                    default -> throw new Unsayable("a field '" + field.name()
                            + "' in a decimal of variable scale");
                }
            }
        }
    }

    private static final class OfScalar extends AvroWriting {
        private final AvroScalar scalar;
        private final Schema.Type wire;
        private final int fixedSize;
        private final Type.Scalar type;
        private final long unit;

        OfScalar(AvroScalar scalar) {
            this.scalar = scalar;
            this.wire = scalar.wire();
            this.fixedSize = scalar.size();
            this.type = scalar.type();
            this.unit = scalar.unit();
        }

        @Override
        void write(Encoder out, @Nullable Object value) throws IOException {
            if (value == null) {
                throw new Unsayable("the schema forbids null here");
            }
            try {
                writePresent(out, value);
            } catch (ClassCastException e) {
                throw new Unsayable("expected " + type.kind() + " but found " + found(value));
            } catch (ArithmeticException | DateTimeException e) {
                throw new Unsayable("a value out of the range of the schema");
            }
        }

        private void writePresent(Encoder out, Object value) throws IOException {
            switch (type.kind()) {
                case BOOLEAN -> out.writeBoolean((Boolean) value);
                case INT32 -> out.writeInt((Integer) value);
                case INT64, UINT32 -> out.writeLong((Long) value);
                case UINT64 -> out.writeBytes(((BigInteger) value).toByteArray());
                case FLOAT32 -> out.writeFloat((Float) value);
                case FLOAT64 -> out.writeDouble((Double) value);
                case DECIMAL -> writeDecimal(out, (BigDecimal) value);
                case STRING -> out.writeString((String) value);
                case BYTES -> writeBytes(out, (byte[]) value);
                case UUID -> {
                    var uuid = (UUID) value;
                    if (wire == Schema.Type.FIXED) {
                        out.writeFixed(
                                ByteBuffer.allocate(16).putLong(uuid.getMostSignificantBits())
                                        .putLong(uuid.getLeastSignificantBits()).array());
                    } else {
                        out.writeString(uuid.toString());
                    }
                }
                case DATE -> out.writeInt(Math.toIntExact(((LocalDate) value).toEpochDay()));
                case TIME -> {
                    if (wire == Schema.Type.STRING) {
                        out.writeString(value + "Z");
                        return;
                    }
                    long time = ((LocalTime) value).toNanoOfDay() / (1_000_000_000 / unit);
                    if (wire == Schema.Type.INT) {
                        out.writeInt((int) time);
                    } else {
                        out.writeLong(time);
                    }
                }
                case TIMESTAMP -> {
                    var time = (Instant) value;
                    if (wire == Schema.Type.STRING) {
                        out.writeString(TimeText.of(time, 0));
                        return;
                    }
                    out.writeLong(units(time.getEpochSecond(), time.getNano()));
                }
                case LOCAL_TIMESTAMP -> {
                    var time = (LocalDateTime) value;
                    out.writeLong(units(time.toEpochSecond(ZoneOffset.UTC),
                            time.get(ChronoField.NANO_OF_SECOND)));
                }
                case DURATION -> {
                    if (wire == Schema.Type.FIXED) {
                        out.writeFixed(AvroDuration.bytes((String) value));
                    } else {
                        out.writeString((String) value);
                    }
                }
            }
        }

        /** Finer digits than the schema holds are cut off. */
        private long units(long seconds, int nanos) {
            // Before 1970 the product alone may leave the range that the sum is in.
            return seconds < 0 && nanos > 0
                    ? Math.addExact(Math.multiplyExact(seconds + 1, unit),
                            nanos / (1_000_000_000 / unit) - unit)
                    : Math.addExact(Math.multiplyExact(seconds, unit),
                            nanos / (1_000_000_000 / unit));
        }

        private void writeBytes(Encoder out, byte[] value) throws IOException {
            if (wire != Schema.Type.FIXED) {
                out.writeBytes(value);
            } else if (value.length == fixedSize) {
                out.writeFixed(value);
            } else {
                throw new Unsayable("expected " + fixedSize + " bytes but found " + value.length);
            }
        }

        private void writeDecimal(Encoder out, BigDecimal value) throws IOException {
            if (scalar.ownScale()) {
                var inner = new ByteArrayOutputStream();
                var encoder = EncoderFactory.get().directBinaryEncoder(inner, null);
                encoder.writeBytes(value.unscaledValue().toByteArray());
                encoder.writeInt(value.scale());
                out.writeBytes(inner.toByteArray());
                return;
            }
            BigDecimal scaled = value.setScale(type.scale(), RoundingMode.UNNECESSARY);
            if (type.precision() > 0 && scaled.precision() > type.precision()) {
                throw new Unsayable("expected at most " + type.precision() + " digits but found "
                        + scaled.precision());
            }
            byte[] unscaled = scaled.unscaledValue().toByteArray();
            if (wire != Schema.Type.FIXED) {
                out.writeBytes(unscaled);
                return;
            }
            if (unscaled.length > fixedSize) {
                throw new Unsayable(
                        "a decimal of " + unscaled.length + " bytes in a fixed of " + fixedSize);
            }
            var fixed = new byte[fixedSize];
            Arrays.fill(fixed, 0, fixedSize - unscaled.length,
                    (byte) (scaled.signum() < 0 ? -1 : 0));
            System.arraycopy(unscaled, 0, fixed, fixedSize - unscaled.length, unscaled.length);
            out.writeFixed(fixed);
        }
    }

    private static String found(@Nullable Object value) {
        return value == null ? "null" : "a " + value.getClass().getSimpleName();
    }
}
