package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.HandFeed;
import io.tidegate.gateway.feed.Share;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.schema.Field;
import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import io.tidegate.schema.ScalarKind;
import io.tidegate.schema.Type;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may write a partition of a shared view, and who may not any more. */
class PostgresFencesIT {
    private static final RecordType TYPE = RecordType.of("test.Part", List.of(
            new Field("id", Type.Scalar.of(ScalarKind.INT64), false),
            new Field("n", Type.Scalar.of(ScalarKind.INT64), true)));

    private final String address = Postgres.tables();
    private final Hand ofOne = new Hand();
    private final Hand ofOther = new Hand();
    private final PostgresViewStore one = store(ofOne);
    private final PostgresViewStore other = store(ofOther);

    @AfterEach
    void close() {
        one.close();
        other.close();
    }

    private PostgresViewStore store(Share share) {
        return PostgresViewStore.at(PostgresAddress.parse(address),
                PostgresViewStore.Limits.defaults(), (schema, group) -> share,
                Clock.systemUTC());
    }

    private static View open(PostgresViewStore store) {
        return store.open(Views.product("parts", TYPE, List.of("id"), Duration.ofDays(9_999)));
    }

    private static Row row(long id, long n) {
        return new Row(TYPE, new Object[]{id, n});
    }

    private static void apply(View view, int partition, long offset, long id, long... next) {
        view.parts().getFirst().apply(
                List.of(Views.event(partition, offset, List.of(id), row(id, offset))),
                Views.position(next));
    }

    private static List<Long> ids(View view) {
        try (var snapshot = view.snapshot()) {
            return snapshot.items(new ItemsQuery(Predicate.ALL, List.of(), 99, Optional.empty(),
                    false)).rows().stream().map(row -> (Long) row.key().getFirst()).toList();
        }
    }

    @Test
    void each_writes_its_own_partitions_and_both_answer_from_all() {
        ofOne.takes(0);
        ofOther.takes(1);
        var first = open(one);
        var second = open(other);
        apply(first, 0, 0, 10, 1, 0);
        apply(first, 1, 0, 11, 1, 1);
        apply(second, 0, 0, 10, 1, 0);
        assertThat(ids(first)).containsExactly(10L);
        apply(second, 1, 0, 11, 1, 1);

        assertThat(ids(first)).containsExactly(10L, 11L);
        assertThat(ids(second)).containsExactly(10L, 11L);
        try (var snapshot = first.snapshot()) {
            assertThat(snapshot.position()).isEqualTo(Views.position(1, 1));
            assertThat(snapshot.newest()).isPresent();
        }
    }

    @Test
    void who_has_lost_a_partition_without_knowing_writes_nothing_of_it() {
        ofOne.takes(0, 1);
        ofOther.takes(0);
        var first = open(one);
        var second = open(other);
        apply(first, 0, 0, 10, 1, 0);
        assertThat(second.parts().getFirst().position()).contains(Views.position(1, 0));
        apply(second, 0, 1, 20, 2, 0);

        // It has not heard of it: both say that partition 0 is theirs.
        apply(first, 0, 1, 66, 2, 0);
        apply(first, 1, 0, 11, 2, 1);

        assertThat(ids(first)).containsExactly(10L, 11L, 20L);
        assertThat(Postgres.ask(address.substring(0, address.indexOf('?')),
                "select count(*) from " + history())).containsExactly("3");
    }

    private String history() {
        String schema = address.substring(address.lastIndexOf('=') + 1);
        return schema + "." + Postgres.ask(address.substring(0, address.indexOf('?')),
                "select tablename from pg_tables where schemaname = '" + schema
                        + "' and tablename like '%history'")
                .getFirst();
    }

    @Test
    void who_takes_a_partition_over_goes_on_where_the_other_was() {
        ofOne.takes(0);
        var first = open(one);
        apply(first, 0, 0, 10, 1, 0);
        var second = open(other);
        assertThat(second.parts().getFirst().position()).contains(Views.position(1));
        // What another gateway fills is passed over.
        second.parts().getFirst().apply(List.of(), Views.position(5, 0));
        apply(first, 0, 1, 11, 2, 0);
        ofOne.takes();
        ofOther.takes(0);

        assertThat(second.parts().getFirst().position()).contains(Views.position(2, 0));
        apply(second, 0, 2, 12, 3, 0);
        assertThat(ids(first)).containsExactly(10L, 11L, 12L);
    }

    @Test
    void who_begins_with_a_partition_when_another_one_is_filled_begins_at_its_beginning() {
        ofOne.takes("t", 0);
        ofOther.takes("t", 1);
        var first = open(one);
        var second = open(other);
        var hand = new HandFeed(Views.product("parts", TYPE, List.of("id"),
                Duration.ofDays(9_999)), 2, new FeedBounds(64, 1 << 20, 0));
        var ofSecond = new ArrayList<Event>();
        for (int offset = 0; offset < 3; offset++) {
            for (int slot = 0; slot < 2; slot++) {
                long id = 10 * slot + offset;
                var event = Views.event(slot, offset, List.of(id), row(id, offset));
                hand.append(event, 1, 1);
                if (slot == 1) {
                    ofSecond.add(event);
                }
            }
        }
        hand.publish();
        hand.feed().ready().complete(null);
        second.parts().getFirst().apply(ofSecond, hand.feed().position());
        assertThat(ids(first)).containsExactly(10L, 11L, 12L);

        try (var feeder = new ViewFeeder(hand.feed(), first.parts().getFirst(), (events, lag) -> {
        })) {
            feeder.start();
            long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            while (ids(first).size() < 6 && System.nanoTime() - deadline < 0) {
                Thread.onSpinWait();
            }
        }
        assertThat(ids(first)).containsExactly(0L, 1L, 2L, 10L, 11L, 12L);
    }

    @Test
    void a_view_that_several_empty_is_emptied_once() {
        ofOne.takes(0);
        ofOther.takes(1);
        var first = open(one);
        var second = open(other);
        apply(first, 0, 0, 10, 1, 0);
        apply(second, 1, 0, 11, 0, 1);

        first.parts().getFirst().reset();
        assertThat(ids(second)).isEmpty();
        apply(first, 0, 0, 12, 1, 0);
        second.parts().getFirst().reset();

        assertThat(ids(second)).containsExactly(12L);
        apply(second, 1, 0, 13, 1, 1);
        assertThat(ids(first)).containsExactly(12L, 13L);
    }

    @Test
    void what_others_fill_counts_when_they_have_filled_it_and_not_when_it_was_passed_over()
            throws Exception {
        ofOne.takes(0);
        ofOther.takes(1);
        var first = open(one);
        var second = open(other);
        apply(first, 0, 0, 10, 1, 7);

        assertThat(first.parts().getFirst().position()).contains(Views.position(1, 7));
        assertThat(first.reached()).contains(Views.position(1));
        assertThat(first.await(Views.position(1, 7), Duration.ofMillis(60))).isFalse();
        apply(second, 1, 6, 11, 0, 7);
        assertThat(first.reached()).contains(Views.position(1, 7));
        assertThat(first.await(Views.position(1, 7), Duration.ofSeconds(9))).isTrue();
    }

    @Test
    void it_is_filled_when_what_others_fill_has_come_as_far() {
        ofOne.takes(0);
        ofOther.takes(1);
        var first = open(one).parts().getFirst();
        var second = open(other);
        first.apply(List.of(), Views.position(3, 4));

        assertThat(first.isFilled(Views.position(3, 4))).isFalse();
        apply(second, 1, 3, 11, 0, 4);
        assertThat(first.isFilled(Views.position(7, 9))).isTrue();
    }

    /** What is dealt out by hand. */
    private static final class Hand implements Share {
        private volatile Set<Part> mine = Set.of();

        void takes(int... partitions) {
            takes("test", partitions);
        }

        void takes(String topic, int... partitions) {
            var parts = new HashSet<Part>();
            for (int partition : partitions) {
                parts.add(new Part(topic, partition));
            }
            mine = parts;
        }

        @Override
        public Optional<Set<Part>> mine() {
            return Optional.of(mine);
        }

        @Override
        public void awaitFirst(Duration within) {
            // It is there.
        }

        @Override
        public Optional<String> trouble() {
            return Optional.empty();
        }

        @Override
        public void close() {
            mine = Set.of();
        }
    }
}
