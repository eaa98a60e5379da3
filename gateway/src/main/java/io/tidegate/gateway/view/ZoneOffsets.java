package io.tidegate.gateway.view;

import java.time.Instant;
import java.time.ZoneId;
import java.time.zone.ZoneOffsetTransition;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.jooq.Field;
import org.jooq.impl.DSL;

/**
 * How far a zone's clocks were from UTC in a stretch of time, in Java and in SQL alike. All times are seconds, those of clocks
 * as if they were UTC. A clock time that occurs twice is the earlier one; one that was skipped is the moment of the leap.
 *
 * <p>
 * In SQL a stretch is found by halves, which costs a comparison for each doubling of their number and no join.
 */
final class ZoneOffsets {
    /** 2200-01-01; what rules hold later nobody knows, and the offset of that day stays. */
    static final long LAST = 7_258_118_400L;
    private static final long DAY = 86_400;
    private static final long ALWAYS = -(1L << 62);

    /** When the offsets begin; the first one has no beginning. */
    private final long[] transitions;
    private final long[] offsets;

    private ZoneOffsets(long[] transitions, long[] offsets) {
        this.transitions = transitions;
        this.offsets = offsets;
    }

    /** The offsets of a zone that matter between two times. */
    static ZoneOffsets of(ZoneId zone, long from, long to) {
        var rules = zone.getRules();
        long first = Math.max(Math.min(from, LAST) - 2 * DAY, Instant.MIN.getEpochSecond());
        long last = Math.min(to + 2 * DAY, LAST);
        var at = Instant.ofEpochSecond(first);
        var found = new ArrayList<ZoneOffsetTransition>();
        for (var next = rules.nextTransition(at); next != null
                && next.toEpochSecond() <= last; next = rules.nextTransition(next.getInstant())) {
            found.add(next);
        }
        var offsets = new long[found.size() + 1];
        offsets[0] = rules.getOffset(at).getTotalSeconds();
        for (int i = 0; i < found.size(); i++) {
            offsets[i + 1] = found.get(i).getOffsetAfter().getTotalSeconds();
        }
        return new ZoneOffsets(
                found.stream().mapToLong(ZoneOffsetTransition::toEpochSecond).toArray(), offsets);
    }

    /** Whether there is one offset only. */
    boolean isFixed() {
        return transitions.length == 0;
    }

    /** What clocks show at a time. */
    Field<Long> clock(Field<Long> time) {
        return stretch(time, transitions, i -> time.plus(DSL.inline(offsets[i])), 0,
                offsets.length);
    }

    /** When the offset of a time began to hold. */
    Field<Long> since(Field<Long> time) {
        return stretch(time, transitions,
                i -> DSL.inline(i == 0 ? ALWAYS : transitions[i - 1]), 0, offsets.length);
    }

    /** What is to be taken from a time's clock to have the time again. */
    Field<Long> offset(Field<Long> time) {
        return stretch(time, transitions, i -> DSL.inline(offsets[i]), 0, offsets.length);
    }

    /** The time of a clock. */
    Field<Long> time(Field<Long> clock) {
        var pieces = pieces();
        return stretch(clock, pieces.starts(), i -> {
            var piece = pieces.list().get(i);
            return piece.isSkipped()
                    ? DSL.inline(piece.value())
                    : clock.minus(DSL.inline(piece.value()));
        }, 0, pieces.list().size());
    }

    /** Clock times that were skipped as the first one behind the leap. */
    Field<Long> shown(Field<Long> clock) {
        var pieces = pieces();
        return stretch(clock, pieces.starts(), i -> {
            var piece = pieces.list().get(i);
            return piece.isSkipped()
                    ? DSL.inline(pieces.list().get(i + 1).from())
                    : clock;
        }, 0, pieces.list().size());
    }

    /** The time of a clock. */
    long time(long clock) {
        var list = pieces().list();
        var piece = list.getFirst();
        for (var next : list) {
            if (next.from() <= clock) {
                piece = next;
            }
        }
        return piece.isSkipped() ? piece.value() : clock - piece.value();
    }

    /**
     * Clock times from one on.
     *
     * @param value
     *            their offset, or if they were skipped the moment of the leap
     */
    private record Piece(long from, boolean isSkipped, long value) {
    }

    private record Pieces(List<Piece> list) {
        long[] starts() {
            return list.stream().skip(1).mapToLong(Piece::from).toArray();
        }
    }

    private Pieces pieces() {
        var list = new ArrayList<Piece>();
        list.add(new Piece(ALWAYS, false, offsets[0]));
        for (int i = 0; i < transitions.length; i++) {
            long leap = transitions[i];
            if (offsets[i + 1] > offsets[i]) {
                list.add(new Piece(leap + offsets[i], true, leap));
            }
            list.add(new Piece(leap + Math.max(offsets[i], offsets[i + 1]), false,
                    offsets[i + 1]));
        }
        return new Pieces(list);
    }

    /** {@code values[i]} where {@code starts[i - 1] <= at < starts[i]}. */
    private static Field<Long> stretch(Field<Long> at, long[] starts,
            IntFunction<Field<Long>> values, int from, int to) {
        if (to - from == 1) {
            return values.apply(from);
        }
        int middle = (from + to) >>> 1;
        return DSL.when(at.lt(DSL.inline(starts[middle - 1])),
                stretch(at, starts, values, from, middle))
                .otherwise(stretch(at, starts, values, middle, to));
    }
}
