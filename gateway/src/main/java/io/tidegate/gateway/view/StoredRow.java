package io.tidegate.gateway.view;

import io.tidegate.schema.Row;
import java.time.Instant;
import java.util.List;

/**
 * A row of a view.
 *
 * @param time
 *            of the event that wrote it
 * @param pageCursor
 *            the opaque place of this row in the query's order; URL-safe
 */
public record StoredRow(List<Object> key, Row value, Instant time, String pageCursor) {
}
