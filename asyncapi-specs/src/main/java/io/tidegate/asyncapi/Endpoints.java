package io.tidegate.asyncapi;

import java.net.URI;

/**
 * Where partners reach the gateway.
 *
 * @param publicUrl
 *            {@code http} or {@code https}, with a host; a path in it stands in front of every address
 */
public record Endpoints(URI publicUrl) {
    public Endpoints {
        var scheme = publicUrl.getScheme();
        if (publicUrl.getRawAuthority() == null
                || !("http".equals(scheme) || "https".equals(scheme))) {
            throw new IllegalArgumentException(
                    "expected a public URL such as 'https://data.example.com' but was '" + publicUrl
                            + "'");
        }
    }

    /** Host and port, without a scheme. */
    String host() {
        return publicUrl.getPort() < 0
                ? publicUrl.getHost()
                : publicUrl.getHost() + ":" + publicUrl.getPort();
    }

    /** The path that stands in front of every address; empty if there is none. */
    String pathname() {
        var path = publicUrl.getRawPath();
        return path == null ? "" : path.replaceFirst("/+$", "");
    }

    boolean isSecure() {
        return "https".equals(publicUrl.getScheme());
    }
}
