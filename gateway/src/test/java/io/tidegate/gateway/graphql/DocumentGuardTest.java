package io.tidegate.gateway.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import graphql.parser.Parser;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(5)
class DocumentGuardTest {
    private static final GraphQlLimits WIDE = new GraphQlLimits(10_000_000, 12, 30, 1000,
            50_000, Duration.ofSeconds(2), 0);
    private final DocumentGuard guard = new DocumentGuard(GraphQlLimits.DEFAULT);
    private final DocumentGuard wide = new DocumentGuard(WIDE);

    private static void refused(Optional<Refusal> refusal) {
        assertThat(refusal).hasValueSatisfying(
                r -> assertThat(r.code()).isEqualTo(RefusalCode.QUERY_TOO_COMPLEX));
    }

    private Optional<Refusal> document(String text) {
        return guard.document(new Parser().parseDocument(text));
    }

    @Test
    void refuses_a_number_of_600000_digits_wherever_it_stands() {
        var digits = "1".repeat(600_000);
        refused(wide.text("{a(n:" + digits + ")}"));
        refused(wide.text("{a(n:-0." + digits + ")}"));
        refused(wide.text("{a(s:\"x\",n:" + digits + ")}"));
        refused(wide
                .text("{a(s:\"\"\"x \\\\\"\"\",n:1)b(s:\"\"\"\\\"\"\"\"\"\",n:" + digits + ")}"));
        refused(wide.text("# comment\n{a(n:" + digits + ")}"));
        assertThat(guard.text("{a(n:" + "1".repeat(64) + ")}")).isEmpty();
    }

    @Test
    void a_comment_ends_with_a_carriage_return_as_it_does_for_the_parser() {
        refused(wide.text("#\r{a(n:" + "1".repeat(600_000) + ")}"));
        assertThat(wide.text("# " + "1".repeat(600) + "\r\n{a}")).isEmpty();
    }

    @Test
    void an_unterminated_string_hides_nothing() {
        refused(wide.text("{a(s:\"\n n:" + "1".repeat(1000) + ")}"));
        assertThat(wide.text("{a(s:\"")).isEmpty();
        assertThat(wide.text("{a(s:\"\\")).isEmpty();
        assertThat(wide.text("\"\"\"")).isEmpty();
    }

    @Test
    void refuses_long_strings_and_long_documents() {
        refused(wide.text("{a(s:\"" + "x".repeat(9000) + "\")}"));
        refused(wide.text("{a(s:\"\"\"" + "1".repeat(9000) + "\"\"\")}"));
        refused(guard.text(" ".repeat(GraphQlLimits.DEFAULT.documentChars() + 1)));
        assertThat(guard.text("{a(s:\"" + "1".repeat(8000) + "\")}")).isEmpty();
    }

    @Test
    void refuses_depth_aliases_and_fields() {
        assertThat(document("{a".repeat(12) + "}".repeat(12))).isEmpty();
        refused(document("{a".repeat(13) + "}".repeat(13)));
        refused(document("{...f} fragment f on Q " + "{a".repeat(13) + "}".repeat(13)));
        var aliases = new StringBuilder();
        for (int i = 0; i < 31; i++) {
            aliases.append("a").append(i).append(":a ");
        }
        refused(document("{" + aliases + "}"));
        refused(document("{" + "a ".repeat(2001) + "}"));
    }

    @Test
    void refuses_fragments_that_multiply() {
        refused(document(fanOut(25, "a")));
    }

    /** A fragment of a spread that is not defined has no field to count. */
    @Test
    void refuses_fragments_that_multiply_without_a_field() {
        var began = System.nanoTime();

        refused(document(fanOut(25, "...nothing")));

        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(2));
    }

    @Test
    void leaves_circular_fragments_to_validation() {
        assertThat(document("{...f} fragment f on Q {a ...g} fragment g on Q {b ...f}")).isEmpty();
    }

    private static String fanOut(int levels, String leaf) {
        var text = new StringBuilder("{...f0}");
        for (int i = 0; i < levels; i++) {
            text.append(" fragment f").append(i).append(" on Q {...f").append(i + 1)
                    .append(" ... {...f").append(i + 1).append("}}");
        }
        return text.append(" fragment f").append(levels).append(" on Q {").append(leaf).append("}")
                .toString();
    }
}
