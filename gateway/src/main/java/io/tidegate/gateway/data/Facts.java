package io.tidegate.gateway.data;

import io.tidegate.gateway.feed.Position;
import io.tidegate.schema.RecordType;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What stands beside the rows of an answer.
 *
 * @param type
 *            of each row
 * @param position
 *            which events it counts
 * @param newest
 *            the latest of the own times of those events
 * @param total
 *            all rows of the question, where that was asked
 * @param hasMore
 *            whether there are rows behind this page
 * @param last
 *            the place of the page's last row, to go on behind it
 * @param left
 *            differs where rows or changes have gone with time since, without a change of the position; else empty
 */
record Facts(RecordType type, Position position, Optional<Instant> newest, OptionalLong total,
        boolean hasMore, Optional<String> last, String left) {
}
