package io.tidegate.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON Schema and the files that it refers to. References are followed within the document and into files beside the
 * contract, never over the network.
 */
final class JsonSchemaDocuments {
    private static final int MAX_FILES = 100;
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

    private final SchemaFiles files;
    private final String origin;
    private final Map<String, JsonNode> roots = new HashMap<>();
    /** Schemas by their own {@code $id}, and by document and anchor. */
    private final Map<String, JsonSchemaPlace> identified = new HashMap<>();

    JsonSchemaDocuments(SourceSchema source, SchemaFiles files) throws SchemaProblem {
        this.files = files;
        this.origin = source.origin();
        add("", parse(source.text(), source.origin()));
    }

    JsonSchemaPlace root() {
        return place("");
    }

    private JsonSchemaPlace place(String document) {
        return new JsonSchemaPlace(document, "", roots.getOrDefault(document, JSON.missingNode()));
    }

    private static JsonNode parse(String text, String origin) throws SchemaProblem {
        try {
            JsonNode tree = JSON.readTree(text.startsWith("\uFEFF") ? text.substring(1) : text);
            if (!tree.isObject() && !tree.isBoolean()) {
                throw new SchemaProblem(
                        "'" + origin + "' is not a JSON Schema: expected an object");
            }
            return tree;
        } catch (JsonProcessingException e) {
            throw BrokenJson.problem(origin, "a JSON Schema", e);
        }
    }

    private void add(String document, JsonNode root) {
        roots.put(document, root);
        String base = id(root);
        var open = new ArrayDeque<JsonSchemaPlace>();
        open.add(new JsonSchemaPlace(document, "", root));
        while (!open.isEmpty()) {
            JsonSchemaPlace at = open.poll();
            String id = id(at.node());
            if (id.startsWith("#")) {
                identified.putIfAbsent(document + id, at);
            } else if (!id.isEmpty()) {
                identified.putIfAbsent(join(base, id), at);
            }
            for (String keyword : new String[]{"$anchor", "$dynamicAnchor"}) {
                if (at.node().path(keyword).isTextual()) {
                    identified.putIfAbsent(document + "#" + at.node().get(keyword).asText(), at);
                }
            }
            if (at.node().isObject()) {
                at.node().properties().forEach(
                        member -> open.add(at.at(escape(member.getKey()), member.getValue())));
            } else if (at.node().isArray()) {
                for (int i = 0; i < at.node().size(); i++) {
                    open.add(at.at(Integer.toString(i), at.node().get(i)));
                }
            }
        }
    }

    private static String id(JsonNode node) {
        JsonNode id = node.path("$id").isTextual() ? node.get("$id") : node.path("id");
        return id.isTextual() ? id.asText() : "";
    }

    private static String join(String base, String reference) {
        try {
            String joined = base.isEmpty()
                    ? reference
                    : URI.create(base).resolve(reference).toString();
            return joined.endsWith("#") ? joined.substring(0, joined.length() - 1) : joined;
        } catch (IllegalArgumentException e) {
            return reference;
        }
    }

    private static String escape(String keyword) {
        return keyword.replace("~", "~0").replace("/", "~1");
    }

    /** The schema that a reference means, seen from this place. */
    JsonSchemaPlace resolve(JsonSchemaPlace from, String reference) throws SchemaProblem {
        String document = from.document();
        String ref = reference;
        if (!ref.isEmpty() && ref.charAt(0) == JsonSchemaPlace.SEEN_FROM) {
            int end = ref.indexOf(JsonSchemaPlace.SEEN_FROM, 1);
            document = ref.substring(1, end);
            ref = ref.substring(end + 1);
        }
        int hash = ref.indexOf('#');
        String file = hash < 0 ? ref : ref.substring(0, hash);
        String fragment = hash < 0 ? "" : decode(ref.substring(hash + 1));
        JsonSchemaPlace base = file.isEmpty() ? place(document) : document(document, file, from);
        JsonSchemaPlace found = fragment(base, fragment);
        if (found == null || !(found.node().isObject() || found.node().isBoolean())) {
            throw from.problem("'$ref' to '" + ref + "' leads to no schema");
        }
        return found;
    }

    private static String decode(String fragment) {
        try {
            // A plus stands for itself in a fragment.
            return URLDecoder.decode(fragment.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return fragment;
        }
    }

    private @Nullable JsonSchemaPlace fragment(JsonSchemaPlace base, String fragment) {
        if (fragment.isEmpty()) {
            return base;
        }
        if (!fragment.startsWith("/")) {
            return identified.get(base.document() + "#" + fragment);
        }
        JsonNode node = base.node().at(fragment);
        return node.isMissingNode() ? null : base.at(fragment.substring(1), node);
    }

    private JsonSchemaPlace document(String document, String file, JsonSchemaPlace from)
            throws SchemaProblem {
        String base = id(place(document).node());
        JsonSchemaPlace known = identified.get(join(base, file));
        if (known != null) {
            return known;
        }
        if (file.contains(":")) {
            throw from.problem("'$ref' to '" + file
                    + "' is not followed: schemas are never fetched from the network; "
                    + "put the file beside the contract and refer to it by a relative path");
        }
        String path = file.startsWith("/")
                ? file.substring(1)
                : join("/" + document, file).replaceFirst("^/", "");
        if (!roots.containsKey(path)) {
            if (roots.size() >= MAX_FILES) {
                throw from.problem(
                        "'" + origin + "' refers to more than " + MAX_FILES + " other files");
            }
            try {
                add(path, parse(files.read(path), path));
            } catch (IOException e) {
                throw from.problem(
                        "'$ref' to the file '" + file + "' cannot be followed: " + e.getMessage());
            }
        }
        return place(path);
    }
}
