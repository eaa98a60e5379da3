package io.tidegate.gateway.predicate;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

class FilterFuzz {
    private static final Map<String, Object> CLAIMS = Map.of("sub", "me", "n", 1L);

    @FuzzTest(maxDuration = "2m")
    void any_text_is_a_predicate_that_can_be_asked_or_is_refused(byte[] bytes) {
        var text = new String(bytes, StandardCharsets.UTF_8);
        Predicate predicate;
        try {
            predicate = CelFilters.compile(text, Samples.PARCEL, Set.of(), CLAIMS,
                    Optional.of(Instant.EPOCH));
        } catch (FilterProblem e) {
            assertThat(e.getMessage()).isNotBlank().hasSizeLessThan(2_000);
            return;
        }
        var matcher = Matcher.compile(predicate);
        var inverse = Matcher.compile(new Predicate.Not(predicate));
        var random = new Random(7);
        for (int i = 0; i < 5; i++) {
            var row = Samples.random(random);
            assertThat(inverse.matches(row)).isNotEqualTo(matcher.matches(row));
        }
    }
}
