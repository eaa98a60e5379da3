package io.tidegate.governance;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.DataProduct.FieldSpec;
import io.tidegate.contract.SourceFile;
import io.tidegate.problem.Place;
import io.tidegate.yaml.YamlFile;
import io.tidegate.yaml.YamlNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Where a contract says what it says, in either spelling. What it does not say is at the contract's own place. */
final class ContractText {
    /** Keys of the short form, and where ODCS has the same outside of its custom properties. */
    private static final Map<String, List<String>> ODCS = Map.ofEntries(
            Map.entry("domain", List.of("domain")),
            Map.entry("product", List.of("dataProduct", "name")),
            Map.entry("owner", List.of("team", "support")),
            Map.entry("description", List.of("description")),
            Map.entry("tags", List.of("tags")), Map.entry("status", List.of("status")),
            Map.entry("sla.freshness", List.of("slaProperties")),
            Map.entry("fields", List.of("schema")), Map.entry("stream.topics", List.of("schema")),
            Map.entry("schema.type", List.of("servers")));

    private final DataProduct product;
    private final Optional<YamlNode.Mapping> root;
    /** The fields that the contract lists, by their paths; elements of lists and values of maps add nothing to them. */
    private final Map<String, FieldSpec> specs = new HashMap<>();

    ContractText(DataProduct product, SourceFile contract) {
        this.product = product;
        // It has been read before, so nothing new can be wrong with it.
        this.root = YamlFile.parseMapping(contract.path(), contract.text(), new ArrayList<>());
        list(product.fields(), "");
    }

    /** The contract's own tier: {@code governance}, or {@code tidegate.governance} in ODCS. */
    Optional<YamlNode> governance() {
        return root.flatMap(mapping -> isOdcs(mapping)
                ? custom(mapping, "governance")
                : Optional.ofNullable(mapping.get("governance")))
                .filter(node -> !(node instanceof YamlNode.Scalar scalar && scalar.isNull()));
    }

    /** How messages call the contract's own tier. */
    String governanceKey() {
        return root.filter(ContractText::isOdcs).isPresent()
                ? "tidegate.governance"
                : "governance";
    }

    /** Where the value of a key of the short form stands. */
    Place placeOf(String key) {
        return root.flatMap(mapping -> isOdcs(mapping)
                ? custom(mapping, key.replaceFirst("^stream\\.", ""))
                        .or(() -> ODCS.getOrDefault(key, List.of()).stream()
                                .flatMap(name -> Optional.ofNullable(mapping.get(name)).stream())
                                .findFirst())
                : walk(mapping, key))
                .map(YamlNode::place).orElse(product.place());
    }

    /** Where the contract lists a field, if it does. */
    Optional<FieldSpec> spec(String path) {
        return Optional.ofNullable(specs.get(path));
    }

    private void list(List<FieldSpec> fields, String prefix) {
        for (var spec : fields) {
            var path = prefix + spec.name();
            specs.putIfAbsent(path, spec);
            var holder = spec;
            while (holder.items().isPresent()) {
                holder = holder.items().get();
            }
            list(holder.fields(), path + ".");
        }
    }

    private static Optional<YamlNode> walk(YamlNode.Mapping mapping, String key) {
        int dot = key.indexOf('.');
        if (dot < 0) {
            return Optional.ofNullable(mapping.get(key));
        }
        return mapping.get(key.substring(0, dot)) instanceof YamlNode.Mapping inner
                ? walk(inner, key.substring(dot + 1))
                : Optional.empty();
    }

    private static boolean isOdcs(YamlNode.Mapping root) {
        return root.entries().containsKey("kind") || root.entries().containsKey("apiVersion");
    }

    /** The schema object's own setting is the one that counts, as everywhere in ODCS. */
    private static Optional<YamlNode> custom(YamlNode.Mapping root, String key) {
        var owners = new ArrayList<YamlNode.Mapping>();
        if (root.get("schema") instanceof YamlNode.Sequence objects) {
            objects.items().forEach(object -> {
                if (object instanceof YamlNode.Mapping mapping) {
                    owners.add(mapping);
                }
            });
        }
        owners.add(root);
        for (var owner : owners) {
            if (owner.get("customProperties") instanceof YamlNode.Sequence properties) {
                for (var property : properties.items()) {
                    if (property instanceof YamlNode.Mapping mapping
                            && mapping.get("property") instanceof YamlNode.Scalar name
                            && name.text().equals("tidegate." + key)) {
                        return Optional.ofNullable(mapping.get("value"));
                    }
                }
            }
        }
        return Optional.empty();
    }
}
