package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.DataProduct;
import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.feed.TestProducts;
import io.tidegate.gateway.predicate.Predicate;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A topic with random changes, and what views of it have to say: the fold of what the broker has acknowledged. */
final class SharedLog implements AutoCloseable {
    static final int PARTITIONS = 6;

    private final String topic;
    private final int keys;
    private final long seed;
    private final Random random;
    private final KafkaProducer<byte[], byte[]> producer;
    /** What was acknowledged, by partition and offset: key and value. */
    private final Map<Integer, Map<Long, String[]>> log = new ConcurrentHashMap<>();
    /** How far views were when they were judged last. */
    private final Map<Integer, Long> judged = new HashMap<>();
    private int serial;

    SharedLog(String bootstrapServers, String topic, int keys, long seed) throws Exception {
        this.topic = topic;
        this.keys = keys;
        this.seed = seed;
        this.random = new Random(seed);
        Map<String, Object> config = Map.of("bootstrap.servers", bootstrapServers,
                "enable.idempotence", "true", "max.in.flight.requests.per.connection", "1",
                "linger.ms", "2");
        this.producer = new KafkaProducer<>(config, new ByteArraySerializer(),
                new ByteArraySerializer());
        for (int partition = 0; partition < PARTITIONS; partition++) {
            log.put(partition, new ConcurrentHashMap<>());
        }
        try (var admin = Admin.create(config)) {
            admin.createTopics(List.of(new NewTopic(topic, PARTITIONS, (short) 1))).all()
                    .get(10, TimeUnit.SECONDS);
        }
    }

    /** Of a topic like this: its changes stay for a day. */
    static ProductSchema schema(String topic) {
        var counts = TestProducts.counts(topic, DataProduct.BadRecord.SKIP);
        var like = counts.product();
        var product = new DataProduct(like.id(), like.version(), like.owner(), "", like.status(),
                Optional.empty(), Optional.empty(), like.quality(), like.serviceLevels(),
                like.schema(), like.fields(), like.stream(), List.of(),
                new DataProduct.ViewSpec(true, Duration.ofDays(1)), List.of(), Optional.empty(),
                List.of(), like.place());
        return new ProductSchema(product, counts.changes(), counts.source(), counts.key(),
                counts.eventTime(), counts.personal());
    }

    ProductSchema schema() {
        return schema(topic);
    }

    /** Returns when all is acknowledged. No two changes say the same. */
    void write(int count) {
        for (int i = 0; i < count; i++) {
            String id = "k" + random.nextInt(keys);
            int partition = Math.floorMod(id.hashCode(), PARTITIONS);
            String value = random.nextInt(5) == 0 ? null : id + ":" + serial++;
            producer.send(new ProducerRecord<>(topic, partition, id.getBytes(),
                    value == null ? null : value.getBytes()),
                    (sent, failure) -> {
                        if (failure == null) {
                            log.get(sent.partition()).put(sent.offset(), new String[]{id, value});
                        }
                    });
        }
        producer.flush();
    }

    long written() {
        return log.values().stream().mapToLong(Map::size).sum();
    }

    long written(int partition) {
        return log.get(partition).size();
    }

    /** Whether so much of each partition is counted. */
    boolean isReached(Position position, Map<Integer, Long> wanted) {
        var reached = new HashMap<Integer, Long>();
        position.slots().forEach(slot -> reached.put(slot.partition(), slot.next()));
        return wanted.entrySet().stream()
                .allMatch(each -> reached.getOrDefault(each.getKey(), 0L) >= each.getValue());
    }

    /** How much each partition has now. */
    Map<Integer, Long> end() {
        var end = new HashMap<Integer, Long>();
        log.forEach((partition, all) -> end.put(partition, (long) all.size()));
        return end;
    }

    private Map<String, Long> fold(Position at) {
        var state = new HashMap<String, Long>();
        for (var slot : at.slots()) {
            for (long offset = 0; offset < slot.next(); offset++) {
                var said = said(slot.partition(), offset);
                if (said[1] == null) {
                    state.remove(said[0]);
                } else {
                    state.put(said[0], Long.valueOf(said[1].substring(said[1].indexOf(':') + 1)));
                }
            }
        }
        return state;
    }

    /** A view may have it a moment before its writer hears that it is written. */
    private String[] said(int partition, long offset) {
        var all = log.get(partition);
        var said = all.get(offset);
        for (long deadline = System.nanoTime()
                + TimeUnit.SECONDS.toNanos(20); said == null; said = all
                        .get(offset)) {
            assertThat(System.nanoTime()).as("seed %d: %d of partition %d", seed, offset, partition)
                    .isLessThan(deadline);
            LockSupport.parkNanos(1_000_000);
        }
        return said;
    }

    /** A view's rows are the fold at its position, which never goes back; that position. */
    Position judge(View view) {
        try (var snapshot = view.snapshot()) {
            return judge(snapshot);
        }
    }

    Position judge(ViewSnapshot snapshot) {
        var position = snapshot.position();
        var found = new HashMap<String, Long>();
        snapshot.items(new ItemsQuery(Predicate.ALL, List.of(), 10_000, Optional.empty(), false))
                .rows().forEach(row -> found.put((String) row.key().getFirst(),
                        (Long) row.value().get(1)));
        assertThat(found).as("seed %d at %s", seed, position).isEqualTo(fold(position));
        assertThat(snapshot.count(Predicate.ALL)).isEqualTo(found.size());
        judged.forEach((partition, before) -> assertThat(isReached(position,
                Map.of(partition, before))).as("seed %d: partition %d at %s after %d", seed,
                        partition, position, before)
                .isTrue());
        position.slots().forEach(slot -> judged.put(slot.partition(), slot.next()));
        return position;
    }

    /** All changes that are kept, each partition's in the order of its log, each once. */
    void judgeHistory(View view) {
        var told = new HashMap<Integer, Long>();
        int count = 0;
        try (var snapshot = view.snapshot()) {
            Optional<Position> after = Optional.empty();
            EventPage page;
            do {
                page = snapshot.events(new EventsQuery(Optional.empty(), Predicate.ALL,
                        Predicate.ALL, Optional.empty(), Optional.empty(), after, 700));
                for (var event : page.events()) {
                    int moved = 0;
                    for (var slot : event.behind().slots()) {
                        long was = told.getOrDefault(slot.partition(), 0L);
                        assertThat(slot.next()).isGreaterThanOrEqualTo(was);
                        if (slot.next() > was) {
                            moved++;
                            told.put(slot.partition(), slot.next());
                            var said = said(slot.partition(), slot.next() - 1);
                            assertThat(event.key()).containsExactly(said[0]);
                            assertThat(event.value() == null
                                    ? null
                                    : said[0] + ":" + event.value().get(1)).isEqualTo(said[1]);
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
        assertThat(count).as("seed %d: changes", seed).isEqualTo(written());
        told.forEach((partition, next) -> assertThat(next).isEqualTo(written(partition)));
    }

    @Override
    public void close() {
        producer.close(Duration.ofSeconds(2));
    }
}
