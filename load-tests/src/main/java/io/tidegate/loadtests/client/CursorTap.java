package io.tidegate.loadtests.client;

import io.tidegate.loadtests.server.LoadEvent;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** One subscriber of the gateway's plain stream that remembers the cursor of each event. */
public final class CursorTap implements AutoCloseable {
    private static final Pattern EVENT = Pattern
            .compile("\"cursor\":\"([^\"]+)\".*?\"seq\":\"(\\d+)\"", Pattern.DOTALL);
    private static final int CURSORS_MAX = 100_000;

    private final ConcurrentSkipListMap<Long, String> cursors = new ConcurrentSkipListMap<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private final WebSocket socket;

    /**
     * Subscribes; returns when the gateway has answered.
     *
     * @param path
     *            of the product
     */
    public CursorTap(int port, String path, String token) {
        socket = http.newWebSocketBuilder().subprotocols("tidegate.v1")
                .header("Authorization", "Bearer " + token)
                .buildAsync(URI.create("ws://127.0.0.1:" + port + path), new Listener()).join();
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data,
                boolean isLast) {
            text.append(data);
            if (isLast) {
                remember(cursors, text);
                text.setLength(0);
            }
            from.request(1);
            return CompletableFuture.completedStage(null);
        }
    }

    /** Keeps the cursor of an event by the event's number; what is no event is passed over. */
    static void remember(Map<Long, String> cursors, CharSequence text) {
        var event = EVENT.matcher(text);
        if (event.find() && cursors.size() < CURSORS_MAX) {
            cursors.put(Long.parseLong(event.group(2)) - LoadEvent.FIRST, event.group(1));
        }
    }

    /**
     * The cursor of the event of this number.
     *
     * @throws IllegalStateException
     *             if it has not come here
     */
    public String cursor(long number) {
        var cursor = cursors.get(number);
        if (cursor == null) {
            throw new IllegalStateException("no cursor is known for event " + number);
        }
        return cursor;
    }

    @Override
    public void close() {
        socket.abort();
        http.shutdownNow();
    }
}
