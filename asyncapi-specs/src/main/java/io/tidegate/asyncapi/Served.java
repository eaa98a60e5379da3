package io.tidegate.asyncapi;

import io.tidegate.contract.ProductSchema;
import java.util.Set;

/**
 * A product as the reader of a document may see it.
 *
 * @param hiddenPaths
 *            fields that the document does not mention; names joined by dots
 */
public record Served(ProductSchema schema, Set<String> hiddenPaths) {
    public Served {
        hiddenPaths = Set.copyOf(hiddenPaths);
    }
}
