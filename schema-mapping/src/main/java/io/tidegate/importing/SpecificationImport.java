package io.tidegate.importing;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.DataProduct.FieldSpec;
import io.tidegate.contract.DataProduct.Quality;
import io.tidegate.contract.DataProduct.SchemaSpec;
import io.tidegate.contract.DataProduct.ServiceLevels;
import io.tidegate.contract.DataProduct.Status;
import io.tidegate.contract.DataProduct.ViewSpec;
import io.tidegate.contract.ProductId;
import io.tidegate.problem.Located;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.yaml.YamlMapping;
import io.tidegate.yaml.YamlNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The Data Contract Specification of datacontract.com, 0.9 to 1.2: a product for each of its models. */
final class SpecificationImport {
    /** Fields that one file makes: definitions may repeat each other many times. */
    private static final int FIELDS_MAX = 20_000;
    private static final Set<String> ROOT_KEYS = Set.of("dataContractSpecification", "id", "info",
            "servers", "terms", "models", "definitions", "servicelevels", "tags");
    private static final Set<String> FIELD_KEYS = Set.of("type", "required", "description", "title",
            "primaryKey", "primary", "enum", "precision", "scale", "pii", "classification",
            "fields", "items", "keys", "values", "$ref", "deprecated");

    private final YamlNode.Mapping root;
    private final List<Problem> problems;
    private final LostParts lost = new LostParts();
    private final Drafting drafting;
    private final Set<String> open = new HashSet<>();
    private int fields;

    SpecificationImport(YamlNode.Mapping root, ImportChoices choices, List<Problem> problems) {
        this.root = root;
        this.problems = problems;
        this.drafting = new Drafting(choices, problems);
    }

    List<DataProduct> products() {
        if (!(root.get("models") instanceof YamlNode.Mapping models)
                || models.entries().isEmpty()) {
            problems.add(Problem.error(root.place(), "missing-key",
                    "the contract has no 'models': there is nothing to import"));
            return List.of();
        }
        var info = mapping(root, "info");
        var version = drafting.version(text(info, "version"), info.place());
        var domain = drafting.domain(domainOfId(), root.place());
        var owner = drafting.owner(text(info, "owner").or(() -> text(mapping(info, "contact"),
                "email")).or(() -> text(mapping(info, "contact"), "name")).map(Located::text),
                info.place());
        var server = server();
        var levels = serviceLevels();
        var products = new ArrayList<DataProduct>();
        models.entries().forEach((name, entry) -> {
            if (!(entry.value() instanceof YamlNode.Mapping model)) {
                problems.add(Problem.error(entry.value().place(), "wrong-type", "models."
                        + Drafting.shown(name) + ": expected a mapping but was '"
                        + entry.value().shown() + "'"));
                return;
            }
            var id = new ProductId(domain,
                    drafting.product(name, models.entries().size() == 1, entry.keyPlace()),
                    Drafting.major(version));
            products.add(product(id, name, model, version, owner, server, levels,
                    entry.keyPlace()));
        });
        losses(info);
        lost.report(problems);
        if (fields > FIELDS_MAX) {
            problems.add(Problem.error(root.place(), "yaml-limit", "the models hold more than "
                    + FIELDS_MAX + " fields, those of definitions counted each time"));
            return List.of();
        }
        return products;
    }

    private DataProduct product(ProductId id, String name, YamlNode.Mapping model, String version,
            String owner, Optional<YamlNode.Mapping> server, ServiceLevels levels, Place place) {
        var specs = new ArrayList<FieldSpec>();
        var key = new ArrayList<Located>();
        fields(mapping(model, "fields"), specs, key, 0);
        var modelKey = texts(model, "primaryKey");
        if (!modelKey.isEmpty()) {
            key.clear();
            key.addAll(modelKey);
        }
        key.removeIf(part -> !fits(part, specs));
        model.entries().forEach((word, entry) -> {
            if (!Set.of("fields", "type", "description", "title", "primaryKey").contains(word)) {
                lost.add("models." + word, entry.keyPlace());
            }
        });
        var language = server.flatMap(kafka -> text(kafka, "format"))
                .flatMap(this::language).orElse(SchemaLanguage.JSON);
        var schema = new SchemaSpec(language, Optional.empty(), Optional.empty(),
                Optional.empty(), List.of());
        var base = Drafting.product(id, version, owner, description(model), schema, place);
        var status = text(mapping(root, "info"), "status");
        return new DataProduct(id, version, owner, base.description(),
                status.map(this::status).orElse(Status.ACTIVE), Optional.empty(), Optional.empty(),
                Quality.CURATED, levels, schema, specs,
                Drafting.stream(id, topics(server, name), key, eventTime(name, specs)), List.of(),
                new ViewSpec(true, Duration.ZERO), base.access(), Optional.empty(),
                texts(root, "tags").stream().map(Located::text).distinct().toList(), place);
    }

    private boolean fits(Located part, List<FieldSpec> specs) {
        var spec = specs.stream().filter(field -> field.name().equals(part.text())).findFirst();
        boolean single = spec.isPresent() && !List.of("object", "array", "map", "json")
                .contains(spec.get().type());
        if (!single) {
            problems.add(Problem.warning(part.place(), "not-imported", "primaryKey: field '"
                    + Drafting.shown(part.text()) + "' is " + spec.map(
                            field -> "of type " + field.type()).orElse("not in the model")
                    + ", and a key has to be a single value: it is not carried over"));
        }
        return single;
    }

    private Optional<String> domainOfId() {
        return text(root, "id").map(Located::text)
                .filter(id -> id.matches("urn:[^:]+:[^:]+:[^:]+(:.*)?"))
                .map(id -> id.split(":")[2]);
    }

    private String description(YamlNode.Mapping model) {
        var parts = new LinkedHashSet<String>();
        var info = mapping(root, "info");
        var terms = mapping(root, "terms");
        text(info, "description").or(() -> text(info, "title"))
                .ifPresent(text -> parts.add(text.text().strip()));
        text(model, "description").or(() -> text(model, "title"))
                .ifPresent(text -> parts.add(text.text().strip()));
        text(terms, "usage").ifPresent(text -> parts.add("Usage: " + text.text().strip()));
        text(terms, "limitations")
                .ifPresent(text -> parts.add("Limitations: " + text.text().strip()));
        return String.join("\n\n", parts);
    }

    private Status status(Located status) {
        return switch (status.text().toLowerCase(Locale.ROOT)) {
            case "active", "production", "live", "current" -> Status.ACTIVE;
            case "deprecated" -> Status.DEPRECATED;
            case "retired" -> Status.RETIRED;
            default -> Status.DRAFT;
        };
    }

    private Optional<YamlNode.Mapping> server() {
        var servers = mapping(root, "servers");
        Optional<YamlNode.Mapping> kafka = Optional.empty();
        for (var entry : servers.entries().entrySet()) {
            var place = entry.getValue().keyPlace();
            var value = entry.getValue().value();
            var type = value instanceof YamlNode.Mapping server
                    ? text(server, "type").map(Located::text).orElse("")
                    : "";
            if (type.equals("kafka") && kafka.isEmpty()) {
                kafka = Optional.of((YamlNode.Mapping) value);
                ((YamlNode.Mapping) value).entries().forEach((key, part) -> {
                    if (!Set.of("type", "topic", "format", "description", "environment")
                            .contains(key)) {
                        lost.add("servers." + key, part.keyPlace());
                    }
                });
            } else {
                lost.add("servers (type " + (type.isEmpty() ? "not said" : type) + ")", place);
            }
        }
        if (kafka.isEmpty()) {
            problems.add(Problem.warning(servers.place(), "assumed",
                    "the contract has no server of type kafka: rows are taken for JSON on a topic that is named after"
                            + " the product"));
        }
        return kafka;
    }

    private Optional<SchemaLanguage> language(Located format) {
        return switch (format.text().toLowerCase(Locale.ROOT)) {
            case "avro" -> Optional.of(SchemaLanguage.AVRO);
            case "json" -> Optional.of(SchemaLanguage.JSON);
            case "protobuf", "proto" -> Optional.of(SchemaLanguage.PROTOBUF);
            default -> {
                problems.add(Problem.warning(format.place(), "assumed", "servers.format: '"
                        + Drafting.shown(format.text()) + "' is none of avro, json and protobuf:"
                        + " rows are taken for JSON"));
                yield Optional.empty();
            }
        };
    }

    private List<String> topics(Optional<YamlNode.Mapping> server, String model) {
        return server.flatMap(kafka -> text(kafka, "topic")).flatMap(topic -> {
            var name = topic.text().replace("{model}", model);
            if (name.matches("[a-zA-Z0-9._-]{1,249}") && !name.equals(".") && !name.equals("..")) {
                return Optional.of(List.of(name));
            }
            problems.add(Problem.warning(topic.place(), "assumed", "servers.topic: '"
                    + Drafting.shown(name) + "' is no Kafka topic name: the topic is named after"
                    + " the product"));
            return Optional.empty();
        }).orElse(List.of());
    }

    private ServiceLevels serviceLevels() {
        var stated = new LinkedHashMap<String, String>();
        Optional<Duration> freshness = Optional.empty();
        var levels = mapping(root, "servicelevels");
        for (var entry : levels.entries().entrySet()) {
            if (!(entry.getValue().value() instanceof YamlNode.Mapping level)) {
                continue;
            }
            var word = switch (entry.getKey()) {
                case "availability" -> "percentage";
                case "retention" -> "period";
                case "latency", "freshness" -> "threshold";
                default -> "";
            };
            var value = word.isEmpty() ? Optional.<Located>empty() : text(level, word);
            if (entry.getKey().equals("freshness")) {
                freshness = value.flatMap(text -> YamlMapping.durationOf(text.text()));
                if (freshness.isPresent()) {
                    stated.put("freshness", value.get().text());
                    continue;
                }
            } else if (value.isPresent()) {
                stated.put(entry.getKey(), value.get().text());
                continue;
            }
            lost.add("servicelevels." + entry.getKey(), entry.getValue().keyPlace());
        }
        return new ServiceLevels(freshness, Collections.unmodifiableMap(stated));
    }

    /** {@code servicelevels.freshness.timestampField} says which field of which model is an event's own time. */
    private Optional<Located> eventTime(String model, List<FieldSpec> specs) {
        return text(mapping(mapping(root, "servicelevels"), "freshness"), "timestampField")
                .filter(path -> path.text().startsWith(model + "."))
                .map(path -> new Located(path.text().substring(model.length() + 1), path.place()))
                .filter(path -> specs.stream().anyMatch(field -> field.name().equals(path.text())
                        && List.of("timestamp", "local-timestamp", "date")
                                .contains(field.type())));
    }

    private void fields(YamlNode.Mapping mapping, List<FieldSpec> specs, List<Located> key,
            int depth) {
        mapping.entries().forEach((name, entry) -> {
            if (++fields > FIELDS_MAX || depth > 40) {
                return;
            }
            if (name.isBlank()) {
                lost.add("a field without a name", entry.keyPlace());
                return;
            }
            var found = field(name, entry.value(), entry.keyPlace(), depth);
            specs.add(found.spec());
            if (found.isKey() && depth == 0) {
                key.add(new Located(name, entry.keyPlace()));
            }
        });
    }

    private record Found(FieldSpec spec, boolean isKey) {
    }

    private Found field(String name, YamlNode value, Place place, int depth) {
        if (!(value instanceof YamlNode.Mapping written)) {
            boolean nothing = value instanceof YamlNode.Scalar scalar && scalar.isNull();
            if (!nothing) {
                problems.add(Problem.warning(value.place(), "assumed", "field '"
                        + Drafting.shown(name) + "' should be a mapping but is '" + value.shown()
                        + "': it is written as json (anything)"));
            }
            return new Found(spec(name, "json", place), false);
        }
        var reference = text(written, "$ref").map(Located::text);
        var entered = reference.filter(open::add);
        var field = written;
        if (reference.isPresent()) {
            field = entered.isPresent() ? merged(written, reference.get()) : written;
            if (entered.isEmpty()) {
                problems.add(Problem.warning(place, "assumed", "field '" + Drafting.shown(name)
                        + "' is defined by itself through '" + Drafting.shown(reference.get())
                        + "': it is written as json (anything)"));
            }
        }
        try {
            return field(name, field, place, depth, reference.isPresent() && entered.isEmpty());
        } finally {
            entered.ifPresent(open::remove);
        }
    }

    private Found field(String name, YamlNode.Mapping field, Place place, int depth,
            boolean isCycle) {
        var inner = new ArrayList<FieldSpec>();
        if (!isCycle) {
            fields(mapping(field, "fields"), inner, new ArrayList<>(), depth + 1);
        }
        var type = isCycle ? "json" : type(name, field, inner);
        var items = type.equals("array")
                ? element(field, "items", place, depth)
                : type.equals("map")
                        ? element(field, "values", place, depth)
                        : Optional.<FieldSpec>empty();
        var values = texts(field, "enum").stream().map(Located::text).distinct().toList();
        if (type.equals("string") && !values.isEmpty()) {
            type = "enum";
        }
        boolean isDecimal = type.equals("decimal");
        var precision = isDecimal ? whole(field, "precision", 1) : Optional.<Integer>empty();
        var scale = whole(field, "scale", 0).filter(
                digits -> precision.isPresent() && digits <= precision.get());
        field.entries().forEach((word, entry) -> {
            boolean isUuid = word.equals("format") && entry.value() instanceof YamlNode.Scalar text
                    && text.text().equals("uuid");
            if (!FIELD_KEYS.contains(word) && !isUuid) {
                lost.add("fields." + word, entry.keyPlace());
            }
        });
        var classification = text(field, "classification").map(Located::text);
        var spec = new FieldSpec(name, type, type.equals("enum") ? values : List.of(),
                flag(field, "pii").or(
                        () -> classification.filter(FieldSpec::isPersonal).map(word -> true)),
                flag(field, "required").orElse(false),
                text(field, "description").or(() -> text(field, "title")).map(Located::text)
                        .orElse("").strip(),
                classification,
                text(field, "deprecated").map(Located::text).filter(text -> !text.equals("false")),
                Optional.empty(), precision, scale,
                type.equals("object") ? inner : List.of(), items, place);
        return new Found(spec,
                flag(field, "primaryKey").or(() -> flag(field, "primary")).orElse(false));
    }

    private Optional<FieldSpec> element(YamlNode.Mapping field, String key, Place place,
            int depth) {
        var value = field.get(key);
        if (value == null || ++fields > FIELDS_MAX || depth > 40) {
            return Optional.of(spec("", "json", place));
        }
        return Optional.of(field("", value, value.place(), depth + 1).spec());
    }

    private static FieldSpec spec(String name, String type, Place place) {
        return new FieldSpec(name, type, List.of(), Optional.empty(), false, "", Optional.empty(),
                Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), List.of(),
                Optional.empty(), place);
    }

    private String type(String name, YamlNode.Mapping field, List<FieldSpec> inner) {
        var written = text(field, "type");
        if (written.isEmpty()) {
            return !inner.isEmpty()
                    ? "object"
                    : field.get("items") != null
                            ? "array"
                            : field.get("enum") != null ? "string" : "json";
        }
        var text = written.get().text().toLowerCase(Locale.ROOT).strip();
        var word = text.replaceFirst("\\s*[(<].*", "");
        return switch (word) {
            case "string", "text", "varchar", "char", "nvarchar" ->
                text(field, "format").filter(format -> format.text().equals("uuid")).isPresent()
                        ? "uuid"
                        : "string";
            case "number", "decimal", "numeric" -> "decimal";
            case "int", "integer", "tinyint", "smallint" -> "integer";
            case "long", "bigint" -> "long";
            case "float", "real" -> "float";
            case "double" -> "double";
            case "boolean", "bool" -> "boolean";
            case "timestamp", "timestamp_tz", "datetime" -> "timestamp";
            case "timestamp_ntz" -> "local-timestamp";
            case "date" -> "date";
            case "time" -> "time";
            case "uuid" -> "uuid";
            case "bytes", "binary" -> "bytes";
            case "array", "list" -> "array";
            case "map" -> "map";
            case "object", "record", "struct" -> inner.isEmpty() ? "json" : "object";
            case "json", "variant", "null" -> "json";
            default -> {
                problems.add(Problem.warning(written.get().place(), "assumed", "field '"
                        + Drafting.shown(name) + "': type '" + Drafting.shown(text)
                        + "' is none of the specification's: it is written as json (anything)"));
                yield "json";
            }
        };
    }

    /** The definition that a field refers to, with what the field says itself put over it. */
    private YamlNode.Mapping merged(YamlNode.Mapping field, String reference) {
        var node = reference.startsWith("#/") ? definition(reference) : Optional.<YamlNode>empty();
        if (node.isEmpty() || !(node.get() instanceof YamlNode.Mapping definition)) {
            problems.add(Problem.warning(field.place(), "assumed", "'$ref: "
                    + Drafting.shown(reference) + "' " + (reference.startsWith("#/")
                            ? "leads nowhere in this file"
                            : "leads out of this file and is not followed")
                    + ": only what the field says itself is written"));
            return field;
        }
        var entries = new LinkedHashMap<>(definition.entries());
        // What a definition says of its business name and its place in a catalogue is not a field's.
        List.of("name", "domain", "links", "owner").forEach(entries::remove);
        entries.putAll(field.entries());
        var again = definition.get("$ref");
        if (again instanceof YamlNode.Scalar further && open.add(further.text())) {
            var deeper = merged(definition, further.text());
            deeper.entries().forEach(entries::putIfAbsent);
            open.remove(further.text());
        }
        return new YamlNode.Mapping(field.place(), entries);
    }

    private Optional<YamlNode> definition(String reference) {
        YamlNode at = root;
        for (var step : reference.substring(2).split("/", 20)) {
            if (!(at instanceof YamlNode.Mapping mapping) || mapping.get(step) == null) {
                return Optional.empty();
            }
            at = java.util.Objects.requireNonNull(mapping.get(step));
        }
        return Optional.of(at);
    }

    private void losses(YamlNode.Mapping info) {
        root.entries().forEach((key, entry) -> {
            if (!ROOT_KEYS.contains(key)) {
                lost.add(key, entry.keyPlace());
            }
        });
        info.entries().forEach((key, entry) -> {
            if (!Set.of("title", "version", "description", "owner", "contact", "status")
                    .contains(key)) {
                lost.add("info." + key, entry.keyPlace());
            }
        });
        mapping(root, "terms").entries().forEach((key, entry) -> {
            if (!Set.of("usage", "limitations").contains(key)) {
                lost.add("terms." + key, entry.keyPlace());
            }
        });
    }

    private YamlNode.Mapping mapping(YamlNode.Mapping owner, String key) {
        return owner.get(key) instanceof YamlNode.Mapping mapping
                ? mapping
                : new YamlNode.Mapping(owner.place(), Map.of());
    }

    private static Optional<Located> text(YamlNode.Mapping owner, String key) {
        return owner.get(key) instanceof YamlNode.Scalar scalar && !scalar.isNull()
                && !scalar.text().isBlank()
                        ? Optional.of(new Located(scalar.text(), scalar.place()))
                        : Optional.empty();
    }

    private static List<Located> texts(YamlNode.Mapping owner, String key) {
        var value = owner.get(key);
        if (value instanceof YamlNode.Sequence list) {
            return list.items().stream().filter(YamlNode.Scalar.class::isInstance)
                    .map(YamlNode.Scalar.class::cast).filter(item -> !item.text().isBlank())
                    .map(item -> new Located(item.text(), item.place())).toList();
        }
        return text(owner, key).stream().toList();
    }

    private static Optional<Boolean> flag(YamlNode.Mapping owner, String key) {
        return text(owner, key).map(Located::text)
                .filter(text -> text.matches("(?i)true|false")).map(Boolean::parseBoolean);
    }

    private static Optional<Integer> whole(YamlNode.Mapping owner, String key, int least) {
        return text(owner, key).map(Located::text).filter(text -> text.matches("\\d{1,4}"))
                .map(Integer::parseInt).filter(number -> number >= least && number <= 1000);
    }
}
