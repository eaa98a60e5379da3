package io.tidegate.gateway.limit;

/**
 * Where a partner stands with one quota, and the headers that say so (draft-ietf-httpapi-ratelimit-headers-10).
 *
 * @param name
 *            of the quota: {@code requests}, {@code query-cost}, {@code connections}, {@code subscriptions}
 * @param quota
 *            in a window
 * @param windowSeconds
 *            0 = no window: so many at once
 * @param remaining
 *            now
 * @param resetSeconds
 *            until the quota is whole again, or, where something was denied, until it can be had; rounded up
 */
public record RateState(String name, long quota, long windowSeconds, long remaining,
        long resetSeconds) {

    /** The value of {@code RateLimit-Policy}: {@code "requests";q=50;w=1}. */
    public String policyHeader() {
        return windowSeconds > 0
                ? "\"" + name + "\";q=" + quota + ";w=" + windowSeconds
                : "\"" + name + "\";q=" + quota + ";qu=\"concurrent-requests\"";
    }

    /** The value of {@code RateLimit}: {@code "requests";r=49;t=1}. */
    public String limitHeader() {
        return "\"" + name + "\";r=" + remaining
                + (windowSeconds > 0 ? ";t=" + resetSeconds : "");
    }
}
