package io.tidegate.gateway.graphql;

import java.time.Duration;

/**
 * How large a GraphQL document may be.
 *
 * @param documentChars
 *            of the text
 * @param depth
 *            of nested fields, introspection not counted
 * @param aliases
 *            in one operation, fragments counted as often as they are used
 * @param pageRows
 *            most rows of one page
 * @param relatedRows
 *            that one query, or one event of a subscription, may hold by way of relations
 * @param relatedWithin
 *            how long the events of a subscription wait for what they lead to
 * @param answerBytes
 *            of answers that are kept for whoever asks the same again before the data has changed
 */
public record GraphQlLimits(int documentChars, int depth, int aliases, int pageRows,
        int relatedRows, Duration relatedWithin, long answerBytes) {
    public static final GraphQlLimits DEFAULT = new GraphQlLimits(32 * 1024, 12, 30, 1000,
            50_000, Duration.ofSeconds(2), 64L << 20);
}
