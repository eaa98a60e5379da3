package io.tidegate.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.contract.DataProduct.Mask;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class MaskerTest {
    private static final byte[] KEY = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final Type TEXT = Type.Scalar.of(ScalarKind.STRING);
    private final Masker masker = new Masker(KEY);

    @ParameterizedTest
    @CsvSource({"anna.berg@example.com,***@example.com", "4111111111111111,***1111", "abcd,***",
            "abcde,***bcde", "grüße😀,***üße😀", "'',***", "a@b,***", "@example.com,***.com",
            "x@,***",
            "two words@example.com,***.com"})
    void partial_shows_the_domain_or_the_last_four(String text, String shown) {
        assertThat(masker.apply(Mask.PARTIAL, TEXT, text))
                .isEqualTo(shown);
    }

    @Test
    void hash_is_a_keyed_hmac_of_16_bytes() throws Exception {
        var mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(KEY, "HmacSHA256"));
        var expected = Base64.getUrlEncoder().withoutPadding()
                .encodeToString(Arrays.copyOf(mac.doFinal("anna".getBytes(StandardCharsets.UTF_8)),
                        16));

        assertThat(masker.apply(Mask.HASH, TEXT, "anna")).isEqualTo(expected)
                .isEqualTo(masker.apply(Mask.HASH, TEXT, "anna"))
                .isNotEqualTo(masker.apply(Mask.HASH, TEXT, "berg"))
                .isNotEqualTo(new Masker("another-key-of-16".getBytes(StandardCharsets.US_ASCII))
                        .apply(Mask.HASH, TEXT, "anna"));
    }

    @Test
    void hash_wants_a_key_of_16_bytes() {
        assertThatThrownBy(() -> new Masker(new byte[15]))
                .hasMessage("the key of the hash mask has 15 bytes; expected at least 16");
    }

    @Test
    void year_keeps_the_type() {
        assertThat(masker.apply(Mask.YEAR, Type.Scalar.of(ScalarKind.DATE),
                LocalDate.parse("1984-05-06"))).isEqualTo(LocalDate.parse("1984-01-01"));
        assertThat(masker.apply(Mask.YEAR, Type.Scalar.of(ScalarKind.TIMESTAMP),
                Instant.parse("1984-12-31T23:59:59Z")))
                .isEqualTo(Instant.parse("1984-01-01T00:00:00Z"));
        assertThat(masker.apply(Mask.YEAR, Type.Scalar.of(ScalarKind.LOCAL_TIMESTAMP),
                LocalDateTime.parse("1984-12-31T23:59:59")))
                .isEqualTo(LocalDateTime.parse("1984-01-01T00:00:00"));
    }

    @Test
    void redact_is_stars_for_text_and_null_for_the_rest() {
        assertThat(masker.apply(Mask.REDACT, TEXT, "anna")).isEqualTo("***");
        assertThat(masker.apply(Mask.REDACT, Type.Scalar.of(ScalarKind.INT32), 7)).isNull();
        assertThat(masker.apply(Mask.REDACT, new Type.EnumOf("e", "", List.of("A"), false), "A"))
                .isNull();
        assertThat(masker.apply(Mask.REDACT, new Type.ListOf(TEXT, false), List.of("anna")))
                .isNull();
        assertThat(masker.apply(Mask.REDACT, new Type.Json(), Map.of("a", 1))).isNull();
    }

    @Test
    void elements_of_lists_and_maps_are_masked_one_by_one() {
        assertThat(masker.apply(Mask.PARTIAL, new Type.ListOf(TEXT, true),
                Arrays.asList("a@example.com", null))).isEqualTo(
                        Arrays.asList("***@example.com", null));
        assertThat(masker.apply(Mask.PARTIAL, new Type.MapOf(TEXT, false),
                Map.of("k", "12345678"))).isEqualTo(Map.of("k", "***5678"));
    }

    @ParameterizedTest
    @EnumSource(Mask.class)
    void an_absent_value_stays_absent(Mask mask) {
        assertThat(masker.apply(mask, TEXT, null)).isNull();
    }

    @ParameterizedTest
    @EnumSource(Mask.class)
    void a_value_never_comes_through_a_mask_that_does_not_fit(Mask mask) {
        assertThat(masker.apply(mask, Type.Scalar.of(ScalarKind.INT64), 4711L)).isNull();
        assertThat(masker.apply(mask, Type.Scalar.of(ScalarKind.STRING), "secret-value-1"))
                .isNotEqualTo("secret-value-1");
        assertThat(masker.apply(mask, TEXT, 4711L)).isNotEqualTo(4711L);
    }
}
