package io.tidegate.mapping;

import io.tidegate.contract.DataProduct.Relation;
import io.tidegate.contract.FieldPath;
import io.tidegate.contract.ProductId;
import io.tidegate.contract.RelationChecks;
import io.tidegate.contract.RelationTypes;
import io.tidegate.mapping.GraphQlSchemas.Visible;
import io.tidegate.schema.Row;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The relations that one kind of caller can follow: both products are there for it and have views, and it sees every field
 * that the relation goes by as it is, because following a masked value would tell it. Where names collide, a field of the
 * row keeps its name, then a product's own relation does, then the relation back from the product that comes first;
 * {@link RelationChecks} reports all of that where contracts are read.
 */
public final class Relations {
    /** None can be followed. */
    public static final Relations NONE = new Relations(Map.of());

    /** By the type and the field that they are in GraphQL. */
    private final Map<String, Map<String, Link>> links;

    /**
     * A field that leads from the rows of one product to those of another.
     *
     * @param field
     *            its name on the row type of {@code from}
     * @param own
     *            fields of {@code from} whose values lead there
     * @param other
     *            fields of {@code to} that have these values, in the same order; all of its key, in the order of the
     *            contract, if there is one row
     * @param isMany
     *            whether it leads to a page of rows
     * @param isOrdered
     *            whether the caller can order rows of {@code to}
     * @param description
     *            in the contract's words
     */
    public record Link(ProductApi from, String field, ProductApi to, List<FieldPath> own,
            List<FieldPath> other, boolean isMany, boolean isOrdered, String description) {
        public Link {
            own = List.copyOf(own);
            other = List.copyOf(other);
        }

        /**
         * The values that {@link #other} has in the rows that this leads to; empty if one is absent, or is none that they
         * could have.
         *
         * @param row
         *            of {@code from}
         */
        public Optional<List<Object>> values(Row row) {
            var values = new ArrayList<Object>();
            for (int i = 0; i < own.size(); i++) {
                var value = own.get(i).get(row);
                var carried = value == null
                        ? Optional.empty()
                        : RelationTypes.carried(value, other.get(i).type());
                if (carried.isEmpty()) {
                    return Optional.empty();
                }
                values.add(carried.get());
            }
            return Optional.of(values);
        }
    }

    private Relations(Map<String, Map<String, Link>> links) {
        this.links = links;
    }

    /** All that a caller can follow between the products that it may see. */
    public static Relations of(Collection<Visible> visible) {
        var products = new TreeMap<ProductId, Visible>();
        visible.forEach(each -> products.put(each.api().id(), each));
        var links = new LinkedHashMap<String, Map<String, Link>>();
        var inverses = new ArrayList<Link>();
        for (var from : products.values()) {
            for (var relation : from.api().schema().product().relations()) {
                var to = products.get(relation.target());
                if (to == null || !isLinkable(from) || !isLinkable(to)) {
                    continue;
                }
                forward(from, relation, to).ifPresent(link -> {
                    add(link, links);
                    relation.inverseField()
                            .ifPresent(name -> inverses.add(inverse(link, name, from)));
                });
            }
        }
        inverses.forEach(link -> add(link, links));
        return new Relations(links);
    }

    private static boolean isLinkable(Visible product) {
        var schema = product.api().schema();
        return schema.product().view().enabled()
                && !RelationChecks.containsItself(schema.rowType());
    }

    /** Empty if it is wrong, or names a field that the caller does not see as it is. */
    private static Optional<Link> forward(Visible from, Relation relation, Visible to) {
        var key = to.api().schema().key();
        return relation.own(from.api().schema().rowType(), key)
                .filter(own -> own.stream().allMatch(from::tells)
                        && key.stream().allMatch(to::tells))
                .map(own -> new Link(from.api(), relation.field(), to.api(), own, key, false,
                        false, relation.description()));
    }

    private static Link inverse(Link link, String name, Visible from) {
        return new Link(link.to(), name, link.from(), link.other(), link.own(), true,
                link.from().orderFields().values().stream().anyMatch(from::tells),
                "The rows of `" + link.from().id() + "` whose `" + link.field()
                        + "` is this one.");
    }

    private static void add(Link link, Map<String, Map<String, Link>> links) {
        if (link.from().position(link.from().schema().rowType(), link.field()).isEmpty()) {
            links.computeIfAbsent(link.from().typeName(), type -> new LinkedHashMap<>())
                    .putIfAbsent(link.field(), link);
        }
    }

    /** The relation that a field of a GraphQL type is, if it is one. */
    public Optional<Link> at(String typeName, String field) {
        return Optional.ofNullable(links.getOrDefault(typeName, Map.of()).get(field));
    }

    /** Those of the rows of one product. */
    public Collection<Link> from(ProductApi product) {
        return Collections.unmodifiableCollection(
                links.getOrDefault(product.typeName(), Map.of()).values());
    }

    /** All of them. */
    public List<Link> all() {
        return links.values().stream().flatMap(fields -> fields.values().stream()).toList();
    }
}
