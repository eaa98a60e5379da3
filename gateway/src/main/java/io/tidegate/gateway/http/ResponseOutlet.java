package io.tidegate.gateway.http;

import io.netty.buffer.Unpooled;
import io.tidegate.gateway.delivery.Frames;
import io.tidegate.gateway.delivery.Outlet;
import io.tidegate.gateway.subscription.EndReason;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.time.Duration;
import java.util.function.BiFunction;

/** A streamed HTTP response as the way out to a client. */
public final class ResponseOutlet implements Outlet {
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
    private final BiFunction<EndReason, String, String> farewell;
    private boolean isEnded;
    private long writtenAt = System.nanoTime();

    /**
     * @param farewell
     *            the last words for an end and the cursor to resume from; may be empty
     */
    public ResponseOutlet(HttpServerResponse response,
            BiFunction<EndReason, String, String> farewell) {
        this.response = response;
        this.farewell = farewell;
        response.setWriteQueueMaxSize(HIGH_WATER);
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

    /** Whether nothing has been written for so long. */
    public boolean isSilentFor(Duration time) {
        return System.nanoTime() - writtenAt > time.toNanos();
    }

    /** Writes what is no event: a comment that keeps the connection alive. */
    public void write(String text) {
        if (isWritable()) {
            writtenAt = System.nanoTime();
            response.write(text);
        }
    }

    @Override
    public void end(EndReason reason, String cursor) {
        if (!isEnded && !response.closed()) {
            isEnded = true;
            response.end(farewell.apply(reason, cursor));
        }
    }
}
