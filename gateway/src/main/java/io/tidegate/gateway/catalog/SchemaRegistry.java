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
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Confluent-compatible schema registry. Answers are cached for good, since an id never changes its schema; that an id is
 * absent or of no use for a while, so that the registry is not asked for every record. Avro schemas that refer to others are
 * given with these put in their place. Calls block, at most for the time of one request, or {@link #byId} for as long as it
 * holds on.
 */
public final class SchemaRegistry implements RegistryLookup, WriterSchemas {
    private static final Logger LOG = LoggerFactory.getLogger(SchemaRegistry.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration HOLD = Duration.ofSeconds(30);
    private static final int ANSWER_BYTES_MAX = 2 << 20;
    private static final int REFERENCES_MAX = 100;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Optional<String> url;
    private final Duration hold;
    private final Duration patience;
    private final HttpClient client;
    private final Cache<Integer, SourceSchema> known = Caffeine.newBuilder().maximumSize(10_000)
            .build();
    private final Cache<Integer, Refusal> refused = Caffeine.newBuilder().maximumSize(10_000)
            .expireAfterWrite(Duration.ofSeconds(5)).build();

    /** The registry answers that there is no such thing. */
    private static final class NotFound extends IOException {
        NotFound(String message) {
            super(message);
        }
    }

    /** The registry answers something that asking again does not make better. */
    private static final class Unusable extends IOException {
        Unusable(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /**
     * Why an id has no schema.
     *
     * @param isUnknown
     *            whether the registry has no such id, as opposed to a schema that cannot be used
     */
    private record Refusal(String reason, boolean isUnknown) {
        UnreadablePayload failure(@Nullable Throwable cause) {
            return isUnknown
                    ? new UnreadablePayload(reason, cause)
                    : new UnresolvedSchema(reason, cause);
        }
    }

    /**
     * @param url
     *            the registry's address; empty = contracts must bring their schemas, and framed payloads cannot be resolved
     */
    public SchemaRegistry(Optional<String> url) {
        this(url, HOLD, PATIENCE);
    }

    /**
     * @param hold
     *            how long {@link #byId} waits for a registry that does not answer
     * @param patience
     *            how long one request may take, to the last byte of its answer
     */
    SchemaRegistry(Optional<String> url, Duration hold, Duration patience) {
        this.url = url.map(u -> u.endsWith("/") ? u.substring(0, u.length() - 1) : u);
        this.hold = hold;
        this.patience = patience;
        // Registries speak HTTP/1.1; not all that stand in front of them like to be asked for an upgrade.
        this.client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(patience)
                .followRedirects(HttpClient.Redirect.NEVER).build();
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
        var refusal = refused.getIfPresent(id);
        if (refusal != null) {
            throw refusal.failure(null);
        }
        long begun = System.nanoTime();
        for (long wait = 100;; wait = Math.min(wait * 2, 2_000)) {
            try {
                // One thread a feed decodes; two feeds that ask for one id at once cost one request more, no more.
                var address = base() + "/schemas/ids/" + id;
                var found = schema(get(address), address, "registry id " + id);
                known.put(id, found);
                return found;
            } catch (NotFound e) {
                throw remember(id,
                        new Refusal("the registry has no schema with id " + id, true), e);
            } catch (Unusable e) {
                throw remember(id, new Refusal(
                        "schema id " + id + " cannot be used: " + e.getMessage(), false), e);
            } catch (IOException e) {
                if (url.isEmpty() || System.nanoTime() - begun > hold.toNanos()
                        || Thread.currentThread().isInterrupted()) {
                    throw new UnresolvedSchema(
                            "schema id " + id + " cannot be had: " + e.getMessage(), e);
                }
                LOG.atWarn().log("waiting for schema id {}: {}", id, e.getMessage());
                LockSupport.parkNanos(wait * 1_000_000);
            }
        }
    }

    private UnreadablePayload remember(int id, Refusal refusal, IOException cause) {
        refused.put(id, refusal);
        return refusal.failure(cause);
    }

    @Override
    public SourceSchema find(SchemaLanguage language, String addressOrSubject) throws IOException {
        boolean isAddress = addressOrSubject.startsWith("http://")
                || addressOrSubject.startsWith("https://");
        var address = isAddress
                ? addressOrSubject
                : base() + "/subjects/" + encoded(addressOrSubject) + "/versions/latest";
        var text = text(address);
        var node = parse(text);
        if (node != null && node.path("schema").isTextual()) {
            return schema(node, address, addressOrSubject);
        }
        if (!isAddress) {
            throw new IOException("the registry's answer has no schema");
        }
        return new SourceSchema(language, text, addressOrSubject);
    }

    private String base() throws IOException {
        return url.orElseThrow(() -> new IOException("no registry is configured (registry.url)"));
    }

    private static String encoded(String subject) {
        // In a path a plus sign is a plus sign.
        return URLEncoder.encode(subject, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /**
     * @param address
     *            where the answer is from: what it refers to is in the same registry
     */
    private SourceSchema schema(JsonNode node, String address, String origin) throws IOException {
        if (!node.path("schema").isTextual()) {
            throw new IOException("the registry's answer has no schema");
        }
        // Absent and null both mean Avro.
        var type = node.path("schemaType").asText("AVRO");
        var language = switch (type) {
            case "AVRO", "null" -> SchemaLanguage.AVRO;
            case "JSON" -> SchemaLanguage.JSON;
            case "PROTOBUF" -> SchemaLanguage.PROTOBUF;
            default -> throw new Unusable("its language is '" + type
                    + "', expected AVRO, JSON or PROTOBUF", null);
        };
        var text = node.path("schema").asText();
        if (language == SchemaLanguage.AVRO && !node.path("references").isEmpty()) {
            text = whole(node, root(address));
        }
        return new SourceSchema(language, text, origin);
    }

    private static String root(String address) {
        return List.of("/subjects/", "/schemas/ids/").stream().map(address::lastIndexOf)
                .filter(at -> at >= 0).findFirst().map(at -> address.substring(0, at))
                .orElse(address);
    }

    /** The schema with those that it refers to in their place. */
    private String whole(JsonNode node, String root) throws IOException {
        try {
            var parser = new Schema.Parser();
            addReferences(parser, node, root, new HashSet<>());
            return parser.parse(node.path("schema").asText()).toString();
        } catch (AvroRuntimeException | StackOverflowError e) {
            // Avro's own parser recurses without a bound.
            throw new Unusable("it and what it refers to are no Avro schema: " + e.getMessage(), e);
        }
    }

    private void addReferences(Schema.Parser parser, JsonNode node, String root, Set<String> done)
            throws IOException {
        for (JsonNode reference : node.path("references")) {
            var subject = reference.path("subject").asText();
            int version = reference.path("version").asInt();
            var address = root + "/subjects/" + encoded(subject) + "/versions/" + version;
            if (!done.add(address)) {
                continue;
            }
            if (done.size() > REFERENCES_MAX) {
                throw new Unusable("it refers to more than " + REFERENCES_MAX + " schemas", null);
            }
            try {
                var referred = get(address);
                addReferences(parser, referred, root, done);
                parser.parse(referred.path("schema").asText());
            } catch (NotFound e) {
                throw new Unusable("it refers to version " + version + " of subject '" + subject
                        + "', which the registry does not have", e);
            }
        }
    }

    private JsonNode get(String address) throws IOException {
        var node = parse(text(address));
        if (node == null) {
            throw new IOException("the registry's answer is no JSON");
        }
        return node;
    }

    private static @Nullable JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
            return null;
        }
    }

    private String text(String address) throws IOException {
        HttpRequest request;
        try {
            request = HttpRequest.newBuilder(URI.create(address))
                    .header("Accept",
                            "application/vnd.schemaregistry.v1+json, application/json, */*")
                    .build();
        } catch (IllegalArgumentException e) {
            throw new Unusable("'" + address + "' is no address", e);
        }
        // The client's own timeout ends with the head of an answer; ours covers the body too.
        var answer = client.sendAsync(request, head -> new Bounded());
        HttpResponse<String> response;
        try {
            response = answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new IOException(
                    "the registry does not answer within " + patience.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof Unusable unusable) {
                    throw new Unusable(String.valueOf(unusable.getMessage()), e);
                }
            }
            throw new IOException("the registry does not answer", e);
        }
        if (response.statusCode() == 404) {
            throw new NotFound("the registry has no such schema");
        }
        if (response.statusCode() != 200) {
            throw new IOException("the registry answers " + response.statusCode());
        }
        return response.body();
    }

    /** Text that gives up at a bound, before it is kept. */
    private static final class Bounded implements BodySubscriber<String> {
        private final BodySubscriber<String> text = BodySubscribers
                .ofString(StandardCharsets.UTF_8);
        private Flow.@Nullable Subscription subscription;
        private long received;

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            text.onSubscribe(given);
        }

        @Override
        public void onNext(List<ByteBuffer> bytes) {
            boolean wasBeyond = received > ANSWER_BYTES_MAX;
            received += bytes.stream().mapToLong(ByteBuffer::remaining).sum();
            if (wasBeyond) {
                return;
            }
            if (received <= ANSWER_BYTES_MAX) {
                text.onNext(bytes);
                return;
            }
            // First the reason: what cancelling says of itself would stand in for it.
            text.onError(new Unusable(
                    "the registry's answer is longer than " + ANSWER_BYTES_MAX + " bytes", null));
            if (subscription != null) {
                subscription.cancel();
            }
        }

        @Override
        public void onError(Throwable failure) {
            text.onError(failure);
        }

        @Override
        public void onComplete() {
            if (received <= ANSWER_BYTES_MAX) {
                text.onComplete();
            }
        }

        @Override
        public CompletionStage<String> getBody() {
            return text.getBody();
        }
    }
}
