package io.tidegate.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PayoffTest {
    private final Payoff payoff = new Payoff();

    private static Frames frames(Payoff payoff) {
        var frames = new Frames(new byte[1000], 1, new int[0]);
        frames.mayBeDeflated(payoff);
        return frames;
    }

    @Test
    void the_first_batch_is_tried_and_as_long_as_they_shrink_they_are_deflated() {
        for (int batch = 0; batch < 100; batch++) {
            assertThat(payoff.isNext()).isTrue();
            payoff.tried(1000, 800);
        }
    }

    @Test
    void where_they_hardly_shrink_one_in_many_is_tried_again_until_they_do() {
        payoff.tried(1000, 900);
        assertThat(IntStream.range(0, 3 * Payoff.TRIAL_EVERY).filter(batch -> payoff.isNext()))
                .containsExactly(Payoff.TRIAL_EVERY - 1, 2 * Payoff.TRIAL_EVERY - 1,
                        3 * Payoff.TRIAL_EVERY - 1);
        payoff.tried(1000, 300);
        assertThat(payoff.isNext()).isTrue();
    }

    @Test
    void one_bad_batch_among_good_ones_changes_nothing() {
        payoff.tried(1000, 400);
        payoff.tried(1000, 1000);
        assertThat(payoff.isNext()).isTrue();
    }

    @Test
    void a_batch_is_decided_on_once_whoever_asks() {
        payoff.tried(1000, 900);
        for (int batch = 0; batch < Payoff.TRIAL_EVERY - 1; batch++) {
            var frames = frames(payoff);
            assertThat(frames.isWorthDeflating()).isFalse();
            assertThat(frames.isWorthDeflating()).isFalse();
        }
        var trial = frames(payoff);
        assertThat(trial.isWorthDeflating()).isTrue();
        assertThat(trial.isWorthDeflating()).isTrue();
        trial.deflated(500);
        assertThat(frames(payoff).isWorthDeflating()).isTrue();
    }

    @Test
    void what_is_for_one_client_alone_is_never_deflated() {
        assertThat(new Frames(new byte[1000], 1, new int[0]).isWorthDeflating()).isFalse();
    }
}
