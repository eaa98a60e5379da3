package io.tidegate.gateway.view;

import io.tidegate.schema.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Range;
import org.rocksdb.RocksDBException;
import org.rocksdb.SizeApproximationFlag;
import org.rocksdb.Slice;
import org.rocksdb.WriteBatch;

/**
 * The indexes of a key database. Whoever changes rows changes them with the rows, in one write; so an index is right from the
 * moment when its last row has been entered. Changed under the table's lock, read by anybody.
 */
final class KeyIndexes {
    private static final int FORM = 1;

    private final KeyDatabase database;
    private final SortedBytes out = new SortedBytes();
    private volatile List<PageIndex> all = List.of();
    /** Those of which nothing is missing. Removed from here before their entries are removed. */
    private volatile List<PageIndex> ready = List.of();
    private int nextId;

    KeyIndexes(KeyDatabase database) {
        this.database = database;
    }

    /** Takes up those that were left; what cannot be understood is removed, and made again if it is wanted. */
    void read(Columns columns, int most) throws RocksDBException {
        byte[] bytes = database.rocks().get(KeyDatabase.INDEXES);
        if (bytes == null) {
            return;
        }
        var indexes = new ArrayList<PageIndex>();
        var done = new ArrayList<PageIndex>();
        int next = 0;
        try {
            var in = new RowBytes.In(bytes);
            if (in.natural() == FORM && in.natural() == SortedBytes.LAYOUT) {
                next = (int) in.natural();
                while (in.hasMore()) {
                    int id = (int) in.natural();
                    boolean isReady = in.octet() == 1;
                    var index = new PageIndex(id, shape(in), columns);
                    indexes.add(index);
                    if (isReady) {
                        done.add(index);
                    }
                }
            }
        } catch (RuntimeException e) {
            indexes.clear();
            done.clear();
        }
        nextId = next;
        boolean isAsLeft = !indexes.isEmpty() && indexes.size() <= most;
        all = isAsLeft ? List.copyOf(indexes) : List.of();
        ready = isAsLeft ? List.copyOf(done) : List.of();
        if (!isAsLeft) {
            try (var batch = new WriteBatch()) {
                batch.deleteRange(new byte[]{KeyDatabase.INDEX},
                        new byte[]{KeyDatabase.INDEX + 1});
                save(batch, all, ready);
                database.write(batch);
            }
        }
    }

    private static PageShape shape(RowBytes.In in) {
        var equal = new ArrayList<List<Integer>>();
        for (long left = in.natural(); left > 0; left--) {
            equal.add(place(in));
        }
        var order = new ArrayList<PageShape.Term>();
        for (long left = in.natural(); left > 0; left--) {
            order.add(new PageShape.Term(place(in), in.octet() == 1));
        }
        return new PageShape(equal, order);
    }

    private static List<Integer> place(RowBytes.In in) {
        var place = new ArrayList<Integer>();
        for (long left = in.natural(); left > 0; left--) {
            place.add((int) in.natural());
        }
        return List.copyOf(place);
    }

    private void save(WriteBatch batch, List<PageIndex> indexes, List<PageIndex> done)
            throws RocksDBException {
        var bytes = new RowBytes.Out();
        bytes.natural(FORM);
        bytes.natural(SortedBytes.LAYOUT);
        bytes.natural(nextId);
        for (var index : indexes) {
            bytes.natural(index.id());
            bytes.octet(done.contains(index) ? 1 : 0);
            bytes.natural(index.shape().equal().size());
            index.shape().equal().forEach(place -> place(bytes, place));
            bytes.natural(index.shape().order().size());
            index.shape().order().forEach(term -> {
                place(bytes, term.field());
                bytes.octet(term.descending() ? 1 : 0);
            });
        }
        batch.put(KeyDatabase.INDEXES, bytes.toBytes());
    }

    private static void place(RowBytes.Out bytes, List<Integer> place) {
        bytes.natural(place.size());
        place.forEach(bytes::natural);
    }

    List<PageIndex> all() {
        return all;
    }

    List<PageIndex> ready() {
        return ready;
    }

    List<IndexStanding> standing(Columns columns) {
        var now = all;
        var done = ready;
        var standing = new ArrayList<IndexStanding>();
        for (var index : now) {
            standing.add(new IndexStanding(index.shape().told(columns), done.contains(index),
                    bytes(index)));
        }
        return standing;
    }

    private long bytes(PageIndex index) {
        try (var from = new Slice(index.start());
                var to = new Slice(SortedBytes.behind(index.start()))) {
            return database.rocks().getApproximateSizes(List.of(new Range(from, to)),
                    SizeApproximationFlag.INCLUDE_FILES,
                    SizeApproximationFlag.INCLUDE_MEMTABLES)[0];
        }
    }

    /** From now on it is kept up to date; entries of the rows that are there have yet to be made. */
    PageIndex add(PageShape shape, Columns columns) throws RocksDBException {
        var index = new PageIndex(nextId++, shape, columns);
        var now = new ArrayList<>(all);
        now.add(index);
        try (var batch = new WriteBatch()) {
            save(batch, now, ready);
            database.write(batch);
        }
        all = List.copyOf(now);
        return index;
    }

    /** Every row that is there has been {@linkplain #enter entered}. */
    void built(PageIndex index) throws RocksDBException {
        var now = new ArrayList<>(ready);
        now.add(index);
        try (var batch = new WriteBatch()) {
            save(batch, all, now);
            database.write(batch);
        }
        ready = List.copyOf(now);
    }

    void drop(Set<PageIndex> gone) throws RocksDBException {
        try (var batch = new WriteBatch()) {
            drop(batch, gone);
            database.write(batch);
        }
    }

    /** Readers who have the state of before, and the index, still find its entries there. */
    private void drop(WriteBatch batch, Set<PageIndex> gone) throws RocksDBException {
        ready = ready.stream().filter(index -> !gone.contains(index)).toList();
        all = all.stream().filter(index -> !gone.contains(index)).toList();
        for (var index : gone) {
            batch.deleteRange(index.start(), SortedBytes.behind(index.start()));
        }
        save(batch, all, ready);
    }

    /** What indexes need to know of a changed row. */
    record Change(byte[] rowKey, List<Object> key, @Nullable Row before, @Nullable Row after) {
    }

    /**
     * Adds to a batch what the changes of rows in it mean for the indexes.
     *
     * @return those that had to be dropped, because an entry would be too long
     */
    Set<PageIndex> keep(WriteBatch batch, List<Change> changes) throws RocksDBException {
        var gone = new LinkedHashSet<PageIndex>();
        for (var index : all) {
            try {
                for (var change : changes) {
                    keep(batch, index, change);
                }
            } catch (PageIndex.TooLong e) {
                gone.add(index);
            }
        }
        if (!gone.isEmpty()) {
            drop(batch, gone);
        }
        return gone;
    }

    private void keep(WriteBatch batch, PageIndex index, Change change)
            throws RocksDBException, PageIndex.TooLong {
        byte[] before = change.before() == null
                ? null
                : index.entry(out, change.before(), change.key());
        byte[] after = change.after() == null
                ? null
                : index.entry(out, change.after(), change.key());
        if (before != null && !Arrays.equals(before, after)) {
            batch.delete(before);
        }
        if (after != null && !Arrays.equals(before, after)) {
            batch.put(after, change.rowKey());
        }
    }

    /** Adds the entry of a row that is there. */
    void enter(WriteBatch batch, PageIndex index, byte[] rowKey, List<Object> key, Row row)
            throws RocksDBException, PageIndex.TooLong {
        byte[] entry = index.entry(out, row, key);
        if (entry != null) {
            batch.put(entry, rowKey);
        }
    }
}
