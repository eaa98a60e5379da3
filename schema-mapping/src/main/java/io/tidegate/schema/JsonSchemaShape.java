package io.tidegate.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a schema amounts to once its references are followed and its {@code allOf} is taken apart: schemas that all hold
 * at once. Nothing is copied, so that each keyword still knows where it stands.
 */
final class JsonSchemaShape {
    private static final int MAX_PARTS = 1_000;
    /** Keywords that say nothing of values; a schema with no others is the same type as what it refers to. */
    private static final Set<String> REMARKS = Set.of("$schema", "$id", "id", "$anchor", "$comment",
            "$defs", "definitions", "title", "description", "default", "examples", "example",
            "deprecated", "deprecationMessage", "readOnly", "writeOnly", "$ref", "$dynamicRef",
            "$recursiveRef", "allOf", "extends", "nullable", "externalDocs", "xml");

    private final List<JsonSchemaPlace> parts = new ArrayList<>();
    private boolean never;

    private JsonSchemaShape() {
    }

    /**
     * @param places
     *            schemas that all hold at once
     * @throws SchemaProblem
     *             if a reference cannot be followed, or leads back to itself
     */
    static JsonSchemaShape of(List<JsonSchemaPlace> places, JsonSchemaDocuments documents)
            throws SchemaProblem {
        var shape = new JsonSchemaShape();
        var open = new HashSet<String>();
        var seen = new HashSet<String>();
        for (JsonSchemaPlace place : places) {
            shape.add(place, documents, open, seen);
        }
        return shape;
    }

    private void add(JsonSchemaPlace place, JsonSchemaDocuments documents, Set<String> open,
            Set<String> seen) throws SchemaProblem {
        JsonNode node = place.node();
        if (node.isBoolean() && !node.asBoolean()) {
            never = true;
        }
        if (!node.isObject()) {
            return;
        }
        if (!open.add(place.key())) {
            throw place.problem("refers to itself without end");
        }
        if (seen.add(place.key())) {
            if (seen.size() > MAX_PARTS) {
                throw place.problem("is made of more than " + MAX_PARTS + " schemas");
            }
            parts.add(place);
            for (String keyword : List.of("$ref", "$dynamicRef", "$recursiveRef")) {
                JsonNode reference = node.path(keyword);
                if (reference.isTextual()) {
                    add(documents.resolve(place, keyword, reference.asText()), documents, open,
                            seen);
                }
            }
            for (String keyword : List.of("allOf", "extends")) {
                JsonSchemaPlace all = place.at(keyword);
                for (int i = 0; all.node().isArray() && i < all.node().size(); i++) {
                    add(all.at(i), documents, open, seen);
                }
                if (all.node().isObject()) {
                    add(all, documents, open, seen);
                }
            }
        }
        open.remove(place.key());
    }

    List<JsonSchemaPlace> parts() {
        return parts;
    }

    /** Whether no value satisfies it, because it says {@code false}. */
    boolean isNever() {
        return never;
    }

    /** The same for all schemas that mean the same type. */
    String key() {
        String key = parts.stream().filter(part -> !isRemark(part.node()))
                .map(JsonSchemaPlace::key).sorted().collect(Collectors.joining(" & "));
        return key.isEmpty() && !parts.isEmpty() ? parts.getLast().key() : key;
    }

    private static boolean isRemark(JsonNode node) {
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            if (!REMARKS.contains(member.getKey()) && !member.getKey().startsWith("x-")) {
                return false;
            }
        }
        return true;
    }

    /** The first that has this keyword. */
    @Nullable
    JsonSchemaPlace first(String keyword) {
        for (JsonSchemaPlace part : parts) {
            if (part.node().has(keyword)) {
                return part.at(keyword);
            }
        }
        return null;
    }

    /** The first value of this keyword; a missing node if there is none. */
    JsonNode get(String keyword) {
        JsonSchemaPlace first = first(keyword);
        return first == null
                ? com.fasterxml.jackson.databind.node.MissingNode.getInstance()
                : first.node();
    }

    /** The first text of this keyword; empty if there is none. */
    String text(String keyword) {
        for (JsonSchemaPlace part : parts) {
            if (part.node().path(keyword).isTextual()) {
                return part.node().get(keyword).asText().strip();
            }
        }
        return "";
    }

    boolean has(String keyword) {
        return first(keyword) != null;
    }

    /** What each of the schemas says of each property. */
    Map<String, List<JsonSchemaPlace>> properties() {
        var properties = new LinkedHashMap<String, List<JsonSchemaPlace>>();
        for (JsonSchemaPlace part : parts) {
            JsonSchemaPlace own = part.at("properties");
            if (own.node().isObject()) {
                for (Map.Entry<String, JsonNode> property : own.node().properties()) {
                    properties.computeIfAbsent(property.getKey(), name -> new ArrayList<>())
                            .add(own.at(property.getKey()));
                }
            }
        }
        return properties;
    }

    /** All schemas that stand under this keyword and are objects. */
    List<JsonSchemaPlace> all(String keyword) {
        var all = new ArrayList<JsonSchemaPlace>();
        for (JsonSchemaPlace part : parts) {
            if (part.node().path(keyword).isObject()) {
                all.add(part.at(keyword));
            }
        }
        return all;
    }

    Set<String> required() {
        var required = new HashSet<String>();
        for (JsonSchemaPlace part : parts) {
            part.node().path("required").forEach(name -> required.add(name.asText()));
        }
        return required;
    }

    /**
     * The types that a value may have, without null.
     *
     * @return empty if nothing is said of them, or what is said leaves any
     * @throws SchemaProblem
     *             if two of the schemas demand different types
     */
    Set<String> kinds() throws SchemaProblem {
        Set<String> common = null;
        JsonNode said = null;
        for (JsonSchemaPlace part : parts) {
            JsonNode type = part.node().path("type");
            Set<String> kinds = kinds(type);
            if (kinds.isEmpty()) {
                continue;
            }
            Set<String> both = common == null ? kinds : common(common, kinds);
            if (both.isEmpty()) {
                throw part.problem("'allOf' demands two types at once, " + said + " and " + type);
            }
            common = both;
            said = said == null ? type : said;
        }
        if (common != null) {
            common.remove("null");
            if (common.contains("number")) {
                common.remove("integer");
            }
            return common;
        }
        return implied();
    }

    private Set<String> implied() {
        if (has("properties") || has("patternProperties") || !all("additionalProperties").isEmpty()
                || has("propertyNames")) {
            return Set.of("object");
        }
        return has("items") || has("prefixItems") ? Set.of("array") : Set.of();
    }

    private static Set<String> kinds(JsonNode type) {
        var kinds = new LinkedHashSet<String>();
        if (type.isTextual()) {
            kinds.add(type.asText());
        }
        for (JsonNode kind : type) {
            // Draft-03 has schemas among the types.
            if (!kind.isTextual()) {
                return Set.of();
            }
            kinds.add(kind.asText());
        }
        return kinds.contains("any") ? Set.of() : kinds;
    }

    private static Set<String> common(Set<String> mine, Set<String> theirs) {
        var common = new LinkedHashSet<String>();
        for (String kind : mine) {
            if (theirs.contains(kind)) {
                common.add(kind);
            } else if ((kind.equals("integer") && theirs.contains("number"))
                    || (kind.equals("number") && theirs.contains("integer"))) {
                common.add("integer");
            }
        }
        return common;
    }

    /**
     * The values that {@code enum} and {@code const} leave; null if they say nothing. Null among them is left out.
     */
    @Nullable
    Set<JsonNode> constants() {
        Set<JsonNode> constants = null;
        for (JsonSchemaPlace part : parts) {
            if (part.node().path("enum").isArray()) {
                constants = narrowed(constants, part.node().get("enum"));
            }
            if (part.node().has("const")) {
                constants = narrowed(constants, List.of(part.node().get("const")));
            }
        }
        return constants;
    }

    private static Set<JsonNode> narrowed(@Nullable Set<JsonNode> known, Iterable<JsonNode> more) {
        var values = new LinkedHashSet<JsonNode>();
        for (JsonNode value : more) {
            if (!value.isNull() && (known == null || known.contains(value))) {
                values.add(value);
            }
        }
        return values;
    }

    /** Whether it says nothing but that a value is null. */
    boolean isNull() {
        for (JsonSchemaPlace part : parts) {
            JsonNode node = part.node();
            JsonNode type = node.path("type");
            if (type.asText().equals("null")
                    || (type.size() == 1 && type.get(0).asText().equals("null"))
                    || node.path("const").isNull()
                    || (node.path("enum").size() == 1 && node.get("enum").get(0).isNull())) {
                return true;
            }
        }
        return false;
    }
}
