package io.tidegate.gateway.view;

import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.schema.Row;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Rows in the order of one shape of pages: of each row an entry of what is equal, what it is ordered by, and the key, which
 * leads to the row. Rows in which something that is to be equal is absent have none, because nothing equals what is absent.
 */
final class PageIndex {
    /** Of an entry; a longer one would make RocksDB slow for all. */
    private static final int ENTRY_BYTES_MAX = 2_048;

    private final int id;
    private final PageShape shape;
    private final List<Field> equal;
    private final List<Field> order;
    private final List<Column> key;
    private final byte[] start;
    /** Pages. */
    private final LongAdder uses = new LongAdder();

    /** A column and the way to it in a row. */
    private record Field(Column column, int[] way, boolean descending) {
        static Field of(Columns columns, List<Integer> place, boolean descending) {
            var column = columns.at(Columns.place(place)).filter(Column::isOrdered)
                    .orElseThrow(() -> new IllegalStateException(
                            "the index is by a field that is none: " + place));
            return new Field(column, place.stream().mapToInt(Integer::intValue).toArray(),
                    descending);
        }

        @Nullable
        Object of(Row row) {
            Object at = row;
            for (int step : way) {
                if (!(at instanceof Row within)) {
                    return null;
                }
                at = within.get(step);
            }
            return at;
        }
    }

    /** An entry would be longer than any should be. */
    static final class TooLong extends Exception {
        private static final long serialVersionUID = 1;

        private TooLong(int size) {
            super("a row's entry has " + size + " bytes, at most " + ENTRY_BYTES_MAX
                    + " are possible", null, false, false);
        }
    }

    /**
     * @throws IllegalStateException
     *             if the shape is of another table
     */
    PageIndex(int id, PageShape shape, Columns columns) {
        this.id = id;
        this.shape = shape;
        this.equal = shape.equal().stream().map(place -> Field.of(columns, place, false))
                .toList();
        this.order = shape.order().stream()
                .map(term -> Field.of(columns, term.field(), term.descending())).toList();
        this.key = columns.key();
        this.start = new byte[]{KeyDatabase.INDEX, (byte) (id >>> 24), (byte) (id >>> 16),
                (byte) (id >>> 8), (byte) id};
    }

    int id() {
        return id;
    }

    PageShape shape() {
        return shape;
    }

    /** What all its entries begin with. */
    byte[] start() {
        return start.clone();
    }

    void used() {
        uses.increment();
    }

    /** How many pages it has answered since it was opened. */
    long uses() {
        return uses.sum();
    }

    /** Null if the row has none. */
    byte @Nullable [] entry(SortedBytes out, Row row, List<Object> keyValues) throws TooLong {
        out.clear().raw(start);
        for (var field : equal) {
            var value = field.of(row);
            if (value == null || !field.column().sees(value)) {
                return null;
            }
            out.value(field.column(), value, false);
        }
        for (var field : order) {
            out.value(field.column(), field.of(row), field.descending());
        }
        for (int i = 0; i < key.size(); i++) {
            out.value(key.get(i), keyValues.get(i), false);
        }
        if (out.size() > ENTRY_BYTES_MAX) {
            throw new TooLong(out.size());
        }
        return out.toBytes();
    }

    /** What the entries of a page's rows begin with. */
    byte[] start(Map<List<Integer>, Object> values) {
        var out = new SortedBytes().raw(start);
        for (int i = 0; i < equal.size(); i++) {
            out.value(equal.get(i).column(), values.get(shape.equal().get(i)), false);
        }
        return out.toBytes();
    }

    /** The entry that a cursor speaks of. */
    byte[] entry(byte[] from, List<@Nullable String> texts) {
        var out = new SortedBytes().raw(from);
        for (int i = 0; i < order.size(); i++) {
            var field = order.get(i);
            out.value(field.column(), value(field.column(), texts.get(i)), field.descending());
        }
        for (int i = 0; i < key.size(); i++) {
            out.value(key.get(i), value(key.get(i), texts.get(order.size() + i)), false);
        }
        return out.toBytes();
    }

    private static @Nullable Object value(Column column, @Nullable String text) {
        try {
            return text == null ? null : column.value(text);
        } catch (ArithmeticException | DateTimeException e) {
            // Nobody was given a place beyond the times that there are.
            throw PageCursor.malformed();
        }
    }

    /** Entries from one on, and before another one. */
    record Range(byte[] from, byte[] to) {
        Range within(byte[] lower, byte[] upper) {
            return new Range(Arrays.compareUnsigned(from, lower) < 0 ? lower : from,
                    Arrays.compareUnsigned(to, upper) > 0 ? upper : to);
        }

        boolean isEmpty() {
            return Arrays.compareUnsigned(from, to) >= 0;
        }
    }

    /** Where the rows are that satisfy these conditions on the first field of the order, and others. */
    Range range(byte[] from, List<Predicate.Compare> bounds) {
        var range = new Range(from, SortedBytes.behind(from));
        if (order.isEmpty()) {
            return range;
        }
        var first = order.getFirst();
        for (var bound : bounds) {
            var there = new Range(new SortedBytes().raw(from).present().toBytes(),
                    new SortedBytes().raw(from).absent().toBytes());
            range = range.within(there.from(), there.to());
            var at = new SortedBytes().raw(from)
                    .value(first.column(), bound.value(), first.descending()).toBytes();
            boolean isLeast = bound.comparison() == Comparison.GT
                    || bound.comparison() == Comparison.GTE;
            boolean isMost = bound.comparison() == Comparison.LT
                    || bound.comparison() == Comparison.LTE;
            boolean isEqual = bound.comparison() == Comparison.EQ;
            if (isEqual || (first.descending() ? isMost : isLeast)) {
                range = range.within(at, there.to());
            }
            if (isEqual || (first.descending() ? isLeast : isMost)) {
                range = range.within(there.from(), SortedBytes.behind(at));
            }
        }
        return range;
    }

    /** Where a row stands, as a cursor has it. */
    List<@Nullable String> texts(Row row, List<Object> keyValues, RowTexts keys) {
        var texts = new ArrayList<@Nullable String>();
        order.forEach(field -> texts.add(text(field.column(), field.of(row))));
        for (int i = 0; i < key.size(); i++) {
            texts.add(text(key.get(i), keyValues.get(i)));
        }
        texts.add(keys.hash(keyValues, "").toString());
        return texts;
    }

    private static @Nullable String text(Column column, @Nullable Object value) {
        return value == null || !column.sees(value) ? null : column.text(value);
    }
}
