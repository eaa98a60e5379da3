package io.tidegate.governance;

import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.contract.DataProduct.Quality;
import io.tidegate.governance.Statement.Named;
import io.tidegate.governance.Tier.Leave;
import io.tidegate.problem.Located;
import io.tidegate.problem.Problem;
import io.tidegate.problem.Suggestion;
import io.tidegate.schema.SchemaLanguage;
import io.tidegate.yaml.YamlMapping;
import io.tidegate.yaml.YamlNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;

/** Reads a tier strictly, as contracts are read: an unknown key is an error. */
final class TierReader {
    /** Patterns of one list; each is compared with every field. */
    private static final int PATTERNS_MAX = 200;
    /** Smallest to largest. */
    private static final int PLANS_MAX = 100;

    private final YamlMapping tier;
    private final List<String> planOrderAbove;
    private final List<Statement> statements = new ArrayList<>();

    private TierReader(YamlNode.Mapping root, String path, List<String> planOrderAbove,
            List<Problem> problems) {
        this.tier = new YamlMapping(root, path, problems);
        this.planOrderAbove = planOrderAbove;
    }

    /**
     * @param path
     *            of the mapping in its file, for messages; empty for a file of its own
     * @param planOrderAbove
     *            the order of plans that a tier above states; empty = none
     */
    static Tier read(YamlNode.Mapping root, String path, List<String> planOrderAbove,
            List<Problem> problems) {
        return new TierReader(root, path, planOrderAbove, problems).tier();
    }

    private Tier tier() {
        naming();
        require();
        ownerAndQuality();
        schema();
        duration("sla", "freshness", Statement.LongestFreshness::new);
        duration("view", "history", Statement.LongestHistory::new);
        patterns("personal").forEach(pattern -> statements
                .add(new Statement.Personal(new Glob(pattern.text()), pattern.place())));
        masks();
        var order = plans();
        var warn = tier.texts("warn");
        var except = except();
        tier.done();
        var planPlace = tier.node("plans").map(YamlNode::place).orElse(tier.place());
        return new Tier(tier.place().file(), statements, order, planPlace, warn, except);
    }

    private void naming() {
        tier.mapping("naming").ifPresent(naming -> {
            for (var named : Named.values()) {
                var key = YamlMapping.spelling(named);
                naming.located(key).ifPresent(text -> {
                    var objection = NamePattern.objection(text.text());
                    if (objection.isPresent()) {
                        naming.error(text.place(), "bad-value", naming.path(key) + ": '"
                                + shown(text.text()) + "' " + objection.get());
                    } else {
                        statements.add(new Statement.Naming(named, new NamePattern(text.text()),
                                text.place()));
                    }
                });
            }
            naming.done();
        });
    }

    private void require() {
        for (var text : distinct("require")) {
            var what = Requirement.of(text.text());
            if (what.isEmpty()) {
                tier.notOneOf(tier.path("require"), text, Requirement.spellings());
            }
            what.ifPresent(
                    known -> statements.add(new Statement.Required(known, text.place())));
        }
    }

    private void ownerAndQuality() {
        var owners = patterns("owner");
        if (!owners.isEmpty()) {
            statements.add(new Statement.OwnedBy(
                    owners.stream().map(owner -> new Glob(owner.text())).toList(),
                    owners.getFirst().place()));
        }
        constants(tier, "quality", Quality.class).ifPresent(allowed -> statements
                .add(new Statement.Qualities(allowed, tier.placeOf("quality"))));
    }

    private void schema() {
        tier.mapping("schema").ifPresent(schema -> {
            constants(schema, "types", SchemaLanguage.class).ifPresent(allowed -> statements
                    .add(new Statement.SchemaTypes(allowed, schema.placeOf("types"))));
            schema.done();
        });
    }

    private void duration(String group, String key,
            BiFunction<java.time.Duration, io.tidegate.problem.Place, Statement> statement) {
        tier.mapping(group).ifPresent(mapping -> {
            mapping.duration(key).ifPresent(
                    most -> statements.add(statement.apply(most, mapping.placeOf(key))));
            mapping.done();
        });
    }

    private void masks() {
        tier.mapping("masks").ifPresent(masks -> {
            for (var pattern : masks.keys().stream().limit(PATTERNS_MAX).toList()) {
                masks.oneOf(pattern, Mask.class).filter(mask -> fits(pattern, masks))
                        .ifPresent(mask -> statements.add(new Statement.RequiredMask(
                                new Glob(pattern), mask, masks.placeOf(pattern))));
            }
            if (masks.keys().size() > PATTERNS_MAX) {
                masks.error(masks.place(), "bad-value", masks.path() + ": more than "
                        + PATTERNS_MAX + " patterns: use '*'");
                masks.mayHave(masks.keys());
            }
            masks.done();
        });
    }

    private static boolean fits(String pattern, YamlMapping masks) {
        if (pattern.length() <= Glob.LENGTH_MAX) {
            return true;
        }
        masks.error(masks.placeOf(pattern), "bad-value", masks.path() + ": '" + shown(pattern)
                + "' is longer than " + Glob.LENGTH_MAX + " characters");
        return false;
    }

    private List<String> plans() {
        var plans = tier.mapping("plans");
        if (plans.isEmpty()) {
            return List.of();
        }
        var keys = plans.get();
        var order = new ArrayList<String>();
        for (var plan : keys.texts("order")) {
            if (order.contains(plan.text())) {
                keys.error(plan.place(), "duplicate", keys.path("order") + ": plan '"
                        + shown(plan.text()) + "' is listed twice");
            } else if (order.size() < PLANS_MAX) {
                order.add(plan.text());
            }
        }
        var counted = order.isEmpty() ? planOrderAbove : order;
        keys.located("largest").ifPresent(largest -> {
            if (counted.isEmpty()) {
                keys.error(largest.place(), "missing-key", "key '" + keys.path("order")
                        + "' is missing, here and in every tier above: list the plans from the"
                        + " smallest to the largest");
            } else if (!counted.contains(largest.text())) {
                keys.notOneOf(keys.path("largest"), largest, counted);
            } else {
                statements.add(
                        new Statement.LargestPlan(largest.text(), counted, largest.place()));
            }
        });
        keys.done();
        return order;
    }

    private List<Leave> except() {
        var leaves = new ArrayList<Leave>();
        for (var leave : tier.mappings("except")) {
            var product = leave.required("product");
            var rule = leave.required("rule");
            var until = leave.isMissing("until")
                    ? Optional.<java.time.LocalDate>empty()
                    : leave.date("until");
            // Whoever reads the file later has to know why; nothing else is done with it.
            var reason = leave.required("reason");
            leave.done();
            if (product.isPresent() && !product.get().text()
                    .matches("[a-z][a-z0-9-]{0,99}/[a-z][a-z0-9-]{0,99}(/v\\d{1,6})?")) {
                leave.wrong("product", product.get(),
                        "a product such as logistics/shipment-events or"
                                + " logistics/shipment-events/v2");
            } else if (product.isPresent() && rule.isPresent() && until.isPresent()
                    && reason.isPresent()) {
                leaves.add(new Leave(product.get().text(), rule.get(), until.get(),
                        product.get().place()));
            }
        }
        return leaves;
    }

    private List<Located> patterns(String key) {
        var patterns = new ArrayList<Located>();
        for (var pattern : distinct(key)) {
            if (pattern.text().length() > Glob.LENGTH_MAX) {
                tier.error(pattern.place(), "bad-value", tier.path(key) + ": '"
                        + shown(pattern.text()) + "' is longer than " + Glob.LENGTH_MAX
                        + " characters");
            } else if (patterns.size() == PATTERNS_MAX) {
                tier.error(pattern.place(), "bad-value", tier.path(key) + ": more than "
                        + PATTERNS_MAX + " patterns: use '*'");
                return patterns;
            } else {
                patterns.add(pattern);
            }
        }
        return patterns;
    }

    private List<Located> distinct(String key) {
        var seen = new LinkedHashSet<String>();
        var texts = new ArrayList<Located>();
        for (var text : tier.texts(key)) {
            if (seen.add(text.text())) {
                texts.add(text);
            } else {
                tier.error(text.place(), "duplicate",
                        tier.path(key) + ": '" + shown(text.text()) + "' is listed twice");
            }
        }
        return texts;
    }

    /** A list of an enum's constants; empty if the key is not there, or holds none that is known. */
    private static <E extends Enum<E>> Optional<Set<E>> constants(YamlMapping mapping, String key,
            Class<E> type) {
        var names = Arrays.stream(type.getEnumConstants()).map(YamlMapping::spelling).toList();
        var constants = EnumSet.noneOf(type);
        for (var text : mapping.texts(key)) {
            int at = names.indexOf(text.text());
            if (at < 0) {
                mapping.notOneOf(mapping.path(key), text, names);
            } else {
                constants.add(type.getEnumConstants()[at]);
            }
        }
        if (constants.isEmpty() && mapping.node(key).isPresent()
                && mapping.node(key).get() instanceof YamlNode.Sequence list
                && list.items().isEmpty()) {
            mapping.error(list.place(), "bad-value", mapping.path(key)
                    + ": the list is empty: allow " + Suggestion.oneOf(names)
                    + ", or remove the key");
        }
        return constants.isEmpty() ? Optional.empty() : Optional.of(constants);
    }

    static String shown(String text) {
        return text.length() <= 80 ? text : text.substring(0, 77) + "...";
    }
}
