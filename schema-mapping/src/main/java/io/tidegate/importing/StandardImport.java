package io.tidegate.importing;

import io.tidegate.contract.ContractReader;
import io.tidegate.contract.DataProduct;
import io.tidegate.contract.DataProduct.ServiceLevels;
import io.tidegate.problem.Problem;
import io.tidegate.yaml.YamlNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The Open Data Contract Standard: a product for each object of its schema, read as the gateway reads the one that is a
 * stream.
 */
final class StandardImport {
    private static final Set<String> STREAMS = Set.of("topic", "message", "stream");
    private static final Set<String> LEVELS = Set.of("freshness", "availability", "tier",
            "latency", "throughput", "ordering", "delivery", "retention");
    private static final Set<String> LOST = Set.of("roles", "price", "support", "quality",
            "relationships", "tenant", "slaDefaultElement");
    private static final Set<String> LOST_OF_FIELDS = Set.of("quality", "relationships", "examples",
            "unique", "partitioned", "encryptedName", "transformSourceObjects", "transformLogic",
            "transformDescription", "criticalDataElement", "logicalTypeOptions");

    private final YamlNode.Mapping root;
    private final ImportChoices choices;
    private final List<Problem> problems;
    private final LostParts lost = new LostParts();

    StandardImport(YamlNode.Mapping root, ImportChoices choices, List<Problem> problems) {
        this.root = root;
        this.choices = choices;
        this.problems = problems;
    }

    List<DataProduct> products() {
        var objects = root.get("schema") instanceof YamlNode.Sequence list
                ? list.items().stream().filter(YamlNode.Mapping.class::isInstance)
                        .map(YamlNode.Mapping.class::cast).toList()
                : List.<YamlNode.Mapping>of();
        if (objects.isEmpty()) {
            problems.add(Problem.error(root.place(), "missing-key",
                    "the contract has no objects in 'schema': there is nothing to import"));
            return List.of();
        }
        var products = new ArrayList<DataProduct>();
        for (var object : objects) {
            var read = ContractReader.read(alone(object, objects.size() == 1));
            read.problems().stream().filter(problem -> !problems.contains(problem))
                    .forEach(problems::add);
            read.product().map(this::chosen).ifPresent(products::add);
        }
        losses(objects);
        lost.report(problems);
        return products;
    }

    /** The contract with one object alone, as a stream. */
    private YamlNode.Mapping alone(YamlNode.Mapping object, boolean isOnly) {
        var place = object.place();
        var type = object.get("physicalType") instanceof YamlNode.Scalar scalar
                ? scalar.text().toLowerCase(java.util.Locale.ROOT)
                : "";
        var name = object.get("name") instanceof YamlNode.Scalar scalar ? scalar.text() : "";
        boolean isStream = STREAMS.contains(type) || (isOnKafka() && type.isEmpty());
        var keys = new LinkedHashMap<>(object.entries());
        keys.put("physicalType", entry(place, "topic"));
        if (!isStream) {
            problems.add(Problem.warning(place, "assumed", "schema object '"
                    + Drafting.shown(name) + "' is no stream"
                    + (type.isEmpty() ? "" : " but a " + Drafting.shown(type))
                    + ": rows are taken for JSON on a topic that is named after it"));
            var topic = name.replaceAll("[^a-zA-Z0-9._-]", "_");
            keys.put("physicalName", entry(place, topic.isEmpty() || topic.matches("\\.{1,2}")
                    ? "topic"
                    : topic.substring(0, Math.min(topic.length(), 249))));
        }
        if (!(object.get("properties") instanceof YamlNode.Sequence list)
                || list.items().isEmpty()) {
            keys.remove("properties");
        }
        var contract = new LinkedHashMap<>(root.entries());
        contract.put("schema", new YamlNode.Entry(place,
                new YamlNode.Sequence(place, List.of(new YamlNode.Mapping(place, keys)))));
        if (!isStream) {
            contract.remove("servers");
        }
        var drafting = new Drafting(choices, problems);
        var custom = new ArrayList<YamlNode>();
        if (root.get("customProperties") instanceof YamlNode.Sequence own) {
            own.items().stream().filter(item -> !says(item, "tidegate.object"))
                    .forEach(custom::add);
        }
        if (!isOnly || choices.product().isPresent()) {
            custom.removeIf(item -> says(item, "tidegate.product"));
            custom.add(setting(place, "tidegate.product", drafting.product(name, isOnly, place)));
        }
        choices.domain().ifPresent(text -> {
            custom.removeIf(item -> says(item, "tidegate.domain"));
            custom.add(setting(place, "tidegate.domain", text));
        });
        choices.owner().ifPresent(text -> {
            custom.removeIf(item -> says(item, "tidegate.owner"));
            custom.add(setting(place, "tidegate.owner", text));
        });
        contract.put("customProperties",
                new YamlNode.Entry(place, new YamlNode.Sequence(place, custom)));
        return new YamlNode.Mapping(root.place(), contract);
    }

    private boolean isOnKafka() {
        return root.get("servers") instanceof YamlNode.Sequence servers && servers.items().stream()
                .anyMatch(server -> server instanceof YamlNode.Mapping mapping
                        && mapping.get("type") instanceof YamlNode.Scalar type
                        && type.text().equals("kafka"));
    }

    private static boolean says(YamlNode item, String property) {
        return item instanceof YamlNode.Mapping mapping
                && mapping.get("property") instanceof YamlNode.Scalar name
                && name.text().equals(property);
    }

    private static YamlNode.Mapping setting(io.tidegate.problem.Place place, String name,
            String value) {
        var keys = new LinkedHashMap<String, YamlNode.Entry>();
        keys.put("property", entry(place, name));
        keys.put("value", entry(place, value));
        return new YamlNode.Mapping(place, keys);
    }

    private static YamlNode.Entry entry(io.tidegate.problem.Place place, String text) {
        return new YamlNode.Entry(place, new YamlNode.Scalar(place, text, true));
    }

    /** The product with the service levels that the short form has words for. */
    private DataProduct chosen(DataProduct product) {
        var stated = new LinkedHashMap<String, String>();
        product.serviceLevels().stated().forEach((name, value) -> {
            boolean isFreshness = name.equals("freshness");
            if (LEVELS.contains(name)
                    && (!isFreshness || product.serviceLevels().freshness().isPresent())) {
                stated.put(name, value);
            } else {
                lost.add("slaProperties." + name, root.entries().containsKey("slaProperties")
                        ? java.util.Objects.requireNonNull(root.entries().get("slaProperties"))
                                .keyPlace()
                        : root.place());
            }
        });
        var levels = new ServiceLevels(
                stated.containsKey("freshness")
                        ? product.serviceLevels().freshness()
                        : Optional.empty(),
                Collections.unmodifiableMap(stated));
        return new DataProduct(product.id(), product.version(), product.owner(),
                product.description(), product.status(), product.sunset(), product.successor(),
                product.quality(), levels, product.schema(), product.fields(), product.stream(),
                product.rules(), product.view(), product.access(), product.graphQlName(),
                product.tags(), product.relations(), product.place());
    }

    private void losses(List<YamlNode.Mapping> objects) {
        root.entries().forEach((key, entry) -> {
            if (LOST.contains(key)) {
                lost.add(key, entry.keyPlace());
            }
        });
        for (var object : objects) {
            object.entries().forEach((key, entry) -> {
                if (LOST.contains(key)) {
                    lost.add("schema." + key, entry.keyPlace());
                }
            });
            properties(object);
        }
    }

    private void properties(YamlNode.Mapping owner) {
        if (owner.get("properties") instanceof YamlNode.Sequence list) {
            list.items().forEach(item -> {
                if (item instanceof YamlNode.Mapping property) {
                    property(property);
                }
            });
        }
        if (owner.get("items") instanceof YamlNode.Mapping items) {
            property(items);
        }
    }

    private void property(YamlNode.Mapping property) {
        property.entries().forEach((key, entry) -> {
            if (LOST_OF_FIELDS.contains(key)) {
                lost.add("properties." + key, entry.keyPlace());
            }
        });
        properties(property);
    }
}
