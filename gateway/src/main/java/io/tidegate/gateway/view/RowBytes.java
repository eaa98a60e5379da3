package io.tidegate.gateway.view;

import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Rows as bytes and back, by their type: no names, a bit for each field that is absent, numbers as long as they need to be. What
 * is written is read by the same program only, under an equal type; a change of this form has to raise {@link #LAYOUT}.
 */
final class RowBytes {
    static final int LAYOUT = 1;

    private RowBytes() {
    }

    /** What is written, one thing after the other. */
    static final class Out {
        private byte[] bytes = new byte[256];
        private int size;

        byte[] toBytes() {
            return Arrays.copyOf(bytes, size);
        }

        /** Begins anew. */
        void clear() {
            size = 0;
        }

        private void reserve(int more) {
            if (bytes.length - size < more) {
                bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
            }
        }

        void octet(int value) {
            reserve(1);
            bytes[size++] = (byte) value;
        }

        /** Seven bits an octet, the lowest first. */
        void natural(long value) {
            reserve(10);
            long left = value;
            while ((left & ~0x7FL) != 0) {
                bytes[size++] = (byte) (left | 0x80);
                left >>>= 7;
            }
            bytes[size++] = (byte) left;
        }

        /** Small numbers of either sign are short. */
        void number(long value) {
            natural((value << 1) ^ (value >> 63));
        }

        void fixed64(long value) {
            reserve(8);
            for (int shift = 56; shift >= 0; shift -= 8) {
                bytes[size++] = (byte) (value >>> shift);
            }
        }

        void octets(byte[] value) {
            natural(value.length);
            reserve(value.length);
            System.arraycopy(value, 0, bytes, size, value.length);
            size += value.length;
        }

        void text(String value) {
            octets(value.getBytes(StandardCharsets.UTF_8));
        }

        void time(Instant value) {
            number(value.getEpochSecond());
            natural(value.getNano());
        }

        void row(Row row) {
            var fields = row.type().fields();
            int bits = size;
            reserve((fields.size() + 7) / 8);
            for (int i = 0; i < fields.size(); i += 8) {
                bytes[size++] = 0;
            }
            for (int i = 0; i < fields.size(); i++) {
                Object value = row.get(i);
                if (value != null) {
                    bytes[bits + i / 8] |= (byte) (1 << i % 8);
                    value(fields.get(i).type(), value);
                }
            }
        }

        private void value(Type type, Object value) {
            switch (type) {
                case Type.Scalar scalar -> scalar(scalar.kind(), value);
                case Type.EnumOf symbols -> {
                    int index = symbols.symbols().indexOf(value);
                    natural(index + 1);
                    if (index < 0) {
                        text((String) value);
                    }
                }
                case RecordType ignored -> row((Row) value);
                case Type.Union union -> {
                    natural(member(union, ((Row) value).type()));
                    row((Row) value);
                }
                case Type.ListOf list -> {
                    var elements = (List<?>) value;
                    natural(elements.size());
                    elements.forEach(element -> optional(list.element(), element));
                }
                case Type.MapOf map -> {
                    var entries = (Map<?, ?>) value;
                    natural(entries.size());
                    entries.forEach((key, element) -> {
                        text((String) key);
                        optional(map.value(), element);
                    });
                }
                case Type.Json ignored -> json(value);
            }
        }

        private void optional(Type type, @Nullable Object value) {
            octet(value == null ? 0 : 1);
            if (value != null) {
                value(type, value);
            }
        }

        private void scalar(ScalarKind kind, Object value) {
            switch (kind) {
                case BOOLEAN -> octet((Boolean) value ? 1 : 0);
                case INT32 -> number((Integer) value);
                case UINT32, INT64 -> number((Long) value);
                case UINT64 -> octets(((BigInteger) value).toByteArray());
                case FLOAT32 -> fixed64(Float.floatToIntBits((Float) value));
                case FLOAT64 -> fixed64(Double.doubleToLongBits((Double) value));
                case DECIMAL -> decimal((BigDecimal) value);
                case STRING, DURATION -> text((String) value);
                case BYTES -> octets((byte[]) value);
                case UUID -> {
                    fixed64(((UUID) value).getMostSignificantBits());
                    fixed64(((UUID) value).getLeastSignificantBits());
                }
                case DATE -> number(((LocalDate) value).toEpochDay());
                case TIME -> natural(((LocalTime) value).toNanoOfDay());
                case TIMESTAMP -> time((Instant) value);
                case LOCAL_TIMESTAMP -> {
                    number(((LocalDateTime) value).toLocalDate().toEpochDay());
                    natural(((LocalDateTime) value).toLocalTime().toNanoOfDay());
                }
            }
        }

        private void decimal(BigDecimal value) {
            number(value.scale());
            octets(value.unscaledValue().toByteArray());
        }

        private void json(@Nullable Object value) {
            switch (value) {
                case null -> octet(0);
                case Boolean bool -> octet(bool ? 2 : 1);
                case Integer number -> {
                    octet(3);
                    number(number);
                }
                case Long number -> {
                    octet(4);
                    number(number);
                }
                case BigInteger number -> {
                    octet(5);
                    octets(number.toByteArray());
                }
                case Double number -> {
                    octet(6);
                    fixed64(Double.doubleToLongBits(number));
                }
                case Float number -> {
                    octet(6);
                    // Through the text, so that 0.1f does not become 0.10000000149011612.
                    fixed64(Double.doubleToLongBits(Double.parseDouble(number.toString())));
                }
                case BigDecimal number -> {
                    octet(7);
                    decimal(number);
                }
                case String text -> {
                    octet(8);
                    text(text);
                }
                case List<?> list -> {
                    octet(9);
                    natural(list.size());
                    list.forEach(this::json);
                }
                case Map<?, ?> map -> {
                    octet(10);
                    natural(map.size());
                    map.forEach((key, element) -> {
                        text((String) key);
                        json(element);
                    });
                }
                default -> throw new IllegalArgumentException(
                        "a JSON value is carried by " + value.getClass().getName()
                                + ", which is none of its carriers");
            }
        }

        /** By its name if it is of a reading of the schema before this one. */
        private static int member(Type.Union union, RecordType type) {
            int index = union.members().indexOf(type);
            for (int i = 0; index < 0 && i < union.members().size(); i++) {
                index = union.members().get(i).name().equals(type.name()) ? i : index;
            }
            if (index < 0) {
                throw new IllegalArgumentException(
                        "'" + type.name() + "' is no member of '" + union.name() + "'");
            }
            return index;
        }
    }

    /** What was written, in the same order. Bytes that were not written so fail with an unchecked exception or make no sense. */
    static final class In {
        private final byte[] bytes;
        private int at;

        In(byte[] bytes) {
            this.bytes = bytes;
        }

        boolean hasMore() {
            return at < bytes.length;
        }

        int octet() {
            return bytes[at++];
        }

        long natural() {
            long value = 0;
            for (int shift = 0;; shift += 7) {
                byte octet = bytes[at++];
                value |= (long) (octet & 0x7F) << shift;
                if (octet >= 0) {
                    return value;
                }
            }
        }

        private int size() {
            return Math.toIntExact(natural());
        }

        long number() {
            long value = natural();
            return (value >>> 1) ^ -(value & 1);
        }

        long fixed64() {
            long value = 0;
            for (int i = 0; i < 8; i++) {
                value = (value << 8) | (bytes[at++] & 0xFF);
            }
            return value;
        }

        byte[] octets() {
            int from = skip(size());
            return Arrays.copyOfRange(bytes, from, at);
        }

        String text() {
            int from = skip(size());
            return new String(bytes, from, at - from, StandardCharsets.UTF_8);
        }

        private int skip(int length) {
            int from = at;
            if (length > bytes.length - from) {
                throw new ArrayIndexOutOfBoundsException(
                        length + " bytes where " + (bytes.length - from) + " are left");
            }
            at += length;
            return from;
        }

        Instant time() {
            return Instant.ofEpochSecond(number(), natural());
        }

        Row row(RecordType type) {
            var fields = type.fields();
            int bits = skip((fields.size() + 7) / 8);
            var values = new @Nullable Object[fields.size()];
            for (int i = 0; i < values.length; i++) {
                if ((bytes[bits + i / 8] >>> i % 8 & 1) != 0) {
                    values[i] = value(fields.get(i).type());
                }
            }
            return new Row(type, values);
        }

        private Object value(Type type) {
            return switch (type) {
                case Type.Scalar scalar -> scalar(scalar.kind());
                case Type.EnumOf symbols -> {
                    int index = size();
                    yield index == 0 ? text() : symbols.symbols().get(index - 1);
                }
                case RecordType record -> row(record);
                case Type.Union union -> row(union.members().get(size()));
                case Type.ListOf list -> {
                    int size = size();
                    var elements = new ArrayList<@Nullable Object>();
                    for (int i = 0; i < size; i++) {
                        elements.add(optional(list.element()));
                    }
                    yield elements;
                }
                case Type.MapOf map -> {
                    int size = size();
                    var entries = new LinkedHashMap<String, @Nullable Object>();
                    for (int i = 0; i < size; i++) {
                        entries.put(text(), optional(map.value()));
                    }
                    yield entries;
                }
                case Type.Json ignored -> {
                    Object value = json();
                    if (value == null) {
                        throw new IllegalStateException("a value that is there is null");
                    }
                    yield value;
                }
            };
        }

        private @Nullable Object optional(Type type) {
            return octet() == 0 ? null : value(type);
        }

        private Object scalar(ScalarKind kind) {
            return switch (kind) {
                case BOOLEAN -> octet() != 0;
                case INT32 -> (int) number();
                case UINT32, INT64 -> number();
                case UINT64 -> new BigInteger(octets());
                case FLOAT32 -> Float.intBitsToFloat((int) fixed64());
                case FLOAT64 -> Double.longBitsToDouble(fixed64());
                case DECIMAL -> decimal();
                case STRING, DURATION -> text();
                case BYTES -> octets();
                case UUID -> new UUID(fixed64(), fixed64());
                case DATE -> LocalDate.ofEpochDay(number());
                case TIME -> LocalTime.ofNanoOfDay(natural());
                case TIMESTAMP -> time();
                case LOCAL_TIMESTAMP -> LocalDateTime.of(LocalDate.ofEpochDay(number()),
                        LocalTime.ofNanoOfDay(natural()));
            };
        }

        private BigDecimal decimal() {
            int scale = (int) number();
            return new BigDecimal(new BigInteger(octets()), scale);
        }

        private @Nullable Object json() {
            int kind = octet();
            return switch (kind) {
                case 0 -> null;
                case 1 -> false;
                case 2 -> true;
                case 3 -> (int) number();
                case 4 -> number();
                case 5 -> new BigInteger(octets());
                case 6 -> Double.longBitsToDouble(fixed64());
                case 7 -> decimal();
                case 8 -> text();
                case 9 -> {
                    int size = size();
                    var elements = new ArrayList<@Nullable Object>();
                    for (int i = 0; i < size; i++) {
                        elements.add(json());
                    }
                    yield elements;
                }
                case 10 -> {
                    int size = size();
                    var members = new LinkedHashMap<String, @Nullable Object>();
                    for (int i = 0; i < size; i++) {
                        members.put(text(), json());
                    }
                    yield members;
                }
                default -> throw new IllegalStateException("no kind of JSON value is " + kind);
            };
        }
    }
}
