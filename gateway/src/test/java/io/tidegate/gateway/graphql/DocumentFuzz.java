package io.tidegate.gateway.graphql;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import graphql.parser.InvalidSyntaxException;
import graphql.parser.Parser;
import java.nio.charset.StandardCharsets;

class DocumentFuzz {
    private static final DocumentGuard GUARD = new DocumentGuard(GraphQlLimits.DEFAULT);

    /** A number of this many digits costs the parser more than all of the rest. */
    private static final String MANY_DIGITS = "(?s).*\\d{2000}.*";

    @FuzzTest(maxDuration = "2m")
    void any_text_is_refused_or_can_be_parsed_at_little_cost(byte[] bytes) {
        var text = new String(bytes, StandardCharsets.UTF_8);
        if (GUARD.text(text).isPresent()) {
            return;
        }
        try {
            assertThat(GUARD.document(new Parser().parseDocument(text))).isNotNull();
        } catch (InvalidSyntaxException e) {
            assertThat(text.contains("\"") || text.contains("#") || !text.matches(MANY_DIGITS))
                    .isTrue();
        }
    }
}
