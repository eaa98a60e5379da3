package io.tidegate.loadtests.pull;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class PullReportTest {

    private static Reading reading(Point point, String what, String server, int round, long cpu,
            long p99, long errors) {
        return new Reading(point, what, server, round, cpu, 0, 0, Map.of("requests", 1000L,
                "nanos", 1_000_000_000L, "p99", p99, "errors", errors));
    }

    @Test
    void compares_requests_for_each_cpu_second_round_by_round() {
        var report = new PullReport();
        for (int round = 0; round < 3; round++) {
            report.reading(reading(Point.KEY, "", "tidegate", round, 50_000, 1, 0));
            report.reading(reading(Point.KEY, "", "postgraphile", round, 300_000, 1, 0));
        }
        assertThat(report.outcomes()).singleElement().satisfies(outcome -> {
            assertThat(outcome.rounds()).containsExactly(6.0, 6.0, 6.0);
            assertThat(outcome.verdict()).isEqualTo("met");
        });
    }

    @Test
    void whoever_answers_with_errors_does_not_win() {
        var report = new PullReport();
        report.reading(reading(Point.GROUP, "", "tidegate", 0, 50, 1, 3));
        report.reading(reading(Point.GROUP, "", "postgraphile", 0, 300_000, 1, 0));
        assertThat(report.outcomes()).singleElement().satisfies(
                outcome -> assertThat(outcome.verdict()).isEqualTo("not sound"));
    }

    @Test
    void the_mixed_load_is_compared_with_itself() {
        var report = new PullReport();
        report.reading(reading(Point.MIXED, PullReport.QUIET, "tidegate", 0, 1, 2000, 0));
        report.reading(reading(Point.MIXED, PullReport.UPDATED, "tidegate", 0, 1, 4000, 0));
        assertThat(report.outcomes()).singleElement().satisfies(outcome -> {
            assertThat(outcome.median()).isEqualTo(2.0);
            assertThat(outcome.verdict()).isEqualTo("missed");
        });
    }

    @Test
    void a_wrong_answer_makes_its_point_unsound() {
        var report = new PullReport();
        report.fault("key: tidegate answered [] instead of something");
        report.reading(reading(Point.KEY, "", "tidegate", 0, 50, 1, 0));
        report.reading(reading(Point.KEY, "", "postgraphile", 0, 300_000, 1, 0));
        assertThat(report.outcomes()).singleElement().satisfies(
                outcome -> assertThat(outcome.verdict()).isEqualTo("not sound"));
    }
}
