package io.tidegate.gateway.refusal;

import java.util.Locale;
import java.util.Optional;

/**
 * Every kind of refusal, once: the code in GraphQL's {@code extensions.code}, the last part of the problem's URI
 * ({@code /problems/token-invalid}), the HTTP status and the WebSocket close code. The published list in
 * {@code docs/reference/refusals.md} is made from it.
 */
public enum RefusalCode {
    // @formatter:off
    TOKEN_MISSING(401, 4401, "No token",
            "Send the header 'Authorization: Bearer <token>'; a browser's WebSocket sends it in the payload of its first message."),
    TOKEN_INVALID(401, 4403, "The token is not acceptable",
            "Get a token from an identity provider this gateway trusts, meant for its audience, and send it unchanged."),
    TOKEN_EXPIRED(401, 4403, "The token has expired",
            "Get a fresh token and come back with the last cursor; nothing is lost."),
    FORBIDDEN(403, 4403, "Not permitted",
            "Ask the owner of the data product for a grant that covers this."),
    NOT_FOUND(404, 4404, "No such product",
            "Look in /catalog for what this token may read; a product it may not read looks the same as one that does not exist."),
    METHOD_NOT_ALLOWED(405, 4400, "Method not allowed",
            "Use one of the methods in the answer's 'Allow' header."),
    NOT_ACCEPTABLE(406, 4406, "No such format",
            "Ask for one of the formats or sub-protocols that the detail lists."),
    PAYLOAD_TOO_LARGE(413, 1009, "Too large",
            "Send less; the detail names the limit."),
    UNSUPPORTED_MEDIA_TYPE(415, 4400, "Content type not supported",
            "Send the body with the header 'Content-Type: application/json'."),
    BAD_REQUEST(400, 4400, "The request is not well-formed",
            "Correct what the detail names."),
    GRAPHQL_PARSE_FAILED(400, 4400, "The document cannot be parsed",
            "Correct the GraphQL document at the place that the error names."),
    GRAPHQL_VALIDATION_FAILED(422, 4400, "The document is not valid",
            "Compare the document with /graphql/schema.graphql, which shows what this token may see."),
    BAD_VARIABLE(422, 4400, "A variable is not valid",
            "Send a value of the type that the document declares for the variable."),
    PERSISTED_QUERY_NOT_FOUND(400, 4400, "No such document",
            "Send the document together with its hash; from then on the hash alone will do."),
    DOCUMENT_NOT_TRUSTED(403, 4403, "Not one of the trusted documents",
            "Name a document that the operator of this gateway has laid down."),
    QUERY_TOO_COMPLEX(422, 4400, "The document is too complex",
            "Select fewer fields, aliases or levels, or ask for smaller pages."),
    FILTER_INVALID(400, 4400, "The filter is not valid",
            "Correct the expression; a filter reaches only fields that this token may see in clear."),
    PARAMETER_INVALID(400, 4400, "A parameter is not valid",
            "Correct the parameter that the detail names."),
    CURSOR_MALFORMED(400, 4400, "The cursor is not valid",
            "Send a cursor exactly as the gateway gave it, for the same product, or start with from=latest or from=earliest."),
    PRODUCT_NOT_QUERYABLE(404, 4404, "The product has no view",
            "Subscribe to the product's stream; its contract keeps no state to query."),
    POSITION_UNKNOWN(404, 4404, "No such position",
            "Begin a stream with this name, or keep a cursor under it; a position that was not used for long is forgotten."),
    POSITION_BEHIND(409, 4409, "The position is further already",
            "Acknowledge a later cursor; to read again from an earlier one, begin a stream with it as 'from'."),
    POSITION_LIMIT(409, 4409, "Too many names",
            "Delete the position of a name that is not used any more."),
    RATE_LIMITED(429, 1013, "Too many requests",
            "Wait as long as 'Retry-After' says; the 'RateLimit' header tells how much is left."),
    SUBSCRIPTION_LIMIT(429, 1013, "Too many subscriptions",
            "End a subscription before opening another, or ask for a larger plan."),
    CONNECTION_LIMIT(429, 1013, "Too many connections",
            "Close a connection before opening another, or put several subscriptions on one WebSocket."),
    ORIGIN_NOT_ALLOWED(403, 4403, "Origin not allowed",
            "Ask the operator to add the page's origin to 'http.origins'."),
    UPSTREAM_UNAVAILABLE(503, 1013, "The data source is unavailable",
            "Come back with the last cursor after a short while; nothing is lost."),
    QUERY_TIMEOUT(504, 4500, "The query took too long",
            "Ask for fewer rows, groups or figures, or narrow the filter; asking again as it is will take as long."),
    VIEW_STALE(503, 1013, "The view is not ready",
            "Come back after a short while; streams of the product are not affected."),
    DRAINING(503, 1012, "The gateway is restarting",
            "Reconnect at once with the last cursor; another node serves it."),
    INTERNAL(500, 4500, "Internal error",
            "Try again; if it happens again tell the operator the time and the path.");
    // @formatter:on

    private final int httpStatus;
    private final int closeCode;
    private final String title;
    private final String advice;

    RefusalCode(int httpStatus, int closeCode, String title, String advice) {
        this.httpStatus = httpStatus;
        this.closeCode = closeCode;
        this.title = title;
        this.advice = advice;
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

    /** What the caller can do about it, one or two sentences for the problem's page. */
    public String advice() {
        return advice;
    }

    /** Whether the same request, sent again later by the same caller, may be answered. */
    public boolean isTemporary() {
        return closeCode == 1012 || closeCode == 1013;
    }

    /** {@code token-invalid}. */
    public String slug() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The stable path of the page that explains it: {@code /problems/token-invalid}. */
    public String problemPath() {
        return "/problems/" + slug();
    }

    /** The code with this slug, exactly as {@link #slug} writes it. */
    public static Optional<RefusalCode> ofSlug(String slug) {
        for (var code : values()) {
            if (code.slug().equals(slug)) {
                return Optional.of(code);
            }
        }
        return Optional.empty();
    }
}
