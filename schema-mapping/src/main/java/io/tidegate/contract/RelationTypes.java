package io.tidegate.contract;

import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigInteger;
import java.util.Optional;

/**
 * Which values of one product can name a row of another: those that are equal exactly when they are written alike. Numbers
 * with a point and times of day are left out, because equal ones can be written in several ways.
 */
public final class RelationTypes {
    private static final BigInteger UINT32_MAX = BigInteger.valueOf(0xFFFF_FFFFL);
    private static final int UINT64_BITS = 64;

    private RelationTypes() {
    }

    /** Whether a field of this type can be part of a relation. */
    static boolean canLead(Type type) {
        return family(type) != Family.NONE;
    }

    /** Whether values of the one type can equal values of the other. */
    public static boolean fit(Type one, Type other) {
        var family = family(one);
        return family != Family.NONE && family == family(other);
    }

    /**
     * A value of the one type as the Java class that carries the other one in a row; empty if the other has no such value,
     * such as a number out of its range. The types must {@link #fit}.
     */
    public static Optional<Object> carried(Object value, Type other) {
        if (other instanceof Type.Scalar scalar && value instanceof Number number) {
            return number(new BigInteger(number.toString()), scalar.kind());
        }
        return Optional.of(value);
    }

    private static Optional<Object> number(BigInteger number, ScalarKind kind) {
        return switch (kind) {
            case INT32 -> number.bitLength() < Integer.SIZE
                    ? Optional.of(number.intValue())
                    : Optional.empty();
            case UINT32 -> number.signum() >= 0 && number.compareTo(UINT32_MAX) <= 0
                    ? Optional.of(number.longValue())
                    : Optional.empty();
            case INT64 -> number.bitLength() < Long.SIZE
                    ? Optional.of(number.longValue())
                    : Optional.empty();
            case UINT64 -> number.signum() >= 0 && number.bitLength() <= UINT64_BITS
                    ? Optional.of(number)
                    : Optional.empty();
            default -> Optional.empty();
        };
    }

    private enum Family {
        NONE, TEXT, NUMBER, BOOLEAN, UUID, DATE, TIMESTAMP
    }

    private static Family family(Type type) {
        return switch (type) {
            case Type.EnumOf symbols -> Family.TEXT;
            case Type.Scalar scalar -> switch (scalar.kind()) {
                case STRING -> Family.TEXT;
                case INT32, UINT32, INT64, UINT64 -> Family.NUMBER;
                case BOOLEAN -> Family.BOOLEAN;
                case UUID -> Family.UUID;
                case DATE -> Family.DATE;
                case TIMESTAMP -> Family.TIMESTAMP;
                case FLOAT32, FLOAT64, DECIMAL, BYTES, TIME, LOCAL_TIMESTAMP, DURATION ->
                    Family.NONE;
            };
            default -> Family.NONE;
        };
    }
}
