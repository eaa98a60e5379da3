package io.tidegate.gateway.graphql;

import graphql.schema.DataFetcher;
import graphql.schema.DataFetchingEnvironment;
import graphql.schema.FieldCoordinates;
import graphql.schema.GraphQLCodeRegistry;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.query.Questions;
import io.tidegate.gateway.view.ItemsQuery;
import io.tidegate.gateway.view.Page;
import io.tidegate.gateway.view.RelatedRows;
import io.tidegate.gateway.view.ViewQuery;
import io.tidegate.mapping.Relations;
import io.tidegate.mapping.Relations.Link;
import io.tidegate.schema.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.dataloader.DataLoader;
import org.dataloader.DataLoaderFactory;
import org.dataloader.DataLoaderOptions;
import org.jspecify.annotations.Nullable;

/**
 * Fetches what the rows of one product lead to in another: all rows of a level in one question to the store, from the one
 * snapshot that the query has of that product, and with what the caller may see of it.
 */
final class RelationFetchers {
    /** Most rows that one question to a store asks for at once. */
    static final int BATCH_MAX = 1_000;

    private static final Map<String, Object> NO_PAGE = pageOf(List.of());

    private final GraphQlLimits limits;

    /**
     * What rows of one level have in common, so that they are fetched together.
     *
     * @param arguments
     *            as {@link GivenValues#comparable}: they are read anew for each row
     * @param isCounted
     *            whether the number of rows on all pages is wanted
     * @param isTold
     *            whether it has to be told what lies around a page
     */
    private record Asked(Link link, Map<String, @Nullable Object> arguments, boolean isCounted,
            boolean isTold) {
    }

    RelationFetchers(GraphQlLimits limits) {
        this.limits = limits;
    }

    void install(Relations relations, GraphQLCodeRegistry.Builder registry) {
        for (var link : relations.all()) {
            DataFetcher<@Nullable Object> fetcher = link.isMany()
                    ? environment -> many(link, environment)
                    : environment -> one(link, environment);
            registry.dataFetcher(
                    FieldCoordinates.coordinates(link.from().typeName(), link.field()), fetcher);
        }
    }

    // ---- one row ----

    private @Nullable Object one(Link link, DataFetchingEnvironment environment) {
        var key = values(link, environment);
        if (key.isEmpty()) {
            return null;
        }
        var context = ViewFetchers.context(environment);
        return loaded(environment, new Asked(link, Map.of(), false, false), key.get(),
                () -> keys -> rows(context, link, keys));
    }

    private static List<Optional<Object>> rows(QueryContext context, Link link,
            List<List<Object>> keys) {
        var id = link.to().id();
        var masks = context.masks(id);
        var rows = context.granted(id).permit().rows();
        return context.ask(id, Optional.empty(), snapshot -> snapshot.latestOf(keys, rows)).stream()
                .map(found -> found.<Object>map(row -> masks.row(row.value()))).toList();
    }

    // ---- a page of rows ----

    private @Nullable Object many(Link link, DataFetchingEnvironment environment) {
        var parent = values(link, environment);
        if (parent.isEmpty()) {
            // Nothing can be equal to what is absent.
            return NO_PAGE;
        }
        var context = ViewFetchers.context(environment);
        var arguments = environment.getArguments();
        boolean isCounted = environment.getSelectionSet().contains("totalCount");
        var asked = new Asked(link, GivenValues.comparable(arguments), isCounted,
                environment.getSelectionSet().contains("pageInfo"));
        return loaded(environment, asked, parent.get(), () -> {
            var page = new Questions(context.granted(link.to().id()), limits.pageRows())
                    .items(arguments, Predicate.ALL);
            return parents -> pages(context, asked, page, parents);
        });
    }

    private static List<Optional<Object>> pages(QueryContext context, Asked asked, ItemsQuery page,
            List<List<Object>> parents) {
        var link = asked.link();
        var id = link.to().id();
        var read = ViewFetchers.read(page, asked.isTold());
        var first = asked.isCounted() || parents.isEmpty()
                ? Optional.<ViewQuery>empty()
                : read.<ViewQuery>map(
                        rows -> RelatedRows.of(link.other(), parents.getFirst(), rows));
        Map<List<Object>, Page> found = read.isEmpty()
                ? Map.of()
                : context.ask(id, first,
                        snapshot -> snapshot.itemsOf(link.other(), parents, read.get()));
        Map<List<Object>, Long> counts = asked.isCounted()
                ? context.ask(id, Optional.empty(),
                        snapshot -> snapshot.countOf(link.other(), parents, page.where()))
                : Map.of();
        var connections = new ArrayList<Optional<Object>>(parents.size());
        for (var parent : parents) {
            var connection = ViewFetchers.connection(page, ViewFetchers.page(page, Optional.of(
                    found.getOrDefault(parent, new Page(List.of(), false)))), context, id);
            if (asked.isCounted()) {
                connection.put("totalCount", counts.get(parent));
            }
            connections.add(Optional.of(connection));
        }
        return connections;
    }

    private static Map<String, Object> pageOf(List<Object> nothing) {
        var page = new HashMap<String, Object>();
        page.put("edges", nothing);
        page.put("nodes", nothing);
        page.put("pageInfo", Map.of("hasNextPage", false, "hasPreviousPage", false));
        page.put("totalCount", 0L);
        return Map.copyOf(page);
    }

    // ---- both ----

    private static Optional<List<Object>> values(Link link, DataFetchingEnvironment environment) {
        return environment.getSource() instanceof Row row ? link.values(row) : Optional.empty();
    }

    /** What is fetched for some rows, each at its row's place; empty becomes null in the answer. */
    private interface Batch {
        List<Optional<Object>> of(List<List<Object>> keys);
    }

    private interface BatchMaker {
        Batch make();
    }

    private static CompletionStage<Optional<Object>> loaded(DataFetchingEnvironment environment,
            Asked asked, List<Object> key, BatchMaker maker) {
        var context = ViewFetchers.context(environment);
        var name = context.loader(asked, () -> loader(context, maker.make()));
        DataLoader<List<Object>, Optional<Object>> loader = Objects
                .requireNonNull(environment.getDataLoader(name), "it has just been made");
        return loader.load(key);
    }

    private static DataLoader<List<Object>, Optional<Object>> loader(QueryContext context,
            Batch batch) {
        return DataLoaderFactory.newDataLoader((List<List<Object>> keys) -> {
            try {
                return CompletableFuture.completedFuture(batch.of(keys));
            } catch (RuntimeException e) {
                return CompletableFuture.failedFuture(context.related(e));
            }
        }, DataLoaderOptions.newOptions().setMaxBatchSize(BATCH_MAX).build());
    }
}
