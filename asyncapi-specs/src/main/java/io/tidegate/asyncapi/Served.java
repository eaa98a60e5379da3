package io.tidegate.asyncapi;

import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductSchema;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A product as the reader of a document may see it.
 *
 * @param masks
 *            by the path of the field, names joined by dots; the document does not mention what is {@code HIDE}
 */
public record Served(ProductSchema schema, Map<String, Mask> masks) {
    public Served {
        masks = Map.copyOf(masks);
    }

    /** With fields that the document does not mention. */
    public Served(ProductSchema schema, Set<String> hidden) {
        this(schema, hidden.stream().collect(Collectors.toMap(path -> path, path -> Mask.HIDE)));
    }

    /** The mask of a field or of a record around it; {@code HIDE} if either is hidden. */
    Optional<Mask> maskOf(FieldPath path) {
        var own = masks.get(path.text());
        var around = masks.entrySet().stream()
                .filter(mask -> path.text().startsWith(mask.getKey() + "."))
                .sorted(Comparator.comparingInt(mask -> mask.getKey().length()))
                .map(Map.Entry::getValue).toList();
        if (own == Mask.HIDE || around.contains(Mask.HIDE)) {
            return Optional.of(Mask.HIDE);
        }
        return own == null ? around.stream().findFirst() : Optional.of(own);
    }
}
