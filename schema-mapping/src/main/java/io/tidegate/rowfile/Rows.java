package io.tidegate.rowfile;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.tidegate.schema.Change;
import io.tidegate.schema.ChangeCodec;
import io.tidegate.schema.Codec;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.schema.UnreadablePayload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Fits what a file holds to the product: a bare row, or a whole event where the product has an envelope. */
final class Rows {
    static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES).build();

    private final ChangeCodec product;
    private final boolean enveloped;

    Rows(ChangeCodec product) {
        this.product = product;
        this.enveloped = product.payload().type() != product.rowType();
    }

    RecordType type() {
        return product.rowType();
    }

    Codec payload() {
        return product.payload();
    }

    /** One JSON text. */
    Change json(byte[] text) throws UnreadablePayload {
        if (!enveloped) {
            return upsert(JsonValues.read(text, type()));
        }
        try {
            return json(JSON.readTree(text));
        } catch (IOException | NumberFormatException e) {
            // The second: an exponent beyond every decimal.
            throw new UnreadablePayload("not JSON that can be read", e);
        }
    }

    Change json(JsonNode node) throws UnreadablePayload {
        if (!enveloped || !isEvent(node)) {
            return upsert(JsonValues.read(node, type()));
        }
        if (product.payload().source().language() == SchemaLanguage.JSON) {
            return event(node.toString().getBytes(StandardCharsets.UTF_8));
        }
        JsonNode event = node.has("op") ? node : node.path("payload");
        if (JsonValues.read(event, product.payload().type()) instanceof Row row) {
            // Through the product's own bytes, so that a file and a topic are read by the same rules.
            return event(product.payload().encode(row, java.util.Optional.empty()));
        }
        throw new UnreadablePayload("null is no event");
    }

    private static boolean isEvent(JsonNode node) {
        JsonNode event = node.has("op") ? node : node.path("payload");
        return event.has("op") && (event.has("before") || event.has("after"));
    }

    Change event(byte[] payload) throws UnreadablePayload {
        var changes = product.read(payload, Map.of());
        if (changes.size() == 1) {
            return changes.getFirst();
        }
        throw new UnreadablePayload(
                "expected an event of one row but found one of " + changes.size());
    }

    Change row(Row row) {
        return Change.upsert(row);
    }

    static RowRead bad(long line, Exception why) {
        return new RowRead.Bad(line, String.valueOf(why.getMessage()));
    }

    private static Change upsert(@Nullable Object value) throws UnreadablePayload {
        if (value instanceof Row row) {
            return Change.upsert(row);
        }
        throw new UnreadablePayload("expected an object but found null");
    }
}
