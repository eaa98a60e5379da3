package io.tidegate.gateway.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.SourceSchema;
import io.tidegate.schema.UnreadablePayload;
import io.tidegate.schema.UnresolvedSchema;
import io.tidegate.schema.WriterSchemas;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Confluent-compatible schema registry. Answers are cached for good, since an id never changes its schema; that an id is
 * absent for a while, so that the registry is not asked for every record. Calls block.
 */
public final class SchemaRegistry implements RegistryLookup, WriterSchemas {
    private static final Logger LOG = LoggerFactory.getLogger(SchemaRegistry.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration HOLD = Duration.ofSeconds(30);
    private static final int SCHEMA_CHARS_MAX = 1 << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Optional<String> url;
    private final HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE)
            .followRedirects(HttpClient.Redirect.NEVER).build();
    private final Cache<Integer, SourceSchema> known = Caffeine.newBuilder().maximumSize(10_000)
            .build();
    private final Cache<Integer, String> absent = Caffeine.newBuilder().maximumSize(10_000)
            .expireAfterWrite(Duration.ofSeconds(5)).build();

    /** The registry answers that there is no such thing. */
    private static final class NotFound extends IOException {
        NotFound(String message) {
            super(message);
        }
    }

    /**
     * @param url
     *            the registry's address; empty = contracts must bring their schemas, and framed payloads cannot be resolved
     */
    public SchemaRegistry(Optional<String> url) {
        this.url = url.map(u -> u.endsWith("/") ? u.substring(0, u.length() - 1) : u);
    }

    /**
     * Holds on for a while if the registry does not answer: a record that waits is better than one that is given up.
     */
    @Override
    public SourceSchema byId(int id) throws UnreadablePayload {
        var schema = known.getIfPresent(id);
        if (schema != null) {
            return schema;
        }
        var reason = absent.getIfPresent(id);
        if (reason != null) {
            throw new UnreadablePayload(reason);
        }
        long deadline = System.nanoTime() + HOLD.toNanos();
        for (long wait = 100;; wait = Math.min(wait * 2, 2_000)) {
            try {
                // One thread a feed decodes; two feeds that ask for one id at once cost one request more, no more.
                var found = schema(get(base() + "/schemas/ids/" + id), "registry id " + id);
                known.put(id, found);
                return found;
            } catch (NotFound e) {
                reason = "the registry has no schema with id " + id;
                absent.put(id, reason);
                throw new UnreadablePayload(reason, e);
            } catch (IOException e) {
                if (url.isEmpty() || System.nanoTime() > deadline
                        || Thread.currentThread().isInterrupted()) {
                    throw new UnresolvedSchema(
                            "schema id " + id + " cannot be had: " + e.getMessage(), e);
                }
                LOG.atWarn().log("waiting for schema id {}: {}", id, e.getMessage());
                LockSupport.parkNanos(wait * 1_000_000);
            }
        }
    }

    @Override
    public SourceSchema find(SchemaLanguage language, String addressOrSubject) throws IOException {
        boolean isAddress = addressOrSubject.startsWith("http://")
                || addressOrSubject.startsWith("https://");
        var address = isAddress
                ? addressOrSubject
                : base() + "/subjects/"
                        + URLEncoder.encode(addressOrSubject, StandardCharsets.UTF_8)
                        + "/versions/latest";
        var text = text(address);
        var node = parse(text);
        if (node != null && node.path("schema").isTextual()) {
            return schema(node, addressOrSubject);
        }
        return new SourceSchema(language, text, addressOrSubject);
    }

    private String base() throws IOException {
        return url.orElseThrow(() -> new IOException("no registry is configured (registry.url)"));
    }

    private static SourceSchema schema(JsonNode node, String origin) throws IOException {
        if (!node.path("schema").isTextual()) {
            throw new IOException("the registry's answer has no schema");
        }
        var language = switch (node.path("schemaType").asText("AVRO")) {
            case "JSON" -> SchemaLanguage.JSON;
            case "PROTOBUF" -> SchemaLanguage.PROTOBUF;
            default -> SchemaLanguage.AVRO;
        };
        return new SourceSchema(language, node.path("schema").asText(), origin);
    }

    private JsonNode get(String address) throws IOException {
        var node = parse(text(address));
        if (node == null) {
            throw new IOException("the registry's answer is no JSON");
        }
        return node;
    }

    private static @org.jspecify.annotations.Nullable JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            return null;
        }
    }

    private String text(String address) throws IOException {
        try {
            var request = HttpRequest.newBuilder(URI.create(address)).timeout(PATIENCE)
                    .header("Accept",
                            "application/vnd.schemaregistry.v1+json, application/json, */*")
                    .build();
            var response = client.send(request, BodyHandlers.ofString());
            if (response.statusCode() == 404) {
                throw new NotFound("the registry has no such schema");
            }
            if (response.statusCode() != 200) {
                throw new IOException("the registry answers " + response.statusCode());
            }
            if (response.body().length() > SCHEMA_CHARS_MAX) {
                throw new IOException(
                        "the schema is longer than " + SCHEMA_CHARS_MAX + " characters");
            }
            return response.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (IllegalArgumentException e) {
            throw new IOException("'" + address + "' is no address", e);
        } catch (java.net.ConnectException | java.net.http.HttpTimeoutException e) {
            throw new IOException("the registry does not answer", e);
        }
    }
}
