package io.tidegate.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * JSON Schemas compared by the values that they allow. What cannot be told from the keywords (conditions, {@code not},
 * patterns that differ) is an objection only where the reader has it and the writer has not the same. A property that
 * only the reader knows is none, although a writer that forbids no further ones might have sent anything under its name.
 */
final class JsonSchemaEvolution {
    private static final int DEPTH_MAX = 64;
    private static final int PAIRS_MAX = 20_000;
    private static final List<String> TYPES = List.of("array", "boolean", "integer", "null",
            "number", "object", "string");
    /** Keywords with a number that the reader may have higher only if values get fewer by it. */
    private static final List<String> LEAST = List.of("minimum", "exclusiveMinimum", "minLength",
            "minItems", "minProperties");
    private static final List<String> MOST = List.of("maximum", "exclusiveMaximum", "maxLength",
            "maxItems", "maxProperties");
    private static final List<String> ALIKE = List.of("pattern", "multipleOf", "not", "if",
            "then", "else", "uniqueItems", "contains", "propertyNames", "dependencies",
            "dependentRequired", "dependentSchemas");

    private final Version reader;
    private final Version writer;
    private final List<String> found = new ArrayList<>();
    private final Set<String> seen = new HashSet<>();

    /** A schema among the documents that it refers to. */
    record Version(JsonSchemaDocuments documents, JsonSchemaPlace root) {
    }

    JsonSchemaEvolution(Version reader, Version writer) {
        this.reader = reader;
        this.writer = writer;
    }

    List<String> objections() throws SchemaProblem {
        compare(reader.root(), writer.root(), "", 0);
        return List.copyOf(found);
    }

    private void object(String path, String why) {
        if (found.size() < Evolution.OBJECTIONS_MAX) {
            found.add((path.isEmpty() ? "the whole value" : path) + ": " + why);
        }
    }

    private void compare(JsonSchemaPlace readerAt, JsonSchemaPlace writerAt, String path,
            int depth) throws SchemaProblem {
        var r = followed(reader, readerAt);
        var w = followed(writer, writerAt);
        if (depth > DEPTH_MAX || seen.size() > PAIRS_MAX || !seen.add(r.key() + " " + w.key())) {
            return;
        }
        if (r.node().isBoolean() || w.node().isBoolean()) {
            if (r.node().isBoolean() && !r.node().asBoolean()
                    && !(w.node().isBoolean() && !w.node().asBoolean())) {
                object(path, "is forbidden for the reader");
            } else if (w.node().isBoolean() && w.node().asBoolean() && limits(r.node())) {
                object(path, "may be anything for the writer and is limited for the reader");
            }
            return;
        }
        types(r.node(), w.node(), path);
        values(r.node(), w.node(), path);
        bounds(r.node(), w.node(), path);
        properties(r, w, path, depth);
        items(r, w, path, depth);
        choices(r, w, path, depth);
    }

    private static boolean limits(JsonNode schema) {
        return schema.isObject() && (schema.has("type") || schema.has("enum")
                || schema.has("const") || schema.has("anyOf") || schema.has("oneOf"));
    }

    private static JsonSchemaPlace followed(Version version, JsonSchemaPlace start)
            throws SchemaProblem {
        var at = start;
        for (int i = 0; i < DEPTH_MAX && at.node().path("$ref").isTextual(); i++) {
            at = version.documents().resolve(at, "$ref", at.node().get("$ref").asText());
        }
        return at;
    }

    private void types(JsonNode r, JsonNode w, String path) {
        if (!w.has("type") && listed(w).isEmpty() && (w.has("anyOf") || w.has("oneOf"))) {
            return; // Each choice has types of its own.
        }
        var lost = new TreeSet<>(types(w));
        lost.removeAll(types(r));
        if (types(r).contains("number")) {
            lost.remove("integer");
        }
        if (!lost.isEmpty()) {
            object(path, "may be " + String.join(" or ", lost)
                    + " for the writer and not for the reader");
        }
    }

    private static Set<String> types(JsonNode schema) {
        var type = schema.path("type");
        if (type.isTextual()) {
            return Set.of(type.asText());
        }
        var types = new TreeSet<String>();
        type.forEach(one -> types.add(one.asText()));
        if (type.isMissingNode()) {
            var listed = listed(schema);
            if (listed.isEmpty()) {
                return new TreeSet<>(TYPES);
            }
            listed.forEach(value -> types.add(typeOf(value)));
        }
        return types;
    }

    private static String typeOf(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> "array";
            case BOOLEAN -> "boolean";
            case NULL, MISSING -> "null";
            case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
            case OBJECT, POJO -> "object";
            case STRING, BINARY -> "string";
        };
    }

    private static List<JsonNode> listed(JsonNode schema) {
        var values = new ArrayList<JsonNode>();
        schema.path("enum").forEach(values::add);
        if (schema.has("const")) {
            values.add(schema.get("const"));
        }
        return values;
    }

    private void values(JsonNode r, JsonNode w, String path) {
        var allowed = listed(r);
        if (allowed.isEmpty()) {
            return;
        }
        var sent = listed(w);
        if (sent.isEmpty()) {
            object(path, "is one of some values for the reader and any for the writer");
            return;
        }
        sent.removeAll(allowed);
        if (!sent.isEmpty()) {
            object(path, "may be " + sent.getFirst() + " for the writer and not for the reader");
        }
    }

    private void bounds(JsonNode r, JsonNode w, String path) {
        for (var keyword : LEAST) {
            if (r.path(keyword).isNumber() && !(w.path(keyword).isNumber()
                    && w.get(keyword).decimalValue()
                            .compareTo(r.get(keyword).decimalValue()) >= 0)) {
                bound(r, w, path, keyword);
            }
        }
        for (var keyword : MOST) {
            if (r.path(keyword).isNumber() && !(w.path(keyword).isNumber()
                    && w.get(keyword).decimalValue()
                            .compareTo(r.get(keyword).decimalValue()) <= 0)) {
                bound(r, w, path, keyword);
            }
        }
        for (var keyword : ALIKE) {
            if (r.has(keyword) && !r.get(keyword).equals(w.path(keyword))) {
                bound(r, w, path, keyword);
            }
        }
    }

    private void bound(JsonNode r, JsonNode w, String path, String keyword) {
        object(path, "'" + keyword + "' is " + r.get(keyword) + " for the reader and "
                + (w.has(keyword) ? w.get(keyword).toString() : "not there")
                + " for the writer");
    }

    private void properties(JsonSchemaPlace r, JsonSchemaPlace w, String path, int depth)
            throws SchemaProblem {
        var given = new HashSet<String>();
        w.node().path("required").forEach(name -> given.add(name.asText()));
        for (var name : r.node().path("required")) {
            if (!given.contains(name.asText()) && types(w.node()).contains("object")) {
                object(join(path, name.asText()),
                        "is required by the reader and need not be written");
            }
        }
        var known = r.node().path("properties");
        var closed = r.node().path("additionalProperties");
        for (var property : w.node().path("properties").properties()) {
            var name = property.getKey();
            var at = w.at("properties", name);
            if (known.has(name)) {
                compare(r.at("properties", name), at,
                        join(path, name), depth + 1);
            } else if (closed.isBoolean() && !closed.asBoolean()
                    && !r.node().has("patternProperties")) {
                object(join(path, name), "is not known to the reader, which forbids further ones");
            } else if (closed.isObject()) {
                compare(r.at("additionalProperties"), at, join(path, name), depth + 1);
            }
        }
        var open = w.node().path("additionalProperties");
        if (closed.isObject() && open.isObject()) {
            compare(r.at("additionalProperties"), w.at("additionalProperties"),
                    join(path, "*"), depth + 1);
        } else if (closed.isBoolean() && !closed.asBoolean()
                && (open.isObject() || open.asBoolean())) {
            object(path, "may have further properties for the writer and not for the reader");
        }
    }

    private static String join(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }

    private void items(JsonSchemaPlace r, JsonSchemaPlace w, String path, int depth)
            throws SchemaProblem {
        var one = r.node().path("items");
        var other = w.node().path("items");
        if ((one.isObject() || one.isBoolean()) && (other.isObject() || other.isBoolean())) {
            compare(r.at("items"), w.at("items"), join(path, "[]"), depth + 1);
        } else if (one.isArray() && !one.equals(other)) {
            object(path, "has other places in its list");
        } else if (one.isObject() && limits(one) && other.isMissingNode()
                && types(w.node()).contains("array") && w.node().has("type")) {
            object(join(path, "[]"),
                    "may be anything for the writer and is limited for the reader");
        }
    }

    /** Each choice of the writer has to be one of the reader; each demand of the reader one of the writer. */
    private void choices(JsonSchemaPlace r, JsonSchemaPlace w, String path, int depth)
            throws SchemaProblem {
        var readers = members(r, "anyOf", "oneOf");
        var writers = members(w, "anyOf", "oneOf");
        if (!readers.isEmpty()) {
            for (var sent : writers.isEmpty() ? List.of(w) : writers) {
                if (!isReadByOne(readers, sent, depth)) {
                    object(path, "may be of a kind for the writer that the reader does not have");
                    break;
                }
            }
        } else if (!writers.isEmpty() && limits(r.node()) && !w.node().has("type")) {
            for (var sent : writers) {
                if (!isReadByOne(List.of(r), sent, depth)) {
                    object(path, "may be of a kind for the writer that the reader does not have");
                    break;
                }
            }
        }
        var demands = members(r, "allOf");
        var kept = new ArrayList<>(members(w, "allOf"));
        kept.add(w);
        for (var demand : demands) {
            boolean isKept = false;
            for (var sent : kept) {
                isKept |= isReadByOne(List.of(demand), sent, depth);
            }
            if (!isKept) {
                object(path, "has to fit a schema of the reader that the writer does not have");
            }
        }
    }

    private boolean isReadByOne(List<JsonSchemaPlace> readers, JsonSchemaPlace sent, int depth)
            throws SchemaProblem {
        for (var one : readers) {
            var trial = new JsonSchemaEvolution(reader, writer);
            trial.seen.addAll(seen);
            trial.compare(one, sent, "", depth + 1);
            if (trial.found.isEmpty()) {
                return true;
            }
        }
        return false;
    }

    private static List<JsonSchemaPlace> members(JsonSchemaPlace place, String... keywords) {
        var members = new ArrayList<JsonSchemaPlace>();
        for (var keyword : keywords) {
            var list = place.node().path(keyword);
            for (int i = 0; i < list.size(); i++) {
                members.add(place.at(keyword).at(i));
            }
        }
        return members;
    }
}
