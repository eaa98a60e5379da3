package io.tidegate.gateway.shape;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import graphql.normalized.ExecutableNormalizedField;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.io.IOException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A selection over a product's event type, compiled to a writer of the response's JSON. graphql-java has parsed, validated
 * and normalised the operation (fragments, directives and variables are resolved); nothing of it runs per event.
 */
public final class GraphQlShape implements Shape {
    private final ProductApi api;
    private final RowMasks masks;
    private final SerializedString rootKey;
    private final List<Member> members;

    private record Member(SerializedString name, Part part) {
    }

    /** Writes one selected field of an event. */
    private interface Part {
        void write(JsonGenerator out, Shown event) throws IOException;
    }

    /** An event as this reader may see it. */
    private record Shown(Event event, Op op, String cursor, List<? extends @Nullable Object> key,
            @Nullable Row value, @Nullable Row previous) {
    }

    /** Writes one value, which may be null. */
    private interface ValueWriter {
        void write(JsonGenerator out, @Nullable Object value) throws IOException;
    }

    /**
     * @param root
     *            the subscription's one field, normalised
     */
    public GraphQlShape(ProductApi api, ExecutableNormalizedField root, RowMasks masks) {
        this.api = api;
        this.masks = masks;
        this.rootKey = new SerializedString(root.getResultKey());
        this.members = members(root);
    }

    @Override
    public byte[] render(Event event, Op op, String cursor) {
        var value = event.value();
        var previous = event.previous();
        var shown = new Shown(event, op, cursor, masks.key(event.key()),
                value == null ? null : masks.row(value),
                previous == null ? null : masks.row(previous));
        return JsonBytes.of(out -> {
            out.writeStartObject();
            out.writeFieldName("data");
            out.writeStartObject();
            out.writeFieldName(rootKey);
            out.writeStartObject();
            for (var member : members) {
                out.writeFieldName(member.name());
                member.part().write(out, shown);
            }
            out.writeEndObject();
            out.writeEndObject();
            out.writeEndObject();
        });
    }

    private List<Member> members(ExecutableNormalizedField root) {
        var list = new ArrayList<Member>();
        for (var field : root.getChildren()) {
            list.add(new Member(new SerializedString(field.getResultKey()), part(field)));
        }
        return List.copyOf(list);
    }

    private Part part(ExecutableNormalizedField field) {
        return switch (field.getFieldName()) {
            case "cursor" -> (out, shown) -> out.writeString(shown.cursor());
            case "op" -> (out, shown) -> out.writeString(shown.op().name());
            case "time" -> (out, shown) -> out.writeString(shown.event().time().toString());
            case "__typename" -> (out, shown) -> out.writeString(api.eventTypeName());
            case "key" -> key(field);
            case "value" -> {
                var writer = record(api.schema().rowType(), field);
                yield (out, shown) -> writer.write(out, shown.value());
            }
            case "previous" -> {
                var writer = record(api.schema().rowType(), field);
                yield (out, shown) -> writer.write(out, shown.previous());
            }
            default -> throw new IllegalStateException(
                    "an event has no field '" + field.getFieldName() + "'");
        };
    }

    private Part key(ExecutableNormalizedField selection) {
        var names = new ArrayList<String>();
        var types = new ArrayList<Type>();
        if (api.key().isEmpty()) {
            names.addAll(List.of("_partition", "_offset"));
            types.addAll(
                    List.of(Type.Scalar.of(ScalarKind.INT32), Type.Scalar.of(ScalarKind.INT64)));
        }
        for (var field : api.key()) {
            names.add(field.name());
            types.add(field.path().type());
        }
        var list = new ArrayList<Member>();
        for (var field : selection.getChildren()) {
            int at = names.indexOf(field.getFieldName());
            if (at < 0) {
                list.add(new Member(new SerializedString(field.getResultKey()),
                        (out, shown) -> out.writeString(api.keyTypeName())));
            } else {
                var writer = value(types.get(at), field);
                list.add(new Member(new SerializedString(field.getResultKey()),
                        (out, shown) -> writer.write(out, shown.key().get(at))));
            }
        }
        return (out, shown) -> {
            out.writeStartObject();
            for (var member : list) {
                out.writeFieldName(member.name());
                member.part().write(out, shown);
            }
            out.writeEndObject();
        };
    }

    private ValueWriter value(Type type, ExecutableNormalizedField field) {
        return switch (type) {
            case RecordType record -> record(record, field);
            case Type.EnumOf of -> (out, value) -> {
                var literal = value instanceof String symbol
                        ? api.literal(of, symbol).orElse(null)
                        : null;
                if (literal == null) {
                    out.writeNull();
                } else {
                    out.writeString(literal);
                }
            };
            case Type.ListOf list -> {
                var element = value(list.element(), field);
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
            case Type.MapOf map -> entries(map, field);
            case Type.Union union -> union(union, field);
            case Type.Scalar scalar -> (out, value) -> {
                if (value instanceof String text) {
                    out.writeString(text);
                } else if (scalar.kind() == ScalarKind.UINT32 && value != null) {
                    // Beyond GraphQL's Int, so it is the Long of queries, which is text.
                    out.writeString(value.toString());
                } else if (value instanceof Float single && single == 0) {
                    // Queries lose the sign of a single-precision zero.
                    JsonValues.write(out, scalar, 0f);
                } else {
                    JsonValues.write(out, scalar, value);
                }
            };
            case Type.Json json -> (out, value) -> JsonValues.write(out, json, value);
        };
    }

    private ValueWriter record(RecordType record, ExecutableNormalizedField field) {
        var list = new ArrayList<Selected>();
        for (var child : field.getChildren()) {
            list.add(selected(record, child));
        }
        return rows(list);
    }

    private record Selected(SerializedString name, int position, ValueWriter writer) {
    }

    private Selected selected(RecordType record, ExecutableNormalizedField child) {
        var name = new SerializedString(child.getResultKey());
        var position = api.position(record, child.getFieldName());
        if (position.isEmpty()) {
            // __typename, or the _empty of a record without fields. Asked of a union, one selection has the names of all members.
            var names = child.getObjectTypeNames();
            var typeName = names.stream()
                    .filter(each -> api.record(each).filter(r -> r == record).isPresent())
                    .findFirst().orElseGet(() -> names.iterator().next());
            return new Selected(name, -1, child.getFieldName().equals("__typename")
                    ? (out, value) -> out.writeString(typeName)
                    : (out, value) -> out.writeNull());
        }
        int at = position.getAsInt();
        return new Selected(name, at, value(record.fields().get(at).type(), child));
    }

    private static ValueWriter rows(List<Selected> selected) {
        return (out, value) -> {
            if (!(value instanceof Row row)) {
                out.writeNull();
                return;
            }
            out.writeStartObject();
            for (var each : selected) {
                out.writeFieldName(each.name());
                each.writer().write(out, each.position() < 0 ? null : row.get(each.position()));
            }
            out.writeEndObject();
        };
    }

    private ValueWriter union(Type.Union union, ExecutableNormalizedField field) {
        var byType = new IdentityHashMap<RecordType, ValueWriter>();
        for (var member : union.members()) {
            var list = new ArrayList<Selected>();
            for (var child : field.getChildren()) {
                // A variant of a type, made where fields are hidden, stands for the same record.
                boolean isOfMember = child.getObjectTypeNames().stream()
                        .anyMatch(name -> api.record(name).filter(r -> r == member).isPresent());
                if (isOfMember) {
                    list.add(selected(member, child));
                }
            }
            byType.put(member, rows(list));
        }
        return (out, value) -> {
            var writer = value instanceof Row row ? byType.get(row.type()) : null;
            if (writer == null) {
                out.writeNull();
            } else {
                writer.write(out, value);
            }
        };
    }

    private ValueWriter entries(Type.MapOf map, ExecutableNormalizedField field) {
        var list = new ArrayList<Map.Entry<SerializedString, ValueWriter>>();
        for (var child : field.getChildren()) {
            var name = new SerializedString(child.getResultKey());
            list.add(Map.entry(name, switch (child.getFieldName()) {
                case "key" ->
                    (out, entry) -> out.writeString(String.valueOf(entryOf(entry).getKey()));
                case "value" -> {
                    var writer = value(map.value(), child);
                    yield (out, entry) -> writer.write(out, entryOf(entry).getValue());
                }
                default -> {
                    var typeName = child.getObjectTypeNames().iterator().next();
                    yield (out, entry) -> out.writeString(typeName);
                }
            }));
        }
        return (out, value) -> {
            if (!(value instanceof Map<?, ?> values)) {
                out.writeNull();
                return;
            }
            // A TreeMap takes null values; the order of keys is what GraphQL promises.
            var sorted = new TreeMap<String, @Nullable Object>();
            values.forEach((key, each) -> sorted.put(String.valueOf(key), each));
            out.writeStartArray();
            for (var entry : sorted.entrySet()) {
                out.writeStartObject();
                for (var member : list) {
                    out.writeFieldName(member.getKey());
                    member.getValue().write(out, entry);
                }
                out.writeEndObject();
            }
            out.writeEndArray();
        };
    }

    private static Map.Entry<?, ?> entryOf(@Nullable Object entry) {
        return (Map.Entry<?, ?>) Objects.requireNonNull(entry, "an entry is written for each key");
    }
}
