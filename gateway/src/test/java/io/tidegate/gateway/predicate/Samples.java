package io.tidegate.gateway.predicate;

import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** A record type with a field of every kind, and rows of it. */
public final class Samples {
    public static final Type.EnumOf STATUS = new Type.EnumOf("Status", "",
            List.of("created", "in_transit", "delivered", "returned"), false);
    public static final RecordType CITY = RecordType.of("test.City", List.of(
            new Field("name", Type.Scalar.of(ScalarKind.STRING), false),
            new Field("zip", Type.Scalar.of(ScalarKind.INT32), true)));
    public static final RecordType PARCEL = RecordType.of("test.Parcel", List.of(
            field("id", ScalarKind.STRING),
            field("flag", ScalarKind.BOOLEAN),
            field("small", ScalarKind.INT32),
            field("unsigned", ScalarKind.UINT32),
            field("big", ScalarKind.INT64),
            field("huge", ScalarKind.UINT64),
            field("single", ScalarKind.FLOAT32),
            field("ratio", ScalarKind.FLOAT64),
            new Field("price", new Type.Scalar(ScalarKind.DECIMAL, 12, 2), true),
            field("amount", ScalarKind.DECIMAL),
            field("bytes", ScalarKind.BYTES),
            field("uuid", ScalarKind.UUID),
            field("day", ScalarKind.DATE),
            field("clock", ScalarKind.TIME),
            field("at", ScalarKind.TIMESTAMP),
            field("local", ScalarKind.LOCAL_TIMESTAMP),
            field("took", ScalarKind.DURATION),
            new Field("status", STATUS, true),
            new Field("city", CITY, true),
            new Field("tags", new Type.ListOf(Type.Scalar.of(ScalarKind.STRING), true), true),
            new Field("counts", new Type.ListOf(Type.Scalar.of(ScalarKind.INT64), false), true),
            new Field("labels", new Type.MapOf(Type.Scalar.of(ScalarKind.STRING), true), true),
            new Field("odd name", Type.Scalar.of(ScalarKind.STRING), true)));

    private Samples() {
    }

    private static Field field(String name, ScalarKind kind) {
        return new Field(name, Type.Scalar.of(kind), true);
    }

    /** A row of {@link #PARCEL} with these fields and no others. */
    public static Row parcel(Map<String, Object> values) {
        var all = new Object[PARCEL.fields().size()];
        values.forEach((name, value) -> all[PARCEL.position(name).orElseThrow()] = value);
        return new Row(PARCEL, all);
    }

    public static Row city(String name, Integer zip) {
        return new Row(CITY, new Object[]{name, zip});
    }

    /** A row of small domains, so that random filters hit; every field may be absent. */
    public static Row random(RandomGenerator random) {
        var all = new Object[PARCEL.fields().size()];
        for (int i = 0; i < all.length; i++) {
            all[i] = random.nextInt(6) == 0 ? null : value(PARCEL.fields().get(i).type(), random);
        }
        return new Row(PARCEL, all);
    }

    /** A value of a type from a small domain, its corners included. */
    public static Object value(Type type, RandomGenerator random) {
        return switch (type) {
            case Type.Scalar scalar -> scalar(scalar, random);
            case Type.EnumOf symbols -> pick(random, symbols.symbols().toArray());
            case RecordType record -> city(
                    (String) value(Type.Scalar.of(ScalarKind.STRING), random),
                    random.nextBoolean() ? null : random.nextInt(3));
            case Type.ListOf list -> {
                var values = new ArrayList<Object>();
                for (int i = random.nextInt(3); i > 0; i--) {
                    values.add(list.elementNullable() && random.nextInt(5) == 0
                            ? null
                            : value(list.element(), random));
                }
                yield values;
            }
            case Type.MapOf ignored -> Map.of("a", "b");
            default -> throw new IllegalArgumentException(type.toString());
        };
    }

    private static Object scalar(Type.Scalar scalar, RandomGenerator random) {
        return switch (scalar.kind()) {
            case BOOLEAN -> random.nextBoolean();
            case INT32 -> pick(random, 0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case UINT32 -> pick(random, 0L, 1L, 0xFFFF_FFFFL);
            case INT64 -> pick(random, 0L, 1L, -1L, Long.MIN_VALUE, Long.MAX_VALUE);
            case UINT64 -> pick(random, BigInteger.ZERO, BigInteger.ONE,
                    BigInteger.TWO.pow(64).subtract(BigInteger.ONE), BigInteger.TWO.pow(63));
            case FLOAT32 -> pick(random, 0f, -0f, 0.1f, -1.5f, Float.MAX_VALUE, Float.MIN_VALUE,
                    Float.NaN, Float.POSITIVE_INFINITY);
            case FLOAT64 -> pick(random, 0d, -0d, 0.1, -1.5, Double.MAX_VALUE, Double.MIN_VALUE,
                    Double.NaN, Double.NEGATIVE_INFINITY);
            case DECIMAL -> scalar.precision() > 0
                    ? new BigDecimal((String) pick(random, "0.00", "1.00", "-1.00", "0.01",
                            "9999999999.99", "-9999999999.99"))
                    : new BigDecimal((String) pick(random, "0", "0.0", "1", "1.000", "-1", "-1.5",
                            "10", "0.1", "1E+40", "-1E+40", "1E-40", "123456789.123456789",
                            "123456789.1234567891", "-12", "-120", "-119.5"));
            case STRING -> pick(random, "", "a", "ab", "B", "é", "\uD83D\uDE00", "\uFFFD", "x%y",
                    "100% _\\", "'; drop table t; --", "a\nb", "\"", "ß", "a\u0000b");
            case BYTES -> pick(random, new byte[0], new byte[]{1}, new byte[]{-1, 0},
                    new byte[]{39, 59});
            case UUID -> pick(random, new UUID(0, 0), new UUID(-1, -1), new UUID(1, -1),
                    new UUID(Long.MIN_VALUE, 5),
                    UUID.fromString("7d444840-9dc0-11d1-b245-5ffdce74fad2"));
            case DATE -> pick(random, LocalDate.EPOCH, LocalDate.MIN, LocalDate.MAX,
                    LocalDate.of(2026, 3, 1));
            case TIME -> pick(random, LocalTime.MIDNIGHT, LocalTime.MAX, LocalTime.of(14, 30),
                    LocalTime.of(14, 30, 0, 1));
            case TIMESTAMP -> pick(random, Instant.EPOCH,
                    Instant.ofEpochMilli(Long.MIN_VALUE), Instant.ofEpochMilli(Long.MAX_VALUE),
                    Instant.parse("9999-12-31T23:59:59Z"), Instant.parse("0001-01-01T00:00:00Z"),
                    Instant.parse("2026-03-01T14:30:00Z"),
                    Instant.parse("2026-03-01T14:30:00.000000001Z"));
            case LOCAL_TIMESTAMP -> pick(random, LocalDateTime.MIN, LocalDateTime.MAX,
                    LocalDateTime.of(2026, 3, 1, 14, 30),
                    LocalDateTime.of(1950, 3, 1, 14, 30, 1, 1));
            case DURATION -> pick(random, "P1D", "PT24H");
        };
    }

    private static Object pick(RandomGenerator random, Object... values) {
        return values[random.nextInt(values.length)];
    }
}
