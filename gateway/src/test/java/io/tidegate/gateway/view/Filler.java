package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Cursors;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.FeedListener;
import io.tidegate.gateway.feed.GroupShare;
import io.tidegate.gateway.feed.KafkaCluster;
import java.io.IOException;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;

/** A gateway as far as a shared view is concerned: it fills its share of a topic's. */
final class Filler implements AutoCloseable {
    private final KafkaCluster cluster;
    private final PostgresViewStore store;
    private final Feed feed;
    private final View view;
    private final ViewFeeder feeder;

    /**
     * @param address
     *            of the store
     * @param settings
     *            of Kafka's clients, more than where it is
     */
    Filler(String address, String bootstrapServers, String topic, Map<String, String> settings) {
        var all = new HashMap<>(settings);
        all.put("bootstrap.servers", bootstrapServers);
        var schema = SharedLog.schema(topic);
        this.cluster = new KafkaCluster("default", all);
        this.store = PostgresViewStore.at(PostgresAddress.parse(address),
                PostgresViewStore.Limits.defaults(),
                (of, group) -> new GroupShare(cluster, of.product().stream().topics(), group),
                Clock.systemUTC());
        this.feed = new Feed(schema, cluster, new Cursors("0123456789abcdef".getBytes()),
                new FeedBounds(1 << 12, 1 << 22, 0), FeedListener.NONE);
        this.view = store.open(schema);
        this.feeder = new ViewFeeder(feed, view.parts().getFirst(), (events, lag) -> {
        });
        feeder.start();
        feed.start();
    }

    /**
     * A process of its own, until nobody holds its input any more.
     *
     * @param args
     *            address of the store, of Kafka, topic
     */
    public static void main(String[] args) throws IOException {
        new Filler(args[0], args[1], args[2],
                Map.of("session.timeout.ms", "2000", "heartbeat.interval.ms", "300"));
        System.out.println("fills");
        while (System.in.read() >= 0) {
            // Nothing is said to it.
        }
        Runtime.getRuntime().halt(0);
    }

    View view() {
        return view;
    }

    Feed feed() {
        return feed;
    }

    @Override
    public void close() {
        feeder.close();
        view.close();
        feed.close();
        store.close();
        cluster.close();
    }
}
