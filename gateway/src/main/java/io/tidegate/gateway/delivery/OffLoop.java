package io.tidegate.gateway.delivery;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Work that blocks, done beside an event loop and answered on it. */
public final class OffLoop {
    private final Executor threads;
    private final Context context;

    /**
     * @param threads
     *            that may block
     * @param context
     *            of the event loop that gets the answers
     */
    public OffLoop(Executor threads, Context context) {
        this.threads = threads;
        this.context = context;
    }

    /** Completes on the event loop, whatever becomes of the task. */
    public <T> Future<T> call(Callable<T> task) {
        Promise<T> promise = Promise.promise();
        try {
            threads.execute(() -> {
                try {
                    T result = task.call();
                    context.runOnContext(ignored -> promise.complete(result));
                } catch (Throwable e) {
                    // Whatever it is, somebody waits for the answer.
                    context.runOnContext(ignored -> promise.fail(e));
                }
            });
        } catch (RejectedExecutionException e) {
            // The gateway is ending.
            promise.fail(e);
        }
        return promise.future();
    }
}
