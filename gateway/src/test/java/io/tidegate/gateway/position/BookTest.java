package io.tidegate.gateway.position;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.contract.ProductId;
import io.tidegate.gateway.position.Book.Heard;
import io.tidegate.gateway.position.Kept.Stamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BookTest {
    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");
    private static final ProductId PRODUCT = new ProductId("sales", "orders", 1);
    private static final PositionKey KEY = PositionKey.of("https://id", "acme", PRODUCT, "loader");
    private final Book book = new Book(1 << 20, Duration.ofDays(30));

    private static String json(long epoch, String holder, boolean isClaim, String cursor) {
        return new Kept(new Stamp(epoch, holder), isClaim, cursor, NOW, "acme").json();
    }

    private String cursor() {
        return book.at(KEY.text()).map(Kept::cursor).orElse("nothing");
    }

    @Test
    void what_is_written_is_read_back() {
        var kept = new Kept(new Stamp(7, "h"), true, "EHJ", NOW, "acme \"inc\"");
        assertThat(Kept.read(kept.json())).contains(kept);
        assertThat(Kept.read("{\"v\":1,\"epoch\":1,\"holder\":\"h\",\"at\":\"" + NOW
                + "\",\"partner\":\"p\"}"))
                .contains(new Kept(new Stamp(1, "h"), false, null, NOW, "p"));
        for (var text : new String[]{"", "null", "[]", "{}", "{\"v\":2,\"epoch\":1}",
                "{\"v\":1,\"epoch\":\"1\"}", "{\"v\":1,\"epoch\":1,\"at\":\"soon\"}", "{\"v\":1"}) {
            assertThat(Kept.read(text)).as(text).isEmpty();
        }
    }

    @Test
    void a_key_is_its_owners_alone() {
        assertThat(PositionKey.of("https://other", "acme", PRODUCT, "loader").text())
                .isNotEqualTo(KEY.text());
        assertThat(PositionKey.of("https://id", "acm", PRODUCT, "loader").owner())
                .isNotEqualTo(KEY.owner());
        assertThat(PositionKey.of("https://ida", "cme", PRODUCT, "loader").owner())
                .isNotEqualTo(KEY.owner());
        assertThat(KEY.text()).endsWith("|sales/orders/v1|loader");
        assertThat(PositionKey.isName("a|b")).isFalse();
        assertThat(PositionKey.isName("")).isFalse();
        assertThat(PositionKey.isName("x".repeat(65))).isFalse();
        assertThat(PositionKey.isName("Loader_1.eu-west")).isTrue();
    }

    @Test
    void a_claim_takes_the_name_and_moves_nothing() {
        book.hear(KEY.text(), json(1, "a", true, null));
        book.hear(KEY.text(), json(1, "a", false, "c1"));
        book.hear(KEY.text(), json(1, "a", false, "c2"));
        assertThat(book.hear(KEY.text(), json(2, "b", true, "c1"))).isEqualTo(Heard.TAKEN);
        assertThat(cursor()).isEqualTo("c2");
    }

    @Test
    void what_a_former_holder_writes_is_passed_over() {
        book.hear(KEY.text(), json(1, "a", false, "c1"));
        book.hear(KEY.text(), json(2, "b", true, "c1"));
        assertThat(book.hear(KEY.text(), json(1, "a", false, "c9"))).isEqualTo(Heard.STALE);
        assertThat(cursor()).isEqualTo("c1");
    }

    @Test
    void of_two_claims_at_one_moment_the_same_one_counts_in_any_order() {
        var other = new Book(1 << 20, Duration.ofDays(30));
        book.hear(KEY.text(), json(2, "a", true, "c1"));
        book.hear(KEY.text(), json(2, "b", true, "c1"));
        other.hear(KEY.text(), json(2, "b", true, "c1"));
        other.hear(KEY.text(), json(2, "a", true, "c1"));
        assertThat(book.at(KEY.text())).isEqualTo(other.at(KEY.text()));
    }

    @Test
    void a_position_that_was_not_used_for_long_does_not_count_for_a_new_claim() {
        var old = new Kept(new Stamp(1, "a"), false, "c1", NOW.minus(Duration.ofDays(31)), "acme");
        book.hear(KEY.text(), old.json());
        assertThat(book.isExpired(book.at(KEY.text()).orElseThrow(), NOW)).isTrue();
        assertThat(book.expired(NOW)).isEmpty();
        assertThat(book.expired(NOW.plus(Duration.ofDays(1)))).containsExactly(KEY.text());
        book.hear(KEY.text(), json(2, "b", true, null));
        assertThat(cursor()).isEqualTo("nothing");
    }

    @Test
    void names_are_counted_for_each_owner_and_forgotten_ones_are_not() {
        var second = PositionKey.of("https://id", "acme", PRODUCT, "second").text();
        book.hear(KEY.text(), json(1, "a", false, "c1"));
        book.hear(KEY.text(), json(1, "a", false, "c2"));
        book.hear(second, json(1, "a", false, "c1"));
        assertThat(book.count(KEY.owner())).isEqualTo(2);
        assertThat(book.hear(second, null)).isEqualTo(Heard.GONE);
        assertThat(book.count(KEY.owner())).isEqualTo(1);
        book.hear(KEY.text(), null);
        assertThat(book.count(KEY.owner())).isZero();
        assertThat(book.size()).isZero();
    }

    @Test
    void more_names_than_there_is_room_for_are_noticed() {
        var small = new Book(1_000, Duration.ofDays(30));
        for (int i = 0; i < 10; i++) {
            small.hear(PositionKey.of("https://id", "acme", PRODUCT, "n" + i).text(),
                    json(1, "a", false, "c1"));
        }
        assertThat(small.isOverfull()).isTrue();
        assertThat(small.size()).isLessThan(5);
        small.clear();
        assertThat(small.isOverfull()).isFalse();
    }

    @Test
    void what_is_not_in_our_words_changes_nothing() {
        book.hear(KEY.text(), json(1, "a", false, "c1"));
        assertThat(book.hear(KEY.text(), "{\"v\":9}")).isEqualTo(Heard.UNREADABLE);
        assertThat(cursor()).isEqualTo("c1");
    }

    /** A node that starts later finds the last record of each key alone, and must come to the same end. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void a_compacted_topic_says_the_same_once_holders_have_said_theirs_again(long seed) {
        var random = new Random(seed);
        var log = new ArrayList<Map.Entry<String, String>>();
        long epoch = 0;
        int cursor = 0;
        for (int step = 0; step < 300; step++) {
            var before = book.at(KEY.text());
            String record;
            if (before.isEmpty() || random.nextInt(6) == 0) {
                epoch++;
                var known = before.map(Kept::cursor).orElse(null);
                record = json(epoch, "h" + random.nextInt(9), true,
                        // What a claim knows may be older than what the topic has by then.
                        random.nextBoolean() ? known : cursor > 1 ? "c1" : known);
            } else {
                boolean isStale = epoch > 1 && random.nextInt(4) == 0;
                record = isStale
                        ? json(epoch - 1, "h0", false, "late" + step)
                        : new Kept(before.get().stamp(), false, "c" + ++cursor, NOW, "acme")
                                .json();
            }
            hear(log, record);
        }
        var later = new Book(1 << 20, Duration.ofDays(30));
        var last = new LinkedHashMap<String, String>();
        log.forEach(entry -> last.put(entry.getKey(), entry.getValue()));
        last.forEach(later::hear);
        var found = later.at(KEY.text()).orElseThrow();
        var known = book.at(KEY.text()).orElseThrow();
        assertThat(found.stamp()).isEqualTo(known.stamp());
        assertThat(found.cursor()).isEqualTo(known.cursor());
    }

    /** As a live holder does: says its own again where the topic's last word is not what counts. */
    private void hear(ArrayList<Map.Entry<String, String>> log, String record) {
        log.add(Map.entry(KEY.text(), record));
        var heard = book.hear(KEY.text(), record);
        var now = book.at(KEY.text()).orElseThrow();
        boolean isClaimOfLess = Kept.read(record).orElseThrow().isClaim()
                && !java.util.Objects.equals(Kept.read(record).orElseThrow().cursor(),
                        now.cursor());
        if (heard == Heard.STALE || isClaimOfLess) {
            log.add(Map.entry(KEY.text(), now.json()));
            book.hear(KEY.text(), now.json());
        }
    }
}
