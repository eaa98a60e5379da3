package io.tidegate.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.problem.Place;
import io.tidegate.problem.Problem;
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
    void sarif_names_rules_and_regions() {
        assertThat(ProblemReport.sarif(PROBLEMS).replace("\r", "")).isEqualTo("""
                {
                  "$schema" : "https://json.schemastore.org/sarif-2.1.0.json",
                  "version" : "2.1.0",
                  "runs" : [ {
                    "tool" : {
                      "driver" : {
                        "name" : "tidegate",
                        "rules" : [ {
                          "id" : "access"
                        }, {
                          "id" : "unknown-key"
                        } ]
                      }
                    },
                    "columnKind" : "unicodeCodePoints",
                    "results" : [ {
                      "ruleId" : "unknown-key",
                      "ruleIndex" : 1,
                      "level" : "error",
                      "message" : {
                        "text" : "unknown key 'a\\u001Bb\\n'"
                      },
                      "locations" : [ {
                        "physicalLocation" : {
                          "artifactLocation" : {
                            "uri" : "my%20contracts/a.yaml"
                          },
                          "region" : {
                            "startLine" : 3,
                            "startColumn" : 9
                          }
                        }
                      } ]
                    }, {
                      "ruleId" : "access",
                      "ruleIndex" : 0,
                      "level" : "warning",
                      "message" : {
                        "text" : "nobody \\"can\\" read"
                      },
                      "locations" : [ {
                        "physicalLocation" : {
                          "artifactLocation" : {
                            "uri" : "b.yaml"
                          }
                        }
                      } ]
                    } ]
                  } ]
                }
                """);
    }
}
