package io.tidegate.loadtests.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PullSettingsTest {

    @Test
    void asks_everything_of_a_million_rows_unless_told_otherwise() {
        var settings = PullSettings.of(new String[]{});
        assertThat(settings.only()).containsExactly(Point.values());
        assertThat(settings.rows()).isEqualTo(1_000_000);
        assertThat(settings.connections()).isEqualTo(16);
        assertThat(settings.hasBaseline()).isTrue();
    }

    @Test
    void points_come_in_their_own_order() {
        var settings = PullSettings
                .of(new String[]{"--only", "mixed, key", "--rows", "20000", "--no-baseline"});
        assertThat(settings.only()).containsExactly(Point.KEY, Point.MIXED);
        assertThat(settings.rows()).isEqualTo(20_000);
        assertThat(settings.hasBaseline()).isFalse();
    }

    @Test
    void says_what_was_expected() {
        assertThatThrownBy(() -> PullSettings.of(new String[]{"--only", "keys"}))
                .hasMessageContaining("'keys'").hasMessageContaining("key, page");
        assertThatThrownBy(() -> PullSettings.of(new String[]{"--rows", "5"}))
                .hasMessageContaining("from 20000").hasMessageContaining("'5'");
        assertThatThrownBy(() -> PullSettings.of(new String[]{"--rows"}))
                .hasMessageContaining("--rows needs a value");
        assertThatThrownBy(() -> PullSettings.of(new String[]{"--row", "5"}))
                .hasMessageContaining("'--row'");
    }
}
