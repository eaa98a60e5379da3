package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RhythmTest {
    private final Rhythm rhythm = new Rhythm(
            new Pace(Duration.ofMillis(100), Duration.ofMillis(1_000), 4));

    @Test
    void the_first_change_after_a_silence_waits_little() {
        assertThat(rhythm.due(millis(5))).isEqualTo(millis(105));

        rhythm.applied(millis(105), millis(205));

        assertThat(rhythm.due(millis(9_000))).isEqualTo(millis(9_100));
    }

    @Test
    void a_batch_is_followed_by_a_rest_of_a_multiple_of_its_time() {
        rhythm.applied(millis(0), millis(60));

        assertThat(rhythm.due(millis(30))).isEqualTo(millis(60 + 240));
    }

    @Test
    void no_change_waits_longer_than_the_most() {
        rhythm.applied(millis(0), millis(5_000));

        assertThat(rhythm.due(millis(5_000))).isEqualTo(millis(6_000));
    }

    @Test
    void a_clock_that_wraps_around_does_no_harm() {
        long end = Long.MAX_VALUE;
        rhythm.applied(end - millis(10), end);

        assertThat(rhythm.due(end)).isEqualTo(end + millis(100));
    }

    private static long millis(long millis) {
        return TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
