package io.tidegate.loadtests.fanout;

import java.util.Arrays;
import java.util.Locale;

/** What is measured. */
enum Server {
    /** Ready frames through bare Netty, a burst in one flush: the limit. */
    NETTY("netty", "raw Netty, one flush a burst", "#444"),
    /** The same fed from Kafka: the least that the whole path can cost. */
    NETTY_KAFKA("netty-kafka", "Kafka to raw Netty, one flush a poll", "#999"),
    /** Vert.x as its documentation shows it. */
    VERTX("vertx", "Vert.x writeTextMessage", "#c60"),
    /** Vert.x Web GraphQL as its documentation shows it, making its events itself. */
    STOCK_GRAPHQL("stock-graphql", "GraphQLWSHandler + graphql-java", "#a00"),
    /** The same fed from Kafka. */
    STOCK_GRAPHQL_KAFKA("stock-graphql-kafka", "Kafka to GraphQLWSHandler + graphql-java", "#d66"),
    /** The gateway, plain stream over a WebSocket. */
    TIDEGATE_WS("tidegate-ws", "Tidegate, WebSocket", "#06c"),
    /** The gateway, plain stream as server-sent events. */
    TIDEGATE_SSE("tidegate-sse", "Tidegate, SSE", "#080"),
    /** The gateway, a GraphQL subscription, each subscriber under an id of its own. */
    TIDEGATE_GRAPHQL("tidegate-graphql", "Tidegate, graphql-transport-ws", "#808");

    private final String label;
    private final String title;
    private final String colour;

    Server(String label, String title, String colour) {
        this.label = label;
        this.title = title;
        this.colour = colour;
    }

    String label() {
        return label;
    }

    String title() {
        return title;
    }

    /** Of its lines in a plot. */
    String colour() {
        return colour;
    }

    boolean isTidegate() {
        return this == TIDEGATE_WS || this == TIDEGATE_SSE || this == TIDEGATE_GRAPHQL;
    }

    /** Whether its events come through Kafka, rather than from itself. */
    boolean isFed() {
        return isTidegate() || this == NETTY_KAFKA || this == STOCK_GRAPHQL_KAFKA;
    }

    static Server named(String label) {
        for (var server : values()) {
            if (server.label.equals(label.toLowerCase(Locale.ROOT))) {
                return server;
            }
        }
        throw new IllegalArgumentException("there is no server '" + label
                + "'; expected one of "
                + String.join(", ", Arrays.stream(values()).map(Server::label).toList()));
    }
}
