package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.sandbox.SandboxBroker;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
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
    private static final String TOPIC = "shared";

    @TempDir
    static Path folder;
    private static SandboxBroker broker;
    private static SharedLog log;

    private final Random random = new Random(SEED);
    private final String address = Postgres.database();
    private final List<Filler> nodes = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        broker = SandboxBroker.start(folder, 0);
        log = new SharedLog(broker.bootstrapServers(), TOPIC, 40, SEED);
    }

    @AfterAll
    static void stop() {
        log.close();
        broker.close();
    }

    @AfterEach
    void close() {
        nodes.forEach(Filler::close);
    }

    private void join() {
        nodes.add(new Filler(address, broker.bootstrapServers(), TOPIC, Map.of()));
    }

    private void settle() throws Exception {
        for (var node : nodes) {
            node.feed().ready().get(20, TimeUnit.SECONDS);
        }
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        var feed = nodes.getFirst().feed();
        while (java.util.Arrays.stream(feed.tail().next()).sum() < log.written()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(10_000_000);
        }
        var end = new Position(feed.position().slots().stream()
                .map(slot -> new Position.Slot(slot.topic(), slot.topicId(), slot.partition(),
                        log.written(slot.partition()), 0))
                .toList());
        for (var node : nodes) {
            assertThat(node.view().await(end, Duration.ofSeconds(40))).isTrue();
            log.judge(node.view());
        }
    }

    @Test
    void gateways_that_come_and_go_keep_one_view_that_is_always_the_fold_of_the_log()
            throws Exception {
        log.write(300);
        join();
        settle();
        join();
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
                log.write(50);
                if (round == 12) {
                    nodes.removeFirst().close();
                }
                if (round == 20) {
                    join();
                }
                if (round == 30) {
                    join();
                }
                try {
                    log.judge(nodes.get(random.nextInt(nodes.size())).view());
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
        log.judgeHistory(nodes.getLast().view());
        // each partition is somebody's
        assertThat(Postgres.ask(address, "select count(*) from tidegate." + Postgres
                .tables(address).stream().filter(name -> name.endsWith("_position")).findFirst()
                .orElseThrow() + " where next is not null").getFirst()).isEqualTo("6");
    }

    @Test
    void a_topic_that_is_replaced_is_the_whole_view_soon_and_never_a_part_of_it() throws Exception {
        String topic = "replaced";
        try (var before = new SharedLog(broker.bootstrapServers(), topic, 40, SEED);
                var admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServers()));
                var store = Postgres.store(address, Clock.systemUTC());
                var view = store.open(before.schema())) {
            before.write(2_000);
            nodes.add(new Filler(address, broker.bootstrapServers(), topic, Map.of()));
            nodes.add(new Filler(address, broker.bootstrapServers(), topic, Map.of()));
            String old = awaits(view, before, null);
            admin.deleteTopics(List.of(topic)).all().get(10, TimeUnit.SECONDS);
            while (admin.listTopics().names().get(10, TimeUnit.SECONDS).contains(topic)) {
                Thread.onSpinWait();
            }
            try (var after = new SharedLog(broker.bootstrapServers(), topic, 60, SEED + 1)) {
                after.write(700);
                String now = awaits(view, after, old);
                assertThat(now).isNotEqualTo(old);
                after.write(300);
                awaits(view, after, old);
                after.judgeHistory(view);
            }
        }
    }

    /** Until the view has all of a log, and is judged all the time; the topic's id. */
    private static String awaits(View view, SharedLog log, String old) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            try (var snapshot = view.snapshot()) {
                var ids = snapshot.position().slots().stream().map(Position.Slot::topicId)
                        .distinct().toList();
                assertThat(ids).as("topics that a state is of").hasSizeLessThan(2);
                if (!ids.isEmpty() && !ids.getFirst().equals(old)
                        && log.isReached(log.judge(snapshot), log.end())) {
                    return ids.getFirst();
                }
            }
            assertThat(System.nanoTime()).isLessThan(deadline);
            LockSupport.parkNanos(20_000_000);
        }
    }
}
