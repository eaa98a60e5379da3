package io.tidegate.gateway.subscription;

import io.tidegate.gateway.feed.Entry;
import io.tidegate.gateway.feed.Feed.Tail;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** The shared log as a subscription sees it. */
public interface Log {

    /** The oldest sequence number in memory. */
    long head();

    Tail tail();

    /** The entry of this sequence number; null if memory has left it behind or it is not there yet. */
    @Nullable
    Entry at(long sequence);

    /** See {@link io.tidegate.gateway.feed.Feed#joinable}. */
    OptionalLong joinable(long[] next);
}
