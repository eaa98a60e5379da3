package io.tidegate.schema;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Protocol;
import org.apache.avro.Schema;

/**
 * Avro schemas in text: one schema, several in a JSON array, or a protocol. A name that the text does not define is looked
 * for in {@code <full name>.avsc}, then {@code <simple name>.avsc}, beside it.
 */
final class AvroSchemaText {
    private static final int MAX_FILES = 100;
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.ALLOW_COMMENTS).build();
    private static final Set<String> PRIMITIVES = Set.of("null", "boolean", "int", "long", "float",
            "double", "bytes",
            "string", "record", "error", "enum", "array", "map", "fixed");

    private final SchemaFiles files;
    private final Schema.Parser parser = new Schema.Parser();
    private final Set<String> loaded = new HashSet<>();

    private AvroSchemaText(SchemaFiles files) {
        this.files = files;
    }

    /**
     * @param payload
     *            simple or full name of the payload's type; without it the schema itself, of several the last one
     */
    static Schema parse(SourceSchema source, Optional<String> payload, SchemaFiles files)
            throws SchemaProblem {
        try {
            return new AvroSchemaText(files).read(source, payload);
        } catch (StackOverflowError e) {
            // Avro's own parser recurses without a bound.
            throw new SchemaProblem("'" + source.origin() + "' nests too deep for an Avro schema");
        }
    }

    /** A schema as the registry holds it: all of it is the payload's, an array is a union. */
    static Schema parseWriter(SourceSchema source) throws SchemaProblem {
        try {
            SchemaFiles none = path -> {
                throw new IOException("the registry's schemas stand alone");
            };
            return new AvroSchemaText(none).parse(source.text(), source.origin());
        } catch (StackOverflowError e) {
            // As above.
            throw new SchemaProblem("'" + source.origin() + "' nests too deep for an Avro schema");
        }
    }

    private Schema read(SourceSchema source, Optional<String> payload) throws SchemaProblem {
        JsonNode tree = tree(source.text(), source.origin());
        if (tree.isObject() && tree.has("protocol")) {
            return protocol(source, payload);
        }
        loadReferences(tree, source.origin());
        Schema schema = parse(source.text(), source.origin());
        if (payload.isPresent()) {
            var named = new LinkedHashMap<String, Schema>();
            collect(schema, named);
            return pick(named.values(), payload.get(), source.origin());
        }
        // An array of nothing but named types is a file of several schemas; any other is a union.
        boolean isSeveral = schema.getType() == Schema.Type.UNION
                && schema.getTypes().stream().allMatch(AvroSchemaText::isNamed);
        return isSeveral ? schema.getTypes().getLast() : schema;
    }

    private static JsonNode tree(String text, String origin) throws SchemaProblem {
        try {
            JsonNode tree = JSON.readTree(text.startsWith("\uFEFF") ? text.substring(1) : text);
            if (tree.isMissingNode()) {
                throw new SchemaProblem("'" + origin + "' is empty, expected an Avro schema");
            }
            return tree;
        } catch (JsonProcessingException e) {
            throw BrokenJson.problem(origin, "an Avro schema", e);
        }
    }

    private Schema parse(String text, String origin) throws SchemaProblem {
        try {
            return parser.parse(text.startsWith("\uFEFF") ? text.substring(1) : text);
        } catch (AvroRuntimeException e) {
            // A registry's text comes here unread.
            throw e.getCause() instanceof JsonProcessingException broken
                    ? BrokenJson.problem(origin, "an Avro schema", broken)
                    : new SchemaProblem(
                            "'" + origin + "' is not an Avro schema: " + e.getMessage());
        } catch (NullPointerException e) {
            // How Avro ends on a name alone that nothing defines.
            throw new SchemaProblem("'" + origin + "' is not an Avro schema: it names a type that"
                    + " nothing defines, expected its definition");
        }
    }

    private static Schema protocol(SourceSchema source, Optional<String> payload)
            throws SchemaProblem {
        List<Schema> types;
        try {
            types = new ArrayList<>(Protocol.parse(source.text()).getTypes());
        } catch (AvroRuntimeException e) {
            throw new SchemaProblem(
                    "'" + source.origin() + "' is not an Avro protocol: " + e.getMessage());
        }
        if (payload.isPresent()) {
            return pick(types, payload.get(), source.origin());
        }
        return types.stream().filter(type -> type.getType() == Schema.Type.RECORD)
                .reduce((a, b) -> b)
                .orElseThrow(() -> new SchemaProblem("the protocol '" + source.origin()
                        + "' defines no record, expected one that is the payload"));
    }

    private static Schema pick(Iterable<Schema> types, String name, String origin)
            throws SchemaProblem {
        var names = new ArrayList<String>();
        for (Schema type : types) {
            if (type.getFullName().equals(name) || type.getName().equals(name)) {
                return type;
            }
            names.add(type.getFullName());
        }
        throw new SchemaProblem(
                "'" + origin + "' has no type '" + name + "', expected one of " + names);
    }

    private static boolean isNamed(Schema schema) {
        return switch (schema.getType()) {
            case RECORD, ENUM, FIXED -> true;
            default -> false;
        };
    }

    private static void collect(Schema schema, Map<String, Schema> named) {
        switch (schema.getType()) {
            case RECORD -> {
                if (named.putIfAbsent(schema.getFullName(), schema) == null) {
                    schema.getFields().forEach(field -> collect(field.schema(), named));
                }
            }
            case ENUM, FIXED -> named.putIfAbsent(schema.getFullName(), schema);
            case ARRAY -> collect(schema.getElementType(), named);
            case MAP -> collect(schema.getValueType(), named);
            case UNION -> schema.getTypes().forEach(branch -> collect(branch, named));
            default -> {
            }
        }
    }

    private void loadReferences(JsonNode tree, String origin) throws SchemaProblem {
        var defined = new HashSet<String>();
        var used = new LinkedHashSet<String>();
        walk(tree, "", defined, used);
        used.removeAll(defined);
        for (String name : used) {
            load(name, origin);
        }
    }

    private void load(String name, String origin) throws SchemaProblem {
        if (!loaded.add(name) || parser.getTypes().containsKey(name)) {
            return;
        }
        if (loaded.size() > MAX_FILES) {
            throw new SchemaProblem(
                    "'" + origin + "' refers to more than " + MAX_FILES + " other files");
        }
        String simple = name.substring(name.lastIndexOf('.') + 1);
        String path = name + ".avsc";
        String text;
        try {
            text = files.read(path);
        } catch (IOException notByFullName) {
            path = simple + ".avsc";
            try {
                text = files.read(path);
            } catch (IOException e) {
                throw new SchemaProblem(
                        "'" + origin + "' uses the type '" + name + "', which it does not define: "
                                + "expected it in '" + name + ".avsc' or '" + path
                                + "' beside the contract, but "
                                + (e instanceof NoSuchFileException
                                        ? "there is no such file"
                                        : e.getMessage())
                                // A type of somebody's own seldom begins with a small letter.
                                + (simple.matches("[a-z].*")
                                        ? NearestName.hint(simple, new TreeSet<>(PRIMITIVES))
                                        : ""));
            }
        }
        loadReferences(tree(text, path), path);
        var unused = parse(text, path);
        if (!parser.getTypes().containsKey(name)) {
            throw new SchemaProblem("'" + path + "' does not define the type '" + name + "' that '"
                    + origin + "' uses");
        }
    }

    /** Finds the names that a schema's JSON defines and uses, each in full. */
    private static void walk(JsonNode node, String namespace, Set<String> defined,
            Set<String> used) {
        if (node.isTextual()) {
            String name = node.asText();
            if (!PRIMITIVES.contains(name)) {
                used.add(full(name, namespace));
            }
        } else if (node.isArray()) {
            node.forEach(branch -> walk(branch, namespace, defined, used));
        } else if (node.isObject()) {
            walkObject(node, namespace, defined, used);
        }
    }

    private static void walkObject(JsonNode node, String namespace, Set<String> defined,
            Set<String> used) {
        JsonNode type = node.path("type");
        switch (type.isTextual() ? type.asText() : "") {
            case "record", "error", "enum", "fixed" -> {
                String space = node.path("namespace").isTextual()
                        ? node.get("namespace").asText()
                        : namespace;
                String name = full(node.path("name").asText(), space);
                defined.add(name);
                String inner = name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : "";
                node.path("fields")
                        .forEach(field -> walk(field.path("type"), inner, defined, used));
            }
            case "array" -> walk(node.path("items"), namespace, defined, used);
            case "map" -> walk(node.path("values"), namespace, defined, used);
            default -> walk(type, namespace, defined, used);
        }
    }

    private static String full(String name, String namespace) {
        return name.contains(".") || namespace.isEmpty() ? name : namespace + "." + name;
    }
}
