package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.FeedBounds;
import io.tidegate.gateway.feed.HandFeed;
import io.tidegate.gateway.feed.Position;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class ViewFeederTest {
    private final HandFeed hand = new HandFeed(1, new FeedBounds(1 << 10, 1 << 20, 0));
    private final List<ViewFeeder> feeders = new ArrayList<>();
    private long offset;

    @BeforeEach
    void isReady() {
        hand.feed().ready().complete(null);
    }

    @AfterEach
    void close() {
        feeders.forEach(ViewFeeder::close);
    }

    @Test
    void a_part_that_takes_its_time_delays_no_other() throws Exception {
        var held = new CountDownLatch(1);
        var slow = new Part(hand.feed().position());
        slow.held = held;
        var quick = new Part(hand.feed().position());
        var ofSlow = feeder(slow);
        var ofQuick = feeder(quick);
        write(3);
        quick.awaits(3);
        write(2);
        quick.awaits(5);

        until(() -> ofQuick.standing().behind().isZero());
        assertThat(slow.seen()).isZero();
        assertThat(ofSlow.standing().behind()).isPositive();
        assertThat(ofSlow.isCaughtUp()).isIn(true, false);
        held.countDown();
        slow.awaits(5);
        until(() -> ofSlow.standing().behind().isZero());
    }

    @Test
    void a_part_that_is_not_where_it_was_left_is_fed_from_where_it_is() throws Exception {
        var start = hand.feed().position();
        var part = new Part(start);
        var feeder = feeder(part);
        write(4);
        part.awaits(4);
        until(() -> feeder.standing().behind().isZero());

        part.lose(start);
        part.awaits(4);
        write(1);

        part.awaits(5);
        assertThat(part.offsets()).containsExactly(0L, 1L, 2L, 3L, 4L);
    }

    @Test
    void a_part_that_is_put_back_as_soon_as_it_has_a_batch_is_fed_from_where_it_is()
            throws Exception {
        var start = hand.feed().position();
        var part = new Part(start);
        part.losesAfter = start;
        feeder(part);
        write(4);
        part.awaits(4);
        write(1);

        part.awaits(5);
        assertThat(part.offsets()).containsExactly(0L, 1L, 2L, 3L, 4L);
    }

    @Test
    void a_part_that_fails_stands_still_and_goes_on_by_itself() throws Exception {
        var part = new Part(hand.feed().position());
        part.trouble = "the disk is full";
        var feeder = feeder(part);
        write(1);
        until(() -> feeder.standing().trouble().isPresent());

        assertThat(feeder.standing().trouble()).contains("the disk is full");
        assertThat(feeder.standing().behind()).isPositive();
        assertThat(feeder.standing().part()).isEqualTo("rows");
        part.trouble = null;
        part.awaits(1);
        until(() -> feeder.standing().trouble().isEmpty()
                && feeder.standing().behind().isZero());
    }

    @Test
    void a_part_whose_driver_is_broken_stands_still_and_goes_on_by_itself() throws Exception {
        var part = new Part(hand.feed().position());
        part.error = new NoClassDefFoundError("a driver's");
        var feeder = feeder(part);
        write(1);
        until(() -> feeder.standing().trouble().isPresent());

        part.error = null;

        part.awaits(1);
    }

    @Test
    void many_changes_are_applied_in_few_batches_and_none_is_left_out() throws Exception {
        var part = new Part(hand.feed().position());
        part.pace = new Pace(Duration.ofMillis(50), Duration.ofSeconds(1), 4);
        feeder(part);
        for (int i = 0; i < 40; i++) {
            write(10);
        }
        part.awaits(400);

        assertThat(part.batches()).isLessThan(40);
        assertThat(part.offsets()).hasSize(400).isSorted().doesNotHaveDuplicates();
    }

    @Test
    void a_batch_ends_behind_a_whole_record() throws Exception {
        var part = new Part(hand.feed().position());
        part.pace = new Pace(Duration.ZERO, Duration.ZERO, 0);
        feeder(part);
        for (int record = 0; record < 20; record++) {
            hand.appendRecord(0, offset, HandFeed.rows(0, offset, 7), 1);
            offset++;
            if (record % 3 == 0) {
                hand.publish();
            }
        }
        hand.publish();
        part.awaits(140);

        assertThat(part.cuts).isEmpty();
    }

    @Test
    void a_part_counts_what_the_log_passed_without_an_event() throws Exception {
        var part = new Part(hand.feed().position());
        feeder(part);
        write(1);
        part.awaits(1);

        hand.passed(0, 3);
        hand.publish();

        until(() -> part.position().equals(Optional.of(hand.feed().position())));
        assertThat(part.position().orElseThrow().slots().getFirst().next()).isEqualTo(3);
        assertThat(part.offsets()).containsExactly(0L);
    }

    private ViewFeeder feeder(Part part) {
        var feeder = new ViewFeeder(hand.feed(), part, (events, lag) -> {
        });
        feeders.add(feeder);
        feeder.start();
        return feeder;
    }

    private void write(int events) {
        for (int i = 0; i < events; i++) {
            hand.append(HandFeed.event(0, offset++), 1, 1);
        }
        hand.publish();
    }

    private static void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            assertThat(Thread.currentThread().isInterrupted()).as("out of time").isFalse();
            Thread.onSpinWait();
        }
    }

    /** Takes what it is given, or not. */
    private static final class Part implements Fed {
        private final List<Event> taken = new ArrayList<>();
        private Optional<Position> position;
        /** Positions within a record. */
        private final List<Position> cuts = new ArrayList<>();
        private int batches;
        private volatile String trouble;
        private volatile Error error;
        /** Where it is put back to behind its next batch; null = it is not. */
        private volatile Position losesAfter;
        private volatile CountDownLatch held = new CountDownLatch(0);
        private volatile Pace pace = Pace.AT_ONCE;

        Part(Position position) {
            this.position = Optional.of(position);
        }

        @Override
        public Pace pace() {
            return pace;
        }

        @Override
        public synchronized Optional<Position> position() {
            return position;
        }

        @Override
        public void apply(List<Event> events, Position after) {
            try {
                assertThat(held.await(10, TimeUnit.SECONDS)).isTrue();
            } catch (InterruptedException e) {
                throw new ViewFailure("interrupted", e);
            }
            if (trouble != null) {
                throw new ViewFailure(trouble);
            }
            if (error != null) {
                throw error;
            }
            synchronized (this) {
                taken.addAll(events);
                if (!events.isEmpty()
                        && events.getLast().offset() >= after.slots().getFirst().next()) {
                    cuts.add(after);
                }
                position = Optional.of(after);
                batches++;
                if (losesAfter != null) {
                    lose(losesAfter);
                    losesAfter = null;
                }
                notifyAll();
            }
        }

        @Override
        public void reset() {
            throw new UnsupportedOperationException();
        }

        synchronized void lose(Position to) {
            taken.clear();
            position = Optional.of(to);
        }

        synchronized void awaits(int events) throws InterruptedException {
            while (taken.size() < events) {
                wait();
            }
        }

        synchronized int seen() {
            return taken.size();
        }

        synchronized int batches() {
            return batches;
        }

        synchronized List<Long> offsets() {
            return taken.stream().map(Event::offset).toList();
        }
    }
}
