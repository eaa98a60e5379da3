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
