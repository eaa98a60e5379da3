package io.tidegate.schema;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Rows of one type as rows of another, field by field of the same name. A field that the source lacks is null; values of
 * another kind are converted where JSON would read them as that kind (a number of milliseconds as a timestamp, text as a
 * date), and a time without a zone is one of UTC. What cannot be converted is a {@link Misfit}.
 */
final class RowProjection {
    private static final ObjectMapper TREES = JsonMapper.builder()
            .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS).build();
    /** Stands for a value that cannot be converted, until it comes to a place that may be null. */
    private static final Object UNFIT = new Object();

    private final RecordType to;
    /** Position in the source of each field, -1 = it has none. */
    private final int[] positions;
    private final RecordType from;

    RowProjection(RecordType from, RecordType to) {
        this.from = from;
        this.to = to;
        this.positions = new int[to.fields().size()];
        for (int i = 0; i < positions.length; i++) {
            positions[i] = from.position(to.fields().get(i).name()).orElse(-1);
        }
    }

    /** Converts strictly: a value that cannot be converted makes the row unreadable. */
    Row apply(Row row) throws UnreadablePayload {
        var misfits = new ArrayList<Misfit>(0);
        Row projected = apply(row, misfits::add);
        if (!misfits.isEmpty()) {
            throw new UnreadablePayload(misfits.getFirst().toString());
        }
        return projected;
    }

    /**
     * @throws UnreadablePayload
     *             if a value that the target requires is not there, or nothing above a misfit may be null
     */
    Row apply(Row row, Consumer<? super Misfit> misfits) throws UnreadablePayload {
        var found = new ArrayList<Misfit>(0);
        Object projected = project(row, "", found);
        if (!(projected instanceof Row whole)) {
            throw new UnreadablePayload(found.getFirst().toString());
        }
        found.stream().distinct().forEach(misfits);
        return whole;
    }

    private Object project(Row row, String prefix, List<Misfit> misfits)
            throws UnreadablePayload {
        @Nullable
        Object[] values = new @Nullable Object[positions.length];
        boolean fits = true;
        for (int i = 0; i < positions.length; i++) {
            Field field = to.fields().get(i);
            String path = prefix.isEmpty() ? field.name() : prefix + "." + field.name();
            boolean mayBeNull = field.nullable() || field.type() instanceof Type.Json;
            if (positions[i] >= 0) {
                Object value = convert(row.get(positions[i]),
                        from.fields().get(positions[i]).type(), field.type(), path, misfits);
                if (isUnfit(value)) {
                    fits &= mayBeNull;
                    continue;
                }
                values[i] = value;
            }
            if (values[i] == null && !mayBeNull) {
                throw new UnreadablePayload("$." + path
                        + ": the contract requires it, but the writer's schema '"
                        + from.name() + "' "
                        + (positions[i] < 0 ? "has no such field" : "left it null"));
            }
        }
        return fits ? new Row(to, values) : UNFIT;
    }

    @SuppressWarnings("ReferenceEquality") // it is one object
    private static boolean isUnfit(@Nullable Object value) {
        return value == UNFIT;
    }

    private static @Nullable Object convert(@Nullable Object value, Type from, Type to, String path,
            List<Misfit> misfits) throws UnreadablePayload {
        if (value == null) {
            return null;
        }
        if (to instanceof Type.Json) {
            return JsonValues.plain(from, value);
        }
        if (from instanceof RecordType source && to instanceof RecordType target) {
            return new RowProjection(source, target).project((Row) value, path, misfits);
        }
        if (from instanceof Type.ListOf source && to instanceof Type.ListOf target) {
            return list((List<?>) value, source, target, path + "[]", misfits);
        }
        if (from instanceof Type.MapOf source && to instanceof Type.MapOf target) {
            return map((Map<?, ?>) value, source, target, path + "{}", misfits);
        }
        Object same = from instanceof Type.Scalar source && to instanceof Type.Scalar target
                ? scalar(value, source, target)
                : null;
        if (same != null) {
            return same;
        }
        try {
            return JsonValues.read(TREES.valueToTree(JsonValues.plain(from, value)), to);
        } catch (UnreadablePayload e) {
            misfits.add(new Misfit(path, expected(to)));
            return UNFIT;
        }
    }

    private static Object list(List<?> value, Type.ListOf from, Type.ListOf to, String path,
            List<Misfit> misfits) throws UnreadablePayload {
        var list = new ArrayList<@Nullable Object>(value.size());
        boolean fits = true;
        for (Object element : value) {
            Object converted = convert(element, from.element(), to.element(), path, misfits);
            fits &= !isUnfit(converted) || to.elementNullable();
            list.add(isUnfit(converted) ? null : converted);
        }
        return fits ? list : UNFIT;
    }

    private static Object map(Map<?, ?> value, Type.MapOf from, Type.MapOf to, String path,
            List<Misfit> misfits) throws UnreadablePayload {
        var map = new LinkedHashMap<String, @Nullable Object>();
        boolean fits = true;
        for (Map.Entry<?, ?> entry : value.entrySet()) {
            Object converted = convert(entry.getValue(), from.value(), to.value(), path, misfits);
            fits &= !isUnfit(converted) || to.valueNullable();
            map.put((String) entry.getKey(), isUnfit(converted) ? null : converted);
        }
        return fits ? map : UNFIT;
    }

    /** Null where the JSON of the value decides. */
    private static @Nullable Object scalar(Object value, Type.Scalar from, Type.Scalar to) {
        if (from.kind() == ScalarKind.LOCAL_TIMESTAMP && to.kind() == ScalarKind.TIMESTAMP) {
            return ((LocalDateTime) value).toInstant(ZoneOffset.UTC);
        }
        if (from.kind() == ScalarKind.TIMESTAMP && to.kind() == ScalarKind.LOCAL_TIMESTAMP) {
            return LocalDateTime.ofInstant((Instant) value, ZoneOffset.UTC);
        }
        if (from.kind() != to.kind()) {
            return null;
        }
        if (value instanceof BigDecimal decimal && to.scale() > decimal.scale()) {
            return decimal.setScale(to.scale(), RoundingMode.UNNECESSARY);
        }
        return value;
    }

    private static String expected(Type type) {
        return switch (type) {
            case Type.Scalar scalar -> switch (scalar.kind()) {
                case BOOLEAN -> "a boolean";
                case INT32 -> "an integer of 32 bits";
                case UINT32 -> "an unsigned integer of 32 bits";
                case INT64 -> "an integer of 64 bits";
                case UINT64 -> "an unsigned integer of 64 bits";
                case FLOAT32, FLOAT64 -> "a number";
                case DECIMAL -> "a decimal";
                case STRING -> "text";
                case BYTES -> "bytes";
                case UUID -> "a UUID";
                case DATE -> "a date";
                case TIME -> "a time of day";
                case TIMESTAMP -> "a timestamp";
                case LOCAL_TIMESTAMP -> "a date and time";
                case DURATION -> "a duration";
            };
            case Type.EnumOf symbols -> "a symbol of '" + symbols.name() + "'";
            case RecordType record -> "a record '" + record.name() + "'";
            case Type.Union union -> "a record of '" + union.name() + "'";
            case Type.ListOf list -> "a list";
            case Type.MapOf map -> "a map";
            case Type.Json json -> "a value";
        };
    }
}
