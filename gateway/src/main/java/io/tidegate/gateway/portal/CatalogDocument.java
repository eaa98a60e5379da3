package io.tidegate.gateway.portal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.feed.Event;
import io.tidegate.mapping.Descriptions;
import io.tidegate.mapping.JsonSchemas;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The catalog: data products as JSON, and as DCAT 3 in JSON-LD for catalogs that harvest others. */
final class CatalogDocument {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final String base;
    private final Instant now;

    /**
     * @param base
     *            the public URL, without a slash at its end
     */
    CatalogDocument(String base, Instant now) {
        this.base = base;
        this.now = now;
    }

    /** Every product in short. */
    ObjectNode list(List<Sight> sights) {
        var document = NODES.objectNode();
        var products = document.putArray("products");
        sights.forEach(sight -> products.add(summary(sight)));
        return document;
    }

    /**
     * One product in full.
     *
     * @param all
     *            what the reader may see beside it, for the list of its versions
     */
    ObjectNode product(Sight sight, List<Sight> all) {
        var node = summary(sight);
        var schema = sight.product().schema();
        var versions = node.putArray("versions");
        for (var other : all) {
            if (other.product().id().qualifiedName()
                    .equals(schema.product().id().qualifiedName())) {
                versions.addObject().put("id", other.product().id().path())
                        .put("version", other.product().contract().version())
                        .put("status", status(other.product()));
            }
        }
        var key = node.putArray("key");
        schema.key().stream().filter(path -> !sight.isHidden(path.text()))
                .forEach(path -> key.add(path.text()));
        schema.eventTime().filter(path -> !sight.isHidden(path.text()))
                .ifPresent(path -> node.put("eventTime", path.text()));
        node.set("fields", FieldList.of(sight));
        node.set("schema", JsonSchemas.of(schema.rowType(), sight.masks()));
        node.set("example", JsonSchemas.example(schema.rowType(), sight.masks()));
        node.set("calls", Calls.of(sight, base));
        return node;
    }

    private ObjectNode summary(Sight sight) {
        var product = sight.product();
        var contract = product.contract();
        var id = product.id();
        var node = NODES.objectNode().put("id", id.path()).put("domain", id.domain())
                .put("product", id.product()).put("version", contract.version())
                .put("status", status(product)).put("owner", contract.owner())
                .put("quality", contract.quality().name().toLowerCase(Locale.ROOT));
        contract.sunset().ifPresent(day -> node.put("sunset", day.toString()));
        contract.successor().ifPresent(successor -> node.put("successor", successor));
        var description = Descriptions.of(contract.description());
        if (description != null) {
            node.put("description", description);
        }
        contract.tags().forEach(node.putArray("tags")::add);
        node.set("serviceLevels", serviceLevels(product));
        var access = node.putObject("access");
        access.put("granted", sight.isGranted());
        product.rules().scopes().forEach(access.putArray("scopes")::add);
        sight.plans().forEach(access.putArray("plans")::add);
        node.putObject("view").put("enabled", contract.view().enabled())
                .put("history", contract.view().history().toString());
        node.set("links", links(product));
        return node;
    }

    private ObjectNode links(LiveProduct product) {
        var path = product.id().path();
        var links = NODES.objectNode().put("self", base + "/catalog/" + path)
                .put("stream", base + "/streams/" + path)
                .put("graphql", base + "/graphql")
                .put("graphqlField", product.api().rootField())
                .put("asyncapi", base + "/asyncapi/" + path + ".yaml");
        if (product.contract().view().enabled()) {
            links.put("data", base + "/data/" + path);
        }
        return links;
    }

    private ObjectNode serviceLevels(LiveProduct product) {
        var levels = NODES.objectNode();
        var promised = levels.putObject("promised");
        product.contract().serviceLevels().stated().forEach(promised::put);
        var measured = levels.putObject("measured");
        // The share alone: how many events there are is not for whoever may read some of them.
        product.quality().report(now).score().ifPresent(score -> measured.put("quality", score));
        lastEvent(product).ifPresent(time -> measured.put("lastEvent", time.toString())
                .put("lastEventAgeMillis", Math.max(0, Duration.between(time, now).toMillis())));
        return levels;
    }

    /** The event time of the newest entry in memory; empty before the first, and where it is a gap. */
    private static Optional<Instant> lastEvent(LiveProduct product) {
        var last = product.feed().at(product.feed().tail().sequence() - 1);
        return last != null && last.content() instanceof Event event
                ? Optional.of(event.time())
                : Optional.empty();
    }

    private static String status(LiveProduct product) {
        return product.contract().status().name().toLowerCase(Locale.ROOT);
    }

    /** DCAT 3: each product a dataset, with its stream and its query as distributions. */
    ObjectNode dcat(List<Sight> sights) {
        var document = NODES.objectNode();
        document.putObject("@context").put("dcat", "http://www.w3.org/ns/dcat#")
                .put("dct", "http://purl.org/dc/terms/").put("foaf", "http://xmlns.com/foaf/0.1/");
        document.put("@id", base + "/catalog").put("@type", "dcat:Catalog")
                .put("dct:title", "Data products");
        var datasets = document.putArray("dcat:dataset");
        sights.forEach(sight -> datasets.add(dataset(sight.product())));
        return document;
    }

    private ObjectNode dataset(LiveProduct product) {
        var contract = product.contract();
        var path = product.id().path();
        var dataset = NODES.objectNode().put("@id", base + "/catalog/" + path)
                .put("@type", "dcat:Dataset").put("dct:identifier", path)
                .put("dct:title", product.id().qualifiedName())
                .put("dcat:version", contract.version());
        var description = Descriptions.of(contract.description());
        if (description != null) {
            dataset.put("dct:description", description);
        }
        dataset.putObject("dct:publisher").put("@type", "foaf:Agent").put("foaf:name",
                contract.owner());
        contract.tags().forEach(dataset.putArray("dcat:keyword")::add);
        var distributions = dataset.putArray("dcat:distribution");
        distribution(distributions, "/streams/" + path, "text/event-stream");
        if (contract.view().enabled()) {
            for (var mediaType : List.of("text/csv", "application/vnd.apache.parquet")) {
                distribution(distributions, "/data/" + path, mediaType);
            }
        }
        return dataset;
    }

    private void distribution(ArrayNode distributions, String path, String mediaType) {
        var node = distributions.addObject().put("@type", "dcat:Distribution");
        node.putObject("dcat:accessURL").put("@id", base + path);
        node.put("dcat:mediaType", mediaType);
    }
}
