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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.Schema;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.Encoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.io.ResolvingDecoder;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes values of one Avro schema as values of one neutral type. Compiled once, so that no value looks anything
 * up by name. The same reader serves plain decoders and resolving ones: a resolving decoder turns what the writer wrote
 * into what this schema expects.
 */
abstract sealed class AvroValue {

    /** A value that cannot be read or written; collects the path on its way out. */
    static final class Misfit extends IOException {
        private final String reason;
        private String path = "";

        Misfit(String reason) {
            super(reason);
            this.reason = reason;
        }

        Misfit in(String step) {
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

    abstract @Nullable Object read(Decoder in, int depth) throws IOException;

    abstract void write(Encoder out, @Nullable Object value) throws IOException;

    /** Compiles a schema and the type it has been read into (or that it was made from). */
    static AvroValue of(Schema schema, Type type) {
        return of(schema, type, new Known(new IdentityHashMap<>(), new AvroTypes()));
    }

    private static AvroValue of(Schema schema, Type type, Known known) {
        return switch (schema.getType()) {
            case NULL -> new OfNull();
            case UNION -> union(schema, type, known);
            case RECORD -> record(schema, (RecordType) type, known);
            case ENUM -> new OfEnum(schema.getEnumSymbols().toArray(String[]::new));
            case ARRAY ->
                new OfArray(of(schema.getElementType(), ((Type.ListOf) type).element(), known));
            case MAP -> new OfMap(of(schema.getValueType(), ((Type.MapOf) type).value(), known));
            default -> new OfScalar(schema, (Type.Scalar) type);
        };
    }

    private static AvroValue record(Schema schema, RecordType type, Known known) {
        OfRecord seen = known.records.get(type);
        if (seen != null) {
            return seen;
        }
        var record = new OfRecord(type, new AvroValue[type.fields().size()]);
        known.records.put(type, record);
        for (int i = 0; i < record.values.length; i++) {
            record.values[i] = of(schema.getFields().get(i).schema(), type.fields().get(i).type(),
                    known);
        }
        return record;
    }

    private static AvroValue union(Schema schema, Type type, Known known) {
        List<Schema> branches = schema.getTypes();
        var values = new AvroValue[branches.size()];
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

    private static final class OfNull extends AvroValue {
        @Override
        @Nullable
        Object read(Decoder in, int depth) throws IOException {
            in.readNull();
            return null;
        }

        @Override
        void write(Encoder out, @Nullable Object value) throws IOException {
            out.writeNull();
        }
    }

    private static final class OfRecord extends AvroValue {
        private final RecordType type;
        private final AvroValue[] values;

        OfRecord(RecordType type, AvroValue[] values) {
            this.type = type;
            this.values = values;
        }

        @Override
        Row read(Decoder in, int depth) throws IOException {
            if (depth > JsonReading.MAX_DEPTH) {
                throw new Misfit("it nests deeper than " + JsonReading.MAX_DEPTH + " levels");
            }
            @Nullable
            Object[] row = new @Nullable Object[values.length];
            int at = 0;
            try {
                if (in instanceof ResolvingDecoder resolving) {
                    for (Schema.Field field : resolving.readFieldOrder()) {
                        at = field.pos();
                        row[at] = values[at].read(in, depth + 1);
                    }
                } else {
                    for (at = 0; at < values.length; at++) {
                        row[at] = values[at].read(in, depth + 1);
                    }
                }
            } catch (Misfit e) {
                throw e.in("." + type.fields().get(at).name());
            } catch (IOException e) {
                // Our decoder's messages hold numbers of the encoding, no payload.
                throw new Misfit(String.valueOf(e.getMessage()))
                        .in("." + type.fields().get(at).name());
            }
            return new Row(type, row);
        }

        @Override
        void write(Encoder out, @Nullable Object value) throws IOException {
            if (!(value instanceof Row row)) {
                throw new Misfit("expected a record but found " + found(value));
            }
            for (int i = 0; i < values.length; i++) {
                try {
                    values[i].write(out, row.get(i));
                } catch (Misfit e) {
                    throw e.in("." + type.fields().get(i).name());
                }
            }
        }
    }

    private static final class OfEnum extends AvroValue {
        private final String[] symbols;

        OfEnum(String[] symbols) {
            this.symbols = symbols;
        }

        @Override
        Object read(Decoder in, int depth) throws IOException {
            int symbol = in.readEnum();
            if (symbol < 0 || symbol >= symbols.length) {
                throw new Misfit(
                        "symbol " + symbol + " of an enum with " + symbols.length + " symbols");
            }
            return symbols[symbol];
        }

        @Override
        void write(Encoder out, @Nullable Object value) throws IOException {
            for (int i = 0; i < symbols.length; i++) {
                if (symbols[i].equals(value)) {
                    out.writeEnum(i);
                    return;
                }
            }
            throw new Misfit(
                    "expected one of " + symbols.length + " symbols but found " + found(value));
        }
    }

    private static final class OfArray extends AvroValue {
        private final AvroValue element;

        OfArray(AvroValue element) {
            this.element = element;
        }

        @Override
        List<@Nullable Object> read(Decoder in, int depth) throws IOException {
            if (depth > JsonReading.MAX_DEPTH) {
                throw new Misfit("it nests deeper than " + JsonReading.MAX_DEPTH + " levels");
            }
            long count = in.readArrayStart();
            // A resolving decoder hands counts through, and ours has bounded them.
            var list = new ArrayList<@Nullable Object>((int) Math.min(count, 1 << 16));
            for (; count > 0; count = in.arrayNext()) {
                for (long i = 0; i < count; i++) {
                    try {
                        list.add(element.read(in, depth + 1));
                    } catch (Misfit e) {
                        throw e.in("[" + list.size() + "]");
                    }
                }
            }
            return list;
        }

        @Override
        void write(Encoder out, @Nullable Object value) throws IOException {
            if (!(value instanceof List<?> list)) {
                throw new Misfit("expected a list but found " + found(value));
            }
            out.writeArrayStart();
            out.setItemCount(list.size());
            for (int i = 0; i < list.size(); i++) {
                out.startItem();
                try {
                    element.write(out, list.get(i));
                } catch (Misfit e) {
                    throw e.in("[" + i + "]");
                }
            }
            out.writeArrayEnd();
        }
    }

    private static final class OfMap extends AvroValue {
        private final AvroValue element;

        OfMap(AvroValue element) {
            this.element = element;
        }

        @Override
        Map<String, @Nullable Object> read(Decoder in, int depth) throws IOException {
            if (depth > JsonReading.MAX_DEPTH) {
                throw new Misfit("it nests deeper than " + JsonReading.MAX_DEPTH + " levels");
            }
            var map = new LinkedHashMap<String, @Nullable Object>();
            for (long count = in.readMapStart(); count > 0; count = in.mapNext()) {
                for (long i = 0; i < count; i++) {
                    String key = in.readString();
                    try {
                        map.put(key, element.read(in, depth + 1));
                    } catch (Misfit e) {
                        throw e.in(".*");
                    }
                }
            }
            return map;
        }

        @Override
        void write(Encoder out, @Nullable Object value) throws IOException {
            if (!(value instanceof Map<?, ?> map)) {
                throw new Misfit("expected a map but found " + found(value));
            }
            out.writeMapStart();
            out.setItemCount(map.size());
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                out.startItem();
                out.writeString((String) entry.getKey());
                try {
                    element.write(out, entry.getValue());
                } catch (Misfit e) {
                    throw e.in(".*");
                }
            }
            out.writeMapEnd();
        }
    }

    /** A union whose branches are told apart by the value itself: null and one type, or records. */
    private static final class OfUnion extends AvroValue {
        private final AvroValue[] branches;
        private final Type[] types;

        OfUnion(AvroValue[] branches, Type[] types) {
            this.branches = branches;
            this.types = types;
        }

        @Override
        @Nullable
        Object read(Decoder in, int depth) throws IOException {
            return branch(branches, in).read(in, depth);
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
            throw new Misfit("expected a value of the union but found " + found(value));
        }
    }

    private static AvroValue branch(AvroValue[] branches, Decoder in) throws IOException {
        int branch = in.readIndex();
        if (branch < 0 || branch >= branches.length) {
            throw new Misfit(
                    "branch " + branch + " of a union with " + branches.length + " branches");
        }
        return branches[branch];
    }

    /** A union that no neutral type describes: its values are carried as JSON. */
    private static final class OfMixed extends AvroValue {
        private static final ObjectMapper TREES = new ObjectMapper();

        private final AvroValue[] branches;
        private final Type[] types;

        OfMixed(AvroValue[] branches, Type[] types) {
            this.branches = branches;
            this.types = types;
        }

        @Override
        @Nullable
        Object read(Decoder in, int depth) throws IOException {
            int branch = in.readIndex();
            if (branch < 0 || branch >= branches.length) {
                throw new Misfit(
                        "branch " + branch + " of a union with " + branches.length + " branches");
            }
            return JsonValues.plain(types[branch], branches[branch].read(in, depth));
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
            throw new Misfit("expected a value of the union but found " + found(value));
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
            throw new Misfit("expected a value of the union but found an object that is none");
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

    private static final class OfScalar extends AvroValue {
        private final Schema.Type wire;
        private final int fixedSize;
        private final Type.Scalar type;
        private final long unit;

        OfScalar(Schema schema, Type.Scalar type) {
            this.wire = schema.getType();
            this.fixedSize = wire == Schema.Type.FIXED ? schema.getFixedSize() : 0;
            this.type = type;
            String logical = schema.getLogicalType() == null
                    ? ""
                    : schema.getLogicalType().getName();
            this.unit = logical.endsWith("-nanos")
                    ? 1_000_000_000
                    : logical.endsWith("-micros") ? 1_000_000 : 1_000;
        }

        @Override
        Object read(Decoder in, int depth) throws IOException {
            return switch (type.kind()) {
                case BOOLEAN -> in.readBoolean();
                case INT32 -> in.readInt();
                case INT64 -> in.readLong();
                case UINT32 -> unsigned(in.readLong());
                case UINT64 -> unsigned(bytes(in));
                case FLOAT32 -> in.readFloat();
                case FLOAT64 -> in.readDouble();
                case DECIMAL -> decimal(in);
                case STRING -> in.readString();
                case BYTES -> bytes(in);
                case UUID -> uuid(in);
                case DATE -> LocalDate.ofEpochDay(in.readInt());
                case TIME -> time(wire == Schema.Type.INT ? in.readInt() : in.readLong());
                case TIMESTAMP -> {
                    long value = in.readLong();
                    yield Instant.ofEpochSecond(Math.floorDiv(value, unit),
                            Math.floorMod(value, unit) * (1_000_000_000 / unit));
                }
                case LOCAL_TIMESTAMP -> {
                    long value = in.readLong();
                    yield LocalDateTime.ofEpochSecond(Math.floorDiv(value, unit),
                            (int) (Math.floorMod(value, unit) * (1_000_000_000 / unit)),
                            ZoneOffset.UTC);
                }
                case DURATION ->
                    wire == Schema.Type.FIXED ? AvroDuration.text(bytes(in)) : in.readString();
            };
        }

        private static long unsigned(long value) throws Misfit {
            if (value < 0 || value > 0xffff_ffffL) {
                throw new Misfit("expected an unsigned integer of 32 bits");
            }
            return value;
        }

        private static BigInteger unsigned(byte[] unscaled) throws Misfit {
            // Eight bytes and one for the sign.
            if (unscaled.length == 0 || unscaled.length > 9 || unscaled[0] < 0) {
                throw new Misfit("expected an unsigned integer of 64 bits");
            }
            return new BigInteger(unscaled);
        }

        private byte[] bytes(Decoder in) throws IOException {
            if (wire == Schema.Type.FIXED) {
                var fixed = new byte[fixedSize];
                in.readFixed(fixed, 0, fixedSize);
                return fixed;
            }
            ByteBuffer buffer = in.readBytes(null);
            if (buffer.hasArray() && buffer.arrayOffset() == 0
                    && buffer.remaining() == buffer.array().length) {
                return buffer.array();
            }
            var copy = new byte[buffer.remaining()];
            buffer.get(copy);
            return copy;
        }

        private BigDecimal decimal(Decoder in) throws IOException {
            byte[] unscaled = bytes(in);
            int scale = type.scale();
            if (scale < 0) {
                var inner = new AvroBytes(unscaled, 0);
                unscaled = inner.readByteArray();
                scale = inner.readInt();
                if (!inner.isAtEnd()) {
                    throw new Misfit("a big-decimal goes on behind its scale");
                }
            }
            // A digit takes more than three bits.
            if (unscaled.length == 0 || unscaled.length > JsonValues.MAX_DECIMAL_DIGITS / 2) {
                throw new Misfit("a decimal of " + unscaled.length + " bytes");
            }
            var value = new BigDecimal(new BigInteger(unscaled), scale);
            if (!JsonValues.isBounded(value)) {
                throw new Misfit("a decimal with more than " + JsonValues.MAX_DECIMAL_DIGITS
                        + " digits on a side of its point");
            }
            return value;
        }

        private UUID uuid(Decoder in) throws IOException {
            if (wire == Schema.Type.FIXED) {
                ByteBuffer bytes = ByteBuffer.wrap(bytes(in));
                return new UUID(bytes.getLong(), bytes.getLong());
            }
            String text = in.readString();
            try {
                if (text.length() == 36) {
                    return UUID.fromString(text);
                }
            } catch (IllegalArgumentException e) {
                throw new Misfit("expected a UUID but found another text");
            }
            throw new Misfit("expected a UUID but found another text");
        }

        private LocalTime time(long value) throws Misfit {
            long perUnit = 1_000_000_000 / unit;
            if (value < 0 || value >= 86_400 * unit) {
                throw new Misfit("a time of day that is not within one day");
            }
            return LocalTime.ofNanoOfDay(value * perUnit);
        }

        @Override
        void write(Encoder out, @Nullable Object value) throws IOException {
            if (value == null) {
                throw new Misfit("the schema forbids null here");
            }
            try {
                writePresent(out, value);
            } catch (ClassCastException e) {
                throw new Misfit("expected " + type.kind() + " but found " + found(value));
            } catch (ArithmeticException | DateTimeException e) {
                throw new Misfit("a value out of the range of the schema");
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
                    long time = ((LocalTime) value).toNanoOfDay() / (1_000_000_000 / unit);
                    if (wire == Schema.Type.INT) {
                        out.writeInt((int) time);
                    } else {
                        out.writeLong(time);
                    }
                }
                case TIMESTAMP -> {
                    var time = (Instant) value;
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
                throw new Misfit("expected " + fixedSize + " bytes but found " + value.length);
            }
        }

        private void writeDecimal(Encoder out, BigDecimal value) throws IOException {
            if (type.scale() < 0) {
                var inner = new ByteArrayOutputStream();
                var encoder = EncoderFactory.get().directBinaryEncoder(inner, null);
                encoder.writeBytes(value.unscaledValue().toByteArray());
                encoder.writeInt(value.scale());
                out.writeBytes(inner.toByteArray());
                return;
            }
            BigDecimal scaled = value.setScale(type.scale(), RoundingMode.UNNECESSARY);
            if (type.precision() > 0 && scaled.precision() > type.precision()) {
                throw new Misfit("expected at most " + type.precision() + " digits but found "
                        + scaled.precision());
            }
            byte[] unscaled = scaled.unscaledValue().toByteArray();
            if (wire != Schema.Type.FIXED) {
                out.writeBytes(unscaled);
                return;
            }
            if (unscaled.length > fixedSize) {
                throw new Misfit(
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
