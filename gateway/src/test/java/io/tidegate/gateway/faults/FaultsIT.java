package io.tidegate.gateway.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.faults.Reader.Over;
import io.tidegate.gateway.faults.Reader.Wish;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One broker that is killed, gateways that are killed, clients on every transport: nothing is lost, nothing comes twice. */
@Timeout(120)
class FaultsIT {
    @TempDir
    Path folder;

    @Test
    void brokers_and_gateways_may_be_killed() throws Exception {
        long seed = Long.getLong("tidegate.seed", 1);
        try (var run = new Run(folder.resolve("run"), Brokers.start(folder.resolve("kafka"), 1),
                true, seed)) {
            run.topic(3, Map.of());
            var writer = run.writer(20);
            writer.write(200);
            var first = run.gateway(256);
            for (var over : Over.values()) {
                run.reader(Wish.of(over, "earliest"));
                run.reader(new Wish(over, "earliest", Set.of("a"), false, "wait"));
            }
            for (var reader : run.readers()) {
                reader.awaitOpen();
            }
            writer.write(300);

            run.readers().forEach(Reader::cut);
            writer.write(300);
            var second = run.gateway(256);
            first.process().kill();
            writer.write(300);

            run.awaitAll(writer.end(3).values(), Duration.ofSeconds(15));
            run.brokers().kill(0);
            run.awaitNotice("upstream-stalled", Duration.ofSeconds(10));
            run.brokers().revive(0);
            writer.write(300);

            run.judge(writer, 3, Duration.ofSeconds(15));
            run.awaitNotice("upstream-resumed", Duration.ofSeconds(5));
            assertThat(second.process().isAlive()).isTrue();
        }
    }
}
