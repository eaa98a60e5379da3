package io.tidegate.gateway.portal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.mapping.Descriptions;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** A product's fields as a flat list for people, nested ones by their path. */
final class FieldList {
    private static final int FIELDS_MAX = 500;
    private static final int DEPTH_MAX = 6;

    private final Sight sight;
    private final ArrayNode list = JsonNodeFactory.instance.arrayNode();
    /** Records around the field at hand: one that contains itself is not entered again. */
    private final Set<RecordType> open = new HashSet<>();

    private FieldList(Sight sight) {
        this.sight = sight;
    }

    /** At most 500 fields, six levels deep; fields that the reader must not see are not there. */
    static ArrayNode of(Sight sight) {
        var fields = new FieldList(sight);
        fields.add(sight.product().schema().rowType(), "");
        return fields.list;
    }

    private void add(RecordType record, String prefix) {
        if (open.size() >= DEPTH_MAX || !open.add(record)) {
            return;
        }
        for (var field : record.fields()) {
            var path = prefix + field.name();
            if (list.size() >= FIELDS_MAX) {
                break;
            }
            if (!sight.isHidden(path)) {
                list.add(describe(field, path));
                inner(field.type(), path + ".");
            }
        }
        open.remove(record);
    }

    private void inner(Type type, String prefix) {
        switch (type) {
            case RecordType record -> add(record, prefix);
            case Type.ListOf items -> inner(items.element(), prefix);
            case Type.MapOf values -> inner(values.value(), prefix);
            case Type.Union union -> union.members().forEach(member -> add(member, prefix));
            case Type.Scalar ignored -> {
            }
            case Type.EnumOf ignored -> {
            }
            case Type.Json ignored -> {
            }
        }
    }

    private ObjectNode describe(Field field, String path) {
        var schema = sight.product().schema();
        var mask = sight.masks().get(path);
        var node = JsonNodeFactory.instance.objectNode().put("path", path)
                .put("type", name(field.type()))
                .put("nullable", field.nullable()
                        || (mask != null && !mask.keeps(field.type())));
        if (field.type() instanceof Type.EnumOf symbols) {
            symbols.symbols().forEach(node.putArray("values")::add);
        }
        var doc = Descriptions.of(field.doc());
        if (doc != null) {
            node.put("description", doc);
        }
        var deprecated = Descriptions.of(field.deprecated());
        if (deprecated != null) {
            node.put("deprecated", deprecated);
        }
        if (schema.key().stream().anyMatch(key -> key.text().equals(path))) {
            node.put("key", true);
        }
        if (schema.personal().contains(path)) {
            node.put("personal", true);
        }
        if (mask != null && mask != Mask.HIDE) {
            node.put("mask", mask.name().toLowerCase(Locale.ROOT));
        }
        return node;
    }

    /** As a reader of the JSON meets it. */
    private static String name(Type type) {
        return switch (type) {
            case Type.Scalar scalar -> name(scalar);
            case Type.EnumOf ignored -> "enum";
            case Type.ListOf items -> "list of " + name(items.element());
            case Type.MapOf values -> "map of " + name(values.value());
            case Type.Union ignored -> "one of several objects";
            case Type.Json ignored -> "any JSON";
            case RecordType record -> record.simpleName();
        };
    }

    private static String name(Type.Scalar scalar) {
        if (scalar.kind() == ScalarKind.DECIMAL && scalar.precision() > 0) {
            return "decimal(" + scalar.precision()
                    + (scalar.scale() >= 0 ? ", " + scalar.scale() : "") + ")";
        }
        return scalar.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
