package io.tidegate.gateway.faults;

import io.tidegate.gateway.faults.Account.Line;
import io.tidegate.gateway.faults.Written.Kind;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Compares what a client got with what was written, when all is over.
 *
 * <pre>
 * I1  nothing that it is owed is missing
 * I2  nothing comes twice
 * I3  nothing of a partition comes before what was written earlier, and so nothing of a key
 * I4  whatever is missing is announced, once and exactly, and nothing is announced that is not missing
 * I5  nothing comes that was not committed, not readable, not asked for, or of another log than the cursor's
 * I6  after a snapshot: of each key exactly what follows the snapshot's row
 * </pre>
 */
final class Checker {
    private final History history;
    private final Account account;
    private final List<String> violations = new ArrayList<>();
    /** For each partition the first offset that is not accounted for. */
    private final Map<Integer, Long> next = new HashMap<>();
    private final Map<Integer, Integer> generations = new HashMap<>();
    private final Set<Integer> announcedAnew = new HashSet<>();
    private final Set<Integer> announcedAdded = new HashSet<>();
    private final Map<String, Long> snapshot = new HashMap<>();
    private final Map<Integer, TreeSet<Long>> withdrawnSeen = new HashMap<>();
    private boolean isInSnapshot;
    /** Of the log that the snapshot is of. */
    private int first;

    private Checker(History history, Account account) {
        this.history = history;
        this.account = account;
        this.isInSnapshot = account.hasSnapshot();
    }

    /**
     * @return one sentence a violation; empty if the gateway has kept its promises
     */
    static List<String> check(History history, Account account) {
        return new Checker(history, account).check();
    }

    private List<String> check() {
        for (var line : account.lines()) {
            switch (line) {
                case Line.Got event -> got(event);
                case Line.Gap gap -> gap(gap);
                case Line.Notice ignored -> {
                }
                case Line.Cut cut -> cut(cut.resumedFrom());
            }
        }
        int last = history.generation();
        history.ends().forEach((partition, end) -> {
            if (generation(partition) == last) {
                missing(partition, end, "the end");
            } else {
                violate("I4", "partition %d was never told that its log is another one", partition);
            }
        });
        withdrawnSeen.forEach((partition, offsets) -> offsets.forEach(offset -> violate("I4",
                "partition %d offset %d was withdrawn after it had been delivered, unannounced",
                partition, offset)));
        return violations;
    }

    private void violate(String invariant, String what, Object... arguments) {
        violations.add(invariant + " " + account.name() + ": " + what.formatted(arguments));
    }

    private int generation(int partition) {
        return generations.getOrDefault(partition, first);
    }

    /** Whoever comes back from within a snapshot gets it anew, from the beginning. */
    private void cut(String resumedFrom) {
        if (isInSnapshot && (resumedFrom.isEmpty() || isWithinSnapshot(resumedFrom))) {
            snapshot.clear();
        }
    }

    /** The flag in the first byte of a cursor. */
    private static boolean isWithinSnapshot(String cursor) {
        return (Base64.getUrlDecoder().decode(cursor)[0] & 1) != 0;
    }

    private void got(Line.Got event) {
        if (event.op().equals("snapshot")) {
            inSnapshot(event);
            return;
        }
        isInSnapshot = false;
        var written = event.op().equals("delete")
                ? history.delete(generations.values().stream().findFirst().orElse(first),
                        event.key(),
                        next)
                : history.of(event.key(), event.seq());
        if (written == null) {
            violate("I5", "%s was never written, or came twice", event);
            return;
        }
        if (!written.isEvent()) {
            violate("I5", "%s is %s and came all the same", event, written.kind());
            return;
        }
        if (!account.wants(written)) {
            violate("I5", "%s was not asked for", event);
        }
        if (account.hasSnapshot() && snapshot.isEmpty() && generations.isEmpty()) {
            // A snapshot without a row tells nothing of its log; the first event behind it does.
            first = written.generation();
        }
        int partition = written.partition();
        if (written.generation() != generation(partition)) {
            if (written.generation() < generation(partition)
                    || !announcedAnew.remove(partition)) {
                violate("I5", "%s is of log %d while the cursor is of log %d", event,
                        written.generation(), generation(partition));
            }
            generations.put(partition, written.generation());
            next.put(partition, 0L);
        }
        if (snapshot.getOrDefault(event.key(), -1L) >= written.seq()) {
            violate("I6", "%s is older than the snapshot's row %d", event,
                    snapshot.get(event.key()));
        }
        if (history.isWithdrawn(written)) {
            withdrawnSeen.computeIfAbsent(partition, ignored -> new TreeSet<>())
                    .add(written.offset());
        }
        long expected = next.getOrDefault(partition, 0L);
        if (written.offset() < expected) {
            violate("I2/I3", "%s of partition %d offset %d came after offset %d", event, partition,
                    written.offset(), expected - 1);
            return;
        }
        missing(partition, written.offset(), event.toString());
        next.put(partition, written.offset() + 1);
    }

    private void inSnapshot(Line.Got row) {
        if (!isInSnapshot) {
            violate("I6", "%s came outside of the snapshot", row);
        }
        var written = history.of(row.key(), row.seq());
        if (written == null || written.kind() != Kind.UPSERT || !account.wants(written)) {
            violate("I6", "%s is no row that could be in the snapshot", row);
        } else if (!snapshot.isEmpty() && written.generation() != first) {
            violate("I6", "%s is of log %d, and rows before it of log %d", row,
                    written.generation(), first);
        } else if (snapshot.put(row.key(), row.seq()) != null) {
            violate("I6", "%s came twice in the snapshot", row);
        } else {
            first = written.generation();
        }
    }

    /** Whatever lies between what is accounted for and this offset should have come. */
    private void missing(int partition, long to, String before) {
        for (var each : history.between(generation(partition), partition,
                next.getOrDefault(partition, 0L), to)) {
            boolean isOwed = each.offset() >= account.owedFrom(partition)
                    && each.seq() > snapshot.getOrDefault(each.key(), -1L)
                    && each.kind() != Kind.ABORTED && !history.isCompacted(each);
            // Of a record that cannot be read nobody knows whether a filter would have let it pass.
            if (isOwed && each.kind() == Kind.UNREADABLE && snapshot.isEmpty()) {
                violate("I4", "%s was not announced before %s", each, before);
            } else if (isOwed && each.isEvent() && account.wants(each)) {
                violate("I1", "%s is missing before %s", each, before);
            }
        }
    }

    private void gap(Line.Gap gap) {
        int partition = gap.partition();
        if (gap.events() == 0) {
            switch (gap.reason()) {
                case "epoch" -> announcedAnew.add(partition);
                case "partitions-changed" -> {
                    if (next.containsKey(partition) || !announcedAdded.add(partition)) {
                        violate("I4", "%s announces a partition that the reader knows", gap);
                    }
                }
                default -> violate("I4", "%s announces nothing", gap);
            }
            return;
        }
        if (gap.events() != gap.to() - gap.from() + 1) {
            violate("I4", "%s counts other than its range", gap);
        }
        long expected = next.getOrDefault(partition, 0L);
        if (gap.reason().equals("epoch")) {
            var seen = withdrawnSeen.getOrDefault(partition, new TreeSet<>());
            seen.subSet(gap.from(), true, gap.to(), true).clear();
            if (gap.to() + 1 != expected) {
                violate("I4", "%s ends elsewhere than the reader, which is at %d", gap, expected);
            }
            next.put(partition, gap.from());
            return;
        }
        if (gap.from() < expected) {
            violate("I4", "%s announces what came, up to offset %d", gap, expected - 1);
        }
        missing(partition, gap.from(), gap.toString());
        long retained = history.retainedFrom(generation(partition), partition);
        var covered = history.between(generation(partition), partition, gap.from(), gap.to() + 1);
        if (covered.isEmpty()) {
            violate("I4", "%s announces offsets that held nothing", gap);
        }
        switch (gap.reason()) {
            case "bad-record" -> covered.stream().filter(each -> each.kind() != Kind.UNREADABLE)
                    .forEach(each -> violate("I4", "%s announces %s, which can be read", gap,
                            each));
            case "retention" -> {
                if (gap.to() + 1 != retained) {
                    violate("I4", "%s ends elsewhere than the retained log, at %d", gap, retained);
                }
            }
            default -> {
            }
        }
        next.put(partition, gap.to() + 1);
    }
}
