package io.tidegate.contract;

import io.tidegate.contract.DataProduct.FieldSpec;
import io.tidegate.contract.DataProduct.Quality;
import io.tidegate.contract.DataProduct.SchemaSpec;
import io.tidegate.contract.DataProduct.ServiceLevels;
import io.tidegate.contract.DataProduct.Status;
import io.tidegate.problem.Located;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.yaml.YamlMapping;
import io.tidegate.yaml.YamlNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The spelling for people who write contracts by hand. Strict: an unknown key is an error. */
final class ShortForm {
    private static final List<String> SERVICE_LEVELS = List.of("freshness", "availability", "tier",
            "latency",
            "throughput", "ordering", "delivery", "retention");
    private static final int PRECISION_MAX = 1000;

    private ShortForm() {
    }

    /** The product, as far as it can be read; it is of use only if no error was added to the problems. */
    static Optional<DataProduct> read(YamlMapping contract, List<Problem> problems) {
        var domain = Names.kebab(contract, "domain").orElse("domain");
        var product = Names.kebab(contract, "product").orElse("product");
        var version = contract.required("version").flatMap(text -> Names.version(contract, text))
                .orElse("1.0");
        var id = new ProductId(domain, product, Names.major(version));
        var owner = contract.requiredText("owner").orElse("");
        var serviceLevels = serviceLevels(contract);
        var fields = fields(contract, "fields");
        var schema = schema(contract, fields);
        var status = contract.oneOf("status", Status.class).orElse(Status.ACTIVE);
        var sunset = contract.date("sunset");
        var successor = Serving.successor(contract);
        for (var key : List.of("sunset", "successor")) {
            if (contract.has(key) && (status == Status.DRAFT || status == Status.ACTIVE)) {
                contract.warn(contract.placeOf(key), "status",
                        "'" + key + "' has no effect while the status is '"
                                + YamlMapping.spelling(status) + "': set 'status: deprecated'");
            }
        }
        var description = contract.text("description").orElse("");
        var quality = contract.oneOf("quality", Quality.class).orElse(Quality.CURATED);
        var defaultTopics = List.of(id.qualifiedName() + ".v" + id.major());
        var none = new YamlMapping(new YamlNode.Mapping(contract.place(), Map.of()), "stream",
                problems);
        var streamKeys = contract.mapping("stream").orElse(none);
        var stream = Serving.stream(streamKeys, defaultTopics);
        Serving.checkEnvelope(streamKeys, stream, schema);
        streamKeys.done();
        var rules = Serving.rules(contract);
        var view = Serving.view(contract);
        var access = Serving.access(contract, id);
        var graphQlName = contract.mapping("graphql").flatMap(graphQl -> {
            var name = Serving.graphQlName(graphQl, "name");
            graphQl.done();
            return name;
        });
        var tags = contract.texts("tags").stream().map(Located::text).toList();
        // What governs the product is read and judged by io.tidegate.governance.
        contract.mayHave(List.of("governance"));
        var relations = Serving.relations(contract);
        contract.done();

        var read = new DataProduct(id, version, owner, description, status, sunset, successor,
                quality,
                serviceLevels, schema, fields, stream, rules, view, access, graphQlName, tags,
                relations, contract.place());
        if (schema.file().isEmpty() && schema.registry().isEmpty() && !fields.isEmpty()) {
            RowPaths.check(read, FieldTypes.of(read), problems);
        }
        return Optional.of(read);
    }

    private static ServiceLevels serviceLevels(YamlMapping contract) {
        var levels = contract.mapping("sla");
        if (levels.isEmpty()) {
            return new ServiceLevels(Optional.empty(), Map.of());
        }
        var sla = levels.get();
        var stated = new LinkedHashMap<String, String>();
        Optional<Duration> freshness = sla.duration("freshness");
        for (var key : sla.keys()) {
            if (SERVICE_LEVELS.contains(key)) {
                // The freshness has been reported if it is wrong; asking twice must not report it twice.
                if (!key.equals("freshness")) {
                    sla.text(key).ifPresent(text -> stated.put(key, text));
                } else if (freshness.isPresent()) {
                    stated.put(key, sla.text(key).orElse(""));
                }
            }
        }
        sla.mayHave(SERVICE_LEVELS);
        sla.done();
        return new ServiceLevels(freshness, Collections.unmodifiableMap(stated));
    }

    private static SchemaSpec schema(YamlMapping contract, List<FieldSpec> fields) {
        var nothing = new SchemaSpec(SchemaLanguage.JSON, Optional.empty(), Optional.empty(),
                Optional.empty(),
                List.of());
        if (!contract.has("schema")) {
            if (!contract.has("fields")) {
                contract.error(contract.place(), "missing-key",
                        "keys 'schema' and 'fields' are both missing: say where the payload's schema is, or list its"
                                + " fields");
            }
            return nothing;
        }
        var keys = contract.mapping("schema");
        if (keys.isEmpty()) {
            return nothing;
        }
        var schema = Serving.schema(keys.get(), "", Optional.empty());
        keys.get().done();
        if (fields.isEmpty() && !contract.has("fields") && !keys.get().has("file")
                && !keys.get().has("registry")) {
            contract.error(contract.placeOf("schema"), "schema-source",
                    "schema: neither 'file' nor 'registry' is given, and the contract lists no 'fields': add one of"
                            + " them");
        }
        return schema;
    }

    private static List<FieldSpec> fields(YamlMapping owner, String key) {
        var value = owner.node(key);
        if (value.isPresent() && value.get() instanceof YamlNode.Sequence list
                && list.items().isEmpty()) {
            owner.error(list.place(), "bad-value", owner.path(key)
                    + ": the list is empty: list a field or remove the key");
        }
        var fields = new ArrayList<FieldSpec>();
        var first = new LinkedHashMap<String, Place>();
        for (var mapping : owner.mappings(key)) {
            var name = mapping.required("name");
            var field = field(mapping, name.map(Located::text).orElse(""));
            if (name.isEmpty()) {
                continue;
            }
            var other = first.putIfAbsent(name.get().text(), name.get().place());
            if (other != null) {
                mapping.error(name.get().place(), "duplicate", mapping.path("name") + ": field '"
                        + Names.shown(name.get().text()) + "' is listed twice, first in line "
                        + other.line());
            } else {
                fields.add(field);
            }
        }
        return fields;
    }

    private static FieldSpec field(YamlMapping field, String name) {
        // A wrong type is reported here and then counts as text, so that nothing else is reported because of it.
        var type = field.required("type").flatMap(written -> FieldTypes.canonical(written.text())
                .or(() -> field.notOneOf(field.path("type"), written, FieldTypes.NAMES)));
        var values = values(field, type);
        var precision = field.integer("precision", 1, PRECISION_MAX);
        var scale = field.integer("scale", 0, PRECISION_MAX);
        if (precision.isPresent() && scale.isPresent() && scale.get() > precision.get()) {
            field.error(field.placeOf("scale"), "bad-value",
                    field.path("scale") + ": " + scale.get()
                            + " digits after the point do not fit into a precision of "
                            + precision.get());
        }
        if (scale.isPresent() && !field.has("precision")) {
            field.error(field.placeOf("scale"), "missing-key", "key '" + field.path("precision")
                    + "' is missing: a scale needs it");
        }
        var fields = fields(field, "fields");
        var items = field.mapping("items").map(item -> field(item, item.text("name").orElse("")));
        only(field, type, "values", "enum");
        only(field, type, "precision", "decimal");
        only(field, type, "scale", "decimal");
        only(field, type, "fields", "object");
        only(field, type, "items", "array", "map");
        if (type.filter("object"::equals).isPresent()) {
            field.isMissing("fields");
        }
        if (type.filter(text -> text.equals("array") || text.equals("map")).isPresent()) {
            field.isMissing("items");
        }
        only(field, type, "format", "timestamp");
        var format = field.located("format").flatMap(written -> EpochUnit.of(written.text())
                .isPresent()
                        ? Optional.of(written.text())
                        : field.notOneOf(field.path("format"), written, EpochUnit.NAMES));
        var spec = new FieldSpec(name, type.orElse("string"), values, field.bool("pii"),
                field.bool("required").orElse(false), field.text("description").orElse(""),
                field.text("classification"), deprecated(field), format, precision, scale, fields,
                items, field.place());
        field.done();
        return spec;
    }

    /** {@code true}, or why: the reason is shown to readers. */
    private static Optional<String> deprecated(YamlMapping field) {
        return field.text("deprecated").flatMap(text -> switch (text) {
            case "false" -> Optional.empty();
            case "true" -> Optional.of("deprecated");
            default -> Optional.of(text);
        });
    }

    private static List<String> values(YamlMapping field, Optional<String> type) {
        boolean isEnum = type.filter("enum"::equals).isPresent();
        if (isEnum && field.isMissing("values")) {
            return List.of();
        }
        var values = new LinkedHashSet<String>();
        for (var value : field.texts("values")) {
            if (!values.add(value.text())) {
                field.error(value.place(), "duplicate", field.path("values") + ": value '"
                        + Names.shown(value.text()) + "' is listed twice");
            }
        }
        if (isEnum && field.node("values").get() instanceof YamlNode.Sequence list
                && list.items().isEmpty()) {
            field.error(list.place(), "bad-value",
                    field.path("values") + ": an enum needs at least one value");
        }
        return List.copyOf(values);
    }

    private static void only(YamlMapping field, Optional<String> type, String key,
            String... types) {
        if (field.has(key) && type.isPresent() && !List.of(types).contains(type.get())) {
            field.error(field.placeOf(key), "bad-value", field.path(key) + ": only "
                    + (types.length == 1
                            ? "type " + types[0]
                            : "types " + String.join(" and ", types))
                    + (types.length == 1 ? " has" : " have") + " '" + key
                    + "', and this field is of type "
                    + type.get());
        }
    }
}
