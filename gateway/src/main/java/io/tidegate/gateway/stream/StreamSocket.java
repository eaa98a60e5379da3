package io.tidegate.gateway.stream;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.tidegate.contract.ProductId;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.delivery.Delivery;
import io.tidegate.gateway.delivery.Frames;
import io.tidegate.gateway.delivery.Outlet;
import io.tidegate.gateway.delivery.Subscriber;
import io.tidegate.gateway.http.Doorway;
import io.tidegate.gateway.http.Socket;
import io.tidegate.gateway.limit.Lease;
import io.tidegate.gateway.refusal.CloseReasons;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.shape.PlainShape.Form;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.gateway.telemetry.Transport;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A plain stream over a WebSocket (sub-protocols {@code tidegate.v1} and {@code cloudevents.json}).
 *
 * <p>
 * With a token in the handshake the stream begins at once, as the query string asks. Without one the client has three seconds
 * for a first message with a {@code token} and, if it likes, the same parameters. Later messages are
 * {@code {"pause":true}}, {@code {"resume":true}}, {@code {"where":"…"}} and {@code {"token":"…"}}.
 */
public final class StreamSocket {
    private static final Duration TOKEN_WITHIN = Duration.ofSeconds(3);
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(20).maxStringLength(64 * 1024)
                            .build())
            .build());

    private final Doorway doorway;
    private final Socket socket;
    private final Supplier<Catalog> catalog;
    private final PlainShapes shapes;
    private final ProductId id;
    private final Map<String, String> parameters;
    private final Transport transport = Transport.WEBSOCKET;
    private @Nullable Caller caller;
    private @Nullable Delivery delivery;
    private @Nullable StreamRequest running;
    private @Nullable Lease connection;
    private boolean isStarting;

    private StreamSocket(Doorway doorway, Socket socket, Supplier<Catalog> catalog,
            PlainShapes shapes, ProductId id,
            Map<String, String> parameters) {
        this.doorway = doorway;
        this.socket = socket;
        this.catalog = catalog;
        this.shapes = shapes;
        this.id = id;
        this.parameters = new HashMap<>(parameters);
    }

    /** Serves an accepted WebSocket; {@code caller} is who the handshake's token named. */
    public static void serve(Doorway doorway, Socket socket, Supplier<Catalog> catalog,
            PlainShapes shapes,
            ProductId id, Map<String, String> parameters, Optional<Caller> caller) {
        var stream = new StreamSocket(doorway, socket, catalog, shapes, id, parameters);
        doorway.telemetry().connectionOpened(stream.transport);
        socket.onMessage(stream::message);
        socket.onWritable(() -> {
            var live = stream.delivery;
            if (live != null) {
                live.writable();
            }
        });
        socket.onClosed(stream::closed);
        socket.onDrain(stream::drain);
        if (caller.isPresent()) {
            stream.start(caller.get());
        } else {
            doorway.deadlines().after(TOKEN_WITHIN, () -> {
                if (stream.caller == null && !stream.isStarting) {
                    socket.close(4408, "No token came within 3 s.");
                }
            });
        }
    }

    private void message(@Nullable String text) {
        var message = text == null ? null : parse(text);
        if (message == null) {
            socket.close(4400, "A message must be a JSON object.");
        } else if (caller == null) {
            first(message);
        } else {
            later(message);
        }
    }

    private static @Nullable JsonNode parse(String text) {
        try {
            var node = JSON.readTree(text);
            return node != null && node.isObject() ? node : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    private void first(JsonNode message) {
        if (isStarting) {
            return;
        }
        if (!message.path("token").isTextual()) {
            socket.close(4401, "The first message must have a token.");
            return;
        }
        isStarting = true;
        message.properties().forEach(member -> {
            if (!member.getKey().equals("token")) {
                parameters.put(member.getKey(), member.getValue().asText());
            }
        });
        doorway.gatekeeper().verify(message.path("token").asText()).onSuccess(this::start)
                .onFailure(this::refuse);
    }

    private void later(JsonNode message) {
        message.properties().forEach(member -> {
            var live = delivery;
            switch (member.getKey()) {
                case "pause" -> pause(live, true);
                case "resume" -> pause(live, false);
                case "token" -> renew(member.getValue().asText());
                case "where", "filter" -> refilter(member.getValue().asText());
                default -> notice("unknown-message",
                        "There is no such message; expected pause, resume, token or where.");
            }
        });
    }

    private static void pause(@Nullable Delivery live, boolean isPaused) {
        if (live != null) {
            live.pause(isPaused);
        }
    }

    private void start(Caller known) {
        try {
            caller = known;
            var granted = catalog.get().granted(id, known, doorway.gatekeeper().clock().instant());
            var plan = doorway.gatekeeper().plan(granted.permit().plan());
            var refused = doorway.gatekeeper().countOperation(known, plan);
            if (refused.isPresent()) {
                throw new Refusal.Thrown(refused.get());
            }
            connection = doorway.gatekeeper().connection(known, plan);
            var wanted = StreamRequest.of(parameters, Optional.empty(), granted,
                    doorway.gatekeeper().clock().instant());
            open(known, granted, wanted);
        } catch (Refusal.Thrown e) {
            refuse(e);
        }
    }

    private void open(Caller known, Catalog.Granted granted, StreamRequest wanted) {
        running = wanted;
        boolean isCloudEvents = wanted.isCloudEvents()
                || "cloudevents.json".equals(socket.subProtocol());
        var wish = new Subscriber.Wish(granted.product(), granted.permit(),
                shapes.shape(granted, isCloudEvents ? Form.CLOUD_EVENT : Form.EVENT,
                        wanted.fields()),
                wanted.wanted(),
                PlainFraming.WEBSOCKET, wanted.from(), wanted.onSlow(), wanted.hasSnapshot(),
                doorway.gatekeeper().pace(known,
                        doorway.gatekeeper().plan(granted.permit().plan())));
        doorway.open(known, wish, transport, new SocketOutlet(), () -> !socket.isClosing(),
                reason -> {
                }).onSuccess(opened -> opened.ifPresent(live -> {
                    delivery = live;
                    live.writable();
                })).onFailure(this::refuse);
    }

    /** Goes on from the very same place with another filter. */
    private void refilter(String text) {
        var live = delivery;
        var before = running;
        var known = caller;
        if (live == null || before == null || known == null) {
            return;
        }
        try {
            var now = doorway.gatekeeper().clock().instant();
            var granted = catalog.get().granted(id, known, now);
            var where = StreamRequest.filter(text, granted, now);
            var cursor = live.cursor();
            live.close();
            open(known, granted,
                    before.after(cursor, where));
        } catch (Refusal.Thrown e) {
            notice("filter-invalid", e.refusal().detail());
        }
    }

    /** A fresh token for the same client: the stream goes on under it. */
    private void renew(String token) {
        var before = caller;
        doorway.gatekeeper().verify(token).onSuccess(fresh -> {
            var live = delivery;
            var wanted = running;
            if (before == null || live == null || wanted == null || live.isEnded()) {
                return;
            }
            if (!fresh.partner().equals(before.partner())) {
                notice("token-refused",
                        "The token belongs to another client; the old one stays in force.");
                return;
            }
            try {
                var granted = catalog.get().granted(id, fresh,
                        doorway.gatekeeper().clock().instant());
                caller = fresh;
                var cursor = live.cursor();
                live.close();
                open(fresh, granted,
                        wanted.after(cursor, wanted.where()));
                notice("token-accepted", "The stream goes on until the new token expires.");
            } catch (Refusal.Thrown e) {
                notice("token-refused", e.refusal().detail());
            }
        }).onFailure(failure -> notice("token-refused",
                doorway.gatekeeper().refusal(failure, "token renewal").detail()));
    }

    private void notice(String type, String detail) {
        var node = JSON.createObjectNode();
        node.putObject("notice").put("code", type).put("message", detail);
        socket.send(node.toString());
    }

    private void refuse(Throwable failure) {
        var refusal = doorway.gatekeeper().refusal(failure, "stream " + id);
        doorway.telemetry().refused(refusal.code());
        var node = JSON.createObjectNode();
        node.putObject("end").put("reason", refusal.code().slug()).put("message", refusal.detail());
        socket.send(node.toString());
        socket.close(refusal.code().closeCode(), CloseReasons.of(refusal));
    }

    private void drain() {
        var live = delivery;
        if (live != null && !live.isEnded()) {
            live.end(EndReason.DRAINING);
        } else {
            socket.close(EndReason.DRAINING.closeCode(), EndReason.DRAINING.sentence());
        }
    }

    private void closed() {
        var live = delivery;
        if (live != null) {
            live.close();
        }
        var lease = connection;
        if (lease != null) {
            lease.close();
        }
        doorway.telemetry().connectionClosed(transport);
    }

    private final class SocketOutlet implements Outlet {
        @Override
        public boolean isWritable() {
            return socket.isWritable();
        }

        @Override
        public void write(Frames frames) {
            socket.write(frames);
        }

        @Override
        public void end(EndReason reason, String cursor) {
            var bytes = PlainFraming.WEBSOCKET.frame("end", PlainFraming.end(reason, cursor),
                    cursor);
            var frames = new Frames(bytes, 0, new int[0]);
            socket.write(frames);
            frames.release();
            socket.close(reason.closeCode(),
                    reason.isResumable() ? reason.label() + " " + cursor : reason.sentence());
        }
    }
}
