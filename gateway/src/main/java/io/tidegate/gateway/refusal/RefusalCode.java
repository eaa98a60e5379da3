package io.tidegate.gateway.refusal;

/**
 * Every kind of refusal, once: the code in GraphQL's {@code extensions.code}, the last part of the problem's URI
 * ({@code /problems/token-invalid}), the HTTP status and the WebSocket close code. The published list in
 * {@code docs/reference/refusals.md} is made from it.
 */
public enum RefusalCode {
    TOKEN_MISSING(401, 4401, "No token"), TOKEN_INVALID(401, 4403,
            "The token is not acceptable"), TOKEN_EXPIRED(401, 4403,
                    "The token has expired"), FORBIDDEN(403, 4403, "Not permitted"), NOT_FOUND(404,
                            4404, "No such product"), METHOD_NOT_ALLOWED(405, 4400,
                                    "Method not allowed"), NOT_ACCEPTABLE(406, 4406,
                                            "No such format"), UNSUPPORTED_MEDIA_TYPE(415, 4400,
                                                    "Content type not supported"), BAD_REQUEST(400,
                                                            4400,
                                                            "The request is not well-formed"), PAYLOAD_TOO_LARGE(
                                                                    413, 1009,
                                                                    "Too large"), GRAPHQL_PARSE_FAILED(
                                                                            400, 4400,
                                                                            "The document cannot be parsed"), GRAPHQL_VALIDATION_FAILED(
                                                                                    422, 4400,
                                                                                    "The document is not valid"), BAD_VARIABLE(
                                                                                            422,
                                                                                            4400,
                                                                                            "A variable is not valid"), QUERY_TOO_COMPLEX(
                                                                                                    422,
                                                                                                    4400,
                                                                                                    "The document is too complex"), FILTER_INVALID(
                                                                                                            400,
                                                                                                            4400,
                                                                                                            "The filter is not valid"), PARAMETER_INVALID(
                                                                                                                    400,
                                                                                                                    4400,
                                                                                                                    "A parameter is not valid"), CURSOR_MALFORMED(
                                                                                                                            400,
                                                                                                                            4400,
                                                                                                                            "The cursor is not valid"), RESUME_EXPIRED(
                                                                                                                                    410,
                                                                                                                                    4410,
                                                                                                                                    "The position is no longer retained"), EPOCH_CHANGED(
                                                                                                                                            410,
                                                                                                                                            4410,
                                                                                                                                            "The topic was replaced"), PRODUCT_NOT_QUERYABLE(
                                                                                                                                                    404,
                                                                                                                                                    4404,
                                                                                                                                                    "The product has no view"), RATE_LIMITED(
                                                                                                                                                            429,
                                                                                                                                                            1013,
                                                                                                                                                            "Too many requests"), SUBSCRIPTION_LIMIT(
                                                                                                                                                                    429,
                                                                                                                                                                    1013,
                                                                                                                                                                    "Too many subscriptions"), CONNECTION_LIMIT(
                                                                                                                                                                            429,
                                                                                                                                                                            1013,
                                                                                                                                                                            "Too many connections"), ORIGIN_NOT_ALLOWED(
                                                                                                                                                                                    403,
                                                                                                                                                                                    4403,
                                                                                                                                                                                    "Origin not allowed"), UPSTREAM_UNAVAILABLE(
                                                                                                                                                                                            503,
                                                                                                                                                                                            1013,
                                                                                                                                                                                            "The data source is unavailable"), VIEW_STALE(
                                                                                                                                                                                                    503,
                                                                                                                                                                                                    1013,
                                                                                                                                                                                                    "The view is not ready"), DRAINING(
                                                                                                                                                                                                            503,
                                                                                                                                                                                                            1012,
                                                                                                                                                                                                            "The gateway is restarting"), INTERNAL(
                                                                                                                                                                                                                    500,
                                                                                                                                                                                                                    4500,
                                                                                                                                                                                                                    "Internal error");

    private final int httpStatus;
    private final int closeCode;
    private final String title;

    RefusalCode(int httpStatus, int closeCode, String title) {
        this.httpStatus = httpStatus;
        this.closeCode = closeCode;
        this.title = title;
    }

    public int httpStatus() {
        return httpStatus;
    }

    public int closeCode() {
        return closeCode;
    }

    /** A short sentence that is the same for every refusal of this kind. */
    public String title() {
        return title;
    }

    /** {@code token-invalid}. */
    public String slug() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    /** The stable path of the page that explains it: {@code /problems/token-invalid}. */
    public String problemPath() {
        return "/problems/" + slug();
    }
}
