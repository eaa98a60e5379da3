package io.tidegate.gateway.delivery;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OffLoopTest {
    @Test
    void an_error_is_an_answer_too() throws Exception {
        var vertx = Vertx.vertx();
        var threads = Executors.newSingleThreadExecutor();
        try {
            var answer = new OffLoop(threads, vertx.getOrCreateContext()).call(() -> {
                throw new NoClassDefFoundError("a driver's");
            });

            assertThatThrownBy(() -> answer.toCompletionStage().toCompletableFuture().get(10,
                    TimeUnit.SECONDS)).hasRootCauseInstanceOf(NoClassDefFoundError.class);
        } finally {
            threads.shutdownNow();
            vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        }
    }
}
