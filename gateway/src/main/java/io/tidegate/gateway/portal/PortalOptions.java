package io.tidegate.gateway.portal;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What the operator decides about the portal.
 *
 * @param isPublic
 *            {@code catalog: {access: public}}: the catalog and the AsyncAPI documents are there without a token, personal
 *            fields left out. Otherwise a token is needed for both
 * @param issuers
 *            identity providers whose tokens are accepted, as tokens name them
 * @param developmentToken
 *            gives a fresh token to whoever asks from this machine's own pages; for the sandbox only. Empty = there is no
 *            such path
 * @param hasGraphiQl
 *            whether GraphiQL is served under {@code /graphiql/}
 */
public record PortalOptions(boolean isPublic, List<String> issuers,
        Optional<Supplier<String>> developmentToken, boolean hasGraphiQl) {
    public PortalOptions {
        issuers = List.copyOf(issuers);
    }
}
