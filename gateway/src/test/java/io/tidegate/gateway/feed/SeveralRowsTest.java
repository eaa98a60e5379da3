package io.tidegate.gateway.feed;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Positions among the events of one record, which share its offset. */
class SeveralRowsTest {
    private final HandFeed log = new HandFeed(2, new FeedBounds(16, 1 << 20, 0));
    private final Feed feed = log.feed();

    /** Sequences 0 to 5: one row, three rows of offset 1, one of another partition, one row. */
    private void fill() {
        log.appendRecord(0, 0, HandFeed.rows(0, 0, 1), 1);
        log.appendRecord(0, 1, HandFeed.rows(0, 1, 3), 1);
        log.appendRecord(1, 0, HandFeed.rows(1, 0, 1), 1);
        log.appendRecord(0, 2, HandFeed.rows(0, 2, 1), 1);
        log.publish();
    }

    @Test
    void a_reader_at_a_record_joins_at_its_first_row() {
        fill();

        assertThat(feed.joinable(new long[]{1, 0})).as("nothing of the record was seen")
                .hasValue(1);
        assertThat(feed.joinable(new long[]{1, 1})).as("nor by who is further elsewhere")
                .hasValue(1);
        assertThat(feed.joinable(new long[]{2, 0})).as("all of it was seen").hasValue(4);
        assertThat(feed.joinable(new long[]{2, 1})).hasValue(5);
        assertThat(feed.joinable(new long[]{3, 1})).as("the end").hasValue(6);
    }

    @Test
    void the_position_behind_a_row_is_the_record_until_its_last() {
        fill();

        assertThat(feed.at(0).startBehind().next()).containsExactly(1, 0);
        assertThat(feed.at(1).startBehind().next()).containsExactly(1, 0);
        assertThat(feed.at(2).startBehind().next()).containsExactly(1, 0);
        assertThat(feed.at(3).startBehind().next()).containsExactly(2, 0);
        assertThat(feed.at(4).startBehind().next()).containsExactly(2, 1);
        for (long row = 1; row <= 2; row++) {
            var resumed = feed.joinable(feed.at(row).startBehind().next());
            assertThat(resumed).as("whoever comes back behind row %s gets the record again", row)
                    .hasValue(1);
        }
    }

    @Test
    void the_rows_of_a_record_are_seen_together() {
        fill();

        for (long sequence = 1; sequence <= 3; sequence++) {
            assertThat(feed.at(sequence).isSeenAt(new long[]{1, 5})).isFalse();
            assertThat(feed.at(sequence).isSeenAt(new long[]{2, 0})).isTrue();
        }
        assertThat(feed.at(2).reaches(new long[]{2, 0})).isFalse();
        assertThat(feed.at(3).reaches(new long[]{2, 0})).isTrue();
        assertThat(feed.at(2).seenFrom(new long[]{0, 7}).startBehind().next())
                .containsExactly(1, 7);
        assertThat(feed.at(2).seenFrom(new long[]{0, 7}).before()).containsExactly(2, 7);
    }

    @Test
    void a_record_whose_first_row_has_left_memory_cannot_be_joined() {
        var small = new HandFeed(1, new FeedBounds(4, 1 << 20, 0));
        small.appendRecord(0, 0, HandFeed.rows(0, 0, 3), 1);
        small.appendRecord(0, 1, HandFeed.rows(0, 1, 2), 1);
        small.publish();

        assertThat(small.feed().head()).isPositive();
        assertThat(small.feed().joinable(new long[]{0})).isEmpty();
        assertThat(small.feed().joinable(new long[]{1})).hasValue(3);
    }

    @Test
    void a_record_without_rows_moves_the_position() {
        log.appendRecord(0, 0, HandFeed.rows(0, 0, 1), 1);
        log.appendRecord(0, 1, List.of(), 1);
        log.publish();

        assertThat(feed.tail().sequence()).isEqualTo(1);
        assertThat(feed.tail().next()).containsExactly(2, 0);
        log.appendRecord(0, 2, HandFeed.rows(0, 2, 1), 1);
        log.publish();
        assertThat(feed.joinable(new long[]{0, 0})).hasValue(0);
        assertThat(feed.joinable(new long[]{2, 0})).hasValue(1);
    }
}
