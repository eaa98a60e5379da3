package io.tidegate.gateway.feed;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import io.tidegate.contract.DataProduct.BadValue;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Lost.Reason;
import io.tidegate.schema.Change;
import io.tidegate.schema.IncompatibleSchema;
import io.tidegate.schema.JsonValues;
import io.tidegate.schema.Misfit;
import io.tidegate.schema.Row;
import io.tidegate.schema.UnreadablePayload;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Turns a Kafka record into what a log holds: mostly one event, several of a record with several rows, none of a record
 * that is not about rows. One that cannot be read becomes a {@link Lost}, never an exception and never nothing.
 */
final class RecordReader {
    /** A key is one value and nothing behind it, and every digit of it counts. */
    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES).build();

    private final ProductSchema schema;
    private final boolean isOfMySql;

    RecordReader(ProductSchema schema) {
        this.schema = schema;
        this.isOfMySql = schema.product().stream().envelope().isOfMySql();
    }

    /**
     * @param misfits
     *            told once of all values of the record that did not fit, if there are any
     * @return in the record's order
     */
    List<Content> read(ConsumerRecord<byte[], byte[]> record, int slot,
            Consumer<List<Misfit>> misfits) {
        try {
            var changes = schema.changes().read(record.value(), headers(record));
            var found = misfits(changes);
            if (!found.isEmpty()) {
                misfits.accept(found);
                if (schema.product().stream().onBadValue() == BadValue.QUARANTINE) {
                    return lost(record, slot, Reason.QUARANTINED, found.getFirst().toString());
                }
            }
            return isOfMySql || changes.size() != 1
                    ? events(record, slot, changes)
                    : List.of(event(record, slot, changes.getFirst()));
        } catch (IncompatibleSchema e) {
            return lost(record, slot, Reason.INCOMPATIBLE_SCHEMA, String.valueOf(e.getMessage()));
        } catch (UnreadablePayload e) {
            return lost(record, slot, Reason.BAD_RECORD, String.valueOf(e.getMessage()));
        } catch (RuntimeException | StackOverflowError e) {
            // A reader's own mistake must not stop the log; it is announced like any unreadable record.
            return lost(record, slot, Reason.BAD_RECORD,
                    "the record cannot be read (" + e.getClass().getSimpleName() + ")");
        }
    }

    private static List<Content> lost(ConsumerRecord<byte[], byte[]> record, int slot,
            Reason reason, String detail) {
        return List.of(new Lost(slot, record.offset(), 1, reason, detail));
    }

    private static List<Misfit> misfits(List<Change> changes) {
        if (changes.size() == 1) {
            return changes.getFirst().misfits();
        }
        // One mistake of a producer is one misfit, in however many rows of the record.
        return changes.stream().flatMap(change -> change.misfits().stream()).distinct().toList();
    }

    private List<Content> events(ConsumerRecord<byte[], byte[]> record, int slot,
            List<Change> changes) throws UnreadablePayload {
        var events = new ArrayList<Content>(changes.size());
        for (var change : changes) {
            var event = event(record, slot, change);
            var left = isOfMySql ? keyLeft(change, event.key()) : List.<Object>of();
            if (left.isEmpty()) {
                events.add(event);
                continue;
            }
            // MySQL's log tells one update where a key changes; for whoever keeps rows by key it is two events.
            events.add(new Event(slot, event.offset(), event.leaderEpoch(), Op.DELETE, left,
                    time(record, change, null), null, change.before()));
            events.add(new Event(slot, event.offset(), event.leaderEpoch(), event.op(),
                    event.key(), event.time(), event.value(), null));
        }
        return events;
    }

    /** The key that a row had and has no more; empty if it is the same, or there was none. */
    private List<Object> keyLeft(Change change, List<Object> key) throws UnreadablePayload {
        var before = change.before();
        if (before == null || change.after() == null
                || schema.key().stream().anyMatch(path -> path.get(before) == null)) {
            return List.of();
        }
        var old = keyOf(before);
        return Arrays.deepEquals(old.toArray(), key.toArray()) ? List.of() : old;
    }

    private Event event(ConsumerRecord<byte[], byte[]> record, int slot, Change change)
            throws UnreadablePayload {
        var row = change.after();
        var rowForKey = row != null ? row : change.before();
        var key = schema.key().isEmpty()
                ? List.<Object>of(record.partition(), record.offset())
                : rowForKey != null ? keyOf(rowForKey) : keyOf(record.key());
        int epoch = record.leaderEpoch().orElse(-1);
        return new Event(slot, record.offset(), epoch, row == null ? Op.DELETE : Op.UPSERT, key,
                time(record, change, row), row, change.before());
    }

    private Instant time(ConsumerRecord<byte[], byte[]> record, Change change, @Nullable Row row) {
        if (row != null && schema.eventTime().isPresent()) {
            var own = instant(schema.eventTime().get().get(row));
            if (own.isPresent()) {
                return own.get();
            }
        }
        return change.time().orElseGet(() -> Instant.ofEpochMilli(Math.max(0, record.timestamp())));
    }

    private static Optional<Instant> instant(@Nullable Object value) {
        return switch (value) {
            case Instant instant -> Optional.of(instant);
            case LocalDateTime local -> Optional.of(local.toInstant(ZoneOffset.UTC));
            case LocalDate date -> Optional.of(date.atStartOfDay().toInstant(ZoneOffset.UTC));
            // A number without a unit is taken as epoch milliseconds, the common case on Kafka.
            case Long millis -> Optional.of(Instant.ofEpochMilli(millis));
            case null, default -> Optional.empty();
        };
    }

    private List<Object> keyOf(Row row) throws UnreadablePayload {
        var key = new ArrayList<Object>(schema.key().size());
        for (var path : schema.key()) {
            var value = path.get(row);
            if (value == null) {
                throw new UnreadablePayload("key field '" + path.text() + "' is null");
            }
            key.add(value);
        }
        return key;
    }

    /** The key of a tombstone: a JSON object of the key fields, or the text of the only one, framed or not. */
    private List<Object> keyOf(byte @Nullable [] bytes) throws UnreadablePayload {
        if (bytes == null || bytes.length == 0) {
            throw new UnreadablePayload("a tombstone without a key means no row");
        }
        int from = bytes.length > 5 && bytes[0] == 0 ? 5 : 0;
        var text = new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
        var node = parse(text);
        var values = new ArrayList<Object>();
        for (FieldPath path : schema.key()) {
            JsonNode part = node != null && node.isObject()
                    ? node.path(path.text())
                    : schema.key().size() == 1
                            ? (node != null && node.isValueNode() && !node.isNull()
                                    && !(path.type() instanceof io.tidegate.schema.Type.Scalar s
                                            && s.kind() == io.tidegate.schema.ScalarKind.STRING
                                            && !node.isTextual())
                                                    ? node
                                                    : TextNode.valueOf(text))
                            : null;
            if (part == null || part.isMissingNode()) {
                throw new UnreadablePayload(
                        "the tombstone's key does not name '" + path.text() + "'");
            }
            var value = JsonValues.read(part, path.type());
            if (value == null) {
                throw new UnreadablePayload("key field '" + path.text() + "' is null");
            }
            values.add(value);
        }
        return values;
    }

    private static @Nullable JsonNode parse(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    private static Map<String, byte[]> headers(ConsumerRecord<byte[], byte[]> record) {
        if (!record.headers().iterator().hasNext()) {
            return Map.of();
        }
        var headers = new HashMap<String, byte[]>();
        for (var header : record.headers()) {
            if (header.value() != null) {
                headers.put(header.key(), header.value());
            }
        }
        return headers;
    }
}
