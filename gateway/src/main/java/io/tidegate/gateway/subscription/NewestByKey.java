package io.tidegate.gateway.subscription;

import io.tidegate.gateway.feed.Event;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The newest event of each key, in the order in which these came, and how many events there were.
 *
 * @param <T>
 *            what stands for an event
 */
final class NewestByKey<T> {
    private final Map<Object, Kept<T>> kept = new LinkedHashMap<>();
    private long events;

    /**
     * What is kept.
     *
     * @param ordinal
     *            how many events there were, up to and with this place
     */
    record Kept<T>(T place, boolean isEvent, long ordinal) {
    }

    /** A key whose parts may be arrays. */
    private record Key(Object[] parts) {
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Key key && Arrays.deepEquals(parts, key.parts);
        }

        @Override
        public int hashCode() {
            return Arrays.deepHashCode(parts);
        }
    }

    /** Adds an event; returns the older one of its key, which is passed over. */
    @Nullable
    T add(Event event, T place) {
        events++;
        var key = new Key(event.key().toArray());
        var older = kept.remove(key);
        kept.put(key, new Kept<>(place, true, events));
        return older == null ? null : older.place();
    }

    /** Adds what is never passed over. */
    void addOther(T place) {
        kept.put(new Object(), new Kept<>(place, false, events));
    }

    int size() {
        return kept.size();
    }

    /** How many events there were. */
    long events() {
        return events;
    }

    List<Kept<T>> inOrder() {
        return new ArrayList<>(kept.values());
    }

    void clear() {
        kept.clear();
        events = 0;
    }
}
