package io.tidegate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DrainTest {
    private final Drain drain = new Drain(Duration.ofSeconds(5), Duration.ofSeconds(10));

    @Test
    void gives_every_client_a_random_place_in_its_own_share_of_the_window() {
        var offsets = drain.offsetsMillis(2000, new SplittableRandom(7));

        assertThat(offsets).hasSize(2000).isSorted();
        for (int i = 0; i < offsets.length; i++) {
            assertThat(offsets[i]).isBetween(i * 5L, (i + 1) * 5L);
        }
        assertThat(drain.offsetsMillis(2000, new SplittableRandom(8))).isNotEqualTo(offsets);
    }

    @Test
    void no_second_sees_much_more_than_its_share_however_few_or_many_there_are() {
        for (int clients : new int[]{10, 137, 2000, 50_000}) {
            var perSecond = new int[10];
            for (long offset : drain.offsetsMillis(clients, new SplittableRandom(clients))) {
                perSecond[(int) (offset / 1000)]++;
            }
            assertThat(java.util.Arrays.stream(perSecond).boxed().toList()).allSatisfy(
                    count -> assertThat(count).isLessThanOrEqualTo(clients / 10 * 3 / 2 + 1));
        }
    }

    @Test
    void without_a_window_everybody_is_told_at_once() {
        assertThat(Drain.AT_ONCE.offsetsMillis(3, new SplittableRandom(1)))
                .containsExactly(0, 0, 0);
        assertThat(drain.offsetsMillis(0, new SplittableRandom(1))).isEmpty();
    }
}
