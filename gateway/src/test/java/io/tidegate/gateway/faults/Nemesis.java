package io.tidegate.gateway.faults;

import io.tidegate.gateway.faults.Reader.Over;
import io.tidegate.gateway.faults.Reader.Wish;
import io.tidegate.gateway.faults.Written.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does harm to brokers, gateways, topics and readers while events are written, in an order that its seed decides; then
 * everything must be accounted for.
 */
final class Nemesis {
    private static final Logger LOG = LoggerFactory.getLogger(Nemesis.class);
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final int PARTITIONS = 3;

    private final Path folder;
    private final long seed;
    private final Random random;

    /** What it may do. */
    enum Harm {
        KILL_BROKER, STOP_BROKER, KILL_GATEWAY, STOP_GATEWAY, CUT_READERS, STALL_READERS, UNREADABLE_RECORDS, RETENTION_PASSES, RECREATE_TOPIC
    }

    Nemesis(Path folder, long seed) {
        this.folder = folder;
        this.seed = seed;
        this.random = new Random(seed);
    }

    /** How many events all readers together got. */
    long run(int brokers, int harms, List<Harm> among) throws Exception {
        try (var run = new Run(folder.resolve("run-" + seed),
                Brokers.start(folder.resolve("kafka-" + seed), brokers), true, seed)) {
            run.topic(PARTITIONS, Map.of());
            var writer = run.writer(30);
            writer.write(100);
            run.gateway(256);
            run.gateway(256);
            for (int n = 0; n < 8; n++) {
                run.reader(new Wish(Over.values()[n % Over.values().length], "earliest",
                        random.nextInt(3) == 0
                                ? Set.of(List.of("a", "b", "c").get(random.nextInt(3)))
                                : Set.of(),
                        false, "wait"));
            }
            // Whoever has no cursor yet has no place that could be lost.
            run.awaitAll(writer.end(PARTITIONS).values(), SOON);
            for (int n = 0; n < harms; n++) {
                var harm = among.get(random.nextInt(among.size()));
                LOG.info("seed {}: {}", seed, harm);
                harm(run, writer, harm);
                run.awaitAll(writer.end(PARTITIONS).values(), SOON);
                run.judge();
            }
            return run.delivered();
        }
    }

    private void harm(Run run, Writer writer, Harm harm) throws Exception {
        var brokers = run.brokers();
        int broker = random.nextInt(brokers.count());
        switch (harm) {
            case KILL_BROKER -> {
                var goesOn = new AtomicBoolean(true);
                var writing = writer.begin(goesOn::get, 5);
                brokers.kill(broker);
                Time.pause(random.nextInt(3000));
                brokers.revive(broker);
                goesOn.set(false);
                writing.get(60, TimeUnit.SECONDS);
            }
            case STOP_BROKER -> {
                brokers.node(broker).stop();
                Time.pause(random.nextInt(5000));
                brokers.node(broker).go();
                writer.write(100);
            }
            case KILL_GATEWAY -> {
                var goesOn = new AtomicBoolean(true);
                var writing = writer.begin(goesOn::get, 5);
                run.replaceGateway();
                goesOn.set(false);
                writing.get(60, TimeUnit.SECONDS);
            }
            case STOP_GATEWAY -> {
                var stopped = run.current().process();
                stopped.stop();
                writer.write(200);
                run.moveToOther();
                writer.write(200);
                Time.pause(random.nextInt(1000));
                stopped.go();
            }
            case CUT_READERS -> {
                for (int n = 0; n < 5; n++) {
                    writer.write(random.nextInt(60));
                    some(run).forEach(Reader::cut);
                }
            }
            case STALL_READERS -> {
                var slow = some(run);
                slow.forEach(reader -> reader.stall(true));
                writer.write(1000 + random.nextInt(2000));
                slow.forEach(reader -> reader.stall(false));
            }
            case UNREADABLE_RECORDS -> {
                writer.write(Collections.nCopies(random.nextInt(50), Kind.UNREADABLE));
                writer.write(List.of(Kind.UPSERT, Kind.DELETE, Kind.UNREADABLE, Kind.UPSERT));
            }
            case RETENTION_PASSES -> {
                var away = some(run);
                away.forEach(reader -> reader.away(true));
                writer.write(300);
                var from = new HashMap<Integer, Long>();
                run.history.ends().forEach((partition, end) -> from.put(partition,
                        end - random.nextInt(30)));
                run.awaitLive(away, SOON);
                run.retain(from);
                away.forEach(reader -> reader.away(false));
            }
            case RECREATE_TOPIC -> {
                run.recreate(PARTITIONS);
                writer.write(random.nextInt(600));
            }
        }
    }

    private List<Reader> some(Run run) {
        return run.readers().stream().filter(ignored -> random.nextInt(3) == 0).toList();
    }
}
