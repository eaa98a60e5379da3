package io.tidegate.gateway.http;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.tidegate.gateway.access.Caller;
import io.tidegate.gateway.refusal.Refusal;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocketHandshake;
import io.vertx.core.http.impl.http1.Http1ServerConnection;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The partners' port on one event loop. Every loop listens on the same port and keeps the connections that it accepted, to
 * their end.
 */
public final class Edge extends VerticleBase {
    private static final CharSequence CONTENT_TYPE_OPTIONS = HttpHeaders
            .createOptimized("X-Content-Type-Options");
    private static final CharSequence NO_SNIFF = HttpHeaders.createOptimized("nosniff");
    private static final int FRAME_MAX = 64 * 1024;
    private static final int MESSAGE_MAX = 256 * 1024;
    private static final int HEADERS_MAX = 16 * 1024;
    private static final int LINE_MAX = 16 * 1024;

    private final String host;
    private final int port;
    private final Origins origins;
    private final Compression compression;
    private final Maker maker;
    private @Nullable MessageDeflate deflate;
    private @Nullable HttpServer server;

    /** Makes what answers, once for each event loop and on it. */
    @FunctionalInterface
    public interface Maker {
        Rooms make(io.vertx.core.Context context);
    }

    /** What answers on one event loop. */
    public interface Rooms {
        /** Any request that is no WebSocket. */
        void request(HttpServerRequest request);

        /** Who wants a WebSocket on this path; empty if nobody serves one there. */
        Optional<SocketRoom> socket(String path);

        /** The token of a handshake; fails with {@link Refusal.Thrown}. Empty if there is none. */
        Future<Optional<Caller>> caller(ServerWebSocketHandshake handshake);

        /** The heartbeat of the loop's connections. */
        Pulse pulse();
    }

    /** Serves accepted WebSockets of one path. */
    @FunctionalInterface
    public interface SocketRoom {
        void serve(Socket socket, Optional<Caller> caller, Map<String, String> parameters);
    }

    /** Pages that browsers may use the gateway from. */
    public record Origins(String publicUrl, List<String> allowed) {
        public Origins {
            allowed = List.copyOf(allowed);
        }

        boolean admits(String origin) {
            return allowed.contains(origin) || origin.equals(originOf(publicUrl));
        }

        private static String originOf(String url) {
            var uri = URI.create(url);
            return uri.getScheme() + "://" + uri.getRawAuthority();
        }
    }

    public Edge(String host, int port, Origins origins, Compression compression, Maker maker) {
        this.host = host;
        this.port = port;
        this.origins = origins;
        this.compression = compression;
        this.maker = maker;
    }

    @Override
    public Future<?> start() {
        var made = maker.make(context);
        vertx.setPeriodic(Math.max(1, made.pulse().tickLength().toMillis()),
                ignored -> made.pulse().tick(System.nanoTime()));
        var options = new HttpServerOptions().setHost(host).setPort(port)
                // Vert.x would inflate without a bound; see DeflateHandshake.
                .setPerMessageWebSocketCompressionSupported(false)
                .setPerFrameWebSocketCompressionSupported(false)
                .setMaxWebSocketFrameSize(FRAME_MAX).setMaxWebSocketMessageSize(MESSAGE_MAX)
                .setMaxHeaderSize(HEADERS_MAX).setMaxInitialLineLength(LINE_MAX).setTcpNoDelay(true)
                .setWebSocketSubProtocols(
                        List.of("graphql-transport-ws", "tidegate.v1", "cloudevents.json"))
                .setWebSocketClosingTimeout(2).setIdleTimeout(120)
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                // What is written off the connection's own thread is our mistake; knowing that saves a queue a connection.
                .setStrictThreadMode(true);
        var listening = vertx.createHttpServer(options)
                .requestHandler(request -> request(made, request))
                .webSocketHandshakeHandler(handshake -> handshake(made, handshake));
        if (compression == Compression.AUTO) {
            var deflating = new MessageDeflate(MESSAGE_MAX);
            deflate = deflating;
            listening.connectionHandler(connection -> {
                if (connection instanceof Http1ServerConnection http1) {
                    var last = http1.channelHandlerContext();
                    last.pipeline().addBefore(last.name(), "deflate",
                            new DeflateHandshake(deflating, FRAME_MAX));
                }
            });
        }
        server = listening;
        return listening.listen();
    }

    @Override
    public Future<?> stop() {
        var deflating = deflate;
        if (deflating != null) {
            deflating.close();
        }
        return Future.succeededFuture();
    }

    /** The port that was bound; the same on every loop. */
    public int port() {
        var listening = server;
        return listening == null ? port : listening.actualPort();
    }

    private void request(Rooms made, HttpServerRequest request) {
        var response = request.response();
        response.putHeader(CONTENT_TYPE_OPTIONS, NO_SNIFF);
        var origin = request.getHeader(HttpHeaders.ORIGIN);
        if (origin != null) {
            response.putHeader("Vary", "Origin");
            if (origins.admits(origin)) {
                response.putHeader("Access-Control-Allow-Origin", origin).putHeader(
                        "Access-Control-Expose-Headers",
                        "RateLimit, RateLimit-Policy, Retry-After, Deprecation, Sunset, WWW-Authenticate,"
                                + " ETag, Link, Content-Disposition, Tidegate-Position, Tidegate-As-Of, Tidegate-Total-Count");
                if (request.method().equals(HttpMethod.OPTIONS)) {
                    response.putHeader("Access-Control-Allow-Methods", "GET, POST, DELETE")
                            .putHeader("Access-Control-Allow-Headers",
                                    "Authorization, Content-Type, Accept, Last-Event-ID, If-None-Match")
                            .putHeader("Access-Control-Max-Age", "600").setStatusCode(204).end();
                    return;
                }
            }
        }
        made.request(request);
    }

    private static Map<String, String> parameters(@Nullable String query) {
        var parameters = new HashMap<String, String>();
        new QueryStringDecoder(query == null ? "" : query, false).parameters()
                .forEach((name, values) -> parameters.put(name, values.getLast()));
        return parameters;
    }

    private void handshake(Rooms made, ServerWebSocketHandshake handshake) {
        var origin = handshake.headers().get("Origin");
        if (origin != null && !origins.admits(origin)) {
            handshake.reject(403);
            return;
        }
        // Netty would speak the drafts of the protocol too; we answer for RFC 6455 alone.
        if (!"13".equals(handshake.headers().get("Sec-WebSocket-Version"))) {
            handshake.reject(400);
            return;
        }
        var room = made.socket(String.valueOf(handshake.path()));
        if (room.isEmpty()) {
            handshake.reject(404);
            return;
        }
        var query = handshake.query();
        made.caller(handshake)
                .onSuccess(caller -> handshake.accept().onSuccess(webSocket -> room.get()
                        .serve(new Socket(made.pulse(), webSocket), caller, parameters(query))))
                .onFailure(failure -> handshake.reject(
                        failure instanceof Refusal.Thrown thrown
                                ? thrown.refusal().code().httpStatus()
                                : 500));
    }
}
