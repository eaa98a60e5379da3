package io.tidegate.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
    private static final Vertx VERTX = Vertx.vertx();

    private final List<String> done = new ArrayList<>();

    @AfterAll
    static void end() throws Exception {
        VERTX.close().toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
    }

    @Test
    void what_is_due_is_done_in_order_and_what_is_called_off_is_not() throws Exception {
        Promise<Integer> left = Promise.promise();
        VERTX.getOrCreateContext().runOnContext(ignored -> {
            var deadlines = new Deadlines(VERTX);
            deadlines.after(Duration.ofHours(12), () -> done.add("never"));
            deadlines.after(Duration.ofMillis(350), () -> {
                done.add("last");
                left.complete(deadlines.size());
            });
            deadlines.after(Duration.ofMillis(10), () -> done.add("first"));
            var off = deadlines.after(Duration.ofMillis(20), () -> done.add("called off"));
            deadlines.after(Duration.ofMillis(20), () -> done.add("beside it"));
            deadlines.cancel(off);
            deadlines.cancel(off);
            var later = deadlines.after(Duration.ofMillis(30), () -> done.add("put off"));
            deadlines.set(later, Duration.ofHours(1));
        });

        assertThat(await(left.future())).isEqualTo(2);
        assertThat(done).containsExactlyInAnyOrder("first", "beside it", "last").endsWith("last");
    }

    @Test
    void one_that_is_due_may_call_off_another_of_the_same_moment_and_set_itself_again()
            throws Exception {
        Promise<Integer> left = Promise.promise();
        VERTX.getOrCreateContext().runOnContext(ignored -> {
            var deadlines = new Deadlines(VERTX);
            var both = new Deadlines.Deadline[2];
            for (int i = 0; i < 2; i++) {
                int other = 1 - i;
                both[i] = deadlines.after(Duration.ofMillis(10), () -> {
                    done.add("one");
                    deadlines.cancel(both[other]);
                    deadlines.after(Duration.ofMillis(1), () -> left.complete(deadlines.size()));
                });
            }
        });

        assertThat(await(left.future())).isZero();
        assertThat(done).containsExactly("one");
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(5, TimeUnit.SECONDS);
    }
}
