package io.tidegate.gateway.graphql;

import io.tidegate.gateway.feed.Position;
import java.time.Instant;
import java.util.Optional;

/**
 * Which events of a product an answer counts.
 *
 * @param cursor
 *            of the position, as clients get it
 * @param newest
 *            the latest of the events' own times; empty = none are counted
 */
record State(Position position, String cursor, Optional<Instant> newest) {
}
