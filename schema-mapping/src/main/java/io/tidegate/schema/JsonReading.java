package io.tidegate.schema;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One pass over JSON tokens that makes a value of a {@link Type}. Knows where it is, so that an error can say so.
 *
 * <p>
 * Strict, a misfit ends the reading. Lenient, it is told, the value's tokens are skipped, and {@link #UNFIT} goes up to
 * the nearest place that may be null. Syntax and bounds end the reading in both.
 */
final class JsonReading {
    static final int MAX_DEPTH = 200;
    static final int MAX_NUMBER_LENGTH = 1000;

    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(MAX_NUMBER_LENGTH)
                    .build())
            // Names come from payloads: a shared table of them would be filled by whoever sends new ones.
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();
    private static final ObjectMapper TREES = JsonMapper.builder(FACTORY)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES).build();
    private static final BigInteger UINT64_MAX = BigInteger.ONE.shiftLeft(64)
            .subtract(BigInteger.ONE);
    private static final BigDecimal LONG_MIN = BigDecimal.valueOf(Long.MIN_VALUE);
    private static final BigDecimal LONG_MAX = BigDecimal.valueOf(Long.MAX_VALUE);

    private enum Mark {
        /** Comes back from {@link #value} where null is not allowed; its misfit has been told. */
        UNFIT
    }

    private static final Mark UNFIT = Mark.UNFIT;
    /** In {@link #indexes}: the step is a field's name. */
    private static final int FIELD = -1;
    /** In {@link #indexes}: the step is a map's key, which is payload and must not get into a message. */
    private static final int MAP_VALUE = -2;

    private final JsonParser in;
    /** Null = strict. */
    private final @Nullable Consumer<? super Misfit> misfits;
    /** Names of fields; filled to {@link #depth}. */
    private @Nullable String[] path = new @Nullable String[16];
    /** Positions of elements, {@link #FIELD} or {@link #MAP_VALUE}; filled to {@link #depth}. */
    private int[] indexes = new int[16];
    private int depth;
    /** What has been told; made with the first misfit. A list with many bad elements has one misfit. */
    private @Nullable Set<Misfit> told;
    /** What a strict reading would have said of the last misfit. */
    private String refusal = "";

    JsonReading(JsonParser in, @Nullable Consumer<? super Misfit> misfits) {
        this.in = in;
        this.misfits = misfits;
    }

    /** Thrown by the reading of a single token and caught by {@link #value}; without a trace, to be cheap. */
    private static final class Unfit extends UnreadablePayload {
        private static final long serialVersionUID = 1L;

        private Unfit() {
            super("a value does not fit its type");
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    /** Reads text that holds exactly one value, strictly. */
    static @Nullable Object whole(byte[] json, int from, Type type) throws UnreadablePayload {
        return whole(json, from, type, "", null);
    }

    /**
     * Reads text that holds exactly one value.
     *
     * @param field
     *            where misfits see the value, empty = they see it as the row itself
     * @param misfits
     *            null = strict
     */
    static @Nullable Object whole(byte[] json, int from, Type type, String field,
            @Nullable Consumer<? super Misfit> misfits) throws UnreadablePayload {
        try (JsonParser in = FACTORY.createParser(json, from, json.length - from)) {
            try {
                if (in.nextToken() == null) {
                    throw new UnreadablePayload("the payload is empty, expected JSON text");
                }
                var reading = new JsonReading(in, misfits);
                if (!field.isEmpty()) {
                    reading.push();
                    reading.path[0] = field;
                }
                Object value = reading.top(type);
                if (in.nextToken() != null) {
                    throw new UnreadablePayload(
                            "the payload goes on behind its JSON value, at byte "
                                    + in.currentTokenLocation().getByteOffset());
                }
                return value;
            } catch (StreamConstraintsException e) {
                throw new UnreadablePayload("the payload is beyond the bounds for JSON near byte "
                        + in.currentLocation().getByteOffset() + ": it nests deeper than "
                        + MAX_DEPTH
                        + " levels, or a number, name or string is too long");
            } catch (JsonProcessingException e) {
                // Jackson's message quotes the payload.
                throw new UnreadablePayload(
                        "the payload is not JSON text, near byte "
                                + in.currentLocation().getByteOffset());
            }
        } catch (IOException e) {
            throw new UnreadablePayload("the payload is not JSON text in a Unicode encoding");
        }
    }

    /**
     * Reads a tree. Null where it is null or does not fit as a whole.
     *
     * @param misfits
     *            null = strict
     */
    static @Nullable Object tree(JsonNode node, Type type,
            @Nullable Consumer<? super Misfit> misfits) throws UnreadablePayload {
        try (JsonParser in = node.traverse()) {
            in.nextToken();
            return new JsonReading(in, misfits).value(type, true);
        } catch (IOException e) {
            throw new UnreadablePayload("the JSON value cannot be read");
        }
    }

    /** Reads a tree that has to be a row as a whole. */
    static @Nullable Row row(JsonNode node, RecordType type, Consumer<? super Misfit> misfits)
            throws UnreadablePayload {
        try (JsonParser in = node.traverse()) {
            in.nextToken();
            return (Row) new JsonReading(in, misfits).top(type);
        } catch (IOException e) {
            throw new UnreadablePayload("the JSON value cannot be read");
        }
    }

    /** A value with nothing above it that could be null instead; it may itself be null only where the text says so. */
    private @Nullable Object top(Type type) throws IOException, UnreadablePayload {
        if (in.currentToken() == JsonToken.VALUE_NULL) {
            return null;
        }
        Object value = value(type, depth > 0);
        if (value == UNFIT) {
            throw new UnreadablePayload(refusal);
        }
        return value;
    }

    /**
     * Reads the value whose first token is current, and leaves its last token current.
     *
     * @return {@link #UNFIT} if it does not fit and may not be null
     */
    private @Nullable Object value(Type type, boolean nullable)
            throws IOException, UnreadablePayload {
        JsonToken token = in.currentToken();
        Object value;
        try {
            value = token == JsonToken.VALUE_NULL
                    ? absent(type, nullable)
                    : switch (type) {
                        case Type.Scalar scalar -> scalar(scalar, token);
                        case Type.EnumOf symbols -> symbol(symbols, token);
                        case RecordType record -> row(record, token);
                        case Type.ListOf list -> list(list, token);
                        case Type.MapOf map -> map(map, token);
                        case Type.Union union -> member(union, token);
                        case Type.Json ignored -> json(token, depth);
                    };
        } catch (Unfit e) {
            // Only the reading of one token throws it: what the token opens is still ahead.
            in.skipChildren();
            value = UNFIT;
        }
        return value == UNFIT && nullable ? null : value;
    }

    private @Nullable Object absent(Type type, boolean nullable) throws UnreadablePayload {
        if (nullable || type instanceof Type.Json) {
            return null;
        }
        if (type instanceof Type.Scalar scalar && scalar.kind() == ScalarKind.FLOAT32) {
            return Float.NaN;
        }
        if (type instanceof Type.Scalar scalar && scalar.kind() == ScalarKind.FLOAT64) {
            return Double.NaN;
        }
        throw misfit(expectation(type), "null");
    }

    private Object row(RecordType type, JsonToken token) throws IOException, UnreadablePayload {
        if (token != JsonToken.START_OBJECT) {
            throw misfit("an object", token);
        }
        List<Field> fields = type.fields();
        int count = fields.size();
        @Nullable
        Object[] values = new @Nullable Object[count];
        push();
        Map<String, @Nullable Object> extra = null;
        int next = 0;
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            int at;
            if (next < count && fields.get(next).name().equals(name)) {
                // Members mostly come in the order of the schema: no look-up then.
                at = next;
            } else {
                OptionalInt position = type.position(name);
                at = position.isPresent() ? position.getAsInt() : -1;
            }
            in.nextToken();
            if (at < 0) {
                if (type.extra() < 0) {
                    in.skipChildren();
                } else {
                    extra = extra == null ? new LinkedHashMap<>() : extra;
                    path[depth - 1] = RecordType.EXTRA;
                    extra.put(name, json(in.currentToken(), depth));
                }
                continue;
            }
            next = at + 1;
            Field field = fields.get(at);
            path[depth - 1] = field.name();
            Object value = value(field.type(), field.nullable());
            if (value == UNFIT) {
                return unfit(JsonToken.END_OBJECT);
            }
            values[at] = value;
        }
        if (extra != null && values[type.extra()] == null) {
            values[type.extra()] = extra;
        }
        for (int i = 0; i < count; i++) {
            if (values[i] == null && !fields.get(i).nullable()) {
                Field field = fields.get(i);
                path[depth - 1] = field.name();
                if (!(field.type() instanceof Type.Json)) {
                    tell(expectation(field.type()), "nothing");
                    depth--;
                    return UNFIT;
                }
            }
        }
        depth--;
        return new Row(type, values);
    }

    /** Skips what is left of the object or array that is being read. */
    private Object unfit(JsonToken end) throws IOException {
        while (in.nextToken() != end) {
            in.skipChildren();
        }
        depth--;
        return UNFIT;
    }

    private Object list(Type.ListOf type, JsonToken token)
            throws IOException, UnreadablePayload {
        if (token != JsonToken.START_ARRAY) {
            throw misfit("an array", token);
        }
        var elements = new ArrayList<@Nullable Object>();
        push();
        while (in.nextToken() != JsonToken.END_ARRAY) {
            indexes[depth - 1] = elements.size();
            Object element = value(type.element(), type.elementNullable());
            if (element == UNFIT) {
                return unfit(JsonToken.END_ARRAY);
            }
            elements.add(element);
        }
        depth--;
        return elements;
    }

    private Object map(Type.MapOf type, JsonToken token)
            throws IOException, UnreadablePayload {
        if (token != JsonToken.START_OBJECT) {
            throw misfit("an object", token);
        }
        var entries = new LinkedHashMap<String, @Nullable Object>();
        push();
        indexes[depth - 1] = MAP_VALUE;
        for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
            in.nextToken();
            Object value = value(type.value(), type.valueNullable());
            if (value == UNFIT) {
                return unfit(JsonToken.END_OBJECT);
            }
            entries.put(name, value);
        }
        depth--;
        return entries;
    }

    /**
     * Which member an object is can stand at its end, so it is read as a tree first. A member that fits without a misfit
     * is taken before one that fits with some; one whose only symbol ({@code kind: cat}) the object contradicts, never.
     */
    private Object member(Type.Union type, JsonToken token) throws IOException, UnreadablePayload {
        if (token != JsonToken.START_OBJECT) {
            throw misfit("an object", token);
        }
        JsonNode object;
        try {
            object = TREES.readTree(in);
        } catch (NumberFormatException e) {
            throw new UnreadablePayload(pathText() + ": expected an object whose numbers are"
                    + " decimals but found a number with too large an exponent");
        }
        List<RecordType> members = new ArrayList<>(type.members());
        members.sort((a, b) -> Integer.compare(strangers(object, a), strangers(object, b)));
        Object best = null;
        List<Misfit> fewest = List.of();
        for (RecordType member : members) {
            if (lacks(object, member) || contradicts(object, member)) {
                continue;
            }
            var found = new ArrayList<Misfit>(0);
            Object row = attempt(object, member, found);
            if (row != UNFIT && found.isEmpty()) {
                return row;
            }
            if (row != UNFIT && (best == null || found.size() < fewest.size())) {
                best = row;
                fewest = found;
            }
        }
        if (best != null && misfits != null) {
            fewest.forEach(this::tell);
            return best;
        }
        // The object's tokens are read, so that there is nothing to skip.
        tell("an object that is one of "
                + members.stream().map(RecordType::simpleName).sorted().toList(),
                "an object that is none of them");
        return UNFIT;
    }

    private Object attempt(JsonNode object, RecordType member, List<Misfit> found)
            throws IOException, UnreadablePayload {
        try (JsonParser tree = object.traverse()) {
            tree.nextToken();
            var reading = new JsonReading(tree, found::add);
            reading.path = path.clone();
            reading.indexes = indexes.clone();
            reading.depth = depth;
            return reading.row(member, JsonToken.START_OBJECT);
        }
    }

    private static boolean contradicts(JsonNode object, RecordType member) {
        for (Field field : member.fields()) {
            if (field.type() instanceof Type.EnumOf only && only.symbols().size() == 1
                    && !only.open()) {
                JsonNode value = object.path(field.name());
                if (!value.isMissingNode() && !value.isNull()
                        && !only.symbols().getFirst().equals(value.textValue())) {
                    return true;
                }
            }
        }
        return false;
    }

    private static int strangers(JsonNode object, RecordType member) {
        int strangers = 0;
        for (var names = object.fieldNames(); names.hasNext();) {
            if (member.position(names.next()).isEmpty()) {
                strangers++;
            }
        }
        return strangers;
    }

    private static boolean lacks(JsonNode object, RecordType member) {
        for (Field field : member.fields()) {
            if (!field.nullable() && !object.has(field.name())) {
                return true;
            }
        }
        return false;
    }

    private String symbol(Type.EnumOf type, JsonToken token) throws IOException, UnreadablePayload {
        if (token == JsonToken.VALUE_STRING) {
            String text = in.getText();
            for (String symbol : type.symbols()) {
                if (symbol.equals(text)) {
                    return symbol;
                }
            }
            if (type.open() && isInteger(text)) {
                return text;
            }
        } else if (token == JsonToken.VALUE_NUMBER_INT && type.open()) {
            return in.getText();
        }
        throw misfit("one of the " + type.symbols().size() + " symbols of '" + type.name() + "'",
                token == JsonToken.VALUE_STRING ? "another text" : found(token));
    }

    private static boolean isInteger(String text) {
        int start = text.startsWith("-") ? 1 : 0;
        if (text.length() == start || text.length() > 11) {
            return false;
        }
        for (int i = start; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    private Object scalar(Type.Scalar type, JsonToken token) throws IOException, UnreadablePayload {
        return switch (type.kind()) {
            case BOOLEAN -> switch (token) {
                case VALUE_TRUE -> true;
                case VALUE_FALSE -> false;
                default -> throw misfit(expectation(type), token);
            };
            case INT32 -> (int) integer(type, token, false, Integer.MIN_VALUE, Integer.MAX_VALUE);
            case UINT32 -> integer(type, token, false, 0, 0xFFFF_FFFFL);
            case INT64 -> integer(type, token, true, Long.MIN_VALUE, Long.MAX_VALUE);
            case UINT64 -> unsigned(type, token);
            case FLOAT32 -> single(type, token);
            case FLOAT64 -> number(type, token);
            case DECIMAL -> decimal(type, token);
            case STRING -> text(type, token);
            case BYTES -> bytes(type, token);
            case UUID -> uuid(type, token);
            case DATE -> fits(TimeText.date(text(type, token)), type);
            case TIME -> fits(TimeText.time(text(type, token)), type);
            case TIMESTAMP -> token == JsonToken.VALUE_STRING
                    ? fits(TimeText.instant(in.getText()), type)
                    : Instant.ofEpochMilli(
                            integer(type, token, false, Long.MIN_VALUE, Long.MAX_VALUE));
            case LOCAL_TIMESTAMP -> token == JsonToken.VALUE_STRING
                    ? fits(TimeText.localDateTime(in.getText()), type)
                    : localMillis(integer(type, token, false, Long.MIN_VALUE, Long.MAX_VALUE));
            case DURATION -> {
                String text = text(type, token);
                if (!TimeText.isDuration(text)) {
                    throw misfit(expectation(type), "another text");
                }
                yield text;
            }
        };
    }

    private static LocalDateTime localMillis(long millis) {
        return LocalDateTime.ofInstant(Instant.ofEpochMilli(millis), ZoneOffset.UTC);
    }

    private Object fits(@Nullable Object value, Type type) throws UnreadablePayload {
        if (value == null) {
            throw misfit(expectation(type), "another text");
        }
        return value;
    }

    private String text(Type type, JsonToken token) throws IOException, UnreadablePayload {
        if (token != JsonToken.VALUE_STRING) {
            throw misfit(expectation(type), token);
        }
        return in.getText();
    }

    private long integer(Type type, JsonToken token, boolean fromText, long min, long max)
            throws IOException, UnreadablePayload {
        long value;
        if (token == JsonToken.VALUE_NUMBER_INT) {
            if (in.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
                throw misfit(expectation(type), "a number out of range");
            }
            value = in.getLongValue();
        } else if (token == JsonToken.VALUE_NUMBER_FLOAT
                || (fromText && token == JsonToken.VALUE_STRING)) {
            BigDecimal number = boundedDecimal(type, token);
            if (number.compareTo(LONG_MIN) < 0 || number.compareTo(LONG_MAX) > 0) {
                throw misfit(expectation(type), "a number out of range");
            }
            value = number.longValue();
            if (number.compareTo(BigDecimal.valueOf(value)) != 0) {
                throw misfit(expectation(type), "a number with a fraction");
            }
        } else {
            throw misfit(expectation(type), token);
        }
        if (value < min || value > max) {
            throw misfit(expectation(type), "a number out of range");
        }
        return value;
    }

    private BigInteger unsigned(Type type, JsonToken token) throws IOException, UnreadablePayload {
        BigDecimal number = boundedDecimal(type, token);
        BigInteger value;
        try {
            value = number.toBigIntegerExact();
        } catch (ArithmeticException e) {
            throw misfit(expectation(type), "a number with a fraction");
        }
        if (value.signum() < 0 || value.compareTo(UINT64_MAX) > 0) {
            throw misfit(expectation(type), "a number out of range");
        }
        return value;
    }

    private BigDecimal decimal(Type.Scalar type, JsonToken token)
            throws IOException, UnreadablePayload {
        BigDecimal value = boundedDecimal(type, token);
        if (type.scale() >= 0 && value.scale() != type.scale()) {
            try {
                value = value.setScale(type.scale());
            } catch (ArithmeticException e) {
                throw misfit(expectation(type), "more digits behind the point");
            }
        }
        if (type.precision() > 0 && value.precision() > type.precision()) {
            throw misfit(expectation(type), "more digits");
        }
        return value;
    }

    private BigDecimal boundedDecimal(Type type, JsonToken token)
            throws IOException, UnreadablePayload {
        @Nullable
        BigDecimal value;
        if (token == JsonToken.VALUE_NUMBER_INT || token == JsonToken.VALUE_NUMBER_FLOAT) {
            value = exact();
        } else if (token == JsonToken.VALUE_STRING) {
            String text = in.getText();
            try {
                if (text.length() > MAX_NUMBER_LENGTH) {
                    throw misfit(expectation(type), "a longer text");
                }
                value = new BigDecimal(text);
            } catch (NumberFormatException e) {
                throw misfit(expectation(type), "another text");
            }
        } else {
            throw misfit(expectation(type), token);
        }
        if (value == null || !JsonValues.isBounded(value)) {
            throw misfit(expectation(type), "a number with too large an exponent");
        }
        return value;
    }

    /** The current number with all of its digits; null where its exponent is beyond every decimal. */
    private @Nullable BigDecimal exact() throws IOException {
        try {
            return in.getDecimalValue();
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private Float single(Type type, JsonToken token) throws IOException, UnreadablePayload {
        if (token == JsonToken.VALUE_STRING) {
            return (float) special(type);
        }
        if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) {
            throw misfit(expectation(type), token);
        }
        float value = in.getFloatValue();
        if (Float.isInfinite(value)) {
            throw misfit(expectation(type), "a number out of range");
        }
        return value;
    }

    private Double number(Type type, JsonToken token) throws IOException, UnreadablePayload {
        if (token == JsonToken.VALUE_STRING) {
            return special(type);
        }
        if (token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT) {
            throw misfit(expectation(type), token);
        }
        double value = in.getDoubleValue();
        if (Double.isInfinite(value)) {
            throw misfit(expectation(type), "a number out of range");
        }
        return value;
    }

    /** What JSON has no number for, spelt as Protobuf's JSON spells it. */
    private double special(Type type) throws IOException, UnreadablePayload {
        return switch (in.getText()) {
            case "NaN" -> Double.NaN;
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> throw misfit(expectation(type), "a text");
        };
    }

    private byte[] bytes(Type.Scalar type, JsonToken token) throws IOException, UnreadablePayload {
        byte[] value;
        if (token == JsonToken.VALUE_EMBEDDED_OBJECT
                && in.getEmbeddedObject() instanceof byte[] embedded) {
            value = embedded;
        } else {
            try {
                value = Base64.getDecoder().decode(text(type, token));
            } catch (IllegalArgumentException e) {
                throw misfit(expectation(type), "another text");
            }
        }
        if (type.precision() > 0 && value.length != type.precision()) {
            throw misfit(expectation(type), value.length + " bytes");
        }
        return value;
    }

    private UUID uuid(Type type, JsonToken token) throws IOException, UnreadablePayload {
        String text = text(type, token);
        try {
            // The JDK also takes "1-1-1-1-1".
            if (text.length() == 36) {
                return UUID.fromString(text);
            }
        } catch (IllegalArgumentException e) {
            throw misfit(expectation(type), "another text");
        }
        throw misfit(expectation(type), "another text");
    }

    private @Nullable Object json(JsonToken token, int level)
            throws IOException, UnreadablePayload {
        if (level > MAX_DEPTH) {
            throw tooDeep();
        }
        return switch (token) {
            case VALUE_NULL -> null;
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_STRING -> in.getText();
            case VALUE_NUMBER_INT -> in.getNumberValue();
            case VALUE_NUMBER_FLOAT -> fraction();
            case START_ARRAY -> {
                var elements = new ArrayList<@Nullable Object>();
                for (JsonToken next = in.nextToken(); next != JsonToken.END_ARRAY; next = in
                        .nextToken()) {
                    elements.add(json(next, level + 1));
                }
                yield elements;
            }
            case START_OBJECT -> {
                var members = new LinkedHashMap<String, @Nullable Object>();
                for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
                    members.put(name, json(in.nextToken(), level + 1));
                }
                yield members;
            }
            case VALUE_EMBEDDED_OBJECT -> in.getEmbeddedObject() instanceof byte[] bytes
                    ? Base64.getEncoder().encodeToString(bytes)
                    : String.valueOf(in.getEmbeddedObject());
            default -> throw misfit("a JSON value", token);
        };
    }

    /** A double where that keeps what was written, so that nothing is lost silently. */
    private @Nullable Object fraction() throws IOException, UnreadablePayload {
        if (in.getTextLength() <= 16) {
            double number = in.getDoubleValue();
            if (Double.isFinite(number)) {
                return number;
            }
        }
        @Nullable
        BigDecimal number = exact();
        if (number == null || !JsonValues.isBounded(number)) {
            // Within JSON anything may be null.
            tell("a number", "a number with too large an exponent");
            return null;
        }
        return number;
    }

    private UnreadablePayload tooDeep() {
        return new UnreadablePayload(
                pathText() + ": expected at most " + MAX_DEPTH + " levels but found more");
    }

    private void push() throws UnreadablePayload {
        if (depth >= MAX_DEPTH) {
            throw tooDeep();
        }
        if (depth == path.length) {
            path = Arrays.copyOf(path, depth * 2);
            indexes = Arrays.copyOf(indexes, depth * 2);
        }
        path[depth] = null;
        indexes[depth++] = FIELD;
    }

    private static String expectation(Type type) {
        return switch (type) {
            case Type.Scalar scalar -> expectation(scalar);
            case Type.EnumOf symbols -> "a symbol of '" + symbols.name() + "'";
            case RecordType record -> "an object ('" + record.simpleName() + "')";
            case Type.ListOf ignored -> "an array";
            case Type.MapOf ignored -> "an object";
            case Type.Union union -> "an object ('" + union.name() + "')";
            case Type.Json ignored -> "a JSON value";
        };
    }

    private static String expectation(Type.Scalar type) {
        return switch (type.kind()) {
            case BOOLEAN -> "true or false";
            case INT32 -> "an integer of 32 bits";
            case UINT32 -> "an integer from 0 to 4294967295";
            case INT64 -> "an integer of 64 bits, as number or text";
            case UINT64 -> "an integer from 0 to 18446744073709551615, as number or text";
            case FLOAT32, FLOAT64 -> "a number";
            case DECIMAL -> type.scale() < 0
                    ? "a decimal, as text or number"
                    : "a decimal with at most "
                            + (type.precision() > 0 ? type.precision() + " digits and " : "")
                            + type.scale() + " digits behind the point, as text or number";
            case STRING -> "text";
            case BYTES ->
                type.precision() > 0 ? "base64 of " + type.precision() + " bytes" : "base64";
            case UUID -> "a UUID";
            case DATE -> "a date like 2026-01-31";
            case TIME -> "a time like 12:00:00";
            case TIMESTAMP -> "a time with offset like 2026-01-31T12:00:00Z, or epoch milliseconds";
            case LOCAL_TIMESTAMP -> "a date and time without offset like 2026-01-31T12:00:00";
            case DURATION -> "an ISO 8601 duration like P1DT2H";
        };
    }

    private UnreadablePayload misfit(String expected, @Nullable JsonToken token)
            throws UnreadablePayload {
        return misfit(expected, found(token));
    }

    /** To be thrown where the value's first token is current. */
    private UnreadablePayload misfit(String expected, String found) throws UnreadablePayload {
        tell(expected, found);
        return new Unfit();
    }

    /**
     * Tells of a misfit at the current place.
     *
     * @throws UnreadablePayload
     *             if the reading is strict
     */
    private void tell(String expected, String found) throws UnreadablePayload {
        refusal = pathText() + ": expected " + expected + " but found " + found;
        if (misfits == null) {
            throw new UnreadablePayload(refusal);
        }
        tell(new Misfit(place(), expected));
    }

    private void tell(Misfit misfit) {
        if (told == null) {
            told = new HashSet<>();
        }
        if (misfits != null && told.add(misfit)) {
            misfits.accept(misfit);
        }
    }

    private static String found(@Nullable JsonToken token) {
        return switch (token) {
            case null -> "the end";
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "text";
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            case VALUE_NULL -> "null";
            default -> "something else";
        };
    }

    private String pathText() {
        var text = new StringBuilder("$");
        for (int i = 0; i < depth; i++) {
            switch (indexes[i]) {
                case FIELD -> {
                    if (path[i] != null) {
                        text.append('.').append(path[i]);
                    }
                }
                case MAP_VALUE -> text.append(".*");
                default -> text.append('[').append(indexes[i]).append(']');
            }
        }
        return text.toString();
    }

    /** As {@link Misfit#path} has it. */
    private String place() {
        var text = new StringBuilder();
        for (int i = 0; i < depth; i++) {
            switch (indexes[i]) {
                case FIELD -> {
                    if (path[i] != null) {
                        text.append(text.isEmpty() ? "" : ".").append(path[i]);
                    }
                }
                case MAP_VALUE -> text.append("{}");
                default -> text.append("[]");
            }
        }
        return text.toString();
    }
}
