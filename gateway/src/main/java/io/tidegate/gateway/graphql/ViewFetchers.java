package io.tidegate.gateway.graphql;

import graphql.schema.DataFetcher;
import graphql.schema.DataFetchingEnvironment;
import graphql.schema.FieldCoordinates;
import graphql.schema.GraphQLCodeRegistry;
import io.tidegate.contract.ProductId;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.query.Questions;
import io.tidegate.gateway.shape.RowMasks;
import io.tidegate.gateway.view.ItemsQuery;
import io.tidegate.gateway.view.Page;
import io.tidegate.gateway.view.StoredEvent;
import io.tidegate.mapping.StatedLevel;
import io.tidegate.schema.Row;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Fetches one product's current state and its history for queries: {@code latest}, {@code items}, {@code aggregate},
 * {@code events}, {@code position}.
 */
final class ViewFetchers {
    private final LiveProduct product;
    private final GraphQlLimits limits;
    private final Clock clock;

    ViewFetchers(LiveProduct product, GraphQlLimits limits, Clock clock) {
        this.product = product;
        this.limits = limits;
        this.clock = clock;
    }

    void install(GraphQLCodeRegistry.Builder registry) {
        var api = product.api();
        fetch(registry, "ServiceLevel", "measured", this::measured);
        // The root field has nothing of its own; its fields read the snapshot.
        fetch(registry, "Query", api.rootField(), environment -> product);
        if (product.view().isEmpty()) {
            return;
        }
        fetch(registry, api.productTypeName(), "latest", this::latest);
        fetch(registry, api.productTypeName(), "items", this::items);
        fetch(registry, api.productTypeName(), "aggregate", this::aggregate);
        fetch(registry, api.aggregateTypeName(), "percentile", AggregateFigures::percentile);
        fetch(registry, api.productTypeName(), "events", this::events);
        fetch(registry, api.productTypeName(), "position", this::position);
    }

    private static void fetch(GraphQLCodeRegistry.Builder registry, String type, String field,
            DataFetcher<@Nullable Object> fetcher) {
        registry.dataFetcher(FieldCoordinates.coordinates(type, field), fetcher);
    }

    static QueryContext context(DataFetchingEnvironment environment) {
        QueryContext context = environment.getGraphQlContext().get(QueryContext.class);
        return Objects.requireNonNull(context, "every query has its context");
    }

    private Questions questions(QueryContext context) {
        return new Questions(context.granted(product.id()), limits.pageRows());
    }

    private Object position(DataFetchingEnvironment environment) {
        var position = context(environment).snapshot(product.id()).position();
        return product.feed().cursors().write(product.id(), position);
    }

    private @Nullable Object latest(DataFetchingEnvironment environment) {
        var context = context(environment);
        var permit = context.granted(product.id()).permit();
        return questions(context).latest(environment.getArguments())
                .flatMap(values -> context.snapshot(product.id()).latest(values, permit.rows()))
                .map(row -> context.masks(product.id()).row(row.value())).orElse(null);
    }

    private Object items(DataFetchingEnvironment environment) {
        var context = context(environment);
        var query = questions(context).items(environment.getArguments(), Predicate.ALL);
        boolean isCounted = environment.getSelectionSet().contains("totalCount");
        var read = read(query, environment.getSelectionSet().contains("pageInfo"));
        var snapshot = isCounted || read.isEmpty()
                ? context.snapshot(product.id())
                : context.snapshot(product.id(), read.get());
        var page = page(query, read.map(snapshot::items));
        var connection = connection(query, page, context, product.id());
        if (isCounted) {
            connection.put("totalCount", snapshot.count(query.where()));
        }
        return connection;
    }

    /**
     * What has to be read for a page: where no row is wanted, nothing, or one row to tell whether there is any.
     *
     * @param isTold
     *            whether it has to be told what lies around the page
     */
    static Optional<ItemsQuery> read(ItemsQuery query, boolean isTold) {
        return query.limit() > 0
                ? Optional.of(query)
                : isTold
                        ? Optional.of(new ItemsQuery(query.where(), query.order(), 1,
                                query.after(), query.backwards()))
                        : Optional.empty();
    }

    /** The page, of what {@link #read} was. */
    static Page page(ItemsQuery query, Optional<Page> read) {
        return query.limit() > 0
                ? read.orElseThrow()
                : new Page(List.of(), read.isPresent() && !read.get().rows().isEmpty());
    }

    /** A page as its reader may see it; without a total. */
    static Map<String, @Nullable Object> connection(ItemsQuery query, Page page,
            QueryContext context, ProductId product) {
        var masks = context.masks(product);
        var cursors = context.granted(product).product().feed().cursors();
        var edges = new ArrayList<Map<String, Object>>();
        for (var row : page.rows()) {
            edges.add(Map.of("cursor", cursors.seal(product, row.pageCursor()), "node",
                    masks.row(row.value())));
        }
        boolean isWithin = query.after().isPresent();
        return connection(edges, query.backwards() ? isWithin : page.hasMore(),
                query.backwards() ? page.hasMore() : isWithin);
    }

    private Object aggregate(DataFetchingEnvironment environment) {
        var context = context(environment);
        var questions = questions(context);
        var figures = new AggregateFigures(product.api(), questions, environment.getSelectionSet());
        var query = questions.aggregate(environment.getArguments(), figures.measures(),
                Predicate.ALL);
        return context.snapshot(product.id()).aggregate(query).rows().stream()
                .map(row -> figures.shown(query, row, product.feed().cursors())).toList();
    }

    private Object events(DataFetchingEnvironment environment) {
        var context = context(environment);
        var query = questions(context).events(environment.getArguments(), Predicate.ALL);
        var page = context.snapshot(product.id()).events(query);
        var edges = new ArrayList<Map<String, Object>>();
        for (var event : page.events()) {
            var cursor = product.feed().cursors().write(product.id(), event.behind());
            edges.add(Map.of("cursor", cursor, "node", node(context, event, cursor)));
        }
        return connection(edges, page.hasMore(), query.after().isPresent());
    }

    /** An event as subscriptions show it. */
    private Map<String, @Nullable Object> node(QueryContext context, StoredEvent event,
            String cursor) {
        return node(context.masks(product.id()), event.op(), event.time(), event.key(),
                event.value(), event.previous(), cursor);
    }

    /** An event that is not masked yet. */
    static Map<String, @Nullable Object> node(RowMasks masks, Op op, Instant time,
            List<Object> key, @Nullable Row value, @Nullable Row previous, String cursor) {
        var node = new HashMap<String, @Nullable Object>();
        node.put("cursor", cursor);
        node.put("op", op.name());
        node.put("time", time.toString());
        node.put("key", masks.key(key));
        node.put("value", value == null ? null : masks.row(value));
        node.put("previous", previous == null ? null : masks.row(previous));
        return node;
    }

    private static Map<String, @Nullable Object> connection(List<Map<String, Object>> edges,
            boolean hasNext, boolean hasPrevious) {
        var info = new HashMap<String, @Nullable Object>();
        info.put("hasNextPage", hasNext);
        info.put("hasPreviousPage", hasPrevious);
        info.put("startCursor", edges.isEmpty() ? null : edges.getFirst().get("cursor"));
        info.put("endCursor", edges.isEmpty() ? null : edges.getLast().get("cursor"));
        var connection = new HashMap<String, @Nullable Object>();
        connection.put("edges", edges);
        connection.put("nodes", edges.stream().map(edge -> edge.get("node")).toList());
        connection.put("pageInfo", info);
        return connection;
    }

    /** What is seen of a promise; of freshness that is how old the newest event is. */
    private @Nullable Object measured(DataFetchingEnvironment environment) {
        return environment.getSource() instanceof StatedLevel level
                && level.name().equals("freshness")
                        ? newest(context(environment).granted(level.product().id()).product())
                                .map(age -> age.isNegative() ? Duration.ZERO : age)
                                .map(Duration::toString).orElse(null)
                        : null;
    }

    private Optional<Duration> newest(LiveProduct of) {
        var last = of.feed().at(of.feed().tail().sequence() - 1);
        return last != null && last.content() instanceof Event event
                ? Optional.of(Duration.between(event.time(), clock.instant()))
                : Optional.empty();
    }
}
