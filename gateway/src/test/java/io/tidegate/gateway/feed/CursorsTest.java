package io.tidegate.gateway.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.contract.ProductId;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CursorsTest {
    private static final ProductId PRODUCT = new ProductId("sales", "orders", 1);
    private final Cursors cursors = new Cursors("0123456789abcdef".getBytes());

    private static Layout layout(int... partitionsByTopic) {
        var slots = new ArrayList<Layout.Slot>();
        for (int topic = 0; topic < partitionsByTopic.length; topic++) {
            for (int i = 0; i < partitionsByTopic[topic]; i++) {
                slots.add(new Layout.Slot("t" + topic, "topic-id-" + topic, i));
            }
        }
        return new Layout(slots);
    }

    private static long[] offsets(int count, long value) {
        var all = new long[count];
        java.util.Arrays.fill(all, value);
        return all;
    }

    private static int[] epochs(int count, int value) {
        var all = new int[count];
        java.util.Arrays.fill(all, value);
        return all;
    }

    @Test
    void a_position_that_lacks_partitions_keeps_the_others_in_their_places() {
        var position = new Position(List.of(
                new Position.Slot("t1", "topic-id-1", 3, 8, 4),
                new Position.Slot("t1", "topic-id-1", 1, 5, 2),
                new Position.Slot("t0", "topic-id-0", 1, 7, 3),
                new Position.Slot("t1", "topic-id-of-before", 2, 99, 9)));
        var written = cursors.read(cursors.write(PRODUCT, position)).orElseThrow();

        for (var claim : List.of(written, Cursors.claim(PRODUCT, position))) {
            var first = claim.topics().getFirst();
            assertThat(first.topicId()).isEqualTo(Cursors.stamp("topic-id-1"));
            assertThat(first.next()).containsExactly(0, 5, 0, 8);
            assertThat(first.epochs()).containsExactly(-1, 2, -1, 4);
            assertThat(claim.topics().getLast().next()).containsExactly(0, 7);
        }
    }

    @Test
    void a_place_within_an_answer_is_sealed() {
        var place = Base64.getUrlEncoder().withoutPadding()
                .encodeToString("[\"k0+\",\"ann@example.com\"]".getBytes());

        var sealed = cursors.seal(PRODUCT, place);

        assertThat(new String(Base64.getUrlDecoder().decode(sealed))).doesNotContain("ann");
        assertThat(cursors.unseal(PRODUCT, sealed)).contains(place);
        assertThat(cursors.seal(PRODUCT, place)).as("equal places look equal").isEqualTo(sealed);
        assertThat(new Cursors("another secret 0".getBytes()).unseal(PRODUCT, sealed)).isEmpty();
        assertThat(cursors.unseal(PRODUCT, place)).as("never sealed").isEmpty();
        assertThat(cursors.unseal(new ProductId("crm", "people", 1), sealed))
                .as("of another product").isEmpty();
    }

    @Test
    void a_changed_place_is_known() {
        var sealed = cursors.seal(PRODUCT, "abcdefgh");
        for (int i = 0; i < sealed.length() - 1; i++) {
            char other = sealed.charAt(i) == 'A' ? 'B' : 'A';
            assertThat(cursors.unseal(PRODUCT,
                    sealed.substring(0, i) + other + sealed.substring(i + 1)))
                    .as("character " + i).isEmpty();
        }
    }

    @Test
    void one_partition_takes_at_most_40_characters() {
        assertThat(cursors.write(PRODUCT, layout(1), offsets(1, 1L << 53), epochs(1, 1_000_000)))
                .hasSizeLessThanOrEqualTo(40);
    }

    @Test
    void a_further_partition_takes_at_most_14_characters() {
        for (int partitions = 1; partitions < 64; partitions++) {
            var fewer = cursors.write(PRODUCT, layout(partitions), offsets(partitions, 1L << 42),
                    epochs(partitions, 10_000));
            var more = cursors.write(PRODUCT, layout(partitions + 1),
                    offsets(partitions + 1, 1L << 42), epochs(partitions + 1, 10_000));

            assertThat(more.length() - fewer.length()).isLessThanOrEqualTo(14);
        }
    }

    @Test
    void a_product_of_400_partitions_can_resume() {
        var text = cursors.write(PRODUCT, layout(400), offsets(400, 1L << 42), epochs(400, 10_000));

        assertThat(cursors.read(text)).isPresent();
    }

    @Test
    void the_position_of_a_view_that_has_seen_nothing_is_a_cursor() {
        var text = cursors.write(PRODUCT, new Position(List.of()));

        assertThat(cursors.read(text).orElseThrow().topics()).isEmpty();
        assertThat(cursors.read(text).orElseThrow().product())
                .isEqualTo(Cursors.stamp(PRODUCT.path()));
    }

    @Test
    void reads_back_what_was_written() {
        var random = new Random(7);
        for (int round = 0; round < 2000; round++) {
            var shape = random.ints(1 + random.nextInt(3), 1, 6).toArray();
            var layout = layout(shape);
            var next = random.longs(layout.size(), 0, Long.MAX_VALUE).map(
                    n -> n >>> random.nextInt(63)).toArray();
            var epochs = random.ints(layout.size(), -1, Integer.MAX_VALUE).toArray();

            var text = cursors.write(PRODUCT, layout, next, epochs);
            var claim = cursors.read(text).orElseThrow();

            assertThat(text).matches("[A-Za-z0-9_-]+");
            assertThat(cursors.write(PRODUCT, layout.position(next, epochs))).isEqualTo(text);
            assertThat(claim.product()).isEqualTo(Cursors.stamp(PRODUCT.path()));
            assertThat(claim.topics()).hasSize(shape.length);
            assertThat(claim.topics().stream().flatMapToLong(t -> java.util.Arrays.stream(t.next()))
                    .toArray()).isEqualTo(next);
            assertThat(
                    claim.topics().stream().flatMapToInt(t -> java.util.Arrays.stream(t.epochs()))
                            .toArray())
                    .isEqualTo(epochs);
            var direct = Cursors.claim(PRODUCT, layout.position(next, epochs));
            assertThat(direct.product()).isEqualTo(claim.product());
            for (int topic = 0; topic < shape.length; topic++) {
                assertThat(direct.topics().get(topic).topicId())
                        .isEqualTo(claim.topics().get(topic).topicId());
                assertThat(direct.topics().get(topic).next())
                        .isEqualTo(claim.topics().get(topic).next());
            }
        }
    }

    @Test
    void refuses_a_cursor_with_any_bit_changed() {
        var text = cursors.write(PRODUCT, layout(3), offsets(3, 123_456), epochs(3, 5));
        for (int i = 0; i < text.length(); i++) {
            for (int bit = 0; bit < 8; bit++) {
                var chars = text.toCharArray();
                chars[i] ^= (char) (1 << bit);

                assertThat(cursors.read(new String(chars))).as("character %s bit %s", i, bit)
                        .isEmpty();
            }
        }
        var bytes = Base64.getUrlDecoder().decode(text);
        for (int i = 0; i < bytes.length * 8; i++) {
            var changed = bytes.clone();
            changed[i / 8] ^= (byte) (1 << (i % 8));

            assertThat(cursors
                    .read(Base64.getUrlEncoder().withoutPadding().encodeToString(changed)))
                    .isEmpty();
        }
    }

    /** A decoder ignores the unused bits of the last character; two spellings of one cursor must not both pass. */
    @Test
    void refuses_another_spelling_of_the_same_bytes() {
        for (int epoch : new int[]{1, 200, 20_000}) {
            var text = cursors.write(PRODUCT, layout(1), offsets(1, 1), epochs(1, epoch));
            var alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            for (char c : alphabet.toCharArray()) {
                var other = text.substring(0, text.length() - 1) + c;

                assertThat(cursors.read(other).isPresent()).isEqualTo(other.equals(text));
            }
            assertThat(cursors.read(text + "=")).isEmpty();
            assertThat(cursors.read(text + "==")).isEmpty();
            assertThat(cursors.read(text + "\n")).isEmpty();
        }
    }

    @Test
    void refuses_cut_long_and_foreign_text() {
        var text = cursors.write(PRODUCT, layout(2), offsets(2, 9), epochs(2, 0));
        for (int length = 0; length < text.length(); length++) {
            assertThat(cursors.read(text.substring(0, length))).isEmpty();
        }
        assertThat(cursors.read(text.repeat(400))).isEmpty();
        assertThat(cursors.read("latest")).isEmpty();
        assertThat(cursors.read("ä".repeat(40))).isEmpty();
        assertThat(new Cursors("another-secret-of-16+".getBytes()).read(text)).isEmpty();
        var random = new Random(1);
        for (int i = 0; i < 2000; i++) {
            var noise = new byte[random.nextInt(80)];
            random.nextBytes(noise);
            assertThat(cursors.read(Base64.getUrlEncoder().encodeToString(noise))).isEmpty();
        }
    }

    @Test
    void refuses_a_short_secret() {
        assertThatThrownBy(() -> new Cursors(new byte[15]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a cursor secret needs at least 16 bytes, not 15");
        assertThat(List.of(new Cursors(new byte[16]))).hasSize(1);
    }
}
