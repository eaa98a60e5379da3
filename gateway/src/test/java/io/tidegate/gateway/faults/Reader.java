package io.tidegate.gateway.faults;

import io.tidegate.gateway.faults.Account.Line;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A client over a real socket that notes everything it gets, and comes back with its last cursor whenever it is cut off, to
 * whichever gateway it is told of then.
 */
final class Reader implements AutoCloseable {
    private static final String STREAM = "/streams/faults/counts/v1";
    private static final long RETRY_MILLIS = 100;

    /** How it reads. */
    enum Over {
        WEBSOCKET, SSE, NDJSON, GRAPHQL_WEBSOCKET
    }

    /**
     * @param lanes
     *            that its filter lets pass; empty = no filter
     */
    record Wish(Over over, String from, Set<String> lanes, boolean hasSnapshot, String onSlow) {
        static Wish of(Over over, String from) {
            return new Wish(over, from, Set.of(), false, "wait");
        }

        Set<String> wanted() {
            var wanted = new TreeSet<>(lanes);
            if (!lanes.isEmpty()) {
                wanted.add(Writer.END_LANE);
            }
            return wanted;
        }
    }

    private final Account account;
    private final Wish wish;
    private final Supplier<String> address;
    private final String token;
    private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2)).build();
    private final Thread thread;
    private final CountDownLatch opened = new CountDownLatch(1);
    private final AtomicReference<Optional<Runnable>> cut = new AtomicReference<>(
            Optional.empty());
    private volatile boolean isStalled;
    private volatile boolean isClosed;
    private volatile boolean isAway;
    private volatile long heardNanos = System.nanoTime();
    private volatile String cursor;
    private volatile String refusal = "";

    /**
     * @param address
     *            asked at each connection
     */
    Reader(String name, Wish wish, Supplier<String> address, String token) {
        this.account = new Account(name + " " + wish.over() + " " + wish.from() + " "
                + wish.lanes() + (wish.hasSnapshot() ? " snapshot" : ""), wish.wanted(),
                wish.hasSnapshot());
        this.wish = wish;
        this.address = address;
        this.token = token;
        this.cursor = wish.from();
        this.thread = Thread.ofVirtual().name(name).start(this::run);
    }

    Account account() {
        return account;
    }

    String cursor() {
        return cursor;
    }

    /** Why it was last turned away; empty if it never was. */
    String refusal() {
        return refusal;
    }

    /** Returns once it has been let in. */
    Reader awaitOpen() throws InterruptedException {
        if (!opened.await(20, TimeUnit.SECONDS)) {
            throw new AssertionError(account.name() + " is not let in: " + refusal);
        }
        return this;
    }

    /** Whether its transport can tell it anything beside events. */
    boolean hasNotices() {
        return wish.over() != Over.GRAPHQL_WEBSOCKET;
    }

    /** Leaves, or comes back with its cursor. */
    void away(boolean away) {
        isAway = away;
        if (away) {
            cut();
        }
    }

    /** Stops or goes on taking what comes. */
    void stall(boolean stalls) {
        isStalled = stalls;
        LockSupport.unpark(thread);
    }

    /** When the gateway was last heard of, heartbeats included. */
    long silentMillis() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - heardNanos);
    }

    /** Breaks the connection off; it comes back with its cursor. */
    void cut() {
        cut.get().ifPresent(Runnable::run);
    }

    private void run() {
        while (!isClosed) {
            String why;
            try {
                why = switch (wish.over()) {
                    case SSE, NDJSON -> lines();
                    case WEBSOCKET, GRAPHQL_WEBSOCKET -> messages();
                };
            } catch (IOException | RuntimeException e) {
                why = e.getClass().getSimpleName() + " " + e.getMessage();
            } catch (InterruptedException e) {
                return;
            } catch (Exception e) {
                why = e + ", " + e.getCause();
            }
            if (isClosed) {
                return;
            }
            if (opened.getCount() == 0 && !why.startsWith("refused")) {
                account.add(new Line.Cut(why, cursor));
            } else {
                refusal = why;
            }
            do {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS));
            } while (isAway && !isClosed);
        }
    }

    private String query() {
        var query = new StringBuilder("?from=").append(encoded(cursor)).append("&onSlow=")
                .append(wish.onSlow());
        if (!wish.lanes().isEmpty()) {
            query.append("&filter=").append(encoded(wish.wanted().stream()
                    .map(lane -> "event.lane == \"" + lane + "\"")
                    .collect(Collectors.joining(" || "))));
        }
        if (isInSnapshot()) {
            query.append("&snapshot=true");
        }
        return query.toString();
    }

    /** Whether what it comes back for is the snapshot still: then all of it. */
    private boolean isInSnapshot() {
        return wish.hasSnapshot() && cursor.equals(wish.from());
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    // ---- SSE and NDJSON ----

    private String lines() throws IOException, InterruptedException {
        boolean isSse = wish.over() == Over.SSE;
        HttpResponse<InputStream> answer = http.send(HttpRequest
                .newBuilder(URI.create("http://" + address.get() + STREAM + query()))
                .header("Authorization", "Bearer " + token)
                .header("Accept", isSse ? "text/event-stream" : "application/x-ndjson").build(),
                BodyHandlers.ofInputStream());
        try (var body = answer.body()) {
            if (answer.statusCode() != 200) {
                return "refused " + answer.statusCode() + " "
                        + new String(body.readAllBytes(), StandardCharsets.UTF_8);
            }
            cut.set(Optional.of(() -> closeQuietly(body)));
            opened.countDown();
            var in = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8), 512);
            var event = new Sse();
            for (var line = in.readLine(); line != null; line = in.readLine()) {
                heardNanos = System.nanoTime();
                if (!isSse) {
                    plain(new JsonObject(line));
                } else if (line.isEmpty()) {
                    event.end();
                } else {
                    event.line(line);
                }
                while (isStalled && !isClosed) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                }
            }
            return "the stream ended";
        }
    }

    private static void closeQuietly(InputStream body) {
        try {
            body.close();
        } catch (IOException e) {
            // It is over either way.
        }
    }

    private final class Sse {
        private String kind = "";
        private String id = "";
        private String data = "";

        void line(String line) {
            int colon = line.indexOf(": ");
            var value = colon < 0 ? "" : line.substring(colon + 2);
            switch (colon < 0 ? line : line.substring(0, colon)) {
                case "event" -> kind = value;
                case "id" -> id = value;
                case "data" -> data = value;
                default -> {
                }
            }
        }

        void end() {
            if (!data.isEmpty()) {
                var json = new JsonObject(data);
                switch (kind) {
                    case "gap" -> gap(json);
                    case "notice" -> notice(json);
                    case "end" -> end(json);
                    default -> event(kind, json.getString("k"), json, id);
                }
            }
            kind = "";
            data = "";
        }

        private void end(JsonObject json) {
            Reader.this.end(json);
        }
    }

    // ---- WebSockets ----

    private String messages() throws Exception {
        boolean isGraphQl = wish.over() == Over.GRAPHQL_WEBSOCKET;
        var ended = new CompletableFuture<String>();
        var listener = new Messages(ended, isGraphQl);
        var socket = http.newWebSocketBuilder().header("Authorization", "Bearer " + token)
                .subprotocols(isGraphQl ? "graphql-transport-ws" : "tidegate.v1")
                .buildAsync(URI.create("ws://" + address.get()
                        + (isGraphQl ? "/graphql" : STREAM + query())), listener)
                .get(5, TimeUnit.SECONDS);
        cut.set(Optional.of(() -> {
            socket.abort();
            ended.complete("cut off by the client");
        }));
        if (isGraphQl) {
            socket.sendText("{\"type\":\"connection_init\"}", true).get(5, TimeUnit.SECONDS);
        }
        while (!isClosed && !ended.isDone()) {
            if (!isStalled) {
                listener.takeHeld(socket);
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
        if (isClosed) {
            socket.abort();
            return "closed";
        }
        // What was held back while it stalled had come before the end.
        listener.takeHeld(socket);
        return ended.get();
    }

    private final class Messages implements WebSocket.Listener {
        private final CompletableFuture<String> ended;
        private final boolean isGraphQl;
        private final StringBuilder text = new StringBuilder();
        /** Withheld while the client stalls. */
        private @Nullable String held;

        Messages(CompletableFuture<String> ended, boolean isGraphQl) {
            this.ended = ended;
            this.isGraphQl = isGraphQl;
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data,
                boolean last) {
            heardNanos = System.nanoTime();
            text.append(data);
            if (!last) {
                socket.request(1);
                return null;
            }
            var message = text.toString();
            text.setLength(0);
            if (isStalled) {
                synchronized (this) {
                    held = message;
                }
            } else {
                take(socket, message);
                socket.request(1);
            }
            return null;
        }

        void takeHeld(WebSocket socket) {
            String message;
            synchronized (this) {
                message = held;
                held = null;
            }
            if (message != null) {
                take(socket, message);
                socket.request(1);
            }
        }

        private void take(WebSocket socket, String message) {
            try {
                if (isGraphQl) {
                    graphQl(socket, new JsonObject(message));
                } else {
                    opened.countDown();
                    plain(new JsonObject(message));
                }
            } catch (RuntimeException e) {
                ended.complete(e + " at " + message);
            }
        }

        @Override
        public CompletionStage<?> onPing(WebSocket socket, java.nio.ByteBuffer message) {
            heardNanos = System.nanoTime();
            socket.request(1);
            return socket.sendPong(message);
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            ended.complete("closed " + code + " " + reason);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            ended.complete("broken: " + error);
        }

        private void graphQl(WebSocket socket, JsonObject message) {
            switch (message.getString("type")) {
                case "connection_ack" -> socket.sendText(subscribe().encode(), true);
                case "ping" -> socket.sendText("{\"type\":\"pong\"}", true);
                case "next" -> {
                    opened.countDown();
                    next(message.getJsonObject("payload"));
                }
                case "error", "complete" -> {
                    ended.complete((opened.getCount() > 0 ? "refused " : "ended ")
                            + message.encode());
                    socket.abort();
                }
                default -> {
                }
            }
        }

        private JsonObject subscribe() {
            var arguments = new StringBuilder("from: \"").append(cursor).append('"');
            if (!wish.lanes().isEmpty()) {
                arguments.append(", where: {lane: {in: ").append(wish.wanted().stream()
                        .map(lane -> "\"" + lane + "\"").toList()).append("}}");
            }
            if (isInSnapshot()) {
                arguments.append(", snapshot: true");
            }
            if (!wish.onSlow().equals("wait")) {
                arguments.append(", onSlow: ").append(wish.onSlow().toUpperCase());
            }
            return new JsonObject().put("id", "1").put("type", "subscribe").put("payload",
                    new JsonObject().put("query", "subscription { faultsCounts(" + arguments
                            + ") { op cursor key { k } value { seq } } }"));
        }

        private void next(JsonObject payload) {
            var extensions = payload.getJsonObject("extensions");
            if (extensions != null) {
                var said = extensions.getJsonObject("tidegate");
                said.getJsonArray("notices", new JsonArray())
                        .forEach(each -> notice((JsonObject) each));
                said.getJsonArray("gaps", new JsonArray())
                        .forEach(each -> gap((JsonObject) each));
            }
            var event = payload.getJsonObject("data").getJsonObject("faultsCounts");
            event(event.getString("op").toLowerCase(), event.getJsonObject("key").getString("k"),
                    event.getJsonObject("value"), event.getString("cursor"));
        }
    }

    // ---- what comes ----

    private void plain(JsonObject message) {
        if (message.containsKey("gap")) {
            gap(message.getJsonObject("gap"));
        } else if (message.containsKey("notice")) {
            notice(message.getJsonObject("notice"));
        } else if (message.containsKey("end")) {
            end(message.getJsonObject("end"));
        } else {
            event(message.getString("op"), message.getJsonObject("key").getString("k"),
                    message.getJsonObject("value"), message.getString("cursor"));
        }
    }

    private void event(String op, String key, @Nullable JsonObject value, String at) {
        long seq = value == null || op.equals("delete") ? -1 : value.getLong("seq");
        account.add(new Line.Got(key, seq, op, at));
        if (!op.equals("snapshot")) {
            cursor = at;
        }
    }

    private void gap(JsonObject gap) {
        account.add(new Line.Gap(gap.getString("reason"), gap.getInteger("partition"),
                Long.parseLong(gap.getString("from")), Long.parseLong(gap.getString("to")),
                Long.parseLong(gap.getString("events")), gap.getString("cursor")));
        cursor = gap.getString("cursor");
    }

    private void notice(JsonObject notice) {
        account.add(new Line.Notice(notice.getString("code"), System.nanoTime()));
    }

    private void end(JsonObject end) {
        if (end.getString("cursor") == null) {
            refusal = "refused " + end.encode();
        } else if (cursor.equals("latest")) {
            cursor = end.getString("cursor");
        }
    }

    @Override
    public void close() {
        isClosed = true;
        cut();
        thread.interrupt();
        http.shutdownNow();
    }
}
