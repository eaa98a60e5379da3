package io.tidegate.gateway.position;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.ProductId;
import io.tidegate.gateway.feed.KafkaCluster;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.sandbox.SandboxBroker;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Kept positions over a real broker. */
@Timeout(60)
class PositionsIT {
    private static final PositionKey KEY = PositionKey.of("https://issuer", "acme",
            new ProductId("shop", "orders", 1), "loader");
    /** More than may wait at a time. */
    private static final int CROWD = 20_000;

    @TempDir
    private Path folder;

    @Test
    void a_crowd_that_waits_at_the_start_keeps_nobody_from_being_told_that_a_name_is_taken()
            throws Exception {
        try (var broker = SandboxBroker.start(folder, 0);
                var cluster = new KafkaCluster("test",
                        Map.of("bootstrap.servers", broker.bootstrapServers()));
                var positions = new Positions(cluster, new Positions.Settings("kept.positions",
                        Duration.ofDays(30), 20, 1L << 20), Clock.systemUTC())) {
            for (int i = 0; i < CROWD; i++) {
                var unused = positions.find(KEY);
            }
            positions.start();
            var replaced = new CountDownLatch(1);
            hold(positions, replaced);
            hold(positions, new CountDownLatch(1));

            assertThat(replaced.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }

    /** Tried again as clients do. */
    private static void hold(Positions positions, CountDownLatch replaced) throws Exception {
        long began = System.nanoTime();
        while (true) {
            try {
                var unused = positions.hold(KEY, replaced::countDown).get(10, TimeUnit.SECONDS);
                return;
            } catch (ExecutionException e) {
                assertThat(e).hasCauseInstanceOf(Refusal.Thrown.class);
                assertThat(System.nanoTime() - began).isLessThan(TimeUnit.SECONDS.toNanos(20));
            }
        }
    }
}
