package io.tidegate.gateway.stream;

import io.tidegate.contract.ProductId;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.delivery.Delivery;
import io.tidegate.gateway.position.Held;
import io.tidegate.gateway.position.PositionKey;
import io.tidegate.gateway.position.Positions;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.subscription.StreamParameters;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Streams that have a name of the client's own, under which the gateway keeps their position. */
public final class NamedStreams {
    private final Vertx vertx;
    private final Positions positions;

    public NamedStreams(Vertx vertx, Positions positions) {
        this.vertx = vertx;
        this.positions = positions;
    }

    Positions positions() {
        return positions;
    }

    /** Completes on the event loop that this is called on. */
    <T> Future<T> here(CompletableFuture<T> future) {
        return Future.fromCompletionStage(future, vertx.getOrCreateContext())
                .recover(failure -> Future.failedFuture(
                        failure instanceof CompletionException && failure.getCause() != null
                                ? failure.getCause()
                                : failure));
    }

    static PositionKey key(Caller caller, ProductId product, String name) {
        return PositionKey.of(String.valueOf(caller.claims().get("iss")), caller.partner(), product,
                name);
    }

    /**
     * The name that a client gives its stream; empty if it gives none.
     *
     * @throws Refusal.Thrown
     *             if it is no name
     */
    static Optional<String> name(Map<String, String> parameters) {
        var name = Optional.ofNullable(parameters.get("name"));
        name.ifPresent(NamedStreams::requireName);
        return name;
    }

    static void requireName(String name) {
        if (!PositionKey.isName(name)) {
            throw StreamParameters
                    .invalid("'name' must be 1 to 64 letters, digits, '.', '_' and '-'.");
        }
    }

    /**
     * Takes a name, on the event loop.
     *
     * @param replaced
     *            runs on the event loop too
     */
    Future<Held> hold(PositionKey key, Runnable replaced) {
        var context = vertx.getOrCreateContext();
        return here(positions.hold(key,
                () -> context.runOnContext(ignored -> replaced.run())));
    }

    /** How a named stream begins. */
    record Beginning(StreamRequest wanted, Held held, boolean isKept, boolean isToKeep) {
        /**
         * @param isExplicit
         *            whether the client said where to begin
         * @param isResume
         *            whether its transport did, which moves nothing: what was received need not be handled
         */
        static Beginning of(StreamRequest asked, Held held, boolean isExplicit, boolean isResume) {
            var kept = held.cursor();
            if (kept.isPresent() && !isExplicit && !isResume) {
                return new Beginning(asked.after(kept.get(), asked.where()), held, true, false);
            }
            // Before all rows of a state are there no position says how far the client is; the first ack does.
            boolean isToKeep = !asked.hasSnapshot()
                    && (kept.isEmpty() || (isExplicit && !isResume));
            return new Beginning(asked, held, false, isToKeep);
        }
    }

    /** Done when the client may get events: its start is durable by then, if it is to be kept. */
    Future<Void> begin(Beginning beginning, Delivery live) {
        return beginning.isToKeep()
                ? here(beginning.held().begin(live.cursor()))
                : Future.succeededFuture();
    }

    /** Says what is wrong where the client did not send the cursor that is. */
    static Throwable explained(Throwable failure, Beginning beginning) {
        return beginning.isKept() && failure instanceof Refusal.Thrown thrown
                && thrown.refusal().code() == RefusalCode.CURSOR_MALFORMED
                        ? new Refusal.Thrown(Refusal.of(RefusalCode.CURSOR_MALFORMED,
                                "The position kept under '" + beginning.held().name()
                                        + "' cannot be read any more; begin anew with 'from', which"
                                        + " replaces it."))
                        : failure;
    }
}
