package io.tidegate.gateway.graphql;

import graphql.ExecutionInput;
import graphql.ExecutionResult;
import graphql.GraphQL;
import graphql.GraphQLError;
import graphql.language.Document;
import io.tidegate.contract.ProductId;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.shape.JoinedShape;
import io.tidegate.gateway.shape.RowMasks;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The events of one subscription that follows relations: several at a time they are answered as a query is, from one state of
 * each product that they lead to, and with what the caller could see of it when the subscription was opened.
 */
final class RelatedEvents implements JoinedShape {
    private static final Logger LOG = LoggerFactory.getLogger(RelatedEvents.class);

    private final Means means;
    private final Wish wish;
    private final Map<ProductId, RowMasks> masks;
    private final int eventsMax;

    /**
     * What all of a gateway's subscriptions use.
     *
     * @param catalog
     *            what is live now
     */
    record Means(Supplier<Catalog> catalog, Function<Catalog.Granted, RowMasks> masks,
            Lookups lookups) {
    }

    /**
     * What is subscribed to.
     *
     * @param engine
     *            of an {@link EventSchema}
     * @param document
     *            turned for it
     * @param resultKey
     *            of the one field that is selected
     * @param product
     *            whose events these are
     * @param others
     *            that they lead to, that product perhaps among them
     * @param byKeyOnly
     *            those of them that are asked for rows by key alone
     */
    record Wish(GraphQL engine, Document document, GraphQlRequest request, String resultKey,
            Catalog.Granted product, List<Catalog.Granted> others, Set<ProductId> byKeyOnly) {
    }

    RelatedEvents(Means means, Wish wish, int eventsMax) {
        this.means = means;
        this.wish = wish;
        this.eventsMax = eventsMax;
        this.masks = all(wish).collect(Collectors.toMap(each -> each.product().id(),
                each -> means.masks().apply(each), (one, same) -> one));
    }

    private static Stream<Catalog.Granted> all(Wish wish) {
        return Stream.concat(Stream.of(wish.product()), wish.others().stream());
    }

    /** The products whose rules matter beside those of the subscription's own, as they were when it was opened. */
    List<LiveProduct> related() {
        return wish.others().stream().map(Catalog.Granted::product)
                .filter(each -> !each.id().equals(wish.product().product().id())).toList();
    }

    @Override
    public int eventsMax() {
        return eventsMax;
    }

    @Override
    public List<byte[]> join(List<Wanted> events) {
        try (var turn = means.lookups().begin();
                var context = new QueryContext(granted(),
                        each -> Objects.requireNonNull(masks.get(each.product().id()),
                                "all products have masks"),
                        wish.byKeyOnly(), turn)) {
            var own = context.masks(wish.product().product().id());
            context.events(events.stream().map(each -> node(own, each)).toList());
            var result = wish.engine().execute(ExecutionInput.newExecutionInput()
                    .query(wish.request().query())
                    .operationName(wish.request().operationName().orElse(null))
                    .variables(wish.request().variables())
                    .graphQLContext(Map.of(QueryContext.class, context, Document.class,
                            wish.document()))
                    .locale(Locale.ROOT).dataLoaderRegistry(context.loaders()).build());
            context.failed().forEach((id, failure) -> {
                if (means.lookups().isNews(id)) {
                    LOG.atWarn().addKeyValue("product", id).setCause(failure)
                            .log("events were delivered without what they lead to");
                }
            });
            return bodies(result, events.size());
        }
    }

    /** The views of now: one may have been put in the place of another while the product stayed what it is. */
    private List<Catalog.Granted> granted() {
        var live = means.catalog().get();
        return all(wish).collect(Collectors.toMap(each -> each.product().id(),
                each -> live.product(each.product().id())
                        .filter(now -> now.feed() == each.product().feed())
                        .map(now -> new Catalog.Granted(now, each.permit())).orElse(each),
                (one, same) -> one, LinkedHashMap::new)).values().stream().toList();
    }

    private static Map<String, @Nullable Object> node(RowMasks masks, Wanted wanted) {
        var event = wanted.event();
        return ViewFetchers.node(masks, wanted.op(), event.time(), event.key(), event.value(),
                event.previous(), wanted.cursor());
    }

    private List<byte[]> bodies(ExecutionResult result, int size) {
        Map<String, Object> data = result.getData();
        var events = data != null && data.get(wish.resultKey()) instanceof List<?> list
                && list.size() == size ? list : null;
        var errors = new LinkedHashMap<Integer, List<Map<String, Object>>>();
        for (var error : result.getErrors()) {
            errors.computeIfAbsent(index(error), ignored -> new ArrayList<>())
                    .add(ofOne(error));
        }
        return IntStream.range(0, size)
                .mapToObj(at -> body(events == null ? null : events.get(at),
                        errors.getOrDefault(at, errors.getOrDefault(-1, List.of()))))
                .toList();
    }

    private byte[] body(@Nullable Object event, List<Map<String, Object>> errors) {
        var body = new LinkedHashMap<String, @Nullable Object>();
        if (!errors.isEmpty()) {
            body.put("errors", errors);
        }
        body.put("data", event == null ? null : Map.of(wish.resultKey(), event));
        return GraphQlJson.bytes(body);
    }

    /** Which event an error belongs to; -1 = all of them. */
    private static int index(GraphQLError error) {
        return error.getPath() != null && error.getPath().size() > 1
                && error.getPath().get(1) instanceof Integer at ? at : -1;
    }

    /** As the subscription's client sees it, to whom there is one event. */
    private static Map<String, Object> ofOne(GraphQLError error) {
        var told = GraphQlEngine.specification(error);
        if (told.get("path") instanceof List<?> path && path.size() > 1) {
            var own = new ArrayList<Object>(path);
            own.remove(1);
            told.put("path", own);
        }
        return told;
    }
}
