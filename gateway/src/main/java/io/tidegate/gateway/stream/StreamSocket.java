package io.tidegate.gateway.stream;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.tidegate.contract.ProductId;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.catalog.Catalog;
import io.tidegate.gateway.delivery.Delivery;
import io.tidegate.gateway.delivery.Frames;
import io.tidegate.gateway.delivery.Outlet;
import io.tidegate.gateway.delivery.Subscriber;
import io.tidegate.gateway.feed.CursorOrder;
import io.tidegate.gateway.http.Doorway;
import io.tidegate.gateway.http.Socket;
import io.tidegate.gateway.limit.Lease;
import io.tidegate.gateway.position.Ack;
import io.tidegate.gateway.position.Held;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.refusal.CloseReasons;
import io.tidegate.gateway.refusal.Refusal;
import io.tidegate.gateway.shape.PlainShape.Form;
import io.tidegate.gateway.subscription.EndReason;
import io.tidegate.gateway.subscription.StreamParameters;
import io.tidegate.gateway.telemetry.Transport;
import io.tidegate.problem.Suggestion;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A plain stream over a WebSocket (sub-protocols {@code tidegate.v1} and {@code cloudevents.json}).
 *
 * <p>
 * With a token in the handshake the stream begins at once, as the query string asks. Without one the client has three seconds
 * for a first message with a {@code token} and, if it likes, the same parameters. Later messages are {@link #MESSAGES}; they
 * are obeyed one after the other, and none before the stream is open.
 *
 * <pre>
 *   WAITING ──token──→ BUSY ──stream is open──→ OPEN
 *                        ↑                       │
 *                        └──── where, token ─────┘
 * </pre>
 */
final class StreamSocket {
    /** What a client may send once its stream is open. */
    static final List<String> MESSAGES = List.of("pause", "resume", "ack", "token", "where",
            "filter");
    private static final Duration TOKEN_WITHIN = Duration.ofSeconds(3);
    private static final int PER_SECOND = 10;
    private static final int BURST = 20;
    /** Acks are read as fast as events are handled, and merged: a thousand a second pass. */
    private static final double ACK_COST = 0.01;
    /** Messages that wait while the stream is being opened. */
    private static final int WAITING_MAX = 100;
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(
                    StreamReadConstraints.builder().maxNestingDepth(20).maxStringLength(64 * 1024)
                            .build())
            .build());

    private final Doorway doorway;
    private final Socket socket;
    private final Supplier<Catalog> catalog;
    private final PlainShapes shapes;
    private final NamedStreams names;
    private final ProductId id;
    private final Map<String, String> parameters;
    private final Transport transport = Transport.WEBSOCKET;
    private final Deque<Map.Entry<String, JsonNode>> waiting = new ArrayDeque<>();
    private final MessageRate rate = new MessageRate(PER_SECOND, BURST, System.nanoTime());
    private State state = State.WAITING;
    private @Nullable Caller caller;
    private @Nullable Delivery delivery;
    private @Nullable StreamRequest running;
    private @Nullable Lease connection;
    private @Nullable Held held;
    private SocketOutlet outlet = new SocketOutlet();
    /** The last cursor whose keeping the client has been told. */
    private String acknowledged = "";
    private boolean isPaused;
    private boolean isGone;

    private enum State {
        /** For the token. */
        WAITING,
        /** A stream is being opened. */
        BUSY,
        /** It is open, and messages are obeyed. */
        OPEN
    }

    private StreamSocket(Doorway doorway, Socket socket, Supplier<Catalog> catalog,
            PlainShapes shapes, NamedStreams names, ProductId id,
            Map<String, String> parameters) {
        this.doorway = doorway;
        this.socket = socket;
        this.catalog = catalog;
        this.shapes = shapes;
        this.names = names;
        this.id = id;
        this.parameters = new HashMap<>(parameters);
    }

    /** Serves an accepted WebSocket; {@code caller} is who the handshake's token named. */
    static void serve(Doorway doorway, Socket socket, Supplier<Catalog> catalog,
            PlainShapes shapes, NamedStreams names,
            ProductId id, Map<String, String> parameters, Optional<Caller> caller) {
        var stream = new StreamSocket(doorway, socket, catalog, shapes, names, id, parameters);
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
                if (stream.state == State.WAITING) {
                    socket.close(4408, "No token came within 3 s.");
                }
            });
        }
    }

    // ---- messages ----

    private void message(@Nullable String text) {
        var message = text == null ? null : parse(text);
        if (message == null) {
            socket.close(4400, "A message must be a JSON object.");
        } else if (state == State.WAITING) {
            first(message);
        } else if (!isTooMuch(message)) {
            message.properties().forEach(this::queue);
            work();
        }
    }

    private void queue(Map.Entry<String, JsonNode> member) {
        var last = waiting.peekLast();
        if (last != null && last.getKey().equals("ack") && member.getKey().equals("ack")) {
            // The later ack says what the earlier one does.
            waiting.removeLast();
        }
        waiting.addLast(member);
    }

    private static @Nullable JsonNode parse(String text) {
        try {
            var node = JSON.readTree(text);
            return node != null && node.isObject() ? node : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }

    private boolean isTooMuch(JsonNode message) {
        double cost = 0;
        for (var member : message.properties()) {
            cost += member.getKey().equals("ack") ? ACK_COST : 1;
        }
        if (message.isEmpty()) {
            cost = 1;
            unknown("");
        }
        if (rate.admits(cost, System.nanoTime())
                && waiting.size() + message.size() <= WAITING_MAX) {
            return false;
        }
        flooded();
        return true;
    }

    private void flooded() {
        socket.close(1008, "More than " + PER_SECOND + " messages a second.");
    }

    private void first(JsonNode message) {
        if (!message.path("token").isTextual()) {
            socket.close(4401, "The first message must have a token.");
            return;
        }
        state = State.BUSY;
        try {
            message.properties().forEach(this::parameter);
        } catch (Refusal.Thrown e) {
            refuse(e);
            return;
        }
        doorway.gatekeeper().verify(message.path("token").asText()).onSuccess(this::start)
                .onFailure(this::refuse);
    }

    private void parameter(Map.Entry<String, JsonNode> member) {
        var value = member.getValue();
        if (member.getKey().equals("token")) {
            return;
        }
        if (value.isValueNode() && !value.isNull()) {
            parameters.put(member.getKey(), value.asText());
        } else if (member.getKey().equals("key") && value.isObject()) {
            parameters.put("key", value.toString());
        } else {
            throw StreamParameters.invalid("'" + shortened(member.getKey())
                    + "' must be a text, a number or true or false, not "
                    + value.getNodeType().name().toLowerCase(java.util.Locale.ROOT) + ".");
        }
    }

    /** Obeys what waits, as long as a stream is open to obey for. */
    private void work() {
        while (state == State.OPEN && !socket.isClosing() && !waiting.isEmpty()) {
            var member = waiting.remove();
            var live = delivery;
            if (live == null || live.isEnded()) {
                return;
            }
            obey(live, member.getKey(), member.getValue());
        }
    }

    private void obey(Delivery live, String name, JsonNode value) {
        switch (name) {
            case "pause", "resume" -> {
                if (value.isBoolean() && value.booleanValue()) {
                    pause(live, name.equals("pause"));
                } else {
                    wrong(name, "true", value);
                }
            }
            case "where", "filter" -> {
                if (value.isTextual() || value.isNull()) {
                    refilter(live, value.isNull() ? "" : value.textValue());
                } else {
                    wrong(name, "a filter as text, empty for none", value);
                }
            }
            case "token" -> {
                if (value.isTextual()) {
                    renew(value.textValue());
                } else {
                    wrong(name, "a token as text", value);
                }
            }
            case "ack" -> {
                if (value.isTextual()) {
                    acknowledge(live, value.textValue());
                } else {
                    wrong(name, "a cursor as text", value);
                }
            }
            default -> unknown(name);
        }
    }

    private void wrong(String name, String expected, JsonNode value) {
        notice("bad-message", "'" + name + "' must be " + expected + ", not "
                + value.getNodeType().name().toLowerCase(java.util.Locale.ROOT) + " "
                + shortened(value.toString()) + ".");
    }

    private void unknown(String name) {
        notice("unknown-message", (name.isEmpty()
                ? "The message is empty."
                : "There is no message '" + shortened(name) + "'"
                        + Suggestion.nearest(name, MESSAGES)
                                .map(near -> ", did you mean '" + near + "'?").orElse("."))
                + " Known are pause, resume, ack, token and where.");
    }

    private static String shortened(String text) {
        return text.length() > 60 ? text.substring(0, 60) + "…" : text;
    }

    private void pause(Delivery live, boolean pause) {
        isPaused = pause;
        if (pause) {
            live.pause(true);
            notice("paused", "No events come until you send {\"resume\":true}.", live.cursor());
        } else {
            // Told before the events that it lets through.
            notice("resumed", "The stream goes on.", live.cursor());
            live.pause(false);
        }
    }

    // ---- the stream ----

    private void start(Caller known) {
        if (isGone) {
            // While the token was being looked at; nobody would give back what is taken here.
            return;
        }
        state = State.BUSY;
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
            var name = NamedStreams.name(parameters);
            if (name.isPresent()) {
                startNamed(known, granted, wanted, name.get());
            } else {
                running = wanted;
                open(known, granted, wanted).onSuccess(this::opened).onFailure(this::refuse);
            }
        } catch (Refusal.Thrown e) {
            refuse(e);
        }
    }

    private void startNamed(Caller known, Catalog.Granted granted, StreamRequest asked,
            String name) {
        boolean isExplicit = !parameters.getOrDefault("from", "").isEmpty();
        names.hold(NamedStreams.key(known, id, name), this::replaced).onSuccess(holding -> {
            held = holding;
            if (isGone) {
                holding.close();
                return;
            }
            var beginning = NamedStreams.Beginning.of(asked, holding, isExplicit, false);
            running = beginning.wanted();
            open(known, granted, beginning.wanted())
                    .compose(found -> found.isEmpty()
                            ? Future.succeededFuture(found)
                            : names.begin(beginning, found.get()).map(found))
                    .onSuccess(this::opened)
                    .onFailure(failure -> refuse(NamedStreams.explained(failure, beginning)));
        }).onFailure(this::refuse);
    }

    /** Another stream has the name, which need not be on this node. */
    private void replaced() {
        var live = delivery;
        if (live != null && !live.isEnded()) {
            live.end(EndReason.REPLACED);
        } else {
            socket.close(EndReason.REPLACED.closeCode(), EndReason.REPLACED.sentence());
        }
    }

    /** Opens a stream, from which nothing comes before {@link #opened}. */
    private Future<Optional<Delivery>> open(Caller known, Catalog.Granted granted,
            StreamRequest wanted) {
        state = State.BUSY;
        var way = new SocketOutlet();
        outlet = way;
        boolean isCloudEvents = wanted.isCloudEvents()
                || "cloudevents.json".equals(socket.subProtocol());
        var wish = new Subscriber.Wish(granted.product(), granted.permit(),
                shapes.shape(granted, isCloudEvents ? Form.CLOUD_EVENT : Form.EVENT,
                        wanted.fields()),
                wanted.wanted(),
                PlainFraming.WEBSOCKET, wanted.from(), wanted.tempo(), wanted.hasSnapshot(),
                doorway.gatekeeper().pace(known,
                        doorway.gatekeeper().plan(granted.permit().plan())));
        return doorway.open(known, wish, transport, way, () -> !socket.isClosing(),
                reason -> {
                }).onSuccess(found -> found.ifPresent(live -> delivery = live));
    }

    private void opened(Optional<Delivery> found) {
        found.ifPresent(live -> {
            if (socket.isClosing()) {
                live.close();
                return;
            }
            state = State.OPEN;
            outlet.isReady = true;
            if (isPaused) {
                live.pause(true);
            }
            live.writable();
            work();
        });
    }

    /** Goes on from the very same place with another filter; rows of the current state that are still to come begin anew. */
    private void refilter(Delivery live, String text) {
        var before = running;
        var known = caller;
        if (before == null || known == null) {
            return;
        }
        try {
            var now = doorway.gatekeeper().clock().instant();
            var granted = catalog.get().granted(id, known, now);
            var where = text.isEmpty()
                    ? Predicate.ALL
                    : StreamRequest.filter(text, granted, now);
            reopen(live, known, granted, before, where).onSuccess(found -> {
                notice("filter-changed", "The filter counts from here on.",
                        found.map(Delivery::cursor).orElse(""));
                opened(found);
            }).onFailure(this::refuse);
        } catch (Refusal.Thrown e) {
            notice("filter-invalid", e.refusal().detail());
        }
    }

    private Future<Optional<Delivery>> reopen(Delivery live, Caller known, Catalog.Granted granted,
            StreamRequest before, Predicate where) {
        boolean isInSnapshot = live.isInSnapshot();
        var after = before.after(live.cursor(), where);
        live.close();
        var wanted = isInSnapshot ? after.withSnapshot() : after;
        running = wanted;
        return open(known, granted, wanted);
    }

    /** A fresh token for the same client: the stream goes on under it. */
    private void renew(String token) {
        var before = caller;
        state = State.BUSY;
        doorway.gatekeeper().verify(token).onSuccess(fresh -> {
            state = State.OPEN;
            var live = delivery;
            var wanted = running;
            if (before != null && live != null && wanted != null && !live.isEnded()) {
                renew(live, wanted, before, fresh);
            }
            work();
        }).onFailure(failure -> {
            state = State.OPEN;
            notice("token-refused",
                    doorway.gatekeeper().refusal(failure, "token renewal").detail());
            work();
        });
    }

    private void renew(Delivery live, StreamRequest wanted, Caller before, Caller fresh) {
        if (!NamedStreams.key(fresh, id, "same").equals(NamedStreams.key(before, id, "same"))) {
            notice("token-refused",
                    "The token belongs to another client; the old one stays in force.");
            return;
        }
        if (doorway.renew(live, fresh)) {
            caller = fresh;
            accepted(fresh);
            return;
        }
        try {
            var granted = catalog.get().granted(id, fresh,
                    doorway.gatekeeper().clock().instant());
            caller = fresh;
            reopen(live, fresh, granted, wanted, wanted.where()).onSuccess(found -> {
                accepted(fresh);
                opened(found);
            }).onFailure(this::refuse);
        } catch (Refusal.Thrown e) {
            notice("token-refused", e.refusal().detail());
        }
    }

    private void accepted(Caller fresh) {
        var node = noticed("token-accepted", "The stream goes on until the new token expires.");
        node.withObject("/notice").put("until", fresh.expiresAt().toString());
        socket.send(node.toString());
    }

    // ---- acks ----

    private void acknowledge(Delivery live, String cursor) {
        var known = caller;
        var holding = held;
        if (known == null) {
            return;
        }
        if (holding == null) {
            costly("ack-without-name",
                    "The stream has no name; open it with the parameter 'name' to have its position kept.");
            return;
        }
        if (cursor.equals(acknowledged)) {
            told(cursor);
            return;
        }
        if (live.isInSnapshot()) {
            costly("ack-refused",
                    "The current state is not complete; acknowledge from the notice 'snapshot-end' on.");
            return;
        }
        try {
            var feed = catalog.get().granted(id, known, doorway.gatekeeper().clock().instant())
                    .product().feed();
            switch (CursorOrder.of(feed, cursor)) {
                case UNREADABLE -> costly("ack-refused",
                        "The cursor is not one that this gateway wrote; send it exactly as it was received.");
                case OTHER_PRODUCT -> costly("ack-refused",
                        "The cursor belongs to another product or major version.");
                case SAME, AHEAD, BEHIND -> names.here(holding.acknowledge(cursor, feed))
                        .onSuccess(this::acknowledged).onFailure(failure -> notice("ack-failed",
                                doorway.gatekeeper().refusal(failure, "ack").detail()));
            }
        } catch (Refusal.Thrown e) {
            costly("ack-failed", e.refusal().detail());
        }
    }

    /** An ack of nonsense costs as much as any other message. */
    private void costly(String code, String detail) {
        if (rate.admits(1 - ACK_COST, System.nanoTime())) {
            notice(code, detail);
        } else {
            flooded();
        }
    }

    private void acknowledged(Ack ack) {
        if (ack.outcome() == Ack.Outcome.KEPT) {
            // One answer for all acks that were kept as one.
            if (!ack.cursor().equals(acknowledged)) {
                acknowledged = ack.cursor();
                told(ack.cursor());
            }
        } else if (socket.isWritable()) {
            notice("ack-behind", "A later cursor has been acknowledged; acks do not go back.",
                    ack.cursor());
        }
    }

    private void told(String cursor) {
        // Acks may come faster than a client reads; who does not hear of one hears of the next.
        if (socket.isWritable()) {
            var node = JSON.createObjectNode();
            node.putObject("notice").put("code", "acknowledged").put("cursor", cursor);
            socket.send(node.toString());
        }
    }

    // ---- answers ----

    private void notice(String code, String detail) {
        socket.send(noticed(code, detail).toString());
    }

    private void notice(String code, String detail, String cursor) {
        var node = noticed(code, detail);
        node.withObject("/notice").put("cursor", cursor);
        socket.send(node.toString());
    }

    private static ObjectNode noticed(String code, String detail) {
        var node = JSON.createObjectNode();
        node.putObject("notice").put("code", code).put("message", detail);
        return node;
    }

    private void refuse(Throwable failure) {
        var live = delivery;
        if (live != null) {
            live.close();
        }
        if (socket.isClosing()) {
            return;
        }
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
        isGone = true;
        var live = delivery;
        if (live != null) {
            live.close();
        }
        var lease = connection;
        if (lease != null) {
            lease.close();
        }
        var holding = held;
        if (holding != null) {
            holding.close();
        }
        waiting.clear();
        doorway.telemetry().connectionClosed(transport);
    }

    private final class SocketOutlet implements Outlet {
        /** Not before everything that the client may rely on is kept. */
        private boolean isReady;

        @Override
        public boolean isWritable() {
            return isReady && socket.isWritable();
        }

        @Override
        public boolean inflates() {
            return socket.inflates();
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
