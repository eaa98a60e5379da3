package io.tidegate.gateway.refusal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RefusalTest {
    private static final String URL = "https://data.example.com/";

    @Test
    void the_published_list_is_what_the_code_says() throws Exception {
        var file = Path.of("../docs/reference/refusals.md");

        assertThat(Files.readString(file)).isEqualTo(ProblemDocuments.reference());
    }

    @Test
    void writes_a_problem_document_without_the_query_string() {
        var refusal = Refusal.retryAfter(RefusalCode.RATE_LIMITED, "slow down \"please\"",
                Duration.ofMillis(1200));

        assertThat(ProblemDocuments.of(refusal, "/data/a/b/v1?access_token=secret", URL)).isEqualTo(
                "{\"type\":\"https://data.example.com/problems/rate-limited\",\"title\":\"Too many requests\","
                        + "\"status\":429,\"detail\":\"slow down \\\"please\\\"\",\"instance\":\"/data/a/b/v1\","
                        + "\"code\":\"RATE_LIMITED\",\"retryAfter\":2}");
    }

    @Test
    void every_code_has_a_slug_that_leads_back_and_a_page() {
        for (var code : RefusalCode.values()) {
            assertThat(RefusalCode.ofSlug(code.slug())).contains(code);
            assertThat(code.problemPath()).matches("/problems/[a-z0-9-]+");
            assertThat(ProblemDocuments.page(code)).contains("<h1>" + code.title() + "</h1>")
                    .contains(code.name()).doesNotContain("<token>");
        }
        assertThat(RefusalCode.ofSlug("TOKEN_INVALID")).isEmpty();
        assertThat(RefusalCode.ofSlug("nonsense")).isEmpty();
    }

    @Test
    void whoever_should_come_back_gets_a_close_code_that_clients_retry() {
        assertThat(Arrays.stream(RefusalCode.values()).filter(RefusalCode::isTemporary))
                .containsExactly(RefusalCode.RATE_LIMITED, RefusalCode.SUBSCRIPTION_LIMIT,
                        RefusalCode.CONNECTION_LIMIT, RefusalCode.UPSTREAM_UNAVAILABLE,
                        RefusalCode.VIEW_STALE, RefusalCode.DRAINING);
    }

    @Test
    void challenge_names_no_error_when_no_token_was_sent() {
        var missing = Refusal.of(RefusalCode.TOKEN_MISSING, "send a token");

        assertThat(Challenge.of(missing, false, Optional.empty(), URL)).contains(
                "Bearer resource_metadata=\"https://data.example.com/.well-known/oauth-protected-resource\"");
    }

    @Test
    void challenge_says_what_is_wrong_with_a_token_and_cannot_be_broken_out_of() {
        var invalid = Refusal.of(RefusalCode.TOKEN_INVALID, "bad \"x\"\r\nSet-Cookie: a=b\\");

        assertThat(Challenge.of(invalid, true, Optional.empty(), URL)).contains(
                "Bearer resource_metadata=\"https://data.example.com/.well-known/oauth-protected-resource\","
                        + " error=\"invalid_token\", error_description=\"bad 'x'  Set-Cookie: a=b \"");
    }

    @Test
    void challenge_names_the_missing_scope() {
        var forbidden = Refusal.of(RefusalCode.FORBIDDEN, "not permitted");

        assertThat(Challenge.of(forbidden, true, Optional.of("shipments:read"), URL)).contains(
                "Bearer resource_metadata=\"https://data.example.com/.well-known/oauth-protected-resource\","
                        + " error=\"insufficient_scope\", scope=\"shipments:read\"");
        assertThat(Challenge.of(Refusal.of(RefusalCode.ORIGIN_NOT_ALLOWED, "x"), true,
                Optional.empty(), URL)).isEmpty();
        assertThat(Challenge.of(Refusal.of(RefusalCode.NOT_FOUND, "x"), true, Optional.empty(),
                URL)).isEmpty();
    }

    @Test
    void a_close_reason_never_exceeds_123_bytes_nor_splits_a_character() {
        for (var filler : new String[]{"x", "é", "€", "😀", "\ud83d"}) {
            for (int n = 0; n < 140; n++) {
                var reason = CloseReasons.of(Refusal.of(RefusalCode.TOKEN_INVALID,
                        "y".repeat(n % 5) + filler.repeat(n)));

                var bytes = reason.getBytes(StandardCharsets.UTF_8);
                assertThat(bytes.length).isLessThanOrEqualTo(CloseReasons.BYTES_MAX);
                assertThat(new String(bytes, StandardCharsets.UTF_8)).isEqualTo(reason);
            }
        }
        assertThat(CloseReasons.cut("x".repeat(200))).hasSize(123);
    }

    @Test
    void a_cursor_in_a_close_reason_is_whole_or_absent() {
        assertThat(CloseReasons.withCursor(RefusalCode.DRAINING, "abc"))
                .isEqualTo("DRAINING cursor=abc");
        assertThat(CloseReasons.withCursor(RefusalCode.DRAINING, "a".repeat(107))).hasSize(123);
        assertThat(CloseReasons.withCursor(RefusalCode.DRAINING, "a".repeat(108)))
                .isEqualTo("DRAINING");
    }

    @Test
    void graphql_error_carries_code_and_seconds() {
        assertThat(GraphQlErrors.of(Refusal.of(RefusalCode.NOT_FOUND, "no")))
                .isEqualTo(Map.of("message", "no", "extensions", Map.of("code", "NOT_FOUND")));
        assertThat(GraphQlErrors
                .of(Refusal.retryAfter(RefusalCode.VIEW_STALE, "wait", Duration.ZERO)))
                .isEqualTo(Map.of("message", "wait", "extensions",
                        Map.of("code", "VIEW_STALE", "retryAfter", 1L)));
    }

    @Test
    void a_refusal_cannot_send_a_caller_into_the_past() {
        assertThatThrownBy(
                () -> Refusal.retryAfter(RefusalCode.RATE_LIMITED, "x", Duration.ofSeconds(-1)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
