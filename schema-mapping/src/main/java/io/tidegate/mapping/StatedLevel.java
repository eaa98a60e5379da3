package io.tidegate.mapping;

import io.tidegate.contract.DataProduct;

/**
 * One promise of a contract: the source of GraphQL's {@code ServiceLevel}. Whoever serves the schema and measures something
 * installs a fetcher of {@code ServiceLevel.measured}, which is null without one.
 *
 * @param name
 *            as in the contract: {@code freshness}, {@code availability}…
 * @param promised
 *            as written
 */
public record StatedLevel(DataProduct product, String name, String promised) {
}
