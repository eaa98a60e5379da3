package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Matcher;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.schema.Row;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.Slice;
import org.rocksdb.Snapshot;
import org.rocksdb.Status;

/** Rows by key, and pages that an index leads to, and nothing else, as they were at one position. */
final class KeySnapshot implements ViewSnapshot {
    /** Rows that a question may look at in vain; one that needs more is answered by DuckDB sooner. */
    private static final int IN_VAIN_MAX = 10_000;
    /** A page that looks at so many rows in vain for each that it wants would be better served by another index. */
    private static final int WORTHWHILE = 4;
    /** Deleted entries between two that are there. */
    private static final long SKIPPED_MAX = 50_000;
    private static final int PORTION_MIN = 32;
    private static final int PORTION_MAX = 1_000;

    private final KeyTable table;
    private final KeyDatabase database;
    private final KeyTable.Reading reading;
    private final Snapshot snapshot;
    private final ReadOptions options;
    private final KeyHead head;
    /** Those that are whole in this state. */
    private final List<PageIndex> indexes;
    private boolean isClosed;

    /**
     * @param database
     *            kept open by the caller, until the table is told that this is closed; not if this fails
     */
    KeySnapshot(KeyTable table, KeyDatabase database, KeyTable.Reading reading) {
        this.table = table;
        this.database = database;
        this.reading = reading;
        var ready = database.indexes().ready();
        var told = table.told();
        this.snapshot = database.rocks().getSnapshot();
        var still = database.indexes().ready();
        this.indexes = ready.equals(still)
                ? ready
                : ready.stream().filter(still::contains).toList();
        this.options = new ReadOptions().setSnapshot(snapshot);
        try {
            var known = table.still(told, database);
            this.head = known.isPresent()
                    ? known.get()
                    : table.head(database.rocks().get(options, KeyDatabase.HEAD));
        } catch (RocksDBException | RuntimeException e) {
            free();
            throw table.failure("be read", e);
        }
    }

    @Override
    public Position position() {
        return head.position();
    }

    @Override
    public Optional<Instant> newest() {
        return Optional.ofNullable(head.newest());
    }

    @Override
    public List<Optional<StoredRow>> latestOf(List<List<Object>> keys, Predicate rows) {
        var matcher = Matcher.compile(rows);
        var found = new ArrayList<Optional<StoredRow>>(keys.size());
        try {
            if (keys.size() == 1) {
                byte[] key = reading.key(keys.getFirst());
                long began = System.nanoTime();
                byte[] bytes = database.rocks().get(options, key);
                table.reads().took(began, System.nanoTime());
                found.add(row(table, reading, keys.getFirst(), bytes, matcher));
            } else {
                var wanted = keys.stream().map(reading::key).toList();
                var values = values(wanted);
                for (int i = 0; i < wanted.size(); i++) {
                    found.add(row(table, reading, keys.get(i), values.get(i), matcher));
                }
            }
        } catch (RocksDBException e) {
            throw table.failure("be read", e);
        }
        return found;
    }

    static Optional<StoredRow> row(KeyTable table, KeyTable.Reading reading, List<Object> key,
            byte @Nullable [] bytes, Matcher matcher) {
        if (bytes == null) {
            return Optional.empty();
        }
        var row = row(table, reading, bytes, () -> RowTexts.canonical(key),
                (value, keyValues) -> "");
        return matcher.matches(row.value()) ? Optional.of(row) : Optional.empty();
    }

    /** Tells the place of a row. */
    private interface Placer {
        String place(Row row, List<Object> key);
    }

    private static StoredRow row(KeyTable table, KeyTable.Reading reading, byte[] bytes,
            Supplier<List<Object>> key, Placer placer) {
        try {
            var in = new RowBytes.In(bytes);
            var time = in.time();
            var value = KeyTable.row(in, reading);
            return new StoredRow(value, time, key, () -> placer.place(value, key.get()));
        } catch (RuntimeException e) {
            throw table.failure("be read", e);
        }
    }

    private List<byte @Nullable []> values(List<byte[]> keys) throws RocksDBException {
        return database.values(options, keys);
    }

    @Override
    public Page items(ItemsQuery query) {
        SqlSnapshot.requireRows(query);
        return page(query, new Effort());
    }

    @Override
    public Map<List<Object>, Page> itemsOf(List<FieldPath> fields, List<List<Object>> values,
            ItemsQuery each) {
        SqlSnapshot.requireRows(each);
        var effort = new Effort();
        var pages = new HashMap<List<Object>, Page>();
        for (var parent : values) {
            pages.put(parent, page(RelatedRows.of(fields, parent, each), effort));
        }
        return pages;
    }

    /** Rows that were looked at in vain, in all of a question. */
    private static final class Effort {
        private int inVain;
    }

    private Page page(ItemsQuery query, Effort effort) {
        var question = PageQuestion.of(reading.columns(), query).orElseThrow(Unindexed::new);
        PageIndex best = null;
        for (var index : indexes) {
            if (question.fit(index.shape()) > (best == null ? 0 : question.fit(best.shape()))) {
                best = index;
            }
        }
        if (best == null) {
            throw new Unindexed();
        }
        int before = effort.inVain;
        try {
            var page = page(best, question, query, effort);
            best.used();
            if (effort.inVain - before > WORTHWHILE * query.limit()) {
                missed(question, best);
            }
            return page;
        } catch (RocksDBException e) {
            if (e.getStatus() != null && e.getStatus().getCode() == Status.Code.Incomplete) {
                // Too much between the entries that has been deleted.
                throw new Unindexed();
            }
            throw table.failure("be read", e);
        } catch (Unindexed e) {
            missed(question, best);
            throw e;
        }
    }

    /** One that has more of what is equal would have been better. */
    private void missed(PageQuestion question, PageIndex used) {
        if (!question.shape().equals(used.shape())) {
            table.keeper().missed(question.shape());
        }
    }

    private Page page(PageIndex index, PageQuestion question, ItemsQuery query, Effort effort)
            throws RocksDBException {
        var order = SqlSnapshot.order(reading.columns(), query.order());
        byte[] start = index.start(question.values());
        var range = index.range(start, question.bounds());
        if (query.after().isPresent()) {
            byte[] place = index.entry(start, order.place(query.after().get()));
            range = query.backwards()
                    ? range.within(range.from(), place)
                    : range.within(Arrays.copyOf(place, place.length + 1), range.to());
        }
        var found = new ArrayList<StoredRow>();
        if (!range.isEmpty()) {
            collect(index, range, order, question, query, found, effort);
        }
        return SqlSnapshot.page(query, found);
    }

    /** Whether a decimal breaks its own declaration. */
    private boolean isUnseen(FieldPath field, Row row) {
        var value = field.get(row);
        return value != null
                && !reading.columns().of(field).filter(column -> column.sees(value)).isPresent();
    }

    private void collect(PageIndex index, PageIndex.Range range, Ordering order,
            PageQuestion question, ItemsQuery query, List<StoredRow> found, Effort effort)
            throws RocksDBException {
        var matcher = Matcher.compile(query.where());
        var decimals = question.decimals();
        int wanted = query.limit() + 1;
        Placer placer = (row, key) -> order.cursor(index.texts(row, key, reading.texts()));
        try (var from = new Slice(range.from());
                var to = new Slice(range.to());
                var within = new ReadOptions().setSnapshot(snapshot).setIterateLowerBound(from)
                        .setIterateUpperBound(to).setMaxSkippableInternalKeys(SKIPPED_MAX);
                var entries = database.rocks().newIterator(within)) {
            if (query.backwards()) {
                entries.seekToLast();
            } else {
                entries.seekToFirst();
            }
            int portion = wanted;
            while (found.size() < wanted && entries.isValid()) {
                var keys = new ArrayList<byte[]>(portion);
                while (keys.size() < portion && entries.isValid()) {
                    keys.add(entries.value());
                    if (query.backwards()) {
                        entries.prev();
                    } else {
                        entries.next();
                    }
                }
                var values = values(keys);
                for (int i = 0; i < keys.size() && found.size() < wanted; i++) {
                    byte[] key = keys.get(i);
                    byte[] bytes = values.get(i);
                    if (bytes == null) {
                        table.keeper().isWrong(index);
                        throw new Unindexed();
                    }
                    var row = row(table, reading, bytes, () -> reading.keyOf(key), placer);
                    if (decimals.stream().anyMatch(field -> isUnseen(field, row.value()))) {
                        // To the other part it is absent.
                        throw new Unindexed();
                    }
                    if (matcher.matches(row.value())) {
                        found.add(row);
                    } else if (++effort.inVain > IN_VAIN_MAX) {
                        throw new Unindexed();
                    }
                }
                // What is left to find is rarer than it was thought to be.
                portion = Math.min(PORTION_MAX, Math.max(2 * portion, PORTION_MIN));
            }
            entries.status();
        }
    }

    @Override
    public Map<List<Object>, Long> countOf(List<FieldPath> fields, List<List<Object>> values,
            Predicate where) {
        throw new Unindexed();
    }

    @Override
    public long count(Predicate where) {
        throw new Unindexed();
    }

    @Override
    public AggregatePage aggregate(AggregateQuery query) {
        throw new Unindexed();
    }

    @Override
    public EventPage events(EventsQuery query) {
        throw new Unindexed();
    }

    private void free() {
        options.close();
        database.rocks().releaseSnapshot(snapshot);
        snapshot.close();
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            free();
            table.released(database);
        }
    }
}
