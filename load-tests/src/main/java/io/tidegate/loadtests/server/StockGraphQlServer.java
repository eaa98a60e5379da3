package io.tidegate.loadtests.server;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import graphql.GraphQL;
import graphql.schema.idl.RuntimeWiring;
import graphql.schema.idl.SchemaGenerator;
import graphql.schema.idl.SchemaParser;
import io.netty.channel.EventLoop;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.internal.ContextInternal;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.graphql.ws.GraphQLWSHandler;
import io.vertx.ext.web.handler.graphql.ws.Message;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * What people write by the documentation of Vert.x Web GraphQL: {@code GraphQLWSHandler}, a data fetcher that returns a
 * {@code Publisher}, graphql-java executing for each subscriber and event. Makes its events itself or takes them from Kafka.
 */
public final class StockGraphQlServer extends AbstractVerticle implements Pacer.Sender {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {
    };
    private static final String SCHEMA = """
            type Query { ok: Boolean }
            type Subscription { events: Event }
            type Event {
              seq: String! sent: String! shipment: String status: String carrier: String
              origin: String destination: String note: String
            }
            """;

    /** Touched on the loop alone, like the sockets. */
    private final Set<EventPublisher> subscribers = new LinkedHashSet<>();
    private final Set<ServerWebSocket> sockets = new LinkedHashSet<>();
    private final List<String> feed;
    private final CompletableFuture<Pacer> started = new CompletableFuture<>();
    private int port;

    private StockGraphQlServer(List<String> feed) {
        this.feed = List.copyOf(feed);
    }

    /**
     * @param args
     *            none, or the address of a Kafka broker to be fed from, and a topic
     */
    public static void main(String[] args) throws IOException {
        var server = new StockGraphQlServer(List.of(args));
        Vertx.vertx().deployVerticle(server).onFailure(server.started::completeExceptionally);
        var pacer = server.started.join();
        Child.serve("port=" + server.port, Child.of(pacer));
        System.exit(0);
    }

    @Override
    public void start(Promise<Void> done) {
        EventLoop loop = ((ContextInternal) context).nettyEventLoop();
        var pacer = new Pacer(loop, this);
        var schema = new SchemaGenerator().makeExecutableSchema(new SchemaParser().parse(SCHEMA),
                RuntimeWiring.newRuntimeWiring().type("Subscription",
                        type -> type.dataFetcher("events",
                                environment -> new EventPublisher(subscribers)))
                        .build());
        var router = Router.router(vertx);
        router.route("/graphql").handler(
                GraphQLWSHandler.builder(GraphQL.newGraphQL(schema).build())
                        .onMessage(message -> watch(message, pacer)).onSocketEnd(sockets::remove)
                        .build());
        vertx.createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(0)
                .addWebSocketSubProtocol("graphql-transport-ws")).requestHandler(router).listen()
                .onSuccess(server -> {
                    port = server.actualPort();
                    if (!feed.isEmpty()) {
                        KafkaFeed.follow(feed.get(0), feed.get(1),
                                records -> loop.execute(() -> records
                                        .forEach(each -> publish(each.value()))));
                    }
                    started.complete(pacer);
                    done.complete();
                }).onFailure(done::fail);
    }

    /** Nothing that the handler needs: the pacer has to know when a socket is full. */
    private void watch(Message message, Pacer pacer) {
        var socket = message.socket();
        if (sockets.add(socket)) {
            socket.setWriteQueueMaxSize(64 * 1024);
            socket.drainHandler(ignored -> pacer.roomAgain());
        }
    }

    @Override
    public boolean hasRoom() {
        for (var socket : sockets) {
            if (socket.writeQueueFull()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void send(long first, int events, long dueMicros) {
        for (int i = 0; i < events; i++) {
            publish(LoadEvent.json(first + i, dueMicros));
        }
    }

    private void publish(byte[] json) {
        try {
            var event = JSON.readValue(json, MAP);
            for (var subscriber : new ArrayList<>(subscribers)) {
                subscriber.next(event);
            }
        } catch (IOException e) {
            throw new IllegalStateException("the events are JSON", e);
        }
    }
}
