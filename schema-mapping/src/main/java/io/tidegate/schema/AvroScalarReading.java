package io.tidegate.schema;

import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.UUID;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/** Single values: as they were written, and as what they mean for the reader. */
final class AvroScalarReading {
    private static final long NANOS = 1_000_000_000;
    private static final long DAY = 86_400;
    /** 0000-01-01 and the end of 9999-12-31: RFC 3339 and ISO 8601 have four digits for a year. */
    private static final LocalDate FIRST_DAY = LocalDate.of(0, 1, 1);
    private static final LocalDate LAST_DAY = LocalDate.of(9999, 12, 31);
    private static final long FIRST_SECOND = FIRST_DAY.toEpochDay() * DAY;
    private static final long LAST_SECOND = LAST_DAY.toEpochDay() * DAY + DAY - 1;
    private static final String EXPECTED_YEARS = " in the years 0000 to 9999";

    private AvroScalarReading() {
    }

    /** Null if the writer's value has no meaning for the reader. */
    static @Nullable AvroReading of(AvroScalar writer, AvroScalar reader) {
        Schema.Type wire = writer.wire();
        return switch (reader.type().kind()) {
            case BOOLEAN -> wire == Schema.Type.BOOLEAN ? (in, depth) -> in.readBoolean() : null;
            case INT32 -> wire == Schema.Type.INT ? (in, depth) -> in.readInt() : null;
            case INT64 -> isInteger(wire) ? integer(wire) : null;
            case UINT32 -> isInteger(wire) ? AvroScalarReading::unsigned32 : null;
            case UINT64 -> wire == Schema.Type.BYTES ? AvroScalarReading::unsigned64 : null;
            case FLOAT32 -> switch (wire) {
                case INT -> (in, depth) -> (float) in.readInt();
                case LONG -> (in, depth) -> (float) in.readLong();
                case FLOAT -> (in, depth) -> in.readFloat();
                default -> null;
            };
            case FLOAT64 -> switch (wire) {
                case INT -> (in, depth) -> (double) in.readInt();
                case LONG -> (in, depth) -> (double) in.readLong();
                case FLOAT -> (in, depth) -> (double) in.readFloat();
                case DOUBLE -> (in, depth) -> in.readDouble();
                default -> null;
            };
            case STRING -> isText(writer) ? (in, depth) -> in.readString() : null;
            case BYTES -> bytes(writer, reader);
            case DECIMAL -> decimals(writer, reader);
            case UUID -> uuid(writer, reader);
            case DATE -> wire == Schema.Type.INT
                    && (!writer.isMeant() || writer.type().kind() == ScalarKind.DATE)
                            ? AvroScalarReading::date
                            : null;
            case TIME -> time(writer, reader);
            case TIMESTAMP -> timestamp(writer, reader);
            case LOCAL_TIMESTAMP -> localTimestamp(writer, reader);
            case DURATION -> duration(writer, reader);
        };
    }

    private static boolean isInteger(Schema.Type wire) {
        return wire == Schema.Type.INT || wire == Schema.Type.LONG;
    }

    private static AvroReading integer(Schema.Type wire) {
        return wire == Schema.Type.LONG
                ? (in, depth) -> in.readLong()
                : (in, depth) -> (long) in.readInt();
    }

    /** Text and bytes are read as each other, unless the bytes are meant as a number. */
    private static boolean isText(AvroScalar writer) {
        return writer.wire() == Schema.Type.STRING
                || (writer.wire() == Schema.Type.BYTES && !writer.isMeant());
    }

    private static Object unsigned32(AvroBytes in, int depth) throws IOException {
        long value = in.readLong();
        return value < 0 || value > 0xffff_ffffL
                ? in.misfit(depth, "an unsigned integer of 32 bits")
                : value;
    }

    private static Object unsigned64(AvroBytes in, int depth) throws IOException {
        byte[] unscaled = in.readByteArray();
        // Eight bytes and one for the sign.
        return unscaled.length == 0 || unscaled.length > 9 || unscaled[0] < 0
                ? in.misfit(depth, "an unsigned integer of 64 bits")
                : new BigInteger(unscaled);
    }

    private static @Nullable AvroReading bytes(AvroScalar writer, AvroScalar reader) {
        if (reader.wire() == Schema.Type.FIXED) {
            int size = reader.size();
            return writer.wire() == Schema.Type.FIXED && writer.size() == size
                    ? (in, depth) -> in.readFixed(size)
                    : null;
        }
        return writer.wire() == Schema.Type.BYTES || writer.wire() == Schema.Type.STRING
                ? (in, depth) -> in.readByteArray()
                : null;
    }

    private static byte[] unscaled(AvroBytes in, AvroScalar writer) throws IOException {
        return writer.wire() == Schema.Type.FIXED
                ? in.readFixed(writer.size())
                : in.readByteArray();
    }

    private static @Nullable AvroReading decimals(AvroScalar writer, AvroScalar reader) {
        boolean isDecimal = writer.isMeant() && writer.type().kind() == ScalarKind.DECIMAL;
        boolean isBare = !writer.isMeant() && writer.wire() == reader.wire()
                && writer.size() == reader.size();
        if (!isDecimal && !isBare) {
            return null;
        }
        int wanted = reader.type().scale();
        if (isDecimal ? writer.ownScale() : reader.ownScale()) {
            return (in, depth) -> scaled(in, depth, ownScale(in, depth), wanted);
        }
        int written = isDecimal ? writer.type().scale() : wanted;
        return (in, depth) -> scaled(in, depth,
                decimal(in, depth, unscaled(in, writer), written), wanted);
    }

    /** A big-decimal: bytes that hold the digits and their scale. */
    private static Object ownScale(AvroBytes in, int depth) throws IOException {
        var inner = new AvroBytes(in.readByteArray(), 0);
        try {
            byte[] unscaled = inner.readByteArray();
            int scale = inner.readInt();
            if (inner.isAtEnd()) {
                return decimal(in, depth, unscaled, scale);
            }
        } catch (IOException e) {
            return in.misfit(depth, "a decimal with its scale");
        }
        return in.misfit(depth, "a decimal with its scale");
    }

    private static Object scaled(AvroBytes in, int depth, Object value, int scale) {
        if (!(value instanceof BigDecimal decimal) || scale < 0 || decimal.scale() == scale) {
            return value;
        }
        try {
            return decimal.setScale(scale, RoundingMode.UNNECESSARY);
        } catch (ArithmeticException e) {
            return in.misfit(depth,
                    "a decimal with at most " + scale + " digits behind its point");
        }
    }

    static Object decimal(AvroBytes in, int depth, byte[] unscaled, int scale) {
        // A digit takes more than three bits.
        if (unscaled.length == 0 || unscaled.length > JsonValues.MAX_DECIMAL_DIGITS / 2) {
            return in.misfit(depth, "a decimal of 1 to " + JsonValues.MAX_DECIMAL_DIGITS / 2
                    + " bytes");
        }
        var value = new BigDecimal(new BigInteger(unscaled), scale);
        return JsonValues.isBounded(value)
                ? value
                : in.misfit(depth, "a decimal with at most " + JsonValues.MAX_DECIMAL_DIGITS
                        + " digits on either side of its point");
    }

    private static @Nullable AvroReading uuid(AvroScalar writer, AvroScalar reader) {
        if (isText(writer)) {
            boolean isReadable = writer.type().kind() == ScalarKind.UUID
                    || reader.wire() == Schema.Type.STRING;
            return isReadable
                    ? AvroScalarReading::uuidText
                    : null;
        }
        boolean isUuid = writer.wire() == Schema.Type.FIXED && writer.size() == 16
                && (writer.type().kind() == ScalarKind.UUID
                        || (!writer.isMeant() && reader.wire() == Schema.Type.FIXED));
        return isUuid ? (in, depth) -> {
            ByteBuffer bytes = ByteBuffer.wrap(in.readFixed(16));
            return new UUID(bytes.getLong(), bytes.getLong());
        } : null;
    }

    private static Object uuidText(AvroBytes in, int depth) throws IOException {
        String text = in.readString();
        try {
            // Java reads '1-1-1-1-1' too.
            if (text.length() == 36) {
                return UUID.fromString(text);
            }
        } catch (IllegalArgumentException e) {
            return in.misfit(depth, "a UUID");
        }
        return in.misfit(depth, "a UUID");
    }

    private static Object date(AvroBytes in, int depth) throws IOException {
        long day = in.readInt();
        return day < FIRST_DAY.toEpochDay() || day > LAST_DAY.toEpochDay()
                ? in.misfit(depth, "a date" + EXPECTED_YEARS)
                : LocalDate.ofEpochDay(day);
    }

    /** The unit that the writer's number counts, 0 if it is no number that the reader can take. */
    private static long unit(AvroScalar writer, AvroScalar reader, boolean isSameKind) {
        if (isSameKind && writer.isMeant()) {
            return writer.unit();
        }
        boolean isPromoted = writer.wire() == reader.wire()
                || (writer.wire() == Schema.Type.INT && reader.wire() == Schema.Type.LONG);
        return !writer.isMeant() && isPromoted ? reader.unit() : 0;
    }

    private static boolean isTimeText(AvroScalar writer, AvroScalar reader, boolean isSameKind) {
        return writer.wire() == Schema.Type.STRING && (isSameKind
                || (!writer.isMeant() && reader.wire() == Schema.Type.STRING));
    }

    private static @Nullable AvroReading time(AvroScalar writer, AvroScalar reader) {
        boolean isSameKind = writer.type().kind() == ScalarKind.TIME;
        if (isTimeText(writer, reader, isSameKind)) {
            return (in, depth) -> {
                LocalTime time = TimeText.time(in.readString());
                return time == null ? in.misfit(depth, "a time of day") : time;
            };
        }
        long unit = unit(writer, reader, isSameKind);
        if (unit == 0) {
            return null;
        }
        long nanos = NANOS / unit;
        long cut = cut(unit, reader);
        return (in, depth) -> {
            long value = in.readLong();
            return value < 0 || value >= DAY * unit
                    ? in.misfit(depth, "a time of day")
                    : LocalTime.ofNanoOfDay(value / cut * cut * nanos);
        };
    }

    /** How many of the writer's units the reader's least one is. */
    private static long cut(long unit, AvroScalar reader) {
        return reader.unit() == 0 ? 1 : Math.max(1, unit / reader.unit());
    }

    private static @Nullable AvroReading timestamp(AvroScalar writer, AvroScalar reader) {
        boolean isSameKind = writer.type().kind() == ScalarKind.TIMESTAMP
                || isZoneOpen(writer, reader);
        if (isTimeText(writer, reader, isSameKind)) {
            return (in, depth) -> {
                Instant time = TimeText.instant(in.readString());
                return time == null || !isSayable(time.getEpochSecond())
                        ? in.misfit(depth, "a timestamp" + EXPECTED_YEARS)
                        : time;
            };
        }
        long unit = unit(writer, reader, isSameKind);
        if (unit == 0) {
            return null;
        }
        long nanos = NANOS / unit;
        long cut = cut(unit, reader);
        return (in, depth) -> {
            long value = in.readLong();
            long second = Math.floorDiv(value, unit);
            long rest = Math.floorMod(value, unit);
            return isSayable(second)
                    ? Instant.ofEpochSecond(second, rest / cut * cut * nanos)
                    : in.misfit(depth, "a timestamp" + EXPECTED_YEARS);
        };
    }

    private static @Nullable AvroReading localTimestamp(AvroScalar writer, AvroScalar reader) {
        boolean isSameKind = writer.type().kind() == ScalarKind.LOCAL_TIMESTAMP
                || isZoneOpen(writer, reader);
        long unit = unit(writer, reader, isSameKind);
        if (unit == 0) {
            return null;
        }
        long nanos = NANOS / unit;
        long cut = cut(unit, reader);
        return (in, depth) -> {
            long value = in.readLong();
            long second = Math.floorDiv(value, unit);
            long rest = Math.floorMod(value, unit);
            return isSayable(second)
                    ? LocalDateTime.ofEpochSecond(second, (int) (rest / cut * cut * nanos),
                            ZoneOffset.UTC)
                    : in.misfit(depth, "a date and time" + EXPECTED_YEARS);
        };
    }

    /** Debezium leaves open whether its timestamps are of UTC: each reads them as what it needs. */
    private static boolean isZoneOpen(AvroScalar writer, AvroScalar reader) {
        ScalarKind other = writer.isZoneOpen() ? reader.type().kind() : writer.type().kind();
        return (writer.isZoneOpen() || reader.isZoneOpen()) && writer.unit() > 0
                && reader.unit() > 0
                && (other == ScalarKind.TIMESTAMP || other == ScalarKind.LOCAL_TIMESTAMP);
    }

    private static boolean isSayable(long second) {
        return second >= FIRST_SECOND && second <= LAST_SECOND;
    }

    private static @Nullable AvroReading duration(AvroScalar writer, AvroScalar reader) {
        if (reader.wire() != Schema.Type.FIXED) {
            return isText(writer) ? (in, depth) -> in.readString() : null;
        }
        boolean isDuration = writer.wire() == Schema.Type.FIXED && writer.size() == 12
                && (!writer.isMeant() || writer.type().kind() == ScalarKind.DURATION);
        return isDuration ? (in, depth) -> AvroDuration.text(in.readFixed(12)) : null;
    }
}
