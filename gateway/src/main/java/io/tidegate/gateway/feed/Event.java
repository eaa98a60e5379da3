package io.tidegate.gateway.feed;

import io.tidegate.schema.Row;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One change of one row, decoded once for all readers.
 *
 * @param slot
 *            index of the partition it came from in {@link Position#slots()}
 * @param key
 *            values of the key fields in the order of the contract; for a product without a key the partition (Integer)
 *            and the offset (Long)
 * @param time
 *            the event's own time, else the record's timestamp
 * @param value
 *            null for a delete
 * @param previous
 *            the row before the change, where the envelope tells it
 */
public record Event(int slot, long offset, int leaderEpoch, Op op, List<Object> key, Instant time,
        @Nullable Row value, @Nullable Row previous) implements Content {
}
