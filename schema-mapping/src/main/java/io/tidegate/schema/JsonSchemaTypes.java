package io.tidegate.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The neutral types that a JSON Schema means, of draft-04 to 2020-12.
 *
 * <p>
 * Choices where JSON Schema allows more than a type can say: every field is nullable, because nothing guarantees that
 * producers validate. {@code allOf} is merged; contradicting types are an error. {@code oneOf} and {@code anyOf} of
 * objects with the same constant-valued property in each, or with required properties that the others do not declare,
 * are a union; of other objects that do not contradict each other, one record with the fields of all; of anything else,
 * any JSON. {@code if}, {@code not} and dependencies only restrict values and are not mapped.
 */
final class JsonSchemaTypes {
    private static final int MAX_DEPTH = 100;
    private static final int MAX_TYPES = 10_000;
    private static final BigDecimal INT32_MIN = BigDecimal.valueOf(Integer.MIN_VALUE);
    private static final BigDecimal INT32_MAX = BigDecimal.valueOf(Integer.MAX_VALUE);
    private static final BigDecimal UINT32_MAX = BigDecimal.valueOf(0xffff_ffffL);
    private static final BigDecimal INT64_MAX = BigDecimal.valueOf(Long.MAX_VALUE);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final JsonSchemaDocuments documents;
    /** By place, so that a schema that refers to itself becomes a record that contains itself. */
    private final Map<String, RecordType> records = new HashMap<>();
    private final Set<String> names = new HashSet<>();
    /** Arrays and maps that are being read. */
    private final Set<String> open = new HashSet<>();
    private int types;

    JsonSchemaTypes(JsonSchemaDocuments documents) {
        this.documents = documents;
    }

    /**
     * A schema with the references and combinations in front of it resolved.
     *
     * @param nullable
     *            whether one of its alternatives was null
     */
    private record Shape(JsonSchemaPlace at, boolean nullable) {
        JsonNode node() {
            return at.node();
        }
    }

    Type type(JsonSchemaPlace root, String name) throws SchemaProblem {
        return type(root, name, 0);
    }

    /** A payload that is no object is a record with the one field {@code value}. */
    static RecordType wrap(Type type) {
        return RecordType.of("Value", List.of(new Field(AvroTypes.VALUE, type, true)));
    }

    private Type type(JsonSchemaPlace place, String name, int depth) throws SchemaProblem {
        if (depth > MAX_DEPTH || ++types > MAX_TYPES) {
            throw place.problem("nests deeper than " + MAX_DEPTH + " levels, or has more than "
                    + MAX_TYPES + " parts");
        }
        Shape shape = resolve(place, depth);
        JsonNode node = shape.node();
        if (!node.isObject()) {
            return new Type.Json();
        }
        RecordType known = records.get(shape.at().key());
        if (known != null) {
            return known;
        }
        JsonNode choice = choice(node);
        if (choice != null) {
            return alternatives(shape.at(), choice, name, depth);
        }
        if (node.path("enum").isArray()) {
            return enumOf(shape.at(), name);
        }
        if (node.has("const")) {
            return constant(node.get("const"));
        }
        return switch (kind(node)) {
            case "object" -> object(shape.at(), name, depth);
            case "array" -> array(shape.at(), name, depth);
            case "string" -> string(node);
            case "integer" -> integer(node);
            case "number" -> number(node);
            case "boolean" -> Type.Scalar.of(ScalarKind.BOOLEAN);
            default -> new Type.Json();
        };
    }

    /** The one type that is not null; empty if there are several or none. */
    private static String kind(JsonNode node) {
        JsonNode type = node.path("type");
        if (type.isTextual()) {
            return type.asText();
        }
        if (type.isArray()) {
            var kinds = new LinkedHashSet<String>();
            type.forEach(kind -> kinds.add(kind.asText()));
            kinds.remove("null");
            if (kinds.contains("number")) {
                kinds.remove("integer");
            }
            return kinds.size() == 1 ? kinds.iterator().next() : "";
        }
        if (type.isMissingNode()) {
            if (node.path("properties").isObject()) {
                return "object";
            }
            if (node.has("items") || node.has("prefixItems")) {
                return "array";
            }
        }
        return "";
    }

    private static boolean mayBeNull(JsonNode node) {
        JsonNode type = node.path("type");
        if (type.isArray()) {
            for (JsonNode kind : type) {
                if (kind.asText().equals("null")) {
                    return true;
                }
            }
            return false;
        }
        return type.isMissingNode() || type.asText().equals("null")
                || node.path("nullable").asBoolean();
    }

    private static @Nullable JsonNode choice(JsonNode node) {
        for (String keyword : List.of("oneOf", "anyOf")) {
            if (node.path(keyword).isArray() && !node.get(keyword).isEmpty()) {
                return node.get(keyword);
            }
        }
        return null;
    }

    /** Follows {@code $ref} and merges {@code allOf} until neither is in front. */
    private Shape resolve(JsonSchemaPlace place, int depth) throws SchemaProblem {
        JsonSchemaPlace at = place;
        for (int hops = 0; at.node().isObject(); hops++) {
            JsonNode node = at.node();
            JsonNode ref = node.path("$ref");
            JsonNode dynamic = ref.isTextual() ? ref : node.path("$dynamicRef");
            if (hops + depth > MAX_DEPTH) {
                throw place.problem("refers to itself without end");
            }
            if (dynamic.isTextual()) {
                at = documents.resolve(at, dynamic.asText());
            } else if (node.path("allOf").isArray() && !node.get("allOf").isEmpty()) {
                JsonNode merged = merge(at, depth);
                return new Shape(at.with(merged), mayBeNull(merged));
            } else {
                break;
            }
        }
        return new Shape(at, mayBeNull(at.node()));
    }

    private JsonNode merge(JsonSchemaPlace at, int depth) throws SchemaProblem {
        ObjectNode merged = ((ObjectNode) at.node()).deepCopy();
        merged.remove("allOf");
        JsonNode parts = at.node().get("allOf");
        for (int i = 0; i < parts.size(); i++) {
            if (!parts.get(i).isObject()) {
                continue;
            }
            JsonSchemaPlace part = at.at("allOf/" + i, parts.get(i));
            Shape shape = resolve(part, depth + 1);
            if (shape.node() instanceof ObjectNode other) {
                mergeInto(merged, shape.at().absolute(other), part);
            }
        }
        return merged;
    }

    private void mergeInto(ObjectNode merged, ObjectNode other, JsonSchemaPlace part)
            throws SchemaProblem {
        for (Map.Entry<String, JsonNode> member : other.properties()) {
            JsonNode mine = merged.get(member.getKey());
            JsonNode theirs = member.getValue();
            switch (member.getKey()) {
                case "properties" -> {
                    ObjectNode properties = mine instanceof ObjectNode known
                            ? known
                            : merged.putObject("properties");
                    for (Map.Entry<String, JsonNode> property : theirs.properties()) {
                        JsonNode known = properties.get(property.getKey());
                        if (known instanceof ObjectNode knownObject
                                && property.getValue() instanceof ObjectNode added
                                && !known.equals(added)) {
                            ObjectNode both = knownObject.deepCopy();
                            mergeProperty(both, added, part, property.getKey());
                            properties.set(property.getKey(), both);
                        } else if (known == null || known.isBoolean()) {
                            properties.set(property.getKey(), property.getValue());
                        }
                    }
                }
                case "required" -> {
                    var required = merged.withArray("required");
                    theirs.forEach(required::add);
                }
                case "type" -> {
                    if (mine == null) {
                        merged.set("type", theirs);
                    } else {
                        merged.set("type", common(mine, theirs, part));
                    }
                }
                default -> {
                    if (mine == null) {
                        merged.set(member.getKey(), theirs);
                    }
                }
            }
        }
    }

    private void mergeProperty(ObjectNode known, ObjectNode added, JsonSchemaPlace part,
            String name)
            throws SchemaProblem {
        JsonSchemaPlace at = part.at("properties/" + name, added);
        boolean isOpaque = known.has("$ref") || added.has("$ref") || known.has("allOf")
                || added.has("allOf");
        if (isOpaque) {
            ObjectNode before = known.deepCopy();
            known.removeAll();
            known.putArray("allOf").add(before).add(added);
        } else {
            mergeInto(known, added, at);
        }
    }

    private static JsonNode common(JsonNode mine, JsonNode theirs, JsonSchemaPlace part)
            throws SchemaProblem {
        var common = new LinkedHashSet<String>();
        Set<String> others = kinds(theirs);
        for (String kind : kinds(mine)) {
            if (others.contains(kind)) {
                common.add(kind);
            } else if ((kind.equals("integer") && others.contains("number"))
                    || (kind.equals("number") && others.contains("integer"))) {
                common.add("integer");
            }
        }
        if (common.isEmpty()) {
            throw part.problem("'allOf' demands two types at once, " + mine + " and " + theirs);
        }
        return common.size() == 1
                ? JSON.valueToTree(common.iterator().next())
                : JSON.valueToTree(common);
    }

    private static Set<String> kinds(JsonNode type) {
        var kinds = new LinkedHashSet<String>();
        if (type.isTextual()) {
            kinds.add(type.asText());
        }
        type.forEach(kind -> kinds.add(kind.asText()));
        return kinds;
    }

    private RecordType define(JsonSchemaPlace at, String name,
            Map<String, JsonSchemaPlace> properties, int depth)
            throws SchemaProblem {
        JsonNode title = at.node().path("title");
        var record = new RecordType(unique(isName(title.asText()) ? title.asText() : name),
                doc(at.node()));
        records.put(at.key(), record);
        var fields = new ArrayList<Field>();
        for (Map.Entry<String, JsonSchemaPlace> property : properties.entrySet()) {
            JsonNode node = property.getValue().node();
            fields.add(new Field(property.getKey(),
                    type(property.getValue(), record.name() + "." + property.getKey(), depth + 1),
                    true, doc(node),
                    node.path("deprecated").asBoolean() ? "deprecated" : ""));
        }
        return record.define(fields);
    }

    private static boolean isName(String title) {
        if (title.isEmpty() || !Character.isLetter(title.charAt(0))) {
            return false;
        }
        for (int i = 0; i < title.length(); i++) {
            char letter = title.charAt(i);
            if (!Character.isLetterOrDigit(letter) && letter != '_') {
                return false;
            }
        }
        return true;
    }

    private String unique(String name) {
        String unique = name;
        for (int i = 2; !names.add(unique); i++) {
            unique = name + "_" + i;
        }
        return unique;
    }

    private static String doc(JsonNode node) {
        JsonNode description = node.path("description");
        return description.isTextual() ? description.asText().strip() : "";
    }

    private Type object(JsonSchemaPlace at, String name, int depth) throws SchemaProblem {
        JsonNode properties = at.node().path("properties");
        JsonNode extra = at.node().path("additionalProperties");
        if (properties.isObject() && !properties.isEmpty()) {
            return define(at, name, properties(at), depth);
        }
        return open.contains(at.key())
                ? new Type.Json()
                : within(at, () -> map(at, extra, name, depth));
    }

    private Type map(JsonSchemaPlace at, JsonNode extra, String name, int depth)
            throws SchemaProblem {
        if (at.node().path("patternProperties").size() > 0) {
            return patterned(at, extra, name, depth);
        }
        if (extra.isObject() && !extra.isEmpty()) {
            JsonSchemaPlace value = at.at("additionalProperties", extra);
            return new Type.MapOf(type(value, name + ".value", depth + 1), true);
        }
        boolean isClosed = extra.isBoolean() && !extra.asBoolean();
        return isClosed ? define(at, name, Map.of(), depth) : new Type.Json();
    }

    private Type patterned(JsonSchemaPlace at, JsonNode extra, String name, int depth)
            throws SchemaProblem {
        JsonNode patterns = at.node().get("patternProperties");
        boolean isOnly = patterns.size() == 1 && extra.isBoolean() && !extra.asBoolean();
        if (!isOnly) {
            return new Type.Json();
        }
        String pattern = patterns.fieldNames().next();
        return new Type.MapOf(
                type(at.at("patternProperties/" + pattern, patterns.get(pattern)), name + ".value",
                        depth + 1),
                true);
    }

    private static Map<String, JsonSchemaPlace> properties(JsonSchemaPlace at) {
        var places = new LinkedHashMap<String, JsonSchemaPlace>();
        for (Map.Entry<String, JsonNode> property : at.node().path("properties").properties()) {
            places.put(property.getKey(),
                    at.at("properties/" + property.getKey(), property.getValue()));
        }
        return places;
    }

    private Type array(JsonSchemaPlace at, String name, int depth) throws SchemaProblem {
        return open.contains(at.key())
                ? new Type.Json()
                : within(at, () -> elements(at, name, depth));
    }

    /** Something that contains itself without a record in between has no type of its own. */
    private Type within(JsonSchemaPlace at, Reading reading) throws SchemaProblem {
        open.add(at.key());
        try {
            return reading.read();
        } finally {
            open.remove(at.key());
        }
    }

    private interface Reading {
        Type read() throws SchemaProblem;
    }

    private Type elements(JsonSchemaPlace at, String name, int depth) throws SchemaProblem {
        JsonNode items = at.node().path("items");
        boolean isTuple = items.isArray() || at.node().has("prefixItems");
        if (isTuple || !items.isObject()) {
            return new Type.ListOf(new Type.Json(), true);
        }
        return new Type.ListOf(type(at.at("items", items), name + ".item", depth + 1), true);
    }

    private static Type string(JsonNode node) {
        if (node.path("contentEncoding").asText().equals("base64")) {
            return Type.Scalar.of(ScalarKind.BYTES);
        }
        return Type.Scalar.of(switch (node.path("format").asText()) {
            case "date-time" -> ScalarKind.TIMESTAMP;
            case "local-date-time" -> ScalarKind.LOCAL_TIMESTAMP;
            case "date" -> ScalarKind.DATE;
            case "time" -> ScalarKind.TIME;
            case "uuid" -> ScalarKind.UUID;
            case "duration" -> ScalarKind.DURATION;
            case "decimal" -> ScalarKind.DECIMAL;
            case "byte", "binary" -> ScalarKind.BYTES;
            case "int64" -> ScalarKind.INT64;
            case "uint64" -> ScalarKind.UINT64;
            default -> ScalarKind.STRING;
        });
    }

    private static Type integer(JsonNode node) {
        switch (node.path("format").asText()) {
            case "int32" -> {
                return Type.Scalar.of(ScalarKind.INT32);
            }
            case "int64" -> {
                return Type.Scalar.of(ScalarKind.INT64);
            }
            case "uint32" -> {
                return Type.Scalar.of(ScalarKind.UINT32);
            }
            case "uint64" -> {
                return Type.Scalar.of(ScalarKind.UINT64);
            }
            default -> {
                // The bounds decide.
            }
        }
        BigDecimal min = bound(node, "minimum", "exclusiveMinimum");
        BigDecimal max = bound(node, "maximum", "exclusiveMaximum");
        if (min == null || max == null) {
            return Type.Scalar.of(ScalarKind.INT64);
        }
        if (min.compareTo(INT32_MIN) >= 0 && max.compareTo(INT32_MAX) <= 0) {
            return Type.Scalar.of(ScalarKind.INT32);
        }
        if (min.signum() >= 0 && max.compareTo(UINT32_MAX) <= 0) {
            return Type.Scalar.of(ScalarKind.UINT32);
        }
        return Type.Scalar.of(
                min.signum() >= 0 && max.compareTo(INT64_MAX) > 0
                        ? ScalarKind.UINT64
                        : ScalarKind.INT64);
    }

    private static @Nullable BigDecimal bound(JsonNode node, String inclusive, String exclusive) {
        if (node.path(inclusive).isNumber()) {
            return node.get(inclusive).decimalValue();
        }
        // One too wide: enough to choose the width by, and draft-04's is a boolean.
        return node.path(exclusive).isNumber() ? node.get(exclusive).decimalValue() : null;
    }

    private static Type number(JsonNode node) {
        if (node.path("multipleOf").isNumber()) {
            BigDecimal step = node.get("multipleOf").decimalValue().stripTrailingZeros();
            boolean isPowerOfTen = step.signum() > 0 && step.unscaledValue().equals(BigInteger.ONE);
            if (isPowerOfTen && step.scale() >= 0 && step.scale() <= 38) {
                return new Type.Scalar(ScalarKind.DECIMAL, 0, step.scale());
            }
        }
        return Type.Scalar.of(
                node.path("format").asText().equals("float")
                        ? ScalarKind.FLOAT32
                        : ScalarKind.FLOAT64);
    }

    private Type enumOf(JsonSchemaPlace at, String name) {
        var symbols = new LinkedHashSet<String>();
        boolean isText = true;
        boolean isInteger = true;
        boolean isShort = true;
        boolean isBoolean = true;
        for (JsonNode value : at.node().get("enum")) {
            if (value.isNull()) {
                continue;
            }
            symbols.add(value.asText());
            isText &= value.isTextual();
            isInteger &= value.isIntegralNumber() && value.canConvertToLong();
            isShort &= value.canConvertToInt();
            isBoolean &= value.isBoolean();
        }
        if (symbols.isEmpty()) {
            return new Type.Json();
        }
        if (isText) {
            JsonNode title = at.node().path("title");
            String full = unique(isName(title.asText()) ? title.asText() : name);
            return new Type.EnumOf(full, doc(at.node()), List.copyOf(symbols), false);
        }
        if (isInteger) {
            return Type.Scalar.of(isShort ? ScalarKind.INT32 : ScalarKind.INT64);
        }
        return isBoolean ? Type.Scalar.of(ScalarKind.BOOLEAN) : new Type.Json();
    }

    private static Type constant(JsonNode value) {
        if (value.isTextual()) {
            return Type.Scalar.of(ScalarKind.STRING);
        }
        if (value.isBoolean()) {
            return Type.Scalar.of(ScalarKind.BOOLEAN);
        }
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            return Type.Scalar.of(value.canConvertToInt() ? ScalarKind.INT32 : ScalarKind.INT64);
        }
        return value.isNumber() ? Type.Scalar.of(ScalarKind.FLOAT64) : new Type.Json();
    }

    /** What {@code oneOf} and {@code anyOf} mean; see the class. */
    private Type alternatives(JsonSchemaPlace at, JsonNode choice, String name, int depth)
            throws SchemaProblem {
        String keyword = choice.equals(at.node().path("oneOf")) ? "oneOf" : "anyOf";
        var shapes = new ArrayList<Shape>();
        for (int i = 0; i < choice.size(); i++) {
            JsonNode node = choice.get(i);
            if (!node.isObject() || node.isEmpty()) {
                return new Type.Json();
            }
            if (!node.path("type").asText().equals("null")) {
                shapes.add(resolve(at.at(keyword + "/" + i, node), depth + 1));
            }
        }
        boolean hasOwn = at.node().path("properties").size() > 0;
        if (hasOwn) {
            // Alternatives beside properties mostly say which of them are required.
            return withOwnProperties(at, shapes, keyword, name, depth);
        }
        if (shapes.size() == 1) {
            return type(shapes.getFirst().at(), name, depth + 1);
        }
        boolean isObjects = !shapes.isEmpty()
                && shapes.stream().allMatch(shape -> kind(shape.node()).equals("object")
                        && shape.node().path("properties").size() > 0
                        && choice(shape.node()) == null);
        if (!isObjects) {
            return new Type.Json();
        }
        if (isDistinct(shapes)) {
            var members = new ArrayList<RecordType>();
            for (int i = 0; i < shapes.size(); i++) {
                if (type(discriminating(shapes.get(i).at()), name + ".option" + (i + 1),
                        depth + 1) instanceof RecordType record
                        && !members.contains(record)) {
                    members.add(record);
                }
            }
            return new Type.Union(name, members);
        }
        return merged(at, shapes, name, depth);
    }

    /** Constants as enums of one symbol, so that an object with another value is not read as this member. */
    private static JsonSchemaPlace discriminating(JsonSchemaPlace at) {
        ObjectNode copy = ((ObjectNode) at.node()).deepCopy();
        for (JsonNode property : copy.path("properties")) {
            if (property instanceof ObjectNode object && object.path("const").isTextual()) {
                object.putArray("enum").add(object.remove("const"));
            }
        }
        return at.with(copy);
    }

    private Type withOwnProperties(JsonSchemaPlace at, List<Shape> shapes, String keyword,
            String name, int depth)
            throws SchemaProblem {
        ObjectNode plain = ((ObjectNode) at.node()).deepCopy();
        plain.remove(keyword);
        var all = new ArrayList<Shape>();
        all.add(new Shape(at.with(plain), false));
        all.addAll(shapes);
        return merged(at, all, name, depth);
    }

    /** One record with the fields of all, any JSON where two of them say different things of one field. */
    private Type merged(JsonSchemaPlace at, List<Shape> shapes, String name, int depth)
            throws SchemaProblem {
        var places = new LinkedHashMap<String, JsonSchemaPlace>();
        for (Shape shape : shapes) {
            for (Map.Entry<String, JsonSchemaPlace> property : properties(shape.at()).entrySet()) {
                JsonSchemaPlace known = places.get(property.getKey());
                if (known == null || known.node().isEmpty()) {
                    places.put(property.getKey(), property.getValue());
                } else if (!property.getValue().node().isEmpty()
                        && !signature(known.node()).equals(signature(property.getValue().node()))) {
                    places.put(property.getKey(),
                            known.with(JSON.createObjectNode().put("description",
                                    doc(known.node()))));
                }
            }
        }
        return define(at, name, places, depth);
    }

    /** What of a schema decides its type, roughly: two of the same signature may share a field. */
    private static JsonNode signature(JsonNode node) {
        if (!node.isObject()) {
            return node;
        }
        ObjectNode signature = ((ObjectNode) node).deepCopy();
        signature.remove(
                List.of("description", "title", "const", "enum", "default", "examples", "pattern",
                        "minLength", "maxLength"));
        if (!signature.has("type") && node.path("const").isTextual()) {
            signature.put("type", "string");
        }
        return signature;
    }

    private static boolean isDistinct(List<Shape> shapes) {
        for (String property : names(shapes.getFirst().node().path("properties"))) {
            var constants = new HashSet<JsonNode>();
            if (shapes.stream().allMatch(shape -> {
                JsonNode value = constant(shape.node(), property);
                return value != null && constants.add(value);
            })) {
                return true;
            }
        }
        for (Shape shape : shapes) {
            boolean hasOwn = false;
            for (JsonNode required : shape.node().path("required")) {
                String name = required.asText();
                hasOwn |= shape.node().path("properties").has(name) && shapes.stream()
                        .filter(other -> other.node().path("properties").has(name)).count() == 1;
            }
            if (!hasOwn) {
                return false;
            }
        }
        return true;
    }

    private static List<String> names(JsonNode object) {
        var names = new ArrayList<String>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    /** The one value that this property can have, null if it can have several. */
    private static @Nullable JsonNode constant(JsonNode object, String property) {
        JsonNode node = object.path("properties").path(property);
        if (node.has("const")) {
            return node.get("const");
        }
        return node.path("enum").size() == 1 ? node.get("enum").get(0) : null;
    }
}
