package io.tidegate.gateway.graphql;

import graphql.schema.DataFetcher;
import graphql.schema.DataFetchingEnvironment;
import graphql.schema.FieldCoordinates;
import graphql.schema.GraphQLCodeRegistry;
import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.access.Permit;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.predicate.FilterProblem;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.WhereFilters;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.view.ItemsQuery;
import io.tidegate.gateway.view.Page;
import io.tidegate.mapping.ProductApi;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Fetches one product's current state for queries: {@code latest}, {@code items}, {@code position}. */
final class ViewFetchers {
    private static final int PAGE_DEFAULT = 50;

    private final LiveProduct product;
    private final GraphQlLimits limits;

    ViewFetchers(LiveProduct product, GraphQlLimits limits) {
        this.product = product;
        this.limits = limits;
    }

    void install(GraphQLCodeRegistry.Builder registry) {
        var api = product.api();
        // The root field has nothing of its own; its fields read the snapshot.
        fetch(registry, "Query", api.rootField(), environment -> product);
        if (product.view().isEmpty()) {
            return;
        }
        fetch(registry, api.productTypeName(), "latest", this::latest);
        fetch(registry, api.productTypeName(), "items", this::items);
        fetch(registry, api.productTypeName(), "position", this::position);
    }

    private static void fetch(GraphQLCodeRegistry.Builder registry, String type, String field,
            DataFetcher<@Nullable Object> fetcher) {
        registry.dataFetcher(FieldCoordinates.coordinates(type, field), fetcher);
    }

    private static QueryContext context(DataFetchingEnvironment environment) {
        QueryContext context = environment.getGraphQlContext().get(QueryContext.class);
        return java.util.Objects.requireNonNull(context, "every query has its context");
    }

    private Object position(DataFetchingEnvironment environment) {
        var position = context(environment).snapshot(product.id()).position();
        return product.feed().cursors().write(product.id(), position);
    }

    private @Nullable Object latest(DataFetchingEnvironment environment) {
        var context = context(environment);
        var granted = context.granted(product.id());
        return context.snapshot(product.id())
                .latest(key(granted, environment.getArguments()), granted.permit().rows())
                .map(row -> context.masks(product.id()).row(row.value())).orElse(null);
    }

    static List<Object> key(Catalog.Granted granted, Map<String, Object> arguments) {
        var api = granted.product().api();
        var permit = granted.permit();
        var key = keyValues(api, arguments.get("key") instanceof Map<?, ?> map
                ? GraphQlEngine.text(map)
                : Map.of());
        if (api.key().stream().anyMatch(field -> permit.isOpaque(field.path().text()))) {
            throw invalid("The key is masked for this token, so nothing can be selected by it.");
        }
        return key;
    }

    static ItemsQuery items(Catalog.Granted granted, Map<String, Object> arguments,
            GraphQlLimits limits) {
        var own = where(granted, arguments);
        var where = Predicate.both(granted.permit().rows(), own);
        var first = (@Nullable Integer) arguments.get("first");
        var last = (@Nullable Integer) arguments.get("last");
        var after = (@Nullable String) arguments.get("after");
        var before = (@Nullable String) arguments.get("before");
        boolean backwards = last != null;
        if ((first != null && backwards) || (backwards ? after : before) != null) {
            throw invalid(
                    "Page forwards with 'first' and 'after', or backwards with 'last' and 'before', not both.");
        }
        int limit = last != null ? last : first == null ? PAGE_DEFAULT : first;
        if (limit < 0 || limit > limits.pageRows()) {
            throw invalid("A page has 0 to " + limits.pageRows() + " rows, not " + limit + ".");
        }
        return new ItemsQuery(where, order(granted, arguments), limit,
                Optional.ofNullable(backwards ? before : after), backwards);
    }

    private Object items(DataFetchingEnvironment environment) {
        var context = context(environment);
        var query = items(context.granted(product.id()), environment.getArguments(), limits);
        var snapshot = context.snapshot(product.id());
        var page = query.limit() == 0 ? new Page(List.of(), false) : snapshot.items(query);
        var connection = new HashMap<String, @Nullable Object>();
        var masks = context.masks(product.id());
        var edges = new ArrayList<Map<String, Object>>();
        for (var row : page.rows()) {
            edges.add(Map.of("cursor", row.pageCursor(), "node", masks.row(row.value())));
        }
        connection.put("edges", edges);
        connection.put("nodes", edges.stream().map(edge -> edge.get("node")).toList());
        var info = new HashMap<String, @Nullable Object>();
        info.put("hasNextPage",
                query.backwards() ? query.after().isPresent() : page.hasMore());
        info.put("hasPreviousPage",
                query.backwards() ? page.hasMore() : query.after().isPresent());
        info.put("startCursor", page.rows().isEmpty() ? null : page.rows().getFirst().pageCursor());
        info.put("endCursor", page.rows().isEmpty() ? null : page.rows().getLast().pageCursor());
        connection.put("pageInfo", info);
        if (environment.getSelectionSet().contains("totalCount")) {
            connection.put("totalCount", snapshot.count(query.where()));
        }
        return connection;
    }

    private static Predicate where(Catalog.Granted granted, Map<String, Object> arguments) {
        if (!(arguments.get("where") instanceof Map<?, ?> where)) {
            return Predicate.ALL;
        }
        try {
            return WhereFilters.compile(GraphQlEngine.text(where),
                    granted.product().schema().rowType(), granted.permit().masks().keySet(),
                    new ProductWhereNames(granted.product().api()));
        } catch (FilterProblem e) {
            throw new Refusal.Thrown(
                    Refusal.of(RefusalCode.FILTER_INVALID, String.valueOf(e.getMessage())));
        }
    }

    private static List<ItemsQuery.Order> order(Catalog.Granted granted,
            Map<String, Object> arguments) {
        var order = new ArrayList<ItemsQuery.Order>();
        for (var each : arguments.get("orderBy") instanceof List<?> terms ? terms : List.of()) {
            var term = (Map<?, ?>) each;
            var path = granted.product().api().orderFields().get(String.valueOf(term.get("field")));
            if (path == null || granted.permit().hidden().contains(path.text())) {
                throw invalid("There is no field '" + term.get("field") + "' to order by.");
            }
            order.add(new ItemsQuery.Order(path,
                    "DESC".equals(String.valueOf(term.get("direction")))));
        }
        return order;
    }

    /** Values of a key argument in the contract's order. */
    static List<Object> keyValues(ProductApi api, Map<String, Object> argument) {
        var values = new ArrayList<Object>();
        if (api.key().isEmpty()) {
            return List.of(
                    java.util.Objects.requireNonNull(argument.get("_partition"),
                            "non-null in the schema"),
                    java.util.Objects.requireNonNull(argument.get("_offset"),
                            "non-null in the schema"));
        }
        for (var field : api.key()) {
            var value = java.util.Objects.requireNonNull(argument.get(field.name()),
                    "non-null in the schema");
            values.add(field.path().type() instanceof io.tidegate.schema.Type.EnumOf of
                    ? api.symbol(of, value.toString()).orElse(value.toString())
                    : value);
        }
        return values;
    }

    /** The condition that a row has this key. */
    static Predicate keyPredicate(ProductApi api, Map<String, Object> argument, Permit permit)
            throws FilterProblem {
        if (api.key().stream().anyMatch(field -> permit.isOpaque(field.path().text()))) {
            throw new FilterProblem(
                    "the key is masked for this token, so nothing can be selected by it", 0);
        }
        if (api.key().isEmpty()) {
            throw new FilterProblem("the product has no key to select by", 0);
        }
        var values = keyValues(api, argument);
        var terms = new LinkedHashMap<FieldPath, Object>();
        for (int i = 0; i < values.size(); i++) {
            terms.put(api.key().get(i).path(), values.get(i));
        }
        return new Predicate.And(terms.entrySet().stream()
                .<Predicate>map(e -> new Predicate.Compare(e.getKey(), Predicate.Comparison.EQ,
                        e.getValue()))
                .toList());
    }

    private static Refusal.Thrown invalid(String detail) {
        return new Refusal.Thrown(Refusal.of(RefusalCode.PARAMETER_INVALID, detail));
    }
}
