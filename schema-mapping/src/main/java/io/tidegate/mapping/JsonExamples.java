package io.tidegate.mapping;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Type;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Base64;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Made-up values that look like a product's rows: the same type gives the same value. */
final class JsonExamples {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final LocalDateTime TIME = LocalDateTime.of(2025, 3, 14, 9, 26, 53);
    private static final int DEPTH_MAX = 8;

    private final Set<RecordType> open = new HashSet<>();

    private JsonExamples() {
    }

    static JsonNode of(Type type, Map<String, Mask> masks) {
        return new JsonExamples().value(type, "", Map.copyOf(masks));
    }

    private JsonNode value(Type type, String name, Map<String, Mask> masks) {
        return switch (type) {
            case Type.Scalar scalar -> scalar(scalar, name.toLowerCase(Locale.ROOT));
            case Type.EnumOf of -> NODES.textNode(of.symbols().getFirst());
            case Type.Json json -> NODES.objectNode().put("any", "value");
            case RecordType record ->
                isClosed(record) ? NODES.objectNode() : object(record, masks);
            case Type.Union union ->
                union.members().stream().filter(member -> !isClosed(member)).findFirst()
                        .map(member -> object(member, masks)).orElseGet(NODES::objectNode);
            case Type.ListOf list -> isClosed(list.element())
                    ? NODES.arrayNode()
                    : NODES.arrayNode().add(value(list.element(), name, masks));
            case Type.MapOf map -> isClosed(map.value())
                    ? NODES.objectNode()
                    : NODES.objectNode().set("key", value(map.value(), name, masks));
        };
    }

    private ObjectNode object(RecordType record, Map<String, Mask> masks) {
        boolean entered = open.add(record);
        var object = NODES.objectNode();
        for (Field field : record.fields()) {
            var mask = masks.get(field.name());
            if (mask != Mask.HIDE) {
                var value = isClosed(field.type()) && field.nullable()
                        ? NODES.nullNode()
                        : value(field.type(), field.name(),
                                JsonSchemas.below(masks, field.name()));
                object.set(field.name(),
                        mask == null ? value : MaskedValues.example(mask, field.type(), value));
            }
        }
        if (entered) {
            open.remove(record);
        }
        return object;
    }

    /** Whether the value would hold a record that is being written already, or nests too deep to read. */
    private boolean isClosed(Type type) {
        return switch (type) {
            case RecordType record -> open.contains(record) || open.size() >= DEPTH_MAX;
            case Type.Union union -> union.members().stream().allMatch(this::isClosed);
            case Type.ListOf list -> isClosed(list.element());
            case Type.MapOf map -> isClosed(map.value());
            case Type.Scalar scalar -> false;
            case Type.EnumOf of -> false;
            case Type.Json json -> false;
        };
    }

    private static JsonNode scalar(Type.Scalar scalar, String name) {
        return switch (scalar.kind()) {
            case BOOLEAN -> NODES.booleanNode(true);
            case INT32 -> NODES.numberNode(42);
            case UINT32 -> NODES.numberNode(42L);
            case INT64, UINT64 -> NODES.textNode("1001");
            case FLOAT32, FLOAT64 -> NODES.numberNode(12.5);
            case DECIMAL -> NODES.textNode(decimal(scalar.precision(), scalar.scale()));
            case STRING -> NODES.textNode(text(name));
            case BYTES -> NODES.textNode(bytes(scalar.precision()));
            case UUID -> NODES.textNode("6f0c2c51-88a5-4a0e-8a1c-6f4a8d2f3b11");
            case DATE -> NODES.textNode(TIME.toLocalDate().toString());
            case TIME ->
                NODES.textNode(ScalarTypes.localTime(LocalTime.from(TIME), scalar.precision()));
            case TIMESTAMP -> NODES.textNode(ScalarTypes.instant(
                    Instant.from(TIME.atOffset(java.time.ZoneOffset.UTC)), scalar.precision()));
            case LOCAL_TIMESTAMP ->
                NODES.textNode(ScalarTypes.localDateTime(TIME, scalar.precision()));
            case DURATION -> NODES.textNode("PT1H30M");
        };
    }

    /** 0, 1, 2…, as many as the type demands. */
    private static String bytes(int length) {
        var bytes = new byte[length == 0 ? 3 : Math.min(length, 1024)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) i;
        }
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static String decimal(int precision, int scale) {
        int fraction = scale < 0 ? 2 : Math.min(scale, 30);
        boolean hasWhole = precision == 0 || precision > fraction;
        return (hasWhole ? "1" : "0") + (fraction == 0 ? "" : "." + "0".repeat(fraction - 1) + "5");
    }

    private static String text(String name) {
        if (name.contains("mail")) {
            return "someone@example.com";
        }
        if (name.contains("currency")) {
            return "EUR";
        }
        if (name.contains("country")) {
            return "NL";
        }
        if (name.contains("url") || name.contains("uri")) {
            return "https://example.com/";
        }
        return name.equals("id") || name.endsWith("_id") ? "A-1001" : "text";
    }
}
