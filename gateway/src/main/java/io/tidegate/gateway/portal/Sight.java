package io.tidegate.gateway.portal;

import io.tidegate.asyncapi.Served;
import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.LiveProduct;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A product as whoever asks for its description may see it.
 *
 * @param masks
 *            by field path; what is {@code HIDE} does not exist for this reader
 * @param plans
 *            names of the plans that may count for this reader: the caller's own, or all of them for somebody unknown
 * @param isGranted
 *            whether the reader is a caller who may read the data, not only its description
 */
record Sight(LiveProduct product, Map<String, Mask> masks, List<String> plans,
        boolean isGranted) {
    Sight {
        masks = Map.copyOf(masks);
        plans = List.copyOf(plans);
    }

    static Sight of(Catalog.Granted granted) {
        return new Sight(granted.product(), granted.permit().masks(),
                granted.permit().plan().stream().toList(), true);
    }

    /** What everybody may know: nothing personal, and nothing that any grant hides from its holder. */
    static Sight ofAnybody(LiveProduct product) {
        var masks = new TreeMap<String, Mask>();
        for (var path : product.schema().personal()) {
            masks.put(path, Mask.HIDE);
        }
        var plans = new TreeSet<String>();
        for (var grant : product.contract().access()) {
            grant.plan().ifPresent(plans::add);
            grant.masks().forEach((path, mask) -> {
                if (mask == Mask.HIDE) {
                    masks.put(path, mask);
                }
            });
        }
        return new Sight(product, masks, List.copyOf(plans), false);
    }

    /** Whether somebody without a token may know of the product at all. */
    static boolean isListed(LiveProduct product) {
        return switch (product.contract().status()) {
            case ACTIVE, DEPRECATED -> true;
            case DRAFT, RETIRED -> false;
        };
    }

    boolean isHidden(String path) {
        return masks.get(path) == Mask.HIDE || masks.entrySet().stream().anyMatch(
                e -> e.getValue() == Mask.HIDE && path.startsWith(e.getKey() + "."));
    }

    Served served() {
        return new Served(product.schema(), masks);
    }
}
