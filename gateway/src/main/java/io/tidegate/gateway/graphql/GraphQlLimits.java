package io.tidegate.gateway.graphql;

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
 * @param answerBytes
 *            of answers that are kept for whoever asks the same again before the data has changed
 */
public record GraphQlLimits(int documentChars, int depth, int aliases, int pageRows,
        long answerBytes) {
    public static final GraphQlLimits DEFAULT = new GraphQlLimits(32 * 1024, 12, 30, 1000,
            64L << 20);
}
