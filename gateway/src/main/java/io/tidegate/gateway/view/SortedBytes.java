package io.tidegate.gateway.view;

import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Single values as bytes that compare as the values do in a view's columns: one value behind the other, none the beginning of
 * another one of its type, absent ones last in both directions. A change of this form has to raise {@link #LAYOUT}.
 */
final class SortedBytes {
    static final int LAYOUT = 1;
    private static final int PRESENT = 1;
    private static final int ABSENT = 2;

    private byte[] bytes = new byte[64];
    private int size;

    /** Begins anew. */
    SortedBytes clear() {
        size = 0;
        return this;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    int size() {
        return size;
    }

    SortedBytes raw(byte[] value) {
        reserve(value.length);
        System.arraycopy(value, 0, bytes, size, value.length);
        size += value.length;
        return this;
    }

    /** What every value that is there begins with. */
    SortedBytes present() {
        octet(PRESENT);
        return this;
    }

    /** What stands behind all values that are there, whatever their direction. */
    SortedBytes absent() {
        octet(ABSENT);
        return this;
    }

    /**
     * Whether a value can be written for a column: literals of another class may compare with it all the same.
     *
     * @param column
     *            of single values
     */
    static boolean takes(Column column, Object value) {
        if (!(column.type() instanceof Type.Scalar scalar)) {
            return value instanceof String;
        }
        return switch (scalar.kind()) {
            case BOOLEAN -> value instanceof Boolean;
            case INT32, UINT32, INT64 -> value instanceof Integer || value instanceof Long;
            case UINT64 -> value instanceof BigInteger;
            case FLOAT32, FLOAT64 -> value instanceof Float || value instanceof Double;
            case DECIMAL -> value instanceof BigDecimal;
            case STRING, DURATION -> value instanceof String;
            case BYTES -> value instanceof byte[];
            case UUID -> value instanceof UUID;
            case DATE -> value instanceof LocalDate;
            case TIME -> value instanceof LocalTime;
            case TIMESTAMP -> value instanceof Instant;
            case LOCAL_TIMESTAMP -> value instanceof LocalDateTime;
        };
    }

    /** A value as a column has it. */
    SortedBytes value(Column column, @Nullable Object value, boolean descending) {
        if (value == null || !column.sees(value)) {
            return absent();
        }
        octet(PRESENT);
        int from = size;
        Optional<ScalarKind> kind = column.type() instanceof Type.Scalar scalar
                ? Optional.of(scalar.kind())
                : Optional.empty();
        switch (kind.orElse(ScalarKind.STRING)) {
            case BOOLEAN -> octet((Boolean) value ? 1 : 0);
            case INT32, UINT32, INT64 -> signed(((Number) value).longValue());
            case UINT64 -> huge((BigInteger) value);
            // One zero is like the other, and narrow numbers are compared as wide ones.
            case FLOAT32, FLOAT64 -> floating(((Number) value).doubleValue() + 0d);
            case DECIMAL ->
                text(Column.sortable((BigDecimal) value).getBytes(StandardCharsets.UTF_8));
            case STRING, DURATION -> text(((String) value).getBytes(StandardCharsets.UTF_8));
            case BYTES -> text((byte[]) value);
            case UUID -> {
                fixed(((UUID) value).getMostSignificantBits(), 8);
                fixed(((UUID) value).getLeastSignificantBits(), 8);
            }
            case DATE -> signed(((LocalDate) value).toEpochDay());
            case TIME -> signed(((LocalTime) value).toNanoOfDay());
            case TIMESTAMP -> time((Instant) value);
            case LOCAL_TIMESTAMP -> time(((LocalDateTime) value).toInstant(ZoneOffset.UTC));
        }
        if (descending) {
            for (int i = from; i < size; i++) {
                bytes[i] = (byte) ~bytes[i];
            }
        }
        return this;
    }

    private void time(Instant time) {
        signed(time.getEpochSecond());
        fixed(time.getNano(), 4);
    }

    private void signed(long value) {
        fixed(value ^ Long.MIN_VALUE, 8);
    }

    private void floating(double value) {
        long bits = Double.doubleToLongBits(value);
        // Of negative numbers the complement, so that those further from zero come first.
        fixed(bits < 0 ? ~bits : bits ^ Long.MIN_VALUE, 8);
    }

    /** More than 128 bits are none of any column. */
    private void huge(BigInteger value) {
        signed(value.shiftRight(64).longValue());
        fixed(value.longValue(), 8);
    }

    /** Ends with two zeros; a zero within is followed by what is more than zero. */
    private void text(byte[] value) {
        reserve(value.length + 2);
        for (byte octet : value) {
            if (octet == 0) {
                reserve(value.length + 3);
                bytes[size++] = 0;
                bytes[size++] = (byte) 0xFF;
            } else {
                reserve(1);
                bytes[size++] = octet;
            }
        }
        octet(0);
        octet(0);
    }

    private void fixed(long value, int octets) {
        reserve(octets);
        for (int shift = (octets - 1) * 8; shift >= 0; shift -= 8) {
            bytes[size++] = (byte) (value >>> shift);
        }
    }

    private void octet(int value) {
        reserve(1);
        bytes[size++] = (byte) value;
    }

    private void reserve(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
        }
    }

    /** The least bytes behind all that begin so; there are some, because indexes do not begin with 255. */
    static byte[] behind(byte[] start) {
        int last = start.length - 1;
        while (start[last] == -1) {
            last--;
        }
        byte[] next = Arrays.copyOf(start, last + 1);
        next[last]++;
        return next;
    }
}
