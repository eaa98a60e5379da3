package io.tidegate.gateway.graphql;

import graphql.execution.CoercedVariables;
import io.tidegate.contract.ProductId;
import io.tidegate.gateway.shape.Selection;
import io.tidegate.mapping.ProductApi;
import io.tidegate.mapping.Relations;
import io.tidegate.mapping.Relations.Link;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a query asks for, found out once for each document and reused whatever the values of its variables are.
 *
 * @param roots
 *            what it selects
 * @param products
 *            whose stores it reads, by the field of each
 * @param byKeyOnly
 *            those of them that are asked for nothing but rows by key and their position
 * @param onePage
 *            those of them that are asked for pages at one place of the query and without a total, and for rows by key
 * @param rows
 *            the query compiled, if it asks for rows alone and follows no relation
 */
record QueryPlan(List<Selection> roots, Map<String, ProductId> products, Set<ProductId> byKeyOnly,
        Set<ProductId> onePage, Optional<RowQuery> rows) {
    private static final Set<String> BY_KEY = Set.of("latest", "position", "__typename",
            "contract");
    private static final int SHORT_FIELDS_MAX = 8;
    private static final Set<String> WITHOUT_STORE = Set.of("__typename", "contract");

    /**
     * @param apis
     *            of all products of the schema, by the field of each
     */
    static QueryPlan of(List<Selection> roots, Map<String, ProductApi> apis,
            Relations relations) {
        var products = new HashMap<String, ProductId>();
        var others = new HashSet<ProductId>();
        var links = new HashSet<Link>();
        roots.forEach(root -> RelatedFields.each(root, relations, links::add));
        for (var link : links) {
            products.put(link.to().rootField(), link.to().id());
            if (link.isMany()) {
                others.add(link.to().id());
            }
        }
        for (var root : roots) {
            var api = apis.get(root.fieldName());
            if (api != null) {
                for (var field : root.only()) {
                    if (!WITHOUT_STORE.contains(field.fieldName())) {
                        products.put(root.fieldName(), api.id());
                    }
                    if (!BY_KEY.contains(field.fieldName())) {
                        others.add(api.id());
                    }
                }
            }
        }
        var byKeyOnly = new HashSet<>(products.values());
        byKeyOnly.removeAll(others);
        return new QueryPlan(List.copyOf(roots), Map.copyOf(products), Set.copyOf(byKeyOnly),
                new Pages(apis, relations).once(roots),
                links.isEmpty() ? RowQuery.compile(roots, apis) : Optional.empty());
    }

    /** Counts at how many places of a query each product is asked for pages. */
    private static final class Pages {
        private static final int MANY = 2;

        private final Map<String, ProductApi> apis;
        private final Relations relations;
        private final Map<ProductId, Integer> places = new HashMap<>();

        Pages(Map<String, ProductApi> apis, Relations relations) {
            this.apis = apis;
            this.relations = relations;
        }

        /** Products that are asked for pages at one place, and for nothing that a page is not enough for. */
        Set<ProductId> once(List<Selection> roots) {
            for (var root : roots) {
                var api = apis.get(root.fieldName());
                if (api != null) {
                    root.only().forEach(field -> of(api, field));
                }
                related(root);
            }
            var once = new HashSet<ProductId>();
            places.forEach((product, count) -> {
                if (count == 1) {
                    once.add(product);
                }
            });
            return Set.copyOf(once);
        }

        private void of(ProductApi api, Selection field) {
            if (field.fieldName().equals("items")) {
                page(api.id(), field);
            } else if (!BY_KEY.contains(field.fieldName())) {
                places.merge(api.id(), MANY, Integer::sum);
            }
        }

        private void related(Selection selection) {
            selection.members().forEach((type, members) -> {
                for (var member : members) {
                    relations.at(type, member.fieldName()).filter(Link::isMany)
                            .ifPresent(link -> page(link.to().id(), member));
                    related(member);
                }
            });
        }

        private void page(ProductId product, Selection connection) {
            boolean isCounted = connection.members().values().stream().flatMap(List::stream)
                    .anyMatch(field -> field.fieldName().equals("totalCount"));
            places.merge(product, isCounted ? MANY : 1, Integer::sum);
        }
    }

    /** How many fields it selects, at all depths. */
    int size() {
        return roots.stream().mapToInt(Selection::size).sum();
    }

    /** Whether the same question is likely to be asked again, and dear enough to keep its answer. */
    boolean isWorthKeeping() {
        return !products.isEmpty() && !byKeyOnly.containsAll(products.values())
                && roots.stream().noneMatch(QueryPlan::tellsOfNow);
    }

    /** Whether it asks for no more than a few rows by key. */
    boolean isShort() {
        return rows.isPresent() && !products.isEmpty() && byKeyOnly.containsAll(products.values())
                && roots.stream().mapToInt(root -> root.only().size()).sum() <= SHORT_FIELDS_MAX;
    }

    /** Whether it asks how a promise is kept, which changes while the data does not. */
    private static boolean tellsOfNow(Selection root) {
        return root.members().values().stream().flatMap(List::stream)
                .filter(field -> field.fieldName().equals("contract"))
                .anyMatch(QueryPlan::isMeasured);
    }

    private static boolean isMeasured(Selection field) {
        return field.fieldName().equals("measured") || field.members().values().stream()
                .flatMap(List::stream).anyMatch(QueryPlan::isMeasured);
    }

    /** What the query costs with these variables; see {@link QueryCost}. */
    Map<ProductId, Long> cost(CoercedVariables variables, Map<String, ProductApi> apis,
            Relations relations, int relatedMax) {
        return QueryCost.of(roots, variables, apis, relations, relatedMax);
    }
}
