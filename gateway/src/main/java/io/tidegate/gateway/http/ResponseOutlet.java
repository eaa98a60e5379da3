package io.tidegate.gateway.http;

import io.tidegate.gateway.delivery.Frames;
import io.tidegate.gateway.delivery.Outlet;
import io.tidegate.gateway.subscription.EndReason;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.function.BiFunction;

/** A streamed HTTP response as the way out to a client. */
public final class ResponseOutlet implements Outlet {
    private static final int HIGH_WATER = 64 * 1024;

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
            response.write(Buffer.buffer(frames.bytes()));
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
