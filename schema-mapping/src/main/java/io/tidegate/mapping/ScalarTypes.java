package io.tidegate.mapping;

import graphql.GraphQLContext;
import graphql.execution.CoercedVariables;
import graphql.language.ArrayValue;
import graphql.language.BooleanValue;
import graphql.language.FloatValue;
import graphql.language.IntValue;
import graphql.language.NullValue;
import graphql.language.ObjectValue;
import graphql.language.StringValue;
import graphql.language.Value;
import graphql.language.VariableReference;
import graphql.schema.Coercing;
import graphql.schema.CoercingParseLiteralException;
import graphql.schema.CoercingParseValueException;
import graphql.schema.CoercingSerializeException;
import graphql.schema.GraphQLScalarType;
import io.tidegate.schema.ScalarKind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The scalars beyond GraphQL's own. Each reads arguments into the Java class that {@link ScalarKind} names, strictly and
 * within bounds, and writes what the plain streams write.
 */
final class ScalarTypes {
    private static final int QUOTED_MAX = 40;
    private static final int TEXT_MAX = 4096;
    private static final int NUMBER_MAX = 100;
    private static final int SCALE_MAX = 1000;
    private static final int JSON_DEPTH_MAX = 64;
    private static final BigInteger LONG_MIN = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger UNSIGNED_MAX = BigInteger.ONE.shiftLeft(64)
            .subtract(BigInteger.ONE);
    private static final Pattern SHORT_DURATION = Pattern.compile("(\\d{1,12})(ms|s|m|h|d)");
    private static final Pattern ISO_DURATION = Pattern.compile(
            "-?P(?=[\\dT])(-?\\d{1,12}Y)?(-?\\d{1,12}M)?(-?\\d{1,12}W)?(-?\\d{1,12}D)?"
                    + "(T(?=[\\d-])(-?\\d{1,12}H)?(-?\\d{1,12}M)?(-?\\d{1,12}([.]\\d{1,9})?S)?)?");
    private static final Pattern PLAIN_UUID = Pattern
            .compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    static final GraphQLScalarType LONG = scalar("Long",
            "A whole number of 64 bits, signed or unsigned. Written as a string, because JSON"
                    + " readers lose digits beyond 2^53; read as a number or a string.",
            null, new Text("a whole number between -2^63 and 2^64-1") {
                @Override
                Object read(Object value) {
                    var number = value instanceof BigInteger whole
                            ? whole
                            : new BigInteger(bounded((String) value, NUMBER_MAX));
                    if (number.compareTo(LONG_MIN) < 0 || number.compareTo(UNSIGNED_MAX) > 0) {
                        throw new NumberFormatException("out of range");
                    }
                    return number.bitLength() < 64 ? (Object) number.longValue() : number;
                }

                @Override
                boolean reads(Object value) {
                    return value instanceof String || value instanceof BigInteger;
                }
            });

    static final GraphQLScalarType DECIMAL = scalar("Decimal",
            "A decimal number of any size with its scale kept. Written as a string; read as a"
                    + " number or a string.",
            null, new Text("a decimal number of at most " + NUMBER_MAX + " characters") {
                @Override
                Object read(Object value) {
                    var number = value instanceof BigInteger whole
                            ? new BigDecimal(whole)
                            : value instanceof BigDecimal decimal
                                    ? decimal
                                    : new BigDecimal(bounded((String) value, NUMBER_MAX));
                    if (number.precision() > NUMBER_MAX
                            || Math.abs((long) number.scale()) > SCALE_MAX) {
                        throw new NumberFormatException("out of range");
                    }
                    return number;
                }

                @Override
                boolean reads(Object value) {
                    return value instanceof String || value instanceof BigInteger
                            || value instanceof BigDecimal;
                }

                @Override
                String write(Object value) {
                    return value instanceof BigDecimal decimal ? plain(decimal) : value.toString();
                }
            });

    static final GraphQLScalarType DATE_TIME = scalar("DateTime",
            "A point on the time line, RFC 3339. Written in UTC; read with any offset.",
            "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
            new Text("an RFC 3339 time with an offset, such as 2025-03-01T12:00:00Z") {
                @Override
                Object read(Object value) {
                    return OffsetDateTime.parse(bounded((String) value, NUMBER_MAX)).toInstant();
                }
            });

    static final GraphQLScalarType LOCAL_DATE_TIME = scalar("LocalDateTime",
            "A date and time of no particular zone, ISO 8601 without an offset.", null,
            new Text("an ISO 8601 date and time without an offset, such as 2025-03-01T12:00:00") {
                @Override
                Object read(Object value) {
                    return LocalDateTime.parse(bounded((String) value, NUMBER_MAX));
                }

                @Override
                String write(Object value) {
                    return value instanceof LocalDateTime time
                            ? localDateTime(time, 0)
                            : value.toString();
                }
            });

    static final GraphQLScalarType DATE = scalar("Date",
            "A day of the calendar, full-date of RFC 3339.",
            "https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
            new Text("a day, such as 2025-03-01") {
                @Override
                Object read(Object value) {
                    return LocalDate.parse(bounded((String) value, NUMBER_MAX));
                }
            });

    static final GraphQLScalarType LOCAL_TIME = scalar("LocalTime",
            "A time of day of no particular zone, ISO 8601.", null,
            new Text("a time of day, such as 12:00:00") {
                @Override
                Object read(Object value) {
                    return LocalTime.parse(bounded((String) value, NUMBER_MAX));
                }

                @Override
                String write(Object value) {
                    return value instanceof LocalTime time ? localTime(time, 0) : value.toString();
                }
            });

    static final GraphQLScalarType DURATION = scalar("Duration",
            "A length of time, ISO 8601 (PT0.5S, P1M2DT3S); arguments may also be written as"
                    + " 500ms, 30s, 5m, 1h or 7d.",
            null, new Text("a duration, such as 500ms, 30s or PT1M30S") {
                @Override
                Object read(Object value) {
                    var text = bounded((String) value, NUMBER_MAX);
                    var brief = SHORT_DURATION.matcher(text);
                    if (brief.matches()) {
                        return iso(Long.parseLong(brief.group(1)), brief.group(2));
                    }
                    if (!ISO_DURATION.matcher(text).matches()) {
                        throw new IllegalArgumentException("not a duration");
                    }
                    return text;
                }
            });

    static final GraphQLScalarType UUID_TYPE = scalar("UUID",
            "A universally unique identifier in its canonical lower-case form.",
            "https://www.rfc-editor.org/rfc/rfc9562",
            new Text("a UUID of 36 characters, such as 6f0c2c51-88a5-4a0e-8a1c-6f4a8d2f3b11") {
                @Override
                Object read(Object value) {
                    // UUID.fromString accepts groups that are too short.
                    if (!PLAIN_UUID.matcher((String) value).matches()) {
                        throw new IllegalArgumentException("not a UUID");
                    }
                    return UUID.fromString((String) value);
                }
            });

    static final GraphQLScalarType BASE64 = scalar("Base64",
            "Bytes in base64 with the standard alphabet, padded.",
            "https://www.rfc-editor.org/rfc/rfc4648#section-4", new Text("padded base64") {
                @Override
                Object read(Object value) {
                    return Base64.getDecoder().decode(bounded((String) value, TEXT_MAX));
                }

                @Override
                String write(Object value) {
                    return value instanceof byte[] bytes
                            ? Base64.getEncoder().encodeToString(bytes)
                            : value.toString();
                }
            });

    static final GraphQLScalarType CURSOR = scalar("Cursor",
            "An opaque, URL-safe position in a product's log. Give it back as `from` to continue"
                    + " exactly there, on any transport.",
            null, new Text("a cursor") {
                @Override
                Object read(Object value) {
                    return bounded((String) value, TEXT_MAX);
                }
            });

    static final GraphQLScalarType JSON = scalar("JSON",
            "Any JSON value, for what no type describes.",
            "https://www.rfc-editor.org/rfc/rfc8259", new AnyJson());

    private ScalarTypes() {
    }

    static List<GraphQLScalarType> all() {
        return List.of(LONG, DECIMAL, DATE_TIME, LOCAL_DATE_TIME, DATE, LOCAL_TIME, DURATION,
                UUID_TYPE, BASE64, CURSOR, JSON);
    }

    /** The GraphQL type that shows this kind of value. */
    static GraphQLScalarType of(ScalarKind kind) {
        return switch (kind) {
            case BOOLEAN -> graphql.Scalars.GraphQLBoolean;
            case INT32 -> graphql.Scalars.GraphQLInt;
            case UINT32, INT64, UINT64 -> LONG;
            case FLOAT32, FLOAT64 -> graphql.Scalars.GraphQLFloat;
            case DECIMAL -> DECIMAL;
            case STRING -> graphql.Scalars.GraphQLString;
            case BYTES -> BASE64;
            case UUID -> UUID_TYPE;
            case DATE -> DATE;
            case TIME -> LOCAL_TIME;
            case TIMESTAMP -> DATE_TIME;
            case LOCAL_TIMESTAMP -> LOCAL_DATE_TIME;
            case DURATION -> DURATION;
        };
    }

    /** As many fraction digits as the schema has (3, 6, 9), or as the value needs (0). */
    static String instant(Instant time, int digits) {
        return digits == 0
                ? time.toString()
                : localDateTime(
                        LocalDateTime.ofEpochSecond(time.getEpochSecond(), time.getNano(),
                                java.time.ZoneOffset.UTC),
                        digits) + "Z";
    }

    static String localDateTime(LocalDateTime time, int digits) {
        return time.toLocalDate() + "T" + localTime(time.toLocalTime(), digits);
    }

    /** Seconds are always written, as RFC 3339 demands. */
    static String localTime(LocalTime time, int digits) {
        boolean isWhole = time.get(ChronoField.NANO_OF_SECOND) == 0;
        return digits == 0 && !isWhole ? time.toString() : formatter(digits).format(time);
    }

    private static DateTimeFormatter formatter(int digits) {
        return switch (digits) {
            case 3 -> MILLIS;
            case 6 -> MICROS;
            case 9 -> NANOS;
            default -> SECONDS;
        };
    }

    private static final DateTimeFormatter SECONDS = DateTimeFormatter.ofPattern("HH:mm:ss",
            Locale.ROOT);
    private static final DateTimeFormatter MILLIS = fraction(3);
    private static final DateTimeFormatter MICROS = fraction(6);
    private static final DateTimeFormatter NANOS = fraction(9);

    private static DateTimeFormatter fraction(int digits) {
        return new DateTimeFormatterBuilder().appendPattern("HH:mm:ss")
                .appendFraction(ChronoField.NANO_OF_SECOND, digits, digits, true)
                .toFormatter(Locale.ROOT);
    }

    /** Without an exponent, unless a value that is all zeros would fill the memory. */
    static String plain(BigDecimal decimal) {
        return Math.abs((long) decimal.scale()) > SCALE_MAX
                ? decimal.toString()
                : decimal.toPlainString();
    }

    private static String iso(long amount, String unit) {
        return switch (unit) {
            case "ms" -> java.time.Duration.ofMillis(amount).toString();
            case "s" -> "PT" + amount + "S";
            case "m" -> "PT" + amount + "M";
            case "h" -> "PT" + amount + "H";
            default -> "P" + amount + "D";
        };
    }

    private static GraphQLScalarType scalar(String name, String description, @Nullable String url,
            Coercing<?, ?> coercing) {
        var scalar = GraphQLScalarType.newScalar().name(name).description(description)
                .coercing(coercing);
        return url == null ? scalar.build() : scalar.specifiedByUrl(url).build();
    }

    private static String bounded(String text, int max) {
        if (text.length() > max) {
            throw new IllegalArgumentException("too long");
        }
        return text;
    }

    /** User text for a message: short, whatever was sent. */
    private static String quoted(Object value) {
        if (value instanceof BigInteger whole && whole.bitLength() > 256) {
            return "a number of some " + whole.bitLength() * 3 / 10 + " digits";
        }
        if (value instanceof BigDecimal decimal
                && (decimal.precision() > NUMBER_MAX
                        || Math.abs((long) decimal.scale()) > SCALE_MAX)) {
            return "a number of " + decimal.precision() + " digits";
        }
        var text = value.toString();
        return text.length() <= QUOTED_MAX
                ? "'" + text + "'"
                : "'" + text.substring(0, QUOTED_MAX) + "…' (" + text.length() + " characters)";
    }

    /** A scalar that is a string in JSON. */
    private abstract static class Text implements Coercing<Object, String> {
        private final String expected;

        Text(String expected) {
            this.expected = expected;
        }

        /** Throws {@link IllegalArgumentException} or {@link DateTimeException} if it is not one. */
        abstract Object read(Object value);

        boolean reads(Object value) {
            return value instanceof String;
        }

        String write(Object value) {
            return value.toString();
        }

        @Override
        public String serialize(Object value, GraphQLContext context, Locale locale) {
            return write(value);
        }

        @Override
        public Object parseValue(Object input, GraphQLContext context, Locale locale) {
            var value = widened(input);
            if (!reads(value)) {
                throw new CoercingParseValueException("expected " + expected + " but was a "
                        + kind(input));
            }
            try {
                return read(value);
            } catch (IllegalArgumentException | DateTimeException e) {
                throw new CoercingParseValueException(
                        "expected " + expected + " but was " + quoted(value));
            }
        }

        @Override
        public Object parseLiteral(Value<?> input, CoercedVariables variables,
                GraphQLContext context,
                Locale locale) {
            var value = carried(input);
            if (!reads(value)) {
                throw new CoercingParseLiteralException("expected " + expected + " but was a "
                        + kind(value));
            }
            try {
                return read(value);
            } catch (IllegalArgumentException | DateTimeException e) {
                throw new CoercingParseLiteralException(
                        "expected " + expected + " but was " + quoted(value));
            }
        }

        @Override
        public Value<?> valueToLiteral(Object input, GraphQLContext context, Locale locale) {
            return StringValue.newStringValue(write(input)).build();
        }

        private static Object carried(Value<?> input) {
            Object value = switch (input) {
                case StringValue text -> text.getValue();
                case IntValue whole -> whole.getValue();
                case FloatValue number -> number.getValue();
                default -> input;
            };
            return value == null ? input : value;
        }

        private static Object widened(Object input) {
            return switch (input) {
                case Integer number -> BigInteger.valueOf(number);
                case Long number -> BigInteger.valueOf(number);
                case Short number -> BigInteger.valueOf(number);
                case Byte number -> BigInteger.valueOf(number);
                case Double number when Double.isFinite(number) ->
                    new BigDecimal(number.toString());
                case Float number when Float.isFinite(number) -> new BigDecimal(number.toString());
                default -> input;
            };
        }

        private static String kind(Object value) {
            return switch (value) {
                case String text -> "string";
                case Boolean bool -> "boolean";
                case BooleanValue bool -> "boolean";
                case Number number -> "number";
                case List<?> list -> "list";
                case ArrayValue list -> "list";
                case Map<?, ?> object -> "object";
                case ObjectValue object -> "object";
                default -> "value of another type";
            };
        }
    }

    /** Rows hold JSON as plain Java values; only what JSON cannot say is changed. */
    private static final class AnyJson implements Coercing<Object, Object> {
        @Override
        public Object serialize(Object value, GraphQLContext context, Locale locale) {
            var written = writable(value, 0);
            if (written == null) {
                throw new CoercingSerializeException("not a JSON value");
            }
            return written;
        }

        private static @Nullable Object writable(@Nullable Object value, int depth) {
            return value == null ? null : switch (value) {
                case Double number -> Double.isFinite(number) ? number : null;
                case Float number -> Float.isFinite(number) ? number : null;
                case List<?> list when depth < JSON_DEPTH_MAX -> {
                    var written = new ArrayList<@Nullable Object>(list.size());
                    for (Object element : list) {
                        written.add(writable(element, depth + 1));
                    }
                    yield written;
                }
                case Map<?, ?> map when depth < JSON_DEPTH_MAX -> {
                    var written = new LinkedHashMap<String, @Nullable Object>();
                    map.forEach((name, element) -> written.put(String.valueOf(name),
                            writable(element, depth + 1)));
                    yield written;
                }
                default -> value;
            };
        }

        @Override
        public Object parseValue(Object input, GraphQLContext context, Locale locale) {
            return input;
        }

        @Override
        public Object parseLiteral(Value<?> input, CoercedVariables variables,
                GraphQLContext context,
                Locale locale) {
            var read = read(input, variables, 0);
            if (read == null) {
                throw new CoercingParseLiteralException("expected a JSON value other than null");
            }
            return read;
        }

        private static @Nullable Object read(Value<?> value, CoercedVariables variables,
                int depth) {
            if (depth > JSON_DEPTH_MAX) {
                throw new CoercingParseLiteralException(
                        "expected JSON of at most " + JSON_DEPTH_MAX + " levels");
            }
            return switch (value) {
                case StringValue text -> text.getValue();
                case BooleanValue bool -> bool.isValue();
                case IntValue whole -> whole.getValue();
                case FloatValue number -> number.getValue();
                case NullValue none -> null;
                case VariableReference variable -> variables.get(variable.getName());
                case ArrayValue array -> {
                    var list = new ArrayList<@Nullable Object>();
                    array.getValues()
                            .forEach(element -> list.add(read(element, variables, depth + 1)));
                    yield list;
                }
                case ObjectValue object -> {
                    var map = new LinkedHashMap<String, @Nullable Object>();
                    object.getObjectFields().forEach(field -> map.put(field.getName(),
                            read(field.getValue(), variables, depth + 1)));
                    yield map;
                }
                default -> throw new CoercingParseLiteralException("expected a JSON value");
            };
        }
    }
}
