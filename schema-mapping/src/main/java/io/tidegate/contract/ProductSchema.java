package io.tidegate.contract;

import io.tidegate.schema.ChangeCodec;
import io.tidegate.schema.RecordType;
import java.util.List;
import java.util.Optional;
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
 * @param names
 *            GraphQL names that the product has given out before and keeps
 */
public record ProductSchema(DataProduct product, ChangeCodec changes, String source,
        List<FieldPath> key,
        Optional<FieldPath> eventTime, Set<String> personal, LockedNames names) {
    public ProductSchema {
        key = List.copyOf(key);
        personal = Set.copyOf(personal);
    }

    /** A product without locked names. */
    public ProductSchema(DataProduct product, ChangeCodec changes, String source,
            List<FieldPath> key, Optional<FieldPath> eventTime, Set<String> personal) {
        this(product, changes, source, key, eventTime, personal, LockedNames.NONE);
    }

    /** The same product with these names locked. */
    public ProductSchema locked(LockedNames names) {
        return new ProductSchema(product, changes, source, key, eventTime, personal, names);
    }

    /** The type of the product's rows. */
    public RecordType rowType() {
        return changes.rowType();
    }
}
