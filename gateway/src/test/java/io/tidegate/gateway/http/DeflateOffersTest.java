package io.tidegate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeflateOffersTest {
    private static final String ANSWER = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    @ParameterizedTest
    @ValueSource(strings = {"permessage-deflate", "permessage-deflate; client_max_window_bits",
            "permessage-deflate;client_max_window_bits=8",
            " permessage-deflate ; client_max_window_bits=\"15\" ",
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
            "x-webkit-deflate-frame, permessage-deflate",
            "permessage-deflate; server_max_window_bits=10, permessage-deflate"})
    void what_can_be_kept_to_is_agreed_on_without_windows_on_either_side(String offers) {
        assertThat(DeflateOffers.answer(List.of(offers))).contains(ANSWER);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",", ";", "deflate-frame", "permessage-bzip2",
            "permessage-deflate; unknown", "permessage-deflate; unknown=1",
            "permessage-deflate;", "permessage-deflate; ; client_max_window_bits",
            "permessage-deflate; client_max_window_bits; client_max_window_bits",
            "permessage-deflate; client_max_window_bits=16",
            "permessage-deflate; client_max_window_bits=7",
            "permessage-deflate; client_max_window_bits=08",
            "permessage-deflate; client_max_window_bits=",
            "permessage-deflate; client_max_window_bits=99999999999999999999",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=8",
            "permessage-deflate; server_max_window_bits=14",
            "permessage-deflate; server_no_context_takeover=true",
            "permessage-deflate; client_no_context_takeover=",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover"})
    void what_cannot_be_kept_to_or_is_malformed_is_declined(String offers) {
        assertThat(DeflateOffers.answer(List.of(offers))).isEmpty();
    }

    @Test
    void the_window_of_the_server_is_named_only_to_who_asks_for_one() {
        assertThat(DeflateOffers
                .answer(List.of("permessage-deflate; server_max_window_bits=15")))
                .contains(ANSWER + "; server_max_window_bits=15");
    }

    @Test
    void offers_may_stand_in_several_headers_and_the_first_good_one_counts() {
        assertThat(DeflateOffers.answer(List.of("permessage-deflate; strange",
                "permessage-deflate; client_max_window_bits"))).contains(ANSWER);
        assertThat(DeflateOffers.answer(List.of())).isEmpty();
    }
}
