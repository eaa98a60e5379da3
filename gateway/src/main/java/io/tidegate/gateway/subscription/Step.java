package io.tidegate.gateway.subscription;

import io.tidegate.gateway.feed.Entry;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.feed.Start;
import java.util.List;

/** What a subscription does next. */
public sealed interface Step {

    /** Deliver the shared log from this sequence number; whoever is there too gets the same bytes. */
    record DeliverShared(long from) implements Step {
    }

    /** Deliver these, which are this reader's own. */
    record DeliverOwn(List<Entry> entries) implements Step {
    }

    /**
     * Deliver the newest event of each key of the shared log from this sequence number on, by a {@link Conflation}; as much of
     * it as is told by {@link Subscription#delivered}.
     */
    record ConflateShared(long from) implements Step {
    }

    /**
     * Deliver these, which are this reader's own and the newest of their keys.
     *
     * @param passedOver
     *            how many events came between them
     */
    record DeliverConflated(List<Entry> entries, long passedOver) implements Step {
    }

    /** A chunk of a replay has been taken and is held until it is due; there is room for another. */
    record Hold() implements Step {
    }

    /** Announce what the reader will not get; it goes on behind. */
    record Announce(Lost lost) implements Step {
    }

    /** Ask Kafka for what memory has left behind, from here on. */
    record Replay(Start from) implements Step {
    }

    /** Nothing until the log moves, a replay delivers, or the client takes more. */
    record Idle() implements Step {
    }

    /** The subscription is over. */
    record End(EndReason reason) implements Step {
    }
}
