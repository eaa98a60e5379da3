package io.tidegate.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rows of events that Canal and Maxwell write, which spell MySQL's values in their own ways: numbers as text, times
 * with a space in the middle and without a zone, booleans as 0 and 1.
 */
final class MySqlRows {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES).build();
    /** {@code 2026-01-31}. */
    private static final int DATE_LENGTH = 10;

    private final Codec row;
    private final Binary binary;

    /** How a binary column is written. */
    enum Binary {
        /** One character a byte. */
        LATIN_1, BASE64
    }

    MySqlRows(Codec row, Binary binary) {
        this.row = row;
        this.binary = binary;
    }

    Codec codec() {
        return row;
    }

    /**
     * @param writer
     *            for the message
     */
    static ObjectNode event(byte[] value, String writer) throws UnreadablePayload {
        int start = value.length >= 5 && value[0] == 0 ? 5 : 0;
        try {
            if (JSON.readTree(value, start, value.length - start) instanceof ObjectNode event) {
                return event;
            }
        } catch (IOException e) {
            throw new UnreadablePayload("the " + writer + " event is not JSON", e);
        }
        throw new UnreadablePayload("the " + writer + " event is no JSON object");
    }

    /**
     * An inserted or updated row.
     *
     * @param old
     *            the columns that changed, as they were; no object where nothing was before
     * @param mysqlTypes
     *            the columns' types in MySQL, as far as they are known
     */
    Change now(ObjectNode data, JsonNode old, JsonNode mysqlTypes, Optional<Instant> time)
            throws UnreadablePayload {
        var misfits = new ArrayList<Misfit>(0);
        Row after = decode(data, mysqlTypes, misfits);
        Row before = null;
        if (old instanceof ObjectNode changed) {
            ObjectNode whole = data.deepCopy();
            whole.setAll(changed);
            before = decode(whole, mysqlTypes, misfits);
        }
        return new Change(before, after, time, misfits);
    }

    /** A deleted row. */
    Change gone(ObjectNode data, JsonNode mysqlTypes, Optional<Instant> time)
            throws UnreadablePayload {
        var misfits = new ArrayList<Misfit>(0);
        return new Change(decode(data, mysqlTypes, misfits), null, time, misfits);
    }

    private Row decode(ObjectNode columns, JsonNode mysqlTypes, List<Misfit> misfits)
            throws UnreadablePayload {
        ObjectNode respelt = JSON.createObjectNode();
        for (var column : columns.properties()) {
            var position = row.type().position(column.getKey());
            respelt.set(column.getKey(), position.isEmpty()
                    ? column.getValue()
                    : value(column.getValue(), row.type().fields().get(position.getAsInt()).type(),
                            mysqlTypes.path(column.getKey()).asText("")));
        }
        // Through the schema's own reading, so that its rules hold for these rows too.
        return row.decode(bytes(respelt), misfit -> {
            if (!misfits.contains(misfit)) {
                misfits.add(misfit);
            }
        });
    }

    private JsonNode value(JsonNode column, Type type, String mysqlType) {
        return switch (type) {
            case Type.Scalar scalar -> scalar(column, scalar.kind());
            case Type.EnumOf ignored -> column;
            case Type.Json ignored -> mysqlType.toLowerCase(Locale.ROOT).startsWith("json")
                    ? parsed(column)
                    : column;
            case RecordType ignored -> parsed(column);
            case Type.Union ignored -> parsed(column);
            case Type.ListOf ignored -> parsed(column);
            case Type.MapOf ignored -> parsed(column);
        };
    }

    /** What is left as it is and does not fit is a misfit when the row is read. */
    private JsonNode scalar(JsonNode column, ScalarKind kind) {
        if (kind == ScalarKind.BOOLEAN) {
            return switch (column.asText("")) {
                case "1", "true" -> BooleanNode.TRUE;
                case "0", "false" -> BooleanNode.FALSE;
                default -> column;
            };
        }
        if (!column.isTextual()) {
            return column;
        }
        String text = column.textValue();
        return switch (kind) {
            case INT32, UINT32, INT64, UINT64, FLOAT32, FLOAT64 -> number(text, column);
            case TIMESTAMP -> hasSpace(text)
                    ? TextNode.valueOf(time(text) + (isZoned(text) ? "" : "Z"))
                    : column;
            case LOCAL_TIMESTAMP -> hasSpace(text) ? TextNode.valueOf(time(text)) : column;
            case BYTES -> binary == Binary.LATIN_1 && isLatin1(text)
                    ? TextNode.valueOf(Base64.getEncoder()
                            .encodeToString(text.getBytes(StandardCharsets.ISO_8859_1)))
                    : column;
            case BOOLEAN, STRING, DECIMAL, DATE, TIME, UUID, DURATION -> column;
        };
    }

    private static JsonNode number(String text, JsonNode column) {
        if (text.length() > JsonReading.MAX_NUMBER_LENGTH) {
            return column;
        }
        try {
            return DecimalNode.valueOf(new BigDecimal(text));
        } catch (NumberFormatException e) {
            return column;
        }
    }

    private static boolean hasSpace(String text) {
        return text.length() > DATE_LENGTH && text.charAt(DATE_LENGTH) == ' ';
    }

    private static String time(String text) {
        return text.substring(0, DATE_LENGTH) + 'T' + text.substring(DATE_LENGTH + 1);
    }

    private static boolean isZoned(String text) {
        return text.endsWith("Z") || text.indexOf('+', DATE_LENGTH) >= 0
                || text.indexOf('-', DATE_LENGTH) >= 0;
    }

    private static boolean isLatin1(String text) {
        return text.chars().allMatch(character -> character <= 0xFF);
    }

    private static JsonNode parsed(JsonNode column) {
        if (!column.isTextual()) {
            return column;
        }
        try {
            JsonNode parsed = JSON.readTree(column.textValue());
            return parsed.isMissingNode() ? column : parsed;
        } catch (JsonProcessingException e) {
            return column;
        }
    }

    /** A row as the events hold it, with numbers as numbers. */
    ObjectNode written(Row values) throws UnreadablePayload {
        try {
            var node = (ObjectNode) JSON.readTree(row.encode(values, Optional.empty()));
            if (binary == Binary.LATIN_1) {
                for (Field field : row.type().fields()) {
                    if (field.type() instanceof Type.Scalar scalar
                            && scalar.kind() == ScalarKind.BYTES
                            && node.path(field.name()).isTextual()) {
                        node.put(field.name(), new String(node.get(field.name()).binaryValue(),
                                StandardCharsets.ISO_8859_1));
                    }
                }
            }
            return node;
        } catch (IOException e) {
            throw new UnreadablePayload("the row cannot be written as JSON", e);
        }
    }

    /** The columns of the row before that are others now; no object where there was no row. */
    @Nullable
    ObjectNode old(@Nullable Row before, ObjectNode now) throws UnreadablePayload {
        if (before == null) {
            return null;
        }
        ObjectNode old = written(before);
        for (var column : now.properties()) {
            if (old.path(column.getKey()).equals(column.getValue())) {
                old.remove(column.getKey());
            } else if (!old.has(column.getKey())) {
                old.putNull(column.getKey());
            }
        }
        return old;
    }

    static ObjectNode event() {
        return JSON.createObjectNode();
    }

    static byte[] bytes(ObjectNode node) throws UnreadablePayload {
        try {
            return JSON.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new UnreadablePayload("the event cannot be written as JSON", e);
        }
    }
}
