package io.tidegate.gateway.feed;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tidegate.contract.ProductId;
import java.util.List;

class CursorFuzz {
    private static final Cursors CURSORS = new Cursors("0123456789abcdef".getBytes());
    private static final ProductId PRODUCT = new ProductId("test", "counts", 1);

    @FuzzTest(maxDuration = "2m")
    void a_cursor_is_what_this_gateway_wrote_and_nothing_else(FuzzedDataProvider data) {
        long next = data.consumeLong(0, Long.MAX_VALUE);
        int epoch = data.consumeInt(-1, Integer.MAX_VALUE);
        var layout = new Layout(List.of(new Layout.Slot("t", "id-1", 0)));
        var written = CURSORS.write(PRODUCT, layout, new long[]{next}, new int[]{epoch});
        var claim = CURSORS.read(written).orElseThrow();
        assertThat(claim.topics().getFirst().next()).containsExactly(next);
        assertThat(claim.topics().getFirst().epochs()).containsExactly(epoch);

        int at = data.consumeInt(0, written.length() - 1);
        var changed = written.substring(0, at) + data.consumeRemainingAsString();
        // The fuzzer knows texts that were written for other positions: those are cursors too.
        CURSORS.read(changed).ifPresent(read -> {
            var topic = read.topics().getFirst();
            assertThat(CURSORS.write(PRODUCT, layout, topic.next(), topic.epochs()))
                    .isEqualTo(changed);
        });
    }
}
