package io.tidegate.gateway.view;

import com.google.common.util.concurrent.Uninterruptibles;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * Platform threads for calls of native code that take their time. Such a call keeps its thread: a virtual one would hold its
 * carrier, of which there are as many as cores, and two long questions would stop whatever else runs on virtual threads. As many are
 * at work as views have snapshots and scans open at a time.
 */
final class NativeThreads {
    private static final ExecutorService THREADS = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("view query ", 0).factory());

    private NativeThreads() {
    }

    /** Calls it here if this is a platform thread, else there, and waits to the end whatever interrupts. */
    static <T> T call(Supplier<T> task) {
        if (!Thread.currentThread().isVirtual()) {
            return task.get();
        }
        try {
            return Uninterruptibles.getUninterruptibly(THREADS.submit(task::get));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw new IllegalStateException("a supplier throws nothing else", e);
        }
    }

    static void run(Runnable task) {
        call(() -> {
            task.run();
            return Boolean.TRUE;
        });
    }
}
