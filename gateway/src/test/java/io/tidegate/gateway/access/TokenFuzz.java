package io.tidegate.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidegate.gateway.refusal.Refusal;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

class TokenFuzz {

    @FuzzTest(maxDuration = "2m")
    void any_text_is_a_token_or_is_refused(FuzzedDataProvider data) {
        var url = Base64.getUrlEncoder().withoutPadding();
        var header = data.consumeString(500);
        var text = data.consumeBoolean()
                ? data.consumeRemainingAsString()
                : url.encodeToString(header.getBytes(StandardCharsets.UTF_8)) + "."
                        + url.encodeToString(data.consumeRemainingAsBytes()) + ".c2ln";
        try {
            assertThat(CompactToken.parse(text)).isNotNull();
        } catch (Refusal.Thrown e) {
            assertThat(e.refusal().detail()).isNotBlank().hasSizeLessThan(500);
        }
    }
}
