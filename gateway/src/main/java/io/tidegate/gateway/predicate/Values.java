package io.tidegate.gateway.predicate;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** How values of rows compare. The order is that of the view's columns, so that a stream and a query agree. */
final class Values {
    private Values() {
    }

    /**
     * Whether a filter sees a value at all. NaN and infinities count as absent: JSON shows them as null, so that is what
     * whoever writes a filter knows of them.
     */
    static boolean isPresent(@Nullable Object value) {
        if (value instanceof Double d) {
            return Double.isFinite(d);
        }
        if (value instanceof Float f) {
            return Float.isFinite(f);
        }
        return value != null;
    }

    /**
     * Less than, equal to or greater than zero.
     *
     * @throws IllegalArgumentException
     *             if the two are not comparable, which a predicate that was compiled against its type never leads to
     */
    static int compare(Object a, Object b) {
        if (a instanceof String x && b instanceof String y) {
            return compareText(x, y);
        }
        if (a instanceof Integer x && b instanceof Integer y) {
            return Integer.compare(x, y);
        }
        if (a instanceof Long x && b instanceof Long y) {
            return Long.compare(x, y);
        }
        if (a instanceof Number x && b instanceof Number y) {
            return compareNumbers(x, y);
        }
        if (a instanceof Boolean x && b instanceof Boolean y) {
            return Boolean.compare(x, y);
        }
        if (a instanceof UUID x && b instanceof UUID y) {
            int high = Long.compareUnsigned(x.getMostSignificantBits(),
                    y.getMostSignificantBits());
            return high != 0
                    ? high
                    : Long.compareUnsigned(x.getLeastSignificantBits(),
                            y.getLeastSignificantBits());
        }
        if (a instanceof Instant x && b instanceof Instant y) {
            return x.compareTo(y);
        }
        if (a instanceof LocalDate x && b instanceof LocalDate y) {
            return x.compareTo(y);
        }
        if (a instanceof LocalTime x && b instanceof LocalTime y) {
            return x.compareTo(y);
        }
        if (a instanceof LocalDateTime x && b instanceof LocalDateTime y) {
            return x.compareTo(y);
        }
        byte[] x = bytes(a);
        byte[] y = bytes(b);
        if (x != null && y != null) {
            return Arrays.compareUnsigned(x, y);
        }
        throw new IllegalArgumentException("a " + a.getClass().getSimpleName()
                + " does not compare with a " + b.getClass().getSimpleName());
    }

    /** Equal values have equal canonical forms, with Java's own {@code equals}. */
    static Object canonical(Object value) {
        if (value instanceof BigDecimal d) {
            return d.stripTrailingZeros();
        }
        if (value instanceof Double d) {
            return d == 0 ? 0.0 : d;
        }
        if (value instanceof Float f) {
            return f == 0 ? 0.0f : f;
        }
        if (value instanceof byte[] b) {
            return ByteBuffer.wrap(b.clone()).asReadOnlyBuffer();
        }
        return value;
    }

    /** By code points, as UTF-8 sorts; Java's own order differs beyond U+FFFF. */
    static int compareText(String a, String b) {
        int common = Math.min(a.length(), b.length());
        for (int i = 0; i < common; i++) {
            char x = a.charAt(i);
            char y = b.charAt(i);
            if (x != y) {
                boolean xHalf = Character.isSurrogate(x);
                boolean yHalf = Character.isSurrogate(y);
                return xHalf == yHalf ? Character.compare(x, y) : xHalf ? 1 : -1;
            }
        }
        return Integer.compare(a.length(), b.length());
    }

    private static int compareNumbers(Number a, Number b) {
        if (a instanceof Double || a instanceof Float) {
            if (b instanceof Double || b instanceof Float) {
                double x = a.doubleValue();
                double y = b.doubleValue();
                return x < y ? -1 : x > y ? 1 : 0;
            }
        }
        return decimal(a).compareTo(decimal(b));
    }

    private static BigDecimal decimal(Number number) {
        return switch (number) {
            case BigDecimal d -> d;
            case BigInteger i -> new BigDecimal(i);
            case Double d -> new BigDecimal(d);
            case Float f -> new BigDecimal(f);
            default -> BigDecimal.valueOf(number.longValue());
        };
    }

    private static byte @Nullable [] bytes(Object value) {
        if (value instanceof byte[] b) {
            return b;
        }
        if (value instanceof ByteBuffer buffer) {
            var copy = new byte[buffer.remaining()];
            buffer.duplicate().get(copy);
            return copy;
        }
        return null;
    }
}
