package io.tidegate.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** What a JSON Schema demands of a value beyond its type. */
final class JsonSchemaLimits {
    private static final int MAX_LENGTH = 1_000;
    private static final List<String> KEYWORDS = List.of("const", "pattern", "minLength",
            "maxLength", "contentMediaType", "minimum", "maximum", "exclusiveMinimum",
            "exclusiveMaximum", "multipleOf", "minItems", "maxItems", "uniqueItems",
            "minProperties", "maxProperties");

    private JsonSchemaLimits() {
    }

    /** As {@link Field#limits} has them; what is longer than anyone reads is left out. */
    static String of(JsonSchemaShape shape, Type type) {
        if (type instanceof RecordType || type instanceof Type.Union) {
            return "";
        }
        ObjectNode limits = JsonNodeFactory.instance.objectNode();
        String format = shape.text("format");
        if (!format.isEmpty() && !JsonSchemaScalars.isMapped(format)) {
            limits.put("format", format);
        }
        JsonNode listed = shape.get("enum");
        if (listed.isArray() && !(type instanceof Type.EnumOf)) {
            limits.set("enum", listed);
        }
        for (String keyword : KEYWORDS) {
            JsonNode value = shape.get(keyword);
            if (!value.isMissingNode()) {
                limits.set(keyword, value);
            }
        }
        String text = limits.toString();
        return limits.isEmpty() || text.length() > MAX_LENGTH ? "" : text;
    }
}
