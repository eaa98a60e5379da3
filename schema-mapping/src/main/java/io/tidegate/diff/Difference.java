package io.tidegate.diff;

import io.tidegate.contract.ProductId;
import io.tidegate.problem.Place;
import java.util.Comparator;
import java.util.List;

/**
 * One thing that changed for consumers of one product.
 *
 * @param path
 *            a field's path, names joined by dots, or what of the contract it is: {@code sla.freshness}
 * @param isField
 *            whether the path is that of a field
 * @param before
 *            empty if there was nothing
 * @param after
 *            empty if there is nothing
 * @param place
 *            in the new state; of the contract where the thing is gone
 * @param affected
 *            consumers known to use it, by a {@link Usage}
 */
public record Difference(Rule rule, ProductId product, String path, boolean isField, String before,
        String after, Place place, List<Usage.Use> affected) {
    static final Comparator<Difference> ORDER = Comparator.comparing(Difference::product)
            .thenComparing(difference -> difference.rule().level())
            .thenComparing(difference -> difference.rule().face())
            .thenComparing(Difference::path).thenComparing(Difference::rule)
            .thenComparing(Difference::before).thenComparing(Difference::after);

    public Difference {
        affected = List.copyOf(affected);
    }

    public Level level() {
        return rule.level();
    }

    public Face face() {
        return rule.face();
    }

    Difference at(Place other) {
        return new Difference(rule, product, path, isField, before, after, other, affected);
    }

    Difference affecting(List<Usage.Use> uses) {
        return new Difference(rule, product, path, isField, before, after, place, uses);
    }
}
