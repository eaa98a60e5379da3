package io.tidegate.schema;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Canal's flat messages: {@code data} holds any number of rows, {@code old} beside each what changed in it, {@code type}
 * what happened, {@code es} when.
 */
final class CanalEnvelope implements ChangeCodec {
    /** Kinds of messages that say nothing of rows, besides those that say {@code isDdl}. */
    private static final Set<String> OTHERS = Set.of("CREATE", "ALTER", "ERASE", "QUERY", "RENAME",
            "CINDEX", "DINDEX", "GTID", "XACOMMIT", "XAROLLBACK", "MHEARTBEAT");

    private final MySqlRows rows;

    CanalEnvelope(Codec row) {
        this.rows = new MySqlRows(row, MySqlRows.Binary.LATIN_1);
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
        ObjectNode event = MySqlRows.event(value, "Canal");
        String type = event.path("type").asText("");
        return switch (type) {
            case "INSERT", "UPDATE", "DELETE" -> changes(event, type);
            case "TRUNCATE" -> throw new UnreadablePayload("the Canal event is a TRUNCATE, which"
                    + " says nothing about single rows; keep those from the topic at Canal");
            default -> {
                if (!event.path("isDdl").asBoolean(false) && !OTHERS.contains(type)) {
                    throw new UnreadablePayload("the Canal event has no known 'type'; expected"
                            + " INSERT, UPDATE, DELETE, or 'isDdl'");
                }
                yield List.of();
            }
        };
    }

    private List<Change> changes(ObjectNode event, String type) throws UnreadablePayload {
        JsonNode data = event.path("data");
        if (!data.isArray()) {
            throw new UnreadablePayload(
                    "the Canal event has type " + type + " but no list of rows in 'data'");
        }
        Optional<Instant> time = time(event);
        JsonNode types = event.path("mysqlType");
        var changes = new ArrayList<Change>(data.size());
        for (int i = 0; i < data.size(); i++) {
            if (!(data.get(i) instanceof ObjectNode row)) {
                throw new UnreadablePayload("the Canal event's 'data' holds something other than"
                        + " rows, at " + i);
            }
            changes.add(type.equals("DELETE")
                    ? rows.gone(row, types, time)
                    : rows.now(row, event.path("old").path(i), types, time));
        }
        return changes;
    }

    /** When the database changed; else when Canal wrote the message. */
    private static Optional<Instant> time(ObjectNode event) {
        for (String name : List.of("es", "ts")) {
            if (event.path(name).canConvertToLong() && event.path(name).isIntegralNumber()
                    && event.path(name).longValue() > 0) {
                return Optional.of(Instant.ofEpochMilli(event.path(name).longValue()));
            }
        }
        return Optional.empty();
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
        event.putArray("data").add(now);
        if (old == null) {
            event.putNull("old");
        } else {
            event.putArray("old").add(old);
        }
        event.put("type", change.after() == null ? "DELETE" : old == null ? "INSERT" : "UPDATE");
        event.put("isDdl", false);
        change.time().ifPresent(time -> event.put("es", time.toEpochMilli()));
        return MySqlRows.bytes(event);
    }
}
