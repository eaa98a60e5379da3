package io.tidegate.schema;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.Set;

/** The JSON Schema that a record type means, where a contract has fields and no schema. */
final class JsonSchemaSynthesis {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final BigInteger UINT64_MAX = BigInteger.ONE.shiftLeft(64)
            .subtract(BigInteger.ONE);

    private final ObjectNode root = JSON.createObjectNode();
    private final ObjectNode definitions = JSON.createObjectNode();
    private final Set<String> defined = new HashSet<>();

    private final RecordType rootType;

    private JsonSchemaSynthesis(RecordType rootType) {
        this.rootType = rootType;
    }

    /** Draft-07, which every registry and validator reads. */
    static String schema(RecordType type) {
        var synthesis = new JsonSchemaSynthesis(type);
        synthesis.root.put("$schema", "http://json-schema.org/draft-07/schema#");
        synthesis.fill(synthesis.root, type);
        if (!synthesis.definitions.isEmpty()) {
            synthesis.root.set("definitions", synthesis.definitions);
        }
        return synthesis.root.toString();
    }

    private void fill(ObjectNode schema, RecordType type) {
        schema.put("title", type.simpleName()).put("type", "object");
        if (!type.doc().isEmpty()) {
            schema.put("description", type.doc());
        }
        ObjectNode properties = schema.putObject("properties");
        var required = JSON.createArrayNode();
        for (Field field : type.fields()) {
            ObjectNode property = schema(field.type(), field.nullable());
            if (!field.doc().isEmpty() && !property.has("$ref")) {
                property.put("description", field.doc());
            }
            properties.set(field.name(), property);
            if (!field.nullable()) {
                required.add(field.name());
            }
        }
        if (!required.isEmpty()) {
            schema.set("required", required);
        }
    }

    private ObjectNode schema(Type type, boolean nullable) {
        ObjectNode schema = JSON.createObjectNode();
        switch (type) {
            case Type.Scalar scalar -> scalar(schema, scalar);
            case Type.EnumOf symbols -> {
                schema.put("type", "string");
                symbols.symbols().forEach(schema.putArray("enum")::add);
                if (nullable) {
                    schema.withArray("enum").addNull();
                }
            }
            case RecordType record -> schema.put("$ref", reference(record));
            case Type.ListOf list -> schema.put("type", "array").set("items",
                    schema(list.element(), list.elementNullable()));
            case Type.MapOf map -> schema.put("type", "object").set("additionalProperties",
                    schema(map.value(), map.valueNullable()));
            case Type.Union union -> {
                var members = schema.putArray("oneOf");
                union.members()
                        .forEach(member -> members.addObject().put("$ref", reference(member)));
                if (nullable) {
                    members.addObject().put("type", "null");
                }
            }
            case Type.Json ignored -> {
                // Anything.
            }
        }
        if (!nullable) {
            return schema;
        }
        if (schema.has("$ref")) {
            ObjectNode either = JSON.createObjectNode();
            either.putArray("oneOf").add(schema).addObject().put("type", "null");
            return either;
        }
        if (schema.path("type").isTextual()) {
            String kind = schema.get("type").asText();
            schema.putArray("type").add(kind).add("null");
        }
        return schema;
    }

    private String reference(RecordType type) {
        if (type == rootType) {
            return "#";
        }
        if (defined.add(type.name())) {
            fill(definitions.putObject(type.name()), type);
        }
        return "#/definitions/" + type.name().replace("~", "~0").replace("/", "~1");
    }

    private static void scalar(ObjectNode schema, Type.Scalar type) {
        switch (type.kind()) {
            case BOOLEAN -> schema.put("type", "boolean");
            case INT32 -> schema.put("type", "integer").put("format", "int32");
            case UINT32 ->
                schema.put("type", "integer").put("minimum", 0).put("maximum", 0xffff_ffffL);
            case INT64 -> schema.put("type", "integer").put("format", "int64");
            case UINT64 ->
                schema.put("type", "integer").put("minimum", 0).put("maximum", UINT64_MAX);
            case FLOAT32 -> schema.put("type", "number").put("format", "float");
            case FLOAT64 -> schema.put("type", "number");
            case DECIMAL -> schema.put("type", "string").put("format", "decimal");
            case STRING -> schema.put("type", "string");
            case BYTES -> schema.put("type", "string").put("contentEncoding", "base64");
            case UUID -> schema.put("type", "string").put("format", "uuid");
            case DATE -> schema.put("type", "string").put("format", "date");
            case TIME -> schema.put("type", "string").put("format", "time");
            case TIMESTAMP -> schema.put("type", "string").put("format", "date-time");
            case LOCAL_TIMESTAMP -> schema.put("type", "string").put("format", "local-date-time");
            case DURATION -> schema.put("type", "string").put("format", "duration");
        }
    }
}
