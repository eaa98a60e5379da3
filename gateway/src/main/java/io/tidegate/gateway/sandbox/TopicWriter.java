package io.tidegate.gateway.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.TokenBuffer;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.schema.Change;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.Row;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.SourceSchema;
import io.tidegate.schema.UnreadablePayload;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.kafka.client.producer.KafkaProducer;
import io.vertx.kafka.client.producer.KafkaProducerRecord;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes changes of a product's rows to its first topic, encoded as the contract says and framed with the id under which
 * the registry knows the schema. The record's key is the text of the key field, or a JSON object of the key fields where
 * there are several. Thread-safe.
 */
public final class TopicWriter {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ProductSchema schema;
    private final KafkaProducer<byte[], byte[]> producer;
    private final int schemaId;

    private TopicWriter(ProductSchema schema, KafkaProducer<byte[], byte[]> producer,
            int schemaId) {
        this.schema = schema;
        this.producer = producer;
        this.schemaId = schemaId;
    }

    /** A producer for any number of writers; its buffers are bounded, and a full one delays the write. */
    public static KafkaProducer<byte[], byte[]> producer(Vertx vertx, String bootstrapServers) {
        return KafkaProducer.create(vertx, Map.of(
                "bootstrap.servers", bootstrapServers,
                "key.serializer", ByteArraySerializer.class.getName(),
                "value.serializer", ByteArraySerializer.class.getName(),
                "acks", "all",
                "enable.idempotence", "true",
                "linger.ms", "5",
                "buffer.memory", Integer.toString(16 * 1024 * 1024),
                "delivery.timeout.ms", "30000",
                "request.timeout.ms", "10000"));
    }

    /**
     * Registers the product's schema as {@code <topic>-value} and is ready to write.
     *
     * @param registryUrl
     *            without a slash at the end
     */
    public static Future<TopicWriter> open(HttpClient http, String registryUrl,
            KafkaProducer<byte[], byte[]> producer, ProductSchema schema) {
        String subject = schema.product().stream().topics().getFirst() + "-value";
        return register(http, registryUrl, subject, schema.changes().payload().source())
                .map(id -> new TopicWriter(schema, producer, id));
    }

    /**
     * Writes one change.
     *
     * @param keyed
     *            a row that has the key fields: the row now, or before it went
     * @return done when the broker has it
     * @throws UnreadablePayload
     *             if the row cannot be said in the product's schema
     */
    public Future<Void> write(Row keyed, Change change) throws UnreadablePayload {
        byte @Nullable [] value = schema.changes().write(change, Optional.of(schemaId));
        KafkaProducerRecord<byte[], byte[]> kafkaRecord = KafkaProducerRecord.create(
                schema.product().stream().topics().getFirst(), keyOf(keyed), value);
        return producer.send(kafkaRecord).mapEmpty();
    }

    /** The type of the rows to write. */
    public ProductSchema schema() {
        return schema;
    }

    private byte @Nullable [] keyOf(Row row) throws UnreadablePayload {
        if (schema.key().isEmpty()) {
            return null;
        }
        String text;
        if (schema.key().size() == 1) {
            JsonNode only = json(schema.key().getFirst(), row);
            text = only.isTextual() ? only.textValue() : only.toString();
        } else {
            ObjectNode all = JsonNodeFactory.instance.objectNode();
            for (FieldPath field : schema.key()) {
                all.set(field.text(), json(field, row));
            }
            text = all.toString();
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static JsonNode json(FieldPath field, Row row) throws UnreadablePayload {
        try (var buffer = new TokenBuffer(JSON, false)) {
            JsonValues.write(buffer, field.type(), field.get(row));
            return buffer.asParser().readValueAsTree();
        } catch (IOException e) {
            throw new UnreadablePayload("key field '" + field.text() + "' cannot be written", e);
        }
    }

    private static Future<Integer> register(HttpClient http, String registryUrl, String subject,
            SourceSchema schema) {
        var body = new JsonObject().put("schema", schema.text());
        if (schema.language() != SchemaLanguage.AVRO) {
            body.put("schemaType", schema.language().name());
        }
        var options = new RequestOptions().setMethod(HttpMethod.POST)
                .setAbsoluteURI(registryUrl + "/subjects/"
                        + URLEncoder.encode(subject, StandardCharsets.UTF_8)
                        + "/versions")
                .putHeader("content-type", "application/vnd.schemaregistry.v1+json");
        // Inside of each other, on the request's own thread: whoever asks for the body after it has come gets an empty one.
        return http.request(options).compose(request -> request.send(body.toBuffer())
                .compose(response -> response.body().compose(answer -> response.statusCode() == 200
                        ? Future.succeededFuture(answer.toJsonObject().getInteger("id"))
                        : Future.failedFuture(refused(registryUrl, subject, answer)))));
    }

    private static SandboxFailure refused(String registryUrl, String subject, Buffer answer) {
        return new SandboxFailure("The registry at " + registryUrl
                + " does not take the schema of subject '" + subject
                + "': " + answer.toString(StandardCharsets.UTF_8));
    }
}
