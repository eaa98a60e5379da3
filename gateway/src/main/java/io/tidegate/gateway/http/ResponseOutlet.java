package io.tidegate.gateway.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.tidegate.gateway.delivery.Frames;
import io.tidegate.gateway.delivery.Outlet;
import io.tidegate.gateway.subscription.EndReason;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.internal.buffer.BufferInternal;
import java.time.Duration;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** A streamed HTTP response as the way out to a client. */
public final class ResponseOutlet extends Pulse.Member implements Outlet {
    private static final int HIGH_WATER = 64 * 1024;

    /** The frames as Vert.x takes them: not copied, as nobody changes them. */
    private record Body(Buffer buffer) implements Frames.Form {
        static Body of(Frames frames) {
            return new Body(BufferInternal.buffer(Unpooled.wrappedBuffer(frames.bytes())));
        }

        @Override
        public void release() {
            // It is on the heap.
        }
    }

    private final HttpServerResponse response;
    private final Pulse pulse;
    private final BiFunction<EndReason, String, String> farewell;
    /** Of the client alone; null where it is shared with other streams. */
    private final @Nullable Channel channel;
    private final Uptake uptake = new Uptake();
    private boolean isEnded;
    private long writtenAt = System.nanoTime();
    private Runnable sign = () -> {
    };
    private Runnable draining = () -> {
    };

    /**
     * @param farewell
     *            the last words for an end and the cursor to resume from; may be empty
     */
    public ResponseOutlet(Pulse pulse, HttpServerRequest request,
            BiFunction<EndReason, String, String> farewell) {
        this.pulse = pulse;
        this.response = request.response();
        this.farewell = farewell;
        this.channel = request.version() != HttpVersion.HTTP_2
                && request.connection() instanceof HttpServerConnection connection
                        ? connection.channelHandlerContext().channel()
                        : null;
        response.setWriteQueueMaxSize(HIGH_WATER);
    }

    /**
     * Breaks a response off at once, so that nobody takes a part of it for all. What the client has not taken is not waited for:
     * the connection would stay as long as it takes nothing. In HTTP/1.0, where a body may end with its connection, a reset is
     * what tells a break from an end.
     */
    public static void breakOff(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            if (!request.response().closed()) {
                request.response().reset();
            }
        } else if (request.connection() instanceof HttpServerConnection connection) {
            var channel = connection.channelHandlerContext().channel();
            if (channel.isOpen()) {
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
                channel.pipeline().firstContext().close();
            }
        }
    }

    /**
     * The stream has begun: the client gets signs of life, and is given up when it takes nothing any more. Ends with
     * {@link #close}.
     *
     * @param isNeeded
     *            whether a sign of life is due though something was written this long ago
     * @param text
     *            the sign: something that is no event
     * @param drain
     *            ends the stream because the gateway ends
     */
    public void open(String text, Duration isNeeded, Runnable drain) {
        sign = () -> {
            if (isSilentFor(isNeeded)) {
                write(text);
            }
        };
        draining = drain;
        pulse.join(this);
    }

    /** The stream is over, whoever ended it. */
    public void close() {
        pulse.leave(this);
    }

    @Override
    void beat(long now) {
        uptake.look(channel, now);
        long silence = pulse.heartbeat().silence().toNanos();
        if (channel == null) {
            // Nothing is written while the queue is full, so the client has taken next to nothing since the last write.
            if (response.writeQueueFull() && now - writtenAt > silence) {
                response.reset();
                return;
            }
        } else if (uptake.isGivenUp(now, silence)) {
            channel.pipeline().firstContext().close();
            return;
        }
        sign.run();
    }

    @Override
    void drain() {
        draining.run();
    }

    @Override
    public boolean isWritable() {
        return !isEnded && !response.closed() && !response.writeQueueFull();
    }

    @Override
    public void write(Frames frames) {
        if (!isEnded && !response.closed()) {
            writtenAt = System.nanoTime();
            response.write(frames.form(Body.class, Body::of).buffer());
        }
    }

    private boolean isSilentFor(Duration time) {
        return System.nanoTime() - writtenAt > time.toNanos();
    }

    /** Writes what is no event: a comment that keeps the connection alive. */
    private void write(String text) {
        if (isWritable()) {
            writtenAt = System.nanoTime();
            response.write(text);
        }
    }

    @Override
    public void end(EndReason reason, String cursor) {
        if (!isEnded && !response.closed()) {
            isEnded = true;
            // What the client has not taken yet is still watched.
            pulse.join(this);
            response.end(farewell.apply(reason, cursor))
                    .onComplete(ignored -> pulse.leave(this));
        }
    }
}
