package io.tidegate.schema;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one record on a topic says about a row.
 *
 * @param before
 *            the row before, where the envelope tells it
 * @param after
 *            the row now; null = it is gone
 * @param time
 *            when the change happened, where the envelope tells it
 * @param misfits
 *            values of either row that did not fit their type and are null; mostly none
 */
public record Change(@Nullable Row before, @Nullable Row after, Optional<Instant> time,
        List<Misfit> misfits) {
    public Change {
        misfits = List.copyOf(misfits);
    }

    public Change(@Nullable Row before, @Nullable Row after, Optional<Instant> time) {
        this(before, after, time, List.of());
    }

    /** A record without an envelope: the row itself. */
    public static Change upsert(Row row) {
        return new Change(null, row, Optional.empty());
    }

    /** A tombstone. */
    public static Change delete() {
        return new Change(null, null, Optional.empty());
    }
}
