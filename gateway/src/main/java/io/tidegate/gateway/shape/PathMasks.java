package io.tidegate.gateway.shape;

import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.access.Masker;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.Type;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Masks by field path, compiled for one row type. Lists, maps and unions are passed through. Hidden fields become null here
 * besides being left out by whoever writes, so that a mistake there shows nothing.
 */
public final class PathMasks implements RowMasks {
    private final Masker masker;
    private final Rewriter rows;
    private final List<Part> keys;

    private record Part(Type type, @Nullable Mask mask) {
    }

    /** Rewrites one value; the same object where nothing in it is masked. */
    private interface Rewriter {
        @Nullable
        Object rewrite(@Nullable Object value);
    }

    private PathMasks(ProductSchema schema, Map<String, Mask> masks, Masker masker) {
        this.masker = masker;
        this.rows = record(schema.rowType(), "", masks);
        var parts = new ArrayList<Part>();
        for (var path : schema.key()) {
            parts.add(new Part(path.type(), maskOf(path.text(), masks)));
        }
        this.keys = List.copyOf(parts);
    }

    /** The mask of a path, or of a record that holds it. */
    private static @Nullable Mask maskOf(String path, Map<String, Mask> masks) {
        var own = masks.get(path);
        if (own != null) {
            return own;
        }
        var holders = masks.keySet().stream().filter(p -> path.startsWith(p + "."));
        return holders.min(Comparator.comparingInt(String::length)).map(masks::get).orElse(null);
    }

    /** {@link RowMasks#NONE} where there is nothing to mask. */
    public static RowMasks of(ProductSchema schema, Map<String, Mask> masks, Masker masker) {
        return masks.isEmpty() ? RowMasks.NONE : new PathMasks(schema, masks, masker);
    }

    @Override
    public Row row(Row row) {
        return rows.rewrite(row) instanceof Row shown ? shown : row;
    }

    @Override
    public List<? extends @Nullable Object> key(List<Object> key) {
        if (keys.stream().allMatch(part -> part.mask() == null)) {
            return key;
        }
        var shown = new ArrayList<@Nullable Object>(key.size());
        for (int i = 0; i < key.size(); i++) {
            var mask = keys.get(i).mask();
            shown.add(
                    mask == null ? key.get(i) : masker.apply(mask, keys.get(i).type(), key.get(i)));
        }
        return shown;
    }

    private Rewriter record(RecordType type, String prefix, Map<String, Mask> masks) {
        var at = new LinkedHashMap<Integer, Rewriter>();
        for (int i = 0; i < type.fields().size(); i++) {
            var field = type.fields().get(i);
            var path = prefix + field.name();
            var mask = masks.get(path);
            if (mask != null) {
                at.put(i, value -> masker.apply(mask, field.type(), value));
            } else if (masks.keySet().stream().anyMatch(p -> p.startsWith(path + "."))) {
                at.put(i, inside(field.type(), path + ".", masks));
            }
        }
        return value -> {
            if (!(value instanceof Row row) || at.isEmpty()) {
                return value;
            }
            @Nullable
            Object[] values = new @Nullable Object[type.fields().size()];
            for (int i = 0; i < values.length; i++) {
                var rewriter = at.get(i);
                values[i] = rewriter == null ? row.get(i) : rewriter.rewrite(row.get(i));
            }
            return new Row(type, values);
        };
    }

    private Rewriter inside(Type type, String prefix, Map<String, Mask> masks) {
        return switch (type) {
            case RecordType record -> record(record, prefix, masks);
            case Type.ListOf list -> {
                var element = inside(list.element(), prefix, masks);
                yield value -> {
                    if (!(value instanceof List<?> values)) {
                        return value;
                    }
                    var shown = new ArrayList<@Nullable Object>(values.size());
                    values.forEach(each -> shown.add(element.rewrite(each)));
                    return shown;
                };
            }
            case Type.MapOf map -> {
                var element = inside(map.value(), prefix, masks);
                yield value -> {
                    if (!(value instanceof Map<?, ?> values)) {
                        return value;
                    }
                    var shown = new LinkedHashMap<Object, @Nullable Object>();
                    values.forEach((key, each) -> shown.put(key, element.rewrite(each)));
                    return shown;
                };
            }
            case Type.Union union -> {
                var byType = new IdentityHashMap<RecordType, Rewriter>();
                union.members()
                        .forEach(member -> byType.put(member, record(member, prefix, masks)));
                yield value -> {
                    var rewriter = value instanceof Row row ? byType.get(row.type()) : null;
                    return rewriter == null ? value : rewriter.rewrite(value);
                };
            }
            case Type.Scalar scalar -> value -> value;
            case Type.EnumOf of -> value -> value;
            case Type.Json json -> value -> value;
        };
    }
}
