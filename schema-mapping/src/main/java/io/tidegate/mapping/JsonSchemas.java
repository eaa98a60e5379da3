package io.tidegate.mapping;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Type;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The JSON that partners get on plain streams, described as JSON Schema draft-07: original names, 64-bit integers and
 * decimals as strings, what may be absent as {@code [type, "null"]}. What is masked is described as the mask shows it.
 */
public final class JsonSchemas {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String WHOLE_NUMBER = "^-?\\d+$";

    private final ObjectNode definitions;
    private final String refBase;
    private final String namePrefix;
    private final Names names;
    private final Map<Shape, String> references = new HashMap<>();

    /** A record with some of its fields masked; paths are relative to it. */
    private record Shape(RecordType record, Map<String, Mask> masks) {
    }

    private JsonSchemas(ObjectNode definitions, String refBase, String namePrefix) {
        this.definitions = definitions;
        this.refBase = refBase;
        this.namePrefix = namePrefix;
        var taken = new HashSet<String>();
        definitions.fieldNames().forEachRemaining(taken::add);
        this.names = new Names(taken);
    }

    /**
     * A document of its own; records inside are {@code definitions}.
     *
     * @param hidden
     *            paths of fields that are not there; names joined by dots, lists, maps and unions are passed through
     */
    public static ObjectNode of(RecordType type, Set<String> hidden) {
        return of(type, hiding(hidden));
    }

    /**
     * A document of its own; records inside are {@code definitions}.
     *
     * @param masks
     *            by the path of the field; names joined by dots, lists, maps and unions are passed through. What is
     *            {@code HIDE} is not there
     */
    public static ObjectNode of(RecordType type, Map<String, Mask> masks) {
        var definitions = NODES.objectNode();
        var schemas = new JsonSchemas(definitions, "#/definitions/", "");
        schemas.references.put(new Shape(type, Map.copyOf(masks)), "#");
        var root = schemas.object(type, Map.copyOf(masks));
        var document = NODES.objectNode().put("$schema", "http://json-schema.org/draft-07/schema#");
        document.setAll(root);
        if (!definitions.isEmpty()) {
            document.set("definitions", definitions);
        }
        return document;
    }

    /**
     * A part of a larger document that keeps its schemas in one place.
     *
     * @param definitions
     *            where the schemas of records are added
     * @param refBase
     *            address of that place: {@code #/components/schemas/}
     * @param namePrefix
     *            of the names in that place
     * @param masks
     *            by the path of the field
     * @return a reference to the type's schema
     */
    public static ObjectNode within(ObjectNode definitions, String refBase, String namePrefix,
            RecordType type, Map<String, Mask> masks) {
        return new JsonSchemas(definitions, refBase, namePrefix).reference(type,
                Map.copyOf(masks));
    }

    private static Map<String, Mask> hiding(Set<String> paths) {
        var masks = new TreeMap<String, Mask>();
        paths.forEach(path -> masks.put(path, Mask.HIDE));
        return masks;
    }

    /** The schema of a single value or of an enum. */
    public static ObjectNode scalar(Type type, boolean nullable) {
        var schema = switch (type) {
            case Type.Scalar scalar -> scalar(scalar);
            case Type.EnumOf of -> enumeration(of);
            case Type.ListOf list -> throw notScalar(type);
            case Type.MapOf map -> throw notScalar(type);
            case Type.Union union -> throw notScalar(type);
            case Type.Json json -> NODES.objectNode();
            case RecordType record -> throw notScalar(type);
        };
        return nullable ? orNull(schema) : schema;
    }

    /** The schema of a single value or of an enum that is shown by a mask other than {@code HIDE}. */
    public static ObjectNode scalar(Type type, boolean nullable, Mask mask) {
        return MaskedValues.schema(mask, type, nullable).orElseGet(() -> scalar(type, nullable));
    }

    private static IllegalArgumentException notScalar(Type type) {
        return new IllegalArgumentException("'" + type + "' is not a single value");
    }

    private ObjectNode reference(RecordType record, Map<String, Mask> masks) {
        var shape = new Shape(record, masks);
        var reference = references.get(shape);
        if (reference == null) {
            var name = names.claim(namePrefix + record.name().replaceAll("[^A-Za-z0-9._-]", "_"));
            reference = refBase + name;
            references.put(shape, reference);
            definitions.putObject(name); // Keeps the order in which records are met.
            definitions.set(name, object(record, masks));
        }
        return NODES.objectNode().put("$ref", reference);
    }

    private ObjectNode object(RecordType record, Map<String, Mask> masks) {
        var schema = NODES.objectNode().put("type", "object");
        var doc = Descriptions.of(record.doc());
        if (doc != null) {
            schema.put("description", doc);
        }
        var properties = schema.putObject("properties");
        var required = NODES.arrayNode();
        for (var field : record.fields()) {
            var mask = masks.get(field.name());
            if (mask != Mask.HIDE) {
                properties.set(field.name(), property(field, mask, below(masks, field.name())));
                if (!field.nullable() && (mask == null || mask.keeps(field.type()))) {
                    required.add(field.name());
                }
            }
        }
        if (!required.isEmpty()) {
            schema.set("required", required);
        }
        return schema;
    }

    private ObjectNode property(Field field, @Nullable Mask mask, Map<String, Mask> inside) {
        var masked = mask == null
                ? Optional.<ObjectNode>empty()
                : MaskedValues.schema(mask, field.type(), field.nullable());
        var schema = masked.orElseGet(() -> value(field.type(), field.nullable(), inside));
        var doc = Descriptions.of(field.doc());
        var deprecated = Descriptions.of(field.deprecated());
        if ((doc != null || deprecated != null) && schema.has("$ref")) {
            // Draft-07 ignores what stands beside a $ref.
            var reference = schema;
            schema = NODES.objectNode();
            schema.putArray("allOf").add(reference);
        }
        // The limits are those of the value, not of what a mask makes of it.
        if (!field.limits().isEmpty() && masked.isEmpty()) {
            // Not the keywords themselves: values are not held to them, and the schema has to accept what is sent.
            schema.set("x-limits", limits(field));
        }
        if (deprecated != null) {
            schema.put("deprecated", true);
            doc = (doc == null ? "" : doc + " ") + "Deprecated: " + deprecated;
        }
        return doc == null ? schema : schema.put("description", doc);
    }

    private static JsonNode limits(Field field) {
        try {
            return JSON.readTree(field.limits());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the limits of '" + field.name() + "' are no JSON", e);
        }
    }

    private ObjectNode value(Type type, boolean nullable, Map<String, Mask> masks) {
        var schema = switch (type) {
            case Type.Scalar scalar -> scalar(scalar);
            case Type.EnumOf of -> enumeration(of);
            case Type.Json json -> NODES.objectNode();
            case RecordType record -> reference(record, masks);
            case Type.ListOf list -> {
                var array = NODES.objectNode().put("type", "array");
                array.set("items", value(list.element(), list.elementNullable(), masks));
                yield array;
            }
            case Type.MapOf map -> {
                var object = NODES.objectNode().put("type", "object");
                object.set("additionalProperties", value(map.value(), map.valueNullable(), masks));
                yield object;
            }
            case Type.Union union -> {
                // Not oneOf: two members may well accept the same object, which oneOf would refuse.
                var any = NODES.objectNode();
                var members = any.putArray("anyOf");
                union.members().forEach(member -> members.add(reference(member, masks)));
                yield any;
            }
        };
        return nullable ? orNull(schema) : schema;
    }

    static ObjectNode orNull(ObjectNode schema) {
        if (schema.path("type").isTextual()) {
            var type = schema.get("type").textValue();
            schema.putArray("type").add(type).add("null");
            if (schema.has("enum")) {
                schema.withArray("enum").addNull();
            }
            return schema;
        }
        if (schema.has("anyOf")) {
            schema.withArray("anyOf").addObject().put("type", "null");
            return schema;
        }
        if (schema.has("$ref")) {
            var any = NODES.objectNode();
            any.putArray("anyOf").add(schema).addObject().put("type", "null");
            return any;
        }
        return schema; // Already takes null.
    }

    private static ObjectNode enumeration(Type.EnumOf of) {
        var listed = NODES.objectNode().put("type", "string");
        var symbols = listed.putArray("enum");
        of.symbols().forEach(symbols::add);
        var doc = Descriptions.of(of.doc());
        var schema = listed;
        if (of.open()) {
            schema = NODES.objectNode();
            schema.putArray("anyOf").add(listed).addObject().put("type", "string")
                    .put("pattern", WHOLE_NUMBER)
                    .put("description", "The number of a value that the schema does not list.");
        }
        return doc == null ? schema : schema.put("description", doc);
    }

    private static ObjectNode scalar(Type.Scalar scalar) {
        return switch (scalar.kind()) {
            case BOOLEAN -> NODES.objectNode().put("type", "boolean");
            case INT32 -> NODES.objectNode().put("type", "integer").put("format", "int32");
            case UINT32 -> NODES.objectNode().put("type", "integer").put("minimum", 0)
                    .put("maximum", 4_294_967_295L);
            case INT64 -> text("int64").put("pattern", WHOLE_NUMBER);
            case UINT64 -> text("uint64").put("pattern", "^\\d+$");
            case FLOAT32 -> number("float");
            case FLOAT64 -> number("double");
            case DECIMAL -> decimal(scalar);
            case STRING -> NODES.objectNode().put("type", "string");
            case BYTES -> bytes(scalar.precision());
            case UUID -> text("uuid");
            case DATE -> text("date");
            // Not `time` and `date-time`: those of RFC 3339 have an offset.
            case TIME -> text("local-time")
                    .put("pattern", "^\\d{2}:\\d{2}:\\d{2}([.]\\d{1,9})?$");
            case TIMESTAMP -> text("date-time");
            case LOCAL_TIMESTAMP -> text("local-date-time")
                    .put("pattern",
                            "^[+-]?\\d{4,}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}([.]\\d{1,9})?$");
            // Nor `duration`: that of RFC 3339 has neither fractions nor a sign.
            case DURATION -> text("iso8601-duration");
        };
    }

    private static ObjectNode bytes(int length) {
        var bytes = NODES.objectNode().put("type", "string").put("contentEncoding", "base64");
        int characters = (length + 2) / 3 * 4;
        return length == 0
                ? bytes
                : bytes.put("minLength", characters).put("maxLength", characters);
    }

    private static ObjectNode text(String format) {
        return NODES.objectNode().put("type", "string").put("format", format);
    }

    /** NaN and the infinities are null in JSON. */
    private static ObjectNode number(String format) {
        var number = NODES.objectNode();
        number.putArray("type").add("number").add("null");
        return number.put("format", format);
    }

    private static ObjectNode decimal(Type.Scalar scalar) {
        var decimal = text("decimal").put("pattern", "^-?\\d+([.]\\d+)?$");
        if (scalar.precision() > 0) {
            decimal.put("x-precision", scalar.precision());
        }
        if (scalar.scale() >= 0) {
            decimal.put("x-scale", scalar.scale());
        }
        return decimal;
    }

    static Map<String, Mask> below(Map<String, Mask> masks, String field) {
        if (masks.isEmpty()) {
            return masks;
        }
        var below = new TreeMap<String, Mask>();
        masks.forEach((path, mask) -> {
            if (path.startsWith(field + ".")) {
                below.put(path.substring(field.length() + 1), mask);
            }
        });
        return Map.copyOf(below);
    }

    /** A value that the schema of this type accepts; always the same one. */
    public static JsonNode example(Type type, Set<String> hidden) {
        return example(type, hiding(hidden));
    }

    /** A value that the schema of this type with these masks accepts; always the same one. */
    public static JsonNode example(Type type, Map<String, Mask> masks) {
        return JsonExamples.of(type, masks);
    }

    /** What a mask other than {@code HIDE} shows of an example. */
    public static JsonNode masked(Mask mask, Type type, JsonNode example) {
        return MaskedValues.example(mask, type, example);
    }
}
