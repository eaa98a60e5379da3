package io.tidegate.gateway.shape;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import graphql.schema.GraphQLList;
import graphql.schema.GraphQLNonNull;
import graphql.schema.GraphQLObjectType;
import graphql.schema.GraphQLType;
import graphql.schema.GraphQLTypeUtil;
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
 * Selections over a product's rows and keys, compiled to writers of the response's JSON. Where a value is absent that the
 * schema says is always there, a writer ends in the middle of what it writes: see {@link JsonBytes#whole}.
 */
public final class GraphQlValues {
    private final ProductApi api;

    public GraphQlValues(ProductApi api) {
        this.api = api;
    }

    /** Writes one value, which may be null. */
    @FunctionalInterface
    public interface Writer {
        void write(JsonGenerator out, @Nullable Object value) throws IOException;
    }

    /**
     * A writer of rows, after their masks.
     *
     * @param field
     *            of the product's row type
     */
    public Writer row(Selection field) {
        return value(api.schema().rowType(), field, field.type());
    }

    /** What happens in place of a value that is not there. */
    private interface Nothing {
        void write(JsonGenerator out) throws IOException;

        /** As the schema says: null, or that it may not be. */
        static Nothing of(GraphQLType type) {
            return GraphQLTypeUtil.isNonNull(type)
                    ? out -> {
                        throw Trial.Absent.next(out);
                    }
                    : JsonGenerator::writeNull;
        }
    }

    /**
     * A writer of a key, whose values come in the order of the contract.
     *
     * @param selection
     *            of a field of the product's key type
     */
    public Writer key(Selection selection) {
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
        var list = new ArrayList<Map.Entry<SerializedString, Writer>>();
        for (var field : selection.only()) {
            int at = names.indexOf(field.fieldName());
            var name = new SerializedString(field.resultKey());
            if (at < 0) {
                // __typename, or the _empty of a key that is hidden.
                list.add(Map.entry(name, field.fieldName().equals("__typename")
                        ? (out, key) -> out.writeString(api.keyTypeName())
                        : (out, key) -> out.writeNull()));
            } else {
                var writer = value(types.get(at), field, field.type());
                list.add(Map.entry(name,
                        (out, key) -> writer.write(out, key instanceof List<?> all
                                ? all.get(at)
                                : null)));
            }
        }
        return (out, key) -> {
            out.writeStartObject();
            for (var member : list) {
                out.writeFieldName(member.getKey());
                member.getValue().write(out, key);
            }
            out.writeEndObject();
        };
    }

    /** A value that may be null, and is where something below it is missing. */
    private static Writer guarded(GraphQLType type, Writer inner) {
        return GraphQLTypeUtil.isNonNull(type) ? inner : (out, value) -> {
            if (!(out instanceof Trial trial)) {
                inner.write(out, value);
                return;
            }
            var part = trial.part();
            try {
                inner.write(part, value);
            } catch (Trial.Absent absent) {
                trial.absences().add(absent.path());
                out.writeNull();
                return;
            }
            part.serialize(out);
        };
    }

    /**
     * @param shown
     *            the type of the value itself, within the lists that the field's type may have around it
     */
    private Writer value(Type type, Selection field, GraphQLType shown) {
        var nothing = Nothing.of(shown);
        return switch (type) {
            case RecordType record -> guarded(shown, rows(selected(record, field, field.only()),
                    nothing));
            case Type.EnumOf of -> (out, value) -> {
                var literal = value instanceof String symbol
                        ? api.literal(of, symbol).orElse(null)
                        : null;
                if (literal == null) {
                    nothing.write(out);
                } else {
                    out.writeString(literal);
                }
            };
            case Type.ListOf list -> guarded(shown, elements(list, field, shown, nothing));
            case Type.MapOf map -> guarded(shown, entries(map, field, shown, nothing));
            case Type.Union union -> guarded(shown, union(union, field, nothing));
            case Type.Scalar scalar -> (out, value) -> {
                if (value instanceof String text) {
                    out.writeString(text);
                } else if (value == null) {
                    nothing.write(out);
                } else if (scalar.kind() == ScalarKind.UINT32) {
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

    private Writer elements(Type.ListOf list, Selection field, GraphQLType shown,
            Nothing nothing) {
        var element = value(list.element(), field, elementOf(shown));
        return (out, value) -> {
            if (value instanceof List<?> values) {
                out.writeStartArray();
                for (var each : values) {
                    element.write(out, each);
                }
                out.writeEndArray();
            } else {
                nothing.write(out);
            }
        };
    }

    private static GraphQLType elementOf(GraphQLType shown) {
        var bare = shown instanceof GraphQLNonNull required ? required.getWrappedType() : shown;
        return ((GraphQLList) bare).getWrappedType();
    }

    private record Selected(SerializedString name, int position, Writer writer) {
    }

    private List<Selected> selected(RecordType record, Selection field, List<Selection> members) {
        return members.stream().map(member -> selected(record, field, member)).toList();
    }

    private Selected selected(RecordType record, Selection parent, Selection field) {
        var name = new SerializedString(field.resultKey());
        var position = api.position(record, field.fieldName());
        if (position.isPresent()) {
            int at = position.getAsInt();
            return new Selected(name, at,
                    value(record.fields().get(at).type(), field, field.type()));
        }
        // __typename, or the _empty of a record without fields.
        var typeName = typeName(record, parent);
        return new Selected(name, -1, field.fieldName().equals("__typename")
                ? (out, value) -> out.writeString(typeName)
                : (out, value) -> out.writeNull());
    }

    /** A variant of a type, made where fields are hidden, stands for the same record. */
    private String typeName(RecordType record, Selection field) {
        return field.members().keySet().stream()
                .filter(name -> api.record(name).filter(r -> r == record).isPresent()).findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "'" + field.fieldName() + "' has no " + record));
    }

    private static Writer rows(List<Selected> selected, Nothing nothing) {
        return (out, value) -> {
            if (!(value instanceof Row row)) {
                nothing.write(out);
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

    private Writer union(Type.Union union, Selection field, Nothing nothing) {
        var byType = new IdentityHashMap<RecordType, Writer>();
        for (var member : union.members()) {
            var members = Objects.requireNonNull(field.members().get(typeName(member, field)),
                    "a name of these members");
            byType.put(member, rows(selected(member, field, members), nothing));
        }
        return (out, value) -> {
            var writer = value instanceof Row row ? byType.get(row.type()) : null;
            if (writer == null) {
                nothing.write(out);
            } else {
                writer.write(out, value);
            }
        };
    }

    private Writer entries(Type.MapOf map, Selection field, GraphQLType shown,
            Nothing nothing) {
        var entry = (GraphQLObjectType) GraphQLTypeUtil.unwrapAll(shown);
        var list = new ArrayList<Map.Entry<SerializedString, Writer>>();
        for (var child : field.only()) {
            var name = new SerializedString(child.resultKey());
            list.add(Map.entry(name, switch (child.fieldName()) {
                case "key" ->
                    (out, each) -> out.writeString(String.valueOf(entryOf(each).getKey()));
                case "value" -> {
                    var writer = value(map.value(), child, child.type());
                    yield (out, each) -> writer.write(out, entryOf(each).getValue());
                }
                default -> (out, each) -> out.writeString(entry.getName());
            }));
        }
        return (out, value) -> {
            if (!(value instanceof Map<?, ?> values)) {
                nothing.write(out);
                return;
            }
            // A TreeMap takes null values; the order of keys is what GraphQL promises.
            var sorted = new TreeMap<String, @Nullable Object>();
            values.forEach((key, each) -> sorted.put(String.valueOf(key), each));
            out.writeStartArray();
            for (var each : sorted.entrySet()) {
                out.writeStartObject();
                for (var member : list) {
                    out.writeFieldName(member.getKey());
                    member.getValue().write(out, each);
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
