package io.tidegate.gateway.predicate;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.tidegate.contract.FieldPath;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.BitSet;
import java.util.Locale;
import java.util.UUID;

/** Turns what somebody wrote in a filter into a value of the field that it is compared with. */
public final class Literals {
    private static final long PATTERN_SIZE_MAX = 10_000;
    /** What all of Unicode's letters and the like take in a store, beside a character. */
    private static final long PROPERTY_SIZE = 50;
    private static final Pattern PROPERTY = Pattern.compile("\\\\[pP](?:\\{[^}]*\\}|.)");
    private static final Pattern COUNTED = Pattern.compile("\\{([0-9]{1,9})(?:,([0-9]{0,9}))?\\}");

    private Literals() {
    }

    /** Converts to the Java class that carries the type, or says why that cannot be. */
    static Object convert(FieldPath field, Type type, Object given, int column)
            throws FilterProblem {
        try {
            Object value = switch (type) {
                case Type.EnumOf symbols -> symbol(symbols, given);
                case Type.Scalar scalar -> scalar(scalar.kind(), given);
                default -> throw new Unfit("values of it cannot be compared, only tested for null");
            };
            return Values.canonical(value);
        } catch (Unfit e) {
            throw problem(field, type, given, e.getMessage(), column);
        } catch (ArithmeticException | NumberFormatException e) {
            throw problem(field, type, given, "the number does not fit", column);
        } catch (DateTimeException e) {
            throw problem(field, type, given, "expected it written as in " + example(type), column);
        } catch (IllegalArgumentException e) {
            throw problem(field, type, given, "the text cannot be read as one", column);
        }
    }

    /** Whether greater and less mean something for the type. */
    static boolean isOrdered(Type type) {
        return type instanceof Type.Scalar scalar && switch (scalar.kind()) {
            case BOOLEAN, BYTES, DURATION -> false;
            default -> true;
        };
    }

    static boolean isText(Type type) {
        return type instanceof Type.Scalar scalar && scalar.kind() == ScalarKind.STRING;
    }

    /** A pattern that will compile, or what is wrong with it. */
    static String pattern(FieldPath field, String text, int column) throws FilterProblem {
        if (text.length() > Matcher.PATTERN_CHARS_MAX) {
            throw new FilterProblem(
                    "the pattern for field '" + field.text() + "' has " + text.length()
                            + " characters; at most " + Matcher.PATTERN_CHARS_MAX + " are accepted",
                    column);
        }
        if (size(text) > PATTERN_SIZE_MAX) {
            throw new FilterProblem("the pattern " + shown(text) + " for field '" + field.text()
                    + "' repeats too much; use * or + instead of high counts", column);
        }
        if (hasNamedGroup(text)) {
            // RE2/J takes it and stores do not.
            throw new FilterProblem("the pattern " + shown(text) + " for field '" + field.text()
                    + "' has a group with a name, as in '(?<name>'; groups need none here", column);
        }
        try {
            Pattern.compile(text);
            return text;
        } catch (PatternSyntaxException e) {
            throw new FilterProblem("the pattern " + shown(text) + " for field '" + field.text()
                    + "' is not RE2 syntax: " + reason(e), column);
        }
    }

    /** Of a parenthesis that closes nothing the library speaks as if it were its own mistake. */
    private static String reason(PatternSyntaxException e) {
        return e.getDescription().contains("internal error")
                ? "a ')' without its '('"
                : e.getDescription();
    }

    /** Outside of classes of characters and of what is quoted. */
    private static boolean hasNamedGroup(String pattern) {
        for (int i = 0; i < pattern.length(); i++) {
            switch (pattern.charAt(i)) {
                case '\\' -> {
                    int end = pattern.startsWith("\\Q", i) ? pattern.indexOf("\\E", i) : i;
                    if (end < 0) {
                        return false;
                    }
                    i = end + 1;
                }
                case '[' -> i = endOfClass(pattern, i);
                case '(' -> {
                    if (pattern.startsWith("(?<", i)) {
                        return true;
                    }
                }
                default -> {
                    // The next one.
                }
            }
        }
        return false;
    }

    /** Where a class of characters that begins here ends. */
    private static int endOfClass(String pattern, int start) {
        // A bracket right behind the beginning is one of the class.
        int first = pattern.startsWith("[^", start) ? start + 2 : start + 1;
        int i = pattern.startsWith("]", first) ? first + 1 : first;
        while (i < pattern.length() && pattern.charAt(i) != ']') {
            if (pattern.charAt(i) == '\\') {
                i++;
            } else if (pattern.startsWith("[:", i) && pattern.indexOf(":]", i) >= 0) {
                i = pattern.indexOf(":]", i) + 1;
            }
            i++;
        }
        return Math.min(i, pattern.length() - 1);
    }

    /**
     * At least how many states the pattern needs, nearly. RE2/J unrolls counted repetitions without a bound of its own:
     * {@code ((a{1000}){1000}){1000}} would take all memory. Stores have one, and take seconds to get there.
     */
    private static long size(String pattern) {
        var wide = endsOfWide(pattern);
        var counts = COUNTED.matcher(pattern);
        long product = 1;
        long sum = 0;
        while (counts.find()) {
            String most = counts.group(2) == null || counts.group(2).isEmpty()
                    ? counts.group(1)
                    : counts.group(2);
            long count = Math.max(1, Long.parseLong(most));
            product = Math.min(PATTERN_SIZE_MAX + 1, product * count);
            sum += wide.get(counts.start()) ? count * PROPERTY_SIZE : count;
        }
        boolean nested = pattern.contains("){") || pattern.contains("\\Q");
        return nested
                ? (pattern.length() + wide.cardinality() * PROPERTY_SIZE) * product
                : pattern.length() + sum;
    }

    /** Behind what in a pattern stands for one of all of Unicode's letters or the like. */
    private static BitSet endsOfWide(String pattern) {
        var ends = new BitSet();
        var properties = PROPERTY.matcher(pattern);
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c == '[') {
                int end = endOfClass(pattern, i);
                ends.set(end + 1, properties.find(i) && properties.start() < end);
                i = end;
            } else if (c == '\\') {
                boolean isProperty = properties.find(i) && properties.start() == i;
                int end = isProperty ? properties.end() : i + 2;
                ends.set(end, isProperty);
                i = end - 1;
            }
        }
        return ends;
    }

    /** The type in words, with its article. */
    public static String named(Type type) {
        return switch (type) {
            case Type.EnumOf e -> "an enum of " + abridged(e.symbols());
            case Type.ListOf ignored -> "a list";
            case Type.MapOf ignored -> "a map";
            case Type.Union ignored -> "a union";
            case Type.Json ignored -> "free JSON";
            case Type.Named ignored -> "a record";
            case Type.Scalar scalar -> switch (scalar.kind()) {
                case BOOLEAN -> "a boolean";
                case INT32 -> "a whole number of 32 bits";
                case UINT32 -> "an unsigned whole number of 32 bits";
                case INT64 -> "a whole number of 64 bits";
                case UINT64 -> "an unsigned whole number of 64 bits";
                case FLOAT32, FLOAT64 -> "a floating-point number";
                case DECIMAL -> "a decimal";
                case STRING -> "a text";
                case BYTES -> "bytes (base64)";
                case UUID -> "a UUID";
                case DATE -> "a date";
                case TIME -> "a time of day";
                case TIMESTAMP -> "a timestamp";
                case LOCAL_TIMESTAMP -> "a date and time without zone";
                case DURATION -> "a duration";
            };
        };
    }

    /** What was given, quoted and shortened. */
    public static String shown(Object given) {
        return switch (given) {
            case String s -> "'" + (s.length() > 60 ? s.substring(0, 60) + "…" : s) + "'";
            case Number n -> "the number " + n;
            case Boolean b -> "the boolean " + b;
            case Instant i -> "the timestamp " + i;
            case java.time.Duration d -> "the duration " + d;
            case java.util.Collection<?> ignored -> "a list";
            case java.util.Map<?, ?> ignored -> "an object";
            case byte[] ignored -> "bytes";
            case ByteBuffer ignored -> "bytes";
            default -> "a " + given.getClass().getSimpleName().toLowerCase(Locale.ROOT);
        };
    }

    private static FilterProblem problem(FieldPath field, Type type, Object given, String why,
            int column) {
        return new FilterProblem("field '" + field.text() + "' is " + named(type)
                + " and cannot be compared with " + shown(given) + ": " + why, column);
    }

    private static String abridged(java.util.List<String> symbols) {
        return symbols.size() <= 12
                ? symbols.toString()
                : symbols.subList(0, 12).toString().replace("]", ", …]");
    }

    private static String symbol(Type.EnumOf type, Object given) throws Unfit {
        if (given instanceof String text) {
            if (type.symbols().contains(text)
                    || (type.open() && text.matches("-?[0-9]{1,10}"))) {
                return text;
            }
            throw new Unfit("it has no such symbol");
        }
        if (type.open() && (given instanceof Long || given instanceof Integer)) {
            return given.toString();
        }
        throw new Unfit("expected one of its symbols as text");
    }

    private static Object scalar(ScalarKind kind, Object given) throws Unfit {
        return switch (kind) {
            case BOOLEAN -> {
                if (given instanceof Boolean) {
                    yield given;
                }
                throw new Unfit("expected true or false");
            }
            case INT32 -> decimal(given).intValueExact();
            case UINT32 -> inRange(decimal(given).longValueExact(), 0xFFFF_FFFFL);
            case INT64 -> decimal(given).longValueExact();
            case UINT64 -> {
                BigInteger value = decimal(given).toBigIntegerExact();
                if (value.signum() < 0 || value.bitLength() > 64) {
                    throw new Unfit("the number does not fit");
                }
                yield value;
            }
            case FLOAT32 -> finite((float) finite(number(given).doubleValue()));
            case FLOAT64 -> finite(number(given).doubleValue());
            case DECIMAL -> decimal(given);
            case STRING, DURATION -> text(given);
            case BYTES -> given instanceof byte[] || given instanceof ByteBuffer
                    ? given
                    : Base64.getDecoder().decode(text(given));
            case UUID -> given instanceof UUID ? given : uuid(text(given));
            case DATE -> given instanceof LocalDate ? given : LocalDate.parse(text(given));
            case TIME -> given instanceof LocalTime ? given : LocalTime.parse(text(given));
            case TIMESTAMP -> timestamp(given);
            case LOCAL_TIMESTAMP ->
                given instanceof LocalDateTime ? given : LocalDateTime.parse(text(given));
        };
    }

    private static Instant timestamp(Object given) throws Unfit {
        return switch (given) {
            case Instant instant -> instant;
            case OffsetDateTime time -> time.toInstant();
            default -> OffsetDateTime.parse(text(given)).toInstant();
        };
    }

    private static UUID uuid(String text) throws Unfit {
        if (text.length() != 36) {
            throw new Unfit("expected 36 characters as in 7d444840-9dc0-11d1-b245-5ffdce74fad2");
        }
        return UUID.fromString(text);
    }

    private static String text(Object given) throws Unfit {
        if (given instanceof String text) {
            return text;
        }
        throw new Unfit("expected text");
    }

    private static Number number(Object given) throws Unfit {
        return given instanceof Number number ? number : decimal(given);
    }

    private static BigDecimal decimal(Object given) throws Unfit {
        BigDecimal value = anyDecimal(given);
        // arithmetic with an exponent of a billion would take gigabytes
        if (Math.abs((long) value.scale()) > 1_000 || value.precision() > 1_000) {
            throw new Unfit("the number does not fit");
        }
        return value;
    }

    private static BigDecimal anyDecimal(Object given) throws Unfit {
        return switch (given) {
            case BigDecimal d -> d;
            case BigInteger i -> new BigDecimal(i);
            case Double d -> BigDecimal.valueOf(finite(d));
            case Float f -> new BigDecimal(Float.toString(f));
            case Number n -> BigDecimal.valueOf(n.longValue());
            // 64-bit integers and decimals are strings in JSON, so they may be strings in a filter
            case String s when s.length() <= 64 && s.matches(
                    "[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]{1,3})?") ->
                new BigDecimal(s);
            default -> throw new Unfit("expected a number");
        };
    }

    private static long inRange(long value, long max) throws Unfit {
        if (value < 0 || value > max) {
            throw new Unfit("the number does not fit");
        }
        return value;
    }

    private static double finite(double value) throws Unfit {
        if (!Double.isFinite(value)) {
            throw new Unfit("the number does not fit");
        }
        return value;
    }

    private static float finite(float value) throws Unfit {
        if (!Float.isFinite(value)) {
            throw new Unfit("the number does not fit");
        }
        return value;
    }

    private static String example(Type type) {
        return type instanceof Type.Scalar scalar ? switch (scalar.kind()) {
            case DATE -> "2026-03-01";
            case TIME -> "14:30:00";
            case LOCAL_TIMESTAMP -> "2026-03-01T14:30:00";
            default -> "2026-03-01T14:30:00Z";
        } : "text";
    }

    /** Why a literal does not fit; becomes a {@link FilterProblem} with the field's name. */
    private static final class Unfit extends Exception {
        Unfit(String message) {
            super(message, null, false, false);
        }

        @Override
        public String getMessage() {
            return String.valueOf(super.getMessage());
        }
    }
}
