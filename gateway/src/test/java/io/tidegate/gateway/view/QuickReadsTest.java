package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuickReadsTest {
    private final QuickReads reads = new QuickReads();

    private void quick(int times, long at) {
        for (int i = 0; i < times; i++) {
            reads.took(at, at + QuickReads.QUICK_NANOS);
        }
    }

    @Test
    void reads_are_likely_to_be_quick_when_many_in_a_row_were() {
        quick(QuickReads.IN_A_ROW - 1, 0);
        assertThat(reads.areLikely(1)).isFalse();
        quick(1, 0);
        assertThat(reads.areLikely(1)).isTrue();
    }

    @Test
    void a_slow_read_is_made_up_for_and_reads_must_be_quick_again_before_the_next_chance() {
        quick(QuickReads.IN_A_ROW, 0);
        long slow = QuickReads.QUICK_NANOS + 1;
        reads.took(0, slow);
        long end = slow + QuickReads.PAUSE * slow;

        assertThat(reads.areLikely(end)).as("none has been quick since").isFalse();
        quick(QuickReads.IN_A_ROW, end);
        assertThat(reads.areLikely(end - 1)).isFalse();
        assertThat(reads.areLikely(end)).isTrue();
    }

    @Test
    void times_may_be_negative_as_those_of_the_system_may() {
        long now = Long.MIN_VALUE + 5;
        quick(QuickReads.IN_A_ROW, now);
        assertThat(reads.areLikely(now + 1)).isTrue();
        reads.took(now, now + 2 * QuickReads.QUICK_NANOS);
        quick(QuickReads.IN_A_ROW, now);
        assertThat(reads.areLikely(now + 3 * QuickReads.QUICK_NANOS)).isFalse();
    }
}
