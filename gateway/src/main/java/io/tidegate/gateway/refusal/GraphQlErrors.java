package io.tidegate.gateway.refusal;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A refusal as a member of GraphQL's {@code errors}. Pure. */
public final class GraphQlErrors {
    private GraphQlErrors() {
    }

    /** {@code message}, {@code extensions.code} and, where coming back makes sense, {@code extensions.retryAfter} in seconds. */
    public static Map<String, Object> of(Refusal refusal) {
        var extensions = new LinkedHashMap<String, Object>();
        extensions.put("code", refusal.code().name());
        refusal.retryAfterSeconds().ifPresent(s -> extensions.put("retryAfter", s));
        var error = new LinkedHashMap<String, Object>();
        error.put("message", refusal.detail());
        error.put("extensions", extensions);
        return error;
    }

    /**
     * A value is absent that the schema says is always there.
     *
     * @param path
     *            of the value, from the root of the answer on: names, and positions in lists
     */
    public static Map<String, Object> absent(List<Object> path) {
        var error = new LinkedHashMap<String, Object>();
        error.put("message", "The data has no value here, though the schema says that there is"
                + " always one; tell the owner of the data product.");
        error.put("path", path);
        error.put("extensions", Map.of("code", RefusalCode.INTERNAL.name()));
        return error;
    }
}
