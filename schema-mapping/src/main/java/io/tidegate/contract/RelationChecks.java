package io.tidegate.contract;

import io.tidegate.contract.DataProduct.Relation;
import io.tidegate.problem.Located;
import io.tidegate.problem.Problem;
import io.tidegate.problem.Suggestion;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What relations say of each other's products, looked at once all contracts of a folder have been read. A product whose
 * relation is wrong can be served all the same, without that relation: what one team writes must not take away another's
 * product.
 */
public final class RelationChecks {
    private static final String RULE = "relations";

    private final Map<ProductId, ProductSchema> products = new TreeMap<>();
    /** Relations that lead back, by the product and the field that they would be. */
    private final Map<String, Relation> inverses = new HashMap<>();
    private final List<Problem> problems = new ArrayList<>();

    private RelationChecks(Collection<ProductSchema> all) {
        all.forEach(product -> products.putIfAbsent(product.product().id(), product));
    }

    /** All that is wrong between these products; a product that is not among them is at most a warning. */
    public static List<Problem> of(Collection<ProductSchema> products) {
        var checks = new RelationChecks(products);
        checks.products.values().forEach(checks::check);
        return List.copyOf(checks.problems);
    }

    private void check(ProductSchema from) {
        for (int i = 0; i < from.product().relations().size(); i++) {
            var relation = from.product().relations().get(i);
            var setting = "relations[" + i + "]";
            name(setting + ".name", relation.name(), from);
            var to = products.get(relation.target());
            if (to == null) {
                missing(setting, relation);
                continue;
            }
            views(setting, from, relation, to);
            by(setting + ".by", from, relation, to);
            relation.inverse().ifPresent(name -> inverse(setting + ".inverse", name, relation, to));
        }
    }

    private void missing(String setting, Relation relation) {
        var known = products.keySet().stream().map(ProductId::path).toList();
        problems.add(Problem.warning(relation.to().place(), RULE, setting + ".to: '"
                + relation.to().text() + "' is not among the contracts that were read, so the"
                + " field is not served"
                + Suggestion.didYouMean(relation.to().text(), known)));
    }

    private void views(String setting, ProductSchema from, Relation relation, ProductSchema to) {
        for (var product : List.of(from, to)) {
            if (!product.product().view().enabled()) {
                problems.add(Problem.warning(relation.name().place(), RULE, setting + ": '"
                        + product.product().id() + "' has no view, so the field is not served"));
                return;
            }
            if (containsItself(product.rowType())) {
                problems.add(Problem.warning(relation.name().place(), RULE, setting
                        + ": rows of '" + product.product().id() + "' contain rows of their own"
                        + " type, so the field is not served"));
                return;
            }
        }
    }

    private void by(String setting, ProductSchema from, Relation relation, ProductSchema to) {
        var key = to.key().stream().map(FieldPath::text).toList();
        if (key.isEmpty()) {
            problems.add(Problem.error(relation.to().place(), RULE, setting + ": '"
                    + relation.to().text() + "' has no key to be found by: give it a 'stream.key',"
                    + " or remove the relation"));
            return;
        }
        var named = new HashSet<String>();
        for (var match : relation.by()) {
            var found = to.key().stream().filter(path -> path.text().equals(match.key().text()))
                    .findFirst();
            if (found.isEmpty()) {
                problems.add(Problem.error(match.key().place(), RULE, setting + ": '"
                        + Names.shown(match.key().text()) + "' is no field of the key of '"
                        + relation.to().text() + "', which is " + Suggestion.oneOf(key)
                        + Suggestion.didYouMean(match.key().text(), key)));
                continue;
            }
            if (!named.add(match.key().text())) {
                problems.add(Problem.error(match.key().place(), RULE, setting + ": key field '"
                        + match.key().text() + "' is named twice: keep one of the two"));
            }
            FieldPath.resolve(from.rowType(), match.own().text())
                    .filter(own -> !RelationTypes.fit(own.type(), found.get().type()))
                    .ifPresent(own -> problems.add(Problem.error(match.own().place(), RULE,
                            setting + ": field '" + match.own().text() + "' is "
                                    + RowPaths.described(own.type()) + ", and '"
                                    + match.key().text() + "' of '" + relation.to().text()
                                    + "' is " + RowPaths.described(found.get().type())
                                    + ": a relation needs values that can be equal")));
        }
        if (relation.by().stream().allMatch(match -> key.contains(match.key().text()))
                && !named.containsAll(key)) {
            var left = new TreeSet<>(key);
            left.removeAll(named);
            problems.add(Problem.error(relation.place(), RULE, setting + ": key field '"
                    + left.first() + "' of '" + relation.to().text()
                    + "' is not matched: a relation names all of the other's key"));
        }
    }

    private void inverse(String setting, Located name, Relation relation, ProductSchema to) {
        name(setting, name, to);
        to.product().relations().stream()
                .filter(own -> own.name().text().equals(name.text())).findFirst()
                .ifPresent(own -> problems.add(Problem.error(name.place(), RULE, setting + ": '"
                        + name.text() + "' is a relation of '" + to.product().id()
                        + "' itself: choose another name").relatedTo(own.name().place())));
        Optional.ofNullable(inverses.putIfAbsent(to.product().id() + " " + name.text(), relation))
                .ifPresent(other -> problems.add(Problem.error(name.place(), RULE, setting + ": '"
                        + name.text() + "' already leads back from '" + to.product().id()
                        + "' by the relation in " + other.place() + ": choose another name")
                        .relatedTo(other.place())));
    }

    /** A field of the row keeps its name, whatever a relation would like. */
    private void name(String setting, Located name, ProductSchema product) {
        boolean isTaken = product.rowType().fields().stream()
                .anyMatch(field -> field.name().replaceAll("[^A-Za-z0-9_]", "_")
                        .equals(name.text()));
        if (isTaken || name.text().equals("_empty")) {
            problems.add(Problem.error(name.place(), RULE, setting + ": '" + name.text()
                    + "' is a field of the rows of '" + product.product().id()
                    + "': choose another name"));
        }
    }

    /** Whether a row can hold rows of its own type: how many there are at one place could not be told then. */
    public static boolean containsItself(RecordType row) {
        return contains(row, row, new HashSet<>());
    }

    private static boolean contains(Type type, RecordType wanted, Set<Type> seen) {
        return switch (type) {
            case RecordType record -> seen.add(record) && record.fields().stream()
                    .anyMatch(field -> field.type() == wanted
                            || contains(field.type(), wanted, seen));
            case Type.ListOf list ->
                list.element() == wanted || contains(list.element(), wanted, seen);
            case Type.MapOf map -> map.value() == wanted || contains(map.value(), wanted, seen);
            case Type.Union union -> seen.add(union) && union.members().stream()
                    .anyMatch(member -> member == wanted || contains(member, wanted, seen));
            case Type.Scalar scalar -> false;
            case Type.EnumOf symbols -> false;
            case Type.Json json -> false;
        };
    }
}
