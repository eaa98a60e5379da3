package io.tidegate.gateway.view;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A group of rows and its figures.
 *
 * @param group
 *            the values of {@link AggregateQuery#groupBy}, each of its field's Java class
 * @param bucket
 *            when the group's stretch of time begins; empty without buckets, and for rows without a time
 * @param figures
 *            those of {@link AggregateQuery#measures}
 * @param pageCursor
 *            the opaque place of this group in the question's order; URL-safe
 */
public record AggregateRow(List<@Nullable Object> group, Optional<Instant> bucket,
        List<@Nullable Object> figures, String pageCursor) {
    public AggregateRow {
        group = Collections.unmodifiableList(new ArrayList<>(group));
        figures = Collections.unmodifiableList(new ArrayList<>(figures));
    }
}
