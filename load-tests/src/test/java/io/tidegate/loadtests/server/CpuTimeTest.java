package io.tidegate.loadtests.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CpuTimeTest {
    @Test
    void cpu_time_is_found_behind_a_name_with_spaces_and_brackets() {
        assertThat(CpuTime.ticks("71 (a (b) c) S 1 71 71 0 -1 4194304 9 0 0 0 120 34 0 0 20 0 5"))
                .isEqualTo(154);
    }

    @Test
    void the_exact_count_of_the_threads_is_taken_where_it_agrees() {
        var before = new CpuTime(1_000_000, 900_000);
        assertThat(new CpuTime(1_100_000, 1_004_321).since(before)).isEqualTo(104_321);
    }

    @Test
    void the_count_of_the_process_is_taken_when_threads_have_ended() {
        var before = new CpuTime(1_000_000, 900_000);
        assertThat(new CpuTime(1_100_000, 850_000).since(before)).isEqualTo(100_000);
    }
}
