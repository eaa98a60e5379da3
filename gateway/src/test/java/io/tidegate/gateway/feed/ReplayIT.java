package io.tidegate.gateway.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.contract.DataProduct.BadRecord;
import io.tidegate.gateway.delivery.Deliveries;
import io.tidegate.gateway.sandbox.SandboxBroker;
import io.tidegate.gateway.subscription.OnSlow;
import io.tidegate.schema.Misfit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Readers that memory has left behind, over a real broker. */
@Timeout(30)
class ReplayIT {
    @TempDir
    static Path folder;
    private static SandboxBroker broker;
    private static Admin admin;
    private static KafkaProducer<byte[], byte[]> producer;
    private static int topics;

    private final String topic = "t" + topics++;
    private final List<AutoCloseable> open = new ArrayList<>();

    /** Counts blocks that were read from Kafka. */
    private static final class Count implements FeedListener {
        private final AtomicInteger read = new AtomicInteger();
        private final AtomicInteger taken = new AtomicInteger();
        private final AtomicInteger left = new AtomicInteger();

        @Override
        public void appended(Feed feed, long events, long bytes, long lag) {
        }

        @Override
        public void lost(Feed feed, Lost lost) {
        }

        @Override
        public void read(Feed feed, Event event) {
        }

        @Override
        public void misfits(Feed feed, List<Misfit> misfits) {
        }

        @Override
        public void blocksRead(Feed feed, int blocks) {
            read.addAndGet(blocks);
        }

        @Override
        public void blockTaken(Feed feed) {
            taken.incrementAndGet();
        }

        @Override
        public void blockLeft(Feed feed) {
            left.incrementAndGet();
        }
    }

    /** A feed that remembers eight events, and its way to Kafka. */
    private record Node(Feed feed, KafkaCluster cluster, History history, Count count) {
    }

    @BeforeAll
    static void start() throws Exception {
        broker = SandboxBroker.start(folder, 0);
        admin = Admin.create(Map.<String, Object>of("bootstrap.servers",
                broker.bootstrapServers()));
        producer = producer(Map.of());
    }

    private static KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
        var config = new HashMap<String, Object>(more);
        config.put("bootstrap.servers", broker.bootstrapServers());
        config.put("linger.ms", 2);
        return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @AfterAll
    static void stop() {
        producer.close();
        admin.close();
        broker.close();
    }

    @AfterEach
    void close() throws Exception {
        for (var each : open.reversed()) {
            each.close();
        }
    }

    private void create(int partitions) throws Exception {
        admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all()
                .get(10, TimeUnit.SECONDS);
    }

    private static ProducerRecord<byte[], byte[]> record(String topic, int partition, int n) {
        return new ProducerRecord<>(topic, partition, ("k" + n).getBytes(),
                ("k" + n + ":" + n).getBytes());
    }

    private void send(int partition, int from, int to) throws Exception {
        // A leader that is new refuses a producer's first batch for a while, which must not be overtaken by the next ones.
        producer.send(record(topic, partition, from)).get(20, TimeUnit.SECONDS);
        for (int n = from + 1; n < to; n++) {
            producer.send(record(topic, partition, n));
        }
        producer.flush();
    }

    private Node node(long historyBytes) throws Exception {
        var history = new History(historyBytes, 2);
        var cluster = new KafkaCluster("test",
                Map.of("bootstrap.servers", broker.bootstrapServers()), history);
        var count = new Count();
        var feed = new Feed(TestProducts.counts(topic, BadRecord.SKIP), cluster,
                new Cursors("0123456789abcdef".getBytes()), new FeedBounds(8, 1 << 20, 0), count);
        open.add(cluster);
        open.add(feed);
        feed.start();
        feed.ready().get(15, TimeUnit.SECONDS);
        return new Node(feed, cluster, history, count);
    }

    private Deliveries deliveries() {
        var deliveries = new Deliveries();
        open.add(deliveries);
        return deliveries;
    }

    private static Deliveries.Reader reader(Deliveries deliveries, Feed feed, long... next)
            throws Exception {
        return deliveries.open(feed, new Start(next, new int[next.length], List.of()),
                OnSlow.WAIT);
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(n -> "UPSERT k" + n).toList();
    }

    @Test
    void many_readers_of_one_range_fetch_little_more_than_one() throws Exception {
        create(1);
        send(0, 0, 4_000);
        var alone = node(16 << 20);
        reader(deliveries(), alone.feed(), 0).events(4_000);
        var node = node(16 << 20);
        var deliveries = deliveries();

        var readers = new ArrayList<Deliveries.Reader>();
        for (int i = 0; i < 10; i++) {
            readers.add(reader(deliveries, node.feed(), i * 7));
        }

        for (int i = 0; i < 10; i++) {
            assertThat(readers.get(i).events(4_000 - i * 7)).isEqualTo(numbers(i * 7, 4_000));
        }
        assertThat(alone.count().read.get()).isPositive();
        assertThat(node.count().read.get()).isLessThanOrEqualTo(3 * alone.count().read.get());
        assertThat(node.count().taken.get())
                .isGreaterThan(3 * node.count().read.get());
        assertThat(deliveries.renderings()).as("rendered once for most of them")
                .isLessThan(3 * 4_000);
    }

    @Test
    void readers_at_many_old_offsets_are_bounded_in_memory_and_connections() throws Exception {
        create(2);
        send(0, 0, 2_000);
        send(1, 2_000, 4_000);
        var node = node(256 << 10);
        var deliveries = deliveries();

        var readers = new ArrayList<Deliveries.Reader>();
        for (int i = 0; i < 12; i++) {
            readers.add(reader(deliveries, node.feed(), i * 150L, 1_900 - i * 150L));
        }

        for (int i = 0; i < 12; i++) {
            var expected = new ArrayList<>(numbers(i * 150, 2_000));
            expected.addAll(numbers(3_900 - i * 150, 4_000));
            var got = readers.get(i).events(expected.size());
            assertThat(got).containsExactlyInAnyOrderElementsOf(expected);
            assertThat(readers.get(i).gaps()).isEmpty();
            assertThat(node.history().bytes()).isLessThanOrEqualTo(256 << 10);
        }
        assertThat(node.count().left.get()).isPositive();
        assertThat(node.cluster().readers().open()).as("as many as threads").isLessThanOrEqualTo(2);
    }

    @Test
    void records_removed_while_a_reader_waits_are_announced_exactly() throws Exception {
        create(1);
        send(0, 0, 4_000);
        var node = node(1 << 20);
        var reader = reader(deliveries(), node.feed(), 10);
        reader.events(1);
        reader.stall(true);
        admin.deleteRecords(
                Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(3_900))).all()
                .get();

        reader.stall(false);

        while (!reader.events(1).contains("UPSERT k3999")) {
            Thread.onSpinWait();
        }
        var events = reader.events(1);
        assertThat(reader.gaps()).hasSizeLessThanOrEqualTo(1);
        int told = events.indexOf("UPSERT k3900");
        int missing = 3_890 - told;
        if (missing > 0) {
            assertThat(reader.gaps()).singleElement().asString().contains(
                    "\"reason\":\"retention\"", "\"events\":\"" + missing
                            + "\",\"partition\":0,\"from\":\"" + (10 + told)
                            + "\",\"to\":\"3899\"");
        }
        assertThat(events.subList(0, told)).isEqualTo(numbers(10, 10 + told));
        assertThat(events.subList(told, events.size())).isEqualTo(numbers(3_900, 4_000));
    }

    @Test
    void what_an_open_transaction_holds_back_comes_when_it_is_committed() throws Exception {
        create(1);
        send(0, 0, 100);
        try (var transactional = producer(Map.of("transactional.id", topic))) {
            transactional.initTransactions();
            transactional.beginTransaction();
            for (int n = 100; n < 200; n++) {
                transactional.send(record(topic, 0, n));
            }
            transactional.flush();
            send(0, 200, 300);
            var node = node(1 << 20);
            var deliveries = deliveries();
            var early = reader(deliveries, node.feed(), 0);
            assertThat(early.events(100)).isEqualTo(numbers(0, 100));
            var late = reader(deliveries, node.feed(), 3);
            late.events(97);

            transactional.commitTransaction();

            assertThat(early.events(300)).isEqualTo(numbers(0, 300));
            assertThat(late.events(297)).isEqualTo(numbers(3, 300));
            var again = reader(deliveries, node.feed(), 50);
            assertThat(again.events(250)).isEqualTo(numbers(50, 300));
            assertThat(again.gaps()).isEmpty();
        }
    }

    @Test
    void an_offset_behind_the_end_of_a_shortened_log_begins_a_new_era() throws Exception {
        create(1);
        send(0, 0, 20);
        var node = node(1 << 20);
        var era = node.feed().era();
        var replay = Replay.together(node.feed(), new Start(new long[]{30}, new int[1], List.of()),
                new Feed.Tail(0, new long[]{50}, new int[1]));
        var shared = Replay.shared(node.feed(),
                new Start(new long[]{30}, new int[1], List.of()),
                new Feed.Tail(0, new long[]{50}, new int[1]), Runnable::run);

        for (var each : List.of(replay, shared)) {
            assertThat(each.next()).isInstanceOf(Replay.Next.Failed.class);
        }
        while (node.feed().isCurrent(era) || node.feed().current().isEmpty()) {
            Thread.onSpinWait();
        }
        assertThat(reader(deliveries(), node.feed(), 0).events(20)).isEqualTo(numbers(0, 20));
    }

    @Test
    void nothing_of_a_topic_made_again_is_read_as_if_it_were_of_the_old_one() throws Exception {
        create(1);
        send(0, 0, 3_000);
        var node = node(1 << 20);
        var era = node.feed().era();
        var blocks = new KafkaBlocks(node.cluster().readers(), era, node.feed().reader());
        long next = blocksEnd(blocks.read(0, 0, -1, 0, 3_000, 1));
        admin.deleteTopics(List.of(topic)).all().get(10, TimeUnit.SECONDS);
        while (admin.listTopics().names().get(10, TimeUnit.SECONDS).contains(topic)) {
            Thread.onSpinWait();
        }
        create(1);
        send(0, 10_000, 14_000);

        RuntimeException failure = null;
        while (failure == null && next < 3_000) {
            try {
                // What had arrived before may still come.
                next = blocksEnd(blocks.read(0, next, 0, next, 3_000, 1));
            } catch (Replaced | KafkaUnavailable e) {
                failure = e;
            }
        }

        assertThat(failure).isNotNull();
        for (long wanted : List.of(0L, next, 2_999L)) {
            assertThatThrownBy(() -> blocks.read(0, wanted, -1, wanted, 3_000, 1))
                    .isInstanceOfAny(Replaced.class, KafkaUnavailable.class);
        }
    }

    private static long blocksEnd(Piece piece) {
        var block = ((Piece.Read) piece).blocks().getLast();
        for (int i = 0; i < block.size(); i++) {
            assertThat(((Event) block.at(i).content()).key().getFirst())
                    .isEqualTo("k" + block.at(i).content().offset());
        }
        return block.to();
    }

    @Test
    void large_records_end_a_block_early_and_are_not_read_for_those_behind_them()
            throws Exception {
        create(1);
        var padding = "0".repeat(100_000);
        for (int n = 0; n < 30; n++) {
            producer.send(new ProducerRecord<>(topic, 0, ("k" + n).getBytes(),
                    ("k" + n + ":" + padding + n).getBytes())).get(20, TimeUnit.SECONDS);
        }
        var node = node(64 << 20);

        var reader = reader(deliveries(), node.feed(), 17);

        assertThat(reader.events(13)).isEqualTo(numbers(17, 30));
        assertThat(node.count().read.get()).as("two records each").isBetween(5, 10);
    }
}
