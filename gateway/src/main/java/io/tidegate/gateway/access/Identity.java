package io.tidegate.gateway.access;

import java.net.URI;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Whose tokens the gateway accepts: the configuration under {@code identity:}.
 *
 * @param issuers
 *            at least one, each issuer once
 * @param keysValid
 *            how long keys go on being used while their issuer cannot be reached; default 24 hours
 * @param keysRefresh
 *            how often keys are fetched anew; default 10 minutes
 * @param tokenLifetimeMax
 *            tokens that live longer than this are refused; default 24 hours
 */
public record Identity(List<Issuer> issuers, Duration keysValid, Duration keysRefresh,
        Duration tokenLifetimeMax) {
    /** How far clocks may differ: a token is still good so long after its {@code exp} and before its {@code nbf}. */
    public static final Duration LEEWAY = Duration.ofSeconds(30);

    public Identity {
        issuers = List.copyOf(issuers);
        if (issuers.isEmpty()) {
            throw new IllegalArgumentException("identity.issuers: expected at least one issuer");
        }
        Set<String> seen = new HashSet<>();
        for (var issuer : issuers) {
            if (!seen.add(issuer.issuer())) {
                throw new IllegalArgumentException(
                        "identity.issuers: '" + issuer.issuer() + "' is there twice");
            }
        }
        positive("identity.keysValid", keysValid);
        positive("identity.keysRefresh", keysRefresh);
        positive("identity.tokenLifetimeMax", tokenLifetimeMax);
    }

    /** These issuers with the defaults for everything else. */
    public static Identity of(List<Issuer> issuers) {
        return new Identity(issuers, Duration.ofHours(24), Duration.ofMinutes(10),
                Duration.ofHours(24));
    }

    private static void positive(String setting, Duration value) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(
                    setting + ": expected more than zero but was '" + value + "'");
        }
    }

    /**
     * One identity provider.
     *
     * @param issuer
     *            exactly as tokens carry it in {@code iss}
     * @param audience
     *            what tokens must carry in {@code aud}; without it a token that the issuer made for anybody else is
     *            accepted too
     * @param jwksUri
     *            where its keys are; empty = as its {@code /.well-known/openid-configuration} says
     */
    public record Issuer(String issuer, Optional<String> audience, Optional<String> jwksUri) {
        public Issuer {
            httpUri("identity.issuers.issuer", issuer);
            jwksUri.ifPresent(uri -> httpUri("identity.issuers.jwksUri", uri));
        }
    }

    static URI httpUri(String what, String text) {
        try {
            var uri = URI.create(text);
            if (uri.getHost() != null && uri.getUserInfo() == null && uri.getFragment() == null
                    && ("https".equals(uri.getScheme()) || "http".equals(uri.getScheme()))) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            // the same answer as for an address of the wrong kind
        }
        throw new IllegalArgumentException(
                what + ": expected an address with https:// but was '" + text + "'");
    }
}
