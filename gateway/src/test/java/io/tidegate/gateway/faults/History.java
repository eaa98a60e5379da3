package io.tidegate.gateway.faults;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/** Everything that a topic was given, and what became of it since. Safe for several threads. */
final class History {
    private final Map<Place, NavigableMap<Long, Written>> logs = new HashMap<>();
    private final Map<String, Written> byIdentity = new HashMap<>();
    private final Set<Written> withdrawn = new HashSet<>();
    private final Set<Written> compacted = new HashSet<>();
    private final Map<Place, Long> retainedFrom = new HashMap<>();
    private int generation;

    /** A partition of one generation. */
    record Place(int generation, int partition) {
    }

    synchronized int generation() {
        return generation;
    }

    /** The topic has been deleted and made again. */
    synchronized void recreated() {
        generation++;
    }

    synchronized void add(Written written) {
        log(new Place(written.generation(), written.partition())).put(written.offset(), written);
        byIdentity.put(written.key() + "#" + written.seq(), written);
    }

    /** An unclean election has withdrawn what the partition held from here on. */
    synchronized void cut(int partition, long from) {
        var gone = log(new Place(generation, partition)).tailMap(from, true);
        withdrawn.addAll(gone.values());
        gone.clear();
    }

    synchronized void retainFrom(int partition, long offset) {
        retainedFrom.put(new Place(generation, partition), offset);
    }

    synchronized void compacted(Written written) {
        compacted.add(written);
    }

    synchronized boolean isWithdrawn(Written written) {
        return withdrawn.contains(written);
    }

    synchronized boolean isCompacted(Written written) {
        return compacted.contains(written);
    }

    synchronized long retainedFrom(int ofGeneration, int partition) {
        return retainedFrom.getOrDefault(new Place(ofGeneration, partition), 0L);
    }

    /** The upsert or unreadable record of that name; null if nobody wrote it. */
    synchronized Written of(String key, long seq) {
        return byIdentity.get(key + "#" + seq);
    }

    /** The next delete of that key from this offset on; null if there is none. */
    synchronized Written delete(int ofGeneration, String key, Map<Integer, Long> from) {
        for (var place : logs.keySet()) {
            if (place.generation() == ofGeneration) {
                for (var each : log(place).tailMap(from.getOrDefault(place.partition(), 0L), true)
                        .values()) {
                    if (each.kind() == Written.Kind.DELETE && each.key().equals(key)) {
                        return each;
                    }
                }
            }
        }
        return null;
    }

    /** What the partition holds of these offsets now. */
    synchronized List<Written> between(int ofGeneration, int partition, long from, long to) {
        return from >= to
                ? List.of()
                : List.copyOf(log(new Place(ofGeneration, partition)).subMap(from, true, to, false)
                        .values());
    }

    /** For each partition of the present generation the offset behind the last record. */
    synchronized Map<Integer, Long> ends() {
        var ends = new TreeMap<Integer, Long>();
        logs.forEach((place, log) -> {
            if (place.generation() == generation && !log.isEmpty()) {
                ends.put(place.partition(), log.lastKey() + 1);
            }
        });
        return ends;
    }

    synchronized int size() {
        return logs.values().stream().mapToInt(Map::size).sum();
    }

    synchronized List<Written> all() {
        var all = new ArrayList<Written>();
        logs.values().forEach(log -> all.addAll(log.values()));
        return all;
    }

    private NavigableMap<Long, Written> log(Place place) {
        return logs.computeIfAbsent(place, ignored -> new TreeMap<>());
    }
}
