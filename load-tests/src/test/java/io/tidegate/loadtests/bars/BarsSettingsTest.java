package io.tidegate.loadtests.bars;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class BarsSettingsTest {
    private static BarsSettings of(String... args) {
        return BarsSettings.of(args);
    }

    @Test
    void everything_is_run_unless_something_is_chosen() {
        assertThat(of().wants(new Keys())).isTrue();
        assertThat(of("--only", "keys,7").wants(new Keys())).isTrue();
        assertThat(of("--only", "keys,7").wants(new Idle())).isTrue();
        assertThat(of("--only", "keys,7").wants(new Shapes())).isFalse();
    }

    @Test
    void of_a_scenario_with_two_rows_one_may_be_chosen() {
        assertThat(of("--only", "1").wants(new Broadcast(), 2)).isFalse();
        assertThat(of("--only", "2").wants(new Broadcast(), 2)).isTrue();
        assertThat(of("--only", "broadcast").wants(new Broadcast(), 1)).isTrue();
    }

    @Test
    void numbers_are_scaled_but_never_to_nothing() {
        assertThat(of("--scale", "10").scaled(1000)).isEqualTo(100);
        assertThat(of("--scale", "10").scaled(3)).isEqualTo(1);
    }

    @Test
    void quick_is_one_round_unless_more_are_wanted() {
        assertThat(of("--quick").rounds()).isEqualTo(1);
        assertThat(of("--quick", "--rounds", "2").rounds()).isEqualTo(2);
        assertThat(of().rounds()).isEqualTo(3);
    }

    @Test
    void wrong_settings_are_named() {
        assertThatThrownBy(() -> of("--seconds", "soon")).hasMessageContaining("--seconds")
                .hasMessageContaining("'soon'");
        assertThatThrownBy(() -> of("--fast")).hasMessageContaining("'--fast'");
        assertThatThrownBy(() -> of("--only")).hasMessageContaining("--only needs a value");
    }
}
