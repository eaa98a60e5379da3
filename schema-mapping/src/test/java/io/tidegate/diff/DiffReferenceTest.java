package io.tidegate.diff;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** The reference page lists the rules as they are; {@code -Ddocs.write=true} writes them into it. */
class DiffReferenceTest {
    private static final Path PAGE = Path.of("../docs/reference/diff.md");
    private static final String BEGIN = "<!-- rules: written by DiffReferenceTest -->\n";
    private static final String END = "<!-- end of rules -->";

    @Test
    void every_rule_is_on_the_page_with_its_meaning() throws IOException {
        var page = Files.readString(PAGE);
        var written = page.substring(0, page.indexOf(BEGIN) + BEGIN.length()) + "\n"
                + DiffReport.rules() + "\n" + page.substring(page.indexOf(END));
        if (Boolean.getBoolean("docs.write")) {
            Files.writeString(PAGE, written);
        }

        assertThat(Files.readString(PAGE)).isEqualTo(written);
    }
}
