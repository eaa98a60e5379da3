package io.tidegate.gateway.graphql;

import graphql.execution.CoercedVariables;
import io.tidegate.contract.ProductId;
import io.tidegate.gateway.shape.Selection;
import io.tidegate.mapping.ProductApi;
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
 * @param rows
 *            the query compiled, if it asks for rows alone
 */
record QueryPlan(List<Selection> roots, Map<String, ProductId> products, Set<ProductId> byKeyOnly,
        Optional<RowQuery> rows) {
    private static final Set<String> BY_KEY = Set.of("latest", "position", "__typename",
            "contract");
    private static final Set<String> WITHOUT_STORE = Set.of("__typename", "contract");

    /**
     * @param apis
     *            of all products of the schema, by the field of each
     */
    static QueryPlan of(List<Selection> roots, Map<String, ProductApi> apis) {
        var products = new HashMap<String, ProductId>();
        var others = new HashSet<ProductId>();
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
                RowQuery.compile(roots, apis));
    }

    /** Whether the same question is likely to be asked again, and dear enough to keep its answer. */
    boolean isWorthKeeping() {
        return !products.isEmpty() && !byKeyOnly.containsAll(products.values())
                && roots.stream().noneMatch(QueryPlan::tellsOfNow);
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
    Map<ProductId, Long> cost(CoercedVariables variables, Map<String, ProductApi> apis) {
        return QueryCost.of(roots, variables, apis);
    }
}
