package io.tidegate.importing;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tidegate.contract.DataProduct;
import io.tidegate.contract.DataProduct.SchemaSpec;
import io.tidegate.contract.ProductId;
import io.tidegate.contract.SourceFile;
import io.tidegate.problem.Located;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.SchemaFiles;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.SchemaProblem;
import io.tidegate.schema.Schemas;
import io.tidegate.schema.SourceSchema;
import io.tidegate.schema.Type;
import io.tidegate.schema.WriterSchemas;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** A bare schema: a product for each record or message that no other one of the file contains. */
final class SchemaImport {
    /** Messages of a file that are looked at; each is compiled by itself. */
    private static final int MESSAGES_MAX = 100;
    private static final Pattern BRACE = Pattern.compile(
            "\"(?:[^\"\\\\\\n]|\\\\.)*+\"|'(?:[^'\\\\\\n]|\\\\.)*+'|//[^\\n]*|/\\*(?s:.*?)\\*/"
                    + "|\\bmessage\\s+(\\w+)\\s*\\{|[{}]");
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS).build();
    private static final Set<String> JSON_TYPES = Set.of("object", "array", "string", "number",
            "integer", "boolean", "null");
    private static final Set<String> JSON_KEYWORDS = Set.of("properties", "$ref", "oneOf", "anyOf",
            "allOf", "definitions", "$defs", "enum", "const", "items", "additionalProperties");

    private final SourceFile file;
    private final SchemaLanguage language;
    private final SchemaFiles files;
    private final List<Problem> problems;
    private final Drafting drafting;

    private SchemaImport(SourceFile file, SchemaLanguage language, ImportChoices choices,
            SchemaFiles files, List<Problem> problems) {
        this.file = file;
        this.language = language;
        this.files = files;
        this.problems = problems;
        this.drafting = new Drafting(choices, problems);
    }

    static List<DataProduct> avro(SourceFile file, ImportChoices choices, SchemaFiles files,
            List<Problem> problems) {
        var names = new ArrayList<String>();
        try {
            var root = JSON.readTree(file.text());
            var namespace = root.path("namespace").asText();
            for (var type : root.isArray() ? root : root.path("types")) {
                var name = type.path("name").asText();
                if (type.path("type").asText().equals("record") && !name.isEmpty()) {
                    var own = type.path("namespace").asText(namespace);
                    names.add(name.contains(".") || own.isEmpty() ? name : own + "." + name);
                }
            }
        } catch (JsonProcessingException | StackOverflowError e) {
            // Reading the schema says it better.
            names.clear();
        }
        return new SchemaImport(file, SchemaLanguage.AVRO, choices, files, problems)
                .products(names);
    }

    static List<DataProduct> protobuf(SourceFile file, ImportChoices choices, SchemaFiles files,
            List<Problem> problems) {
        var names = new ArrayList<String>();
        int depth = 0;
        var brace = BRACE.matcher(file.text());
        while (brace.find()) {
            var found = brace.group();
            if (brace.group(1) != null) {
                if (depth++ == 0) {
                    names.add(brace.group(1));
                }
            } else if (found.equals("{")) {
                depth++;
            } else if (found.equals("}")) {
                depth--;
            }
        }
        return new SchemaImport(file, SchemaLanguage.PROTOBUF, choices, files, problems)
                .products(names);
    }

    static List<DataProduct> json(SourceFile file, ImportChoices choices, SchemaFiles files,
            List<Problem> problems) {
        JsonNode root;
        try {
            root = JSON.readTree(file.text());
        } catch (JsonProcessingException e) {
            var at = e.getLocation();
            problems.add(Problem.error(new Place(file.path(), at.getLineNr(), at.getColumnNr()),
                    "schema", "this is not JSON: "
                            + String.valueOf(e.getOriginalMessage()).lines().findFirst()
                                    .orElse("")));
            return List.of();
        } catch (StackOverflowError e) {
            problems.add(Problem.error(Place.of(file.path()), "schema",
                    "this JSON nests too deep for a schema"));
            return List.of();
        }
        if (root.path("type").asText().equals("record") && root.path("fields").isArray()) {
            return avro(file, choices, files, problems);
        }
        var type = root.path("type");
        boolean hasKeyword = type.isMissingNode() && !root.has("openapi") && !root.has("asyncapi")
                && JSON_KEYWORDS.stream().anyMatch(root::has);
        boolean hasType = type.isTextual() && JSON_TYPES.contains(type.asText());
        boolean isSchema = root.isObject()
                && (hasKeyword || hasType || root.path("$schema").asText().contains("schema"));
        if (!isSchema) {
            problems.add(Problem.error(new Place(file.path(), 1, 1), "format",
                    "this is no JSON Schema and no Avro schema: expected a '$schema', a 'type' or 'properties' at its"
                            + " top"));
            return List.of();
        }
        return new SchemaImport(file, SchemaLanguage.JSON, choices, files, problems).json(root);
    }

    private List<DataProduct> json(JsonNode root) {
        var type = open(Optional.empty());
        if (type.isEmpty()) {
            return List.of();
        }
        var place = new Place(file.path(), 1, 1);
        var base = file.name().replaceFirst("(?i)(\\.schema)?\\.json$", "");
        var title = root.path("title").asText();
        var name = ProductId.nameOf(title).isEmpty() || title.length() > 60 ? base : title;
        return List.of(product(Optional.empty(), name, Optional.empty(),
                root.path("description").asText(""), true, place));
    }

    private List<DataProduct> products(List<String> names) {
        if (names.size() > MESSAGES_MAX) {
            problems.add(Problem.warning(Place.of(file.path()), "assumed", "of the "
                    + names.size() + " messages of the file the first " + MESSAGES_MAX
                    + " are looked at"));
        }
        var place = new Place(file.path(), 1, 1);
        var candidates = new LinkedHashSet<>(names.size() > MESSAGES_MAX
                ? names.subList(0, MESSAGES_MAX)
                : names);
        if (candidates.size() <= 1) {
            return open(Optional.empty()).stream()
                    .map(type -> product(Optional.empty(), type, true, place)).toList();
        }
        Map<String, RecordType> types = new LinkedHashMap<>();
        for (var name : candidates) {
            var type = open(Optional.of(name));
            if (type.isEmpty()) {
                return List.of();
            }
            types.put(name, type.get());
        }
        var inner = new LinkedHashSet<String>();
        types.values().forEach(type -> contained(type, inner));
        var roots = types.entrySet().stream()
                .filter(entry -> !inner.contains(entry.getValue().name())).toList();
        if (roots.isEmpty()) {
            // All of them contain each other: the one that a contract without 'message' means.
            return open(Optional.empty()).stream()
                    .map(type -> product(Optional.empty(), type, true, place)).toList();
        }
        return roots.stream().map(entry -> product(Optional.of(entry.getKey()), entry.getValue(),
                roots.size() == 1, place)).toList();
    }

    private Optional<RecordType> open(Optional<String> message) {
        try {
            return Optional.of(Schemas.open(
                    new SourceSchema(language, file.text(), file.name()), message, List.of(),
                    files, WriterSchemas.none()).type());
        } catch (SchemaProblem e) {
            problems.add(Problem.error(e.line() > 0
                    ? new Place(file.path(), e.line(), e.column())
                    : new Place(file.path(), 1, 1), "schema", String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }

    private DataProduct product(Optional<String> message, RecordType type, boolean isOnly,
            Place place) {
        var name = type.name();
        var spaces = name.contains(".") ? name.substring(0, name.lastIndexOf('.')) : "";
        var domain = spaces.isEmpty()
                ? Optional.<String>empty()
                : Optional.of(spaces.substring(spaces.lastIndexOf('.') + 1));
        return product(message, type.simpleName(), domain, type.doc(), isOnly, place);
    }

    private DataProduct product(Optional<String> message, String name, Optional<String> domain,
            String description, boolean isOnly, Place place) {
        var version = "1.0";
        var id = new ProductId(drafting.domain(domain, place),
                drafting.product(name, isOnly, place), Drafting.major(version));
        var schema = new SchemaSpec(language, Optional.of(new Located(file.name(), place)),
                Optional.empty(), message.map(text -> new Located(text, place)), List.of());
        return Drafting.product(id, version, drafting.owner(Optional.empty(), place), description,
                schema, place);
    }

    /** Names of the records inside of a record, itself only where it contains itself through another. */
    private static void contained(RecordType root, Set<String> names) {
        Set<Type> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        seen.add(root);
        var open = new java.util.ArrayDeque<Type>();
        root.fields().forEach(field -> open.add(field.type()));
        while (!open.isEmpty()) {
            switch (open.pop()) {
                case RecordType record -> {
                    if (record != root) {
                        names.add(record.name());
                    }
                    if (seen.add(record)) {
                        record.fields().forEach(field -> open.add(field.type()));
                    }
                }
                case Type.ListOf list -> open.add(list.element());
                case Type.MapOf map -> open.add(map.value());
                case Type.Union union -> open.addAll(union.members());
                case Type.Scalar scalar -> {
                }
                case Type.EnumOf symbols -> {
                }
                case Type.Json json -> {
                }
            }
        }
    }
}
