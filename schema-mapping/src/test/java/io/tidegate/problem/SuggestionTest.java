package io.tidegate.problem;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SuggestionTest {
    @Test
    void finds_the_name_that_was_meant() {
        var known = List.of("owner", "domain", "description", "onBadRecord");

        assertThat(Suggestion.nearest("onwer", known)).contains("owner");
        assertThat(Suggestion.nearest("Domain", known)).contains("domain");
        assertThat(Suggestion.nearest("desciption", known)).contains("description");
        assertThat(Suggestion.nearest("onbadrecords", known)).contains("onBadRecord");
        assertThat(Suggestion.nearest("zebra", known)).isEmpty();
        assertThat(Suggestion.nearest("", known)).isEmpty();
        assertThat(Suggestion.nearest("o".repeat(100_000), known)).isEmpty();
    }

    @Test
    void lists_names_as_a_sentence_does() {
        assertThat(Suggestion.oneOf(List.of("a"))).isEqualTo("a");
        assertThat(Suggestion.oneOf(List.of("a", "b"))).isEqualTo("a or b");
        assertThat(Suggestion.oneOf(List.of("a", "b", "c"))).isEqualTo("a, b or c");
    }
}
