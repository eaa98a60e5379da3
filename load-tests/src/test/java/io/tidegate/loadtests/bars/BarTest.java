package io.tidegate.loadtests.bars;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.loadtests.bars.Bar.Limit;
import java.util.List;
import org.junit.jupiter.api.Test;

class BarTest {
    private static Bar bar(Limit limit, double promised, Double... rounds) {
        return new Bar(1, "a / b", "x", limit, promised, List.of(rounds), List.of());
    }

    @Test
    void the_median_of_the_rounds_decides() {
        assertThat(bar(Limit.AT_MOST, 1.5, 1.2, 9.0, 1.4).measured()).isEqualTo(1.4);
        assertThat(bar(Limit.AT_MOST, 1.5, 1.2, 9.0, 1.4).verdict()).isEqualTo("met");
        assertThat(bar(Limit.AT_MOST, 1.5, 1.5, 2.0).measured()).isEqualTo(1.75);
        assertThat(bar(Limit.AT_MOST, 1.5, 1.5, 2.0).verdict()).isEqualTo("missed");
        assertThat(bar(Limit.AT_LEAST, 12, 13.0, 11.0, 12.0).verdict()).isEqualTo("met");
        assertThat(bar(Limit.AT_LEAST, 12, 11.9).verdict()).isEqualTo("missed");
    }

    @Test
    void what_is_not_sound_or_was_not_measured_is_neither_met_nor_missed() {
        assertThat(bar(Limit.AT_MOST, 1.5).verdict()).isEqualTo("not sound");
        assertThat(new Bar(1, "a / b", "x", Limit.AT_MOST, 1.5, List.of(1.0), List.of("gaps 1"))
                .verdict()).isEqualTo("not sound");
        assertThat(bar(Limit.AT_MOST, 1.5, Double.NaN).verdict()).isEqualTo("not sound");
    }

    @Test
    void figures_have_as_many_digits_as_they_deserve() {
        assertThat(Bar.figure(0.456)).isEqualTo("0.46");
        assertThat(Bar.figure(12.34)).isEqualTo("12.3");
        assertThat(Bar.figure(300_000)).isEqualTo("300,000");
        assertThat(Bar.figure(Double.NaN)).isEqualTo("-");
        assertThat(bar(Limit.AT_LEAST, 300_000).promise()).isEqualTo(">= 300,000 x");
    }
}
