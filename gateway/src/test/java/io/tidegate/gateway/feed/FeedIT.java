package io.tidegate.gateway.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.tidegate.contract.DataProduct.BadRecord;
import io.tidegate.gateway.delivery.Deliveries;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.sandbox.SandboxBroker;
import io.tidegate.gateway.subscription.OnSlow;
import io.tidegate.schema.Misfit;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
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

/** Feeds, replays and deliveries over a real broker. */
@Timeout(30)
class FeedIT {
    private static final FeedBounds LARGE = new FeedBounds(1024, 1 << 20, 100);
    private static final FeedBounds SMALL = new FeedBounds(8, 1 << 20, 0);
    @TempDir
    static Path folder;
    private static SandboxBroker broker;
    private static Admin admin;
    private static KafkaProducer<byte[], byte[]> producer;
    private static int topics;

    private final String topic = "t" + topics++;
    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        broker = SandboxBroker.start(folder, 0);
        admin = Admin.create(Map.<String, Object>of("bootstrap.servers",
                broker.bootstrapServers()));
        producer = producer(Map.of());
    }

    private static KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
        var config = new java.util.HashMap<String, Object>(more);
        config.put("bootstrap.servers", broker.bootstrapServers());
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

    private void delete() throws Exception {
        admin.deleteTopics(List.of(topic)).all().get(10, TimeUnit.SECONDS);
        while (admin.listTopics().names().get(10, TimeUnit.SECONDS).contains(topic)) {
            Thread.onSpinWait();
        }
    }

    private void send(int partition, int from, int to) throws Exception {
        for (int n = from; n < to; n++) {
            producer.send(new ProducerRecord<>(topic, partition, ("k" + n).getBytes(),
                    ("k" + n + ":" + n).getBytes()));
        }
        producer.flush();
    }

    private void sendRaw(String key, String value) {
        producer.send(new ProducerRecord<>(topic, 0, key == null ? null : key.getBytes(),
                value == null ? null : value.getBytes(StandardCharsets.UTF_8)));
        producer.flush();
    }

    private Feed feed(FeedBounds bounds) throws Exception {
        return feed(bounds, BadRecord.SKIP);
    }

    private Feed feed(FeedBounds bounds, BadRecord onBadRecord) throws Exception {
        return feed(bounds, onBadRecord, FeedListener.NONE);
    }

    private Feed feed(FeedBounds bounds, BadRecord onBadRecord, FeedListener listener)
            throws Exception {
        var cluster = new KafkaCluster("test",
                Map.of("bootstrap.servers", broker.bootstrapServers()));
        var feed = new Feed(TestProducts.counts(topic, onBadRecord), cluster,
                new Cursors("0123456789abcdef".getBytes()), bounds, listener);
        open.add(cluster);
        open.add(feed);
        feed.start();
        feed.ready().get(15, TimeUnit.SECONDS);
        return feed;
    }

    private Deliveries.Reader reader(Feed feed, From from) throws Exception {
        var deliveries = new Deliveries();
        open.add(deliveries);
        return deliveries.open(feed, feed.resolve(from), OnSlow.WAIT);
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(n -> "UPSERT k" + n).toList();
    }

    @Test
    void any_time_before_all_records_is_the_beginning() throws Exception {
        create(1);
        var feed = feed(LARGE);
        send(0, 0, 3);

        for (long millis : new long[]{-6, -5, -4, -3, -2, -1, 0}) {
            assertThat(feed.resolve(new From.Time(Instant.ofEpochMilli(millis))).next())
                    .as("%d ms", millis).containsExactly(0);
        }
    }

    @Test
    void what_is_written_while_a_time_is_looked_for_is_not_passed_over() throws Exception {
        create(1);
        var feed = feed(LARGE);
        long first = Instant.now().toEpochMilli();
        for (int n = 0; n < 200; n++) {
            long time = first + n;
            int offset = n;
            var asked = CompletableFuture.supplyAsync(() -> {
                // So that it is written now before, now between, now behind the questions.
                for (int i = 0; i < offset % 20 * 2_000; i++) {
                    Thread.onSpinWait();
                }
                return feed.resolve(new From.Time(Instant.ofEpochMilli(time)));
            });
            producer.send(new ProducerRecord<>(topic, 0, time, "k".getBytes(), "k:1".getBytes()))
                    .get(10, TimeUnit.SECONDS);

            assertThat(asked.get(10, TimeUnit.SECONDS).next()[0]).as("record %d", n)
                    .isLessThanOrEqualTo(offset);
        }
    }

    @Test
    void a_reader_that_fails_once_reads_a_topic_of_keys_again() throws Exception {
        create(1);
        sendRaw("a", "1");
        var read = new ConcurrentHashMap<String, String>();
        var isBroken = new AtomicBoolean(true);
        var cluster = new KafkaCluster("test",
                Map.of("bootstrap.servers", broker.bootstrapServers()));
        open.add(cluster);
        var keyed = new KeyedTopic(cluster, topic, new KeyedTopic.Reader() {
            @Override
            public void cleared() {
                read.clear();
            }

            @Override
            public void read(String key, String value) {
                if (isBroken.getAndSet(false)) {
                    throw new IllegalStateException("broken");
                }
                read.put(key, value);
            }
        });
        open.add(keyed);
        keyed.start();

        long began = System.nanoTime();
        while (read.isEmpty()) {
            assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(10));
        }
        keyed.write("b", "2").get(10, TimeUnit.SECONDS);
        assertThat(read).containsOnly(Map.entry("a", "1"), Map.entry("b", "2"));
        assertThat(keyed.trouble()).isEmpty();
    }

    /** Hears of events only. */
    private record OfEvents(Consumer<Event> told) implements FeedListener {
        @Override
        public void appended(Feed feed, long events, long bytes, long lag) {
        }

        @Override
        public void lost(Feed feed, Lost lost) {
        }

        @Override
        public void read(Feed feed, Event event) {
            told.accept(event);
        }

        @Override
        public void misfits(Feed feed, List<Misfit> misfits) {
        }
    }

    @Test
    void an_error_holds_a_feed_up_for_a_moment_only() throws Exception {
        create(1);
        var isBroken = new AtomicBoolean(true);
        var feed = feed(LARGE, BadRecord.SKIP, new OfEvents(event -> {
            if (isBroken.getAndSet(false)) {
                throw new NoClassDefFoundError("a codec's");
            }
        }));
        send(0, 0, 3);

        assertThat(reader(feed, new From.Earliest()).events(3)).isEqualTo(numbers(0, 3));
        assertThat(isBroken).isFalse();
    }

    @Test
    void a_feed_that_ends_late_tells_its_readers_all_the_same() throws Exception {
        create(1);
        var isReading = new CountDownLatch(1);
        var mayEnd = new CountDownLatch(1);
        var feed = feed(LARGE, BadRecord.SKIP, new OfEvents(event -> {
            isReading.countDown();
            try {
                assertThat(mayEnd.await(20, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }));
        var reader = reader(feed, new From.Latest());
        send(0, 0, 1);
        assertThat(isReading.await(10, TimeUnit.SECONDS)).isTrue();

        // Waits no longer than a second.
        feed.close();
        mayEnd.countDown();

        assertThat(reader.end()).isEqualTo("UPSTREAM");
        assertThat(feed.head()).isEqualTo(feed.tail().sequence());
    }

    @Test
    void the_ring_is_bounded_and_what_it_left_behind_is_replayed() throws Exception {
        create(1);
        var feed = feed(SMALL);
        send(0, 0, 1000);

        var reader = reader(feed, new From.Earliest());

        assertThat(reader.events(1000)).isEqualTo(numbers(0, 1000));
        assertThat(feed.tail().sequence() - feed.head()).isLessThanOrEqualTo(8);
        send(0, 1000, 3000);
        assertThat(reader.events(3000)).isEqualTo(numbers(0, 3000));
    }

    @Test
    void latest_time_and_cursor_begin_exactly_there() throws Exception {
        create(1);
        send(0, 0, 10);
        producer.send(new ProducerRecord<>(topic, 0, Instant.now().toEpochMilli() + 60_000,
                "k10".getBytes(), "k10:10".getBytes())).get();
        var feed = feed(LARGE);
        var earliest = reader(feed, new From.Earliest());
        var latest = reader(feed, new From.Latest());
        var time = reader(feed, new From.Time(Instant.now().plusSeconds(30)));
        assertThat(earliest.events(11)).isEqualTo(numbers(0, 11));
        var after = reader(feed, new From.After(earliest.cursors().get(4)));
        send(0, 11, 12);

        assertThat(latest.events(1)).isEqualTo(numbers(11, 12));
        assertThat(time.events(2)).isEqualTo(numbers(10, 12));
        assertThat(after.events(7)).isEqualTo(numbers(5, 12));
    }

    @Test
    void rows_of_one_record_are_replayed_joined_and_resumed_without_a_gap() throws Exception {
        create(1);
        var feed = feed(SMALL);
        sendThrees(0, 300);

        var reader = reader(feed, new From.Earliest());

        inOrder(reader, 0, 300);
        sendThrees(300, 600);
        var all = inOrder(reader, 0, 600);
        for (int row : List.of(150, 151, 598, 597)) {
            var again = reader(feed,
                    new From.After(reader.cursors().get(all.indexOf("UPSERT k" + row))));
            // Behind any row but the last, its record comes again.
            inOrder(again, row - row % 3, 600);
        }
        var next = reader(feed,
                new From.After(reader.cursors().get(all.lastIndexOf("UPSERT k152"))));
        inOrder(next, 153, 600);
        assertThat(next.gaps()).isEmpty();
    }

    /**
     * Waits for these rows, each once and in order, but for this: whoever memory leaves behind within a record gets the
     * record's rows again.
     */
    private static List<String> inOrder(Deliveries.Reader reader, int from, int to) {
        var events = reader.events(to - from);
        while (!events.contains("UPSERT k" + (to - 1))) {
            events = reader.events(events.size() + 1);
        }
        int expected = from;
        for (var event : events) {
            int row = Integer.parseInt(event.substring("UPSERT k".length()));
            if (row != expected) {
                assertThat(expected % 3).as("%s within a record", expected).isNotZero();
                assertThat(row).as("%s after row %s", event, expected - 1)
                        .isEqualTo(expected - expected % 3);
            }
            expected = row + 1;
        }
        assertThat(expected).isEqualTo(to);
        return events;
    }

    /** Three rows a record, and records without any in between. */
    private void sendThrees(int from, int to) throws Exception {
        for (int n = from; n < to; n += 3) {
            var rows = "k%d:1;k%d:1;k%d:1".formatted(n, n + 1, n + 2);
            for (var value : List.of(rows, "no row")) {
                producer.send(new ProducerRecord<>(topic, 0, "k".getBytes(), value.getBytes()));
            }
        }
        producer.flush();
    }

    @Test
    void a_cursor_resumes_on_a_feed_that_began_later() throws Exception {
        create(3);
        for (int partition = 0; partition < 3; partition++) {
            send(partition, partition * 100, partition * 100 + 100);
        }
        var first = reader(feed(LARGE), new From.Earliest());
        var all = first.events(300);
        var again = reader(feed(SMALL), new From.After(first.cursors().get(149)));

        var rest = again.events(150);

        var both = new ArrayList<>(all.subList(0, 150));
        both.addAll(rest);
        assertThat(both).containsExactlyInAnyOrderElementsOf(numbers(0, 300));
        assertThat(again.gaps()).isEmpty();
    }

    @Test
    void a_cursor_of_nothing_is_behind_by_everything_and_begins_there() throws Exception {
        create(2);
        send(0, 0, 5);
        send(1, 5, 8);
        var feed = feed(LARGE);
        var nothing = new Position(List.of());
        var text = feed.cursors().write(feed.id(), nothing);

        var reader = reader(feed, new From.After(text));

        assertThat(reader.events(8)).containsExactlyInAnyOrderElementsOf(numbers(0, 8));
        assertThat(reader.gaps()).isEmpty();
        var all = feed.position().slots();
        assertThat(feed.behind(nothing)).isEqualTo(8);
        assertThat(feed.behind(new Position(List.of(all.get(1))))).isEqualTo(5);
        assertThat(feed.behind(new Position(all.reversed()))).isZero();
    }

    @Test
    void a_cursor_of_a_topic_made_again_is_told_so() throws Exception {
        create(1);
        send(0, 0, 5);
        var cursor = reader(feed(LARGE), new From.Earliest()).cursorAfter(3);
        delete();
        create(1);
        send(0, 100, 110);

        var reader = reader(feed(LARGE), new From.After(cursor));

        assertThat(reader.events(10)).isEqualTo(numbers(100, 110));
        assertThat(reader.gaps()).singleElement().asString().contains("\"reason\":\"epoch\"");
    }

    @Test
    void a_reader_is_sent_away_when_its_topic_is_made_again_or_given_partitions()
            throws Exception {
        create(1);
        send(0, 0, 5);
        var feed = feed(LARGE);
        var reader = reader(feed, new From.Earliest());
        var cursor = reader.cursorAfter(5);
        admin.createPartitions(
                Map.of(topic, org.apache.kafka.clients.admin.NewPartitions.increaseTo(2))).all()
                .get();
        send(1, 5, 8);

        assertThat(reader.end()).isEqualTo("UPSTREAM");
        while (true) {
            try {
                var again = reader(feed, new From.After(cursor));
                assertThat(again.events(3)).isEqualTo(numbers(5, 8));
                assertThat(again.gaps()).singleElement().asString().contains(
                        "\"reason\":\"partitions-changed\"", "\"events\":\"0\",\"partition\":1");
                break;
            } catch (Refusal.Thrown e) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void who_knows_of_new_partitions_is_not_told_again() throws Exception {
        create(1);
        var old = feed(LARGE);
        var cursor = old.cursor(new long[]{0}, new int[]{-1});
        var position = old.position();
        admin.createPartitions(
                Map.of(topic, org.apache.kafka.clients.admin.NewPartitions.increaseTo(3))).all()
                .get();
        var feed = feed(LARGE);

        var told = feed.resolve(new From.After(cursor));

        assertThat(told.next()).containsExactly(0, 0, 0);
        assertThat(told.lost()).extracting(Lost::slot, Lost::count, Lost::reason)
                .containsExactly(tuple(1, 0L, Lost.Reason.PARTITIONS_CHANGED),
                        tuple(2, 0L, Lost.Reason.PARTITIONS_CHANGED));
        var then = feed.cursor(told.next(), told.epochs());
        assertThat(feed.resolve(new From.After(then)).lost()).isEmpty();
        assertThat(feed.resolve(new From.At(position)).lost()).as("of a view").isEmpty();
    }

    @Test
    void a_thousand_who_come_back_at_once_ask_kafka_little_more_than_one() throws Exception {
        create(2);
        send(0, 0, 500);
        send(1, 500, 1000);
        var feed = feed(SMALL);
        var cursors = IntStream.range(0, 100)
                .mapToObj(n -> feed.cursor(new long[]{n, 7}, new int[]{0, 0})).toList();
        long before = feed.cluster().asked();

        var starts = new ArrayList<java.util.concurrent.Future<Start>>();
        try (var threads = java.util.concurrent.Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 1000; i++) {
                var cursor = cursors.get(i % cursors.size());
                starts.add(threads.submit(() -> feed.resolve(new From.After(cursor))));
            }
        }

        for (int i = 0; i < 1000; i++) {
            assertThat(starts.get(i).get().lost()).isEmpty();
            assertThat(starts.get(i).get().next()).containsExactly(i % cursors.size(), 7);
        }
        assertThat(feed.cluster().asked() - before).as("questions")
                .isBetween(3L, 12L);
    }

    @Test
    void a_cursor_of_a_node_that_has_seen_more_is_not_judged_by_what_was_known_before()
            throws Exception {
        create(2);
        send(0, 0, 50);
        var feed = feed(SMALL);
        var early = feed.cursor(new long[]{3, 0}, new int[]{-1, -1});
        assertThat(feed.resolve(new From.After(early)).lost()).isEmpty();
        send(0, 50, 100);

        var start = feed.resolve(new From.After(feed.cursor(new long[]{90, 0},
                new int[]{-1, -1})));

        assertThat(start.lost()).isEmpty();
        assertThat(start.next()).containsExactly(90, 0);
    }

    @Test
    void removed_records_are_announced_exactly() throws Exception {
        create(1);
        send(0, 0, 20);
        var cursor = reader(feed(LARGE), new From.Earliest()).cursorAfter(4);
        admin.deleteRecords(
                Map.of(new TopicPartition(topic, 0), RecordsToDelete.beforeOffset(12))).all().get();

        var reader = reader(feed(SMALL), new From.After(cursor));

        assertThat(reader.events(8)).isEqualTo(numbers(12, 20));
        assertThat(reader.gaps()).singleElement().asString().contains("\"reason\":\"retention\"",
                "\"events\":\"8\",\"partition\":0,\"from\":\"4\",\"to\":\"11\"");
    }

    @Test
    void aborted_transactions_are_never_seen() throws Exception {
        create(1);
        try (var transactional = producer(Map.of("transactional.id", topic))) {
            transactional.initTransactions();
            for (int i = 0; i < 4; i++) {
                transactional.beginTransaction();
                transactional.send(new ProducerRecord<>(topic, 0, ("k" + i).getBytes(),
                        ("k" + i + ":" + i).getBytes()));
                transactional.flush();
                if (i % 2 == 0) {
                    transactional.commitTransaction();
                } else {
                    transactional.abortTransaction();
                }
            }
        }
        var reader = reader(feed(SMALL), new From.Earliest());

        assertThat(reader.events(2)).containsExactly("UPSERT k0", "UPSERT k2");
        assertThat(reader.gaps()).isEmpty();
    }

    @Test
    void a_bad_record_is_announced_in_its_place_and_tombstones_are_deletes() throws Exception {
        create(1);
        sendRaw("k0", "k0:0");
        sendRaw("k1", "nonsense");
        sendRaw("k0", null);
        sendRaw("{\"id\":\"k7\"}", null);
        sendRaw(null, null);
        sendRaw("k2", "k2:2");
        var reader = reader(feed(LARGE), new From.Earliest());

        assertThat(reader.events(4)).containsExactly("UPSERT k0", "DELETE k0", "DELETE k7",
                "UPSERT k2");
        assertThat(reader.gaps()).hasSize(2).allMatch(gap -> gap.contains("bad-record"));
        assertThat(reader.gaps().getFirst()).contains("\"from\":\"1\",\"to\":\"1\"");
        var stopped = reader(feed(LARGE, BadRecord.STOP), new From.Earliest());
        assertThat(stopped.end()).isEqualTo("UNREADABLE");
        assertThat(stopped.events(1)).containsExactly("UPSERT k0");
    }

    @Test
    void a_reader_that_stalls_falls_out_of_memory_and_loses_nothing() throws Exception {
        create(2);
        var feed = feed(SMALL);
        var reader = reader(feed, new From.Latest());
        reader.stall(true);
        send(0, 0, 500);
        send(1, 500, 1000);
        while (feed.tail().next()[0] + feed.tail().next()[1] < 1000) {
            Thread.onSpinWait();
        }

        reader.stall(false);

        assertThat(reader.events(1000)).containsExactlyInAnyOrderElementsOf(numbers(0, 1000));
        assertThat(reader.gaps()).isEmpty();
    }

    @Test
    void readers_share_one_rendering() throws Exception {
        create(1);
        var feed = feed(LARGE);
        var deliveries = new Deliveries();
        open.add(deliveries);
        var readers = new ArrayList<Deliveries.Reader>();
        for (int i = 0; i < 50; i++) {
            readers.add(deliveries.open(feed, feed.resolve(new From.Latest()), OnSlow.WAIT));
        }

        send(0, 0, 100);

        for (var reader : readers) {
            assertThat(reader.events(100)).isEqualTo(numbers(0, 100));
        }
        assertThat(deliveries.renderings()).isEqualTo(100);
    }

    @Test
    void refuses_cursors_of_others() throws Exception {
        create(1);
        var feed = feed(LARGE);
        var foreign = feed.cursor(new long[]{0}, new int[]{0}).replace('A', 'B');

        assertThatThrownBy(() -> feed.resolve(new From.After(foreign)))
                .isInstanceOf(Refusal.Thrown.class);
    }
}
