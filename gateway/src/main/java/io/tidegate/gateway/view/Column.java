package io.tidegate.gateway.view;

import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.schema.ScalarKind;
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
import java.util.Collection;
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
 * itself is kept apart, so a column may forget what no filter can ask.
 *
 * @param name
 *            ours, never the schema's
 * @param indexes
 *            names of the variables that lead to one place in a column of lists, outermost first; empty = the column itself
 */
record Column(String name, Type type, Storage storage, String sqlType, List<String> indexes) {
    /** When something happened, of any row. */
    static final Column TIME = new Column("t", Type.Scalar.of(ScalarKind.TIMESTAMP), Storage.NANOS,
            "BIGINT");
    private static final long NANOS = 1_000_000_000;
    private static final BigInteger NANOS_BIG = BigInteger.valueOf(NANOS);
    /** Whole seconds within which nanoseconds have room in 64 bits, with some to spare: the years 1685 to 2254. */
    private static final long NEAR_SECONDS = 9_000_000_000L;
    /** What the column of a far time has, with the time's sign; no near time has it. */
    static final long FAR = NEAR_SECONDS * NANOS;
    private static final long EXPONENT_BIAS = 5_000_000_000L;
    /** Beyond what is ever counted, and within 64 bits. */
    private static final BigDecimal BIGINT_LIMIT = BigDecimal.TEN.pow(18);
    /** Beyond any sum of decimals that a row can hold. */
    private static final BigDecimal BIGNUM_LIMIT = BigDecimal.TEN.pow(2_100);

    /** How values become SQL values. */
    enum Storage {
        BOOLEAN, INTEGER, BIGINT,
        /** Whole numbers beyond 64 bits, which stores neither pack nor skip well. */
        HUGEINT,
        /**
         * Times as nanoseconds since 1970 in 64 bits. Those that do not fit have a bound with their sign there, and their own
         * value in a {@linkplain Column#beyond column beside it}, which all others leave empty: so nearly every question is
         * answered by the one, and the order of both is that of the times.
         */
        NANOS, DOUBLE, DECIMAL,
        /** Decimals of any size as text that sorts like the numbers. */
        SORTABLE_DECIMAL,
        /** Sums of any size: whole numbers of the type's scale. In answers only, never in tables. */
        BIGNUM, TEXT, BLOB, UUID,
        /** Lists, and the keys of maps: each element as {@link #ENCODED} tells it. */
        TEXT_LIST,
        /** Any single value, within a list, as text that sorts like the values. */
        ENCODED,
        /** Whether there is a value at all, for what has no comparison: records, maps, unions. */
        PRESENCE
    }

    Column(String name, Type type, Storage storage, String sqlType) {
        this(name, type, storage, sqlType, List.of());
    }

    static Column of(String name, Type type) {
        return switch (type) {
            case Type.EnumOf ignored -> new Column(name, type, Storage.TEXT, "VARCHAR");
            case Type.ListOf ignored -> new Column(name, type, Storage.TEXT_LIST, "VARCHAR[]");
            case Type.MapOf ignored -> new Column(name, type, Storage.TEXT_LIST, "VARCHAR[]");
            case Type.Scalar scalar -> of(name, scalar);
            default -> new Column(name, type, Storage.PRESENCE, "BOOLEAN");
        };
    }

    private static Column of(String name, Type.Scalar scalar) {
        return switch (scalar.kind()) {
            case BOOLEAN -> new Column(name, scalar, Storage.BOOLEAN, "BOOLEAN");
            case INT32 -> new Column(name, scalar, Storage.INTEGER, "INTEGER");
            case UINT32, INT64, DATE, TIME -> new Column(name, scalar, Storage.BIGINT, "BIGINT");
            case UINT64 -> new Column(name, scalar, Storage.HUGEINT, "HUGEINT");
            case TIMESTAMP, LOCAL_TIMESTAMP ->
                new Column(name, scalar, Storage.NANOS, "BIGINT");
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

    /** Whether its values take 64 bits or less, with few exceptions, and are read without unpacking much. */
    boolean isShortNumber() {
        return switch (storage) {
            case INTEGER, BIGINT, NANOS, DOUBLE -> true;
            default -> false;
        };
    }

    /** Whether its values can be added. */
    boolean isNumber() {
        return type instanceof Type.Scalar scalar && switch (scalar.kind()) {
            case INT32, UINT32, INT64, UINT64, FLOAT32, FLOAT64, DECIMAL -> true;
            default -> false;
        };
    }

    /** One place in a column of lists. */
    Column at(List<String> variables) {
        return new Column(name, type, storage, sqlType, List.copyOf(variables));
    }

    /** The column in a query. */
    Field<Object> field() {
        Field<Object> field = DSL.field(DSL.name(name), Object.class);
        for (int i = 0; i < indexes.size(); i++) {
            boolean isList = i + 1 < indexes.size() || storage == Storage.TEXT_LIST;
            field = isList
                    ? Dialect.listAt(field, indexes.get(i))
                    : Dialect.textAt(field, indexes.get(i));
        }
        return field;
    }

    /** Where the values are that have no room in a column of {@link Storage#NANOS}. */
    Field<Object> beyond() {
        return DSL.field(DSL.name(beyondName()), Object.class);
    }

    String beyondName() {
        return name + "_far";
    }

    /** What has to be equal for values to be, and sorts like them. */
    List<Field<Object>> fields() {
        return storage == Storage.NANOS ? List.of(field(), beyond()) : List.of(field());
    }

    /** Its value as one of a column of {@link #whole()}. */
    Field<Object> value() {
        return storage == Storage.NANOS
                ? Dialect.cast(DSL.coalesce(beyond(), field()), whole().sqlType())
                : field();
    }

    /** What a column is that has all of a value at one place. */
    Column whole() {
        return storage == Storage.NANOS
                ? new Column(name, type, Storage.HUGEINT, "HUGEINT")
                : this;
    }

    /** How it stands in the definition of a table. */
    String ddl() {
        return name + ' ' + sqlType
                + (storage == Storage.NANOS ? ", " + beyondName() + " HUGEINT" : "");
    }

    /** The column's value as text that {@link #parameter} takes back unchanged. */
    Field<String> asText() {
        return switch (storage) {
            case BLOB -> Dialect.hex(field());
            case NANOS -> Dialect.text(value());
            default -> Dialect.text(field());
        };
    }

    /** A bound parameter of the type that {@link #value()} has. */
    Field<Object> parameter(String text) {
        return switch (storage) {
            case TEXT, SORTABLE_DECIMAL, ENCODED, TEXT_LIST ->
                Dialect.textOf(text);
            case BLOB -> Dialect.unhex(DSL.val(text));
            case BIGNUM -> Dialect.cast(DSL.val(floor(new BigDecimal(text), scale())
                    .unscaledValue().toString()), sqlType);
            // the type is one of the few words above, never a user's
            default -> Dialect.cast(DSL.val(text), whole().sqlType());
        };
    }

    /** Whether {@link #parameter} can take the text; a failing cast would end the whole transaction. */
    boolean accepts(String text) {
        try {
            return switch (storage) {
                case BOOLEAN -> text.equals("true") || text.equals("false");
                case INTEGER -> Integer.toString(Integer.parseInt(text)).equals(text);
                case BIGINT -> Long.toString(Long.parseLong(text)).equals(text);
                case HUGEINT, NANOS ->
                    text.matches("-?[0-9]{1,39}") && new BigInteger(text).bitLength() < 127;
                // Java reads more than stores do, such as 1d
                case DOUBLE ->
                    text.matches("-?[0-9]{1,400}(\\.[0-9]{1,400})?([eE][+-]?[0-9]{1,3})?")
                            && Double.isFinite(Double.parseDouble(text));
                case DECIMAL -> {
                    var scalar = (Type.Scalar) type;
                    yield text.length() <= 42 && text.matches("-?[0-9]+(\\.[0-9]+)?")
                            && new BigDecimal(text).setScale(scalar.scale(),
                                    RoundingMode.UNNECESSARY).precision() <= scalar.precision();
                }
                case BLOB -> text.length() % 2 == 0 && text.matches("[0-9A-F]*");
                case UUID -> text.matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
                case BIGNUM -> text.length() <= 5_000 && text.matches("-?[0-9]+(\\.[0-9]+)?");
                case TEXT -> true;
                case SORTABLE_DECIMAL -> text.matches("1|2[0-9]{11,}|0[0-9]{11,}~");
                case ENCODED, TEXT_LIST, PRESENCE -> false;
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
            case HUGEINT, NANOS -> huge(value).toString();
            case BIGINT -> Long.toString(whole(value));
            case BOOLEAN, INTEGER, TEXT, UUID -> value.toString();
            case ENCODED -> encoded(value);
            case BIGNUM, TEXT_LIST, PRESENCE -> throw new IllegalStateException(name);
        };
    }

    /** The value that {@link #text} made the text of; decimals of no fixed scale have lost what zeros they ended with. */
    Object value(String text) {
        if (storage == Storage.BIGNUM) {
            return new BigDecimal(text);
        }
        if (!(type instanceof Type.Scalar scalar)) {
            return text;
        }
        return switch (scalar.kind()) {
            case BOOLEAN -> Boolean.valueOf(text);
            case INT32 -> Integer.valueOf(text);
            case UINT32, INT64 -> Long.valueOf(text);
            case UINT64 -> new BigInteger(text);
            // one zero is like the other
            case FLOAT32 -> (float) Double.parseDouble(text) + 0f;
            case FLOAT64 -> Double.parseDouble(text) + 0d;
            case DECIMAL -> storage == Storage.SORTABLE_DECIMAL
                    ? unsorted(text)
                    : new BigDecimal(text);
            case STRING, DURATION -> text;
            case BYTES -> HexFormat.of().parseHex(text);
            case UUID -> UUID.fromString(text);
            case DATE -> LocalDate.ofEpochDay(Long.parseLong(text));
            case TIME -> LocalTime.ofNanoOfDay(Long.parseLong(text));
            case TIMESTAMP -> instant(text);
            case LOCAL_TIMESTAMP -> LocalDateTime.ofInstant(instant(text), ZoneOffset.UTC);
        };
    }

    /** Digits behind the point of a column of decimals. */
    private int scale() {
        return ((Type.Scalar) type).scale();
    }

    /** A comparison with a literal of the field's type, or with any decimal; null where the column is. */
    Condition compare(Comparison comparison, Object value) {
        if (value instanceof BigDecimal number) {
            switch (storage) {
                case DECIMAL -> {
                    int digits = ((Type.Scalar) type).precision() - scale();
                    return compareDecimal(comparison, number, scale(), BigDecimal.TEN.pow(digits));
                }
                case BIGINT -> {
                    return compareDecimal(comparison, number, 0, BIGINT_LIMIT);
                }
                case BIGNUM -> {
                    return compareDecimal(comparison, number, scale(), BIGNUM_LIMIT);
                }
                default -> {
                    // compares as it is
                }
            }
        }
        return compareText(comparison, text(value));
    }

    /** A comparison with what {@link #text} says; null where the column is. */
    Condition compareText(Comparison comparison, String text) {
        return storage == Storage.NANOS
                ? compareNanos(comparison, new BigInteger(text))
                : compare(comparison, field(), parameter(text));
    }

    private static Condition compare(Comparison comparison, Field<Object> field,
            Field<Object> value) {
        return switch (comparison) {
            case EQ -> field.eq(value);
            case NE -> field.ne(value);
            case GT -> field.gt(value);
            case GTE -> field.ge(value);
            case LT -> field.lt(value);
            case LTE -> field.le(value);
        };
    }

    private Condition compareNanos(Comparison comparison, BigInteger nanos) {
        if (isNear(nanos)) {
            return compare(comparison, field(), near(nanos));
        }
        var bound = near(BigInteger.valueOf(nanos.signum() * FAR));
        var own = field().eq(bound)
                .and(compare(comparison, beyond(), parameter(nanos.toString())));
        return switch (comparison) {
            case EQ -> own;
            case NE, GT, LT -> compare(comparison, field(), bound).or(own);
            case GTE -> field().gt(bound).or(own);
            case LTE -> field().lt(bound).or(own);
        };
    }

    static boolean isNear(BigInteger nanos) {
        return nanos.abs().compareTo(BigInteger.valueOf(FAR)) < 0;
    }

    private Field<Object> near(BigInteger nanos) {
        return Dialect.cast(DSL.val(nanos.toString()), sqlType);
    }

    /** Whether the value is one of these; at least one. */
    Condition isAny(Collection<?> values) {
        var texts = values.stream().map(this::text).toList();
        if (storage != Storage.NANOS) {
            return field().in(texts.stream().map(this::parameter).toList());
        }
        var all = texts.stream().map(BigInteger::new).toList();
        var near = all.stream().filter(Column::isNear).map(this::near).toList();
        var far = all.stream().filter(nanos -> !isNear(nanos))
                .map(nanos -> parameter(nanos.toString())).toList();
        if (far.isEmpty()) {
            return field().in(near);
        }
        return near.isEmpty() ? beyond().in(far) : field().in(near).or(beyond().in(far));
    }

    /** A literal may have more digits than the column; then it lies between two values that the column can have. */
    private Condition compareDecimal(Comparison comparison, BigDecimal value, int scale,
            BigDecimal limit) {
        if (value.abs().compareTo(limit) >= 0) {
            boolean above = value.signum() > 0;
            return switch (comparison) {
                case EQ -> DSL.falseCondition();
                case NE -> field().isNotNull();
                case LT, LTE -> above ? field().isNotNull() : DSL.falseCondition();
                case GT, GTE -> above ? DSL.falseCondition() : field().isNotNull();
            };
        }
        BigDecimal floor = floor(value, scale);
        if (floor.compareTo(value) == 0) {
            return compareText(comparison, floor.toPlainString());
        }
        if (floor.abs().compareTo(limit) >= 0) {
            // just above the lowest value that the column can have
            return compareDecimal(comparison, floor, scale, limit);
        }
        return switch (comparison) {
            case EQ -> DSL.falseCondition();
            case NE -> field().isNotNull();
            case LT, LTE -> compareText(Comparison.LTE, floor.toPlainString());
            case GT, GTE -> compareText(Comparison.GT, floor.toPlainString());
        };
    }

    /** As {@code setScale}, but 1E-999999999 costs nothing. */
    private static BigDecimal floor(BigDecimal value, int scale) {
        if (value.signum() != 0 && (long) value.precision() - value.scale() <= -scale) {
            return BigDecimal.valueOf(value.signum() > 0 ? 0 : -1, scale);
        }
        return value.setScale(scale, RoundingMode.FLOOR);
    }

    /** Whether the list has this element. */
    Condition hasElement(Object value) {
        return Dialect.hasElement(field(), encoded(value));
    }

    /**
     * Adds a row's value; NaN and infinities become null, as they are for a matcher.
     *
     * @param value
     *            for a column of lists, lists of what {@link #held} tells
     */
    void append(DuckDBAppender row, @Nullable Object value) throws SQLException {
        if (storage == Storage.NANOS) {
            appendNanos(row, value);
            return;
        }
        if (value == null || isBeyondNumbers(value)) {
            row.appendNull();
            return;
        }
        if (value instanceof Collection<?> held) {
            row.append(held);
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
            case PRESENCE -> row.append(true);
            case NANOS, TEXT_LIST, ENCODED, BIGNUM -> throw new IllegalStateException(name);
        }
    }

    private static void appendNanos(DuckDBAppender row, @Nullable Object value)
            throws SQLException {
        if (value == null) {
            row.appendNull().appendNull();
            return;
        }
        var time = value instanceof LocalDateTime local
                ? local.toInstant(ZoneOffset.UTC)
                : (Instant) value;
        long seconds = time.getEpochSecond();
        int nanos = time.getNano();
        if (seconds > -NEAR_SECONDS && seconds < NEAR_SECONDS) {
            row.append(seconds * NANOS + nanos).appendNull();
        } else if (seconds == -NEAR_SECONDS && nanos > 0) {
            row.append(-FAR + nanos).appendNull();
        } else {
            row.append(seconds > 0 ? FAR : -FAR).append(nanos(time));
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

    /** Whether conditions and orders see a value: not if JSON has no number for it, or if it breaks its own declaration. */
    boolean sees(Object value) {
        if (storage == Storage.DECIMAL && value instanceof BigDecimal number) {
            var scalar = (Type.Scalar) type;
            BigDecimal stripped = number.signum() == 0
                    ? BigDecimal.ZERO
                    : number.stripTrailingZeros();
            return stripped.scale() <= scalar.scale() && stripped.precision()
                    - stripped.scale() <= scalar.precision() - scalar.scale();
        }
        return !isBeyondNumbers(value);
    }

    static boolean isBeyondNumbers(Object value) {
        return (value instanceof Double d && !Double.isFinite(d))
                || (value instanceof Float f && !Float.isFinite(f));
    }

    /** What a list's column holds of an element: null of what no filter sees, of single values text that sorts like them. */
    static @Nullable String held(Object value) {
        return isBeyondNumbers(value) ? null : encoded(value);
    }

    private static String encoded(Object value) {
        return switch (value) {
            case String text -> text;
            case BigDecimal number -> sortable(number);
            case BigInteger number -> sortable(new BigDecimal(number));
            case Double number -> sortable(new BigDecimal(number));
            case Float number -> sortable(new BigDecimal(number));
            case Number number -> sortable(BigDecimal.valueOf(number.longValue()));
            case LocalDate date -> sortable(BigDecimal.valueOf(date.toEpochDay()));
            case LocalTime time -> sortable(BigDecimal.valueOf(time.toNanoOfDay()));
            case Instant time -> sortable(new BigDecimal(nanos(time)));
            case LocalDateTime time -> sortable(new BigDecimal(huge(time)));
            case byte[] ignored -> hex(value);
            case ByteBuffer ignored -> hex(value);
            case Boolean ignored -> value.toString();
            case UUID ignored -> value.toString();
            // that it is there is all that can be asked
            default -> "present";
        };
    }

    static String hex(Object value) {
        byte[] bytes;
        if (value instanceof ByteBuffer buffer) {
            bytes = new byte[buffer.remaining()];
            buffer.duplicate().get(bytes);
        } else {
            bytes = (byte[]) value;
        }
        return HexFormat.of().withUpperCase().formatHex(bytes);
    }

    static long whole(Object value) {
        return switch (value) {
            case LocalDate date -> date.toEpochDay();
            case LocalTime time -> time.toNanoOfDay();
            default -> ((Number) value).longValue();
        };
    }

    static BigInteger huge(Object value) {
        return switch (value) {
            case Instant time -> nanos(time);
            case LocalDateTime time -> nanos(time.toInstant(ZoneOffset.UTC));
            default -> (BigInteger) value;
        };
    }

    /** Nanoseconds since 1970. */
    static BigInteger nanos(Instant time) {
        return BigInteger.valueOf(time.getEpochSecond()).multiply(NANOS_BIG)
                .add(BigInteger.valueOf(time.getNano()));
    }

    /** The time of a text of {@link #nanos}. */
    static Instant instant(String text) {
        // 19 digits may be too many for 64 bits
        if (text.length() < 19 || (text.length() == 19 && text.charAt(0) < '9')) {
            return Instant.ofEpochSecond(0, Long.parseLong(text));
        }
        var parts = new BigInteger(text).divideAndRemainder(NANOS_BIG);
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

    private static BigDecimal unsorted(String text) {
        if (text.equals("1")) {
            return BigDecimal.ZERO;
        }
        boolean negative = text.startsWith("0");
        var digits = new StringBuilder();
        for (int i = 1; i < (negative ? text.length() - 1 : text.length()); i++) {
            char digit = text.charAt(i);
            digits.append(negative ? (char) ('9' - (digit - '0')) : digit);
        }
        long point = Long.parseLong(digits.substring(0, 10)) - EXPONENT_BIAS;
        var unscaled = new BigInteger(digits.substring(10));
        var value = new BigDecimal(negative ? unscaled.negate() : unscaled,
                Math.toIntExact(digits.length() - 10 - point));
        return value.scale() < 0 && value.scale() > -2_000 ? value.setScale(0) : value;
    }
}
