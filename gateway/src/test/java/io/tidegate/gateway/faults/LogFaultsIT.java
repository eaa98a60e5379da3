package io.tidegate.gateway.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.faults.Account.Line;
import io.tidegate.gateway.faults.Reader.Over;
import io.tidegate.gateway.faults.Reader.Wish;
import io.tidegate.gateway.faults.Written.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What may befall a topic, one at a time, with readers on every transport: nothing is missing, repeated or out of order, and
 * what is lost is announced exactly.
 */
@Timeout(90)
class LogFaultsIT {
    private static final Duration SOON = Duration.ofSeconds(20);
    @TempDir
    static Path folder;
    private static Brokers brokers;
    private Run run;

    @BeforeAll
    static void start() throws Exception {
        brokers = Brokers.start(folder.resolve("kafka"), 1);
    }

    @AfterAll
    static void stop() {
        brokers.close();
    }

    @BeforeEach
    void open() throws Exception {
        run = new Run(folder.resolve("run"), brokers, false, Long.getLong("tidegate.seed", 1));
    }

    @AfterEach
    void close() throws Exception {
        run.close();
    }

    private void everywhere(String from) throws Exception {
        for (var over : Over.values()) {
            run.reader(Wish.of(over, from));
        }
        run.reader(new Wish(Over.SSE, from, Set.of("b"), false, "wait"));
        if (from.equals("earliest")) {
            return;
        }
        for (var reader : run.readers()) {
            reader.awaitOpen();
        }
    }

    /** Returns when every reader has everything so far. */
    private void settle(Writer writer, int partitions) throws Exception {
        run.awaitAll(writer.end(partitions).values(), SOON);
    }

    private void gaps(String reason, int atLeast) {
        for (var reader : run.readers()) {
            assertThat(reader.account().gaps()).as(reader.account().name())
                    .hasSizeGreaterThanOrEqualTo(atLeast)
                    .allMatch(gap -> gap.reason().equals(reason));
        }
    }

    @Test
    void retention_passes_readers_that_are_away() throws Exception {
        run.topic(2, Map.of());
        var writer = run.writer(20);
        writer.write(300);
        run.gatewayHere(256);
        everywhere("earliest");
        settle(writer, 2);
        run.readers().forEach(reader -> reader.away(true));
        writer.write(400);
        var from = new HashMap<Integer, Long>();
        run.history.ends().forEach((partition, end) -> from.put(partition, end - 20));
        run.retain(from);

        run.readers().forEach(reader -> reader.away(false));

        run.judge(writer, 2, SOON);
        gaps("retention", 2);
    }

    @Test
    void retention_passes_a_reader_that_does_not_read() throws Exception {
        run.topic(1, Map.of());
        var writer = run.writer(20).padded(4000);
        writer.write(10);
        run.gatewayHere(256);
        var slow = run.reader(Wish.of(Over.NDJSON, "earliest"));
        run.reader(Wish.of(Over.WEBSOCKET, "earliest"));
        settle(writer, 1);
        slow.stall(true);
        writer.write(6000);
        Run.await("the other reader", SOON, () -> run.readers().getLast().account()
                .count(Line.Got.class) > 6000);
        run.retain(Map.of(0, run.history.ends().get(0) - 10));

        slow.stall(false);

        run.judge(writer, 1, SOON);
        assertThat(slow.account().gaps()).singleElement()
                .satisfies(gap -> assertThat(gap.reason()).isEqualTo("retention"));
        assertThat(run.readers().getLast().account().gaps()).isEmpty();
    }

    @Test
    void a_topic_is_deleted_and_made_again_under_live_readers() throws Exception {
        run.topic(1, Map.of());
        var writer = run.writer(20);
        writer.write(5);
        run.gatewayHere(256);
        everywhere("earliest");
        settle(writer, 1);
        for (int round = 0; round < 3; round++) {
            run.recreate(1);
            // At once longer than the old one, which nobody may take for more of it.
            writer.write(100 * (round + 1));
            settle(writer, 1);
        }
        // Its view holds nothing of the old ones.
        run.reader(new Wish(Over.NDJSON, "latest", Set.of(), true, "wait")).awaitOpen();

        run.judge(writer, 1, SOON);
        run.forget(run.readers().getLast());
        gaps("epoch", 3);
    }

    @Test
    void a_topic_is_deleted_and_made_again_while_readers_are_away() throws Exception {
        run.topic(1, Map.of());
        var writer = run.writer(20);
        writer.write(50);
        run.gatewayHere(256);
        everywhere("earliest");
        settle(writer, 1);
        run.readers().forEach(reader -> reader.away(true));
        run.recreate(1);
        writer.write(300);

        run.readers().forEach(reader -> reader.away(false));

        run.judge(writer, 1, SOON);
        gaps("epoch", 1);
    }

    @Test
    void a_topic_is_made_again_while_readers_are_far_behind() throws Exception {
        run.topic(1, Map.of());
        var writer = run.writer(20).padded(4000);
        writer.write(10);
        run.gatewayHere(256);
        var slow = List.of(run.reader(Wish.of(Over.NDJSON, "earliest")),
                run.reader(Wish.of(Over.SSE, "earliest")));
        var live = run.reader(Wish.of(Over.WEBSOCKET, "earliest"));
        settle(writer, 1);
        slow.forEach(reader -> reader.stall(true));
        writer.write(5000);
        Run.await("the other reader", SOON, () -> live.account().count(Line.Got.class) > 5000);

        // One is in the middle of what it missed when it happens, the other goes on later.
        slow.getFirst().stall(false);
        run.recreate(1);
        writer.write(500);
        slow.getLast().stall(false);

        run.judge(writer, 1, SOON);
        gaps("epoch", 1);
    }

    @Test
    void partitions_are_added_under_load() throws Exception {
        run.topic(3, Map.of());
        var writer = run.writer(50);
        writer.write(100);
        run.gatewayHere(256);
        everywhere("earliest");
        settle(writer, 3);
        var goesOn = new AtomicBoolean(true);
        var writing = writer.begin(goesOn::get, 5);
        brokers.admin().createPartitions(Map.of(run.topic(), NewPartitions.increaseTo(6))).all()
                .get(20, TimeUnit.SECONDS);
        Run.await("records of the new partitions", SOON, () -> run.history.ends().size() == 6);
        goesOn.set(false);
        writing.get(20, TimeUnit.SECONDS);

        run.judge(writer, 6, SOON);
        for (var reader : run.readers()) {
            assertThat(reader.account().gaps()).as(reader.account().name())
                    .allMatch(gap -> gap.reason().equals("partitions-changed"))
                    .extracting(Line.Gap::partition).containsExactlyInAnyOrder(3, 4, 5);
        }
    }

    @Test
    void compaction_leaves_holes_that_are_no_gaps() throws Exception {
        run.topic(1, Map.of("cleanup.policy", "compact", "segment.ms", "100",
                "min.cleanable.dirty.ratio", "0.01", "delete.retention.ms", "60000"));
        var writer = run.writer(10);
        writer.write(50);
        run.gatewayHere(256);
        var live = run.reader(Wish.of(Over.WEBSOCKET, "earliest"));
        var away = run.reader(Wish.of(Over.SSE, "earliest"));
        settle(writer, 1);
        away.away(true);
        for (int n = 0; n < 6; n++) {
            writer.write(200);
            Time.pause(150);
        }
        Run.await("compaction", SOON, () -> {
            var left = offsets();
            run.history.all().stream().filter(each -> !left.contains(each.offset()))
                    .forEach(run.history::compacted);
            return left.size() < 900;
        });

        away.away(false);
        for (var over : Over.values()) {
            run.reader(Wish.of(over, "earliest"));
        }

        run.awaitAll(writer.end(1).values(), SOON);
        var left = offsets();
        run.history.all().stream().filter(each -> !left.contains(each.offset()))
                .forEach(run.history::compacted);
        run.judge();
        for (var reader : run.readers()) {
            assertThat(reader.account().gaps()).isEmpty();
        }
        assertThat(live.account().count(Line.Got.class)).isGreaterThan(1250);
    }

    private Set<Long> offsets() {
        try (var consumer = new KafkaConsumer<>(
                Map.<String, Object>of("bootstrap.servers", brokers.bootstrapServers()),
                new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var partition = new TopicPartition(run.topic(), 0);
            consumer.assign(List.of(partition));
            consumer.seekToBeginning(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            var offsets = new java.util.TreeSet<Long>();
            while (consumer.position(partition) < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(each -> offsets.add(each.offset()));
            }
            return offsets;
        }
    }

    @Test
    void tombstones_and_records_that_cannot_be_read() throws Exception {
        run.topic(2, Map.of());
        var writer = run.writer(30);
        run.gatewayHere(256);
        for (var over : Over.values()) {
            run.reader(Wish.of(over, "earliest"));
        }
        var kinds = new ArrayList<>(Collections.nCopies(1000, Kind.UPSERT));
        kinds.set(400, Kind.UNREADABLE);
        kinds.set(500, Kind.DELETE);
        kinds.set(501, Kind.DELETE);
        writer.write(kinds);
        writer.write(Collections.nCopies(1000, Kind.UNREADABLE));
        writer.write(List.of(Kind.DELETE, Kind.UPSERT, Kind.DELETE, Kind.UNREADABLE));
        writer.write(200);

        run.judge(writer, 2, SOON);
        for (var reader : run.readers()) {
            // GraphQL tells runs of them as one.
            assertThat(reader.account().gaps().stream().mapToLong(Line.Gap::events).sum())
                    .as(reader.account().name()).isEqualTo(1002);
        }
    }

    @Test
    void transactions_that_abort_or_stay_open_are_not_seen() throws Exception {
        run.topic(2, Map.of());
        var writer = run.writer(20);
        var transactional = run.writer(20, Map.of("transactional.id", "t" + run.topic()));
        transactional.offset("t");
        transactional.producer().initTransactions();
        run.gatewayHere(256);
        everywhere("earliest");
        var random = new Random(run.seed);
        for (int n = 0; n < 12; n++) {
            writer.write(10);
            transactional.transaction(1 + random.nextInt(20), random.nextBoolean());
            if (n % 4 == 0) {
                run.readers().forEach(Reader::cut);
            }
        }
        settle(writer, 2);
        transactional.producer().beginTransaction();
        transactional.write(Collections.nCopies(20, Kind.ABORTED));
        writer.write(20);
        run.readers().forEach(Reader::cut);
        transactional.producer().abortTransaction();

        run.judge(writer, 2, SOON);
        for (var reader : run.readers()) {
            assertThat(reader.account().gaps()).isEmpty();
        }
    }

    @Test
    void the_log_is_cut_and_grows_again_beyond_the_cursors() throws Exception {
        var cluster = Brokers.start(folder.resolve("cut"), 1);
        try (var own = new Run(folder.resolve("cut-run"), cluster, true, run.seed)) {
            own.topic(1, Map.of());
            var writer = own.writer(20);
            writer.write(100);
            cluster.kill(0);
            cluster.keep(0, own.topic() + "-0");
            cluster.revive(0);
            var second = own.writer(20);
            second.offset("b");
            second.write(50);
            own.gatewayHere(256);
            for (var over : Over.values()) {
                own.reader(Wish.of(over, "earliest"));
            }
            Run.await("all", SOON, () -> own.readers().stream()
                    .allMatch(r -> r.account().count(Line.Got.class) == 150));
            for (int n = 0; n < 2; n++) {
                own.readers().get(n).away(true);
            }

            cluster.kill(0);
            cluster.restore(0, own.topic() + "-0");
            own.history.cut(0, 100);
            cluster.revive(0);
            var third = own.writer(20);
            third.offset("c");
            third.write(300);
            for (int n = 0; n < 2; n++) {
                own.readers().get(n).away(false);
            }

            own.judge(third, 1, SOON);
            for (var reader : own.readers()) {
                assertThat(reader.account().gaps()).as(reader.account().name()).singleElement()
                        .satisfies(gap -> assertThat(List.of(gap.from(), gap.to()))
                                .containsExactly(100L, 149L));
            }
        }
    }

    @Test
    void the_log_is_cut_while_readers_are_far_behind() throws Exception {
        var cluster = Brokers.start(folder.resolve("cut-behind"), 1);
        try (var own = new Run(folder.resolve("cut-behind-run"), cluster, true, run.seed)) {
            own.topic(1, Map.of());
            var writer = own.writer(20);
            writer.write(100);
            cluster.kill(0);
            cluster.keep(0, own.topic() + "-0");
            cluster.revive(0);
            var second = own.writer(20).padded(4000);
            second.offset("b");
            second.write(50);
            own.gatewayHere(256);
            var slow = List.of(own.reader(Wish.of(Over.NDJSON, "earliest")),
                    own.reader(Wish.of(Over.SSE, "earliest")));
            var live = own.reader(Wish.of(Over.WEBSOCKET, "earliest"));
            Run.await("all", SOON, () -> own.readers().stream()
                    .allMatch(r -> r.account().count(Line.Got.class) == 150));
            slow.forEach(reader -> reader.stall(true));
            second.write(5000);
            Run.await("the other reader", SOON,
                    () -> live.account().count(Line.Got.class) == 5150);

            slow.getFirst().stall(false);
            cluster.kill(0);
            cluster.restore(0, own.topic() + "-0");
            own.history.cut(0, 100);
            cluster.revive(0);
            var third = own.writer(20);
            third.offset("c");
            // Beyond where the slow ones are, so that offsets alone tell nothing.
            third.write(6000);
            slow.getLast().stall(false);

            own.judge(third, 1, SOON);
            for (var reader : own.readers()) {
                assertThat(reader.account().gaps()).as(reader.account().name()).singleElement()
                        .satisfies(gap -> assertThat(gap.from()).isEqualTo(100L));
            }
        }
    }

    @Test
    void snapshots_are_followed_by_exactly_what_they_do_not_hold() throws Exception {
        run.topic(3, Map.of());
        var writer = run.writer(200);
        writer.write(1000);
        run.gatewayHere(1024);
        var random = new Random(run.seed);
        var goesOn = new AtomicBoolean(true);
        var writing = writer.begin(goesOn::get, 10);
        for (int n = 0; n < 8; n++) {
            Time.pause(random.nextInt(150));
            run.reader(new Wish(Over.values()[n % 4], "latest", n > 5 ? Set.of("b") : Set.of(),
                    true, "wait")).awaitOpen();
        }
        run.readers().forEach(Reader::cut);
        goesOn.set(false);
        writing.get(20, TimeUnit.SECONDS);

        run.judge(writer, 3, SOON);
    }

    @Test
    void readers_at_many_old_offsets_fast_and_slow() throws Exception {
        run.topic(3, Map.of());
        var writer = run.writer(20);
        run.gatewayHere(256);
        var scout = run.reader(Wish.of(Over.NDJSON, "earliest"));
        writer.write(1500);
        settle(writer, 3);
        var events = scout.account().lines().stream().filter(Line.Got.class::isInstance)
                .map(Line.Got.class::cast).toList();
        var random = new Random(run.seed);
        for (int n = 0; n < 16; n++) {
            int at = random.nextInt(events.size());
            var reader = run.reader(Wish.of(Over.values()[n % 4], events.get(at).cursor()));
            // It is as if it had had what came before.
            events.subList(0, at + 1).forEach(reader.account()::before);
            if (n % 3 == 0) {
                reader.stall(true);
            }
        }
        writer.write(1500);
        run.readers().forEach(reader -> reader.stall(false));

        run.judge(writer, 3, SOON);
        for (var reader : run.readers()) {
            assertThat(reader.account().gaps()).isEmpty();
        }
    }
}
