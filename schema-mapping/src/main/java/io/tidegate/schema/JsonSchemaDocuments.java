package io.tidegate.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A JSON Schema and the files that it refers to. References are followed within the document and into files of the
 * contract's folder, never over the network. An address under the schema's own {@code $id} means the file beside it.
 */
final class JsonSchemaDocuments {
    private static final int MAX_FILES = 100;
    /** The contract's folder, as the base of addresses. */
    private static final String FOLDER = "contract:/";
    private static final String META_SCHEMA = "https?://json-schema[.]org/draft[-/0-9a-z]*/(hyper-)?schema";
    /** What stands under these is data, in which nothing is a schema. */
    private static final Set<String> VALUES = Set.of("enum", "const", "default", "examples",
            "example");
    /** What stands under these is an object of schemas, whose keys are no keywords. */
    private static final Set<String> NAMED = Set.of("properties", "patternProperties",
            "definitions", "$defs", "dependentSchemas", "dependencies");

    private final SchemaFiles files;
    private final String origin;
    private final Map<String, String> references;
    private final Map<String, JsonSchemaText> texts = new HashMap<>();
    /** Schemas by their address: of the file, by {@code $id}, and with {@code #} and their anchor. */
    private final Map<String, JsonSchemaPlace> identified = new HashMap<>();
    /** By key of a place: the address that references below it are relative to. */
    private final Map<String, String> bases = new HashMap<>();

    JsonSchemaDocuments(SourceSchema source, SchemaFiles files) throws SchemaProblem {
        this.files = files;
        this.origin = source.origin();
        this.references = source.references();
        add("", JsonSchemaText.parse(source.origin(), source.text()));
    }

    JsonSchemaPlace root() {
        return place("");
    }

    private JsonSchemaPlace place(String document) {
        JsonSchemaText text = texts.get(document);
        if (text == null) {
            throw new IllegalStateException("'" + document + "' has not been read");
        }
        return new JsonSchemaPlace(text, document, "", text.root());
    }

    /** Where a document is from. */
    private String address(String document) {
        if (!document.isEmpty()) {
            return document.contains("://") ? document : FOLDER + document;
        }
        return origin.matches("[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*") ? FOLDER + origin : FOLDER;
    }

    /** A schema, or an object of schemas, that is to be searched for identifiers. */
    private record Open(JsonSchemaPlace at, String base, boolean named) {
    }

    private void add(String document, JsonSchemaText text) {
        texts.put(document, text);
        JsonSchemaPlace root = place(document);
        bases.put(root.key(), address(document));
        identified.putIfAbsent(address(document), root);
        String dialect = text.root().path("$schema").asText();
        var open = new ArrayDeque<Open>();
        open.add(new Open(root, address(document), false));
        while (!open.isEmpty()) {
            Open next = open.poll();
            JsonNode node = next.at().node();
            if (node.isArray()) {
                for (int i = 0; i < node.size(); i++) {
                    open.add(new Open(next.at().at(i), next.base(), false));
                }
            } else if (node.isObject()) {
                String base = next.named()
                        ? next.base()
                        : identify(next.at(), next.base(), dialect);
                for (Map.Entry<String, JsonNode> member : node.properties()) {
                    String keyword = member.getKey();
                    if (member.getValue().isContainerNode()
                            && (next.named() || !VALUES.contains(keyword))) {
                        open.add(new Open(next.at().at(keyword), base,
                                !next.named() && NAMED.contains(keyword)));
                    }
                }
            }
        }
    }

    /** @return the base of what is inside */
    private String identify(JsonSchemaPlace at, String base, String dialect) {
        JsonNode node = at.node();
        boolean isOld = dialect.matches(".*draft-0[34].*");
        JsonNode id = node.path("$id").isTextual() || !(isOld || dialect.isEmpty())
                ? node.path("$id")
                : node.path("id");
        boolean isHidden = node.has("$ref") && !at.pointer().isEmpty()
                && dialect.contains("draft-0");
        String inner = base;
        // Beside a reference it has no meaning in the drafts that have such a thing.
        if (id.isTextual() && !isHidden) {
            String full = join(base, id.asText());
            int hash = full.indexOf('#');
            identified.putIfAbsent(full.endsWith("#") ? full.substring(0, hash) : full, at);
            if (!id.asText().startsWith("#")) {
                inner = hash < 0 ? full : full.substring(0, hash);
                identified.putIfAbsent(inner, at);
                bases.put(at.key(), inner);
            }
        }
        for (String keyword : new String[]{"$anchor", "$dynamicAnchor"}) {
            if (node.path(keyword).isTextual()) {
                identified.putIfAbsent(inner + "#" + node.get(keyword).asText(), at);
            }
        }
        return inner;
    }

    private static String join(String base, String reference) {
        if (reference.startsWith("#")) {
            // An address like urn:uuid:… is no path, and Java resolves nothing against it.
            int hash = base.indexOf('#');
            return (hash < 0 ? base : base.substring(0, hash)) + reference;
        }
        try {
            return URI.create(base).resolve(reference).toString();
        } catch (IllegalArgumentException e) {
            return reference;
        }
    }

    /** Of the nearest schema around this place that has one. */
    private String base(JsonSchemaPlace at) {
        String pointer = at.pointer();
        while (!pointer.isEmpty()) {
            String base = bases.get(at.document() + "#/" + pointer);
            if (base != null) {
                return base;
            }
            pointer = pointer.substring(0, Math.max(0, pointer.lastIndexOf('/')));
        }
        return bases.getOrDefault(at.document() + "#/", FOLDER);
    }

    /**
     * The schema that a reference means, seen from this place. The schema of schemas itself is any JSON.
     *
     * @param keyword
     *            that holds the reference, for messages
     */
    JsonSchemaPlace resolve(JsonSchemaPlace from, String keyword, String reference)
            throws SchemaProblem {
        int hash = reference.indexOf('#');
        String file = hash < 0 ? reference : reference.substring(0, hash);
        String fragment = hash < 0 ? "" : decode(reference.substring(hash + 1));
        String base = base(from);
        String address = file.isEmpty() ? base : join(base, file);
        JsonSchemaPlace resource = identified.get(address);
        if (resource == null && file.isEmpty()) {
            resource = place(from.document());
        }
        if (resource == null && address.matches(META_SCHEMA)) {
            return new JsonSchemaPlace(from.text(), from.document(), from.pointer(),
                    BooleanNode.TRUE);
        }
        if (resource == null) {
            resource = file(from.at(keyword), file, address);
        }
        JsonSchemaPlace found = fragment(resource, fragment);
        if (found == null || !(found.node().isObject() || found.node().isBoolean())) {
            throw from.at(keyword)
                    .problem("'" + keyword + "' to '" + reference + "' leads to no schema");
        }
        return found;
    }

    private static String decode(String text) {
        try {
            // A plus stands for itself in an address.
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }

    private @Nullable JsonSchemaPlace fragment(JsonSchemaPlace resource, String fragment) {
        if (fragment.isEmpty()) {
            return resource;
        }
        if (!fragment.startsWith("/")) {
            return identified.get(base(resource) + "#" + fragment);
        }
        JsonSchemaPlace at = resource;
        for (String step : fragment.substring(1).split("/", -1)) {
            String key = step.replace("~1", "/").replace("~0", "~");
            JsonNode next = at.node().isArray() && key.matches("[0-9]{1,9}")
                    ? at.node().path(Integer.parseInt(key))
                    : at.node().path(key);
            at = at.below(JsonSchemaPlace.escape(key), next);
        }
        return at.node().isMissingNode() ? null : at;
    }

    /** People leave the ending off, and refer to {@code /money/1.0.0}. */
    private static Set<String> endings(Set<String> addresses) {
        var paths = new LinkedHashSet<String>();
        for (String ending : List.of("", ".json", ".yaml", ".schema.json")) {
            for (String address : addresses) {
                if (address.startsWith(FOLDER)) {
                    paths.add(decode(address.substring(FOLDER.length())) + ending);
                }
            }
        }
        paths.removeIf(JsonSchemaDocuments::isOutside);
        return paths;
    }

    private static boolean isOutside(String path) {
        return path.startsWith("/") || path.indexOf('\\') >= 0 || path.indexOf(':') >= 0
                || path.indexOf('\0') >= 0 || List.of(path.split("/")).contains("..");
    }

    private JsonSchemaPlace file(JsonSchemaPlace from, String file, String address)
            throws SchemaProblem {
        for (String name : List.of(file, address)) {
            // What came with the schema, which a registry may name by its address.
            String text = references.get(name);
            if (text != null && (texts.containsKey(name) || texts.size() < MAX_FILES)) {
                if (!texts.containsKey(name)) {
                    add(name, JsonSchemaText.parse(name, text));
                }
                return place(name);
            }
        }
        var paths = new LinkedHashSet<String>();
        String own = address(from.document());
        if (address.startsWith(FOLDER)) {
            paths.add(address);
        }
        if (file.startsWith("/")) {
            paths.add(FOLDER + file.substring(1));
        } else if (!file.contains(":")) {
            paths.add(join(own, file));
            paths.add(FOLDER + file);
        } else {
            String id = base(place(from.document()));
            String folder = id.substring(0, id.lastIndexOf('/') + 1);
            if (!id.startsWith(FOLDER) && folder.indexOf("://") > 0
                    && folder.length() > folder.indexOf("://") + 3
                    && address.startsWith(folder)) {
                paths.add(join(own, address.substring(folder.length())));
            }
        }
        IOException problem = null;
        for (String path : endings(paths)) {
            if (texts.containsKey(path)) {
                return place(path);
            }
            if (texts.size() >= MAX_FILES) {
                throw from.problem(
                        "'" + origin + "' refers to more than " + MAX_FILES + " other files");
            }
            try {
                add(path, JsonSchemaText.parse(path, files.read(path)));
                return place(path);
            } catch (IOException e) {
                problem = problem == null ? e : problem;
            }
        }
        if (problem == null && !paths.isEmpty()) {
            throw from.problem("'$ref' to '" + file
                    + "' is not followed: it leads out of the contract's folder");
        }
        if (problem == null) {
            throw from.problem("'$ref' to '" + file
                    + "' is not followed: schemas are never fetched from the network; "
                    + "put the file beside the contract and refer to it by a relative path");
        }
        throw from.problem(
                "'$ref' to the file '" + file + "' cannot be followed: " + problem.getMessage());
    }
}
