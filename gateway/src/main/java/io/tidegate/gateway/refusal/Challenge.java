package io.tidegate.gateway.refusal;

import java.util.Optional;

/**
 * What the {@code WWW-Authenticate} header of an answer says (RFC 6750 section 3, RFC 9728 section 5.1). Pure.
 */
public final class Challenge {
    private Challenge() {
    }

    /**
     * The header's value; empty for a refusal that a different token would not cure.
     *
     * @param tokenSent
     *            whether the request carried a token: without one no error code may be named
     * @param scope
     *            what the token lacks, where the caller may know it
     */
    public static Optional<String> of(Refusal refusal, boolean tokenSent, Optional<String> scope,
            String publicUrl) {
        var metadata = "Bearer resource_metadata=\"" + ProblemDocuments.base(publicUrl)
                + "/.well-known/oauth-protected-resource\"";
        return switch (refusal.code().httpStatus()) {
            case 401 -> Optional.of(tokenSent
                    ? metadata + ", error=\"invalid_token\", error_description=\""
                            + quotable(refusal.detail()) + "\""
                    : metadata);
            case 403 -> refusal.code() == RefusalCode.FORBIDDEN
                    ? Optional.of(metadata + ", error=\"insufficient_scope\""
                            + scope.map(s -> ", scope=\"" + quotable(s) + "\"").orElse(""))
                    : Optional.empty();
            default -> Optional.empty();
        };
    }

    /** Only what RFC 6750 allows in an error description: printable ASCII without quote and backslash. */
    private static String quotable(String text) {
        var out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> out.appendCodePoint(
                c < 0x20 || c > 0x7e || c == '\\' ? ' ' : c == '"' ? '\'' : c));
        return out.toString();
    }
}
