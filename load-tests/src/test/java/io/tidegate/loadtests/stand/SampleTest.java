package io.tidegate.loadtests.stand;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SampleTest {
    private static Sample with(Load load, long fewest, long most, long gaps, int closed) {
        return new Sample(load, 10, 2, 1000, 10_000, 5000, 1_000_000, 1, 1, 1, 1, fewest, most,
                gaps, closed);
    }

    @Test
    void a_server_that_loses_or_starves_is_not_sound() {
        var load = new Load(1000, 16, 0);
        assertThat(with(load, 1000, 1000, 0, 0).isSound()).isTrue();
        assertThat(with(load, 990, 1000, 0, 0).isSound()).isTrue();
        assertThat(with(load, 1000, 1000, 1, 0).isSound()).isFalse();
        assertThat(with(load, 1000, 1000, 0, 1).isSound()).isFalse();
        assertThat(with(load, 0, 1000, 0, 0).isSound()).isFalse();
        assertThat(with(load, 500, 1000, 0, 0).isSound()).isFalse();
        assertThat(with(load, 500, 1000, 0, 0).fault()).isEqualTo(
                "gaps 0, closed 0, fewest/most 500/1000");
    }

    @Test
    void without_a_rate_some_may_be_ahead() {
        assertThat(with(Load.flatOut(), 500, 1000, 0, 0).isSound()).isTrue();
        assertThat(with(Load.flatOut(), 0, 1000, 0, 0).isSound()).isFalse();
    }

    @Test
    void what_a_delivery_costs_is_the_whole_through_the_deliveries() {
        var sample = with(Load.flatOut(), 1000, 1000, 0, 0);
        assertThat(sample.cpuPerDelivery()).isEqualTo(0.5);
        assertThat(sample.cpuPerEvent()).isEqualTo(5);
        assertThat(sample.allocatedPerDelivery()).isEqualTo(100);
        assertThat(sample.deliveriesPerSecond()).isEqualTo(5000);
    }
}
