package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.faults.Brokers;
import io.tidegate.gateway.faults.ChildProcess;
import io.tidegate.gateway.faults.Time;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two processes fill one view in one PostgreSQL, and are killed or stopped at random moments of what they write; whoever asks
 * meanwhile must find the fold of the log at his position. {@code -Dtidegate.seed=7} repeats the choices of a run,
 * {@code -Dtidegate.rounds=40} makes it longer.
 */
class PostgresCrashIT {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresCrashIT.class);
    private static final long SEED = Long.getLong("tidegate.seed", System.nanoTime());
    private static final int ROUNDS = Integer.getInteger("tidegate.rounds", 3);
    private static final String TOPIC = "crashes";
    private static final int KEYS = 300;
    private static final int TAKE_OVER_SECONDS = 40;

    @TempDir
    Path folder;

    private final Random random = new Random(SEED);
    private final String address = Postgres.database();
    private final ChildProcess[] fillers = new ChildProcess[2];
    private final AtomicInteger judged = new AtomicInteger();
    private final Map<Integer, Long> fences = new HashMap<>();
    private Brokers brokers;
    private SharedLog log;
    private PostgresViewStore store;
    private View view;
    private volatile boolean isOver;
    private volatile boolean isWritten;

    @BeforeEach
    void start() throws Exception {
        LOG.info("seed {}", SEED);
        brokers = Brokers.start(folder.resolve("kafka"), 1);
        log = new SharedLog(brokers.bootstrapServers(), TOPIC, KEYS, SEED);
        // Of one that asks and fills nothing.
        store = Postgres.store(address, Clock.systemUTC());
        view = store.open(log.schema());
    }

    @AfterEach
    void end() {
        for (var filler : fillers) {
            if (filler != null) {
                filler.close();
            }
        }
        if (store != null) {
            store.close();
        }
        if (log != null) {
            log.close();
        }
        if (brokers != null) {
            brokers.close();
        }
    }

    private void fill(int which) throws Exception {
        fillers[which] = new ChildProcess("filler-" + which, folder, "192m", "fills",
                Filler.class, address, brokers.bootstrapServers(), TOPIC);
    }

    @Test
    @Timeout(1_800)
    void a_view_whose_gateways_are_killed_is_always_the_fold_of_the_log() throws Exception {
        fill(0);
        fill(1);
        var kinds = new ArrayList<String>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = List.of(threads.submit(this::write), threads.submit(this::judge));
            try {
                for (int which = 0; which < fillers.length; which++) {
                    fillers[which].awaitReady();
                }
                awaitMore("from the beginning");
                for (int round = 0; round < ROUNDS && !isOver; round++) {
                    int which = random.nextInt(fillers.length);
                    Time.pause(random.nextInt(1_500));
                    int kind = round < 3 ? round : random.nextInt(5);
                    kinds.add(which + switch (kind) {
                        case 0 -> " alone: " + killAndLeaveAlone(which) + " ms";
                        case 1 -> killAndStart(which, random.nextInt(3));
                        case 2 -> stopAndGo(which);
                        case 3 -> stopAndLeaveAlone(which);
                        default -> killBoth();
                    });
                }
                isWritten = true;
                all.getFirst().get(20, TimeUnit.SECONDS);
                if (!isOver) {
                    await(log.end(), "in the end");
                }
            } finally {
                isWritten = true;
                isOver = true;
                for (var each : all) {
                    join(each);
                }
            }
        }
        LOG.info("seed {}: {}; {} changes, {} snapshots judged, fences {}", SEED, kinds,
                log.written(), judged, fences);
        assertThat(log.isReached(log.judge(view), log.end())).isTrue();
        log.judgeHistory(view);
        assertThat(judged.get()).as("how often").isGreaterThan(20);
        for (int which = 0; which < fillers.length; which++) {
            assertThat(Files.readString(folder.resolve("filler-" + which + ".err")))
                    .doesNotContain("ERROR", "Exception in thread");
        }
    }

    /** The other one fills all partitions then; milliseconds until it does. */
    private long killAndLeaveAlone(int which) throws Exception {
        fillers[which].kill();
        long begin = System.nanoTime();
        awaitMore("by the one that is left");
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        fill(which);
        return took;
    }

    /** Again and again before it has begun, or when it just has. */
    private String killAndStart(int which, int times) throws Exception {
        for (int i = 0; i <= times; i++) {
            fillers[which].kill();
            fill(which);
            if (i < times) {
                Time.pause(random.nextInt(2_500));
            }
        }
        fillers[which].awaitReady();
        awaitMore("after it was started anew");
        return " killed " + (times + 1) + " times";
    }

    /** Longer than Kafka waits for it, so that it goes on with what is not its own any more. */
    private String stopAndGo(int which) throws Exception {
        fillers[which].stop();
        Time.pause(2_500 + random.nextInt(1_500));
        fillers[which].go();
        awaitMore("after one was stopped");
        return " stopped";
    }

    /** The other one must not have to wait for it, even if it was stopped within a transaction. */
    private String stopAndLeaveAlone(int which) throws Exception {
        fillers[which].stop();
        long begin = System.nanoTime();
        awaitMore("while one stands still");
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        fillers[which].go();
        awaitMore("after one stood still");
        return " stood still: " + took + " ms";
    }

    private String killBoth() throws Exception {
        for (var each : fillers) {
            each.kill();
        }
        fill(0);
        fill(1);
        awaitMore("after both were killed");
        return " and the other one";
    }

    private Void write() {
        var pace = new Random(SEED + 1);
        while (!isWritten) {
            log.write(1 + pace.nextInt(60));
            Time.pause(pace.nextInt(60));
        }
        return null;
    }

    private Void judge() throws SQLException {
        try {
            while (!isOver) {
                log.judge(view);
                judgeTables();
                judged.incrementAndGet();
                Time.pause(20);
            }
            return null;
        } finally {
            isOver = true;
        }
    }

    private String table(String kind) {
        return "tidegate." + Postgres.tables(address).stream()
                .filter(name -> name.endsWith(kind)).findFirst().orElseThrow();
    }

    /** Of one statement, so of one state: every offset that is counted is one change that is kept. */
    private void judgeTables() throws SQLException {
        var told = Postgres.ask(address, "select coalesce(sum(next), 0) || ' ' || (select count(*)"
                + " from " + table("_history") + ") from " + table("_position")).getFirst()
                .split(" ", -1);
        assertThat(told[1]).as("seed %d: changes kept", SEED).isEqualTo(told[0]);
        fencesNow().forEach((part, fence) -> assertThat(fence)
                .as("seed %d: fence of partition %d", SEED, part)
                .isGreaterThanOrEqualTo(java.util.Objects
                        .requireNonNullElse(fences.put(part, fence), 0L)));
    }

    private Map<Integer, Long> fencesNow() {
        var now = new HashMap<Integer, Long>();
        Postgres.ask(address, "select part || ' ' || fence from " + table("_position"))
                .forEach(row -> now.put(Integer.valueOf(row.substring(0, row.indexOf(' '))),
                        Long.valueOf(row.substring(row.indexOf(' ') + 1))));
        return now;
    }

    /** Until of each partition something is counted that has yet to be written. */
    private void awaitMore(String when) {
        var wanted = log.end();
        wanted.replaceAll((partition, end) -> end + 10);
        await(wanted, when);
    }

    private void await(Map<Integer, Long> wanted, String when) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TAKE_OVER_SECONDS);
        while (!isOver && !view.reached()
                .map(position -> log.isReached(position, wanted)).orElse(false)) {
            assertThat(System.nanoTime()).as("seed %d: nobody fills it %s; wanted %s, is at %s",
                    SEED, when, wanted, view.reached()).isLessThan(deadline);
            Time.pause(20);
        }
    }

    private static void join(Future<?> task) throws Exception {
        try {
            task.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw e;
        }
    }
}
