package io.tidegate.governance;

import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.problem.Suggestion;
import io.tidegate.yaml.YamlMapping;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Whether a tier only tightens what stands above it. Every tier is judged by itself, so a laxer statement would have no
 * effect; that it is there shows that somebody means it to have one.
 */
final class Tightening {
    private final Tier lower;
    private final List<Tier> above;
    private final List<Problem> problems;

    private Tightening(Tier lower, List<Tier> above, List<Problem> problems) {
        this.lower = lower;
        this.above = above;
        this.problems = problems;
    }

    /**
     * Reports what loosens a statement of a tier above, and what names a statement that the tier does not make.
     *
     * @param above
     *            the outermost first
     */
    static void check(Tier lower, List<Tier> above, List<Problem> problems) {
        new Tightening(lower, above, problems).check();
    }

    private void check() {
        for (var upper : above) {
            if (!lower.planOrder().isEmpty() && !upper.planOrder().isEmpty()
                    && !lower.planOrder().equals(upper.planOrder())) {
                conflict(lower.planOrderPlace(), upper.planOrderPlace(),
                        "plans.order: " + lower.planOrder() + " is not " + upper.planOrder(),
                        "plans have one order", "remove it here");
            }
            for (var statement : lower.statements()) {
                upper.statements().forEach(other -> compare(statement, other));
            }
        }
        for (var key : lower.warn()) {
            own("warn", key.text(), key.place());
        }
        for (var leave : lower.except()) {
            own("except", leave.key().text(), leave.key().place());
        }
    }

    private void compare(Statement statement, Statement upper) {
        switch (statement) {
            case Statement.SchemaTypes(var allowed, var place) -> {
                if (upper instanceof Statement.SchemaTypes(var more, var there)) {
                    subset("schema.types", allowed, more, place, there);
                }
            }
            case Statement.Qualities(var allowed, var place) -> {
                if (upper instanceof Statement.Qualities(var more, var there)) {
                    subset("quality", allowed, more, place, there);
                }
            }
            case Statement.LongestFreshness(var most, var place) -> {
                if (upper instanceof Statement.LongestFreshness(var bound, var there)
                        && most.compareTo(bound) > 0) {
                    conflict(place, there, "sla.freshness: " + Judge.written(most)
                            + " is longer than " + Judge.written(bound), "", "shorten it");
                }
            }
            case Statement.LongestHistory(var most, var place) -> {
                if (upper instanceof Statement.LongestHistory(var bound, var there)
                        && most.compareTo(bound) > 0) {
                    conflict(place, there, "view.history: " + Judge.written(most)
                            + " is longer than " + Judge.written(bound), "", "shorten it");
                }
            }
            case Statement.LargestPlan(var plan, var order, var place) -> {
                if (upper instanceof Statement.LargestPlan(var bound, var counted, var there)
                        && counted.indexOf(plan) > counted.indexOf(bound)) {
                    conflict(place, there, "plans.largest: '" + plan + "' is larger than '" + bound
                            + "'", "", "name that or a smaller one");
                }
            }
            case Statement.RequiredMask(var pattern, var least, var place) -> {
                if (upper instanceof Statement.RequiredMask(var wider, var stricter, var there)
                        && least.compareTo(stricter) > 0 && wider.covers(pattern)) {
                    conflict(place, there, "masks." + TierReader.shown(pattern.text()) + ": '"
                            + YamlMapping.spelling(least) + "' shows more than '"
                            + YamlMapping.spelling(stricter) + "', which '"
                            + TierReader.shown(wider.text()) + "' requires", "",
                            "require that or a stricter mask");
                }
            }
            // These can only add: what a name must look like as well, what else is required or personal.
            case Statement.Naming naming -> {
            }
            case Statement.Required required -> {
            }
            case Statement.OwnedBy owner -> {
            }
            case Statement.Personal personal -> {
            }
        }
    }

    private <E extends Enum<E>> void subset(String key, Set<E> allowed, Set<E> more, Place place,
            Place there) {
        var added = new TreeSet<>(allowed);
        added.removeAll(more);
        if (!added.isEmpty()) {
            conflict(place, there, key + ": " + names(added) + " is not among " + names(more), "",
                    "remove it here, or allow it there");
        }
    }

    static <E extends Enum<E>> String names(Collection<E> constants) {
        return Suggestion.oneOf(constants.stream().sorted().map(YamlMapping::spelling)
                .collect(Collectors.toList()));
    }

    /** An exemption from a statement that somebody else made would loosen it. */
    private void own(String list, String key, Place place) {
        if (lower.states(key)) {
            return;
        }
        for (var upper : above) {
            for (var statement : upper.statements()) {
                if (Tier.covers(key, statement.key())) {
                    conflict(place, statement.place(), list + ": '" + TierReader.shown(key)
                            + "' is stated by a tier above", "only that tier can make it milder",
                            "move the entry there");
                    return;
                }
            }
        }
        var keys = lower.statements().stream().map(Statement::key).distinct().sorted().toList();
        problems.add(Problem.error(place, "bad-value", list + ": this file states no '"
                + TierReader.shown(key) + "'" + Suggestion.didYouMean(key, keys)));
    }

    private void conflict(Place here, Place there, String what, String why, String remedy) {
        problems.add(Problem.error(here, "governance-conflict",
                what + " (" + there + "), and a lower tier can only tighten"
                        + (why.isEmpty() ? "" : ": " + why) + ": " + remedy)
                .relatedTo(there));
    }
}
