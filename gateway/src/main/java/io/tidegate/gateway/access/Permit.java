package io.tidegate.gateway.access;

import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.gateway.predicate.Predicate;
import java.util.Map;

/**
 * What one caller may see of one product. Two callers with equal permits share everything that is rendered.
 *
 * @param rows
 *            only these rows, with the caller's claims already bound in
 * @param masks
 *            by field path; {@code HIDE} means that the field does not exist for this caller. Personal fields that no
 *            grant opens are in here as {@code HIDE}
 * @param plan
 *            name of the plan that limits this caller; empty = the configuration's default plan
 */
public record Permit(Predicate rows, Map<String, Mask> masks, java.util.Optional<String> plan) {
    public Permit {
        masks = Map.copyOf(masks);
    }

    /** Paths that do not exist for the caller. */
    public java.util.Set<String> hidden() {
        var hidden = new java.util.TreeSet<String>();
        masks.forEach((path, mask) -> {
            if (mask == Mask.HIDE) {
                hidden.add(path);
            }
        });
        return hidden;
    }
}
