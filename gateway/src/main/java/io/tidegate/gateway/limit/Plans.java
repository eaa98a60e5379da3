package io.tidegate.gateway.limit;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The plans of a gateway by name. Without any in the configuration there are {@link Plan#GOLD} and {@link Plan#FREE}. Whoever's
 * grant names no plan gets the one called {@code default} where the configuration has it, else {@code free}.
 */
public final class Plans {
    private final Map<String, Plan> byName = new TreeMap<>();

    private Plans(Collection<Plan> plans) {
        plans.forEach(plan -> byName.put(plan.name(), plan));
        byName.putIfAbsent(Plan.FREE.name(), Plan.FREE);
    }

    /** @param configured empty = the built-in ones */
    public static Plans of(Collection<Plan> configured) {
        return new Plans(
                configured.isEmpty() ? Set.of(Plan.GOLD, Plan.FREE) : Set.copyOf(configured));
    }

    /** The plan that a permit names. A name that is not configured gives the default, never more than was meant. */
    public Plan of(Optional<String> name) {
        var named = name.map(byName::get);
        return named.isPresent() ? named.get() : defaultPlan();
    }

    /** What applies where no grant names a plan. */
    public Plan defaultPlan() {
        return byName.getOrDefault("default", byName.getOrDefault("free", Plan.FREE));
    }

    /** Names for checking contracts against. */
    public Set<String> names() {
        return Set.copyOf(byName.keySet());
    }
}
