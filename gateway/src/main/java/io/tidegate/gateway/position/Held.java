package io.tidegate.gateway.position;

import io.tidegate.gateway.feed.Feed;
import io.tidegate.gateway.position.Kept.Stamp;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A name that one stream has, until it closes it or another stream takes it. */
public final class Held implements AutoCloseable {
    private final Positions positions;
    private final PositionKey key;
    private final Stamp stamp;
    private final Runnable replaced;
    private final @Nullable String cursor;

    Held(Positions positions, PositionKey key, Stamp stamp, Runnable replaced,
            @Nullable String cursor) {
        this.positions = positions;
        this.key = key;
        this.stamp = stamp;
        this.replaced = replaced;
        this.cursor = cursor;
    }

    public String name() {
        return key.name();
    }

    /** What was kept when the name was taken; empty the first time. */
    public Optional<String> cursor() {
        return Optional.ofNullable(cursor);
    }

    /** Keeps where the stream begins, whatever was kept before; completes when it is durable. */
    public CompletableFuture<Void> begin(String at) {
        return positions.begin(this, at);
    }

    /** Acknowledges everything up to a cursor; completes when that, or something later, is durable. */
    public CompletableFuture<Ack> acknowledge(String upTo, Feed feed) {
        return positions.acknowledge(this, upTo, feed);
    }

    PositionKey key() {
        return key;
    }

    Stamp stamp() {
        return stamp;
    }

    void lost() {
        replaced.run();
    }

    /** The stream is over; what it acknowledged stays. */
    @Override
    public void close() {
        positions.release(this);
    }
}
