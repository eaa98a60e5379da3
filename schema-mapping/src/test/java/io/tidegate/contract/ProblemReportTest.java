package io.tidegate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProblemReportTest {
    private static final List<Problem> PROBLEMS = List.of(
            Problem.error(new Place("my contracts/a.yaml", 3, 9), "unknown-key",
                    "unknown key 'a\u001bb\n'"),
            Problem.warning(Place.of("b.yaml"), "access", "nobody \"can\" read"));

    @Test
    void text_is_one_line_a_problem() {
        assertThat(ProblemReport.text(PROBLEMS)).isEqualTo("""
                my contracts/a.yaml:3:9: unknown-key: unknown key 'a b '
                b.yaml: access: warning: nobody "can" read
                """);
        assertThat(ProblemReport.text(List.of())).isEmpty();
    }

    @Test
    void json_says_the_same() {
        assertThat(ProblemReport.json(PROBLEMS).replace("\r", "")).isEqualTo("""
                [ {
                  "file" : "my contracts/a.yaml",
                  "line" : 3,
                  "column" : 9,
                  "severity" : "error",
                  "rule" : "unknown-key",
                  "message" : "unknown key 'a\\u001Bb\\n'"
                }, {
                  "file" : "b.yaml",
                  "line" : 0,
                  "column" : 0,
                  "severity" : "warning",
                  "rule" : "access",
                  "message" : "nobody \\"can\\" read"
                } ]
                """);
    }

    @Test
    void json_has_the_second_place_where_there_is_one() {
        var conflict = Problem.error(new Place("a.yaml", 1, 2), "governance-conflict", "x")
                .relatedTo(new Place("b.yaml", 3, 4));

        assertThat(ProblemReport.json(List.of(conflict)).replace("\r", "")).contains("""
                  "related" : {
                    "file" : "b.yaml",
                    "line" : 3,
                    "column" : 4
                  }
                """.stripTrailing());
    }

    @Test
    void sarif_names_rules_regions_and_the_second_place() throws IOException {
        var conflict = Problem.error(new Place("d/governance.yaml", 7, 3), "governance-conflict",
                "laxer (governance.yaml:2:5)").relatedTo(new Place("governance.yaml", 2, 5));
        var log = new ObjectMapper().readTree(
                ProblemReport.sarif(List.of(PROBLEMS.getFirst(), PROBLEMS.getLast(), conflict)));

        assertThat(log.at("/version").asText()).isEqualTo("2.1.0");
        assertThat(log.at("/runs/0/columnKind").asText()).isEqualTo("unicodeCodePoints");
        assertThat(log.at("/runs/0/tool/driver/rules").findValuesAsText("id"))
                .containsExactly("access", "governance-conflict", "unknown-key");
        assertThat(log.at("/runs/0/tool/driver/rules/1")).isEqualTo(new ObjectMapper().readTree(
                """
                        {"id": "governance-conflict",
                         "shortDescription": {"text": "A tier that loosens what a tier above demands."},
                         "help": {"text": "What to do: tighten it, or change the tier above. See docs/reference/rules.md#governance-conflict",
                                  "markdown": "What to do: tighten it, or change the tier above. See `docs/reference/rules.md#governance-conflict`."},
                         "defaultConfiguration": {"level": "error"}}
                        """));
        assertThat(log.at("/runs/0/results/0/ruleIndex").asInt()).isEqualTo(2);
        assertThat(log.at("/runs/0/results/0/locations/0")).isEqualTo(new ObjectMapper()
                .readTree("""
                        {"physicalLocation": {"artifactLocation": {"uri": "my%20contracts/a.yaml"},
                         "region": {"startLine": 3, "startColumn": 9}}}
                        """));
        assertThat(log.at("/runs/0/results/1/level").asText()).isEqualTo("warning");
        assertThat(log.at("/runs/0/results/1/locations/0/physicalLocation/region").isMissingNode())
                .isTrue();
        assertThat(log.at("/runs/0/results/2/relatedLocations/0/physicalLocation"))
                .isEqualTo(new ObjectMapper().readTree("""
                        {"artifactLocation": {"uri": "governance.yaml"},
                         "region": {"startLine": 2, "startColumn": 5}}
                        """));
    }

    @Test
    void a_fingerprint_stays_when_lines_move_and_differs_between_problems() throws IOException {
        var before = fingerprints(List.of(problem(3, "x (g.yaml:1:2)"), problem(5, "x"),
                problem(9, "x")));
        var after = fingerprints(List.of(problem(13, "x (g.yaml:11:2)"), problem(15, "x"),
                problem(19, "x")));

        assertThat(after).isEqualTo(before).doesNotHaveDuplicates().hasSize(3);
    }

    private static Problem problem(int line, String message) {
        return Problem.error(new Place("a.yaml", line, 1), "bad-value", message);
    }

    private static List<String> fingerprints(List<Problem> problems) throws IOException {
        return new ObjectMapper().readTree(ProblemReport.sarif(problems))
                .findValuesAsText("tidegate/v1");
    }
}
