package io.tidegate.diff;

import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;

/** Fields of a row as the stream's JSON shows them. */
final class Payloads {
    private Payloads() {
    }

    static void compare(Field a, Field b, String path, Findings findings) {
        var one = shown(a.type(), a.nullable());
        var other = shown(b.type(), b.nullable());
        var comparison = new Comparison();
        comparison.compare(a.type(), a.nullable(), b.type(), b.nullable());
        if (comparison.typeChanged) {
            findings.field(Rule.PAYLOAD_TYPE_CHANGED, path, one, other);
            return;
        }
        if (comparison.formatChanged) {
            findings.field(Rule.PAYLOAD_FORMAT_CHANGED, path, one, other);
        }
        if (comparison.narrowed) {
            findings.field(Rule.PAYLOAD_FORMAT_NARROWED, path, one, other);
        }
        if (comparison.rangeChanged) {
            findings.field(Rule.PAYLOAD_RANGE_CHANGED, path, one, other);
        }
        if (comparison.opened) {
            findings.field(Rule.PAYLOAD_ENUM_OPENED, path, one, other);
        }
        if (comparison.looser) {
            findings.field(Rule.PAYLOAD_FIELD_NULLABLE, path, one, other);
        }
        if (comparison.tighter) {
            findings.field(Rule.PAYLOAD_FIELD_REQUIRED, path, one, other);
        }
    }

    /** A type as a reader of JSON sees it: {@code string (decimal) or null}. */
    static String shown(Type type, boolean nullable) {
        return (switch (type) {
            case Type.Scalar scalar -> shown(scalar);
            case Type.EnumOf of -> "string (enum)";
            case Type.Json json -> "any JSON";
            case RecordType record -> "object";
            case Type.Union union -> "one of several objects";
            case Type.ListOf list ->
                "array of " + shown(list.element(), list.elementNullable());
            case Type.MapOf map -> "object of " + shown(map.value(), map.valueNullable());
        }) + (isNullable(type, nullable) ? " or null" : "");
    }

    private static String shown(Type.Scalar scalar) {
        var format = format(scalar.kind());
        var details = scalar.kind() == ScalarKind.DECIMAL
                ? (scalar.precision() > 0 ? " of " + scalar.precision() + " digits" : "")
                        + (scalar.scale() >= 0 ? ", scale " + scalar.scale() : "")
                : scalar.precision() == 0
                        ? ""
                        : scalar.kind() == ScalarKind.BYTES
                                ? ", " + scalar.precision() + " bytes"
                                : ", " + scalar.precision() + " digits of the second";
        var note = (format + details).replaceFirst("^, ", "");
        return json(scalar.kind()) + (note.isEmpty() ? "" : " (" + note + ")");
    }

    /** NaN and the infinities are null in JSON. */
    private static boolean isNullable(Type type, boolean nullable) {
        return nullable || (type instanceof Type.Scalar scalar
                && (scalar.kind() == ScalarKind.FLOAT32 || scalar.kind() == ScalarKind.FLOAT64));
    }

    private static String json(ScalarKind kind) {
        return switch (kind) {
            case BOOLEAN -> "boolean";
            case INT32, UINT32 -> "integer";
            case FLOAT32, FLOAT64 -> "number";
            case INT64, UINT64, DECIMAL, STRING, BYTES, UUID, DATE, TIME, TIMESTAMP,
                    LOCAL_TIMESTAMP, DURATION ->
                "string";
        };
    }

    private static String format(ScalarKind kind) {
        return switch (kind) {
            case BOOLEAN, STRING -> "";
            case INT32 -> "int32";
            case UINT32 -> "uint32";
            case INT64 -> "int64";
            case UINT64 -> "uint64";
            case FLOAT32 -> "float";
            case FLOAT64 -> "double";
            case DECIMAL -> "decimal";
            case BYTES -> "base64";
            case UUID -> "uuid";
            case DATE -> "date";
            case TIME -> "local-time";
            case TIMESTAMP -> "date-time";
            case LOCAL_TIMESTAMP -> "local-date-time";
            case DURATION -> "duration";
        };
    }

    /** What differs between two types, their nested elements included and the fields of records left out. */
    private static final class Comparison {
        private boolean typeChanged;
        private boolean formatChanged;
        private boolean narrowed;
        private boolean rangeChanged;
        private boolean opened;
        private boolean looser;
        private boolean tighter;

        void compare(Type a, boolean nullableA, Type b, boolean nullableB) {
            boolean mayA = isNullable(a, nullableA) || a instanceof Type.Json;
            boolean mayB = isNullable(b, nullableB) || b instanceof Type.Json;
            looser |= !mayA && mayB;
            tighter |= mayA && !mayB;
            switch (a) {
                case Type.Scalar one when b instanceof Type.Scalar other -> scalars(one, other);
                case Type.ListOf one when b instanceof Type.ListOf other -> compare(one.element(),
                        one.elementNullable(), other.element(), other.elementNullable());
                case Type.MapOf one when b instanceof Type.MapOf other -> compare(one.value(),
                        one.valueNullable(), other.value(), other.valueNullable());
                case Type.EnumOf one when b instanceof Type.Scalar other
                        && other.kind() == ScalarKind.STRING ->
                    opened = true;
                case Type.Scalar one when one.kind() == ScalarKind.STRING
                        && b instanceof Type.EnumOf ->
                    narrowed = true;
                case Type.Json one when !(b instanceof Type.Json) -> narrowed = true;
                case Type.Scalar one -> typeChanged = true;
                case Type.ListOf one -> typeChanged = true;
                case Type.MapOf one -> typeChanged = true;
                case Type.EnumOf one -> typeChanged |= !(b instanceof Type.EnumOf);
                case Type.Union one -> typeChanged |= !(b instanceof Type.Union);
                case RecordType one -> typeChanged |= !(b instanceof RecordType);
                case Type.Json one -> {
                    // Both are any JSON.
                }
            }
        }

        private void scalars(Type.Scalar a, Type.Scalar b) {
            if (!json(a.kind()).equals(json(b.kind()))) {
                typeChanged = true;
            } else if (a.kind() == b.kind()) {
                rangeChanged |= !a.equals(b);
            } else if (isNumber(a.kind()) && isNumber(b.kind())) {
                rangeChanged = true;
            } else if (a.kind() == ScalarKind.STRING) {
                narrowed = true;
            } else {
                formatChanged = true;
            }
        }

        private static boolean isNumber(ScalarKind kind) {
            return switch (kind) {
                case INT32, UINT32, INT64, UINT64, FLOAT32, FLOAT64 -> true;
                case BOOLEAN, DECIMAL, STRING, BYTES, UUID, DATE, TIME, TIMESTAMP,
                        LOCAL_TIMESTAMP, DURATION ->
                    false;
            };
        }
    }
}
