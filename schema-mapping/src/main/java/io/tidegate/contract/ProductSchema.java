package io.tidegate.contract;

import io.tidegate.schema.Codec;
import java.util.List;
import java.util.Set;

/**
 * A product whose schema has been found and read: the one form in which the rest of Tidegate knows a product.
 *
 * @param source
 *            which schema was used and where it came from, one phrase for the load report: {@code file shipment.avsc}
 * @param key
 *            the fields that identify a row, resolved; empty = every event is a row of its own
 * @param personal
 *            paths of the fields that are hidden from whoever holds no grant that opens them
 */
public record ProductSchema(DataProduct product, Codec codec, String source, List<FieldPath> key,
        java.util.Optional<FieldPath> eventTime, Set<String> personal) {
    public ProductSchema {
        key = List.copyOf(key);
        personal = Set.copyOf(personal);
    }
}
