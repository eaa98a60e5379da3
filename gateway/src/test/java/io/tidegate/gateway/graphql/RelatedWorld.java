package io.tidegate.gateway.graphql;

import io.tidegate.contract.ContractReader;
import io.tidegate.contract.ProductSchema;
import io.tidegate.contract.ProductSchemas;
import io.tidegate.contract.RegistryLookup;
import io.tidegate.gateway.access.AccessRules;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.access.Masker;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.catalog.LiveProduct;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.HandFeed;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.http.QueryAccount;
import io.tidegate.gateway.limit.Limits;
import io.tidegate.gateway.limit.Plan;
import io.tidegate.gateway.quality.Quality;
import io.tidegate.gateway.view.DuckDbViewStore;
import io.tidegate.gateway.view.View;
import io.tidegate.gateway.view.ViewFailure;
import io.tidegate.gateway.view.ViewSnapshot;
import io.tidegate.gateway.view.ViewStore;
import io.tidegate.mapping.ProductApi;
import io.tidegate.schema.Row;
import io.tidegate.schema.WriterSchemas;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Orders and their shipments: two related products with stores of their own. */
final class RelatedWorld implements AutoCloseable {
    static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
    private static final String ORDERS = """
            domain: sales
            product: orders
            version: "1.0"
            owner: team@example.com
            sla: {freshness: 30s}
            schema: {type: avro}
            fields:
              - {name: id, type: string, required: true}
              - {name: region, type: enum, values: [north, south], required: true}
              - {name: replaces, type: string}
              - {name: email, type: string, required: true, pii: true}
            stream: {topics: [t], key: [id]}
            view: {history: 3650d}
            relations:
              - {name: replaced, to: sales/orders/v1, by: {replaces: id}, inverse: replacements}
            access:
              - {scope: "all", open: [email]}
              - {scope: "orders", mask: {email: hash}}
              - {scope: "orders-north", rows: "event.region == 'north'"}
              - {scope: "orders-nameless", mask: {id: hash}}
            """;
    private static final String SHIPMENTS = """
            domain: logistics
            product: shipments
            version: "2.0"
            owner: team@example.com
            sla: {freshness: 30s}
            schema: {type: avro}
            fields:
              - {name: id, type: long, required: true}
              - {name: order_id, type: string}
              - {name: carrier, type: string, required: true}
              - {name: seal, type: bytes}
            stream: {topics: [t], key: [id]}
            view: {history: 3650d}
            relations:
              - {name: order, to: sales/orders/v1, by: {order_id: id}, inverse: shipments}
            access:
              - {scope: "all"}
              - {scope: "shipments"}
              - {scope: "shipments-fast", rows: "event.carrier == 'fast'"}
              - {scope: "shipments-masked", mask: {order_id: hash}}
              - {scope: "shipments-hidden", mask: {order_id: hide}}
            """;

    private final ViewStore store;
    /** What kinds of states have been taken, each time. */
    final List<String> states = new CopyOnWriteArrayList<>();
    final List<String> asked = new CopyOnWriteArrayList<>();
    /** The question that every store fails at. */
    volatile String failing = "";
    /** The question that no store answers before it is let go. */
    volatile String stuck = "";
    final CountDownLatch letGo = new CountDownLatch(1);
    final Side orders;
    final Side shipments;
    final Catalog catalog;
    final GraphQlEngine engine;

    final class Side {
        final ProductSchema schema;
        final HandFeed hand;
        private final View view;
        private final LiveProduct product;
        private long next;

        Side(String contract) {
            schema = ProductSchemas.resolve(
                    ContractReader.read("contract.yaml", contract).product().orElseThrow(),
                    path -> {
                        throw new IOException("no files");
                    }, RegistryLookup.none(), WriterSchemas.none()).schema().orElseThrow();
            view = store.open(schema);
            hand = new HandFeed(schema, 1, new FeedBounds(16, 1 << 20, 0));
            product = new LiveProduct(schema, ProductApi.of(schema), AccessRules.of(schema),
                    hand.feed(),
                    Optional.of(told(schema.product().id().product())), new Quality(schema));
        }

        /** The view, which writes down what its snapshots are asked. */
        private View told(String name) {
            return proxy(View.class, view, (method, result) -> result instanceof ViewSnapshot s
                    && states.add(name + " " + s.getClass().getSimpleName())
                            ? proxy(ViewSnapshot.class, s, (question, answer) -> {
                                if (question.equals(stuck)) {
                                    letGo.await();
                                }
                                if (question.equals(failing)) {
                                    throw new ViewFailure("the store is away");
                                }
                                if (Set.of("latestOf", "items", "itemsOf", "count", "countOf")
                                        .contains(question)) {
                                    asked.add(name + "." + question);
                                }
                                return answer;
                            })
                            : result);
        }

        void put(Object key, @Nullable Object... values) {
            var row = values.length == 0 ? null : new Row(schema.rowType(), values);
            put(List.of(new Event(0, next, 0, row == null ? Op.DELETE : Op.UPSERT,
                    List.of(key), NOW, row, null)));
        }

        /** Events of the offsets that come next. */
        void put(List<Event> events) {
            next += events.size();
            view.parts().forEach(part -> part.apply(events,
                    new Position(List.of(new Position.Slot("t", "id-1", 0, next, 0)))));
        }

        long next() {
            return next;
        }
    }

    RelatedWorld() {
        this(GraphQlLimits.DEFAULT);
    }

    RelatedWorld(GraphQlLimits limits) {
        this(limits, DuckDbViewStore.inMemory(DuckDbViewStore.Limits.defaults(),
                Clock.systemUTC()));
    }

    RelatedWorld(GraphQlLimits limits, ViewStore store) {
        this.store = store;
        this.orders = new Side(ORDERS);
        this.shipments = new Side(SHIPMENTS);
        catalog = new Catalog(List.of(orders.product, shipments.product));
        engine = new GraphQlEngine(() -> catalog, new Masker(new byte[32]),
                limits, Clock.fixed(NOW, ZoneOffset.UTC));
        order("a", "north", null);
        order("b", "south", "a");
        order("c", "north", "a");
        order("gone", "north", null);
        orders.put("gone");
        shipment(1, "a", "fast");
        shipment(2, "a", "slow");
        shipment(3, "a", "fast");
        shipment(4, "b", "slow");
        shipment(5, null, "fast");
        shipment(6, "gone", "fast");
    }

    void order(String id, String region, @Nullable String replaces) {
        orders.put(id, id, region, replaces, id + "@example.com");
    }

    void shipment(long id, @Nullable String order, String carrier) {
        shipments.put(id, id, order, carrier, null);
    }

    /** What becomes of a document. */
    Answer answer(String scopes, String document, Map<String, Object> variables) {
        var caller = new Caller("ann", "ann", Set.of(scopes.split(" ")), Map.of(),
                NOW.plusSeconds(60));
        return engine.answer(caller, new GraphQlRequest(document, Optional.empty(), variables),
                new QueryAccount(caller, name -> Plan.GOLD, new Limits(System::nanoTime)));
    }

    JsonObject run(String scopes, String query) {
        return switch (answer(scopes, query, Map.of())) {
            case Answer.Executed(var response) -> new JsonObject(Buffer.buffer(response));
            case Answer.Invalid(var code, var errors) ->
                new JsonObject().put("errors", new JsonArray(List.copyOf(errors)));
            case Answer.Subscribe ignored -> throw new AssertionError("a subscription");
        };
    }

    @Override
    public void close() {
        orders.view.close();
        shipments.view.close();
        store.close();
    }

    private interface Told {
        Object of(String method, Object result) throws InterruptedException;
    }

    private static <T> T proxy(Class<T> type, T real, Told told) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[]{type},
                (self, method, arguments) -> {
                    try {
                        return told.of(method.getName(), method.invoke(real, arguments));
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
    }
}
