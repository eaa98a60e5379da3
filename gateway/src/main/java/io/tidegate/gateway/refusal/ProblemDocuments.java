package io.tidegate.gateway.refusal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.LinkedHashMap;

/** Refusals as RFC 9457 problem documents, and the pages that their {@code type} leads to. Pure. */
public final class ProblemDocuments {
    /** Of the documents that {@link #of} writes. */
    public static final String MEDIA_TYPE = "application/problem+json";

    private static final JsonMapper JSON = new JsonMapper();

    private ProblemDocuments() {
    }

    /**
     * The problem document as JSON text. {@code status} is the refusal's own, so the answer must carry the same.
     *
     * @param instancePath
     *            the path that was asked for, without its query string, which may hold a secret
     * @param publicUrl
     *            where partners reach the gateway, from its configuration and never from a request's {@code Host}
     */
    public static String of(Refusal refusal, String instancePath, String publicUrl) {
        var document = new LinkedHashMap<String, Object>();
        document.put("type", base(publicUrl) + refusal.code().problemPath());
        document.put("title", refusal.code().title());
        document.put("status", refusal.code().httpStatus());
        document.put("detail", refusal.detail());
        document.put("instance", pathOnly(instancePath));
        document.put("code", refusal.code().name());
        refusal.retryAfterSeconds().ifPresent(s -> document.put("retryAfter", s));
        try {
            return JSON.writeValueAsString(document);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a map of texts and numbers cannot be written", e);
        }
    }

    /** The page under {@link RefusalCode#problemPath}: what happened and what to do. */
    public static String page(RefusalCode code) {
        return """
                <!doctype html>
                <html lang="en">
                <head><meta charset="utf-8"><title>%s</title></head>
                <body>
                <h1>%s</h1>
                <p><code>%s</code> &middot; HTTP %d &middot; WebSocket close %d</p>
                <p>%s</p>
                </body>
                </html>
                """.formatted(escaped(code.title()), escaped(code.title()), code.name(),
                code.httpStatus(), code.closeCode(), escaped(code.advice()));
    }

    /** The published list of all refusals: the text of {@code docs/reference/refusals.md}. */
    public static String reference() {
        var text = new StringBuilder(
                """
                        # Refusals

                        Every way in which Tidegate says no. The code is `code` in a problem document (RFC 9457) and
                        `extensions.code` in a GraphQL error; the problem's `type` is its page under the gateway's public URL.
                        A code never changes its meaning. This list is made from `RefusalCode`.

                        | code | HTTP | WebSocket | page | means | what to do |
                        | --- | --- | --- | --- | --- | --- |
                        """);
        for (var code : RefusalCode.values()) {
            text.append("| `").append(code.name()).append("` | ").append(code.httpStatus())
                    .append(" | ").append(code.closeCode()).append(" | `")
                    .append(code.problemPath()).append("` | ").append(code.title()).append(" | ")
                    .append(code.advice().replace("<", "&lt;").replace(">", "&gt;"))
                    .append(" |\n");
        }
        return text
                .append("""

                        WebSocket close codes 1012 and 1013 mean "come back"; 4400 to 4499 mean that the same request will be
                        refused again. A close reason is the code, a colon and the detail, cut to the 123 bytes that RFC 6455
                        allows; where the client should resume, it is the code and `cursor=` with the cursor, if that fits.
                        """)
                .toString();
    }

    static String base(String publicUrl) {
        return publicUrl.endsWith("/")
                ? publicUrl.substring(0, publicUrl.length() - 1)
                : publicUrl;
    }

    private static String pathOnly(String path) {
        int end = path.length();
        for (char mark : new char[]{'?', '#'}) {
            int at = path.indexOf(mark);
            if (at >= 0 && at < end) {
                end = at;
            }
        }
        return path.substring(0, end);
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
