package io.tidegate.schema;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The neutral types that a JSON Schema means, of draft-03 to 2020-12.
 *
 * <p>
 * Choices where JSON Schema allows more than a type can say: every field is nullable, because nothing guarantees that
 * producers validate. {@code allOf} is merged; contradicting types are an error. {@code oneOf} and {@code anyOf} of
 * objects with a discriminator, or with the same constant-valued property in each, are a union, and so is {@code oneOf}
 * of objects with required properties that the others do not declare; of other objects, one record with the fields of
 * all; of scalars that have a common one, that; of anything else, any JSON. {@code if}, {@code not} and dependencies only
 * restrict values and are not mapped. What is lost is noted.
 */
final class JsonSchemaTypes {
    private static final int MAX_DEPTH = 100;
    private static final int MAX_TYPES = 10_000;
    private static final int MAX_WORDS = 200;

    private final JsonSchemaDocuments documents;
    private final boolean extra;
    private final JsonSchemaNotes notes = new JsonSchemaNotes();
    /** By key of a shape, so that a schema is one type wherever it is referred to, and may contain itself. */
    private final Map<String, Type> known = new HashMap<>();
    private final Map<String, String> unionNames = new HashMap<>();
    private final Set<String> names = new HashSet<>();
    /** Shapes that are being read and are no records. */
    private final Set<String> open = new HashSet<>();
    private int types;

    /**
     * @param extra
     *            whether records have a field of the members that they allow and do not declare
     */
    JsonSchemaTypes(JsonSchemaDocuments documents, boolean extra) {
        this.documents = documents;
        this.extra = extra;
    }

    Type type(JsonSchemaPlace root, String name) throws SchemaProblem {
        return type(List.of(root), name, 0);
    }

    List<SchemaNote> notes() {
        return notes.inOrder();
    }

    /** A payload that is no object is a record with the one field {@code value}. */
    static RecordType wrap(Type type) {
        return RecordType.of("Value", List.of(new Field(AvroTypes.VALUE, type, true)));
    }

    private JsonSchemaShape shape(List<JsonSchemaPlace> places) throws SchemaProblem {
        return JsonSchemaShape.of(places, documents);
    }

    private Type type(List<JsonSchemaPlace> places, String name, int depth) throws SchemaProblem {
        if (depth > MAX_DEPTH || ++types > MAX_TYPES) {
            throw places.getFirst().problem("nests deeper than " + MAX_DEPTH
                    + " levels, or has more than " + MAX_TYPES + " parts");
        }
        return type(shape(places), name, depth);
    }

    private Type type(JsonSchemaShape shape, String name, int depth) throws SchemaProblem {
        if (shape.parts().isEmpty() || shape.isNever()) {
            return new Type.Json();
        }
        String key = shape.key();
        Type before = known.get(key);
        if (before != null) {
            return before;
        }
        notes.unmapped(shape);
        if (!open.add(key)) {
            notes.add(shape.parts().getFirst(),
                    "the schema contains itself without an object in between: shown as JSON there");
            return new Type.Json();
        }
        try {
            Type type = meaning(shape, key, name, depth);
            known.put(key, type);
            return type;
        } finally {
            open.remove(key);
        }
    }

    private Type meaning(JsonSchemaShape shape, String key, String name, int depth)
            throws SchemaProblem {
        Set<String> kinds = shape.kinds();
        Collection<JsonNode> constants = shape.constants();
        if (constants != null) {
            return values(shape, constants, shape.has("enum"), name);
        }
        List<Choice> choices = choices(shape);
        boolean isScalar = kinds.size() == 1
                && JsonSchemaScalars.isScalar(kinds.iterator().next());
        if (!choices.isEmpty() && !kinds.equals(Set.of("array"))) {
            Type listed = listed(shape, choices, name);
            if (listed != null) {
                return listed;
            }
            if (!isScalar) {
                return alternatives(shape, choices, key, name, depth);
            }
        }
        if (kinds.size() > 1) {
            notes.add(at(shape, "type"),
                    "'type' lists several (" + String.join(", ", kinds) + "): shown as JSON");
        }
        String kind = kinds.size() == 1 ? kinds.iterator().next() : "";
        return switch (kind) {
            case "object" -> object(shape, key, name, depth);
            case "array" -> array(shape, name, depth);
            default -> JsonSchemaScalars.of(kind, shape);
        };
    }

    private static JsonSchemaPlace at(JsonSchemaShape shape, String keyword) {
        JsonSchemaPlace place = shape.first(keyword);
        return place == null ? shape.parts().getFirst() : place;
    }

    // Values that are listed

    private Type values(JsonSchemaShape shape, Collection<JsonNode> values, boolean isEnum,
            String name) {
        Type type = JsonSchemaScalars.ofValues(values);
        if (isEnum && type.equals(Type.Scalar.of(ScalarKind.STRING))) {
            var symbols = new LinkedHashSet<String>();
            values.forEach(value -> symbols.add(value.asText()));
            return new Type.EnumOf(named(shape, name), doc(shape), List.copyOf(symbols), false);
        }
        if (isEnum && !values.isEmpty()) {
            notes.add(at(shape, "enum"), type instanceof Type.Json
                    ? "'enum' lists values of several types: shown as JSON"
                    : "'enum' lists values that are no text: shown as a scalar, and not checked");
        }
        return type;
    }

    /** The enum of alternatives that list or are constants each, as schemas with a text for each symbol do. */
    private @Nullable Type listed(JsonSchemaShape shape, List<Choice> choices, String name)
            throws SchemaProblem {
        if (choices.size() != 1) {
            return null;
        }
        var values = new LinkedHashSet<JsonNode>();
        for (JsonSchemaPlace alternative : choices.getFirst().alternatives()) {
            JsonSchemaShape inner = shape(List.of(alternative));
            Set<JsonNode> constants = inner.constants();
            if (constants == null) {
                if (inner.isNull()) {
                    continue;
                }
                return null;
            }
            values.addAll(constants);
        }
        return values.isEmpty() ? null : values(shape, values, true, name);
    }

    // Alternatives

    /**
     * @param at
     *            its keyword
     */
    private record Choice(JsonSchemaPlace at, List<JsonSchemaPlace> alternatives, boolean isOneOf) {
    }

    /** The alternatives that say more than which values are allowed. */
    private static List<Choice> choices(JsonSchemaShape shape) {
        var choices = new ArrayList<Choice>();
        for (JsonSchemaPlace part : shape.parts()) {
            for (String keyword : List.of("oneOf", "anyOf")) {
                JsonSchemaPlace at = part.at(keyword);
                if (at.node().isArray() && !at.node().isEmpty()) {
                    var alternatives = new ArrayList<JsonSchemaPlace>();
                    boolean isStructure = false;
                    for (int i = 0; i < at.node().size(); i++) {
                        alternatives.add(at.at(i));
                        isStructure |= isStructure(at.node().get(i));
                    }
                    if (isStructure) {
                        choices.add(new Choice(at, alternatives, keyword.equals("oneOf")));
                    }
                }
            }
        }
        return choices;
    }

    private static boolean isStructure(JsonNode node) {
        for (String keyword : List.of("type", "properties", "items", "prefixItems", "$ref", "allOf",
                "oneOf", "anyOf", "enum", "const", "format", "additionalProperties",
                "patternProperties", "$dynamicRef", "$recursiveRef", "extends")) {
            if (node.has(keyword)) {
                return true;
            }
        }
        return false;
    }

    private Type alternatives(JsonSchemaShape shape, List<Choice> choices, String key, String name,
            int depth) throws SchemaProblem {
        if (!shape.properties().isEmpty() || choices.size() > 1) {
            // Alternatives beside properties mostly say which of them are required.
            var all = new ArrayList<JsonSchemaShape>();
            for (Choice choice : choices) {
                for (JsonSchemaShape alternative : flat(choice.alternatives(), depth)) {
                    if (!alternative.properties().isEmpty()) {
                        all.add(alternative);
                    }
                }
            }
            return shape.properties().isEmpty() && all.isEmpty()
                    ? json(choices.getFirst())
                    : merged(shape, all, key, name, depth);
        }
        Choice choice = choices.getFirst();
        List<JsonSchemaShape> shapes = flat(choice.alternatives(), depth);
        shapes.removeIf(JsonSchemaShape::isNull);
        if (shapes.isEmpty()) {
            return new Type.Json();
        }
        if (shapes.size() == 1) {
            return type(shapes.getFirst(), name, depth + 1);
        }
        boolean isObjects = true;
        boolean isScalars = true;
        for (JsonSchemaShape alternative : shapes) {
            Set<String> kinds = alternative.kinds();
            isObjects &= kinds.equals(Set.of("object")) && !alternative.properties().isEmpty();
            isScalars &= alternative.constants() != null || (kinds.size() == 1
                    && JsonSchemaScalars.isScalar(kinds.iterator().next()));
        }
        if (isObjects) {
            return objects(shape, choice, shapes, key, name, depth);
        }
        Type scalar = isScalars ? scalars(shapes) : null;
        return scalar == null ? json(choice) : scalar;
    }

    private Type json(Choice choice) {
        notes.add(choice.at(), "'" + (choice.isOneOf() ? "oneOf" : "anyOf")
                + "' has alternatives that no one type describes: shown as JSON");
        return new Type.Json();
    }

    private static @Nullable Type scalars(List<JsonSchemaShape> shapes) throws SchemaProblem {
        var types = new ArrayList<Type>();
        for (JsonSchemaShape shape : shapes) {
            Set<JsonNode> constants = shape.constants();
            types.add(constants != null
                    ? JsonSchemaScalars.ofValues(constants)
                    : JsonSchemaScalars.of(shape.kinds().iterator().next(), shape));
        }
        return JsonSchemaScalars.common(types);
    }

    /** Alternatives whose own alternatives are all they say stand for those. */
    private List<JsonSchemaShape> flat(List<JsonSchemaPlace> alternatives, int depth)
            throws SchemaProblem {
        var flat = new ArrayList<JsonSchemaShape>();
        flatten(alternatives, flat, new HashSet<>(), depth);
        return flat;
    }

    private void flatten(List<JsonSchemaPlace> alternatives, List<JsonSchemaShape> flat,
            Set<String> seen, int depth) throws SchemaProblem {
        for (JsonSchemaPlace alternative : alternatives) {
            JsonSchemaShape shape = shape(List.of(alternative));
            if (depth > MAX_DEPTH || ++types > MAX_TYPES) {
                throw alternative.problem("nests deeper than " + MAX_DEPTH
                        + " levels, or has more than " + MAX_TYPES + " parts");
            }
            if (!seen.add(shape.key())) {
                continue;
            }
            List<Choice> inner = choices(shape);
            boolean isChoice = inner.size() == 1 && shape.properties().isEmpty()
                    && shape.constants() == null && shape.get("discriminator").isMissingNode();
            if (isChoice) {
                flatten(inner.getFirst().alternatives(), flat, seen, depth + 1);
            } else {
                flat.add(shape);
            }
        }
    }

    private Type objects(JsonSchemaShape shape, Choice choice, List<JsonSchemaShape> shapes,
            String key, String name, int depth) throws SchemaProblem {
        Map<JsonSchemaShape, Set<String>> symbols = new LinkedHashMap<>();
        String discriminator = discriminator(shape, shapes, symbols);
        boolean isUnion = !discriminator.isEmpty() || isConstant(shapes)
                || (choice.isOneOf() && isDistinct(shapes));
        if (!isUnion) {
            return merged(shape, shapes, key, name, depth);
        }
        if (discriminator.isEmpty()) {
            discriminator = constantProperty(shapes, symbols);
        }
        String union = unionNames.get(key);
        if (union == null) {
            union = named(shape, name);
            unionNames.put(key, union);
        }
        var members = new ArrayList<RecordType>();
        for (int i = 0; i < shapes.size(); i++) {
            Set<String> own = symbols.getOrDefault(shapes.get(i), Set.of());
            RecordType member = member(shapes.get(i), discriminator, own,
                    union + ".option" + (i + 1), depth + 1);
            if (!members.contains(member)) {
                members.add(member);
            }
        }
        return new Type.Union(union, members);
    }

    /**
     * A record whose discriminator is an enum of the symbols that mean it, so that an object with another is not read as
     * it.
     */
    private RecordType member(JsonSchemaShape shape, String discriminator, Set<String> symbols,
            String name, int depth) throws SchemaProblem {
        String key = symbols.isEmpty()
                ? shape.key()
                : shape.key() + " ? " + discriminator + "=" + symbols;
        if (known.get(key) instanceof RecordType before) {
            return before;
        }
        return define(shape, key, name, shape.properties(), depth, discriminator, symbols);
    }

    /** The property that a discriminator names, with the values that mean each alternative; empty if there is none. */
    private static String discriminator(JsonSchemaShape shape, List<JsonSchemaShape> shapes,
            Map<JsonSchemaShape, Set<String>> symbols) {
        JsonNode said = shape.get("discriminator");
        String property = said.isTextual() ? said.asText() : said.path("propertyName").asText();
        if (property.isEmpty()) {
            return "";
        }
        for (JsonSchemaShape alternative : shapes) {
            var own = new LinkedHashSet<String>();
            JsonSchemaPlace target = alternative.parts().getLast();
            for (JsonSchemaPlace part : alternative.parts()) {
                if (!part.definitionName().isEmpty()) {
                    target = part;
                    break;
                }
            }
            for (Map.Entry<String, JsonNode> mapped : said.path("mapping").properties()) {
                String reference = mapped.getValue().asText();
                if (reference.equals(target.definitionName())
                        || reference.endsWith("#/" + target.pointer())) {
                    own.add(mapped.getKey());
                }
            }
            JsonNode constant = constant(alternative, property);
            if (own.isEmpty() && constant != null && constant.isTextual()) {
                own.add(constant.asText());
            }
            if (own.isEmpty()) {
                own.add(target.definitionName());
            }
            if (own.contains("") || symbols.containsValue(own)) {
                symbols.clear();
                return "";
            }
            symbols.put(alternative, own);
        }
        return property;
    }

    private static boolean isConstant(List<JsonSchemaShape> shapes) {
        return !constantProperty(shapes, new HashMap<>()).isEmpty();
    }

    /** The property that is another constant in each alternative; empty if there is none. */
    private static String constantProperty(List<JsonSchemaShape> shapes,
            Map<JsonSchemaShape, Set<String>> symbols) {
        for (String property : shapes.getFirst().properties().keySet()) {
            var constants = new HashSet<JsonNode>();
            boolean isDistinct = shapes.stream().allMatch(shape -> {
                JsonNode value = constant(shape, property);
                return value != null && constants.add(value);
            });
            if (isDistinct) {
                if (constants.stream().allMatch(JsonNode::isTextual)) {
                    for (JsonSchemaShape shape : shapes) {
                        JsonNode value = constant(shape, property);
                        symbols.put(shape, Set.of(value == null ? "" : value.asText()));
                    }
                }
                return property;
            }
        }
        return "";
    }

    /** The one value that this property can have, null if it can have several. */
    private static @Nullable JsonNode constant(JsonSchemaShape shape, String property) {
        for (JsonSchemaPlace place : shape.properties().getOrDefault(property, List.of())) {
            if (place.node().has("const")) {
                return place.node().get("const");
            }
            if (place.node().path("enum").size() == 1) {
                return place.node().get("enum").get(0);
            }
        }
        return null;
    }

    /** Whether each requires a property that no other declares. */
    private static boolean isDistinct(List<JsonSchemaShape> shapes) {
        for (JsonSchemaShape shape : shapes) {
            Set<String> own = shape.required();
            own.retainAll(shape.properties().keySet());
            for (JsonSchemaShape other : shapes) {
                if (other != shape) {
                    own.removeAll(other.properties().keySet());
                }
            }
            if (own.isEmpty()) {
                return false;
            }
        }
        return true;
    }

    /** One record with its own fields and those of all alternatives. */
    private Type merged(JsonSchemaShape shape, List<JsonSchemaShape> alternatives, String key,
            String name, int depth) throws SchemaProblem {
        var record = new RecordType(named(shape, name), doc(shape));
        known.put(key, record);
        var own = shape.properties();
        var fields = new LinkedHashMap<String, Field>();
        for (Map.Entry<String, List<JsonSchemaPlace>> property : own.entrySet()) {
            fields.put(property.getKey(),
                    field(record, property.getKey(), property.getValue(), depth));
        }
        var others = new LinkedHashMap<String, List<List<JsonSchemaPlace>>>();
        for (JsonSchemaShape alternative : alternatives) {
            alternative.properties().forEach((property, places) -> others
                    .computeIfAbsent(property, absent -> new ArrayList<>()).add(places));
        }
        for (Map.Entry<String, List<List<JsonSchemaPlace>>> property : others.entrySet()) {
            Field known = fields.get(property.getKey());
            if (known == null || known.type() instanceof Type.Json) {
                fields.put(property.getKey(), common(record, property.getKey(),
                        property.getValue(), known, depth));
            }
        }
        return define(shape, record, List.copyOf(fields.values()));
    }

    /** A field of which several alternatives speak. */
    private Field common(RecordType record, String name, List<List<JsonSchemaPlace>> places,
            @Nullable Field own, int depth) throws SchemaProblem {
        var shapes = new LinkedHashMap<String, JsonSchemaShape>();
        for (List<JsonSchemaPlace> alternative : places) {
            JsonSchemaShape shape = shape(alternative);
            if (!shape.isNever() && isTelling(shape)) {
                shapes.putIfAbsent(shape.key(), shape);
            }
        }
        JsonSchemaPlace first = places.getFirst().getFirst();
        if (shapes.size() <= 1) {
            return shapes.isEmpty()
                    ? own == null ? field(record, name, places.getFirst(), depth) : own
                    : field(record, name, shapes.values().iterator().next().parts(), depth);
        }
        var constants = new LinkedHashSet<JsonNode>();
        boolean isListed = true;
        for (JsonSchemaShape shape : shapes.values()) {
            Set<JsonNode> values = shape.constants();
            isListed &= values != null;
            constants.addAll(values == null ? Set.of() : values);
        }
        String path = record.name() + "." + name;
        Type type;
        if (isListed) {
            JsonSchemaShape shape = shapes.values().iterator().next();
            type = values(shape, constants, true, path);
        } else {
            var types = new ArrayList<Type>();
            for (JsonSchemaShape shape : shapes.values()) {
                types.add(type(shape, path, depth + 1));
            }
            Type common = JsonSchemaScalars.common(types);
            if (common == null) {
                notes.add(first, "the alternatives say different things of '" + name
                        + "': shown as JSON");
            }
            type = common == null ? new Type.Json() : common;
        }
        return new Field(name, type, true, doc(shapes.values().iterator().next()), "");
    }

    private static boolean isTelling(JsonSchemaShape shape) {
        return shape.parts().stream().anyMatch(part -> isStructure(part.node()));
    }

    // Records

    private RecordType define(JsonSchemaShape shape, String key, String name,
            Map<String, List<JsonSchemaPlace>> properties, int depth, String discriminator,
            Set<String> symbols) throws SchemaProblem {
        var record = new RecordType(named(shape, name), doc(shape));
        known.put(key, record);
        var fields = new ArrayList<Field>();
        for (Map.Entry<String, List<JsonSchemaPlace>> property : properties.entrySet()) {
            Field field = field(record, property.getKey(), property.getValue(), depth);
            if (property.getKey().equals(discriminator) && !symbols.isEmpty()) {
                field = new Field(field.name(),
                        new Type.EnumOf(unique(record.name() + "." + field.name()), "",
                                List.copyOf(symbols), false),
                        true, field.doc(), field.deprecated(), field.limits());
            }
            fields.add(field);
        }
        return define(shape, record, fields);
    }

    private RecordType define(JsonSchemaShape shape, RecordType record, List<Field> fields) {
        JsonNode rest = shape.get("additionalProperties");
        JsonNode unevaluated = shape.get("unevaluatedProperties");
        boolean isClosed = (rest.isBoolean() && !rest.asBoolean())
                || (unevaluated.isBoolean() && !unevaluated.asBoolean());
        boolean isTaken = fields.stream().anyMatch(field -> field.name().equals(RecordType.EXTRA));
        return extra && !isClosed && !isTaken ? record.defineOpen(fields) : record.define(fields);
    }

    private Field field(RecordType record, String name, List<JsonSchemaPlace> places, int depth)
            throws SchemaProblem {
        JsonSchemaShape shape = shape(places);
        if (shape.isNever()) {
            notes.add(places.getFirst(),
                    "'" + name + "' allows no value: shown as JSON if it is there");
        }
        if (depth >= MAX_DEPTH || ++types > MAX_TYPES) {
            throw places.getFirst().problem("nests deeper than " + MAX_DEPTH
                    + " levels, or has more than " + MAX_TYPES + " parts");
        }
        Type type = type(shape, record.name() + "." + name, depth + 1);
        return new Field(name, type, true, doc(shape, type), deprecated(shape),
                JsonSchemaLimits.of(shape, type));
    }

    private static String deprecated(JsonSchemaShape shape) {
        String reason = shape.text("deprecationMessage");
        return reason.isEmpty() && shape.get("deprecated").asBoolean() ? "deprecated" : reason;
    }

    /** Of a type: what its definition says, not what is said where it is referred to. */
    private static String doc(JsonSchemaShape shape) {
        String key = shape.key();
        for (JsonSchemaPlace part : shape.parts()) {
            if (part.key().equals(key)) {
                return part.node().path("description").asText().strip();
            }
        }
        return shape.text("description");
    }

    /** Of a field, with what its type does not say. */
    private static String doc(JsonSchemaShape shape, Type type) {
        boolean isNamed = type instanceof RecordType || type instanceof Type.EnumOf
                || type instanceof Type.Union;
        String said = "";
        for (JsonSchemaPlace part : shape.parts()) {
            // What a definition says of itself stands at its type.
            if (!isNamed || part.definitionName().isEmpty()) {
                String text = part.node().path("description").asText().strip();
                if (text.isEmpty() && !isNamed) {
                    text = part.node().path("title").asText().strip();
                }
                said = said.isEmpty() ? text : said;
            }
        }
        var doc = new StringBuilder(said);
        JsonNode fixed = shape.get("const");
        JsonNode listed = shape.get("enum");
        String format = shape.text("format");
        if (!fixed.isMissingNode()) {
            add(doc, "Always", fixed);
        } else if (listed.isArray() && !isNamed) {
            add(doc, "One of", listed);
        }
        if (!format.isEmpty() && !JsonSchemaScalars.isMapped(format)) {
            add(doc, "Format", com.fasterxml.jackson.databind.node.TextNode.valueOf(format));
        }
        if (!shape.get("default").isMissingNode()) {
            add(doc, "Default", shape.get("default"));
        }
        return doc.toString();
    }

    private static void add(StringBuilder doc, String what, JsonNode value) {
        String text = value.toString();
        if (text.length() <= MAX_WORDS) {
            doc.append(doc.isEmpty() ? "" : doc.toString().endsWith(".") ? " " : ". ").append(what)
                    .append(": ").append(text).append('.');
        }
    }

    /** By the one schema that says what it is, else by the one in front; by title, else by definition, else by place. */
    private String named(JsonSchemaShape shape, String path) {
        String key = shape.key();
        var candidates = new ArrayList<String>();
        for (JsonSchemaPlace part : shape.parts()) {
            if (part.key().equals(key)) {
                candidates.add(part.node().path("title").asText());
                candidates.add(part.definitionName());
            }
        }
        JsonSchemaPlace front = shape.parts().getFirst();
        candidates.add(front.node().path("title").asText());
        candidates.add(front.definitionName());
        for (String candidate : candidates) {
            if (isName(candidate)) {
                return unique(candidate, path);
            }
        }
        return unique(path);
    }

    private static boolean isName(String title) {
        if (title.isEmpty() || title.length() > 100 || !Character.isLetter(title.charAt(0))) {
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

    private String unique(String simple, String path) {
        if (names.add(simple)) {
            return simple;
        }
        int dot = path.lastIndexOf('.');
        return unique(dot < 0 ? simple : path.substring(0, dot) + "." + simple);
    }

    private String unique(String name) {
        String unique = name;
        for (int i = 2; !names.add(unique); i++) {
            unique = name + "_" + i;
        }
        return unique;
    }

    // Objects and arrays

    private Type object(JsonSchemaShape shape, String key, String name, int depth)
            throws SchemaProblem {
        var properties = shape.properties();
        List<JsonSchemaPlace> extra = shape.all("additionalProperties");
        if (!properties.isEmpty()) {
            if (!this.extra && !extra.isEmpty() && !extra.getFirst().node().isEmpty()) {
                notes.add(extra.getFirst(),
                        "members beyond the declared properties are not shown: the contract's"
                                + " 'schema.extra' shows them");
            }
            if (!this.extra && shape.has("patternProperties")) {
                notes.add(at(shape, "patternProperties"),
                        "members beyond the declared properties are not shown: the contract's"
                                + " 'schema.extra' shows them");
            }
            return define(shape, key, name, properties, depth, "", Set.of());
        }
        if (shape.get("patternProperties").size() > 0) {
            return patterned(shape, name, depth);
        }
        if (!extra.isEmpty() && !extra.getFirst().node().isEmpty()) {
            return new Type.MapOf(type(extra, name, depth + 1), true);
        }
        JsonNode rest = shape.get("additionalProperties");
        if (rest.isBoolean() && !rest.asBoolean()) {
            return define(shape, key, name, Map.of(), depth, "", Set.of());
        }
        // Whoever says what keys look like means a map.
        return shape.has("propertyNames") ? new Type.MapOf(new Type.Json(), true) : new Type.Json();
    }

    private Type patterned(JsonSchemaShape shape, String name, int depth) throws SchemaProblem {
        JsonSchemaPlace patterns = at(shape, "patternProperties");
        JsonNode rest = shape.get("additionalProperties");
        boolean isClosed = rest.isBoolean() && !rest.asBoolean();
        if (patterns.node().size() != 1 || !isClosed) {
            notes.add(patterns, isClosed
                    ? "'patternProperties' has several patterns: shown as JSON"
                    : "'patternProperties' stands without 'additionalProperties: false', so that"
                            + " other members are allowed: shown as JSON");
            return new Type.Json();
        }
        String pattern = patterns.node().fieldNames().next();
        return new Type.MapOf(type(List.of(patterns.at(pattern)), name, depth + 1),
                true);
    }

    private Type array(JsonSchemaShape shape, String name, int depth) throws SchemaProblem {
        JsonNode items = shape.get("items");
        if (shape.has("prefixItems") || items.isArray()) {
            notes.add(at(shape, shape.has("prefixItems") ? "prefixItems" : "items"),
                    "each position of the array has a type of its own: the elements are shown as JSON");
            return new Type.ListOf(new Type.Json(), true);
        }
        List<JsonSchemaPlace> all = shape.all("items");
        return all.isEmpty()
                ? new Type.ListOf(new Type.Json(), true)
                : new Type.ListOf(type(all, name, depth + 1), true);
    }
}
