package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Position;
import io.tidegate.schema.Row;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A change that a view has kept.
 *
 * @param value
 *            null for a delete
 * @param previous
 *            the row before, where the source told it
 * @param behind
 *            counts this change and those before it in the answer, and nothing that the question would find behind it: from
 *            here pages go on, and a stream with the same filter
 */
public record StoredEvent(Op op, Instant time, List<Object> key, @Nullable Row value,
        @Nullable Row previous, Position behind) {
}
