package io.tidegate.schema;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows of one type as rows of another, field by field of the same name. A field that the source lacks is null; values of
 * another kind are converted where JSON would read them as that kind (a number of milliseconds as a timestamp, text as a
 * date).
 */
final class RowProjection {
    private static final ObjectMapper TREES = JsonMapper.builder()
            .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS).build();

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

    Row apply(Row row) throws UnreadablePayload {
        @Nullable
        Object[] values = new @Nullable Object[positions.length];
        for (int i = 0; i < positions.length; i++) {
            Field field = to.fields().get(i);
            if (positions[i] >= 0) {
                values[i] = convert(row.get(positions[i]), from.fields().get(positions[i]).type(),
                        field.type(),
                        "$." + field.name());
            }
            if (values[i] == null && !field.nullable() && !(field.type() instanceof Type.Json)) {
                throw new UnreadablePayload("$." + field.name()
                        + ": the contract requires it, but the writer's schema '"
                        + from.name() + "' "
                        + (positions[i] < 0 ? "has no such field" : "left it null"));
            }
        }
        return new Row(to, values);
    }

    private static @Nullable Object convert(@Nullable Object value, Type from, Type to, String path)
            throws UnreadablePayload {
        if (value == null) {
            return null;
        }
        if (to instanceof Type.Json) {
            return JsonValues.plain(from, value);
        }
        if (from instanceof RecordType source && to instanceof RecordType target) {
            return new RowProjection(source, target).apply((Row) value);
        }
        if (from instanceof Type.ListOf source && to instanceof Type.ListOf target) {
            var list = new ArrayList<@Nullable Object>();
            for (Object element : (List<?>) value) {
                list.add(convert(element, source.element(), target.element(), path));
            }
            return list;
        }
        if (from instanceof Type.MapOf source && to instanceof Type.MapOf target) {
            var map = new LinkedHashMap<String, @Nullable Object>();
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) value).entrySet()) {
                map.put((String) entry.getKey(),
                        convert(entry.getValue(), source.value(), target.value(), path));
            }
            return map;
        }
        if (from instanceof Type.Scalar source && to instanceof Type.Scalar target
                && source.kind() == target.kind()) {
            return value;
        }
        try {
            return JsonValues.read(TREES.valueToTree(JsonValues.plain(from, value)), to);
        } catch (UnreadablePayload e) {
            throw new UnreadablePayload(
                    path + ": the writer's schema has another type"
                            + String.valueOf(e.getMessage()).substring(1));
        }
    }
}
