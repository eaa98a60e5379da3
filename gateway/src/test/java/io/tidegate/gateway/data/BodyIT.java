package io.tidegate.gateway.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A body on a real connection whose client is slow, stalls or leaves. */
class BodyIT {
    private static final int CHUNK = 64 * 1024;
    /** More than any system buffers for a connection. */
    private static final long ENDLESS = 256L << 20;

    private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    private final CompletableFuture<Body> bodies = new CompletableFuture<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final Queue<Throwable> unhandled = new ConcurrentLinkedQueue<>();
    private HttpServer server;

    @BeforeEach
    void serve() throws Exception {
        vertx.exceptionHandler(unhandled::add);
        server = vertx.createHttpServer().requestHandler(request -> {
            request.connection().closeHandler(ignored -> closed.complete(null));
            var body = new Body(vertx.getOrCreateContext(), request, Duration.ofMillis(500),
                    Duration.ofSeconds(4));
            body.head(() -> request.response().setChunked(true));
            bodies.complete(body);
        }).listen(0, "127.0.0.1").toCompletionStage().toCompletableFuture().get();
    }

    @AfterEach
    void end() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
        assertThat(unhandled).isEmpty();
    }

    private Socket client() throws IOException {
        return client("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    }

    private Socket client(String request) throws IOException {
        var socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress("127.0.0.1", server.actualPort()));
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** What comes of writing without an end; how much was written before. */
    private static CompletableFuture<Throwable> endless(Body body, AtomicLong written) {
        var end = new CompletableFuture<Throwable>();
        Thread.ofVirtual().start(() -> {
            try {
                while (written.get() < ENDLESS) {
                    body.write(new byte[CHUNK], 0, CHUNK);
                    written.addAndGet(CHUNK);
                }
                end.complete(new AssertionError("all was taken"));
            } catch (Throwable e) {
                end.complete(e);
            }
        });
        return end;
    }

    @Test
    void a_client_that_reads_nothing_is_given_up_and_costs_little() throws Exception {
        try (var ignored = client()) {
            var written = new AtomicLong();
            var end = endless(bodies.get(10, TimeUnit.SECONDS), written);

            assertThat(end.get(30, TimeUnit.SECONDS)).isInstanceOf(Body.Gone.class)
                    .hasMessageContaining("takes nothing");
            assertThat(written.get()).as("no more than the system's buffers")
                    .isLessThan(32L << 20);
        }
    }

    @Test
    void a_client_that_leaves_is_noticed_by_whoever_writes() throws Exception {
        var written = new AtomicLong();
        CompletableFuture<Throwable> end;
        Body body;
        try (var socket = client()) {
            body = bodies.get(10, TimeUnit.SECONDS);
            end = endless(body, written);
            assertThat(socket.getInputStream().readNBytes(1000)).hasSize(1000);
        }

        assertThat(end.get(30, TimeUnit.SECONDS)).isInstanceOf(Body.Gone.class);
        assertThatThrownBy(body::finish).isInstanceOf(Body.Gone.class);
        closed.get(10, TimeUnit.SECONDS);
        body.cut();
    }

    @Test
    void a_client_that_reads_nothing_is_cut_off_at_once() throws Exception {
        try (var ignored = client("GET / HTTP/1.1\r\nHost: x\r\n\r\n")) {
            var body = bodies.get(10, TimeUnit.SECONDS);
            assertThat(endless(body, new AtomicLong()).get(30, TimeUnit.SECONDS))
                    .isInstanceOf(Body.Gone.class);
            body.cut();

            assertThat(closed.get(5, TimeUnit.SECONDS)).as("its connection").isNull();
        }
    }

    @Test
    void a_client_that_takes_a_little_now_and_then_is_given_up_at_last() throws Exception {
        try (var socket = client()) {
            var end = endless(bodies.get(10, TimeUnit.SECONDS), new AtomicLong());
            while (!end.isDone()) {
                socket.getInputStream().readNBytes(20_000);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
            }
            assertThat(end.get()).isInstanceOf(Body.Gone.class)
                    .hasMessageContaining("has not taken all of it within PT4S");
        }
    }

    @Test
    void nobody_takes_a_part_for_all_where_only_the_connection_has_an_end() throws Exception {
        try (var socket = client("GET / HTTP/1.0\r\n\r\n")) {
            var body = bodies.get(10, TimeUnit.SECONDS);
            body.write(new byte[CHUNK], 0, CHUNK);
            assertThat(socket.getInputStream().readNBytes(1000)).hasSize(1000);
            body.cut();

            assertThatThrownBy(() -> socket.getInputStream().readAllBytes())
                    .isInstanceOf(SocketException.class);
        }
    }

    @Test
    void a_slow_client_gets_every_byte() throws Exception {
        int length = 3_000_001;
        try (var socket = client()) {
            var body = bodies.get(10, TimeUnit.SECONDS);
            var done = new CompletableFuture<Void>();
            Thread.ofVirtual().start(() -> {
                try {
                    for (int i = 0; i < length; i++) {
                        body.write('a' + i % 26);
                    }
                    body.finish();
                    done.complete(null);
                } catch (IOException e) {
                    done.completeExceptionally(e);
                }
            });
            long letters = letters(socket.getInputStream());
            done.get(10, TimeUnit.SECONDS);
            assertThat(letters).isEqualTo(length);
        }
    }

    /** The content of chunks, taken a little at a time. */
    private static long letters(InputStream in) throws IOException {
        var line = new StringBuilder();
        while (!line.toString().endsWith("\r\n\r\n")) {
            line.append((char) in.read());
        }
        long letters = 0;
        while (true) {
            var size = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                size.append((char) c);
            }
            int left = Integer.parseInt(size.toString().trim(), 16);
            if (left == 0) {
                return letters;
            }
            while (left > 0) {
                var part = in.readNBytes(Math.min(left, 1500));
                for (byte b : part) {
                    if (b != 'a' + letters % 26) {
                        throw new AssertionError("another letter at " + letters);
                    }
                    letters++;
                }
                left -= part.length;
            }
            in.readNBytes(2);
        }
    }
}
