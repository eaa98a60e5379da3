package io.tidegate.gateway.limit;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One counted connection or subscription. Closing it gives it back, once, however often it is closed. Thread-safe. */
public final class Lease implements AutoCloseable {
    // Held strongly until closed: that is what keeps the partner's counters from being forgotten.
    private final AtomicReference<@Nullable Runnable> giveBack;

    Lease(Runnable giveBack) {
        this.giveBack = new AtomicReference<>(giveBack);
    }

    @Override
    public void close() {
        var action = giveBack.getAndSet(null);
        if (action != null) {
            action.run();
        }
    }
}
