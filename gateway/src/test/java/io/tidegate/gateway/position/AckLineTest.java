package io.tidegate.gateway.position;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.gateway.feed.CursorOrder;
import io.tidegate.gateway.position.AckLine.Verdict;
import java.util.ArrayList;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cursors are numbers here. */
class AckLineTest {
    private static final long REST = 200;

    private final AckLine<String> line = new AckLine<>(REST);

    private static CursorOrder order(String kept, String given) {
        if (given.startsWith("x")) {
            return CursorOrder.UNREADABLE;
        }
        int before = kept.isEmpty() ? -1 : Integer.parseInt(kept);
        int difference = Integer.compare(Integer.parseInt(given), before);
        return difference == 0
                ? CursorOrder.SAME
                : difference > 0 ? CursorOrder.AHEAD : CursorOrder.BEHIND;
    }

    private Verdict offer(String cursor, @Nullable String kept, String answer) {
        return line.offer(cursor, kept, AckLineTest::order, answer);
    }

    @Test
    void the_first_ack_is_written_at_once() {
        assertThat(offer("5", null, "a")).isEqualTo(Verdict.TAKEN);
        assertThat(line.due(0)).contains("5");
        assertThat(line.due(0)).isEmpty();
        assertThat(line.over(10)).containsExactly("a");
        assertThat(line.isIdle()).isTrue();
    }

    @Test
    void what_comes_while_one_is_written_is_merged_and_written_after_a_rest() {
        offer("5", null, "a");
        line.due(0);
        offer("6", null, "b");
        offer("9", null, "c");
        assertThat(line.due(1)).isEmpty();
        assertThat(line.over(10)).containsExactly("a");
        assertThat(line.due(10 + REST - 1)).isEmpty();
        assertThat(line.restNanos(10 + REST - 1)).isEqualTo(1);
        assertThat(line.due(10 + REST)).contains("9");
        assertThat(line.over(300)).containsExactly("b", "c");
    }

    @Test
    void an_ack_never_goes_back_behind_what_is_kept_written_or_waiting() {
        assertThat(offer("4", "5", "a")).isEqualTo(Verdict.BEHIND);
        assertThat(offer("5", "5", "b")).isEqualTo(Verdict.KEPT);
        offer("7", "5", "c");
        line.due(0);
        assertThat(offer("6", "5", "d")).isEqualTo(Verdict.BEHIND);
        offer("9", "5", "e");
        assertThat(offer("8", "5", "f")).isEqualTo(Verdict.BEHIND);
        assertThat(line.over(0)).containsExactly("c");
    }

    @Test
    void an_ack_of_what_is_being_written_is_answered_with_it() {
        offer("7", null, "a");
        line.due(0);
        assertThat(offer("7", null, "b")).isEqualTo(Verdict.TAKEN);
        assertThat(line.over(0)).containsExactly("a", "b");
    }

    @Test
    void nonsense_displaces_nothing() {
        offer("7", null, "a");
        assertThat(offer("x", null, "b")).isEqualTo(Verdict.UNREADABLE);
        assertThat(line.due(0)).contains("7");
    }

    @Test
    void what_waits_is_given_up_when_the_name_is_lost_but_not_what_is_being_written() {
        offer("7", null, "a");
        line.due(0);
        offer("8", null, "b");
        assertThat(line.abandon()).containsExactly("b");
        assertThat(line.over(0)).containsExactly("a");
        assertThat(line.due(REST)).isEmpty();
    }

    /** Whatever comes in whatever order: one write at a time, spaced, forward only, and one answer for each ack taken. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 5, 8, 13, 21, 34, 55, 89})
    void keeps_its_promises_under_any_traffic(long seed) {
        var random = new Random(seed);
        long now = 0;
        String kept = null;
        String writing = null;
        long lastOver = Long.MIN_VALUE / 2;
        int expected = 0;
        int answered = 0;
        int newest = -1;
        var written = new ArrayList<Integer>();
        for (int step = 0; step < 2_000; step++) {
            now += random.nextInt(60);
            if (random.nextInt(3) > 0) {
                int cursor = newest + random.nextInt(5) - 1;
                var verdict = offer(Integer.toString(Math.max(0, cursor)), kept, "a" + step);
                if (verdict == Verdict.TAKEN) {
                    expected++;
                    newest = Math.max(newest, Math.max(0, cursor));
                }
            }
            if (writing != null && random.nextBoolean()) {
                boolean isLost = random.nextInt(10) == 0;
                answered += line.over(now).size();
                if (!isLost) {
                    kept = writing;
                } else if (line.isIdle()) {
                    // A failed ack is the client's to repeat.
                    newest = kept == null ? -1 : Integer.parseInt(kept);
                }
                writing = null;
                lastOver = now;
            }
            var due = line.due(now);
            if (due.isPresent()) {
                assertThat(writing).isNull();
                assertThat(now - lastOver).isGreaterThanOrEqualTo(REST);
                writing = due.get();
                assertThat(Integer.parseInt(writing))
                        .isGreaterThan(kept == null ? -1 : Integer.parseInt(kept));
                written.add(Integer.parseInt(writing));
            }
        }
        while (writing != null || !line.isIdle()) {
            if (writing != null) {
                answered += line.over(now).size();
                kept = writing;
            }
            now += REST;
            writing = line.due(now).orElse(null);
        }
        assertThat(answered).isEqualTo(expected);
        assertThat(written).hasSizeGreaterThan(50);
        assertThat(Integer.parseInt(String.valueOf(kept))).isEqualTo(newest);
    }
}
