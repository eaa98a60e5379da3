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
 */
public record ProductSchema(DataProduct product, ChangeCodec changes, String source,
        List<FieldPath> key,
        Optional<FieldPath> eventTime, Set<String> personal) {
    public ProductSchema {
        key = List.copyOf(key);
        personal = Set.copyOf(personal);
    }

    /** The type of the product's rows. */
    public RecordType rowType() {
        return changes.rowType();
    }
}
