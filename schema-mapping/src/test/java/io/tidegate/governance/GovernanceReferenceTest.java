package io.tidegate.governance;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.SourceFile;
import io.tidegate.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The reference page says what the reader does, and the reader takes any text. */
class GovernanceReferenceTest {
    private static final Path PAGE = Path.of("../docs/reference/governance.md");
    private static final long SEED = 7;

    @Test
    void every_example_loads_without_a_problem() throws IOException {
        var examples = Pattern.compile("(?s)```yaml governance\n(.*?)```")
                .matcher(Files.readString(PAGE).replace("\r", ""));
        int count = 0;
        while (examples.find()) {
            var governance = Governance.none()
                    .under(new SourceFile("governance.md", examples.group(1)));
            assertThat(governance.problems()).isEmpty();
            count++;
        }
        assertThat(count).isEqualTo(2);
    }

    @Test
    void everything_that_can_be_required_is_on_the_page() throws IOException {
        var page = Files.readString(PAGE);

        assertThat(Requirement.spellings()).allSatisfy(name -> assertThat(page)
                .containsAnyOf("`" + name + "`", "`" + name.replace("sla", "") + "`"));
    }

    @Test
    void whatever_the_text_is_reading_gives_problems_and_no_exception() throws IOException {
        var page = Files.readString(PAGE);
        int from = page.lastIndexOf("```yaml governance\n") + 19;
        var good = page.substring(from, page.indexOf("```", from));
        var random = new Random(SEED);
        int broken = 0;
        for (int round = 0; round < 1_500; round++) {
            var text = new StringBuilder(good);
            for (int i = 0; i < 1 + random.nextInt(3); i++) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.deleteCharAt(at);
                    case 1 -> text.insert(at, "*<>[]{}(,:\n\"\\".charAt(random.nextInt(13)));
                    default -> text.delete(at, Math.min(text.length(), at + random.nextInt(30)));
                }
            }
            var governance = Governance.none()
                    .under(new SourceFile("governance.yaml", text.toString()));

            assertThat(governance.isUsable())
                    .as("seed %d round %d: %s", SEED, round, text)
                    .isEqualTo(governance.problems().stream().noneMatch(Problem::isError));
            broken += governance.isUsable() ? 0 : 1;
        }
        assertThat(broken).isGreaterThan(500);
    }
}
