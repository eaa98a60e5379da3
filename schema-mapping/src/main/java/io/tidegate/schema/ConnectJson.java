package io.tidegate.schema;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Debezium's JSON with Kafka Connect's {@code {"schema":…,"payload":…}} around it, and without. Connect writes decimals as
 * base64 of their unscaled digits and keeps the scale in the schema, so those are put right before the row is read.
 */
final class ConnectJson implements Codec {
    private static final String DECIMAL = "org.apache.kafka.connect.data.Decimal";
    /** Far beyond any database's decimal; bounds what the digits can become. */
    private static final int DECIMAL_BYTES_MAX = 512;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES).build();

    private final Codec bare;
    private final RecordType row;

    /**
     * @param bare
     *            writes the envelope
     * @param row
     *            the record of before and after
     */
    ConnectJson(Codec bare, RecordType row) {
        this.bare = bare;
        this.row = row;
    }

    @Override
    public RecordType type() {
        return bare.type();
    }

    @Override
    public Row decode(byte[] payload, Consumer<? super Misfit> misfits)
            throws UnreadablePayload {
        int start = payload.length >= 5 && payload[0] == 0 ? 5 : 0;
        JsonNode tree;
        try {
            tree = JSON.readTree(payload, start, payload.length - start);
        } catch (IOException | NumberFormatException e) {
            // The second: an exponent beyond every decimal.
            throw new UnreadablePayload("the Debezium event is not JSON that can be read", e);
        }
        JsonNode envelope = tree;
        if (tree.has("payload") && !tree.has("op")) {
            envelope = tree.get("payload");
            for (JsonNode field : tree.path("schema").path("fields")) {
                String name = field.path("field").asText();
                if (name.equals("before") || name.equals("after")) {
                    decimals(envelope.path(name), field, name, misfits);
                }
            }
        }
        Row read = JsonValues.readRow(envelope, type(), misfits);
        if (read != null) {
            return read;
        }
        throw new UnreadablePayload("the Debezium event is null; expected an object with 'op'");
    }

    private void decimals(JsonNode values, JsonNode schema, String path,
            Consumer<? super Misfit> misfits) {
        if (!(values instanceof ObjectNode object)) {
            return;
        }
        for (JsonNode field : schema.path("fields")) {
            String name = field.path("field").asText();
            JsonNode value = object.path(name);
            if (value.isTextual() && field.path("name").asText().equals(DECIMAL)) {
                JsonNode decimal = decimal(value, field.path("parameters").path("scale"));
                if (decimal.isNull()) {
                    misfits.accept(new Misfit(path + "." + name, "a Kafka Connect decimal"
                            + " (base64 of at most " + DECIMAL_BYTES_MAX
                            + " bytes, and its scale)"));
                }
                object.set(name, decimal);
            } else if (value.isObject() && row.position(name).isPresent()) {
                decimals(value, field, path + "." + name, misfits);
            }
        }
    }

    /** Null where it is none. */
    private static JsonNode decimal(JsonNode value, JsonNode scale) {
        try {
            byte[] digits = value.binaryValue();
            if (digits.length > 0 && digits.length <= DECIMAL_BYTES_MAX) {
                return DecimalNode.valueOf(
                        new BigDecimal(new BigInteger(digits), Integer.parseInt(scale.asText())));
            }
        } catch (IOException | NumberFormatException e) {
            return NullNode.getInstance();
        }
        return NullNode.getInstance();
    }

    @Override
    public byte[] encode(Row envelope, Optional<Integer> framing) throws UnreadablePayload {
        return bare.encode(envelope, framing);
    }

    @Override
    public SourceSchema source() {
        return bare.source();
    }
}
