package io.tidegate.gateway.quality;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.feed.TestProducts;
import io.tidegate.gateway.quality.Quality.Finding;
import io.tidegate.schema.Misfit;
import io.tidegate.schema.Row;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class QualityTest {
    private static final Instant NOON = Instant.parse("2030-01-01T12:00:00Z");

    private static Row row(String id, Long n) {
        return new Row(TestProducts.COUNT, new Object[]{id, n});
    }

    @Test
    void an_event_that_breaks_a_rule_is_flawed_and_named() {
        var quality = new Quality(TestProducts.ruled("event.n >= 0", "event.id != ''"));

        assertThat(quality.event(row("a", 1L), true, NOON)).isEmpty();
        assertThat(quality.event(row("a", -1L), true, NOON)).containsExactly("event.n >= 0");
        assertThat(quality.event(row("", -1L), true, NOON)).hasSize(2);

        var report = quality.report(NOON);
        assertThat(report.events()).isEqualTo(3);
        assertThat(report.flawed()).isEqualTo(2);
        assertThat(report.score()).hasValue(1.0 / 3);
        assertThat(report.findings()).containsExactly(
                new Finding("rule", "event.n >= 0", "event.n >= 0", 2),
                new Finding("rule", "event.id != ''", "event.id != ''", 1));
    }

    @Test
    void a_rule_with_nothing_to_compare_is_broken_unless_it_says_otherwise() {
        var quality = new Quality(
                TestProducts.ruled("event.n >= 0", "!has(event.n) || event.n >= 0"));

        assertThat(quality.event(row("a", null), true, NOON)).containsExactly("event.n >= 0");
    }

    @Test
    void misfits_and_records_that_cannot_be_read_are_flaws_too() {
        var quality = new Quality(TestProducts.ruled());
        quality.misfits(List.of(new Misfit("n", "a whole number")));
        quality.event(row("a", null), false, NOON);
        quality.lost("bad_record", NOON);
        quality.deleted(NOON);

        var report = quality.report(NOON);
        assertThat(report.events()).isEqualTo(3);
        assertThat(report.flawed()).isEqualTo(2);
        assertThat(report.findings()).extracting(Finding::kind, Finding::name)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("value", "n"),
                        org.assertj.core.groups.Tuple.tuple("record", "bad_record"));
    }

    @Test
    void the_score_is_of_the_last_hour() {
        var quality = new Quality(TestProducts.ruled("event.n >= 0"));
        quality.event(row("a", -1L), true, NOON);
        quality.event(row("a", 1L), true, NOON.plus(Duration.ofMinutes(30)));

        assertThat(quality.report(NOON.plus(Duration.ofMinutes(59))).score()).hasValue(0.5);
        assertThat(quality.report(NOON.plus(Duration.ofMinutes(60))).score()).hasValue(1);
        assertThat(quality.report(NOON.plus(Duration.ofMinutes(90))).score()).isEmpty();
    }

    @Test
    void findings_are_bounded_whatever_a_payload_says() {
        var quality = new Quality(TestProducts.ruled());
        for (int i = 0; i < 1_000; i++) {
            quality.misfits(List.of(new Misfit("n" + i, "a whole number")));
        }

        var findings = quality.report(NOON).findings();
        assertThat(findings).hasSize(201);
        assertThat(findings.getLast().count()).isEqualTo(800);
    }

    @Test
    void a_rule_that_cannot_be_checked_is_reported_at_its_place() {
        assertThat(Quality.check(TestProducts.ruled("event.m >= 0", "event.n >= 0")))
                .singleElement().satisfies(problem -> {
                    assertThat(problem.place().toString()).isEqualTo("test.yaml:9:9");
                    assertThat(problem.message()).contains("event.m >= 0").contains("'m'");
                });
    }
}
