package io.tidegate.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Maxwell's messages: {@code data} is the row, {@code old} what changed in it, {@code type} what happened, {@code ts} when,
 * in seconds.
 */
final class MaxwellEnvelope implements ChangeCodec {
    /** Kinds of messages that say nothing of a row. */
    private static final Set<String> OTHERS = Set.of("bootstrap-start", "bootstrap-complete",
            "table-create", "table-alter", "table-drop", "database-create", "database-alter",
            "database-drop", "heartbeat");

    private final MySqlRows rows;

    MaxwellEnvelope(Codec row) {
        this.rows = new MySqlRows(row, MySqlRows.Binary.BASE64);
    }

    @Override
    public RecordType rowType() {
        return rows.codec().type();
    }

    @Override
    public Codec payload() {
        return rows.codec();
    }

    @Override
    public List<Change> read(byte @Nullable [] value, Map<String, byte[]> headers)
            throws UnreadablePayload {
        if (value == null) {
            return List.of(Change.delete());
        }
        ObjectNode event = MySqlRows.event(value, "Maxwell");
        String type = event.path("type").asText("");
        return switch (type) {
            case "insert", "bootstrap-insert" ->
                List.of(rows.now(row(event, type), MissingNode.getInstance(),
                        MissingNode.getInstance(), time(event)));
            case "update" -> List.of(rows.now(row(event, type), event.path("old"),
                    MissingNode.getInstance(), time(event)));
            case "delete" -> List.of(
                    rows.gone(row(event, type), MissingNode.getInstance(), time(event)));
            default -> {
                if (!OTHERS.contains(type)) {
                    throw new UnreadablePayload("the Maxwell event has no known 'type'; expected"
                            + " insert, update, delete or bootstrap-insert");
                }
                yield List.of();
            }
        };
    }

    private static ObjectNode row(ObjectNode event, String type) throws UnreadablePayload {
        if (event.path("data") instanceof ObjectNode row) {
            return row;
        }
        throw new UnreadablePayload(
                "the Maxwell event has type " + type + " but no row in 'data'");
    }

    private static Optional<Instant> time(ObjectNode event) throws UnreadablePayload {
        JsonNode seconds = event.path("ts");
        if (!seconds.isIntegralNumber()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Instant.ofEpochSecond(seconds.longValue()));
        } catch (DateTimeException e) {
            throw new UnreadablePayload("the Maxwell event's 'ts' is no time", e);
        }
    }

    @Override
    public byte @Nullable [] write(Change change, Optional<Integer> framing)
            throws UnreadablePayload {
        Row row = change.after() != null ? change.after() : change.before();
        if (row == null) {
            return null;
        }
        ObjectNode now = rows.written(row);
        ObjectNode old = change.after() == null ? null : rows.old(change.before(), now);
        ObjectNode event = MySqlRows.event();
        event.put("type", change.after() == null ? "delete" : old == null ? "insert" : "update");
        change.time().ifPresent(time -> event.put("ts", time.getEpochSecond()));
        event.set("data", now);
        if (old != null) {
            event.set("old", old);
        }
        return MySqlRows.bytes(event);
    }
}
