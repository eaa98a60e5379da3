package io.tidegate.loadtests.server;

import io.vertx.core.AbstractVerticle;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.internal.ContextInternal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Vert.x used as its documentation shows it: one verticle, {@code writeTextMessage} for each event and connection. */
public final class VertxServer extends AbstractVerticle implements Pacer.Sender {
    private final List<ServerWebSocket> members = new ArrayList<>();
    private final CompletableFuture<Pacer> started = new CompletableFuture<>();
    private int port;

    /** Takes no arguments. */
    public static void main(String[] args) throws IOException {
        var server = new VertxServer();
        Vertx.vertx().deployVerticle(server).onFailure(server.started::completeExceptionally);
        var pacer = server.started.join();
        Child.serve("port=" + server.port, Child.of(pacer));
        System.exit(0);
    }

    @Override
    public void start(Promise<Void> done) {
        var pacer = new Pacer(((ContextInternal) context).nettyEventLoop(), this);
        vertx.createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(0)
                .setPerMessageWebSocketCompressionSupported(false)
                .setPerFrameWebSocketCompressionSupported(false)).webSocketHandler(socket -> {
                    members.add(socket);
                    socket.setWriteQueueMaxSize(64 * 1024);
                    socket.drainHandler(ignored -> pacer.roomAgain());
                    socket.closeHandler(ignored -> members.remove(socket));
                }).listen().onComplete(listening -> {
                    if (listening.succeeded()) {
                        port = listening.result().actualPort();
                        started.complete(pacer);
                        done.complete();
                    } else {
                        done.fail(cause(listening.cause()));
                    }
                });
    }

    private static Throwable cause(@Nullable Throwable failure) {
        return failure == null ? new IllegalStateException("unknown") : failure;
    }

    @Override
    public boolean hasRoom() {
        for (var member : members) {
            if (member.writeQueueFull()) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void send(long first, int events, long dueMicros) {
        for (int i = 0; i < events; i++) {
            var text = new String(LoadEvent.json(first + i, dueMicros), StandardCharsets.US_ASCII);
            for (var member : members) {
                member.writeTextMessage(text);
            }
        }
    }
}
