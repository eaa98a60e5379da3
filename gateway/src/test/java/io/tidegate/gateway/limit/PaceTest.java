package io.tidegate.gateway.limit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PaceTest {
    private static final long SECOND = 1_000_000_000L;
    /** Nano times may be negative and wrap. */
    private static final long START = Long.MAX_VALUE - 5 * SECOND;

    @Test
    void lets_one_seconds_worth_go_at_once_and_then_the_rate() {
        var pace = new Pace(Rate.perSecond(50), Rate.parse("1MiB/s"), START);

        assertThat(pace.allowed(START)).isEqualTo(50);
        pace.sent(50, 5000, START);
        assertThat(pace.allowed(START)).isZero();
        assertThat(pace.waitNanos(START)).isBetween(SECOND / 50, SECOND / 50 + 2);
        assertThat(pace.allowed(START + SECOND / 2)).isEqualTo(25);
        assertThat(pace.allowed(START + 100 * SECOND)).isEqualTo(50);
    }

    @Test
    void a_message_larger_than_the_quota_passes_and_later_ones_wait_for_it() {
        var pace = new Pace(Rate.perSecond(50), Rate.perSecond(1000), START);

        assertThat(pace.allowedBytes(START)).isEqualTo(1000);
        pace.sent(1, 5000, START);

        assertThat(pace.waitNanos(START)).isBetween(4 * SECOND, 4 * SECOND + 2_000_000);
        long told = START + pace.waitNanos(START);
        assertThat(pace.allowed(START + 3 * SECOND)).isZero();
        assertThat(pace.allowedBytes(START + 3 * SECOND)).isZero();
        assertThat(pace.allowed(told)).isPositive();
    }

    @Test
    void whoever_waits_as_told_gets_the_rate_and_no_more() {
        var pace = new Pace(Rate.perSecond(20), Rate.perSecond(1 << 20), START);
        long now = START;
        int sent = 0;
        while (now - START < 10 * SECOND) {
            int may = pace.allowed(now);
            pace.sent(may, may * 10L, now);
            sent += may;
            long wait = pace.waitNanos(now);
            assertThat(wait).isPositive();
            now += wait;
        }

        assertThat(sent).isBetween(218, 221);
    }

    @Test
    void a_rate_below_one_a_second_still_lets_one_go() {
        var pace = new Pace(Rate.parse("6/min"), Rate.parse("10/min"), START);

        assertThat(pace.allowed(START)).isEqualTo(1);
        pace.sent(1, 1, START);
        assertThat(pace.allowed(START + 9 * SECOND)).isZero();
        assertThat(pace.allowed(START + 10 * SECOND + 1000)).isEqualTo(1);
    }

    @Test
    void time_that_goes_backwards_changes_nothing() {
        var pace = new Pace(Rate.perSecond(10), Rate.perSecond(1000), START);
        pace.sent(10, 10, START);

        assertThat(pace.allowed(START - SECOND)).isZero();
    }
}
