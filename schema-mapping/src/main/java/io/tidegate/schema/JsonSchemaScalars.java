package io.tidegate.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which scalar a JSON Schema means: by its format, by its bounds, by the values that it lists. */
final class JsonSchemaScalars {
    private static final BigDecimal INT32_MIN = BigDecimal.valueOf(Integer.MIN_VALUE);
    private static final BigDecimal INT32_MAX = BigDecimal.valueOf(Integer.MAX_VALUE);
    private static final BigDecimal UINT32_MAX = BigDecimal.valueOf(0xffff_ffffL);
    private static final BigDecimal INT64_MAX = BigDecimal.valueOf(Long.MAX_VALUE);
    private static final int MAX_SCALE = 38;

    private JsonSchemaScalars() {
    }

    static boolean isScalar(String kind) {
        return Set.of("string", "integer", "number", "boolean").contains(kind);
    }

    static Type of(String kind, JsonSchemaShape shape) {
        return switch (kind) {
            case "string" -> string(shape);
            case "integer" -> integer(shape);
            case "number" -> number(shape);
            case "boolean" -> Type.Scalar.of(ScalarKind.BOOLEAN);
            default -> new Type.Json();
        };
    }

    private static Type string(JsonSchemaShape shape) {
        if (shape.text("contentEncoding").equals("base64")) {
            return Type.Scalar.of(ScalarKind.BYTES);
        }
        return Type.Scalar.of(kindOfText(shape.text("format")));
    }

    private static ScalarKind kindOfText(String format) {
        return switch (format) {
            case "date-time" -> ScalarKind.TIMESTAMP;
            case "local-date-time" -> ScalarKind.LOCAL_TIMESTAMP;
            case "date" -> ScalarKind.DATE;
            case "time", "local-time" -> ScalarKind.TIME;
            case "uuid" -> ScalarKind.UUID;
            case "duration", "iso8601-duration" -> ScalarKind.DURATION;
            case "decimal" -> ScalarKind.DECIMAL;
            case "byte", "binary" -> ScalarKind.BYTES;
            case "int64" -> ScalarKind.INT64;
            case "uint64" -> ScalarKind.UINT64;
            default -> ScalarKind.STRING;
        };
    }

    /** Whether this format of a text decides its type, so that there is no need to speak of it. */
    static boolean isMapped(String format) {
        return kindOfText(format) != ScalarKind.STRING
                || Set.of("int32", "uint32", "float", "double").contains(format);
    }

    private static Type integer(JsonSchemaShape shape) {
        switch (shape.text("format")) {
            case "int32" -> {
                return Type.Scalar.of(ScalarKind.INT32);
            }
            case "int64" -> {
                return Type.Scalar.of(ScalarKind.INT64);
            }
            case "uint32" -> {
                return Type.Scalar.of(ScalarKind.UINT32);
            }
            case "uint64" -> {
                return Type.Scalar.of(ScalarKind.UINT64);
            }
            default -> {
                // The bounds decide.
            }
        }
        BigDecimal min = bound(shape, "minimum", "exclusiveMinimum", 1);
        BigDecimal max = bound(shape, "maximum", "exclusiveMaximum", -1);
        if (min == null || max == null) {
            return Type.Scalar.of(ScalarKind.INT64);
        }
        if (min.compareTo(INT32_MIN) >= 0 && max.compareTo(INT32_MAX) <= 0) {
            return Type.Scalar.of(ScalarKind.INT32);
        }
        if (min.signum() >= 0 && max.compareTo(UINT32_MAX) <= 0) {
            return Type.Scalar.of(ScalarKind.UINT32);
        }
        return Type.Scalar.of(
                min.signum() >= 0 && max.compareTo(INT64_MAX) > 0
                        ? ScalarKind.UINT64
                        : ScalarKind.INT64);
    }

    /** The least or greatest integer that the schemas allow; null if they do not say. */
    private static @Nullable BigDecimal bound(JsonSchemaShape shape, String inclusive,
            String exclusive, int inwards) {
        BigDecimal bound = null;
        for (JsonSchemaPlace part : shape.parts()) {
            JsonNode including = part.node().path(inclusive);
            JsonNode excluding = part.node().path(exclusive);
            if (including.isNumber()) {
                // Draft-04 says that its bound is exclusive beside it.
                boolean isExclusive = excluding.isBoolean() && excluding.asBoolean();
                bound = inner(bound, whole(including, isExclusive, inwards), inwards);
            }
            if (excluding.isNumber()) {
                bound = inner(bound, whole(excluding, true, inwards), inwards);
            }
        }
        return bound;
    }

    private static BigDecimal whole(JsonNode number, boolean exclusive, int inwards) {
        BigDecimal value = number.decimalValue();
        if (Math.abs((long) value.scale()) > 400) {
            return value;
        }
        BigDecimal whole = value.setScale(0,
                inwards > 0 ? RoundingMode.CEILING : RoundingMode.FLOOR);
        return exclusive && whole.compareTo(value) == 0
                ? whole.add(BigDecimal.valueOf(inwards))
                : whole;
    }

    private static BigDecimal inner(@Nullable BigDecimal known, BigDecimal other, int inwards) {
        if (known == null) {
            return other;
        }
        return inwards > 0 ? known.max(other) : known.min(other);
    }

    private static Type number(JsonSchemaShape shape) {
        JsonNode multiple = shape.get("multipleOf");
        if (multiple.isNumber()) {
            BigDecimal step = multiple.decimalValue();
            boolean isSmall = Math.abs((long) step.scale()) <= MAX_SCALE
                    && step.precision() <= MAX_SCALE && step.signum() > 0;
            if (isSmall) {
                step = step.stripTrailingZeros();
                if (step.scale() > 0 || step.unscaledValue().equals(BigInteger.ONE)) {
                    return new Type.Scalar(ScalarKind.DECIMAL, 0, Math.max(0, step.scale()));
                }
            }
        }
        return switch (shape.text("format")) {
            case "float" -> Type.Scalar.of(ScalarKind.FLOAT32);
            case "decimal" -> Type.Scalar.of(ScalarKind.DECIMAL);
            default -> Type.Scalar.of(ScalarKind.FLOAT64);
        };
    }

    /** The scalar that all of these values are; any JSON if there is none, or they are objects or arrays. */
    static Type ofValues(Collection<JsonNode> values) {
        if (values.isEmpty()) {
            return new Type.Json();
        }
        if (values.stream().allMatch(JsonNode::isTextual)) {
            return Type.Scalar.of(ScalarKind.STRING);
        }
        if (values.stream().allMatch(JsonNode::isBoolean)) {
            return Type.Scalar.of(ScalarKind.BOOLEAN);
        }
        if (!values.stream().allMatch(JsonNode::isNumber)) {
            return new Type.Json();
        }
        if (values.stream().allMatch(value -> isLong(value.decimalValue()))) {
            return Type.Scalar.of(values.stream().allMatch(JsonNode::canConvertToInt)
                    ? ScalarKind.INT32
                    : ScalarKind.INT64);
        }
        return Type.Scalar.of(ScalarKind.FLOAT64);
    }

    private static boolean isLong(BigDecimal value) {
        return Math.abs((long) value.scale()) <= MAX_SCALE
                && value.setScale(0, RoundingMode.DOWN).compareTo(value) == 0
                && value.toBigInteger().bitLength() < Long.SIZE;
    }

    /** The one scalar that carries the values of each of these; null if there is none. */
    static @Nullable Type common(List<Type> types) {
        if (types.stream().distinct().count() == 1) {
            return types.getFirst();
        }
        if (types.stream().allMatch(JsonSchemaScalars::isText)) {
            return Type.Scalar.of(ScalarKind.STRING);
        }
        if (types.stream().allMatch(type -> type instanceof Type.Scalar scalar
                && (scalar.kind() == ScalarKind.INT32 || scalar.kind() == ScalarKind.UINT32
                        || scalar.kind() == ScalarKind.INT64))) {
            return Type.Scalar.of(ScalarKind.INT64);
        }
        return null;
    }

    /** Whether every value of it is a text in JSON, and any other text is no value of another type's. */
    private static boolean isText(Type type) {
        return type instanceof Type.EnumOf || (type instanceof Type.Scalar scalar
                && switch (scalar.kind()) {
                    case STRING, UUID, DATE, TIME, TIMESTAMP, LOCAL_TIMESTAMP, DURATION, BYTES ->
                        true;
                    default -> false;
                });
    }
}
