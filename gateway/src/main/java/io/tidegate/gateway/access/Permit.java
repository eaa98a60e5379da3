package io.tidegate.gateway.access;

import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.gateway.predicate.Predicate;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

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
public record Permit(Predicate rows, Map<String, Mask> masks, Optional<String> plan) {
    public Permit {
        masks = Map.copyOf(masks);
    }

    /** Paths that do not exist for the caller. */
    public Set<String> hidden() {
        var hidden = new TreeSet<String>();
        masks.forEach((path, mask) -> {
            if (mask == Mask.HIDE) {
                hidden.add(path);
            }
        });
        return hidden;
    }

    /**
     * Paths that the caller's own filters, orders and groups must not touch: whoever may compare a masked value can find it
     * out. What lies below such a path is just as untouchable.
     */
    public Set<String> opaque() {
        return new TreeSet<>(masks.keySet());
    }

    /** Whether the path is {@link #opaque}, by itself or by what holds it. */
    public boolean isOpaque(String path) {
        return masks.keySet().stream().anyMatch(p -> path.equals(p) || path.startsWith(p + "."));
    }
}
