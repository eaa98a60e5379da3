package io.tidegate.loadtests.bars;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.loadtests.bars.Bar.Limit;
import io.tidegate.loadtests.stand.Load;
import io.tidegate.loadtests.stand.Sample;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BarsReportTest {
    private final Findings findings = new Findings();
    private final Rounds rounds = new Rounds();
    private final BarsReport report = new BarsReport(findings, List.of("2 <cores>"),
            Instant.parse("2026-03-01T12:00:00Z"));

    private static Sample sample(long cpuMicros, long gaps) {
        return new Sample(Load.paced(100), 10, 2, 1000, 10_000, cpuMicros, 80_000, 1, 1500, 9000,
                12_000, 1000, 1000, gaps, 0);
    }

    @BeforeEach
    void measure() {
        for (int round = 0; round < 3; round++) {
            rounds.add("ours", sample(6_000 + 1_000 * round, 0));
            rounds.add("limit", sample(5_000, round == 2 ? 1 : 0));
            findings.sample("paced", "10 at 100/s", "ours", round, rounds.of("ours").get(round));
            findings.sample("paced", "10 at 100/s", "limit", round,
                    rounds.of("limit").get(round));
        }
        findings.bar(new Bar(3, "p99", "ms", Limit.AT_MOST, 5,
                rounds.compare("ours", "limit", (a, b) -> (a.p99() - b.p99()) / 1e3), List.of()));
        findings.bar(new Bar(1, "CPU", "x", Limit.AT_MOST, 1.5, rounds.cpu("ours", "limit"),
                rounds.faults("ours", "limit")));
        findings.figure("idle", "10 idle", "ours", 0, "heap", 9.5, "kB");
    }

    @Test
    void lanes_are_compared_round_by_round() {
        assertThat(rounds.cpu("ours", "limit")).containsExactly(1.2, 1.4, 1.6);
        assertThat(rounds.cpu("ours", "nobody")).isEmpty();
        assertThat(rounds.faults("ours")).isEmpty();
        assertThat(rounds.faults("ours", "limit"))
                .containsExactly("limit: gaps 1, closed 0, fewest/most 1000/1000");
    }

    @Test
    void the_table_is_in_the_order_of_the_promises_and_says_why_a_figure_does_not_count() {
        var table = report.table();
        assertThat(table.indexOf("CPU")).isLessThan(table.indexOf("p99"));
        assertThat(table).contains("1.40").contains("not sound").contains("limit: gaps 1")
                .contains("met");
    }

    @Test
    void csv_has_a_line_a_promise_and_a_line_a_reading_under_as_many_heads() {
        assertThat(report.csv().lines()).hasSize(3)
                .allSatisfy(line -> assertThat(line.split(",", -1)).hasSize(9));
        assertThat(report.readingsCsv().lines()).hasSize(7)
                .allSatisfy(line -> assertThat(line.split(",", -1)).hasSize(25));
    }

    @Test
    void json_keeps_every_round_and_everything_counted() {
        var json = report.json();
        assertThat(json.get("bars").get(0).get("rounds")).hasSize(3);
        assertThat(json.get("bars").get(0).get("verdict").asText()).isEqualTo("not sound");
        assertThat(json.get("readings").get(0).get("cpuMicros").asLong()).isEqualTo(6000);
        assertThat(json.get("figures").get(0).get("value").asDouble()).isEqualTo(9.5);
    }

    @Test
    void html_stands_alone_and_escapes_what_it_shows() {
        assertThat(report.html()).contains("<svg").contains("2 &lt;cores>")
                .doesNotContain("<cores>").doesNotContain("http://").doesNotContain("src=")
                .doesNotContain("NaN");
    }
}
