package io.tidegate.gateway.access;

import java.time.Instant;
import java.util.Map;
import java.util.Set;

/**
 * Who asks: what a verified token says.
 *
 * @param partner
 *            whom limits count: {@code client_id} or {@code azp}, else {@code sub}
 * @param claims
 *            as plain Java values (String, Boolean, Number, List, Map)
 * @param expiresAt
 *            when the token, and with it every stream it opened, ends
 */
public record Caller(String subject, String partner, Set<String> scopes, Map<String, Object> claims,
        Instant expiresAt) {
    public Caller {
        scopes = Set.copyOf(scopes);
        claims = Map.copyOf(claims);
    }
}
