package io.tidegate.asyncapi;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import io.tidegate.contract.DataProduct;
import io.tidegate.mapping.Descriptions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * AsyncAPI 3.0.0 documents of data products: what the gateway sends, seen from the gateway. They describe the JSON that
 * partners receive; nothing of what lies behind the gateway is in them.
 */
public final class AsyncApiDocuments {
    static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final ObjectMapper JSON = new ObjectMapper();
    // Every text stays quoted: a bare 2.1 or 2025-03-01 would be a number or a date to other readers.
    private static final ObjectMapper YAML = new ObjectMapper(
            YAMLFactory.builder().disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
                    .disable(YAMLGenerator.Feature.SPLIT_LINES).build());

    private AsyncApiDocuments() {
    }

    /**
     * One document of these products, whatever order they come in.
     *
     * @param served
     *            at least one for a document of use; none gives a document without channels
     */
    public static ObjectNode of(List<Served> served, Endpoints endpoints) {
        var products = new ArrayList<>(served);
        products.sort(Comparator.comparing(product -> product.schema().product().id()));
        var document = NODES.objectNode().put("asyncapi", "3.0.0");
        document.set("info", info(products));
        document.put("defaultContentType", "application/json");
        document.set("servers", servers(endpoints));
        var channels = document.putObject("channels");
        var operations = document.putObject("operations");
        var components = document.putObject("components");
        var schemas = components.putObject("schemas");
        ControlMessages.addSchemas(schemas);
        for (var product : products) {
            new StreamChannels(product).add(channels, operations, schemas);
        }
        if (!products.isEmpty()) {
            GraphQlChannel.add(channels, operations, products.getFirst());
        }
        components.putObject("securitySchemes").set("bearer", NODES.objectNode()
                .put("type", "http").put("scheme", "bearer").put("bearerFormat", "JWT")
                .put("description", "An access token with a scope that the product asks for (see"
                        + " `x-tidegate.scopes` of its channel). In a WebSocket handshake it goes into the"
                        + " `Authorization` header or, for GraphQL, into `connection_init`."));
        return document;
    }

    /** The document as YAML; the same document gives the same text. */
    public static String toYaml(ObjectNode document) {
        try {
            return YAML.writeValueAsString(document);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values could not be written", e);
        }
    }

    /** The document as indented JSON; the same document gives the same text. */
    public static String toJson(ObjectNode document) {
        var indenter = new DefaultIndenter("  ", "\n");
        var printer = new DefaultPrettyPrinter().withObjectIndenter(indenter)
                .withArrayIndenter(indenter);
        try {
            return JSON.writer(printer).writeValueAsString(document) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values could not be written", e);
        }
    }

    private static ObjectNode info(List<Served> products) {
        var info = NODES.objectNode();
        var tags = new LinkedHashSet<String>();
        if (products.size() == 1) {
            var product = products.getFirst().schema().product();
            info.put("title", product.id().qualifiedName());
            info.put("version", product.version());
            info.put("description", describe(product));
            info.set("contact", contact(product.owner()));
            tags.add(product.id().domain());
            tags.addAll(product.tags());
        } else {
            info.put("title", "Data products");
            info.put("version", "1.0.0");
            info.put("description", "Every data product that you may read.");
            products.forEach(product -> tags.add(product.schema().product().id().domain()));
        }
        if (!tags.isEmpty()) {
            var list = info.putArray("tags");
            tags.forEach(tag -> list.addObject().put("name", tag));
        }
        return info;
    }

    static String describe(DataProduct product) {
        var text = new StringBuilder();
        var description = Descriptions.of(product.description());
        if (description != null) {
            text.append(description);
        }
        if (product.status() == DataProduct.Status.DEPRECATED) {
            text.append(text.isEmpty() ? "" : "\n\n").append("**Deprecated.**");
            product.sunset().ifPresent(day -> text.append(" It ends on ").append(day).append('.'));
            product.successor()
                    .ifPresent(next -> text.append(" Its successor is ").append(next).append('.'));
        }
        return text.isEmpty() ? "Events of " + product.id().qualifiedName() + "." : text.toString();
    }

    private static ObjectNode contact(String owner) {
        var contact = NODES.objectNode().put("name", owner);
        // The owner is free text; only what surely is an address is called one.
        return owner.matches("[\\w.+-]+@[\\w-]+([.][\\w-]+)+")
                ? contact.put("email", owner)
                : contact;
    }

    private static ObjectNode servers(Endpoints endpoints) {
        var servers = NODES.objectNode();
        servers.set("websocket", server(endpoints, endpoints.isSecure() ? "wss" : "ws",
                "WebSocket: plain streams and GraphQL subscriptions."));
        servers.set("http", server(endpoints, endpoints.isSecure() ? "https" : "http",
                "HTTP/1.1 and HTTP/2: server-sent events and NDJSON."));
        return servers;
    }

    private static ObjectNode server(Endpoints endpoints, String protocol, String description) {
        var server = NODES.objectNode().put("host", endpoints.host());
        if (!endpoints.pathname().isEmpty()) {
            server.put("pathname", endpoints.pathname());
        }
        server.put("protocol", protocol).put("description", description);
        server.putArray("security").addObject().put("$ref", "#/components/securitySchemes/bearer");
        return server;
    }
}
