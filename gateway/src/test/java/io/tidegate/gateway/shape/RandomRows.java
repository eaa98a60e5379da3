package io.tidegate.gateway.shape;

import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;

/** Random rows of any type: extremes, absent values, and now and then a required value that is absent all the same. */
public final class RandomRows {
    private static final int DEPTH_MAX = 6;
    private static final List<String> TEXTS = List.of("", "a", "ann@example.com", "*", "\u0000",
            "\u001f\u007f\u0080", "\"\\/", "é", "\u2028\u2029", "\uD83D\uDE00", "\uFFFF",
            "\uD800", "x\uDC00y", "</script>", "line\r\nline\ttab", "4111 1111 1111 1111",
            "not@an address", "\uD83D\uDE00\uD83D\uDE00\uD83D\uDE00\uD83D\uDE00\uD83D\uDE00",
            "null", "1e5", "long ".repeat(300));

    private final Random random;
    private final boolean isBroken;

    /**
     * @param isBroken
     *            whether required values may be absent
     */
    public RandomRows(Random random, boolean isBroken) {
        this.random = random;
        this.isBroken = isBroken;
    }

    /** An event of this product: with or without a row, a row before it, and a key of its own. */
    public Event event(ProductSchema schema) {
        var value = random.nextInt(6) == 0 ? null : row(schema.rowType(), 0);
        var previous = random.nextInt(3) > 0 ? null : row(schema.rowType(), 0);
        var key = new ArrayList<Object>();
        if (schema.key().isEmpty()) {
            key.add(random.nextInt(4));
            key.add(random.nextLong());
        }
        for (var path : schema.key()) {
            boolean isNullable = path.fields().stream().anyMatch(field -> field.nullable());
            key.add(isNullable && random.nextInt(5) == 0 ? null : value(path.type(), 0));
        }
        var op = value == null
                ? Op.DELETE
                : random.nextInt(4) == 0 ? Op.SNAPSHOT : Op.UPSERT;
        return new Event(0, random.nextInt(1000), 0, op, key, instant(), value, previous);
    }

    /** A row of this type. */
    public Row row(RecordType type, int depth) {
        var values = new Object[type.fields().size()];
        for (int i = 0; i < values.length; i++) {
            var field = type.fields().get(i);
            values[i] = isAbsent(field.nullable(), depth) ? null : value(field.type(), depth + 1);
        }
        return new Row(type, values);
    }

    private boolean isAbsent(boolean isNullable, int depth) {
        return isNullable
                ? depth > DEPTH_MAX || random.nextInt(5) == 0
                : depth > 3 * DEPTH_MAX || isBroken && random.nextInt(12) == 0;
    }

    private Object value(Type type, int depth) {
        return switch (type) {
            case RecordType record -> depth > 3 * DEPTH_MAX ? null : row(record, depth);
            case Type.EnumOf of -> isBroken && random.nextInt(10) == 0
                    || of.open() && random.nextInt(5) == 0
                            ? "77"
                            : of.symbols().get(random.nextInt(of.symbols().size()));
            case Type.ListOf list -> {
                var values = new ArrayList<Object>();
                for (int i = size(depth); i > 0; i--) {
                    values.add(isAbsent(list.elementNullable(), depth)
                            ? null
                            : value(list.element(), depth + 1));
                }
                yield values;
            }
            case Type.MapOf map -> {
                var values = new LinkedHashMap<String, Object>();
                for (int i = size(depth); i > 0; i--) {
                    values.put(text(), isAbsent(map.valueNullable(), depth)
                            ? null
                            : value(map.value(), depth + 1));
                }
                yield values;
            }
            case Type.Union union -> {
                var member = union.members().get(random.nextInt(union.members().size()));
                yield depth > 3 * DEPTH_MAX ? null : row(member, depth);
            }
            case Type.Json ignored -> json(0);
            case Type.Scalar scalar -> scalar(scalar);
        };
    }

    private int size(int depth) {
        return depth > DEPTH_MAX ? 0 : random.nextInt(4);
    }

    private Object scalar(Type.Scalar scalar) {
        return switch (scalar.kind()) {
            case BOOLEAN -> random.nextBoolean();
            case INT32 -> pick(0, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, random.nextInt());
            case UINT32 -> pick(0L, 1L, 0xFFFF_FFFFL, random.nextLong(0xFFFF_FFFFL));
            case INT64 -> pick(0L, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 53, random.nextLong());
            case UINT64 -> pick(BigInteger.ZERO, BigInteger.TWO.pow(64).subtract(BigInteger.ONE),
                    new BigInteger(64, random));
            case FLOAT32 -> pick(0f, -0f, 0.1f, Float.MAX_VALUE, Float.MIN_VALUE, Float.NaN,
                    Float.POSITIVE_INFINITY, 16777216f, 1e10f,
                    Float.intBitsToFloat(random.nextInt()));
            case FLOAT64 -> pick(0d, -0d, 0.1, Double.MAX_VALUE, Double.MIN_VALUE, Double.NaN,
                    Double.NEGATIVE_INFINITY, 1e7, 1e-3, 100.0,
                    Double.longBitsToDouble(random.nextLong()));
            case DECIMAL -> pick(BigDecimal.ZERO, new BigDecimal("0.00"), new BigDecimal("1E+40"),
                    new BigDecimal("-1E-40"), new BigDecimal("1E+999"), new BigDecimal("1E-1000"),
                    new BigDecimal(new BigInteger(90, random), random.nextInt(20)));
            case STRING -> text();
            case BYTES -> bytes();
            case UUID -> pick(new UUID(0, 0), new UUID(-1, -1),
                    new UUID(random.nextLong(), random.nextLong()));
            case DATE -> pick(LocalDate.EPOCH, LocalDate.of(9999, 12, 31), LocalDate.of(1, 1, 1),
                    LocalDate.of(0, 2, 29), LocalDate.of(-44, 3, 15), LocalDate.of(12345, 6, 7),
                    LocalDate.ofEpochDay(random.nextInt()));
            case TIME -> pick(LocalTime.MIDNIGHT, LocalTime.MAX, LocalTime.of(14, 30),
                    LocalTime.of(14, 30, 0, 1), LocalTime.of(1, 2, 3, 4_000),
                    LocalTime.of(1, 2, 3, 450_000_000));
            case TIMESTAMP -> instant();
            case LOCAL_TIMESTAMP -> LocalDateTime.ofInstant(instant(), ZoneOffset.UTC);
            case DURATION -> pick("P1D", "PT24H", "P1M2DT3.5S");
        };
    }

    private Instant instant() {
        return pick(Instant.EPOCH, Instant.parse("2026-03-01T14:30:00Z"),
                Instant.parse("2026-03-01T14:30:00.000000001Z"), Instant.parse(
                        "2026-03-01T14:30:00.120Z"),
                Instant.ofEpochMilli(Long.MIN_VALUE), Instant.ofEpochMilli(Long.MAX_VALUE),
                Instant.ofEpochSecond(random.nextInt(), random.nextInt(1_000_000_000)));
    }

    private String text() {
        return random.nextInt(3) == 0
                ? TEXTS.get(random.nextInt(TEXTS.size())) + TEXTS.get(random.nextInt(TEXTS.size()))
                : TEXTS.get(random.nextInt(TEXTS.size()));
    }

    private byte[] bytes() {
        var bytes = new byte[random.nextInt(7)];
        random.nextBytes(bytes);
        return bytes;
    }

    private Object json(int depth) {
        return switch (random.nextInt(depth > 2 ? 9 : 11)) {
            case 0 -> text();
            case 1 -> random.nextBoolean();
            case 2 -> random.nextInt();
            case 3 -> random.nextLong();
            case 4 -> new BigInteger(100, random);
            case 5 -> pick(1.5, -0d, 1e300, Double.NaN, Double.POSITIVE_INFINITY);
            case 6 -> new BigDecimal(pick("1.50", "1E+400", "-0.00"));
            case 7 -> text();
            case 8 -> depth == 0 ? text() : null;
            case 9 -> {
                var list = new ArrayList<Object>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    list.add(json(depth + 1));
                }
                yield list;
            }
            default -> {
                var map = new LinkedHashMap<String, Object>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    map.put(text(), json(depth + 1));
                }
                yield map;
            }
        };
    }

    @SafeVarargs
    private <T> T pick(T... values) {
        return values[random.nextInt(values.length)];
    }

    /** A value for people: what made a test fail. */
    public static String describe(Object value) {
        return switch (value) {
            case null -> "null";
            case Row row -> {
                var parts = new ArrayList<String>();
                for (int i = 0; i < row.type().fields().size(); i++) {
                    parts.add(row.type().fields().get(i).name() + "=" + describe(row.get(i)));
                }
                yield row.type().simpleName() + parts;
            }
            case List<?> list -> list.stream().map(RandomRows::describe).toList().toString();
            case Map<?, ?> map -> {
                var parts = new ArrayList<String>();
                map.forEach((key, each) -> parts.add(describe(key) + ": " + describe(each)));
                yield "{" + String.join(", ", parts) + "}";
            }
            case byte[] bytes -> "base64 " + Base64.getEncoder().encodeToString(bytes);
            case String text -> RandomSchemas.quoted(text);
            case Event event -> event.op() + " key " + describe(event.key()) + " time "
                    + event.time() + " value " + describe(event.value()) + " previous "
                    + describe(event.previous());
            case Object[] array -> describe(Arrays.asList(array));
            default -> value.getClass().getSimpleName() + " " + value;
        };
    }
}
