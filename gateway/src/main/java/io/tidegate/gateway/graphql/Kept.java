package io.tidegate.gateway.graphql;

import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.query.AnswerCache;
import java.util.List;
import java.util.Map;

/**
 * An answer without errors.
 *
 * @param data
 *            JSON
 * @param states
 *            what it counts, by the product's field
 */
record Kept(byte[] data, Map<String, State> states) implements AnswerCache.Answer {
    @Override
    public long bytes() {
        return data.length;
    }

    List<Position> positions(List<String> products) {
        return products.stream().map(product -> {
            var state = states.get(product);
            return state == null ? new Position(List.of()) : state.position();
        }).toList();
    }
}
