package io.tidegate.gateway.shape;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.Type;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes rows of one type as the JSON of plain streams: the schema's own field names, without the fields that are hidden or
 * not asked for. What is neither is left to {@link JsonValues} whole.
 */
final class RowWriter {
    private final List<Member> members;

    private record Member(SerializedString name, int position, ValueWriter writer) {
    }

    /** Writes one value, which may be null. */
    private interface ValueWriter {
        void write(JsonGenerator out, @Nullable Object value) throws IOException;
    }

    private RowWriter(List<Member> members) {
        this.members = List.copyOf(members);
    }

    /**
     * @param fields
     *            paths that are wanted, each with everything below it; empty = all
     * @param hidden
     *            paths that do not exist; lists, maps and unions are passed through
     */
    static RowWriter compile(RecordType type, Set<String> fields, Set<String> hidden) {
        return compile(type, "", fields, hidden);
    }

    private static RowWriter compile(RecordType type, String prefix, Set<String> fields,
            Set<String> hidden) {
        var members = new ArrayList<Member>();
        for (int i = 0; i < type.fields().size(); i++) {
            var field = type.fields().get(i);
            var path = prefix + field.name();
            if (!hidden.contains(path) && isWanted(path, fields)) {
                members.add(new Member(new SerializedString(field.name()), i,
                        writer(field.type(), path, fields, hidden)));
            }
        }
        return new RowWriter(members);
    }

    private static boolean isWanted(String path, Set<String> fields) {
        return fields.isEmpty() || fields.contains(path)
                || fields.stream()
                        .anyMatch(f -> f.startsWith(path + ".") || path.startsWith(f + "."));
    }

    private static boolean isWhole(String path, Set<String> fields, Set<String> hidden) {
        return hidden.stream().noneMatch(h -> h.startsWith(path + "."))
                && fields.stream().noneMatch(f -> f.startsWith(path + "."));
    }

    private static ValueWriter writer(Type type, String path, Set<String> fields,
            Set<String> hidden) {
        if (isWhole(path, fields, hidden)) {
            // Text in place of another kind of value is what masks make.
            return type instanceof Type.Scalar || type instanceof Type.EnumOf
                    ? (out, value) -> {
                        if (value instanceof String text) {
                            out.writeString(text);
                        } else {
                            JsonValues.write(out, type, value);
                        }
                    }
                    : (out, value) -> JsonValues.write(out, type, value);
        }
        return switch (type) {
            case RecordType record -> {
                var inner = compile(record, path + ".", fields, hidden);
                yield (out, value) -> inner.writeOrNull(out, value);
            }
            case Type.ListOf list -> {
                var element = writer(list.element(), path, fields, hidden);
                yield (out, value) -> {
                    if (value instanceof List<?> values) {
                        out.writeStartArray();
                        for (var each : values) {
                            element.write(out, each);
                        }
                        out.writeEndArray();
                    } else {
                        out.writeNull();
                    }
                };
            }
            case Type.MapOf map -> {
                var element = writer(map.value(), path, fields, hidden);
                yield (out, value) -> {
                    if (value instanceof Map<?, ?> values) {
                        out.writeStartObject();
                        for (var each : values.entrySet()) {
                            out.writeFieldName(String.valueOf(each.getKey()));
                            element.write(out, each.getValue());
                        }
                        out.writeEndObject();
                    } else {
                        out.writeNull();
                    }
                };
            }
            case Type.Union union -> {
                var byType = new java.util.IdentityHashMap<RecordType, RowWriter>();
                union.members().forEach(m -> byType.put(m, compile(m, path + ".", fields, hidden)));
                yield (out, value) -> {
                    var writer = value instanceof Row row ? byType.get(row.type()) : null;
                    if (writer != null) {
                        writer.writeOrNull(out, value);
                    } else {
                        out.writeNull();
                    }
                };
            }
            case Type.Scalar scalar -> (out, value) -> JsonValues.write(out, scalar, value);
            case Type.EnumOf of -> (out, value) -> JsonValues.write(out, of, value);
            case Type.Json json -> (out, value) -> JsonValues.write(out, json, value);
        };
    }

    void writeOrNull(JsonGenerator out, @Nullable Object value) throws IOException {
        if (!(value instanceof Row row)) {
            out.writeNull();
            return;
        }
        out.writeStartObject();
        for (var member : members) {
            out.writeFieldName(member.name());
            member.writer().write(out, row.get(member.position()));
        }
        out.writeEndObject();
    }
}
