package io.tidegate.importing;

import java.util.Optional;

/**
 * What the user says of a contract that its source may not say, or says otherwise.
 *
 * @param domain
 *            instead of the one that the source names or means
 * @param product
 *            likewise; where a source holds several, the beginning of each name
 * @param owner
 *            likewise
 */
public record ImportChoices(Optional<String> domain, Optional<String> product,
        Optional<String> owner) {
    /** Nothing is said. */
    public static ImportChoices none() {
        return new ImportChoices(Optional.empty(), Optional.empty(), Optional.empty());
    }
}
