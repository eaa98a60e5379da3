package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Cursors;
import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.FeedListener;
import io.tidegate.gateway.feed.GroupShare;
import io.tidegate.gateway.feed.KafkaCluster;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.feed.TestProducts;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.sandbox.SandboxBroker;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Several gateways' views of one topic in one PostgreSQL. */
@Timeout(120)
class SharedViewIT {
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int PARTITIONS = 6;
    private static final int KEYS = 40;
    private static final String TOPIC = "shared";

    @TempDir
    static Path folder;
    private static SandboxBroker broker;
    private static KafkaProducer<byte[], byte[]> producer;

    private final Random random = new Random(SEED);
    private final String address = Postgres.database();
    private final List<Node> nodes = new ArrayList<>();
    /** What was acknowledged, by partition and offset. */
    private final Map<Integer, Map<Long, String[]>> log = new ConcurrentHashMap<>();

    @BeforeAll
    static void start() throws Exception {
        broker = SandboxBroker.start(folder, 0);
        Map<String, Object> config = Map.of("bootstrap.servers", broker.bootstrapServers(),
                "enable.idempotence", "true", "linger.ms", "2");
        producer = new KafkaProducer<>(config, new ByteArraySerializer(),
                new ByteArraySerializer());
        try (var admin = Admin.create(config)) {
            admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1))).all()
                    .get(10, TimeUnit.SECONDS);
        }
    }

    @AfterAll
    static void stop() {
        producer.close();
        broker.close();
    }

    @AfterEach
    void close() {
        List.copyOf(nodes).forEach(Node::close);
    }

    /** A gateway, as far as views are concerned. */
    private final class Node implements AutoCloseable {
        private final KafkaCluster cluster = new KafkaCluster("default",
                Map.of("bootstrap.servers", broker.bootstrapServers()));
        private final PostgresViewStore store = PostgresViewStore.at(
                PostgresAddress.parse(address), PostgresViewStore.Limits.defaults(),
                (schema, group) -> new GroupShare(cluster,
                        schema.product().stream().topics(), group),
                Clock.systemUTC());
        private final Feed feed = new Feed(schema(), cluster,
                new Cursors("0123456789abcdef".getBytes()), new FeedBounds(1 << 12, 1 << 22, 0),
                FeedListener.NONE);
        private final View view = store.open(schema());
        private final ViewFeeder feeder = new ViewFeeder(feed, view.parts().getFirst(),
                (events, lag) -> {
                });

        Node() {
            feeder.start();
            feed.start();
            nodes.add(this);
        }

        @Override
        public void close() {
            nodes.remove(this);
            feeder.close();
            view.close();
            feed.close();
            store.close();
            cluster.close();
        }
    }

    private static ProductSchema schema() {
        var counts = TestProducts.counts(TOPIC, DataProduct.BadRecord.SKIP);
        var like = counts.product();
        var product = new DataProduct(like.id(), like.version(), like.owner(), "", like.status(),
                Optional.empty(), Optional.empty(), like.quality(), like.serviceLevels(),
                like.schema(), like.fields(), like.stream(), List.of(),
                new DataProduct.ViewSpec(true, Duration.ofDays(1)), List.of(), Optional.empty(),
                List.of(), like.place());
        return new ProductSchema(product, counts.changes(), counts.source(), counts.key(),
                counts.eventTime(), counts.personal());
    }

    private void write(int count) {
        for (int i = 0; i < count; i++) {
            String id = "k" + random.nextInt(KEYS);
            int partition = Math.floorMod(id.hashCode(), PARTITIONS);
            String value = random.nextInt(5) == 0 ? null : id + ":" + random.nextInt(1_000_000);
            producer.send(new ProducerRecord<>(TOPIC, partition, id.getBytes(),
                    value == null ? null : value.getBytes()),
                    (sent, failure) -> log
                            .computeIfAbsent(sent.partition(), p -> new ConcurrentHashMap<>())
                            .put(sent.offset(), new String[]{id, value}));
        }
        producer.flush();
    }

    private Map<String, Long> fold(Position at) {
        var state = new HashMap<String, Long>();
        for (var slot : at.slots()) {
            for (long offset = 0; offset < slot.next(); offset++) {
                var said = log.get(slot.partition()).get(offset);
                if (said[1] == null) {
                    state.remove(said[0]);
                } else {
                    state.put(said[0], Long.valueOf(said[1].substring(said[1].indexOf(':') + 1)));
                }
            }
        }
        return state;
    }

    private void judge(Node node) {
        try (var snapshot = node.view.snapshot()) {
            var found = new HashMap<String, Long>();
            snapshot.items(new ItemsQuery(Predicate.ALL, List.of(), 1_000, Optional.empty(),
                    false)).rows()
                    .forEach(row -> found.put((String) row.key().getFirst(),
                            (Long) row.value().get(1)));
            assertThat(found).as("seed %d at %s", SEED, snapshot.position())
                    .isEqualTo(fold(snapshot.position()));
            assertThat(snapshot.count(Predicate.ALL)).isEqualTo(found.size());
        }
    }

    private long written() {
        return log.values().stream().mapToLong(Map::size).sum();
    }

    private void settle() throws Exception {
        var end = new ArrayList<Position.Slot>();
        for (var node : nodes) {
            node.feed.ready().get(20, TimeUnit.SECONDS);
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        var feed = nodes.getFirst().feed;
        while (java.util.Arrays.stream(feed.tail().next()).sum() < written()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(10_000_000);
        }
        var slots = feed.position().slots();
        for (int i = 0; i < slots.size(); i++) {
            var slot = slots.get(i);
            end.add(new Position.Slot(slot.topic(), slot.topicId(), slot.partition(),
                    log.getOrDefault(slot.partition(), Map.of()).size(), 0));
        }
        for (var node : nodes) {
            assertThat(node.view.await(new Position(end), Duration.ofSeconds(40))).isTrue();
            judge(node);
        }
    }

    /** All changes that are kept, each partition's in the order of its log. */
    private void judgeHistory(Node node) {
        var told = new HashMap<Integer, Long>();
        int count = 0;
        try (var snapshot = node.view.snapshot()) {
            Optional<Position> after = Optional.empty();
            EventPage page;
            var before = new HashMap<Integer, Long>();
            do {
                page = snapshot.events(new EventsQuery(Optional.empty(), Predicate.ALL,
                        Predicate.ALL, Optional.empty(), Optional.empty(), after, 700));
                for (var event : page.events()) {
                    int moved = 0;
                    for (var slot : event.behind().slots()) {
                        long was = before.getOrDefault(slot.partition(), 0L);
                        assertThat(slot.next()).isGreaterThanOrEqualTo(was);
                        if (slot.next() > was) {
                            moved++;
                            var said = log.get(slot.partition()).get(slot.next() - 1);
                            told.put(slot.partition(), slot.next());
                            assertThat(event.key()).containsExactly(said[0]);
                            before.put(slot.partition(), slot.next());
                        }
                    }
                    assertThat(moved).isEqualTo(1);
                    count++;
                }
                if (!page.events().isEmpty()) {
                    after = Optional.of(page.events().getLast().behind());
                }
            } while (page.hasMore());
        }
        assertThat(count).isEqualTo(written());
        told.forEach((partition, next) -> assertThat(next)
                .isEqualTo((long) log.get(partition).size()));
    }

    @Test
    void gateways_that_come_and_go_keep_one_view_that_is_always_the_fold_of_the_log()
            throws Exception {
        write(300);
        new Node();
        settle();
        new Node();
        var isOver = new AtomicBoolean();
        var killer = Thread.ofPlatform().start(() -> {
            while (!isOver.get()) {
                Postgres.ask(address, "select pg_terminate_backend(pid) from pg_stat_activity"
                        + " where datname = current_database() and pid <> pg_backend_pid()"
                        + " and random() < 0.2");
                LockSupport.parkNanos(400_000_000);
            }
        });
        try {
            for (int round = 0; round < 40; round++) {
                write(50);
                if (round == 12) {
                    nodes.getFirst().close();
                }
                if (round == 20) {
                    new Node();
                }
                if (round == 30) {
                    new Node();
                }
                try {
                    judge(nodes.get(random.nextInt(nodes.size())));
                } catch (ViewFailure e) {
                    assertThat(e.reason()).isIn(ViewFailure.Reason.BROKEN,
                            ViewFailure.Reason.BUSY);
                }
                LockSupport.parkNanos(100_000_000);
            }
        } finally {
            isOver.set(true);
            killer.join();
        }
        settle();
        judgeHistory(nodes.getLast());
        // each partition is somebody's
        assertThat(Postgres.ask(address, "select count(*) from tidegate." + Postgres
                .tables(address).stream().filter(name -> name.endsWith("_position")).findFirst()
                .orElseThrow() + " where next is not null").getFirst()).isEqualTo("6");
    }
}
