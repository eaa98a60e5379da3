package io.tidegate.gateway.graphql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.gateway.access.Permit;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.query.AnswerCache;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** Answers that are true as long as nothing has changed. */
class AnswerCacheTest {
    private static final List<String> ORDERS = List.of("orders");
    private final AnswerCache cache = new AnswerCache(1 << 20);
    private final AtomicInteger runs = new AtomicInteger();

    private static Position at(long offset) {
        return new Position(List.of(new Position.Slot("t", "id", 0, offset, 0)));
    }

    private static Question question(String document, Predicate rows) {
        return new Question("schema", document, Optional.empty(), Map.of(),
                List.of(new Permit(rows, Map.of(), Optional.empty())));
    }

    private Kept run(long offset) {
        runs.incrementAndGet();
        return new Kept(new byte[]{(byte) offset},
                Map.of("orders", new State(at(offset), "c" + offset, Optional.empty())));
    }

    private Kept ask(Question question, long asked, Supplier<Kept> run) {
        return cache.answer(question, List.of(at(asked)), run, kept -> kept.positions(ORDERS));
    }

    @Test
    void the_same_question_runs_again_only_when_something_has_changed() {
        var question = question("{a}", Predicate.ALL);

        var first = ask(question, 5, () -> run(5));

        assertThat(ask(question, 5, () -> run(99))).isSameAs(first);
        assertThat(ask(question, 6, () -> run(6)).data()).containsExactly(6);
        assertThat(runs).hasValue(2);
    }

    @Test
    void an_answer_is_kept_at_the_position_that_it_counts() {
        var question = question("{a}", Predicate.ALL);

        // More was applied between the look at the position and the snapshot.
        var newer = ask(question, 5, () -> run(7));

        assertThat(ask(question, 7, () -> run(99))).isSameAs(newer);
        assertThat(ask(question, 5, () -> run(5)).data()).containsExactly(5);
    }

    @Test
    void callers_under_other_rules_have_other_answers() {
        var all = ask(question("{a}", Predicate.ALL), 5, () -> run(1));

        assertThat(ask(question("{a}", Predicate.NONE), 5, () -> run(2))).isNotSameAs(all);
        assertThat(ask(question("{b}", Predicate.ALL), 5, () -> run(3))).isNotSameAs(all);
    }

    @Test
    void variables_count_for_what_a_kept_answer_takes() {
        var questions = new java.util.ArrayList<Question>();
        for (int i = 0; i < 20; i++) {
            questions.add(new Question("schema", "query($v:[String]){a}", Optional.empty(),
                    Map.of("v", List.of(i + "x".repeat(100_000))), List.of()));
        }

        for (int round = 0; round < 2; round++) {
            questions.forEach(question -> ask(question, 5, () -> run(5)));
        }

        assertThat(runs.get()).as("of 4 MB only 1 MiB can be kept").isGreaterThan(30);
    }

    @Test
    void who_asks_while_it_runs_waits_for_that_answer() throws Exception {
        var question = question("{a}", Predicate.ALL);
        var running = new CountDownLatch(1);
        var goOn = new CountDownLatch(1);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var first = threads.submit(() -> ask(question, 5, () -> {
                running.countDown();
                try {
                    goOn.await();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                return run(5);
            }));
            running.await();
            var second = threads.submit(() -> ask(question, 5, () -> run(99)));
            goOn.countDown();

            assertThat(second.get(10, TimeUnit.SECONDS)).isSameAs(first.get(10, TimeUnit.SECONDS));
        }
        assertThat(runs).hasValue(1);
    }

    @Test
    void a_failure_is_not_kept() {
        var question = question("{a}", Predicate.ALL);

        assertThatThrownBy(() -> ask(question, 5, () -> {
            throw new IllegalStateException("no");
        })).isInstanceOf(IllegalStateException.class);

        assertThat(ask(question, 5, () -> run(5)).data()).containsExactly(5);
    }
}
