package io.tidegate.gateway.shape;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidegate.contract.ContractReader;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.problem.Problem;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.Type;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** Random products, each a schema's text and a contract, read as any other. */
public final class RandomSchemas {
    /** Callers of these scopes see the product unmasked, then each under masks of its own. */
    public static final List<String> SCOPES = List.of("all", "some", "few");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path GOLDEN = Path.of("../schema-mapping/src/test/resources/golden");
    private static final List<Path> CONSTRUCTS = constructs();
    private static final int DEPTH = 3;
    private static final int TRIES = 50;
    private static final List<String> AVRO_NAMES = List.of("id", "name", "value", "key", "cursor",
            "op", "and", "or", "not", "_empty", "__typename", "__x", "a_b", "aB", "A_b", "_", "in",
            "type", "null_", "Query", "x1", "entry", "UNRECOGNIZED");
    private static final List<String> JSON_NAMES = List.of("id", "name", "a b", "a-b", "a_b", "+1",
            "-1", "1st", "été", "$schema", "key", "value", "__typename", "é", "and", "not",
            "\uD83D\uDE00", "first.last", "x\"y", "op", "true", "_extra", "@id");
    private static final List<String> SYMBOLS = List.of("A", "B", "true", "false", "null", "a_b",
            "__A", "UNRECOGNIZED", "NEW", "new", "_");

    private final Random random;
    private final StringBuilder definitions = new StringBuilder();
    private final List<String> named = new ArrayList<>();
    private int count;

    /**
     * @param text
     *            of the schema
     * @param contract
     *            of the product
     * @param masks
     *            by scope
     */
    public record Made(String text, String contract, ProductSchema schema,
            Map<String, Map<String, Mask>> masks) {
    }

    private RandomSchemas(Random random) {
        this.random = random;
    }

    /** The next product; texts that turn out to be no schema are made anew. */
    public static Made next(Random random) {
        for (int i = 0; i < TRIES; i++) {
            var made = !CONSTRUCTS.isEmpty() && random.nextInt(4) == 0
                    ? of(CONSTRUCTS.get(random.nextInt(CONSTRUCTS.size())), random)
                    : new RandomSchemas(random).make();
            if (made.isPresent()) {
                return made.get();
            }
        }
        throw new AssertionError(TRIES + " random schemas were no schemas");
    }

    /** The schemas that show every construct of the languages, if they are here; in the order of their names. */
    private static List<Path> constructs() {
        if (!Files.isDirectory(GOLDEN)) {
            return List.of();
        }
        try (var walk = Files.walk(GOLDEN, 3)) {
            return walk.filter(file -> file.getFileName().toString().startsWith("schema."))
                    .filter(file -> !Files.exists(file.resolveSibling("contract.yaml")))
                    .sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<Made> of(Path file, Random random) {
        try {
            var folder = file.getParent().getFileName().toString();
            return of(SchemaLanguage.valueOf(folder.toUpperCase(Locale.ROOT)),
                    Files.readString(file), random);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Optional<Made> make() {
        var language = SchemaLanguage.values()[random.nextInt(SchemaLanguage.values().length)];
        var text = switch (language) {
            case AVRO -> avroRecord("Row", 0);
            case JSON -> jsonRoot();
            case PROTOBUF -> protobuf();
        };
        return of(language, text, random);
    }

    /** A product of this schema, with a random key and random masks; empty if the text is no schema. */
    public static Optional<Made> of(SchemaLanguage language, String text, Random random) {
        var plain = resolve(text, contract(language, List.of(), Map.of()));
        if (plain.isEmpty()) {
            return Optional.empty();
        }
        var row = plain.get().rowType();
        var paths = new LinkedHashSet<String>();
        paths(row, "", 0, paths);
        var keys = paths.stream().filter(path -> isKey(row, path)).toList();
        var key = new LinkedHashSet<String>();
        for (int i = random.nextInt(3); i > 0 && !keys.isEmpty(); i--) {
            key.add(keys.get(random.nextInt(keys.size())));
        }
        var masks = new LinkedHashMap<String, Map<String, Mask>>();
        masks.put("all", Map.of());
        masks.put("some", masks(row, paths, 6, random));
        masks.put("few", masks(row, paths, 2, random));
        var contract = contract(language, List.copyOf(key), masks);
        return resolve(text, contract).map(schema -> new Made(text, contract, schema, masks));
    }

    private static boolean isKey(RecordType row, String path) {
        return FieldPath.resolve(row, path).filter(found -> found.type() instanceof Type.Scalar
                || found.type() instanceof Type.EnumOf).isPresent();
    }

    private static Optional<ProductSchema> resolve(String text, String contract) {
        var read = ContractReader.read("contract.yaml", contract);
        if (read.product().isEmpty()) {
            throw new AssertionError(read.problems() + "\n" + contract);
        }
        var resolution = ProductSchemas.resolve(read.product().get(), path -> text,
                RegistryLookup.none(), WriterSchemas.none());
        return resolution.problems().stream().anyMatch(Problem::isError)
                ? Optional.empty()
                : resolution.schema();
    }

    private static String contract(SchemaLanguage language, List<String> key,
            Map<String, Map<String, Mask>> masks) {
        var access = new StringBuilder();
        masks.forEach((scope, masked) -> {
            access.append("\n  - {scope: ").append(scope);
            if (!masked.isEmpty()) {
                var entries = new ArrayList<String>();
                masked.forEach((path, mask) -> entries
                        .add(quoted(path) + ": " + mask.name().toLowerCase(Locale.ROOT)));
                access.append(", mask: {").append(String.join(", ", entries)).append("}");
            }
            access.append("}");
        });
        return """
                domain: oracle
                product: rows
                version: "1.0"
                owner: owner@example.com
                schema: {type: %s, file: schema}
                stream: {topics: [t], key: [%s]}
                view: none
                """.formatted(language.name().toLowerCase(Locale.ROOT),
                String.join(", ", key.stream().map(RandomSchemas::quoted).toList()))
                + (access.isEmpty() ? "" : "access:" + access + "\n");
    }

    static String quoted(String text) {
        try {
            return JSON.writeValueAsString(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    /** The paths of a type's fields; lists, maps and unions are passed through. */
    public static void paths(Type type, String prefix, int depth, Set<String> paths) {
        if (depth > 5 || paths.size() > 60) {
            return;
        }
        switch (type) {
            case RecordType record -> record.fields().forEach(field -> {
                paths.add(prefix + field.name());
                paths(field.type(), prefix + field.name() + ".", depth + 1, paths);
            });
            case Type.ListOf list -> paths(list.element(), prefix, depth, paths);
            case Type.MapOf map -> paths(map.value(), prefix, depth, paths);
            case Type.Union union ->
                union.members().forEach(member -> paths(member, prefix, depth, paths));
            default -> {
            }
        }
    }

    /** Masks that fit their fields. */
    public static Map<String, Mask> masks(RecordType row, Set<String> paths, int most,
            Random random) {
        var all = List.copyOf(paths);
        var masks = new TreeMap<String, Mask>();
        for (int i = random.nextInt(most + 1); i > 0 && !all.isEmpty(); i--) {
            var path = all.get(random.nextInt(all.size()));
            var fitting = new ArrayList<Mask>();
            for (var mask : Mask.values()) {
                if (!path.isBlank() && !FieldPath.ends(row, path).isEmpty()
                        && FieldPath.ends(row, path).stream().allMatch(mask::fits)) {
                    fitting.add(mask);
                }
            }
            if (!fitting.isEmpty()) {
                masks.put(path, fitting.get(random.nextInt(fitting.size())));
            }
        }
        return masks;
    }

    @SafeVarargs
    private <T> T pick(T... values) {
        return values[random.nextInt(values.length)];
    }

    private List<String> some(List<String> pool, int most) {
        var picked = new LinkedHashSet<String>();
        for (int i = 1 + random.nextInt(most); i > 0; i--) {
            picked.add(random.nextInt(3) == 0
                    ? pool.get(random.nextInt(pool.size()))
                    : "f" + random.nextInt(20));
        }
        return List.copyOf(picked);
    }

    // ---- Avro ----

    private String avroRecord(String name, int depth) {
        var fields = new ArrayList<String>();
        // Named only when complete: a record that leads back to itself is an option below.
        for (var field : some(AVRO_NAMES, 7)) {
            boolean isBack = depth > 0 && random.nextInt(15) == 0;
            fields.add("{\"name\":\"" + field + "\",\"type\":"
                    + (isBack
                            ? pick("[\"null\",\"" + name + "\"]",
                                    "{\"type\":\"array\",\"items\":\"" + name + "\"}")
                            : avro(depth + 1))
                    + "}");
        }
        return "{\"type\":\"record\",\"name\":\"" + name + "\",\"fields\":["
                + String.join(",", fields) + "]}";
    }

    /** Two names in three spaces, so that simple names meet; a name is used once. */
    private String avroName() {
        count++;
        return pick("a.", "b.", "") + pick("T", "Item") + count / 2 + (count % 2 == 0 ? "" : "_");
    }

    private String avro(int depth) {
        int kind = random.nextInt(depth > DEPTH ? 14 : 22);
        return switch (kind) {
            case 0, 1 -> pick("\"string\"", "\"string\"", "\"bytes\"");
            case 2 -> pick("\"int\"", "\"long\"", "\"boolean\"");
            case 3 -> pick("\"float\"", "\"double\"");
            case 4 -> logical("long", pick("timestamp-millis", "timestamp-micros",
                    "timestamp-nanos", "local-timestamp-millis", "local-timestamp-micros"));
            case 5 -> pick(logical("int", "date"), logical("int", "time-millis"),
                    logical("long", "time-micros"), logical("string", "uuid"));
            case 6 -> "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":"
                    + (9 + random.nextInt(20)) + ",\"scale\":" + random.nextInt(9) + "}";
            case 7 -> named("{\"type\":\"fixed\",\"name\":\"%s\",\"size\":"
                    + pick("4", "12,\"logicalType\":\"duration\"") + "}");
            case 8 -> named("{\"type\":\"enum\",\"name\":\"%s\",\"symbols\":["
                    + String.join(",", some(SYMBOLS, 4).stream().map(RandomSchemas::quoted)
                            .toList())
                    + "]}");
            case 9, 10 -> nullable("\"string\"");
            case 11 -> nullable(pick("\"int\"", "\"double\"", logical("int", "date")));
            case 12 -> named.isEmpty()
                    ? "\"string\""
                    : quoted(named.get(random.nextInt(
                            named.size())));
            case 13 -> "[\"long\",\"string\"]";
            case 14 -> "{\"type\":\"array\",\"items\":" + avro(depth + 1) + "}";
            case 15 -> "{\"type\":\"map\",\"values\":" + avro(depth + 1) + "}";
            case 16 -> nullable(avroNamedRecord(depth));
            case 17, 18 -> avroNamedRecord(depth);
            case 19 -> "[" + avroNamedRecord(depth) + "," + avroNamedRecord(depth)
                    + pick("", ",\"null\"", ",\"string\"") + "]";
            case 20 -> "{\"type\":\"array\",\"items\":[" + pick("", "\"null\",")
                    + avroNamedRecord(depth) + "," + avroNamedRecord(depth) + ","
                    + avroNamedRecord(depth) + "]}";
            default -> "{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":"
                    + avro(depth + 1) + "}}";
        };
    }

    private String avroNamedRecord(int depth) {
        var name = avroName();
        var text = avroRecord(name, depth + 1);
        named.add(name);
        return text;
    }

    private String named(String form) {
        var name = avroName();
        named.add(name);
        return form.formatted(name);
    }

    private String nullable(String type) {
        return random.nextInt(4) == 0 ? "[" + type + ",\"null\"]" : "[\"null\"," + type + "]";
    }

    private static String logical(String type, String logical) {
        return "{\"type\":\"" + type + "\",\"logicalType\":\"" + logical + "\"}";
    }

    // ---- JSON Schema ----

    private String jsonRoot() {
        var root = jsonObject(0);
        return root.substring(0, root.length() - 1) + ",\"$defs\":{" + definitions + "}}";
    }

    private String jsonObject(int depth) {
        var fields = new ArrayList<String>();
        var required = new ArrayList<String>();
        for (var field : some(JSON_NAMES, 6)) {
            if (random.nextBoolean()) {
                required.add(quoted(field));
            }
            fields.add(quoted(field) + ":" + json(depth + 1));
        }
        return "{\"title\":\"" + pick("T", "Item", "a thing") + ++count
                + "\",\"type\":\"object\",\"properties\":{" + String.join(",", fields)
                + "},\"required\":[" + String.join(",", required) + "]}";
    }

    private String json(int depth) {
        return switch (random.nextInt(depth > DEPTH ? 9 : 16)) {
            case 0, 1 -> "{\"type\":\"string\"}";
            case 2 -> "{\"type\":\"string\",\"format\":\"" + pick("date", "date-time", "time",
                    "uuid", "duration", "email") + "\"}";
            case 3 -> "{\"type\":\"integer\"" + pick("", ",\"minimum\":0,\"maximum\":99",
                    ",\"minimum\":0,\"maximum\":4294967295", ",\"minimum\":0") + "}";
            case 4 -> pick("{\"type\":\"number\"}", "{\"type\":\"boolean\"}");
            case 5 -> "{\"enum\":[" + String.join(",",
                    some(List.of("a b", "1-2", "true", "x", "X", ""), 4).stream()
                            .map(RandomSchemas::quoted).toList())
                    + "]}";
            case 6 -> "{\"type\":[\"" + pick("string", "integer", "boolean") + "\",\"null\"]}";
            case 7 -> pick("{}", "true", "{\"type\":\"object\"}", "{\"const\":\"c\"}");
            case 8 -> jsonReference();
            case 9 -> "{\"type\":\"array\",\"items\":" + json(depth + 1) + "}";
            case 10 -> "{\"type\":\"object\",\"additionalProperties\":" + json(depth + 1) + "}";
            case 11, 12 -> jsonObject(depth);
            case 13 -> "{\"oneOf\":[" + jsonObject(depth) + "," + jsonObject(depth)
                    + pick("", ",{\"type\":\"null\"}", ",{\"type\":\"string\"}") + "]}";
            case 14 -> "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"number\"}]}";
            default -> "{\"type\":\"array\",\"items\":{\"type\":\"array\",\"items\":"
                    + json(depth + 1) + "}}";
        };
    }

    private String jsonReference() {
        if (random.nextInt(4) == 0) {
            return "{\"$ref\":\"#\"}";
        }
        if (named.isEmpty() || random.nextInt(3) == 0) {
            var name = "d" + ++count;
            var text = jsonObject(DEPTH);
            definitions.append(definitions.isEmpty() ? "" : ",").append(quoted(name)).append(':')
                    .append(text);
            named.add(name);
        }
        return "{\"$ref\":\"#/$defs/" + named.get(random.nextInt(named.size())) + "\"}";
    }

    // ---- Protobuf ----

    private String protobuf() {
        return """
                syntax = "proto3";
                package oracle;
                import "google/protobuf/timestamp.proto";
                import "google/protobuf/duration.proto";
                import "google/protobuf/struct.proto";
                import "google/protobuf/wrappers.proto";
                """ + message("Row", 0)
                + "enum Color { COLOR_UNKNOWN = 0; RED = 1; null = 2; UNRECOGNIZED = 3; }\n";
    }

    private String message(String name, int depth) {
        var out = new StringBuilder("message " + name + " {\n");
        int number = 1;
        for (var field : some(List.of("id", "value", "key", "a_b", "op", "type", "and", "_x"), 6)) {
            if (random.nextInt(8) == 0) {
                out.append("oneof choice_").append(field).append(" {");
                for (var each : List.of("string", "Color", "int64")) {
                    out.append(each).append(' ').append(field).append('_').append(number)
                            .append(" = ").append(number++).append(";");
                }
                out.append("}\n");
                continue;
            }
            var type = proto(depth, out, field);
            out.append(switch (random.nextInt(6)) {
                case 0 -> "optional " + type;
                case 1 -> "repeated " + type;
                case 2 -> "map<" + pick("string", "int32", "bool") + ", " + type + ">";
                default -> type;
            }).append(' ').append(field).append(" = ").append(number++).append(";\n");
        }
        return out.append("}\n").toString();
    }

    private String proto(int depth, StringBuilder out, String field) {
        return switch (random.nextInt(depth > DEPTH ? 8 : 11)) {
            case 0, 1 -> "string";
            case 2 -> pick("int32", "sint64", "uint64", "fixed32", "uint32", "sfixed64");
            case 3 -> pick("float", "double", "bool", "bytes");
            case 4 -> "google.protobuf." + pick("Timestamp", "Duration", "Struct", "Value");
            case 5 -> "google.protobuf." + pick("StringValue", "Int64Value", "DoubleValue",
                    "BytesValue", "UInt32Value");
            case 6 -> "Color";
            case 7 -> "Row";
            default -> {
                var name = "M" + ++count;
                out.append(message(name, depth + 1));
                yield name;
            }
        };
    }
}
