package io.tidegate.contract;

import io.tidegate.contract.DataProduct.BadRecord;
import io.tidegate.contract.DataProduct.BadValue;
import io.tidegate.contract.DataProduct.Envelope;
import io.tidegate.contract.DataProduct.Grant;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.DataProduct.Relation;
import io.tidegate.contract.DataProduct.Rule;
import io.tidegate.contract.DataProduct.SchemaSpec;
import io.tidegate.contract.DataProduct.StreamSpec;
import io.tidegate.contract.DataProduct.ViewSpec;
import io.tidegate.problem.Located;
import io.tidegate.problem.Place;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.yaml.YamlMapping;
import io.tidegate.yaml.YamlNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the gateway adds to a contract, read alike from both spellings: keys of the short form, and properties under
 * {@code tidegate.} in ODCS.
 */
final class Serving {
    static final String DEFAULT_CLUSTER = "default";
    /** Path of a product. */
    private static final String PRODUCT = "[a-z][a-z0-9-]*/[a-z][a-z0-9-]*/v\\d{1,6}";
    private static final int RELATIONS_MAX = 50;

    private Serving() {
    }

    static StreamSpec stream(YamlMapping stream, List<String> defaultTopics) {
        var topics = new LinkedHashSet<String>();
        for (var topic : stream.texts("topics")) {
            if (!Names.isTopic(topic.text())) {
                stream.error(topic.place(), "name", stream.path("topics") + ": '"
                        + Names.shown(topic.text())
                        + "' is no Kafka topic name (letters, digits, '.', '_' and '-', at most 249)");
            } else if (!topics.add(topic.text())) {
                stream.error(topic.place(), "duplicate",
                        stream.path("topics") + ": topic '" + topic.text()
                                + "' is listed twice");
            }
        }
        if (stream.has("topics") && topics.isEmpty()
                && stream.node("topics").get() instanceof YamlNode.Sequence list
                && list.items().isEmpty()) {
            stream.error(list.place(), "bad-value", stream.path("topics")
                    + ": the list is empty: name a topic or remove the key");
        }
        return new StreamSpec(stream.text("cluster").orElse(DEFAULT_CLUSTER),
                topics.isEmpty() ? defaultTopics : List.copyOf(topics), distinct(stream, "key"),
                stream.located("eventTime"),
                stream.oneOf("envelope", Envelope.class).orElse(Envelope.NONE),
                stream.oneOf("onBadRecord", BadRecord.class).orElse(BadRecord.SKIP),
                stream.oneOf("onBadValue", BadValue.class).orElse(BadValue.NULLIFY));
    }

    /** What an envelope asks of the rest of the contract. */
    static void checkEnvelope(YamlMapping keys, StreamSpec stream, SchemaSpec schema) {
        if (!stream.envelope().isOfMySql()) {
            return;
        }
        var written = keys.path("envelope") + ": '" + YamlMapping.spelling(stream.envelope()) + "'";
        if (schema.language() != SchemaLanguage.JSON) {
            keys.error(keys.placeOf("envelope"), "bad-value", written
                    + " is JSON, but the schema's type is '"
                    + YamlMapping.spelling(schema.language()) + "': set it to json");
        }
        if (stream.key().isEmpty()) {
            keys.error(keys.placeOf("envelope"), "missing-key", written + " needs '"
                    + keys.path("key") + "', because one record may hold several rows: name the"
                    + " table's primary key");
        }
    }

    /**
     * @param prefix
     *            in front of each key
     * @param type
     *            where the type is not written; empty = it has to be
     */
    static SchemaSpec schema(YamlMapping schema, String prefix, Optional<SchemaLanguage> type) {
        if (type.isEmpty()) {
            schema.isMissing(prefix + "type");
        }
        var language = schema.oneOf(prefix + "type", SchemaLanguage.class).or(() -> type)
                .orElse(SchemaLanguage.JSON);
        var file = schema.located(prefix + "file")
                .flatMap(path -> inFolder(schema, prefix + "file", path));
        var registry = schema.located(prefix + "registry");
        if (schema.has(prefix + "file") && registry.isPresent()) {
            schema.error(registry.get().place(), "schema-source",
                    "'" + schema.path(prefix + "file") + "' and '"
                            + schema.path(prefix + "registry")
                            + "' are both given: keep the one that holds the schema");
        }
        var message = schema.located(prefix + "message");
        var extensions = new ArrayList<Located>();
        for (var path : schema.texts(prefix + "extensions")) {
            inFolder(schema, prefix + "extensions", path).ifPresent(extensions::add);
        }
        if (schema.has(prefix + "extensions") && language != SchemaLanguage.PROTOBUF) {
            schema.error(schema.placeOf(prefix + "extensions"), "bad-value",
                    schema.path(prefix + "extensions") + ": only a protobuf schema has extensions");
        }
        boolean extra = schema.bool(prefix + "extra").orElse(false);
        if (extra && language != SchemaLanguage.JSON) {
            schema.error(schema.placeOf(prefix + "extra"), "bad-value", schema
                    .path(prefix + "extra")
                    + ": only objects of a json schema have members that it does not declare");
        }
        return new SchemaSpec(language, file, registry, message, extensions, extra);
    }

    private static Optional<Located> inFolder(YamlMapping schema, String key, Located path) {
        var text = path.text();
        if (text.contains("://") || text.contains("\\") || text.startsWith("/")
                || text.indexOf('\0') >= 0
                || text.matches("[A-Za-z]:.*") || List.of(text.split("/")).contains("..")) {
            schema.error(path.place(), "schema-source", schema.path(key)
                    + ": expected a path within the contract's folder, such as shipment.avsc, but was '"
                    + Names.shown(text) + "'");
            return Optional.empty();
        }
        return Optional.of(path);
    }

    static List<Rule> rules(YamlMapping contract) {
        var rules = new ArrayList<Rule>();
        var names = new HashSet<String>();
        for (var rule : contract.mappings("rules")) {
            var name = rule.required("name");
            var expect = rule.required("expect");
            rule.done();
            if (name.isPresent() && !names.add(name.get().text())) {
                rule.error(name.get().place(), "duplicate",
                        rule.path("name") + ": there are two rules named '"
                                + Names.shown(name.get().text()) + "'");
            }
            if (name.isPresent() && expect.isPresent()) {
                rules.add(new Rule(name.get().text(), expect.get()));
            }
        }
        return rules;
    }

    static ViewSpec view(YamlMapping contract) {
        var value = contract.node("view");
        if (value.isEmpty()) {
            return new ViewSpec(true, Duration.ZERO);
        }
        if (value.get() instanceof YamlNode.Scalar scalar) {
            if (scalar.text().equals("none")) {
                return new ViewSpec(false, Duration.ZERO);
            }
            contract.wrong("view", new Located(scalar.text(), scalar.place()),
                    "'none' or a mapping such as {history: 30d}");
            return new ViewSpec(true, Duration.ZERO);
        }
        var view = contract.mapping("view");
        var history = view.flatMap(keys -> keys.duration("history")).orElse(Duration.ZERO);
        view.ifPresent(YamlMapping::done);
        return new ViewSpec(true, history);
    }

    static List<Grant> access(YamlMapping contract, ProductId id) {
        if (!contract.has("access")) {
            return List.of(
                    new Grant(id.qualifiedName() + ":read", Optional.empty(), Map.of(), List.of(),
                            Optional.empty(), contract.place()));
        }
        var grants = new ArrayList<Grant>();
        for (var grant : contract.mappings("access")) {
            var scope = grant.required("scope");
            scope.filter(text -> !Names.isScope(text.text())).ifPresent(text -> grant.wrong("scope",
                    text,
                    "an OAuth scope without spaces, quotes and backslashes, such as shipments:read,"));
            var rows = grant.located("rows");
            var mask = grant.mapping("mask");
            var masks = mask.map(Serving::masks).orElse(Map.of());
            var places = new HashMap<String, Place>();
            masks.keySet().forEach(path -> mask.ifPresent(
                    keys -> places.put(path, keys.placeOfKey(path))));
            var open = distinct(grant, "open");
            open.forEach(path -> places.putIfAbsent(path.text(), path.place()));
            for (var path : open) {
                if (masks.containsKey(path.text())) {
                    grant.error(path.place(), "access",
                            grant.path("open") + ": field '" + path.text()
                                    + "' is also masked by this grant: keep one of the two");
                }
            }
            var plan = grant.text("plan");
            grant.done();
            grants.add(new Grant(scope.map(Located::text).orElse(""), rows, masks,
                    open.stream().map(Located::text).toList(), plan, grant.place(),
                    places));
        }
        if (contract.node("access").get() instanceof YamlNode.Sequence list
                && list.items().isEmpty()) {
            contract.warn(list.place(), "access",
                    "access: the list is empty, so nobody can read the product: remove the key to allow scope '"
                            + id.qualifiedName() + ":read'");
        }
        return grants;
    }

    private static Map<String, Mask> masks(YamlMapping mask) {
        var masks = new LinkedHashMap<String, Mask>();
        for (var path : mask.keys()) {
            if (!mask.isMissing(path)) {
                mask.oneOf(path, Mask.class).ifPresent(how -> masks.put(path, how));
            }
        }
        return masks;
    }

    static List<Relation> relations(YamlMapping contract) {
        var relations = new ArrayList<Relation>();
        var names = new HashSet<String>();
        for (var relation : contract.mappings("relations")) {
            var name = relation.required("name").flatMap(text -> fieldName(relation, "name", text));
            var to = relation.required("to").flatMap(text -> text.text().matches(PRODUCT)
                    ? Optional.of(text)
                    : relation.wrong("to", text, "a product such as crm/customers/v3"));
            var by = relation.requiredMapping("by").map(Serving::matches).orElse(List.of());
            var inverse = relation.located("inverse")
                    .flatMap(text -> fieldName(relation, "inverse", text));
            var description = relation.text("description").orElse("");
            relation.done();
            if (name.isPresent() && !names.add(name.get().text())) {
                relation.error(name.get().place(), "duplicate",
                        relation.path("name") + ": there are two relations named '"
                                + Names.shown(name.get().text()) + "'");
            } else if (name.isPresent() && to.isPresent() && !by.isEmpty()) {
                relations.add(new Relation(name.get(), to.get(), by, inverse, description,
                        relation.place()));
            }
        }
        if (relations.size() > RELATIONS_MAX) {
            contract.error(contract.placeOf("relations"), "bad-value", "relations: "
                    + relations.size() + " are listed; a product can have " + RELATIONS_MAX);
        }
        return relations;
    }

    private static List<Relation.Match> matches(YamlMapping by) {
        var matches = new ArrayList<Relation.Match>();
        by.textsByName().forEach((own, key) -> matches
                .add(new Relation.Match(new Located(own, by.placeOfKey(own)), key)));
        if (by.keys().isEmpty()) {
            by.error(by.place(), "bad-value", by.path()
                    + ": expected a field and the other's key, such as {order_id: id}, but there is"
                    + " none");
        }
        return matches;
    }

    private static Optional<Located> fieldName(YamlMapping mapping, String key, Located name) {
        var objection = Names.graphQlFieldObjection(name.text());
        objection.ifPresent(why -> mapping.error(name.place(), "graphql-name",
                mapping.path(key) + ": '" + Names.shown(name.text()) + "' " + why));
        return objection.isEmpty() ? Optional.of(name) : Optional.empty();
    }

    static Optional<String> graphQlName(YamlMapping mapping, String key) {
        return mapping.located(key).flatMap(name -> {
            var objection = Names.graphQlObjection(name.text());
            objection.ifPresent(why -> mapping.error(name.place(), "graphql-name",
                    mapping.path(key) + ": '" + Names.shown(name.text()) + "' " + why));
            return objection.isEmpty() ? Optional.of(name.text()) : Optional.empty();
        });
    }

    /** The successor's address, {@code domain/product/vN}. */
    static Optional<String> successor(YamlMapping mapping) {
        return mapping.located("successor").flatMap(id -> id.text()
                .matches(PRODUCT)
                        ? Optional.of(id.text())
                        : mapping.wrong("successor", id,
                                "a product such as logistics/shipment-events/v3"));
    }

    private static List<Located> distinct(YamlMapping mapping, String key) {
        var seen = new HashSet<String>();
        var paths = new ArrayList<Located>();
        for (var path : mapping.texts(key)) {
            if (seen.add(path.text())) {
                paths.add(path);
            } else {
                mapping.error(path.place(), "duplicate", mapping.path(key) + ": field '"
                        + Names.shown(path.text()) + "' is listed twice");
            }
        }
        return List.copyOf(paths);
    }
}
