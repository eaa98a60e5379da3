package io.tidegate.governance;

import io.tidegate.contract.DataProduct.Status;
import io.tidegate.contract.ProductSchema;
import io.tidegate.contract.SourceFile;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import io.tidegate.yaml.YamlFile;
import io.tidegate.yaml.YamlNode;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The tiers that govern the contracts of one folder, the outermost first. A product has to meet each of them. Immutable:
 * {@link #under} makes the governance of a folder further down.
 *
 * <p>
 * A tier that cannot be read governs strictly: {@link #isUsable} is false from there on down, and no product under it may
 * be taken newly into service.
 */
public final class Governance {
    private static final Governance NONE = new Governance(List.of(), List.of(), true, List.of());
    /** Problems of one product; the first ones say enough. */
    private static final int PROBLEMS_MAX = 500;

    private static final Comparator<Problem> BY_PLACE = Comparator
            .comparing((Problem problem) -> problem.place().file())
            .thenComparingInt(problem -> problem.place().line())
            .thenComparingInt(problem -> problem.place().column()).thenComparing(Problem::rule)
            .thenComparing(Problem::message);

    private final List<Tier> tiers;
    private final List<String> files;
    private final boolean usable;
    private final List<Problem> problems;

    private Governance(List<Tier> tiers, List<String> files, boolean usable,
            List<Problem> problems) {
        this.tiers = List.copyOf(tiers);
        this.files = List.copyOf(files);
        this.usable = usable;
        this.problems = List.copyOf(problems);
    }

    /** No tier: everything is allowed. */
    public static Governance none() {
        return NONE;
    }

    /** This governance with one more tier below it, the text of a {@code governance.yaml}. Never throws on a text. */
    public Governance under(SourceFile file) {
        var found = new ArrayList<Problem>();
        var root = YamlFile.parse(file.path(), file.text(), found);
        // A file that says nothing demands nothing: all of it may be commented out.
        if (root.isEmpty() && found.stream().allMatch(one -> one.rule().equals("yaml-empty"))) {
            return with(new Tier(file.path(), List.of(), List.of(), Place.of(file.path()),
                    List.of(), List.of()), List.of());
        }
        return root.map(node -> under(node, "", found))
                .orElseGet(() -> unusable(file.path(), found));
    }

    /** This governance with a tier below it whose file cannot be read at all. */
    public Governance underUnreadable(String file, String why) {
        return unusable(file, List.of(Problem.error(Place.of(file), "file",
                "the governance of this folder cannot be read: " + why)));
    }

    /** What is wrong with the tier that was added last, in the order of its places. */
    public List<Problem> problems() {
        return problems;
    }

    /** Whether every tier could be read and none loosens another. */
    public boolean isUsable() {
        return usable;
    }

    /** The files of the tiers, the outermost first, as their user names them. */
    public List<String> files() {
        return files;
    }

    /**
     * What of a product does not meet its governance, at the contract's places; the contract's own {@code governance}
     * block is the last tier. Retired products are not judged: nobody gets them.
     *
     * @param contract
     *            the file that the product was read from
     * @param today
     *            for exceptions, which end
     * @return errors, and warnings of rules that only warn; each names the rule's place
     */
    public List<Problem> check(ProductSchema schema, SourceFile contract, LocalDate today) {
        if (schema.product().status() == Status.RETIRED) {
            return List.of();
        }
        var text = new ContractText(schema.product(), contract);
        var found = new ArrayList<Problem>();
        var governance = text.governance().map(block -> {
            var own = under(block, text.governanceKey(), new ArrayList<>());
            found.addAll(own.problems());
            return own;
        }).orElse(this);
        governance.judge(schema, text, today, found);
        // Errors first, so that none is cut off and a product that has one never passes for good.
        return found.stream()
                .sorted(Comparator.comparing(Problem::severity).thenComparing(BY_PLACE))
                .limit(PROBLEMS_MAX).sorted(BY_PLACE).toList();
    }

    private void judge(ProductSchema schema, ContractText text, LocalDate today,
            List<Problem> found) {
        if (tiers.stream().allMatch(tier -> tier.statements().isEmpty())) {
            return;
        }
        var judge = new Judge(schema, text);
        // Two tiers may demand the same: the outer one is named, unless it only warns.
        var said = new HashSet<String>();
        for (boolean warnings : new boolean[]{false, true}) {
            for (var tier : tiers) {
                for (var statement : tier.statements()) {
                    if (tier.warns(statement) == warnings) {
                        report(tier, statement, judge, schema, today, said, found);
                    }
                }
            }
        }
        if (!judge.sawAll()) {
            found.add(Problem.error(schema.product().place(), "governance-limit",
                    "the schema has more than " + RowFields.MOST
                            + " ways to a field, which are too many to be judged: make it flatter"));
        }
    }

    private static void report(Tier tier, Statement statement, Judge judge, ProductSchema schema,
            LocalDate today, Set<String> said, List<Problem> found) {
        var id = schema.product().id();
        var leave = tier.except().stream()
                .filter(one -> Tier.covers(one.key().text(), statement.key())
                        && (one.product().equals(id.path())
                                || one.product().equals(id.domain() + "/" + id.product())))
                .max(Comparator.comparing(Tier.Leave::until));
        if (leave.filter(one -> !today.isAfter(one.until())).isPresent()) {
            return;
        }
        for (var violation : judge.of(statement)) {
            if (!said.add(statement.rule() + " " + violation.place() + " " + violation.what())) {
                continue;
            }
            var message = violation.what() + ", as '" + TierReader.shown(statement.key()) + "' in "
                    + statement.place() + " demands"
                    + leave.map(one -> " (the exception ended on " + one.until() + ")").orElse("")
                    + ": " + violation.remedy();
            found.add((tier.warns(statement)
                    ? Problem.warning(violation.place(), statement.rule(), message)
                    : Problem.error(violation.place(), statement.rule(), message))
                    .relatedTo(statement.place()));
        }
    }

    private Governance under(YamlNode node, String path, List<Problem> found) {
        var file = node.place().file();
        if (!(node instanceof YamlNode.Mapping mapping)) {
            found.add(Problem.error(node.place(), "wrong-type",
                    (path.isEmpty() ? "the file" : path)
                            + " should be a mapping of keys to values but is a " + node.kind()));
            return unusable(file, found);
        }
        var orderAbove = tiers.reversed().stream().map(Tier::planOrder)
                .filter(order -> !order.isEmpty()).findFirst().orElse(List.of());
        var tier = TierReader.read(mapping, path, orderAbove, found);
        Tightening.check(tier, tiers, found);
        return with(tier, found);
    }

    private Governance with(Tier tier, List<Problem> found) {
        var more = new ArrayList<>(tiers);
        more.add(tier);
        found = found.stream().sorted(BY_PLACE).toList();
        return new Governance(more, and(tier.file()),
                usable && found.stream().noneMatch(Problem::isError), found);
    }

    private Governance unusable(String file, List<Problem> found) {
        return new Governance(tiers, and(file), false, found);
    }

    private List<String> and(String file) {
        var more = new ArrayList<>(files);
        more.add(file);
        return more;
    }
}
