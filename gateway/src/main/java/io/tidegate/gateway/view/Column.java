package io.tidegate.gateway.view;

import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.duckdb.DuckDBAppender;
import org.jooq.Condition;
import org.jooq.Field;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * A column that filters and orders see. Its values compare in SQL exactly as the row's values do in a matcher; the row
 * itself is kept apart, as JSON, so a column may forget what no filter can ask.
 *
 * @param name
 *            ours, never the schema's
 */
record Column(String name, Type type, Storage storage, String sqlType) {
    private static final BigInteger NANOS = BigInteger.valueOf(1_000_000_000);
    private static final long EXPONENT_BIAS = 5_000_000_000L;

    /** How values become SQL values. */
    enum Storage {
        BOOLEAN, INTEGER, BIGINT,
        /** Whole numbers beyond 64 bits; times as nanoseconds since 1970, because DuckDB's own reach only to 2262. */
        HUGEINT, DOUBLE, DECIMAL,
        /** Decimals of any size as text that sorts like the numbers. */
        SORTABLE_DECIMAL, TEXT, BLOB, UUID,
        /** Elements as canonical text: all that is asked of them is equality. */
        TEXT_LIST,
        /** Whether there is a value at all, for what has no comparison: records, maps, unions. */
        PRESENCE
    }

    static Column of(String name, Type type) {
        return switch (type) {
            case Type.EnumOf ignored -> new Column(name, type, Storage.TEXT, "VARCHAR");
            case Type.ListOf list when isSingle(list.element()) ->
                new Column(name, type, Storage.TEXT_LIST, "VARCHAR[]");
            case Type.Scalar scalar -> of(name, scalar);
            default -> new Column(name, type, Storage.PRESENCE, "BOOLEAN");
        };
    }

    private static Column of(String name, Type.Scalar scalar) {
        return switch (scalar.kind()) {
            case BOOLEAN -> new Column(name, scalar, Storage.BOOLEAN, "BOOLEAN");
            case INT32 -> new Column(name, scalar, Storage.INTEGER, "INTEGER");
            case UINT32, INT64, DATE, TIME -> new Column(name, scalar, Storage.BIGINT, "BIGINT");
            case UINT64, TIMESTAMP, LOCAL_TIMESTAMP ->
                new Column(name, scalar, Storage.HUGEINT, "HUGEINT");
            case FLOAT32, FLOAT64 -> new Column(name, scalar, Storage.DOUBLE, "DOUBLE");
            case DECIMAL -> {
                int precision = scalar.precision();
                int scale = scalar.scale();
                yield precision > 0 && precision <= 38 && scale >= 0 && scale <= precision
                        ? new Column(name, scalar, Storage.DECIMAL,
                                "DECIMAL(" + precision + "," + scale + ")")
                        : new Column(name, scalar, Storage.SORTABLE_DECIMAL, "VARCHAR");
            }
            case STRING, DURATION -> new Column(name, scalar, Storage.TEXT, "VARCHAR");
            case BYTES -> new Column(name, scalar, Storage.BLOB, "BLOB");
            case UUID -> new Column(name, scalar, Storage.UUID, "UUID");
        };
    }

    static boolean isSingle(Type type) {
        return type instanceof Type.Scalar || type instanceof Type.EnumOf;
    }

    boolean isOrdered() {
        return storage != Storage.TEXT_LIST && storage != Storage.PRESENCE;
    }

    /** The column in a query. */
    Field<Object> field() {
        return DSL.field(DSL.name(name), Object.class);
    }

    /** The column's value as text that {@link #parameter} takes back unchanged. */
    Field<String> asText() {
        return storage == Storage.BLOB
                ? DSL.field("hex({0})", String.class, field())
                : DSL.field("cast({0} as varchar)", String.class, field());
    }

    /** A bound parameter of the column's type. */
    Field<Object> parameter(String text) {
        return switch (storage) {
            case TEXT, SORTABLE_DECIMAL, TEXT_LIST -> DSL.field("{0}", Object.class, DSL.val(text));
            case BLOB -> DSL.field("unhex({0})", Object.class, DSL.val(text));
            // the type is one of the few words above, never a user's
            default -> DSL.field("cast({0} as " + sqlType + ")", Object.class, DSL.val(text));
        };
    }

    /** Whether {@link #parameter} can take the text; a failing cast would end the whole transaction. */
    boolean accepts(String text) {
        try {
            return switch (storage) {
                case BOOLEAN -> text.equals("true") || text.equals("false");
                case INTEGER -> Integer.toString(Integer.parseInt(text)).equals(text);
                case BIGINT -> Long.toString(Long.parseLong(text)).equals(text);
                case HUGEINT -> text.length() <= 40 && new BigInteger(text).bitLength() < 127;
                case DOUBLE -> Double.isFinite(Double.parseDouble(text));
                case DECIMAL -> {
                    var scalar = (Type.Scalar) type;
                    yield text.length() <= 42 && text.matches("-?[0-9]+(\\.[0-9]+)?")
                            && new BigDecimal(text).setScale(scalar.scale(),
                                    RoundingMode.UNNECESSARY).precision() <= scalar.precision();
                }
                case BLOB -> text.length() % 2 == 0 && text.matches("[0-9A-F]*");
                case UUID -> text.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
                case TEXT, SORTABLE_DECIMAL -> true;
                case TEXT_LIST, PRESENCE -> false;
            };
        } catch (IllegalArgumentException | ArithmeticException e) {
            return false;
        }
    }

    /** A value as {@link #asText} would read it; the column must not be a list or a presence. */
    String text(Object value) {
        return switch (storage) {
            case DOUBLE -> Double.toString(((Number) value).doubleValue());
            case DECIMAL -> ((BigDecimal) value).toPlainString();
            case SORTABLE_DECIMAL -> sortable((BigDecimal) value);
            case BLOB -> hex(value);
            case HUGEINT -> huge(value).toString();
            case BIGINT -> Long.toString(whole(value));
            case BOOLEAN, INTEGER, TEXT, UUID -> value.toString();
            case TEXT_LIST, PRESENCE -> throw new IllegalStateException(name);
        };
    }

    /** A comparison with a literal of the field's type, null where the column is. */
    Condition compare(Comparison comparison, Object value) {
        if (storage == Storage.DECIMAL) {
            return compareDecimal(comparison, (BigDecimal) value);
        }
        return compare(comparison, parameter(text(value)));
    }

    Condition compare(Comparison comparison, Field<Object> value) {
        return switch (comparison) {
            case EQ -> field().eq(value);
            case NE -> field().ne(value);
            case GT -> field().gt(value);
            case GTE -> field().ge(value);
            case LT -> field().lt(value);
            case LTE -> field().le(value);
        };
    }

    /** A literal may have more digits than the column; then it lies between two values that the column can have. */
    private Condition compareDecimal(Comparison comparison, BigDecimal value) {
        var scalar = (Type.Scalar) type;
        BigDecimal limit = BigDecimal.TEN.pow(scalar.precision() - scalar.scale());
        if (value.abs().compareTo(limit) >= 0) {
            boolean above = value.signum() > 0;
            return switch (comparison) {
                case EQ -> DSL.falseCondition();
                case NE -> field().isNotNull();
                case LT, LTE -> above ? field().isNotNull() : DSL.falseCondition();
                case GT, GTE -> above ? DSL.falseCondition() : field().isNotNull();
            };
        }
        BigDecimal floor = value.setScale(scalar.scale(), RoundingMode.FLOOR);
        if (floor.compareTo(value) == 0) {
            return compare(comparison, parameter(floor.toPlainString()));
        }
        if (floor.abs().compareTo(limit) >= 0) {
            // just above the lowest value that the column can have
            return compareDecimal(comparison, floor);
        }
        return switch (comparison) {
            case EQ -> DSL.falseCondition();
            case NE -> field().isNotNull();
            case LT, LTE -> compare(Comparison.LTE, parameter(floor.toPlainString()));
            case GT, GTE -> compare(Comparison.GT, parameter(floor.toPlainString()));
        };
    }

    /** Whether the list has this element. */
    Condition hasElement(Object value) {
        return DSL.condition("list_contains({0}, {1})", field(), DSL.val(element(value)));
    }

    /** Adds a row's value; NaN and infinities become null, as they are for a matcher. */
    void append(DuckDBAppender row, @Nullable Object value) throws SQLException {
        if (value == null || isBeyondNumbers(value)) {
            row.appendNull();
            return;
        }
        switch (storage) {
            case BOOLEAN -> row.append((boolean) (Boolean) value);
            case INTEGER -> row.append((int) (Integer) value);
            case BIGINT -> row.append(whole(value));
            case HUGEINT -> row.append(huge(value));
            case DOUBLE -> row.append(((Number) value).doubleValue());
            case DECIMAL -> appendDecimal(row, (BigDecimal) value);
            case SORTABLE_DECIMAL -> row.append(sortable((BigDecimal) value));
            case TEXT -> row.append((String) value);
            case BLOB -> row.append((byte[]) value);
            case UUID -> row.append((UUID) value);
            case TEXT_LIST -> {
                var elements = new ArrayList<@Nullable String>();
                for (Object element : (List<?>) value) {
                    elements.add(element == null || isBeyondNumbers(element)
                            ? null
                            : element(element));
                }
                row.append(elements);
            }
            case PRESENCE -> row.append(true);
        }
    }

    /** A decimal that breaks its own declaration is kept in the row but no filter finds it. */
    private void appendDecimal(DuckDBAppender row, BigDecimal value) throws SQLException {
        var scalar = (Type.Scalar) type;
        BigDecimal stripped = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
        if (stripped.scale() > scalar.scale()
                || stripped.precision() - stripped.scale() > scalar.precision() - scalar.scale()) {
            row.appendNull();
            return;
        }
        row.append(stripped.setScale(scalar.scale(), RoundingMode.UNNECESSARY));
    }

    private static boolean isBeyondNumbers(Object value) {
        return (value instanceof Double d && !Double.isFinite(d))
                || (value instanceof Float f && !Float.isFinite(f));
    }

    private static String element(Object value) {
        return switch (value) {
            case BigDecimal d -> d.signum() == 0 ? "0" : d.stripTrailingZeros().toString();
            case Double d -> Double.toString(d == 0 ? 0 : d);
            case Float f -> Float.toString(f == 0 ? 0 : f);
            case byte[] ignored -> hex(value);
            case ByteBuffer ignored -> hex(value);
            default -> value.toString();
        };
    }

    private static String hex(Object value) {
        byte[] bytes;
        if (value instanceof ByteBuffer buffer) {
            bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
        } else {
            bytes = (byte[]) value;
        }
        return HexFormat.of().withUpperCase().formatHex(bytes);
    }

    private static long whole(Object value) {
        return switch (value) {
            case LocalDate date -> date.toEpochDay();
            case LocalTime time -> time.toNanoOfDay();
            default -> ((Number) value).longValue();
        };
    }

    private static BigInteger huge(Object value) {
        return switch (value) {
            case Instant time -> nanos(time);
            case LocalDateTime time -> nanos(time.toInstant(ZoneOffset.UTC));
            default -> (BigInteger) value;
        };
    }

    /** Nanoseconds since 1970. */
    static BigInteger nanos(Instant time) {
        return BigInteger.valueOf(time.getEpochSecond()).multiply(NANOS)
                .add(BigInteger.valueOf(time.getNano()));
    }

    static Instant instant(BigInteger nanos) {
        var parts = nanos.divideAndRemainder(NANOS);
        return Instant.ofEpochSecond(parts[0].longValueExact(), parts[1].longValueExact());
    }

    /** Sign, place of the point and digits; of negative numbers the complement, so that all sorts as text. */
    static String sortable(BigDecimal value) {
        if (value.signum() == 0) {
            return "1";
        }
        BigDecimal stripped = value.abs().stripTrailingZeros();
        long point = (long) stripped.precision() - stripped.scale() + EXPONENT_BIAS;
        String digits = String.format(Locale.ROOT, "%010d", point) + stripped.unscaledValue();
        if (value.signum() > 0) {
            return "2" + digits;
        }
        var complement = new StringBuilder("0");
        for (int i = 0; i < digits.length(); i++) {
            complement.append((char) ('9' - (digits.charAt(i) - '0')));
        }
        return complement.append('~').toString();
    }
}
