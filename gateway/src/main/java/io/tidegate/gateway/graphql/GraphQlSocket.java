package io.tidegate.gateway.graphql;

import com.fasterxml.jackson.databind.JsonNode;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.delivery.Delivery;
import io.tidegate.gateway.delivery.Frames;
import io.tidegate.gateway.delivery.Outlet;
import io.tidegate.gateway.delivery.Subscriber;
import io.tidegate.gateway.graphql.TransportWsSession.Action;
import io.tidegate.gateway.graphql.TransportWsSession.Operation;
import io.tidegate.gateway.http.Deadlines;
import io.tidegate.gateway.http.Doorway;
import io.tidegate.gateway.http.Gatekeeper;
import io.tidegate.gateway.http.Socket;
import io.tidegate.gateway.limit.Lease;
import io.tidegate.gateway.refusal.GraphQlErrors;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.refusal.RefusalCode;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.gateway.telemetry.Transport;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** One graphql-transport-ws connection: does what its {@link TransportWsSession} says. On its event loop. */
public final class GraphQlSocket {
    static final String SUB_PROTOCOL = "graphql-transport-ws";
    private static final Duration INIT_WITHIN = Duration.ofSeconds(3);
    private static final int SUBSCRIPTIONS_MAX = 100;

    private final Doorway doorway;
    private final GraphQlEngine engine;
    private final Socket socket;
    private final Context context;
    private final Executor blocking;
    private final TransportWsSession session = new TransportWsSession(SUBSCRIPTIONS_MAX);
    /** Most connections have one. */
    private final Map<Operation, Delivery> deliveries = new HashMap<>(2);
    private @Nullable Caller caller;
    private @Nullable Lease connection;
    /** The end of the client's patience-testing silence, then of its token. */
    private final Deadlines.Deadline end;

    private GraphQlSocket(Doorway doorway, GraphQlEngine engine, Socket socket, Context context,
            Executor blocking,
            Optional<Caller> known) {
        this.doorway = doorway;
        this.engine = engine;
        this.socket = socket;
        this.context = context;
        this.blocking = blocking;
        this.caller = known.orElse(null);
        this.end = doorway.deadlines().after(INIT_WITHIN, this::due);
    }

    /** Serves an accepted WebSocket; {@code known} is who the handshake's token named. */
    public static void serve(Doorway doorway, GraphQlEngine engine, Socket socket, Context context,
            Executor blocking, Optional<Caller> known) {
        if (!SUB_PROTOCOL.equals(socket.subProtocol())) {
            socket.close(4406, "Subprotocol not acceptable; expected " + SUB_PROTOCOL);
            return;
        }
        var connection = new GraphQlSocket(doorway, engine, socket, context, blocking, known);
        doorway.telemetry().connectionOpened(Transport.GRAPHQL_WEBSOCKET);
        socket.onMessage(text -> connection.perform(connection.session.message(text)));
        socket.onWritable(
                () -> List.copyOf(connection.deliveries.values()).forEach(Delivery::writable));
        socket.onClosed(connection::closed);
        socket.onDrain(connection::drain);
    }

    /** Until the client is known, the time for telling who it is; then, the time of its token. */
    private void due() {
        if (connection == null) {
            perform(session.initTimedOut());
        } else {
            close(EndReason.TOKEN_EXPIRED.closeCode(), EndReason.TOKEN_EXPIRED.sentence());
        }
    }

    private void drain() {
        var first = deliveries.values().stream().findFirst();
        if (first.isPresent()) {
            first.get().end(EndReason.DRAINING);
        } else {
            close(EndReason.DRAINING.closeCode(), EndReason.DRAINING.sentence());
        }
    }

    private void perform(List<Action> actions) {
        for (var action : actions) {
            switch (action) {
                case Action.Send(var json) -> socket.send(json);
                case Action.Pong() -> pong();
                case Action.Close(int code, var reason) -> close(code, reason);
                case Action.Authenticate(var payload) -> authenticate(payload);
                case Action.Start(var operation, var payload) -> start(operation, payload);
                case Action.Stop(var operation) -> stop(operation);
            }
        }
    }

    private void close(int code, String reason) {
        List.copyOf(deliveries.values()).forEach(Delivery::close);
        deliveries.clear();
        socket.close(code, reason);
    }

    private void pong() {
        if (socket.isAnswerable()) {
            socket.send("{\"type\":\"pong\"}");
        } else {
            session.closed();
            close(1008, "Too many pings.");
        }
    }

    private void stop(Operation operation) {
        var delivery = deliveries.remove(operation);
        if (delivery != null) {
            delivery.close();
        }
    }

    // ---- who ----

    private void authenticate(JsonNode payload) {
        Future<Caller> who;
        try {
            var known = caller;
            who = token(payload).map(doorway.gatekeeper()::verify)
                    .orElseGet(() -> known != null
                            ? Future.succeededFuture(known)
                            : Future.failedFuture(new Refusal.Thrown(Refusal.of(
                                    RefusalCode.TOKEN_MISSING,
                                    "Send a token: connection_init {\"payload\":{\"authorization\":\"Bearer …\"}}."))));
        } catch (Refusal.Thrown e) {
            who = Future.failedFuture(e);
        }
        who.onSuccess(this::welcome).onFailure(this::refuse);
    }

    /** {@code authorization} in the payload, or in a {@code headers} object there, as clients in the field send it. */
    private static Optional<String> token(JsonNode payload) {
        for (var holder : List.of(payload, payload.path("headers"))) {
            for (var member : holder.properties()) {
                if (member.getKey().equalsIgnoreCase("authorization")
                        && member.getValue().isTextual()) {
                    return Gatekeeper.bearer(member.getValue().asText());
                }
            }
        }
        return payload.path("token").isTextual()
                ? Optional.of(payload.path("token").asText())
                : Optional.empty();
    }

    private void welcome(Caller known) {
        if (socket.isClosing()) {
            return;
        }
        try {
            connection = doorway.gatekeeper().connection(known, doorway.gatekeeper().plan(known));
        } catch (Refusal.Thrown e) {
            refuse(e);
            return;
        }
        caller = known;
        doorway.deadlines().set(end,
                Duration.between(doorway.gatekeeper().clock().instant(), known.expiresAt()));
        perform(session.authenticated());
    }

    private void refuse(Throwable failure) {
        var refusal = doorway.gatekeeper().refusal(failure, "connection_init");
        doorway.telemetry().refused(refusal.code());
        if (refusal.code().isTemporary()) {
            session.closed();
            close(1013, refusal.detail());
        } else {
            perform(session.refused(refusal.detail()));
        }
    }

    // ---- operations ----

    private void start(Operation operation, JsonNode payload) {
        var known = java.util.Objects.requireNonNull(caller,
                "an acknowledged connection has a caller");
        GraphQlRequest request;
        try {
            request = GraphQlRequest.of(payload);
            var refused = doorway.gatekeeper().countOperation(known,
                    doorway.gatekeeper().plan(known));
            if (refused.isPresent()) {
                throw new Refusal.Thrown(refused.get());
            }
        } catch (Refusal.Thrown e) {
            error(operation, List.of(GraphQlErrors.of(e.refusal())));
            return;
        }
        blocking.execute(() -> {
            try {
                var answer = engine.answer(known, request, doorway.gatekeeper().account(known));
                onLoop(() -> answered(operation, known, answer));
            } catch (Exception | StackOverflowError e) {
                onLoop(() -> failed(operation, e));
            }
        });
    }

    private void onLoop(Runnable task) {
        try {
            context.runOnContext(ignored -> task.run());
        } catch (RejectedExecutionException e) {
            // The gateway has ended meanwhile, and the connection with it.
        }
    }

    private void failed(Operation operation, Throwable failure) {
        error(operation, List
                .of(GraphQlErrors.of(doorway.gatekeeper().refusal(failure, "graphql operation"))));
    }

    private void error(Operation operation, List<Map<String, Object>> errors) {
        if (session.finished(operation)) {
            socket.send(GraphQlJson.message("error", operation.id(), errors));
        }
    }

    private void answered(Operation operation, Caller known, Answer answer) {
        if (!session.isActive(operation)) {
            return;
        }
        switch (answer) {
            case Answer.Executed(var response) -> {
                socket.send(GraphQlJson.message("next", operation.id(), response));
                if (session.finished(operation)) {
                    socket.send(GraphQlJson.message("complete", operation.id()));
                }
            }
            case Answer.Invalid(var code, var errors) -> error(operation, errors);
            case Answer.Subscribe wish -> subscribe(operation, known, wish);
        }
    }

    private void subscribe(Operation operation, Caller known, Answer.Subscribe wish) {
        var idJson = GraphQlJson.text(operation.id()).getBytes(StandardCharsets.UTF_8);
        var plan = doorway.gatekeeper().plan(wish.granted().permit().plan());
        var asked = new Subscriber.Wish(wish.granted().product(), wish.granted().permit(),
                wish.shape(), wish.where(),
                new TransportWsFraming(idJson.length), wish.from(), wish.tempo(),
                wish.hasSnapshot(),
                doorway.gatekeeper().pace(known, plan), wish.related());
        doorway.open(known, asked, Transport.GRAPHQL_WEBSOCKET,
                new OperationOutlet(operation, idJson),
                () -> session.isActive(operation), reason -> deliveries.remove(operation))
                .onSuccess(opened -> opened.ifPresent(delivery -> {
                    if (!delivery.isEnded()) {
                        deliveries.put(operation, delivery);
                        delivery.writable();
                    }
                })).onFailure(failure -> failed(operation, failure));
    }

    private void closed() {
        session.closed();
        List.copyOf(deliveries.values()).forEach(Delivery::close);
        deliveries.clear();
        var lease = connection;
        if (lease != null) {
            lease.close();
        }
        doorway.deadlines().cancel(end);
        doorway.telemetry().connectionClosed(Transport.GRAPHQL_WEBSOCKET);
    }

    /** One subscription's way out. */
    private final class OperationOutlet implements Outlet {
        private final Operation operation;
        private final byte[] idJson;

        OperationOutlet(Operation operation, byte[] idJson) {
            this.operation = operation;
            this.idJson = idJson;
        }

        @Override
        public boolean isWritable() {
            return socket.isWritable();
        }

        @Override
        public boolean inflates() {
            return socket.inflates();
        }

        @Override
        public void write(Frames frames) {
            socket.write(frames, idJson);
        }

        @Override
        public void end(EndReason reason, String cursor) {
            if (reason == EndReason.DRAINING) {
                session.closed();
                socket.close(reason.closeCode(), reason.label() + " " + cursor);
            } else if (reason == EndReason.TOKEN_EXPIRED) {
                // The token was the connection's: whichever timer comes first, the connection ends with it.
                session.closed();
                socket.close(reason.closeCode(), reason.sentence());
            } else {
                error(operation, List.of(Map.of("message", reason.sentence(), "extensions",
                        Map.of("code", reason.name(), "cursor", cursor))));
            }
        }
    }
}
