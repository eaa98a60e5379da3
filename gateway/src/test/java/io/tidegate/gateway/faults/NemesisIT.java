package io.tidegate.gateway.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.faults.Nemesis.Harm;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Harm in an order that a seed decides. {@code -Dtidegate.seed=7} repeats one; {@code -Pchaos} does many seeds, with three
 * brokers too.
 */
class NemesisIT {
    private static final Logger LOG = LoggerFactory.getLogger(NemesisIT.class);
    /** What does not take long. */
    private static final List<Harm> QUICK = List.of(Harm.CUT_READERS, Harm.STALL_READERS,
            Harm.UNREADABLE_RECORDS, Harm.KILL_GATEWAY, Harm.STOP_GATEWAY);
    private static final int SEEDS = Integer.getInteger("tidegate.seeds", 20);
    private static final int HARMS = Integer.getInteger("tidegate.harms", 12);

    @TempDir
    Path folder;

    @Test
    void nothing_is_lost_repeated_or_unannounced() throws Exception {
        long seed = Long.getLong("tidegate.seed", 1);
        assertThat(new Nemesis(folder, seed).run(1, 5, QUICK)).isPositive();
    }

    @Test
    @Tag("chaos")
    void whatever_befalls_one_broker() throws Exception {
        many(1, List.copyOf(EnumSet.allOf(Harm.class)));
    }

    @Test
    @Tag("chaos")
    void whatever_befalls_three_brokers() throws Exception {
        many(3, List.of(Harm.KILL_BROKER, Harm.STOP_BROKER, Harm.KILL_GATEWAY, Harm.CUT_READERS,
                Harm.STALL_READERS));
    }

    private void many(int brokers, List<Harm> harms) throws Exception {
        var only = Long.getLong("tidegate.seed");
        long first = only == null ? 1 : only;
        long last = only == null ? SEEDS : only;
        for (long seed = first; seed <= last; seed++) {
            long delivered = new Nemesis(folder, seed).run(brokers, HARMS, harms);
            assertThat(delivered).isPositive();
            LOG.info("seed {} with {} brokers and {} harms: {} events, no violation", seed, brokers,
                    HARMS, delivered);
        }
    }
}
