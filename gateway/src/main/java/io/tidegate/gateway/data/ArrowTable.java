package io.tidegate.gateway.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.Type;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeStampNanoTZVector;
import org.apache.arrow.vector.TimeStampNanoVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.UInt8Vector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Rows of one type as columns of Arrow. What Arrow has no type for that its readers agree on is text: UUIDs and durations as
 * they are written in JSON, decimals without a fixed precision or of more than 38 digits, and as JSON text unions, records
 * without fields, records that contain themselves, and JSON of no particular type.
 *
 * <p>
 * A value beyond the range of its column's type is null: a decimal that breaks its own declaration, a time of nanoseconds
 * outside of 1677 to 2262. Times of more digits than their column has lose the last ones.
 */
final class ArrowTable {
    private static final JsonFactory FACTORY = JsonFactory.builder().build();
    private static final int DECIMAL_DIGITS_MAX = 38;
    private static final int NANOS_DIGITS = 9;
    private static final int DEPTH_MAX = 20;
    private static final BigInteger NANOS = BigInteger.valueOf(1_000_000_000);
    private static final BigInteger MICROS = BigInteger.valueOf(1_000_000);

    private final RecordType type;
    private final boolean isForParquet;
    private final Schema schema;

    /** Writes one value of a column; null = absent. */
    private interface Filler {
        void set(int index, @Nullable Object value);
    }

    /**
     * @param isForParquet
     *            whether a file is made of it, which has texts for enums, and microseconds for time stamps in UTC; else enums at
     *            the top are numbers of their symbols
     */
    ArrowTable(RecordType type, boolean isForParquet) {
        this.type = type;
        this.isForParquet = isForParquet;
        var fields = new ArrayList<Field>();
        for (int i = 0; i < type.fields().size(); i++) {
            var field = type.fields().get(i);
            fields.add(isDictionary(field.type())
                    ? new Field(field.name(), new FieldType(true, new ArrowType.Int(16, true),
                            encoding(i)), null)
                    : field(field.name(), field.type(), List.of(type)));
        }
        this.schema = new Schema(fields);
    }

    /** What columns there are. */
    Schema schema() {
        return schema;
    }

    private boolean isDictionary(Type of) {
        return !isForParquet && of instanceof Type.EnumOf symbols && !symbols.open()
                && symbols.symbols().size() <= Short.MAX_VALUE;
    }

    private static DictionaryEncoding encoding(int column) {
        return new DictionaryEncoding(column, false, new ArrowType.Int(16, true));
    }

    /** The symbols of enums; closed by whoever asked, vector by vector. */
    MapDictionaryProvider dictionaries(BufferAllocator allocator) {
        var provider = new MapDictionaryProvider();
        for (int i = 0; i < type.fields().size(); i++) {
            var field = type.fields().get(i);
            if (isDictionary(field.type()) && field.type() instanceof Type.EnumOf of) {
                var symbols = new VarCharVector(field.name(), allocator);
                for (int s = 0; s < of.symbols().size(); s++) {
                    symbols.setSafe(s, of.symbols().get(s).getBytes(StandardCharsets.UTF_8));
                }
                symbols.setValueCount(of.symbols().size());
                provider.put(new Dictionary(symbols, encoding(i)));
            }
        }
        return provider;
    }

    /**
     * Replaces what the root holds by these rows, or by the first ones of them where there is no memory for more.
     *
     * @param rows
     *            1 or more
     * @return how many it holds; 1 or more
     */
    int fill(VectorSchemaRoot root, List<Row> rows) {
        for (int count = rows.size();; count /= 2) {
            try {
                replace(root, rows.subList(0, count));
                return count;
            } catch (OutOfMemoryException e) {
                root.clear();
                if (count == 1) {
                    throw e;
                }
            }
        }
    }

    private void replace(VectorSchemaRoot root, List<Row> rows) {
        root.clear();
        for (int column = 0; column < type.fields().size(); column++) {
            var vector = root.getVector(column);
            var of = type.fields().get(column).type();
            vector.allocateNew();
            var filler = isDictionary(of)
                    ? numbers((Type.EnumOf) of, vector)
                    : filler(of, vector, List.of(type));
            for (int i = 0; i < rows.size(); i++) {
                filler.set(i, rows.get(i).get(column));
            }
        }
        root.setRowCount(rows.size());
    }

    private static Filler numbers(Type.EnumOf of, FieldVector vector) {
        var indices = (org.apache.arrow.vector.SmallIntVector) vector;
        var numbers = new HashMap<String, Integer>();
        for (int i = 0; i < of.symbols().size(); i++) {
            numbers.putIfAbsent(of.symbols().get(i), i);
        }
        return (index, value) -> {
            var number = value instanceof String text ? numbers.get(text) : null;
            if (number == null) {
                indices.setNull(index);
            } else {
                indices.setSafe(index, number);
            }
        };
    }

    // ---- types ----

    private Field field(String name, Type type, List<RecordType> holders) {
        return switch (type) {
            case Type.Scalar scalar -> leaf(name, scalar(scalar));
            case RecordType record when isStruct(record, holders) -> {
                var inside = new ArrayList<>(holders);
                inside.add(record);
                yield new Field(name, FieldType.nullable(ArrowType.Struct.INSTANCE), record.fields()
                        .stream().map(f -> field(f.name(), f.type(), inside)).toList());
            }
            case Type.ListOf list -> new Field(name, FieldType.nullable(ArrowType.List.INSTANCE),
                    List.of(field("item", list.element(), holders)));
            case Type.MapOf map -> new Field(name, FieldType.nullable(new ArrowType.Map(false)),
                    List.of(new Field(MapVector.DATA_VECTOR_NAME,
                            FieldType.notNullable(ArrowType.Struct.INSTANCE),
                            List.of(new Field(MapVector.KEY_NAME,
                                    FieldType.notNullable(ArrowType.Utf8.INSTANCE), null),
                                    field(MapVector.VALUE_NAME, map.value(), holders)))));
            case Type.EnumOf of -> leaf(name, ArrowType.Utf8.INSTANCE);
            case Type.Union union -> leaf(name, ArrowType.Utf8.INSTANCE);
            case Type.Json json -> leaf(name, ArrowType.Utf8.INSTANCE);
            case RecordType record -> leaf(name, ArrowType.Utf8.INSTANCE);
        };
    }

    private static boolean isStruct(RecordType record, List<RecordType> holders) {
        return !record.fields().isEmpty() && !holders.contains(record)
                && holders.size() < DEPTH_MAX;
    }

    private static Field leaf(String name, ArrowType type) {
        return new Field(name, FieldType.nullable(type), null);
    }

    private ArrowType scalar(Type.Scalar type) {
        return switch (type.kind()) {
            case BOOLEAN -> ArrowType.Bool.INSTANCE;
            case INT32 -> new ArrowType.Int(32, true);
            case UINT32 -> new ArrowType.Int(32, false);
            case INT64 -> new ArrowType.Int(64, true);
            case UINT64 -> new ArrowType.Int(64, false);
            case FLOAT32 -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
            case FLOAT64 -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
            case DECIMAL -> isFixed(type)
                    ? new ArrowType.Decimal(type.precision(), type.scale(), 128)
                    : ArrowType.Utf8.INSTANCE;
            case STRING, UUID, DURATION -> ArrowType.Utf8.INSTANCE;
            case BYTES -> ArrowType.Binary.INSTANCE;
            case DATE -> new ArrowType.Date(DateUnit.DAY);
            case TIME -> new ArrowType.Time(unit(type), 64);
            case TIMESTAMP -> new ArrowType.Timestamp(
                    isForParquet ? TimeUnit.MICROSECOND : unit(type), "UTC");
            case LOCAL_TIMESTAMP -> new ArrowType.Timestamp(unit(type), null);
        };
    }

    private static boolean isFixed(Type.Scalar type) {
        return type.precision() > 0 && type.precision() <= DECIMAL_DIGITS_MAX && type.scale() >= 0
                && type.scale() <= type.precision();
    }

    private static TimeUnit unit(Type.Scalar type) {
        return type.precision() == NANOS_DIGITS ? TimeUnit.NANOSECOND : TimeUnit.MICROSECOND;
    }

    // ---- values ----

    private static Filler filler(Type type, FieldVector vector, List<RecordType> holders) {
        var present = switch (type) {
            case Type.Scalar scalar -> scalar(scalar, vector);
            case RecordType record when isStruct(record, holders) ->
                struct(record, (StructVector) vector, holders);
            case Type.ListOf list -> list(list, (ListVector) vector, holders);
            case Type.MapOf map -> map(map, (MapVector) vector, holders);
            case Type.EnumOf of -> text((VarCharVector) vector);
            case Type.Union union -> json(union, (VarCharVector) vector);
            case Type.Json json -> json(json, (VarCharVector) vector);
            case RecordType record -> json(record, (VarCharVector) vector);
        };
        return (index, value) -> {
            if (value == null) {
                setNull(vector, index);
            } else {
                present.set(index, value);
            }
        };
    }

    private static void setNull(FieldVector vector, int index) {
        switch (vector) {
            case StructVector struct -> struct.setNull(index);
            // Maps are lists.
            case ListVector list -> list.setNull(index);
            default -> vector.setNull(index);
        }
    }

    private static Filler struct(RecordType record, StructVector vector,
            List<RecordType> holders) {
        var inside = new ArrayList<>(holders);
        inside.add(record);
        var fillers = new ArrayList<Filler>();
        for (int i = 0; i < record.fields().size(); i++) {
            fillers.add(filler(record.fields().get(i).type(),
                    (FieldVector) vector.getChildByOrdinal(i), inside));
        }
        return (index, value) -> {
            var row = (Row) value;
            vector.setIndexDefined(index);
            for (int i = 0; i < fillers.size(); i++) {
                fillers.get(i).set(index, row == null ? null : row.get(i));
            }
        };
    }

    private static Filler list(Type.ListOf list, ListVector vector, List<RecordType> holders) {
        var element = filler(list.element(), vector.getDataVector(), holders);
        return (index, value) -> {
            int at = vector.startNewValue(index);
            var values = (List<?>) value;
            int count = values == null ? 0 : values.size();
            for (int i = 0; i < count; i++) {
                element.set(at + i, values == null ? null : values.get(i));
            }
            vector.endValue(index, count);
        };
    }

    private static Filler map(Type.MapOf map, MapVector vector, List<RecordType> holders) {
        var entries = (StructVector) vector.getDataVector();
        var keys = (VarCharVector) entries.getChildByOrdinal(0);
        var values = filler(map.value(), (FieldVector) entries.getChildByOrdinal(1), holders);
        return (index, value) -> {
            int at = vector.startNewValue(index);
            int count = 0;
            if (value instanceof Map<?, ?> all) {
                for (var entry : all.entrySet()) {
                    entries.setIndexDefined(at + count);
                    keys.setSafe(at + count, String.valueOf(entry.getKey())
                            .getBytes(StandardCharsets.UTF_8));
                    values.set(at + count, entry.getValue());
                    count++;
                }
            }
            vector.endValue(index, count);
        };
    }

    private static Filler text(VarCharVector vector) {
        return (index, value) -> vector.setSafe(index,
                String.valueOf(value).getBytes(StandardCharsets.UTF_8));
    }

    private static Filler json(Type type, VarCharVector vector) {
        return (index, value) -> vector.setSafe(index, json(type, value));
    }

    private static byte[] json(Type type, @Nullable Object value) {
        var text = new ByteArrayOutputStream();
        try (JsonGenerator out = FACTORY.createGenerator(text)) {
            JsonValues.write(out, type, value);
        } catch (IOException e) {
            throw new UncheckedIOException("the value cannot be written as JSON", e);
        }
        return text.toByteArray();
    }

    private static Filler scalar(Type.Scalar type, FieldVector vector) {
        return switch (type.kind()) {
            case BOOLEAN -> (i, value) -> ((BitVector) vector).setSafe(i,
                    value instanceof Boolean is && is ? 1 : 0);
            case INT32 -> (i, value) -> ((IntVector) vector).setSafe(i, whole(value).intValue());
            case UINT32 ->
                (i, value) -> ((UInt4Vector) vector).setSafe(i, whole(value).intValue());
            case INT64 ->
                (i, value) -> ((BigIntVector) vector).setSafe(i, whole(value).longValue());
            case UINT64 ->
                (i, value) -> ((UInt8Vector) vector).setSafe(i, whole(value).longValue());
            case FLOAT32 ->
                (i, value) -> ((Float4Vector) vector).setSafe(i, whole(value).floatValue());
            case FLOAT64 ->
                (i, value) -> ((Float8Vector) vector).setSafe(i, whole(value).doubleValue());
            case DECIMAL -> isFixed(type)
                    ? (i, value) -> decimal((DecimalVector) vector, type, i, value)
                    : (i, value) -> ((VarCharVector) vector).setSafe(i,
                            (value instanceof BigDecimal number ? number.toPlainString() : "")
                                    .getBytes(StandardCharsets.UTF_8));
            case STRING, UUID, DURATION -> text((VarCharVector) vector);
            case BYTES -> (i, value) -> ((VarBinaryVector) vector).setSafe(i,
                    value instanceof byte[] bytes ? bytes : new byte[0]);
            case DATE -> (i, value) -> date((DateDayVector) vector, i, value);
            case TIME -> (i, value) -> time(vector, i, value);
            case TIMESTAMP, LOCAL_TIMESTAMP -> {
                boolean isNanos = vector instanceof TimeStampNanoTZVector
                        || vector instanceof TimeStampNanoVector;
                yield (i, value) -> instant((TimeStampVector) vector, isNanos, i, value);
            }
        };
    }

    private static Number whole(@Nullable Object value) {
        return value instanceof Number number ? number : 0;
    }

    private static void decimal(DecimalVector vector, Type.Scalar type, int index,
            @Nullable Object value) {
        if (value instanceof BigDecimal number) {
            var exact = number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros();
            if (exact.scale() <= type.scale() && (long) exact.precision() - exact.scale()
                    + type.scale() <= type.precision()) {
                vector.setSafe(index,
                        exact.setScale(type.scale(), RoundingMode.UNNECESSARY));
                return;
            }
        }
        vector.setNull(index);
    }

    private static void date(DateDayVector vector, int index, @Nullable Object value) {
        long day = value instanceof LocalDate date ? date.toEpochDay() : 0;
        if (day == (int) day) {
            vector.setSafe(index, (int) day);
        } else {
            vector.setNull(index);
        }
    }

    private static void time(FieldVector vector, int index, @Nullable Object value) {
        long nanos = value instanceof LocalTime time ? time.toNanoOfDay() : 0;
        if (vector instanceof TimeNanoVector exact) {
            exact.setSafe(index, nanos);
        } else {
            ((TimeMicroVector) vector).setSafe(index, nanos / 1000);
        }
    }

    private static void instant(TimeStampVector vector, boolean isNanos, int index,
            @Nullable Object value) {
        var instant = switch (value) {
            case Instant time -> time;
            case LocalDateTime time -> time.toInstant(ZoneOffset.UTC);
            case null, default -> null;
        };
        if (instant == null) {
            vector.setNull(index);
            return;
        }
        var count = BigInteger.valueOf(instant.getEpochSecond()).multiply(isNanos ? NANOS : MICROS)
                .add(BigInteger.valueOf(isNanos ? instant.getNano() : instant.getNano() / 1000));
        if (count.bitLength() < Long.SIZE) {
            vector.setSafe(index, count.longValue());
        } else {
            vector.setNull(index);
        }
    }

    /** Whether the type has a column at all, without which Parquet has no rows. */
    boolean isEmpty() {
        return schema.getFields().isEmpty();
    }
}
