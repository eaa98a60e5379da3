package io.tidegate.diff;

import io.tidegate.contract.ProductSchema;
import io.tidegate.problem.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How the schemas of a product's records have to fit together, by the modes of schema registries. Two states are
 * compared, so a transitive mode demands of them what the plain one does.
 */
public enum Compatibility {
    /** Nothing. */
    NONE(false, false),
    /** The new schema reads what the old one wrote. */
    BACKWARD(true, false), BACKWARD_TRANSITIVE(true, false),
    /** The old schema reads what the new one writes. */
    FORWARD(false, true), FORWARD_TRANSITIVE(false, true),
    /** Both. */
    FULL(true, true), FULL_TRANSITIVE(true, true);

    private static final String RULE = "registry-compatibility";
    private static final int SHOWN_MAX = 10;

    private final boolean newReadsOld;
    private final boolean oldReadsNew;

    Compatibility(boolean newReadsOld, boolean oldReadsNew) {
        this.newReadsOld = newReadsOld;
        this.oldReadsNew = oldReadsNew;
    }

    /** What this mode does not allow, as errors; at most ten of each direction. */
    List<Problem> judge(ProductSchema before, ProductSchema after,
            ContractDiff.SchemaReading reading) {
        if (!newReadsOld && !oldReadsNew) {
            return List.of();
        }
        var old = before.product().schema().language();
        var now = after.product().schema().language();
        if (old != now) {
            return List.of(Problem.error(after.product().place(), RULE, "product '"
                    + after.product().id() + "' changed its schema language from "
                    + old.name().toLowerCase(Locale.ROOT) + " to "
                    + now.name().toLowerCase(Locale.ROOT) + ", which " + this
                    + " does not allow: write a new major version with topics of its own"));
        }
        var problems = new ArrayList<Problem>();
        if (newReadsOld) {
            report("the new schema cannot read records of the old one", after,
                    reading.objections(after, before), problems);
        }
        if (oldReadsNew) {
            report("the old schema cannot read records of the new one", after,
                    reading.objections(before, after), problems);
        }
        return problems;
    }

    private void report(String what, ProductSchema product, List<String> objections,
            List<Problem> problems) {
        var place = product.product().schema().file()
                .or(() -> product.product().schema().registry()).map(schema -> schema.place())
                .orElse(product.product().place());
        objections.stream().limit(SHOWN_MAX).forEach(why -> problems.add(Problem.error(place,
                RULE, "product '" + product.product().id() + "': " + what + ", which " + this
                        + " demands: " + why)));
    }
}
