package io.tidegate.gateway.subscription;

import io.tidegate.gateway.feed.Entry;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Lost;
import io.tidegate.gateway.feed.Start;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The newest event of each key among entries that are a reader's own, until they are delivered. Bounded by keys and by
 * weight; what does not fit waits in Kafka.
 */
final class Held {
    static final int KEYS_MAX = 1024;
    /** Of all who never conflate, who hold nothing. */
    static final Held NEVER = new Held(event -> true, lost -> false, 0);
    private static final int WEIGHT_MAX = 1 << 20;

    private final Predicate<Event> passes;
    private final Predicate<Lost> stops;
    private final int keysMax;
    private final NewestByKey<Entry> newest = new NewestByKey<>();
    private long weight;
    private @Nullable Start behind;
    private boolean isStopped;

    /**
     * @param stops
     *            what is missing and ends the reader's stream; nothing behind it counts
     */
    Held(Predicate<Event> passes, Predicate<Lost> stops, int keysMax) {
        this.passes = passes;
        this.stops = stops;
        this.keysMax = keysMax;
    }

    /** Whether nothing has been added since the last {@link #take}. */
    boolean isEmpty() {
        return behind == null;
    }

    boolean isFull() {
        return newest.size() >= keysMax || weight >= WEIGHT_MAX;
    }

    void add(List<Entry> entries) {
        for (var entry : entries) {
            if (isStopped) {
                break;
            }
            switch (entry.content()) {
                case Event event -> {
                    if (passes.test(event)) {
                        var older = newest.add(event, entry);
                        weight += entry.weight() - (older == null ? 0 : older.weight());
                    }
                }
                case Lost lost -> {
                    newest.addOther(entry);
                    isStopped = stops.test(lost);
                }
            }
        }
        if (!entries.isEmpty()) {
            behind = entries.getLast().startBehind();
        }
    }

    /** The position behind everything that was added; not to be asked while it is empty. */
    Start behind() {
        return java.util.Objects.requireNonNull(behind, "something is held");
    }

    /** Hands everything over. */
    Step.DeliverConflated take() {
        var entries = new ArrayList<Entry>(newest.size());
        int events = 0;
        for (var kept : newest.inOrder()) {
            entries.add(kept.place());
            events += kept.isEvent() ? 1 : 0;
        }
        var step = new Step.DeliverConflated(entries, newest.events() - events);
        newest.clear();
        weight = 0;
        behind = null;
        return step;
    }
}
