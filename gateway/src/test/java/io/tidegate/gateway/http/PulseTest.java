package io.tidegate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PulseTest {
    private final Pulse pulse = new Pulse(Heartbeat.DEFAULT);
    private final List<Heart> beaten = new ArrayList<>();

    private class Heart extends Pulse.Member {
        @Override
        void beat(long now) {
            beaten.add(this);
        }

        @Override
        void drain() {
            pulse.leave(this);
        }
    }

    @Test
    void beats_for_everybody_once_a_turn_and_never_for_many_at_once() {
        var hearts = IntStream.range(0, 1000).mapToObj(i -> new Heart()).toList();
        hearts.forEach(pulse::join);

        int most = 0;
        for (int tick = 0; tick < Pulse.SLOTS; tick++) {
            int before = beaten.size();
            pulse.tick(tick);
            most = Math.max(most, beaten.size() - before);
        }

        assertThat(beaten).containsExactlyInAnyOrderElementsOf(hearts);
        assertThat(most).isEqualTo(1000 / Pulse.SLOTS);
        assertThat(pulse.tickLength()).isEqualTo(Duration.ofMillis(750));
    }

    @Test
    void forgets_who_has_left_whenever_that_is() {
        var hearts = IntStream.range(0, 100).mapToObj(i -> new Heart()).toList();
        hearts.forEach(pulse::join);
        var leaving = new Heart() {
            @Override
            void beat(long now) {
                hearts.forEach(pulse::leave);
                pulse.leave(this);
            }
        };
        pulse.join(leaving);
        hearts.get(50).drain();
        pulse.leave(new Heart());

        for (int tick = 0; tick < 2 * Pulse.SLOTS; tick++) {
            pulse.tick(tick);
        }

        assertThat(beaten).doesNotContain(hearts.get(50)).doesNotHaveDuplicates();
        assertThat(pulse.members()).isEmpty();
    }

    @Test
    void a_silence_shorter_than_the_beat_cannot_be() {
        assertThatThrownBy(() -> new Heartbeat(Duration.ofSeconds(10), Duration.ofSeconds(9)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Heartbeat(Duration.ZERO, Duration.ofSeconds(9)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
