package io.tidegate.schema;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * CloudEvents 1.0 in Kafka's binding, both modes. Written is the data alone, which is the value of binary mode; a
 * {@link ChangeCodec} has no say in headers.
 */
final class CloudEventsEnvelope implements ChangeCodec {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES).build();

    private final Codec data;

    CloudEventsEnvelope(Codec data) {
        this.data = data;
    }

    @Override
    public RecordType rowType() {
        return data.type();
    }

    @Override
    public Codec payload() {
        return data;
    }

    @Override
    public List<Change> read(byte @Nullable [] value, Map<String, byte[]> headers)
            throws UnreadablePayload {
        return List.of(change(value, headers));
    }

    private Change change(byte @Nullable [] value, Map<String, byte[]> headers)
            throws UnreadablePayload {
        boolean isBinary = headers.containsKey("ce_specversion");
        // JSON has no value of no bytes; the other two do.
        boolean isEmpty = value == null || (isBinary && value.length == 0
                && data.source().language() == SchemaLanguage.JSON);
        if (value == null || isEmpty) {
            return new Change(null, null, time(text(headers.get("ce_time"))));
        }
        var misfits = new ArrayList<Misfit>(0);
        String contentType = text(headers.get("content-type")).toLowerCase(Locale.ROOT);
        if (contentType.startsWith("application/cloudevents-batch")) {
            throw new UnreadablePayload("the record is a batch of CloudEvents, which Kafka's"
                    + " binding does not have; send each event as a record of its own");
        }
        if (contentType.startsWith("application/cloudevents+")
                && !contentType.startsWith("application/cloudevents+json")) {
            throw new UnreadablePayload("the record is a CloudEvent in a format other than JSON"
                    + " ('application/cloudevents+json'); send it in that, or in binary mode");
        }
        if (isBinary) {
            return new Change(null, data.decode(value, misfits::add),
                    time(text(headers.get("ce_time"))), misfits);
        }
        JsonNode event = structured(value, contentType.startsWith("application/cloudevents"));
        return event == null
                ? new Change(null, data.decode(value, misfits::add),
                        time(text(headers.get("ce_time"))), misfits)
                : new Change(null, row(event, misfits), time(event.path("time").asText("")),
                        misfits);
    }

    /** Null where the value is no event but the data itself. */
    private static @Nullable JsonNode structured(byte[] value, boolean said)
            throws UnreadablePayload {
        if (!said && !startsLikeObject(value)) {
            return null;
        }
        try {
            JsonNode event = JSON.readTree(value);
            if (event.isObject() && event.has("specversion")) {
                return event;
            }
        } catch (IOException | NumberFormatException e) {
            // The second: an exponent beyond every decimal.
            if (said) {
                throw new UnreadablePayload("the record says it is a CloudEvent in JSON but is"
                        + " not JSON that can be read", e);
            }
            return null;
        }
        if (said) {
            throw new UnreadablePayload("the record says it is a CloudEvent but has no"
                    + " 'specversion'");
        }
        return null;
    }

    private static boolean startsLikeObject(byte[] value) {
        int at = 0;
        while (at < value.length && (value[at] == ' ' || value[at] == '\n' || value[at] == '\r'
                || value[at] == '\t')) {
            at++;
        }
        return at < value.length && value[at] == '{';
    }

    /** An event without data says that the row is gone. */
    private @Nullable Row row(JsonNode event, List<Misfit> misfits) throws UnreadablePayload {
        if (event.has("data_base64")) {
            try {
                return data.decode(event.get("data_base64").binaryValue(), misfits::add);
            } catch (IOException e) {
                throw new UnreadablePayload("the CloudEvent's 'data_base64' is not base64", e);
            }
        }
        JsonNode node = event.path("data");
        if (node.isMissingNode() || node.isNull()) {
            return null;
        }
        if (data.source().language() == SchemaLanguage.JSON) {
            return data.decode(node.toString().getBytes(StandardCharsets.UTF_8), misfits::add);
        }
        Row read = JsonValues.readRow(node, data.type(), misfits::add);
        if (read != null) {
            return read;
        }
        throw new UnreadablePayload("the CloudEvent's 'data' is no '" + data.type().name() + "'");
    }

    private static Optional<Instant> time(String text) throws UnreadablePayload {
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            return Optional.of(OffsetDateTime.parse(text).toInstant());
        } catch (DateTimeException e) {
            throw new UnreadablePayload("the CloudEvent's time is not in the form of RFC 3339", e);
        }
    }

    private static String text(byte @Nullable [] header) {
        return header == null ? "" : new String(header, StandardCharsets.UTF_8);
    }

    @Override
    public byte @Nullable [] write(Change change, Optional<Integer> framing)
            throws UnreadablePayload {
        return change.after() == null ? null : data.encode(change.after(), framing);
    }
}
