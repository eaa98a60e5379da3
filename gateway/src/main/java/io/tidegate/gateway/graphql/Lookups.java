package io.tidegate.gateway.graphql;

import io.tidegate.contract.ProductId;
import io.tidegate.gateway.view.ViewFailure;
import io.tidegate.gateway.view.ViewFailure.Reason;
import io.tidegate.gateway.view.ViewSnapshot;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What subscriptions ask views that they lead to, so that none of them waits longer than agreed: a view that does not answer
 * in time is left alone for as long, and every subscription is told so at once meanwhile. A few ask one view at a time.
 * Thread-safe.
 */
final class Lookups {
    private static final int AT_ONCE = 8;
    private static final long TOLD_EVERY_NANOS = Duration.ofSeconds(10).toNanos();

    private final Duration within;
    /** Bounded by the products that relations lead to. */
    private final Map<ProductId, Gate> gates = new ConcurrentHashMap<>();

    /** The way to one view. */
    private static final class Gate {
        private final Semaphore places = new Semaphore(AT_ONCE, true);
        /** Nobody is let in before; of {@link System#nanoTime}. */
        private final AtomicLong shutUntil = new AtomicLong(System.nanoTime());
        private final AtomicLong toldAt = new AtomicLong(
                System.nanoTime() - TOLD_EVERY_NANOS);
    }

    /**
     * @param within
     *            how long the look-ups for one batch of events take at most
     */
    Lookups(Duration within) {
        this.within = within;
    }

    private Gate gate(ProductId id) {
        return gates.computeIfAbsent(id, ignored -> new Gate());
    }

    /** Whether an operator should hear of a failure now: not of each batch, however long it lasts. */
    boolean isNews(ProductId id) {
        var told = gate(id).toldAt;
        long before = told.get();
        long now = System.nanoTime();
        return now - before >= TOLD_EVERY_NANOS && told.compareAndSet(before, now);
    }

    /** The look-ups for one batch of events, from now on. */
    Turn begin() {
        return new Turn(System.nanoTime() + within.toNanos());
    }

    /** A product's state for one batch, which only the thread that asks it touches. */
    private static final class State {
        private @Nullable ViewSnapshot snapshot;
    }

    /** For one thread; it is the one that waits, threads of its own ask. */
    final class Turn implements AutoCloseable {
        private final long until;
        private final Map<ProductId, State> states = new HashMap<>();

        private Turn(long until) {
            this.until = until;
        }

        /**
         * Asks a view.
         *
         * @param open
         *            one consistent state, when it is first needed
         * @throws ViewFailure
         *             if it fails, or does not answer in time; it is not to be asked again in this turn then
         */
        <T> T ask(ProductId id, Supplier<ViewSnapshot> open,
                Function<ViewSnapshot, T> question) {
            var gate = gate(id);
            if (gate.shutUntil.get() - System.nanoTime() > 0) {
                throw late(id);
            }
            try {
                if (!gate.places.tryAcquire(left(), TimeUnit.NANOSECONDS)) {
                    throw late(id);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw late(id);
            }
            var state = states.computeIfAbsent(id, ignored -> new State());
            var answer = new CompletableFuture<T>();
            Thread.ofVirtual().name("related " + id).start(() -> {
                try {
                    var snapshot = state.snapshot;
                    if (snapshot == null) {
                        snapshot = open.get();
                        state.snapshot = snapshot;
                    }
                    if (!answer.complete(question.apply(snapshot))) {
                        release(state);
                    }
                } catch (RuntimeException | Error e) {
                    if (!answer.completeExceptionally(e)) {
                        release(state);
                    }
                } finally {
                    gate.places.release();
                }
            });
            return answered(id, gate, state, answer);
        }

        private <T> T answered(ProductId id, Gate gate, State state,
                CompletableFuture<T> answer) {
            try {
                return answer.get(left(), TimeUnit.NANOSECONDS);
            } catch (TimeoutException | InterruptedException e) {
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                if (answer.completeExceptionally(late(id))) {
                    // Its thread closes the state when the store lets it go.
                    states.remove(id, state);
                    gate.shutUntil.set(System.nanoTime() + within.toNanos());
                    throw late(id);
                }
                return answered(answer);
            } catch (ExecutionException e) {
                return answered(answer);
            }
        }

        /** What is there already. */
        private static <T> T answered(CompletableFuture<T> answer) {
            if (answer.isCompletedExceptionally()
                    && answer.exceptionNow() instanceof RuntimeException failure) {
                throw failure;
            }
            return answer.join();
        }

        private long left() {
            return Math.max(0, until - System.nanoTime());
        }

        @Override
        public void close() {
            states.values().forEach(Lookups::release);
        }
    }

    private static ViewFailure late(ProductId id) {
        return new ViewFailure(Reason.BUSY,
                "the view of '" + id + "' does not answer subscriptions in time");
    }

    private static void release(State state) {
        var open = state.snapshot;
        if (open != null) {
            try {
                open.close();
            } catch (ViewFailure e) {
                // It was only read from; the store reports its own trouble when it is next used.
            }
        }
    }
}
