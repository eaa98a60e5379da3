package io.tidegate.gateway.graphql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Documents that clients name instead of sending them: those that the operator has laid down, called trusted, and, where any
 * document may be asked, those that clients have registered by their hash (automatic persisted queries, as Apollo's clients
 * have them). Thread-safe.
 */
public final class Documents {
    /** Every document may be asked, and none is laid down. */
    public static final Documents ANY = new Documents(Map.of(), false);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long REGISTERED_CHARS = 1 << 20;
    private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

    private final Map<String, String> trusted;
    private final boolean isOnlyTrusted;
    private final Cache<String, String> registered = Caffeine.newBuilder()
            .maximumWeight(REGISTERED_CHARS)
            .weigher((String hash, String document) -> 200 + document.length()).build();

    private Documents(Map<String, String> trusted, boolean isOnlyTrusted) {
        this.trusted = Map.copyOf(trusted);
        this.isOnlyTrusted = isOnlyTrusted;
    }

    /** The documents cannot be read; the message says which and why. */
    public static final class Unreadable extends Exception {
        Unreadable(String message) {
            super(message);
        }
    }

    /**
     * Reads a folder: each {@code *.graphql} file is a document, known by its SHA-256; each {@code *.json} file lists
     * documents by ids, as an object of texts or as a manifest of Apollo's tools.
     *
     * @param isOnly
     *            whether no other document may be asked
     */
    public static Documents read(Path folder, boolean isOnly) throws Unreadable {
        var trusted = new HashMap<String, String>();
        try (var files = Files.list(folder)) {
            for (var file : files.sorted().toList()) {
                var name = file.getFileName().toString();
                if (name.endsWith(".graphql")) {
                    var text = Files.readString(file);
                    trusted.put(sha256(text), text);
                } else if (name.endsWith(".json")) {
                    list(file, trusted);
                }
            }
        } catch (IOException e) {
            throw new Unreadable("the documents in '" + folder + "' cannot be read: " + e);
        }
        return new Documents(trusted, isOnly);
    }

    private static void list(Path file, Map<String, String> into) throws IOException, Unreadable {
        JsonNode manifest;
        try {
            manifest = JSON.readTree(Files.readString(file));
        } catch (JsonProcessingException e) {
            var at = e.getLocation();
            throw new Unreadable(file + ":" + at.getLineNr() + ":" + at.getColumnNr()
                    + ": this is no JSON");
        }
        if (manifest.path("operations").isArray()) {
            for (var operation : manifest.path("operations")) {
                put(file, operation.path("id").asText(), operation.path("body"), into);
            }
        } else if (manifest.isObject()) {
            for (var entry : manifest.properties()) {
                put(file, entry.getKey(), entry.getValue(), into);
            }
        } else {
            throw new Unreadable(file + ": expected an object of documents by their ids, or a"
                    + " manifest with 'operations'");
        }
    }

    private static void put(Path file, String id, JsonNode document, Map<String, String> into)
            throws Unreadable {
        if (id.isEmpty() || !document.isTextual()) {
            throw new Unreadable(file + ": each document needs an id and a text; '" + id
                    + "' has none");
        }
        into.put(plain(id), document.textValue());
    }

    /** How many are laid down. */
    public int size() {
        return trusted.size();
    }

    /**
     * The request with its document.
     *
     * @throws Refusal.Thrown
     *             if it names one that is not known, or sends one that it may not
     */
    GraphQlRequest resolved(GraphQlRequest request) {
        if (request.documentId().isPresent()) {
            var id = plain(request.documentId().get());
            var known = trusted.get(id);
            if (known != null) {
                return request.with(known);
            }
            if (!isOnlyTrusted) {
                return registered(request, id);
            }
        } else if (!isOnlyTrusted || trusted.containsValue(request.query())) {
            return request;
        }
        throw new Refusal.Thrown(Refusal.of(RefusalCode.DOCUMENT_NOT_TRUSTED,
                "This gateway answers only documents that its operator has laid down."));
    }

    private GraphQlRequest registered(GraphQlRequest request, String id) {
        if (!request.query().isEmpty()) {
            if (!sha256(request.query()).equals(id)) {
                throw GraphQlRequest.malformed(
                        "The hash that names the document is not its SHA-256.");
            }
            registered.put(id, request.query());
            return request;
        }
        return Optional.ofNullable(HASH.matcher(id).matches() ? registered.getIfPresent(id) : null)
                .map(request::with)
                // In these words, because clients look for them before they send the document.
                .orElseThrow(() -> new Refusal.Thrown(Refusal
                        .of(RefusalCode.PERSISTED_QUERY_NOT_FOUND, "PersistedQueryNotFound")));
    }

    private static String plain(String id) {
        return id.startsWith("sha256:") ? id.substring("sha256:".length()) : id;
    }

    private static String sha256(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
