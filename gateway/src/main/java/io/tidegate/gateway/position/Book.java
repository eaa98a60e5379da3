package io.tidegate.gateway.position;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the topic says of every name, in memory. Every node that has read the same records says the same.
 *
 * <p>
 * A claim takes the name and moves nothing; what a stream wrote that has lost the name by then is passed over. Not safe for
 * several threads.
 */
final class Book {
    /** Estimated heap of an entry beside its texts. */
    private static final int ENTRY_BYTES = 200;

    private final Duration retention;
    private final long bytesMax;
    private final Map<String, Kept> kept = new HashMap<>();
    private final Map<String, Integer> counts = new HashMap<>();
    private long bytes;
    private boolean isOverfull;

    /** What became of a record. */
    enum Heard {
        /** It counts. */
        TAKEN,
        /** A stream wrote it that had lost the name: the topic's last word is not what counts. */
        STALE,
        /** The name is forgotten. */
        GONE,
        /** Not in our words; what was kept stays. */
        UNREADABLE,
        /** There is no room for another name. */
        NO_ROOM
    }

    /**
     * @param bytesMax
     *            of estimated heap; with more the book is overfull, and knows it
     * @param retention
     *            after which a position that nobody used does not count any more
     */
    Book(long bytesMax, Duration retention) {
        this.bytesMax = bytesMax;
        this.retention = retention;
    }

    void clear() {
        kept.clear();
        counts.clear();
        bytes = 0;
        isOverfull = false;
    }

    int size() {
        return kept.size();
    }

    /** Whether names are missing here that the topic has. Nothing can be said of any name then. */
    boolean isOverfull() {
        return isOverfull;
    }

    /** Names of one owner, those included that nobody has used for long. */
    int count(String owner) {
        return counts.getOrDefault(owner, 0);
    }

    Optional<Kept> at(String key) {
        return Optional.ofNullable(kept.get(key));
    }

    boolean isExpired(Kept entry, Instant now) {
        return entry.at().plus(retention).isBefore(now);
    }

    /** Names that nobody used for a while beyond the retention: whoever takes one now is not surprised by its end. */
    List<String> expired(Instant now) {
        var then = now.minus(retention.dividedBy(30));
        return kept.entrySet().stream().filter(entry -> isExpired(entry.getValue(), then))
                .map(Map.Entry::getKey).toList();
    }

    /**
     * Hears the topic's next record.
     *
     * @param json
     *            null = the name is forgotten
     */
    Heard hear(String key, @Nullable String json) {
        var before = kept.get(key);
        if (json == null) {
            remove(key);
            return Heard.GONE;
        }
        var read = Kept.read(json);
        if (read.isEmpty()) {
            return Heard.UNREADABLE;
        }
        var now = read.get();
        if (before != null && before.stamp().compareTo(now.stamp()) > 0) {
            return Heard.STALE;
        }
        if (now.isClaim() && before != null && before.cursor() != null
                && !isExpired(before, now.at())) {
            now = new Kept(now.stamp(), true, before.cursor(), now.at(), now.partner());
        }
        long more = size(key, now) - (before == null ? 0 : size(key, before));
        if (bytes + more > bytesMax) {
            isOverfull = true;
            return Heard.NO_ROOM;
        }
        bytes += more;
        kept.put(key, now);
        if (before == null) {
            counts.merge(owner(key), 1, Integer::sum);
        }
        return Heard.TAKEN;
    }

    private void remove(String key) {
        var before = kept.remove(key);
        if (before != null) {
            bytes -= size(key, before);
            counts.computeIfPresent(owner(key), (owner, count) -> count == 1 ? null : count - 1);
        }
    }

    private static String owner(String key) {
        int end = key.indexOf('|');
        return end < 0 ? "" : key.substring(0, end);
    }

    private static long size(String key, Kept entry) {
        var cursor = entry.cursor();
        return (long) ENTRY_BYTES + key.length() + entry.stamp().holder().length()
                + entry.partner().length()
                + (cursor == null ? 0 : cursor.length());
    }
}
