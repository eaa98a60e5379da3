package io.tidegate.gateway.feed;

import static io.tidegate.gateway.feed.CursorOrder.AHEAD;
import static io.tidegate.gateway.feed.CursorOrder.BEHIND;
import static io.tidegate.gateway.feed.CursorOrder.OTHER_PRODUCT;
import static io.tidegate.gateway.feed.CursorOrder.SAME;
import static io.tidegate.gateway.feed.CursorOrder.UNREADABLE;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.ProductId;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CursorOrderTest {
    private static final ProductId PRODUCT = new ProductId("sales", "orders", 1);
    private final Cursors cursors = new Cursors("0123456789abcdef".getBytes());

    private static Layout layout(String topicId, int partitions) {
        return new Layout(IntStream.range(0, partitions)
                .mapToObj(i -> new Layout.Slot("orders", topicId, i)).toList());
    }

    private String cursor(String topicId, int epoch, long... next) {
        var epochs = new int[next.length];
        Arrays.fill(epochs, epoch);
        return cursors.write(PRODUCT, layout(topicId, next.length), next, epochs);
    }

    private CursorOrder order(Layout now, String kept, String given) {
        return CursorOrder.of(cursors, PRODUCT, now, kept, given);
    }

    @Test
    void a_cursor_is_ahead_if_it_has_seen_all_of_the_other_and_more() {
        var now = layout("a", 2);
        var kept = cursor("a", 1, 10, 20);
        assertThat(order(now, kept, kept)).isEqualTo(SAME);
        assertThat(order(now, kept, cursor("a", 1, 11, 20))).isEqualTo(AHEAD);
        assertThat(order(now, kept, cursor("a", 1, 9, 20))).isEqualTo(BEHIND);
        assertThat(order(now, kept, cursor("a", 1, 99, 19))).isEqualTo(BEHIND);
    }

    @Test
    void what_is_not_ours_or_not_of_this_product_is_neither() {
        var now = layout("a", 1);
        var kept = cursor("a", 1, 10);
        var foreign = new Cursors("fedcba9876543210".getBytes()).write(PRODUCT, now,
                new long[]{11}, new int[]{1});
        var other = cursors.write(new ProductId("sales", "orders", 2), now, new long[]{11},
                new int[]{1});
        assertThat(order(now, kept, "nonsense")).isEqualTo(UNREADABLE);
        assertThat(order(now, kept, "")).isEqualTo(UNREADABLE);
        assertThat(order(now, kept, foreign)).isEqualTo(UNREADABLE);
        assertThat(order(now, kept, other)).isEqualTo(OTHER_PRODUCT);
        // One that was kept under another secret holds nobody up.
        assertThat(order(now, foreign, kept)).isEqualTo(AHEAD);
        assertThat(order(now, "", kept)).isEqualTo(AHEAD);
    }

    @Test
    void a_topic_that_was_made_again_is_ahead_of_the_one_before() {
        var now = layout("new", 1);
        assertThat(order(now, cursor("old", 1, 500), cursor("new", 0, 3))).isEqualTo(AHEAD);
        assertThat(order(now, cursor("new", 0, 3), cursor("old", 1, 500))).isEqualTo(BEHIND);
        assertThat(order(now, cursor("old", 1, 500), cursor("old", 1, 501))).isEqualTo(AHEAD);
    }

    @Test
    void a_partition_that_was_added_is_more_to_have_seen() {
        var now = layout("a", 2);
        assertThat(order(now, cursor("a", 1, 10), cursor("a", 1, 10, 0))).isEqualTo(AHEAD);
        assertThat(order(now, cursor("a", 1, 10, 0), cursor("a", 1, 11))).isEqualTo(BEHIND);
    }

    @Test
    void after_records_were_withdrawn_the_later_leader_counts() {
        var now = layout("a", 1);
        assertThat(order(now, cursor("a", 4, 100), cursor("a", 5, 81))).isEqualTo(AHEAD);
        assertThat(order(now, cursor("a", 5, 100), cursor("a", 5, 81))).isEqualTo(BEHIND);
        assertThat(order(now, cursor("a", -1, 100), cursor("a", 5, 81))).isEqualTo(BEHIND);
    }
}
