package io.tidegate.gateway.view;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.UnreadablePayload;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Rows and keys as text and back. Keys are JSON. Rows are bytes in base64: JSON does not tell which member of a union a record is
 * where two have the same fields, and it is not read again with a decimal of more digits than its type declares, a name of more
 * than 50,000 characters or one level more than the deepest; a payload of another kind can bring all of them.
 */
final class RowTexts {
    /** Its buffers are shared by all threads: those of queries live for one request. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .recyclerPool(JsonRecyclerPools.sharedConcurrentDequePool()).build();

    private final Columns columns;

    RowTexts(Columns columns) {
        this.columns = columns;
    }

    String row(Row row) {
        var out = new RowBytes.Out();
        out.row(row);
        return Base64.getEncoder().encodeToString(out.toBytes());
    }

    Row row(String text) {
        try {
            return new RowBytes.In(Base64.getDecoder().decode(text)).row(columns.rowType());
        } catch (RuntimeException e) {
            throw new ViewFailure("a stored value is no '" + columns.rowType().name() + "': " + e,
                    e);
        }
    }

    String key(List<Object> key) {
        var values = new @Nullable Object[columns.key().size()];
        if (key.size() != values.length) {
            throw new IllegalArgumentException(
                    "a key of " + key.size() + " values where " + values.length + " are expected");
        }
        for (int i = 0; i < values.length; i++) {
            values[i] = canonical(key.get(i));
        }
        return text(columns.keyType(), new Row(columns.keyType(), values));
    }

    /** The same key as its text tells it. */
    static List<Object> canonical(List<Object> key) {
        for (var value : key) {
            if (value instanceof BigDecimal) {
                return key.stream().map(RowTexts::canonical).toList();
            }
        }
        return key;
    }

    /** Equal numbers are one key, however many zeros they end with. */
    private static Object canonical(Object value) {
        return value instanceof BigDecimal d ? d.stripTrailingZeros() : value;
    }

    List<Object> key(String text) {
        Row row = read(text, columns.keyType());
        var values = new ArrayList<Object>();
        for (int i = 0; i < columns.key().size(); i++) {
            Object value = row.get(i);
            if (value != null) {
                values.add(value);
            }
        }
        return values;
    }

    /** 128 bits of SHA-256: two keys that share it would overwrite each other, so partners must not be able to find any. */
    UUID hash(List<Object> key, String owner) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(key(key).getBytes(StandardCharsets.UTF_8));
            var bytes = ByteBuffer.wrap(digest.digest(owner.getBytes(StandardCharsets.UTF_8)));
            return new UUID(bytes.getLong(), bytes.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static String text(RecordType type, Row row) {
        var text = new StringWriter();
        try (var out = JSON.createGenerator(text)) {
            JsonValues.write(out, type, row);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "a value of '" + type.name() + "' cannot be stored: " + e.getMessage(), e);
        }
        return text.toString();
    }

    private static Row read(String text, RecordType type) {
        try {
            if (JsonValues.read(text.getBytes(StandardCharsets.UTF_8), type) instanceof Row row) {
                return row;
            }
            throw new ViewFailure("a stored value is no '" + type.name() + "'");
        } catch (UnreadablePayload e) {
            throw new ViewFailure("a stored value is no '" + type.name() + "': " + e.getMessage(),
                    e);
        }
    }
}
