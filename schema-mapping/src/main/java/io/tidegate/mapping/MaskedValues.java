package io.tidegate.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.schema.Type;
import java.util.Optional;

/** What a mask other than {@code HIDE} makes of a field, as a schema and as an example. */
final class MaskedValues {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private MaskedValues() {
    }

    /** Empty where what is shown is of the field's own schema. */
    static Optional<ObjectNode> schema(Mask mask, Type type, boolean nullable) {
        if (!mask.keeps(type)) {
            return Optional.of(NODES.objectNode().put("type", "null"));
        }
        return switch (mask) {
            case HIDE -> throw new IllegalArgumentException("what is hidden has no schema");
            case YEAR -> Optional.empty();
            case REDACT, HASH, PARTIAL -> Optional.of(elements(mask, type, nullable));
        };
    }

    private static ObjectNode elements(Mask mask, Type type, boolean nullable) {
        var schema = switch (type) {
            case Type.ListOf list -> {
                var array = NODES.objectNode().put("type", "array");
                array.set("items", elements(mask, list.element(), list.elementNullable()));
                yield array;
            }
            case Type.MapOf map -> {
                var object = NODES.objectNode().put("type", "object");
                object.set("additionalProperties",
                        elements(mask, map.value(), map.valueNullable()));
                yield object;
            }
            default -> text(mask);
        };
        return nullable ? JsonSchemas.orNull(schema) : schema;
    }

    private static ObjectNode text(Mask mask) {
        var text = NODES.objectNode().put("type", "string");
        switch (mask) {
            case REDACT -> text.putArray("enum").add(Mask.REDACTED);
            case HASH -> text.put("pattern", "^[A-Za-z0-9_-]{22}$");
            default -> text.put("pattern", "^[*]{3}");
        }
        return text;
    }

    /** What is shown of an example. */
    static JsonNode example(Mask mask, Type type, JsonNode value) {
        if (!mask.keeps(type) || value.isNull()) {
            return NODES.nullNode();
        }
        return switch (value) {
            case ArrayNode array -> {
                var shown = NODES.arrayNode();
                array.forEach(each -> shown.add(element(mask, type, each)));
                yield shown;
            }
            case ObjectNode object -> {
                var shown = NODES.objectNode();
                object.properties().forEach(
                        each -> shown.set(each.getKey(), element(mask, type, each.getValue())));
                yield shown;
            }
            default -> NODES.textNode(text(mask, value.textValue()));
        };
    }

    private static JsonNode element(Mask mask, Type type, JsonNode value) {
        return switch (type) {
            case Type.ListOf list -> example(mask, list.element(), value);
            case Type.MapOf map -> example(mask, map.value(), value);
            default -> example(mask, type, value);
        };
    }

    private static String text(Mask mask, String value) {
        return switch (mask) {
            case HIDE -> throw new IllegalArgumentException("what is hidden has no example");
            case REDACT -> Mask.REDACTED;
            case HASH -> "n4bQgYhMfWWaL-qgxVrQFa";
            case PARTIAL -> Mask.REDACTED + (value.length() <= 4
                    ? ""
                    : value.substring(
                            value.indexOf('@') > 0 ? value.indexOf('@') : value.length() - 4));
            // A date, or a date and a time: the text begins with the year.
            case YEAR -> value.substring(0, 5) + "01-01"
                    + value.substring(10).replaceAll("[1-9]", "0");
        };
    }
}
