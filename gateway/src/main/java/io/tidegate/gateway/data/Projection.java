package io.tidegate.gateway.data;

import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.Type;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rows without what is hidden and without what was not asked for, and their type. Below a path where nothing is left out,
 * types and values are the schema's own.
 */
final class Projection {
    private final RecordType type;
    private final Part part;

    /** Shows one value; the same object where nothing in it is left out. */
    private interface Part {
        @Nullable
        Object show(@Nullable Object value);
    }

    private record Shown(Type type, Part part) {
    }

    private Projection(RecordType type, Part part) {
        this.type = type;
        this.part = part;
    }

    /**
     * @param fields
     *            paths that are wanted, each with everything below it; empty = all
     * @param hidden
     *            paths that do not exist; lists, maps and unions are passed through
     */
    static Projection of(RecordType type, Set<String> fields, Set<String> hidden) {
        if (fields.isEmpty() && hidden.isEmpty()) {
            return new Projection(type, value -> value);
        }
        var shown = record(type, "", fields, hidden);
        return new Projection((RecordType) shown.type(), shown.part());
    }

    RecordType type() {
        return type;
    }

    Row row(Row row) {
        return part.show(row) instanceof Row shown ? shown : row;
    }

    private static Shown record(RecordType type, String prefix, Set<String> fields,
            Set<String> hidden) {
        var kept = new ArrayList<Field>();
        var positions = new ArrayList<Integer>();
        var parts = new ArrayList<Part>();
        for (int i = 0; i < type.fields().size(); i++) {
            var field = type.fields().get(i);
            var path = prefix + field.name();
            if (hidden.contains(path) || !isWanted(path, fields)) {
                continue;
            }
            var shown = shown(field.type(), path, fields, hidden);
            kept.add(new Field(field.name(), shown.type(), field.nullable(), field.doc(),
                    field.deprecated(), field.limits()));
            positions.add(i);
            parts.add(shown.part());
        }
        var smaller = new RecordType(type.name(), type.doc()).define(kept);
        return new Shown(smaller, value -> {
            if (!(value instanceof Row row)) {
                return null;
            }
            @Nullable
            Object[] values = new @Nullable Object[parts.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = parts.get(i).show(row.get(positions.get(i)));
            }
            return new Row(smaller, values);
        });
    }

    private static boolean isWanted(String path, Set<String> fields) {
        return fields.isEmpty() || fields.contains(path) || fields.stream()
                .anyMatch(f -> f.startsWith(path + ".") || path.startsWith(f + "."));
    }

    private static boolean isWhole(String path, Set<String> fields, Set<String> hidden) {
        return hidden.stream().noneMatch(h -> h.startsWith(path + "."))
                && fields.stream().noneMatch(f -> f.startsWith(path + "."));
    }

    private static Shown shown(Type type, String path, Set<String> fields, Set<String> hidden) {
        if (isWhole(path, fields, hidden)) {
            return new Shown(type, value -> value);
        }
        return switch (type) {
            case RecordType inner -> record(inner, path + ".", fields, hidden);
            case Type.ListOf list -> {
                var element = shown(list.element(), path, fields, hidden);
                yield new Shown(new Type.ListOf(element.type(), list.elementNullable()),
                        value -> elements(value, element.part()));
            }
            case Type.MapOf map -> {
                var each = shown(map.value(), path, fields, hidden);
                yield new Shown(new Type.MapOf(each.type(), map.valueNullable()),
                        value -> entries(value, each.part()));
            }
            case Type.Union union -> union(union, path, fields, hidden);
            case Type.Scalar scalar -> new Shown(scalar, value -> value);
            case Type.EnumOf symbols -> new Shown(symbols, value -> value);
            case Type.Json json -> new Shown(json, value -> value);
        };
    }

    private static Shown union(Type.Union union, String path, Set<String> fields,
            Set<String> hidden) {
        IdentityHashMap<RecordType, Part> byType = new IdentityHashMap<>();
        var members = new ArrayList<RecordType>();
        for (var member : union.members()) {
            var shown = record(member, path + ".", fields, hidden);
            members.add((RecordType) shown.type());
            byType.put(member, shown.part());
        }
        return new Shown(new Type.Union(union.name(), members), value -> {
            var part = value instanceof Row row ? byType.get(row.type()) : null;
            return part == null ? null : part.show(value);
        });
    }

    private static @Nullable Object elements(@Nullable Object value, Part element) {
        if (!(value instanceof List<?> values)) {
            return null;
        }
        var shown = new ArrayList<@Nullable Object>(values.size());
        values.forEach(each -> shown.add(element.show(each)));
        return shown;
    }

    private static @Nullable Object entries(@Nullable Object value, Part part) {
        if (!(value instanceof Map<?, ?> values)) {
            return null;
        }
        var shown = new LinkedHashMap<Object, @Nullable Object>();
        values.forEach((key, each) -> shown.put(key, part.show(each)));
        return shown;
    }
}
