package io.tidegate.gateway.graphql;

import io.tidegate.gateway.access.Permit;
import io.tidegate.gateway.query.AnswerCache;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a query asks, and what of it the caller may see.
 *
 * @param schema
 *            that the document was validated under
 * @param rules
 *            the caller's for each product that is asked
 */
record Question(Object schema, String document, Optional<String> operation,
        Map<String, @Nullable Object> variables,
        List<Permit> rules) implements AnswerCache.Question<Kept> {
    @Override
    public long bytes() {
        return 2L * document.length() + GivenValues.bytes(variables);
    }
}
