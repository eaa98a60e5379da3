package io.tidegate.loadtests.pull;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ProgramTest {

    @Test
    void counts_children_that_have_ended_too() {
        var stat = "42 (post (gres) x) S 1 42 42 0 -1 4194560 1 2 3 4 100 20 3000 400 20 0 1 0 5 6 7";
        assertThat(Program.ticks(stat)).isEqualTo(3520);
    }
}
