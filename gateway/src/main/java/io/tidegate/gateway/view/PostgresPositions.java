package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.feed.Position.Slot;
import io.tidegate.gateway.feed.Share.Part;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How far a shared view has come, a row for each partition, and who may go on with it: whoever takes a partition over raises
 * its fence, and who comes with a lower one finds that it is not his any more.
 */
final class PostgresPositions {
    private static final String NEWER = "s.newest_s is not null and (mine.newest_s is null"
            + " or (s.newest_s, s.newest_n) > (mine.newest_s, mine.newest_n))";

    private final String table;
    private final List<String> topics;

    /**
     * @param topics
     *            in the order in which positions list them
     */
    PostgresPositions(String table, List<String> topics) {
        this.table = table;
        this.topics = topics;
    }

    /**
     * A state of all partitions.
     *
     * @param newest
     *            the latest time of an event that it counts
     */
    record Read(Position position, Optional<Instant> newest) {
        Optional<Position> reached() {
            return position.slots().isEmpty() ? Optional.empty() : Optional.of(position);
        }
    }

    /**
     * A partition that has been taken over.
     *
     * @param slot
     *            where it goes on; null = at its beginning
     */
    record Held(Part part, long fence, @Nullable Slot slot) {
    }

    String select() {
        return "select topic, topic_id, part, next, epoch, newest_s, newest_n from " + table
                + " where next is not null";
    }

    /** Of an answer to {@link #select}. */
    Read read(ResultSet result) throws SQLException {
        var slots = new ArrayList<Slot>();
        Instant newest = null;
        while (result.next()) {
            slots.add(new Slot(String.valueOf(result.getString(1)),
                    String.valueOf(result.getString(2)), result.getInt(3), result.getLong(4),
                    result.getInt(5)));
            long seconds = result.getLong(6);
            if (!result.wasNull()) {
                var time = Instant.ofEpochSecond(seconds, result.getInt(7));
                newest = newest == null || time.isAfter(newest) ? time : newest;
            }
        }
        slots.sort(Comparator.<Slot>comparingInt(slot -> topics.indexOf(slot.topic()))
                .thenComparingInt(Slot::partition));
        return new Read(new Position(slots), Optional.ofNullable(newest));
    }

    Read read(Connection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery(select())) {
            return read(result);
        }
    }

    /** Takes partitions over; whoever had one before cannot write any more as soon as this is committed. */
    List<Held> take(Connection connection, Collection<Part> parts) throws SQLException {
        var taken = new ArrayList<Held>();
        try (var take = connection.prepareStatement("insert into " + table
                + " as mine (topic, part, fence)"
                // Higher than any fence there was before the table, if there was one.
                + " values (?, ?, (extract(epoch from clock_timestamp()) * 1000)::bigint)"
                + " on conflict (topic, part)"
                + " do update set fence = mine.fence + 1"
                + " returning mine.fence, mine.topic_id, mine.next, mine.epoch")) {
            // In one order, so that no two wait for each other.
            for (var part : parts.stream().sorted(Comparator.comparing(Part::topic)
                    .thenComparingInt(Part::partition)).toList()) {
                take.setString(1, part.topic());
                take.setInt(2, part.partition());
                try (var result = take.executeQuery()) {
                    result.next();
                    long next = result.getLong(3);
                    boolean isNew = result.wasNull();
                    taken.add(new Held(part, result.getLong(1), isNew
                            ? null
                            : new Slot(part.topic(), String.valueOf(result.getString(2)),
                                    part.partition(), next, result.getInt(4))));
                }
            }
        }
        return taken;
    }

    /**
     * What a batch brings a partition.
     *
     * @param newest
     *            of its events; null = it has none
     */
    record Step(Slot slot, long fence, @Nullable Instant newest) {
    }

    /** Goes on to new places; the partitions that are somebody else's now, of which nothing was written. */
    Set<Part> advance(Connection connection, List<Step> steps) throws SQLException {
        var lost = new HashSet<Part>();
        try (var update = connection.prepareStatement("update " + table
                + " as mine set topic_id = s.topic_id, next = s.next, epoch = s.epoch,"
                + " newest_s = case when " + NEWER + " then s.newest_s else mine.newest_s end,"
                + " newest_n = case when " + NEWER + " then s.newest_n else mine.newest_n end"
                + " from (select ?::text as topic, ?::integer as part, ?::text as topic_id,"
                + " ?::bigint as next, ?::integer as epoch, ?::bigint as newest_s,"
                + " ?::integer as newest_n) s"
                + " where mine.topic = s.topic and mine.part = s.part and mine.fence = ?"
                + " and (mine.topic_id is null or mine.topic_id = s.topic_id)")) {
            for (var step : steps.stream().sorted(Comparator
                    .<Step, String>comparing(step -> step.slot().topic())
                    .thenComparingInt(step -> step.slot().partition())).toList()) {
                var slot = step.slot();
                update.setString(1, slot.topic());
                update.setInt(2, slot.partition());
                update.setString(3, slot.topicId());
                update.setLong(4, slot.next());
                update.setInt(5, slot.leaderEpoch());
                var newest = step.newest();
                update.setObject(6, newest == null ? null : newest.getEpochSecond(),
                        java.sql.Types.BIGINT);
                update.setObject(7, newest == null ? null : newest.getNano(),
                        java.sql.Types.INTEGER);
                update.setLong(8, step.fence());
                if (update.executeUpdate() == 0) {
                    lost.add(new Part(slot.topic(), slot.partition()));
                }
            }
        }
        return lost;
    }
}
