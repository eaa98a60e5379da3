package io.tidegate.gateway.faults;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What one client asked for and got, in order. Safe for several threads. */
final class Account {
    private final String name;
    private final Set<String> lanes;
    private final boolean hasSnapshot;
    private final List<Line> lines = new ArrayList<>();
    private int before;
    /** What it must get at the least. */
    private final Map<Integer, Long> owedFrom = new HashMap<>();

    /** Something that came, or befell the client. */
    sealed interface Line {
        /** @param seq of a delete -1: it has no value */
        record Got(String key, long seq, String op, String cursor) implements Line {
        }

        record Gap(String reason, int partition, long from, long to, long events,
                String cursor) implements Line {
        }

        record Notice(String code, long nanos) implements Line {
        }

        /** The connection ended; {@code resumedFrom} is what it comes back with. */
        record Cut(String why, String resumedFrom) implements Line {
        }
    }

    /**
     * @param lanes
     *            that its filter lets pass; empty = all
     */
    Account(String name, Set<String> lanes, boolean hasSnapshot) {
        this.name = name;
        this.lanes = lanes;
        this.hasSnapshot = hasSnapshot;
    }

    String name() {
        return name;
    }

    boolean hasSnapshot() {
        return hasSnapshot;
    }

    boolean wants(Written written) {
        // A tombstone holds nothing that a filter could judge but the key, so nobody with this one gets it.
        return lanes.isEmpty()
                || (lanes.contains(written.lane()) && written.kind() != Written.Kind.DELETE);
    }

    synchronized void add(Line line) {
        lines.add(line);
    }

    /** It comes with a cursor behind this. */
    synchronized void before(Line line) {
        lines.add(before++, line);
    }

    synchronized List<Line> lines() {
        return List.copyOf(lines);
    }

    /** From here on it must get everything; before, it may have begun anywhere. */
    synchronized void owe(Map<Integer, Long> from) {
        owedFrom.putAll(from);
    }

    synchronized long owedFrom(int partition) {
        return owedFrom.getOrDefault(partition, 0L);
    }

    synchronized long count(Class<? extends Line> kind) {
        return lines.stream().filter(kind::isInstance).count();
    }

    synchronized List<Line.Gap> gaps() {
        return lines.stream().filter(Line.Gap.class::isInstance).map(Line.Gap.class::cast)
                .toList();
    }

    synchronized boolean got(String key, long seq) {
        return lines.stream().anyMatch(line -> line instanceof Line.Got event
                && event.key().equals(key) && event.seq() == seq);
    }

    /** The codes of its notices, in order. */
    synchronized List<String> notices() {
        return lines.stream().filter(Line.Notice.class::isInstance)
                .map(line -> ((Line.Notice) line).code()).toList();
    }
}
