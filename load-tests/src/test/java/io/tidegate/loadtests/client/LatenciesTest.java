package io.tidegate.loadtests.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LatenciesTest {
    @Test
    void small_times_are_kept_exactly() {
        var latencies = new Latencies();
        for (int i = 1; i <= 50; i++) {
            latencies.add(i);
        }
        assertThat(latencies.percentile(0.5)).isEqualTo(25);
        assertThat(latencies.percentile(0.99)).isEqualTo(50);
        assertThat(latencies.percentile(0.01)).isEqualTo(1);
    }

    @Test
    void a_percentile_of_long_times_is_never_below_and_at_most_two_percent_above() {
        for (long exact = 64; exact < 1L << 40; exact = exact * 3 / 2 + 1) {
            var latencies = new Latencies();
            latencies.add(exact);
            latencies.add(exact * 4);
            assertThat(latencies.percentile(0.5)).isBetween(exact, (long) (exact * 1.02));
        }
    }

    @Test
    void one_slow_event_of_a_thousand_shows_in_the_last_percentile_only() {
        var latencies = new Latencies();
        for (int i = 0; i < 999; i++) {
            latencies.add(10);
        }
        latencies.add(1_000_000);
        assertThat(latencies.percentile(0.99)).isEqualTo(10);
        assertThat(latencies.percentile(0.999)).isEqualTo(10);
        assertThat(latencies.percentile(1)).isEqualTo(1_000_000);
    }

    @Test
    void what_clocks_make_negative_counts_as_zero_and_an_absurd_time_does_not_fail() {
        var latencies = new Latencies();
        latencies.add(-5);
        assertThat(latencies.percentile(0.99)).isZero();
        latencies.add(Long.MAX_VALUE);
        assertThat(latencies.count()).isEqualTo(2);
    }

    @Test
    void without_events_every_percentile_is_zero() {
        var latencies = new Latencies();
        latencies.add(7);
        latencies.clear();
        assertThat(latencies.percentile(0.5)).isZero();
        assertThat(latencies.count()).isZero();
    }
}
