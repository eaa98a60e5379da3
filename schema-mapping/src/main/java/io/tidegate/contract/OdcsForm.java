package io.tidegate.contract;

import io.tidegate.contract.DataProduct.FieldSpec;
import io.tidegate.contract.DataProduct.Quality;
import io.tidegate.contract.DataProduct.SchemaSpec;
import io.tidegate.contract.DataProduct.ServiceLevels;
import io.tidegate.contract.DataProduct.Status;
import io.tidegate.problem.Located;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.problem.Suggestion;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.yaml.YamlMapping;
import io.tidegate.yaml.YamlNode;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * The Open Data Contract Standard, v3.0 to v3.2. The standard is open and its own examples bend its rules, so what does
 * not concern the stream is at most a warning; Tidegate's own settings, {@code tidegate.*} in {@code customProperties},
 * are read as strictly as the short form.
 */
final class OdcsForm {
    private static final String OWN = "tidegate.";
    private final YamlNode.Mapping root;
    private final List<Problem> problems;
    /** What is wrong in parts that only inform: it becomes warnings. */
    private final List<Problem> notes = new ArrayList<>();
    private final YamlMapping contract;
    private final YamlMapping informing;
    /** Of the standard's version 3; empty until the contract has said one that is read. */
    private OptionalInt minor = OptionalInt.empty();

    private OdcsForm(YamlNode.Mapping root, List<Problem> problems) {
        this.root = root;
        this.problems = problems;
        this.contract = new YamlMapping(root, "", problems);
        this.informing = new YamlMapping(root, "", notes);
    }

    static Optional<DataProduct> read(YamlNode.Mapping root, List<Problem> problems) {
        var form = new OdcsForm(root, problems);
        var product = form.product();
        form.minor.ifPresent(minor -> OdcsRules.check(root, minor,
                Stream.concat(problems.stream(), form.notes.stream()).toList(), form.notes));
        form.notes.forEach(
                note -> problems.add(Problem.warning(note.place(), note.rule(), note.message())));
        return product;
    }

    private Optional<DataProduct> product() {
        if (!isReadable()) {
            return Optional.empty();
        }
        var object = streamed();
        if (object.isEmpty()) {
            // Nothing below can be said without the object; the version at least is checked in the same run.
            contract.required("version").ifPresent(text -> Names.version(contract, text));
            own(List.of(root));
            return Optional.empty();
        }
        return Optional.of(product(object.get()));
    }

    private boolean isReadable() {
        var kind = contract.required("kind");
        var version = contract.required("apiVersion");
        kind.filter(text -> !text.text().equals("DataContract"))
                .ifPresent(text -> contract.wrong("kind", text, "DataContract"));
        boolean readable = version.isPresent()
                && version.get().text().matches("v3\\.\\d{1,4}(\\.\\d{1,4})?(-\\w+)?");
        if (version.isPresent() && !readable) {
            contract.wrong("apiVersion", version.get(),
                    "v3.0 to v3.2 of the Open Data Contract Standard");
        } else if (readable && !version.get().text().matches("v3\\.[0-2]\\b.*")) {
            contract.warn(version.get().place(), "format", "apiVersion: '" + version.get().text()
                    + "' is newer than v3.2: what it added is not read");
        }
        if (readable) {
            var digits = version.get().text().substring("v3.".length()).replaceAll("\\D.*", "");
            minor = OptionalInt.of(Integer.parseInt(digits));
        }
        return readable && kind.filter(text -> text.text().equals("DataContract")).isPresent();
    }

    private DataProduct product(YamlNode.Mapping object) {
        var own = own(List.of(object, root));
        var objectName = text(object, "name").map(Located::text).orElse("");
        var version = version();
        var id = new ProductId(domain(own), name(own, objectName), Names.major(version));
        var topic = topic(object);
        var fields = new ArrayList<FieldSpec>();
        properties(object, "schema." + objectName, fields);
        var schema = schema(own, object, topic.stream().findFirst().orElse(""), !fields.isEmpty());
        if (schema.file().isEmpty() && schema.registry().isEmpty() && fields.isEmpty()) {
            contract.error(object.place(), "schema-source", "schema object '" + objectName
                    + "' has no properties and names no schema: list its properties, or set tidegate.schema.file or"
                    + " tidegate.schema.registry in customProperties");
        }
        var stream = Serving.stream(own, topic);
        if (!own.has("key")) {
            stream = new DataProduct.StreamSpec(stream.cluster(), stream.topics(), key(object),
                    stream.eventTime(),
                    stream.envelope(), stream.onBadRecord(), stream.onBadValue());
        }
        Serving.checkEnvelope(own, stream, schema);
        var status = status();
        var levels = serviceLevels();
        var sunset = own.date("sunset")
                .or(() -> status == Status.DEPRECATED || status == Status.RETIRED
                        ? endOfLife(levels)
                        : Optional.empty());
        var product = new DataProduct(id, version, owner(own), description(object), status, sunset,
                Serving.successor(own), own.oneOf("quality", Quality.class).orElse(Quality.CURATED),
                levels, schema,
                fields, stream, Serving.rules(own), Serving.view(own), Serving.access(own, id),
                Serving.graphQlName(own, "graphql.name"),
                informing.texts("tags").stream().map(Located::text).toList(),
                Serving.relations(own), root.place());
        own.mayHave(List.of("object", "topics", "pii", "governance"));
        own.done();
        if (schema.file().isEmpty() && schema.registry().isEmpty() && !fields.isEmpty()) {
            RowPaths.check(product, FieldTypes.of(product), problems);
        }
        return product;
    }

    /** The one object of {@code schema} that is a stream; reported if there is none or more than one. */
    private Optional<YamlNode.Mapping> streamed() {
        if (contract.isMissing("schema")) {
            return Optional.empty();
        }
        var kinds = servers().map(server -> text(server, "type").map(Located::text).orElse(""))
                .toList();
        boolean kafka = kinds.contains("kafka");
        var streamed = new ArrayList<YamlNode.Mapping>();
        var others = new ArrayList<String>();
        var leftOut = new ArrayList<YamlNode.Mapping>();
        var items = contract.list("schema");
        for (int i = 0; i < items.size(); i++) {
            if (!(items.get(i) instanceof YamlNode.Mapping object)) {
                contract.error(items.get(i).place(), "wrong-type",
                        "schema[" + i + "]: expected a mapping but was '" + items.get(i).shown()
                                + "'");
                continue;
            }
            var type = text(object, "physicalType").map(Located::text).orElse("");
            boolean stream = List.of("topic", "message", "stream")
                    .contains(type.toLowerCase(Locale.ROOT))
                            ? kafka || kinds.isEmpty()
                            : kafka && (type.isEmpty() || type.equals("object"));
            if (stream) {
                streamed.add(object);
                continue;
            }
            leftOut.add(object);
            if (!type.isEmpty()) {
                others.add(type);
            }
        }
        var wanted = own(List.of(root), new ArrayList<>()).text("object");
        if (wanted.isPresent()) {
            streamed.removeIf(object -> !text(object, "name").map(Located::text).equals(wanted));
        }
        if (streamed.size() == 1) {
            leftOut.forEach(object -> contract.warn(object.place(), "no-stream", "schema object '"
                    + Names.shown(text(object, "name").map(Located::text).orElse(""))
                    + "' is no stream" + text(object, "physicalType")
                            .map(type -> " but a " + Names.shown(type.text())).orElse("")
                    + ": it is left out"));
            return Optional.of(streamed.getFirst());
        }
        var place = contract.placeOf("schema");
        if (streamed.isEmpty()) {
            contract.error(place, "no-stream", "the contract describes no stream"
                    + (wanted.isPresent() ? " named '" + Names.shown(wanted.get()) + "'" : "")
                    + ": expected an object with 'physicalType: topic' on a server of 'type: kafka', but found "
                    + (others.isEmpty()
                            ? "no object with a physicalType"
                            : "physicalType " + list(others))
                    + " and " + (kinds.isEmpty() ? "no server" : "server type " + list(kinds)));
        } else {
            contract.error(place, "no-stream", "the contract describes " + streamed.size()
                    + " streams (" + list(streamed.stream().map(object -> text(object, "name")
                            .map(Located::text).orElse("without a name")).toList())
                    + "), and a data product is one: split the contract, or name one as tidegate.object in"
                    + " customProperties");
        }
        return Optional.empty();
    }

    private static String list(List<String> names) {
        return String.join(", ", names.stream().distinct().limit(10)
                .map(name -> "'" + Names.shown(name) + "'").toList());
    }

    private Stream<YamlNode.Mapping> servers() {
        return mappings(root, "servers");
    }

    private String version() {
        var written = contract.required("version");
        if (written.isEmpty()) {
            return "1.0";
        }
        var text = written.get().text();
        // The standard does not say what a version looks like; these have only one reading.
        var plain = text.matches("[vV]\\d.*") ? text.substring(1) : text;
        var release = plain.replaceFirst("[-+].*", "");
        var full = release.matches("\\d{1,6}") ? release + ".0" : release;
        if (!full.equals(text)) {
            contract.warn(written.get().place(), "version",
                    "version: '" + Names.shown(text) + "' is read as " + Names.shown(full));
        }
        return Names.version(contract, new Located(full, written.get().place())).orElse("1.0");
    }

    private String domain(YamlMapping own) {
        var set = own.located("domain");
        var domain = set.or(() -> informing.located("domain"));
        if (domain.isEmpty()) {
            contract.warn(root.place(), "missing-key",
                    "key 'domain' is missing: the product is served in domain 'default'");
            return "default";
        }
        return kebab("domain", domain.get());
    }

    private String name(YamlMapping own, String objectName) {
        var name = own.located("product").or(() -> informing.located("dataProduct"))
                .or(() -> informing.located("name"))
                .orElseGet(() -> new Located(objectName, root.place()));
        return kebab("product", name);
    }

    private String kebab(String what, Located written) {
        var name = Names.isKebab(written.text()) ? written.text() : Names.kebab(written.text());
        if (!Names.isKebab(name)) {
            contract.error(written.place(), "name", what + ": '" + Names.shown(written.text())
                    + "' holds nothing that a name in lower-case letters, digits and '-' can be made of: set tidegate."
                    + what + " in customProperties");
            return what;
        }
        return name;
    }

    private List<String> topic(YamlNode.Mapping object) {
        var name = text(object, "physicalName").or(() -> text(object, "name"));
        if (name.isEmpty()) {
            contract.error(object.place(), "missing-key",
                    "key 'physicalName' of the schema object is missing: it is the topic");
            return List.of();
        }
        if (!Names.isTopic(name.get().text())) {
            contract.error(name.get().place(), "name", "physicalName: '"
                    + Names.shown(name.get().text())
                    + "' is no Kafka topic name (letters, digits, '.', '_' and '-', at most 249)");
        }
        return List.of(name.get().text());
    }

    private SchemaSpec schema(YamlMapping own, YamlNode.Mapping object, String topic,
            boolean hasFields) {
        var format = servers().filter(server -> text(server, "type").map(Located::text)
                .filter("kafka"::equals).isPresent())
                .flatMap(server -> text(server, "format").stream()).findFirst();
        Optional<SchemaLanguage> language = Optional.empty();
        if (format.isPresent() && !own.has("schema.type")) {
            var name = format.get().text().toLowerCase(Locale.ROOT);
            language = switch (name) {
                case "avro" -> Optional.of(SchemaLanguage.AVRO);
                case "json", "jsonschema", "json-schema" -> Optional.of(SchemaLanguage.JSON);
                case "protobuf", "proto" -> Optional.of(SchemaLanguage.PROTOBUF);
                default -> contract.notOneOf("servers.format", format.get(),
                        List.of("avro", "json", "protobuf"));
            };
        }
        var schema = Serving.schema(own, "schema.", Optional.of(language.or(() -> byFileName(own))
                .orElse(SchemaLanguage.JSON)));
        if (schema.file().isPresent() || schema.registry().isPresent() || own.has("schema.file")) {
            return schema;
        }
        var where = implementation(object, topic, hasFields);
        if (where.isEmpty() && !hasFields && !topic.isEmpty() && format.isPresent()) {
            // Contracts in the wild often say no more than topic and format: the registry's own convention is meant.
            var subject = topic + "-value";
            contract.warn(object.place(), "schema-source",
                    "the schema object has no properties and names no schema:"
                            + " subject '" + subject + "' of the gateway's registry is used");
            where = Optional.of(new Located(subject, object.place()));
        }
        return new SchemaSpec(schema.language(), Optional.empty(), where, schema.message(),
                schema.extensions(), schema.extra());
    }

    private static Optional<SchemaLanguage> byFileName(YamlMapping own) {
        var file = own.node("schema.file");
        if (file.isPresent() && file.get() instanceof YamlNode.Scalar path) {
            return path.text().endsWith(".avsc") || path.text().endsWith(".avdl")
                    || path.text().endsWith(".avpr")
                            ? Optional.of(SchemaLanguage.AVRO)
                            : path.text().endsWith(".proto")
                                    ? Optional.of(SchemaLanguage.PROTOBUF)
                                    : Optional.empty();
        }
        return Optional.empty();
    }

    /**
     * The registry that an authoritative definition points to. A bare address is a registry as a whole: the topic's own
     * subject there is meant. An object that lists its properties keeps them, unless the definition says it is a schema.
     */
    private static Optional<Located> implementation(YamlNode.Mapping object, String topic,
            boolean hasFields) {
        return mappings(object, "authoritativeDefinitions").flatMap(definition -> {
            var type = text(definition, "type").map(Located::text).orElse("")
                    .toLowerCase(Locale.ROOT);
            boolean schema = List.of("schema", "schemaregistry", "schema-registry").contains(type);
            if (!schema && (hasFields || !type.equals("implementation"))) {
                return Stream.empty();
            }
            return text(definition, "url").filter(url -> url.text().matches("https?://.+"))
                    .stream();
        }).findFirst().map(url -> {
            var path = Optional.<String>empty();
            try {
                path = Optional.ofNullable(URI.create(url.text()).getPath());
            } catch (IllegalArgumentException e) {
                return url;
            }
            boolean bare = path.filter(text -> !text.isEmpty() && !text.equals("/")).isEmpty();
            return bare
                    ? new Located(
                            url.text().replaceAll("/+$", "") + "/subjects/" + topic
                                    + "-value/versions/latest",
                            url.place())
                    : url;
        });
    }

    private Status status() {
        var status = text(root, "status");
        if (status.isEmpty()) {
            contract.warn(root.place(), "missing-key",
                    "key 'status' is missing: the product counts as a draft, which is not served");
            return Status.DRAFT;
        }
        return switch (status.get().text().toLowerCase(Locale.ROOT)) {
            case "active", "current", "production", "live" -> Status.ACTIVE;
            case "draft", "proposed", "development", "in development", "test" -> Status.DRAFT;
            case "deprecated" -> Status.DEPRECATED;
            case "retired" -> Status.RETIRED;
            default -> {
                contract.warn(status.get().place(), "status", "status: expected "
                        + Suggestion.oneOf(
                                List.of("proposed", "draft", "active", "deprecated", "retired"))
                        + " but was '" + Names.shown(status.get().text())
                        + "': the product counts as a draft, which is not served");
                yield Status.DRAFT;
            }
        };
    }

    private String owner(YamlMapping own) {
        var owner = own.text("owner").or(() -> teamOwner()).or(() -> custom(root, "owner"))
                .or(() -> mappings(root, "support")
                        .flatMap(channel -> Stream.concat(text(channel, "channel").stream(),
                                text(channel, "url").stream()))
                        .map(Located::text).findFirst());
        if (owner.isEmpty()) {
            contract.warn(root.place(), "missing-key",
                    "the contract names no owner: add a team, or set tidegate.owner in customProperties");
        }
        return owner.orElse("unknown");
    }

    /** Of a team: who is owner now, else its own name, else its first member. */
    private Optional<String> teamOwner() {
        var team = root.get("team");
        var members = (team instanceof YamlNode.Mapping mapping
                ? mappings(mapping, "members")
                : mappings(root, "team")).toList();
        var owner = members.stream().filter(member -> text(member, "dateOut").isEmpty()
                && text(member, "role").map(role -> role.text().toLowerCase(Locale.ROOT))
                        .filter(role -> role.contains("owner")).isPresent())
                .flatMap(OdcsForm::person).findFirst();
        return owner
                .or(() -> team instanceof YamlNode.Mapping mapping
                        ? text(mapping, "name").map(Located::text)
                        : Optional.empty())
                .or(() -> members.stream().filter(member -> text(member, "dateOut").isEmpty())
                        .flatMap(OdcsForm::person).findFirst());
    }

    private static Stream<String> person(YamlNode.Mapping member) {
        return text(member, "username").or(() -> text(member, "name")).map(Located::text).stream();
    }

    private String description(YamlNode.Mapping object) {
        var description = root.get("description");
        if (description instanceof YamlNode.Mapping parts) {
            var purpose = text(parts, "purpose").or(() -> text(parts, "usage"));
            if (purpose.isPresent()) {
                return purpose.get().text().strip();
            }
        }
        return text(root, "description").or(() -> text(object, "description")).map(Located::text)
                .orElse("").strip();
    }

    private ServiceLevels serviceLevels() {
        var stated = new LinkedHashMap<String, String>();
        Optional<Duration> freshness = Optional.empty();
        for (var level : informing.mappings("slaProperties")) {
            var name = level.required("property");
            var value = level.required("value");
            if (name.isEmpty() || value.isEmpty()) {
                continue;
            }
            var unit = level.text("unit").orElse("");
            var text = unit.isEmpty()
                    ? value.get().text()
                    : value.get().text() + (unit.equals("%") ? unit : " " + unit);
            stated.merge(name.get().text(), text, (before, more) -> before + ", " + more);
            if (name.get().text().equalsIgnoreCase("freshness") && freshness.isEmpty()) {
                freshness = duration(value.get().text(), unit);
                if (freshness.isEmpty()) {
                    level.warn(value.get().place(), "bad-value", level.path("value")
                            + ": expected a duration such as 30 with unit s, or PT30S, but was '"
                            + Names.shown(text) + "': the freshness is not measured");
                }
            }
        }
        return new ServiceLevels(freshness, Collections.unmodifiableMap(stated));
    }

    private static Optional<Duration> duration(String value, String unit) {
        if (unit.isEmpty()) {
            return YamlMapping.durationOf(value);
        }
        long seconds = switch (unit.toLowerCase(Locale.ROOT)) {
            case "s", "sec", "second", "seconds" -> 1;
            case "m", "min", "minute", "minutes" -> 60;
            case "h", "hr", "hour", "hours" -> 3_600;
            case "d", "day", "days" -> 86_400;
            case "w", "week", "weeks" -> 7 * 86_400;
            default -> 0;
        };
        return seconds > 0 && value.matches("\\d{1,9}")
                ? Optional.of(Duration.ofSeconds(Long.parseLong(value) * seconds))
                : Optional.empty();
    }

    private static Optional<LocalDate> endOfLife(ServiceLevels levels) {
        return Stream.of("endOfLife", "endOfSupport")
                .flatMap(name -> Optional.ofNullable(levels.stated().get(name)).stream())
                .flatMap(text -> {
                    try {
                        return Stream.of(
                                LocalDate.parse(text.substring(0, Math.min(10, text.length()))));
                    } catch (DateTimeException e) {
                        return Stream.empty();
                    }
                }).findFirst();
    }

    private void properties(YamlNode.Mapping object, String path, List<FieldSpec> fields) {
        var names = new LinkedHashMap<String, Place>();
        var list = new YamlMapping(object, path, problems).list("properties");
        for (int i = 0; i < list.size(); i++) {
            var at = path + ".properties[" + i + "]";
            if (!(list.get(i) instanceof YamlNode.Mapping node)) {
                contract.error(list.get(i).place(), "wrong-type",
                        at + ": expected a mapping but was '"
                                + list.get(i).shown() + "'");
                continue;
            }
            var name = new YamlMapping(node, at, problems).required("name");
            if (name.isEmpty()) {
                continue;
            }
            var first = names.putIfAbsent(name.get().text(), name.get().place());
            if (first != null) {
                contract.error(name.get().place(), "duplicate", at + ".name: property '"
                        + Names.shown(name.get().text()) + "' is listed twice, first in line "
                        + first.line());
                continue;
            }
            fields.add(property(node, at, name.get().text()));
        }
    }

    /** The properties of the primary key, in their order. */
    private List<Located> key(YamlNode.Mapping object) {
        var parts = new ArrayList<KeyPart>();
        mappings(object, "properties").forEach(node -> {
            var name = text(node, "name");
            if (name.isPresent() && new YamlMapping(node, "schema.properties", notes)
                    .bool("primaryKey").orElse(false)) {
                parts.add(new KeyPart(name.get(),
                        text(node, "primaryKeyPosition").map(Located::text)
                                .filter(text -> text.matches("\\d{1,9}")).map(Integer::parseInt)
                                .orElse(Integer.MAX_VALUE)));
            }
        });
        parts.sort(Comparator.comparingInt(KeyPart::position));
        return parts.stream().map(KeyPart::field).toList();
    }

    private FieldSpec property(YamlNode.Mapping node, String path, String name) {
        var property = new YamlMapping(node, path, notes);
        var values = values(node, property);
        var nested = new ArrayList<FieldSpec>();
        properties(node, path, nested);
        var items = property.mapping("items").isPresent()
                && node.get("items") instanceof YamlNode.Mapping item
                        ? Optional.of(property(item, path + ".items",
                                text(item, "name").map(Located::text).orElse("")))
                        : Optional.<FieldSpec>empty();
        var type = type(property, node, values, nested, items);
        var classification = property.text("classification");
        // What the team says of personal data itself counts before what follows from the classification.
        var personal = custom(node, OWN + "pii").or(() -> custom(node, "pii"))
                .map(text -> text.equalsIgnoreCase("true"))
                .or(() -> classification.filter(FieldSpec::isPersonal).map(text -> true));
        var digits = decimalDigits(node);
        return new FieldSpec(name, type, values, personal,
                property.bool("required").orElse(false),
                property.text("description").orElse("").strip(),
                classification, deprecated(node), format(node, type),
                type.equals("decimal") ? digits.map(Digits::precision) : Optional.empty(),
                type.equals("decimal") ? digits.map(Digits::scale) : Optional.empty(),
                nested, items, node.place());
    }

    private static Optional<String> deprecated(YamlNode.Mapping node) {
        return text(node, "deprecated").map(Located::text).or(() -> custom(node, "deprecated"))
                .flatMap(text -> text.equalsIgnoreCase("false")
                        ? Optional.empty()
                        : Optional.of(text.equalsIgnoreCase("true") ? "deprecated" : text));
    }

    /** The standard has no word for a time that is written as a number: it is a setting of ours. */
    private Optional<String> format(YamlNode.Mapping node, String type) {
        var format = custom(node, OWN + "format");
        if (format.isPresent() && (EpochUnit.of(format.get()).isEmpty()
                || !type.equals("timestamp"))) {
            contract.error(node.place(), "bad-value", "tidegate.format: expected "
                    + Suggestion.oneOf(EpochUnit.NAMES) + " of a timestamp but was '"
                    + Names.shown(format.get()) + "' of a property of type " + type);
            return Optional.empty();
        }
        return format;
    }

    private static List<String> values(YamlNode.Mapping node, YamlMapping property) {
        var list = node.get("enum") != null
                ? node.get("enum")
                : customNode(node, "enum").orElse(null);
        if (!(list instanceof YamlNode.Sequence sequence)) {
            property.mayHave(List.of("enum"));
            return List.of();
        }
        return sequence.items().stream().flatMap(item -> item instanceof YamlNode.Mapping value
                ? text(value, "value").map(Located::text).stream()
                : item instanceof YamlNode.Scalar scalar && !scalar.isNull()
                        ? Stream.of(scalar.text())
                        : Stream.empty())
                .distinct().toList();
    }

    private static String type(YamlMapping property, YamlNode.Mapping node, List<String> values,
            List<FieldSpec> nested, Optional<FieldSpec> items) {
        var physical = text(node, "physicalType").map(Located::text).orElse("")
                .toLowerCase(Locale.ROOT);
        var options = node.get("logicalTypeOptions") instanceof YamlNode.Mapping mapping
                ? mapping
                : new YamlNode.Mapping(node.place(), Map.of());
        var format = text(options, "format").map(Located::text).orElse("");
        var logical = property.located("logicalType");
        if (logical.isEmpty()) {
            return !nested.isEmpty() ? "object" : items.isPresent() ? "array" : physical(physical);
        }
        return switch (logical.get().text()) {
            case "string" -> !values.isEmpty() ? "enum" : switch (format) {
                case "uuid" -> "uuid";
                case "byte", "binary" -> "bytes";
                default ->
                    physical.equals("uuid") || physical.equals("bytes") ? physical : "string";
            };
            case "date" -> format.matches(".*[Hh]{1,2}.*") || physical.startsWith("timestamp")
                    || physical.startsWith("datetime") ? "timestamp" : "date";
            case "timestamp" ->
                text(options, "timezone").filter(zone -> zone.text().equals("false")).isPresent()
                        || physical.equals("local-timestamp") ? "local-timestamp" : "timestamp";
            case "time" -> "time";
            case "integer" -> integer(format, physical, options);
            case "number" -> format.equals("f32") || physical.equals("float")
                    ? "float"
                    : physical.startsWith("decimal") || physical.startsWith("numeric")
                            ? "decimal"
                            : "double";
            case "boolean" -> "boolean";
            case "object" -> nested.isEmpty() ? "json" : "object";
            case "array" -> items.isEmpty() ? "json" : "array";
            case "map" -> items.isEmpty() ? "json" : "map";
            default -> {
                property.notOneOf(property.path("logicalType"), logical.get(),
                        List.of("string", "date", "timestamp",
                                "time", "number", "integer", "object", "array", "map", "boolean"));
                yield physical(physical);
            }
        };
    }

    /** Without a format the standard means 32 bits; a physical type or a bound that says more is believed. */
    private static String integer(String format, String physical, YamlNode.Mapping options) {
        return switch (format) {
            case "i64", "u32", "i128" -> "long";
            case "u64", "u128" -> "decimal";
            case "i8", "i16", "i32", "u8", "u16" -> "integer";
            default -> {
                boolean wide = List.of("long", "bigint", "int64", "int8", "number")
                        .contains(physical)
                        || Stream.of("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
                                .flatMap(bound -> text(options, bound).stream())
                                .anyMatch(bound -> bound.text().matches("-?\\d{10,}"));
                yield wide ? "long" : "integer";
            }
        };
    }

    /** The field type that a physical type most likely means; any JSON if it says nothing. */
    private static String physical(String physical) {
        var word = physical.replaceAll("[^a-z0-9-].*", "");
        return switch (word) {
            case "varchar", "char", "text", "string", "nvarchar" -> "string";
            case "int", "integer", "int32", "smallint" -> "integer";
            case "bigint", "long", "int64" -> "long";
            case "float", "float32", "real" -> "float";
            case "double", "float64" -> "double";
            case "decimal", "numeric" -> "decimal";
            case "boolean", "bool" -> "boolean";
            case "date" -> "date";
            case "time" -> "time";
            case "timestamp", "datetime", "timestamptz" -> "timestamp";
            case "uuid" -> "uuid";
            case "bytes", "binary", "blob" -> "bytes";
            default -> "json";
        };
    }

    private static Optional<Digits> decimalDigits(YamlNode.Mapping node) {
        return text(node, "physicalType").map(type -> type.text().replace(" ", ""))
                .filter(type -> type.matches("(?i)(decimal|numeric)\\(\\d{1,3}(,\\d{1,3})?\\)"))
                .map(type -> type.substring(type.indexOf('(') + 1, type.length() - 1).split(","))
                .map(digits -> new Digits(Integer.parseInt(digits[0]),
                        digits.length == 1 ? 0 : Integer.parseInt(digits[1])))
                .filter(digits -> digits.precision() > 0 && digits.scale() <= digits.precision());
    }

    private YamlMapping own(List<YamlNode.Mapping> owners) {
        return own(owners, problems);
    }

    /** Tidegate's settings of several owners, the first one's before the next one's, as one mapping. */
    private static YamlMapping own(List<YamlNode.Mapping> owners, List<Problem> problems) {
        var settings = new LinkedHashMap<String, YamlNode.Entry>();
        for (var owner : owners) {
            var mine = new LinkedHashMap<String, Place>();
            mappings(owner, "customProperties").forEach(property -> {
                var name = text(property, "property");
                var value = property.get("value");
                if (name.isEmpty() || !name.get().text().startsWith(OWN)) {
                    return;
                }
                var key = name.get().text().substring(OWN.length());
                var first = mine.putIfAbsent(key, name.get().place());
                if (first != null) {
                    problems.add(Problem.error(name.get().place(), "duplicate-key",
                            "customProperties: '"
                                    + Names.shown(name.get().text())
                                    + "' is set twice, first in line " + first.line()));
                } else if (value == null) {
                    problems.add(
                            Problem.error(name.get().place(), "missing-key", "customProperties: '"
                                    + Names.shown(name.get().text()) + "' has no value"));
                } else {
                    settings.putIfAbsent(key, new YamlNode.Entry(name.get().place(), value));
                }
            });
        }
        return new YamlMapping(new YamlNode.Mapping(owners.getLast().place(), settings), "tidegate",
                problems);
    }

    private static Optional<String> custom(YamlNode.Mapping owner, String property) {
        return customNode(owner, property).flatMap(value -> value instanceof YamlNode.Scalar scalar
                && !scalar.isNull() && !scalar.text().isBlank()
                        ? Optional.of(scalar.text())
                        : Optional.empty());
    }

    private static Optional<YamlNode> customNode(YamlNode.Mapping owner, String property) {
        return mappings(owner, "customProperties")
                .filter(entry -> text(entry, "property").map(Located::text)
                        .filter(property::equals).isPresent())
                .flatMap(entry -> Optional.ofNullable(entry.get("value")).stream()).findFirst();
    }

    private static Optional<Located> text(YamlNode.Mapping mapping, String key) {
        return mapping.get(key) instanceof YamlNode.Scalar scalar && !scalar.isNull()
                && !scalar.text().isBlank()
                        ? Optional.of(new Located(scalar.text(), scalar.place()))
                        : Optional.empty();
    }

    private static Stream<YamlNode.Mapping> mappings(YamlNode.Mapping mapping, String key) {
        return mapping.get(key) instanceof YamlNode.Sequence list
                ? list.items().stream().filter(YamlNode.Mapping.class::isInstance)
                        .map(YamlNode.Mapping.class::cast)
                : Stream.empty();
    }

    private record Digits(int precision, int scale) {
    }

    /** A property that is part of the primary key, and which part. */
    private record KeyPart(Located field, int position) {
    }
}
