package io.tidegate.gateway.data;

import io.tidegate.gateway.http.ResponseOutlet;
import io.tidegate.gateway.http.Uptake;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * A response's body for a thread that may block. No more is in memory than one chunk and what the connection takes before it
 * says that it is full; whoever writes waits until the client has taken that. A client that takes nothing for long is given
 * up.
 */
final class Body extends OutputStream {
    private static final int CHUNK = 32 * 1024;
    /** How often it is looked within the time that a client may take nothing. */
    private static final int LOOKS = 8;

    private final Context context;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Duration patience;
    private final Duration longest;
    /** With other responses, so that nothing of the connection tells of this one. */
    private final boolean isShared;
    private final long begun = System.nanoTime();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final byte[] chunk = new byte[CHUNK];
    private int filled;
    private boolean isReady = true;
    private boolean isGone;
    private boolean isGivenUp;
    private boolean isDone;
    private boolean isBegun;

    /** The client is gone, or as good as gone: there is nobody to write for. */
    static final class Gone extends IOException {
        Gone(String why) {
            super(why);
        }
    }

    /**
     * On the event loop.
     *
     * @param patience
     *            how long a client may take nothing
     * @param longest
     *            how long it may take for all
     */
    Body(Context context, HttpServerRequest request, Duration patience, Duration longest) {
        this.context = context;
        this.request = request;
        this.response = request.response();
        this.patience = patience;
        this.longest = longest;
        this.isShared = request.version() == HttpVersion.HTTP_2;
        response.setWriteQueueMaxSize(2 * CHUNK);
        response.closeHandler(ignored -> signal(() -> isGone = true));
        response.exceptionHandler(ignored -> signal(() -> isGone = true));
    }

    private void signal(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Whether nobody reads any more. */
    boolean isGone() {
        lock.lock();
        try {
            return isGone;
        } finally {
            lock.unlock();
        }
    }

    /** Whether there is something of an answer already, so that no other can take its place. For whoever writes. */
    boolean isBegun() {
        return isBegun;
    }

    /** Does something with the response before what is written next. */
    void head(Runnable task) {
        isBegun = true;
        context.runOnContext(ignored -> {
            if (!response.closed() && !response.ended()) {
                task.run();
            }
        });
    }

    /** Nobody may take a part of an answer for all of it, so the response is broken off where it has begun. */
    void cut() {
        context.runOnContext(ignored -> ResponseOutlet.breakOff(request));
    }

    @Override
    public void write(int octet) throws IOException {
        write(new byte[]{(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        int at = from;
        int end = from + length;
        while (at < end) {
            int count = Math.min(end - at, CHUNK - filled);
            System.arraycopy(bytes, at, chunk, filled, count);
            filled += count;
            at += count;
            if (filled == CHUNK) {
                send();
            }
        }
    }

    /** What is not a whole chunk waits for more. */
    @Override
    public void flush() {
        // A chunk that is sent early would only be a smaller one.
    }

    private void send() throws IOException {
        awaitReady();
        var buffer = Buffer.buffer(Arrays.copyOf(chunk, filled));
        filled = 0;
        context.runOnContext(ignored -> {
            if (response.closed()) {
                signal(() -> isGone = true);
                return;
            }
            response.write(buffer);
            if (response.writeQueueFull()) {
                response.drainHandler(drained -> signal(() -> isReady = true));
            } else {
                signal(() -> isReady = true);
            }
        });
    }

    private void awaitReady() throws IOException {
        lock.lock();
        try {
            await(() -> isReady);
            isReady = false;
        } finally {
            lock.unlock();
        }
    }

    /** Until something is so, as long as the client takes anything, however slowly. */
    private void await(BooleanSupplier isSo) throws IOException {
        var uptake = new Uptake();
        long since = System.nanoTime();
        lock.lock();
        try {
            while (!isSo.getAsBoolean() && !isGone) {
                long now = System.nanoTime();
                if (isGivenUp || (isShared && now - since > patience.toNanos())) {
                    throw new Gone("the client takes nothing any more");
                }
                if (now - begun > longest.toNanos()) {
                    throw new Gone("the client has not taken all of it within " + longest);
                }
                if (changed.awaitNanos(patience.toNanos() / LOOKS) <= 0 && !isShared) {
                    context.runOnContext(ignored -> look(uptake));
                }
            }
            if (isGone) {
                throw new Gone("the client is gone");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Gone("the gateway is ending");
        } finally {
            lock.unlock();
        }
    }

    private void look(Uptake uptake) {
        long now = System.nanoTime();
        uptake.look(request, now);
        if (uptake.isGivenUp(now, patience.toNanos())) {
            signal(() -> isGivenUp = true);
        }
    }

    /** Sends the rest and waits until the client has it, or is given up. */
    void finish() throws IOException {
        awaitReady();
        var rest = Buffer.buffer(Arrays.copyOf(chunk, filled));
        context.runOnContext(ignored -> {
            if (response.closed()) {
                signal(() -> isGone = true);
            } else {
                response.end(rest).onComplete(ended -> signal(() -> isDone = true));
            }
        });
        await(() -> isDone);
    }
}
