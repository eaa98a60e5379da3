package io.tidegate.schema;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Values as the JSON that partners see, and back. 64-bit integers and decimals are strings, because most JSON readers lose
 * digits beyond 2^53; bytes are base64; times are RFC 3339; NaN and infinities are null.
 *
 * <p>
 * Bounds: values nest at most {@value JsonReading#MAX_DEPTH} deep, a number has at most
 * {@value JsonReading#MAX_NUMBER_LENGTH} characters, and a decimal has at most {@value #MAX_DECIMAL_DIGITS} digits on
 * either side of its point.
 */
public final class JsonValues {
    /** A decimal beyond this is refused: {@code 1e999999999} is eleven characters to read and a gigabyte to write. */
    static final int MAX_DECIMAL_DIGITS = 1000;

    private JsonValues() {
    }

    /**
     * Writes one value of this type; field names are the schema's own.
     *
     * @throws IOException
     *             if the generator fails, or the value is beyond the bounds above
     */
    public static void write(JsonGenerator out, Type type, @Nullable Object value)
            throws IOException {
        write(out, type, value, Numbers.STRINGS, 0);
    }

    /**
     * Reads one value of this type: what {@link #write} writes, and what people write (numbers for 64-bit integers and
     * decimals, {@code 1.0} for integers, any offset or epoch milliseconds for timestamps). Members that the type does not
     * know are ignored. Where a float must be present, null is read as NaN, because that is how NaN is written. Of a union
     * the first member is taken whose fields cover the object, else the one that knows most of its members.
     *
     * @param node
     *            with fractions as {@code DecimalNode}s where decimals must keep their scale
     * @throws UnreadablePayload
     *             if the node is not such a value; the message names the path and what was expected
     */
    public static @Nullable Object read(JsonNode node, Type type) throws UnreadablePayload {
        return JsonReading.tree(present(node), type, null);
    }

    /**
     * Reads what can be read of one value, as {@link #read(JsonNode, Type)} does but that a misfit becomes null at the
     * nearest place that may be null, the whole value at last.
     *
     * @param misfits
     *            is told of each kind of misfit once, before this returns; the path is empty where the value itself is the
     *            misfit
     * @throws UnreadablePayload
     *             if the value nests too deep
     */
    public static @Nullable Object read(JsonNode node, Type type,
            Consumer<? super Misfit> misfits) throws UnreadablePayload {
        return JsonReading.tree(present(node), type, misfits);
    }

    /** As {@link #read(JsonNode, Type, Consumer)}, of a row that cannot be null for a misfit. */
    static @Nullable Row readRow(JsonNode node, RecordType type, Consumer<? super Misfit> misfits)
            throws UnreadablePayload {
        return JsonReading.row(present(node), type, misfits);
    }

    /** A member that is not there is as absent as one that is null. */
    private static JsonNode present(JsonNode node) {
        return node.isMissingNode() ? NullNode.getInstance() : node;
    }

    /**
     * Reads one value of this type from JSON text in UTF-8, as {@link #read(JsonNode, Type)} does, without a tree in
     * between. A byte order mark is skipped.
     *
     * @throws UnreadablePayload
     *             if the text is not JSON, holds more than one value, or the value does not fit the type
     */
    public static @Nullable Object read(byte[] json, Type type) throws UnreadablePayload {
        return read(json, 0, type);
    }

    /** As {@link #read(byte[], Type)}, from this position of the array on. */
    static @Nullable Object read(byte[] json, int from, Type type) throws UnreadablePayload {
        return JsonReading.whole(json, from, type);
    }

    /** How numbers that JSON readers may damage are written. */
    enum Numbers {
        /** 64-bit integers and decimals as strings: what partners see. */
        STRINGS,
        /** 64-bit integers as numbers, decimals as strings. */
        NATURAL,
        /** As {@link #NATURAL}, and decimals of a fixed scale without a precision as numbers too. */
        NATURAL_DECIMALS
    }

    static void write(JsonGenerator out, Type type, @Nullable Object value, Numbers numbers,
            int depth) throws IOException {
        if (value == null) {
            out.writeNull();
            return;
        }
        if (depth > JsonReading.MAX_DEPTH) {
            throw new IOException(
                    "the value nests deeper than " + JsonReading.MAX_DEPTH + " levels");
        }
        switch (type) {
            case Type.Scalar scalar -> writeScalar(out, scalar, value, numbers);
            case Type.EnumOf ignored -> out.writeString((String) value);
            case RecordType ignored -> writeRow(out, (Row) value, numbers, depth);
            case Type.Union ignored -> writeRow(out, (Row) value, numbers, depth);
            case Type.ListOf list -> {
                out.writeStartArray();
                for (Object element : (List<?>) value) {
                    write(out, list.element(), element, numbers, depth + 1);
                }
                out.writeEndArray();
            }
            case Type.MapOf map -> {
                out.writeStartObject();
                for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                    out.writeFieldName((String) entry.getKey());
                    write(out, map.value(), entry.getValue(), numbers, depth + 1);
                }
                out.writeEndObject();
            }
            case Type.Json ignored -> writeJson(out, value, depth);
        }
    }

    private static void writeRow(JsonGenerator out, Row row, Numbers numbers, int depth)
            throws IOException {
        out.writeStartObject();
        List<Field> fields = row.type().fields();
        for (int i = 0; i < fields.size(); i++) {
            Object value = row.get(i);
            // A producer's JSON leaves out what is absent; partners see every field.
            if (i == row.type().extra() && numbers != Numbers.STRINGS) {
                writeExtra(out, value, depth);
            } else if (value != null || numbers == Numbers.STRINGS) {
                out.writeFieldName(fields.get(i).name());
                write(out, fields.get(i).type(), value, numbers, depth + 1);
            }
        }
        out.writeEndObject();
    }

    /** Where the producer had them: beside the declared members. */
    private static void writeExtra(JsonGenerator out, @Nullable Object members, int depth)
            throws IOException {
        if (members instanceof Map<?, ?> map) {
            for (Map.Entry<?, ?> member : map.entrySet()) {
                out.writeFieldName((String) member.getKey());
                writeJson(out, member.getValue(), depth + 1);
            }
        }
    }

    private static void writeScalar(JsonGenerator out, Type.Scalar type, Object value,
            Numbers numbers)
            throws IOException {
        switch (type.kind()) {
            case BOOLEAN -> out.writeBoolean((Boolean) value);
            case INT32 -> out.writeNumber((Integer) value);
            case UINT32 -> out.writeNumber((Long) value);
            case INT64 -> {
                if (numbers == Numbers.STRINGS) {
                    out.writeString(Long.toString((Long) value));
                } else {
                    out.writeNumber((Long) value);
                }
            }
            case UINT64 -> {
                if (numbers == Numbers.STRINGS) {
                    out.writeString(value.toString());
                } else {
                    out.writeNumber((BigInteger) value);
                }
            }
            case FLOAT32 -> {
                float number = (Float) value;
                if (Float.isFinite(number)) {
                    out.writeNumber(number);
                } else {
                    out.writeNull();
                }
            }
            case FLOAT64 -> writeDouble(out, (Double) value);
            case DECIMAL -> {
                String text = plain((BigDecimal) value);
                if (numbers == Numbers.NATURAL_DECIMALS && type.precision() == 0
                        && type.scale() >= 0) {
                    out.writeNumber(text);
                } else {
                    out.writeString(text);
                }
            }
            case STRING, DURATION -> out.writeString((String) value);
            case BYTES -> out.writeString(Base64.getEncoder().encodeToString((byte[]) value));
            case UUID, DATE -> out.writeString(value.toString());
            case TIME -> out.writeString(TimeText.of((LocalTime) value, type.precision()));
            case TIMESTAMP -> out.writeString(TimeText.of((Instant) value, type.precision()));
            case LOCAL_TIMESTAMP ->
                out.writeString(TimeText.of((LocalDateTime) value, type.precision()));
        }
    }

    private static void writeDouble(JsonGenerator out, double number) throws IOException {
        if (Double.isFinite(number)) {
            out.writeNumber(number);
        } else {
            out.writeNull();
        }
    }

    private static String plain(BigDecimal value) throws IOException {
        if (!isBounded(value)) {
            throw new IOException("a decimal has more than " + MAX_DECIMAL_DIGITS
                    + " digits on a side of its point");
        }
        return value.toPlainString();
    }

    /** Whether this decimal can be written out in full without harm. */
    static boolean isBounded(BigDecimal value) {
        return Math.abs((long) value.scale()) <= MAX_DECIMAL_DIGITS
                && (long) value.precision() - value.scale() <= MAX_DECIMAL_DIGITS;
    }

    /** A value of any type as a value of {@link Type.Json}: numbers stay numbers, decimals and times become text. */
    static @Nullable Object plain(Type type, @Nullable Object value) {
        if (value == null) {
            return null;
        }
        return switch (type) {
            case Type.Scalar scalar -> plain(scalar, value);
            case Type.EnumOf ignored -> value;
            case Type.Json ignored -> value;
            case RecordType ignored -> plain((Row) value);
            case Type.Union ignored -> plain((Row) value);
            case Type.ListOf list -> {
                var elements = new ArrayList<@Nullable Object>();
                ((List<?>) value).forEach(element -> elements.add(plain(list.element(), element)));
                yield elements;
            }
            case Type.MapOf map -> {
                var entries = new LinkedHashMap<String, @Nullable Object>();
                ((Map<?, ?>) value).forEach(
                        (key, entry) -> entries.put((String) key, plain(map.value(), entry)));
                yield entries;
            }
        };
    }

    private static Map<String, @Nullable Object> plain(Row row) {
        var members = new LinkedHashMap<String, @Nullable Object>();
        List<Field> fields = row.type().fields();
        for (int i = 0; i < fields.size(); i++) {
            members.put(fields.get(i).name(), plain(fields.get(i).type(), row.get(i)));
        }
        return members;
    }

    private static @Nullable Object plain(Type.Scalar type, Object value) {
        return switch (type.kind()) {
            case BOOLEAN, INT32, UINT32, INT64, UINT64, STRING, DURATION -> value;
            // Through the text, so that 0.1f does not become 0.10000000149011612.
            case FLOAT32 -> Double.parseDouble(value.toString());
            case FLOAT64 -> value;
            case DECIMAL -> ((BigDecimal) value).toPlainString();
            case BYTES -> Base64.getEncoder().encodeToString((byte[]) value);
            case UUID, DATE -> value.toString();
            case TIME -> TimeText.of((LocalTime) value, type.precision());
            case TIMESTAMP -> TimeText.of((Instant) value, type.precision());
            case LOCAL_TIMESTAMP -> TimeText.of((LocalDateTime) value, type.precision());
        };
    }

    private static void writeJson(JsonGenerator out, @Nullable Object value, int depth)
            throws IOException {
        if (depth > JsonReading.MAX_DEPTH) {
            throw new IOException(
                    "the value nests deeper than " + JsonReading.MAX_DEPTH + " levels");
        }
        switch (value) {
            case null -> out.writeNull();
            case String text -> out.writeString(text);
            case Boolean bool -> out.writeBoolean(bool);
            case Integer number -> out.writeNumber(number);
            case Long number -> out.writeNumber(number);
            case BigInteger number -> out.writeNumber(number);
            case Double number -> writeDouble(out, number);
            case Float number -> writeDouble(out, Double.parseDouble(number.toString()));
            // The text, not the number: a generator may be set to write decimals in full.
            case BigDecimal number -> out.writeNumber(number.toString());
            case List<?> list -> {
                out.writeStartArray();
                for (Object element : list) {
                    writeJson(out, element, depth + 1);
                }
                out.writeEndArray();
            }
            case Map<?, ?> map -> {
                out.writeStartObject();
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    out.writeFieldName((String) entry.getKey());
                    writeJson(out, entry.getValue(), depth + 1);
                }
                out.writeEndObject();
            }
            default -> throw new IOException(
                    "a JSON value is carried by " + value.getClass().getName()
                            + ", which is none of its carriers");
        }
    }
}
