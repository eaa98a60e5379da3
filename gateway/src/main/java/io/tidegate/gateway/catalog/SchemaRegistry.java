package io.tidegate.gateway.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.diff.Compatibility;
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
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.ThreadLocalRandom;
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
 * absent or of no use for a while, so that the registry is not asked for every record. Schemas that refer to others are given
 * with these: Avro and JSON Schema with them in their place, Protobuf with them beside it. Calls block, at most for the time
 * of one request, or {@link #byId} for as long as it holds on.
 */
public final class SchemaRegistry implements RegistryLookup, WriterSchemas {
    private static final Logger LOG = LoggerFactory.getLogger(SchemaRegistry.class);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final Duration HOLD = Duration.ofSeconds(30);
    /** Between two requests for one id; it doubles. */
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration PAUSE_MAX = Duration.ofSeconds(5);
    private static final int ANSWER_BYTES_MAX = 2 << 20;
    private static final int REFERENCES_MAX = 100;
    private static final int REFERENCE_DEPTH_MAX = 32;
    private static final int REFERENCE_CHARACTERS_MAX = 8 << 20;
    /** Characters of all schemas that are kept. */
    private static final int KNOWN_CHARACTERS_MAX = 64 << 20;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Optional<String> url;
    private final Duration hold;
    private final Duration patience;
    private final Duration pause;
    private final HttpClient client;
    private final Cache<Integer, SourceSchema> known = Caffeine.newBuilder()
            .maximumWeight(KNOWN_CHARACTERS_MAX).weigher(SchemaRegistry::weight).build();
    /** Ids that are being asked for; one a thread that decodes. */
    private final Map<Integer, CompletableFuture<SourceSchema>> asking = new ConcurrentHashMap<>();
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
        this(url, HOLD, PATIENCE, PAUSE);
    }

    /**
     * @param hold
     *            how long {@link #byId} waits for a registry that does not answer
     * @param patience
     *            how long one request may take, to the last byte of its answer
     * @param pause
     *            between the first two requests for one id
     */
    SchemaRegistry(Optional<String> url, Duration hold, Duration patience, Duration pause) {
        this.url = url.map(u -> u.endsWith("/") ? u.substring(0, u.length() - 1) : u);
        this.hold = hold;
        this.patience = patience;
        this.pause = pause;
        // Registries speak HTTP/1.1; not all that stand in front of them like to be asked for an upgrade.
        this.client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(patience)
                .followRedirects(HttpClient.Redirect.NEVER).build();
    }

    private static int weight(int id, SourceSchema schema) {
        return 1_000 + schema.text().length()
                + schema.references().values().stream().mapToInt(String::length).sum();
    }

    @Override
    public boolean isConfigured() {
        return url.isPresent();
    }

    /**
     * Holds on for a while if the registry does not answer: a record that waits is better than one that is given up. Those
     * who want the same id at once wait for one request.
     */
    @Override
    public SourceSchema byId(int id) throws UnreadablePayload {
        while (true) {
            var schema = known.getIfPresent(id);
            if (schema != null) {
                return schema;
            }
            var refusal = refused.getIfPresent(id);
            if (refusal != null) {
                throw refusal.failure(null);
            }
            var mine = new CompletableFuture<SourceSchema>();
            var others = asking.putIfAbsent(id, mine);
            if (others == null) {
                return ask(id, mine);
            }
            try {
                return others.get();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UnresolvedSchema("schema id " + id + " cannot be had: interrupted", e);
            } catch (ExecutionException e) {
                switch (e.getCause()) {
                    case UnresolvedSchema failure ->
                        throw new UnresolvedSchema(String.valueOf(failure.getMessage()), failure);
                    case UnreadablePayload failure ->
                        throw new UnreadablePayload(String.valueOf(failure.getMessage()), failure);
                    case null, default -> {
                        // The one who asked was stopped: ask again.
                    }
                }
            }
        }
    }

    private SourceSchema ask(int id, CompletableFuture<SourceSchema> mine)
            throws UnreadablePayload {
        try {
            var again = known.getIfPresent(id);
            var found = again == null ? ask(id) : again;
            mine.complete(found);
            return found;
        } catch (UnreadablePayload e) {
            mine.completeExceptionally(
                    Thread.currentThread().isInterrupted() ? new InterruptedException() : e);
            throw e;
        } finally {
            // After a failure that nobody foresaw, others ask for themselves.
            mine.completeExceptionally(new InterruptedException());
            asking.remove(id, mine);
        }
    }

    private SourceSchema ask(int id) throws UnreadablePayload {
        long begun = System.nanoTime();
        for (long wait = pause.toNanos();; wait = Math.min(wait * 2, PAUSE_MAX.toNanos())) {
            try {
                var address = base() + "/schemas/ids/" + id;
                var node = get(address);
                if (node.path("id").isInt() && node.path("id").asInt() != id) {
                    throw new Unusable(
                            "the registry answers with the id " + node.path("id").asInt(), null);
                }
                var found = schema(node, address, "registry id " + id);
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
                // Ids of many feeds, and many gateways, do not come back at one moment.
                LockSupport.parkNanos(wait + ThreadLocalRandom.current().nextLong(wait / 4 + 1));
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

    /**
     * What the registry demands of the next version of a subject, by its own setting or by that of all subjects.
     *
     * @return empty if the registry does not say
     * @throws IOException
     *             if no registry is configured, or it does not answer in time
     */
    public Optional<Compatibility> compatibility(String subject) throws IOException {
        JsonNode answer;
        try {
            answer = get(base() + "/config/" + encoded(subject) + "?defaultToGlobal=true");
        } catch (NotFound e) {
            LOG.atDebug().log("the registry has no setting for subject '{}' alone", subject);
            try {
                answer = get(base() + "/config");
            } catch (NotFound alsoAbsent) {
                return Optional.empty();
            }
        }
        var level = answer.path("compatibilityLevel").asText(answer.path("compatibility").asText());
        return Arrays.stream(Compatibility.values()).filter(one -> one.name().equals(level))
                .findFirst();
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
        if (node.path("references").isEmpty()) {
            return new SourceSchema(language, text, origin);
        }
        var referred = new Referred(root(address));
        referred.add(node, 1);
        return switch (language) {
            case AVRO -> new SourceSchema(language, referred.inPlaceOfNames(text), origin);
            case JSON -> new SourceSchema(language, referred.inDefinitions(text), origin);
            case PROTOBUF -> new SourceSchema(language, text, origin, referred.texts);
        };
    }

    private static String root(String address) {
        return List.of("/subjects/", "/schemas/ids/").stream().map(address::lastIndexOf)
                .filter(at -> at >= 0).findFirst().map(at -> address.substring(0, at))
                .orElse(address);
    }

    /** The schemas that one refers to, and what these refer to. */
    private final class Referred {
        private final String root;
        /** Texts by the name that refers to them; what is referred to comes first. */
        private final Map<String, String> texts = new LinkedHashMap<>();
        private final Map<String, String> addresses = new HashMap<>();
        private int characters;

        Referred(String root) {
            this.root = root;
        }

        void add(JsonNode node, int depth) throws IOException {
            if (depth > REFERENCE_DEPTH_MAX) {
                throw new Unusable("its references are deeper than " + REFERENCE_DEPTH_MAX, null);
            }
            for (JsonNode reference : node.path("references")) {
                var subject = reference.path("subject").asText();
                int version = reference.path("version").asInt();
                var name = reference.path("name").asText(subject);
                var address = root + "/subjects/" + encoded(subject) + "/versions/" + version;
                var known = addresses.putIfAbsent(name, address);
                if (known == null) {
                    add(name, subject, version, address, depth);
                } else if (!known.equals(address)) {
                    throw new Unusable("it refers to two schemas by the name '" + name + "'",
                            null);
                }
            }
        }

        private void add(String name, String subject, int version, String address, int depth)
                throws IOException {
            if (addresses.size() > REFERENCES_MAX) {
                throw new Unusable("it refers to more than " + REFERENCES_MAX + " schemas", null);
            }
            JsonNode referred;
            try {
                referred = get(address);
            } catch (NotFound e) {
                throw new Unusable("it refers to version " + version + " of subject '" + subject
                        + "', which the registry does not have", e);
            }
            if (!referred.path("schema").isTextual()) {
                throw new IOException("the registry's answer has no schema");
            }
            if (!referred.path("subject").asText(subject).equals(subject)
                    || referred.path("version").asInt(version) != version) {
                throw new Unusable("the registry answers version " + version + " of subject '"
                        + subject + "' with another schema", null);
            }
            var text = referred.path("schema").asText();
            characters += text.length();
            if (characters > REFERENCE_CHARACTERS_MAX) {
                throw new Unusable("what it refers to is longer than " + REFERENCE_CHARACTERS_MAX
                        + " characters", null);
            }
            add(referred, depth + 1);
            texts.put(name, text);
        }

        /** For Avro, whose names are known once they have been read. */
        String inPlaceOfNames(String text) throws Unusable {
            try {
                var parser = new Schema.Parser();
                texts.values().forEach(parser::parse);
                return parser.parse(text).toString();
            } catch (AvroRuntimeException | StackOverflowError e) {
                // Avro's own parser recurses without a bound.
                throw new Unusable(
                        "it and what it refers to are no Avro schema: " + e.getMessage(), e);
            }
        }

        /** For JSON Schema, whose definitions can have addresses of their own. */
        String inDefinitions(String text) throws Unusable {
            if (!(parse(text) instanceof ObjectNode whole)) {
                throw new Unusable("it is no JSON Schema", null);
            }
            var id = whole.path("$schema").asText().matches(".*draft-0[34].*") ? "id" : "$id";
            var definitions = whole.path("definitions") instanceof ObjectNode present
                    ? present
                    : whole.putObject("definitions");
            for (var reference : texts.entrySet()) {
                if (!(parse(reference.getValue()) instanceof ObjectNode part)) {
                    throw new Unusable("its reference '" + reference.getKey()
                            + "' is no JSON Schema", null);
                }
                part.put(id, reference.getKey());
                var key = reference.getKey();
                while (definitions.has(key)) {
                    key += "_";
                }
                definitions.set(key, part);
            }
            return whole.toString();
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
