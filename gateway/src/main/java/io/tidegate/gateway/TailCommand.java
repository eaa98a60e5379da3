package io.tidegate.gateway;

import io.tidegate.gateway.sandbox.SandboxFailure;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code tidegate tail}: a stream in the terminal, one JSON object a line. When the connection drops, it comes back from
 * the last cursor; when the gateway refuses, it says why and ends.
 */
@Command(name = "tail", mixinStandardHelpOptions = true, description = "Follows a stream: one JSON object a line.")
final class TailCommand implements Callable<Integer> {
    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
    private static final Duration BACKOFF_MIN = Duration.ofMillis(500);
    private static final Duration BACKOFF_MAX = Duration.ofSeconds(30);
    private static final int MESSAGE_CHARS_MAX = 16 * 1024 * 1024;
    private static final int SERVICE_RESTART = 1012;
    private static final int TRY_LATER = 1013;
    private static final int ABNORMAL = 1006;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "URL", description = "ws:// or http:// address of a stream, or a product of the running sandbox such as logistics/shipment-events/v2")
    private String target = "";

    @Option(names = "--token", paramLabel = "T", description = "default: $TOKEN, else the running sandbox's")
    private @Nullable String token;

    @Option(names = "--from", paramLabel = "WHERE", description = "latest (default), earliest, a time, or a cursor")
    private @Nullable String from;

    @Option(names = "--filter", paramLabel = "CEL", description = "only events for which this holds")
    private @Nullable String filter;

    @Option(names = "--fields", paramLabel = "LIST", description = "only these fields, with commas between")
    private @Nullable String fields;

    @Option(names = "--snapshot", description = "the current state first")
    private boolean snapshot;

    @Option(names = "--limit", paramLabel = "N", description = "end after so many events (default: never)")
    private long limit = Long.MAX_VALUE;

    @Option(names = "--sandbox", paramLabel = "FILE", description = "the ready file of a sandbox (default: the one started last)")
    private @Nullable Path sandbox;

    private @Nullable String cursor;
    private long seen;

    @Override
    public Integer call() throws SandboxFailure, IOException, InterruptedException {
        URI stream = address();
        try (var http = HttpClient.newBuilder().connectTimeout(CONNECT_WITHIN).build()) {
            Duration backoff = BACKOFF_MIN;
            boolean everConnected = false;
            while (true) {
                long before = seen;
                Ending ending;
                try {
                    ending = stream.getScheme().startsWith("ws")
                            ? overWebSocket(http, stream)
                            : overHttp(http, stream);
                    everConnected = true;
                } catch (IOException e) {
                    if (!everConnected) {
                        throw new SandboxFailure(
                                "Nothing answers at " + stream.getAuthority() + " (" + e + ").", e);
                    }
                    ending = new Ending(true, "the connection is gone");
                }
                if (seen >= limit) {
                    return Main.DONE;
                }
                if (!ending.comeBack()) {
                    say(ending.reason());
                    return Main.FAILED;
                }
                backoff = seen > before ? BACKOFF_MIN : min(backoff.multipliedBy(2), BACKOFF_MAX);
                say(ending.reason() + "; back in " + backoff.toMillis() + " ms");
                LockSupport.parkNanos(backoff.toNanos());
                if (Thread.interrupted()) {
                    throw new InterruptedException("tail was interrupted");
                }
            }
        }
    }

    private record Ending(boolean comeBack, String reason) {
    }

    private URI address() throws SandboxFailure {
        if (target.contains("://")) {
            var uri = URI.create(target);
            if (!uri.getScheme().matches("https?|wss?")) {
                throw new SandboxFailure(
                        "'" + target + "' is no address of a stream: expected ws:// or http://.");
            }
            return uri;
        }
        if (!target.matches("[a-z0-9-]+/[a-z0-9-]+/v\\d+")) {
            throw new SandboxFailure("'" + target
                    + "' is neither an address (ws://…) nor a product such as logistics/shipment-events/v2.");
        }
        var gateway = StateFile.read(Optional.ofNullable(sandbox)).getString("gateway");
        return URI.create(gateway.replaceFirst("^http", "ws") + "/streams/" + target);
    }

    private Ending overHttp(HttpClient http, URI stream) throws IOException, InterruptedException {
        var answer = http.send(HttpRequest.newBuilder(withParameters(stream))
                .header("accept", "application/x-ndjson")
                .headers(authorization())
                .build(), BodyHandlers.ofLines());
        try (var lines = answer.body()) {
            if (answer.statusCode() != 200) {
                String body = lines.limit(50).collect(Collectors.joining("\n"));
                boolean later = answer.statusCode() == 429 || answer.statusCode() == 503;
                return new Ending(later && seen > 0, problem(answer.statusCode(), body));
            }
            var all = lines.iterator();
            while (seen < limit && all.hasNext()) {
                accept(all.next());
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        return new Ending(true, "the stream ended");
    }

    private Ending overWebSocket(HttpClient http, URI stream) throws IOException {
        var reader = new Reader();
        var builder = http.newWebSocketBuilder().connectTimeout(CONNECT_WITHIN)
                .subprotocols("tidegate.v1");
        String[] authorization = authorization();
        builder.header(authorization[0], authorization[1]);
        WebSocket socket;
        try {
            socket = builder.buildAsync(withParameters(stream), reader).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException refused) {
                return new Ending(false, problem(refused.getResponse().statusCode(), ""));
            }
            throw new IOException(e.getCause() == null ? e.toString() : e.getCause().toString(), e);
        }
        var ending = reader.ended.join();
        socket.abort();
        return ending;
    }

    /** Asks for one message at a time, so that a slow terminal slows the gateway and not our memory. */
    private final class Reader implements WebSocket.Listener {
        private final CompletableFuture<Ending> ended = new CompletableFuture<>();
        private final StringBuilder message = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence part,
                boolean last) {
            message.append(part);
            if (message.length() > MESSAGE_CHARS_MAX) {
                ended.complete(new Ending(false,
                        "a message is longer than " + MESSAGE_CHARS_MAX + " characters"));
                return null;
            }
            if (last) {
                accept(message.toString());
                message.setLength(0);
                if (seen >= limit) {
                    socket.sendClose(WebSocket.NORMAL_CLOSURE, "");
                    ended.completeOnTimeout(new Ending(false, "enough"), 1, TimeUnit.SECONDS);
                }
            }
            socket.request(1);
            return null;
        }

        @Override
        public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
            boolean later = code == SERVICE_RESTART || code == TRY_LATER || code == ABNORMAL
                    || code == WebSocket.NORMAL_CLOSURE;
            ended.complete(new Ending(later,
                    "closed with " + code + (reason.isEmpty() ? "" : ": " + reason)));
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable failure) {
            ended.complete(new Ending(true, "the connection is gone"));
        }
    }

    private void accept(String line) {
        // What was under way when enough had come is not asked for any more.
        if (line.isBlank() || seen >= limit) {
            return;
        }
        var out = command().commandLine().getOut();
        out.println(line);
        out.flush();
        try {
            var event = new JsonObject(line);
            cursor = event.getString("cursor", cursor);
            if (event.containsKey("op")) {
                seen++;
            }
        } catch (DecodeException | ClassCastException e) {
            // Printed as it came; what is not an event does not move us on.
        }
    }

    private URI withParameters(URI stream) {
        var parameters = new LinkedHashMap<String, String>();
        String start = cursor != null ? cursor : from;
        if (start != null) {
            parameters.put("from", start);
        }
        if (filter != null) {
            parameters.put("filter", filter);
        }
        if (fields != null) {
            parameters.put("fields", fields);
        }
        if (snapshot && cursor == null) {
            parameters.put("snapshot", "true");
        }
        if (parameters.isEmpty()) {
            return stream;
        }
        String query = parameters.entrySet().stream().map(TailCommand::encode)
                .collect(Collectors.joining("&"));
        return URI.create(stream + (stream.getRawQuery() == null ? "?" : "&") + query);
    }

    private static String encode(Map.Entry<String, String> parameter) {
        return parameter.getKey() + "="
                + URLEncoder.encode(parameter.getValue(), StandardCharsets.UTF_8);
    }

    private String[] authorization() {
        String given = token != null ? token : System.getenv("TOKEN");
        if (given == null) {
            try {
                given = StateFile.read(Optional.ofNullable(sandbox)).getString("token");
            } catch (SandboxFailure e) {
                given = "";
            }
        }
        return given.isEmpty()
                ? new String[]{"user-agent", "tidegate-tail"}
                : new String[]{"authorization", "Bearer " + given};
    }

    private static String problem(int status, String body) {
        try {
            var problem = new JsonObject(body);
            String detail = problem.getString("detail", problem.getString("title", ""));
            return "the gateway answers " + status + (detail.isEmpty() ? "" : ": " + detail);
        } catch (DecodeException | ClassCastException e) {
            return "the gateway answers " + status;
        }
    }

    private void say(String text) {
        PrintWriter err = command().commandLine().getErr();
        err.println("tail: " + text);
        err.flush();
    }

    private CommandSpec command() {
        return Objects.requireNonNull(spec, "spec");
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
