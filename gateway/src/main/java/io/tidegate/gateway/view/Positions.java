package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.feed.Position.Slot;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/** The position beside the rows, in a table of its own. */
final class Positions {
    static final String DDL = "create table position (ord integer, topic varchar, topic_id varchar,"
            + " part integer, next bigint, epoch integer)";
    /** The latest time of an event that the position counts. */
    static final String NEWEST_DDL = "create table newest (t hugeint)";

    private Positions() {
    }

    static @Nullable Position read(DuckDBConnection connection) throws SQLException {
        var slots = new ArrayList<Slot>();
        try (var statement = connection.createStatement();
                var result = statement.executeQuery(
                        "select topic, topic_id, part, next, epoch from position order by ord")) {
            while (result.next()) {
                slots.add(new Slot(String.valueOf(result.getString(1)),
                        String.valueOf(result.getString(2)), result.getInt(3), result.getLong(4),
                        result.getInt(5)));
            }
        }
        return slots.isEmpty() ? null : new Position(slots);
    }

    static void write(DuckDBConnection connection, Position position) throws SQLException {
        Database.execute(connection, "delete from position");
        try (var insert = connection
                .prepareStatement("insert into position values (?, ?, ?, ?, ?, ?)")) {
            int ord = 0;
            for (var slot : position.slots()) {
                insert.setInt(1, ord++);
                insert.setString(2, slot.topic());
                insert.setString(3, slot.topicId());
                insert.setInt(4, slot.partition());
                insert.setLong(5, slot.next());
                insert.setInt(6, slot.leaderEpoch());
                insert.execute();
            }
        }
    }

    static @Nullable Instant readNewest(DuckDBConnection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery("select cast(t as varchar) from newest")) {
            return result.next() ? Column.instant(result.getString(1)) : null;
        }
    }

    static void writeNewest(DuckDBConnection connection, Instant newest) throws SQLException {
        Database.execute(connection, "delete from newest");
        try (var insert = connection
                .prepareStatement("insert into newest values (cast(? as hugeint))")) {
            insert.setString(1, Column.nanos(newest).toString());
            insert.execute();
        }
    }

    /** The first offset of the slot's partition that has not been applied. */
    static long next(@Nullable Position applied, Slot slot) {
        var known = find(applied, slot);
        return known == null ? 0 : known.next();
    }

    /** For each slot the one that is further; a partition that the later position lacks keeps its place. */
    static Position furthest(@Nullable Position before, Position after) {
        var slots = new ArrayList<Slot>();
        for (var slot : after.slots()) {
            var known = find(before, slot);
            slots.add(known != null && known.next() > slot.next() ? known : slot);
        }
        if (before != null) {
            for (var slot : before.slots()) {
                boolean replaced = after.slots().stream().anyMatch(
                        other -> other.topic().equals(slot.topic())
                                && other.partition() == slot.partition());
                if (!replaced) {
                    slots.add(slot);
                }
            }
        }
        return new Position(slots);
    }

    static @Nullable Slot find(@Nullable Position position, Slot wanted) {
        if (position != null) {
            for (var slot : position.slots()) {
                if (slot.partition() == wanted.partition()
                        && slot.topicId().equals(wanted.topicId())
                        && slot.topic().equals(wanted.topic())) {
                    return slot;
                }
            }
        }
        return null;
    }
}
