package io.tidegate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class AcceptTest {
    private static final List<String> OFFERS = List.of("application/json", "application/ld+json");

    @Test
    void weight_counts_and_place_does_not() {
        assertThat(Accept.best("application/json;q=0.5, application/ld+json", OFFERS))
                .isEqualTo("application/ld+json");
    }

    @Test
    void the_closest_range_gives_the_weight() {
        assertThat(Accept.best("*/*, application/json;q=0.1, application/*;q=0.7", OFFERS))
                .isEqualTo("application/ld+json");
    }

    @Test
    void the_first_offer_stands_where_there_is_no_preference() {
        assertThat(Accept.best(null, OFFERS)).isEqualTo("application/json");
        assertThat(Accept.best("*/*", OFFERS)).isEqualTo("application/json");
        assertThat(Accept.best("image/png", OFFERS)).isEqualTo("application/json");
        assertThat(Accept.best(";;q=x,,", OFFERS)).isEqualTo("application/json");
    }

    @Test
    void the_name_of_a_weight_may_be_written_large() {
        assertThat(Accept.liked("application/json;Q=0, application/ld+json; Q=0.5", OFFERS))
                .contains("application/ld+json");
        assertThat(Accept.liked("application/json;Q=0", OFFERS)).isEmpty();
    }
}
