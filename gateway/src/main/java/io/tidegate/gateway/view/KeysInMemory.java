package io.tidegate.gateway.view;

import io.tidegate.contract.FieldPath;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Matcher;
import io.tidegate.gateway.predicate.Predicate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Holder;
import org.rocksdb.RocksDBException;

/**
 * Rows by key as long as they are in memory, RocksDB's or the system's (see {@link QuickReads}), and nothing changes: no disk and no
 * lock is waited for, no snapshot is taken. That no write has begun since the position was told, and so none is in what was read, is looked at behind each reading.
 */
final class KeysInMemory implements ViewSnapshot {
    /** A row that is longer takes its time to be written. */
    private static final int ROW_BYTES_MAX = 64 * 1024;

    private final KeyTable table;
    private final KeyDatabase database;
    private final KeyTable.Reading reading;
    private final KeyTable.Told told;
    private boolean isClosed;

    /**
     * @param database
     *            kept open by the caller, until this is closed
     */
    KeysInMemory(KeyTable table, KeyDatabase database, KeyTable.Reading reading,
            KeyTable.Told told) {
        this.table = table;
        this.database = database;
        this.reading = reading;
        this.told = told;
    }

    @Override
    public Position position() {
        return told.head().position();
    }

    @Override
    public Optional<Instant> newest() {
        return Optional.ofNullable(told.head().newest());
    }

    @Override
    public List<Optional<StoredRow>> latestOf(List<List<Object>> keys, Predicate rows) {
        var matcher = Matcher.compile(rows);
        var values = new ArrayList<byte @Nullable []>(keys.size());
        for (var key : keys) {
            byte[] value = value(reading.key(key));
            if (value != null && value.length > ROW_BYTES_MAX) {
                throw new NotInMemory();
            }
            values.add(value);
        }
        if (!told.equals(table.told())) {
            throw new NotInMemory();
        }
        var found = new ArrayList<Optional<StoredRow>>(keys.size());
        for (int i = 0; i < keys.size(); i++) {
            found.add(KeySnapshot.row(table, reading, keys.get(i), values.get(i), matcher));
        }
        return found;
    }

    private byte @Nullable [] value(byte[] key) {
        long began = System.nanoTime();
        if (!table.reads().areLikely(began)) {
            var value = new Holder<byte[]>();
            boolean mayExist = database.rocks().keyMayExist(key, value);
            byte[] found = value.getValue();
            // No row is empty: that is what it finds where the index of a file is not in its memory.
            if (mayExist && (found == null || found.length == 0)) {
                throw new NotInMemory();
            }
            return found;
        }
        try {
            byte[] value = database.rocks().get(key);
            table.reads().took(began, System.nanoTime());
            return value;
        } catch (RocksDBException e) {
            // Whoever asks in the usual way finds out, and what has to be done about it.
            throw new NotInMemory();
        }
    }

    @Override
    public Page items(ItemsQuery query) {
        throw new NotInMemory();
    }

    @Override
    public Map<List<Object>, Page> itemsOf(List<FieldPath> fields, List<List<Object>> values,
            ItemsQuery each) {
        throw new NotInMemory();
    }

    @Override
    public long count(Predicate where) {
        throw new NotInMemory();
    }

    @Override
    public Map<List<Object>, Long> countOf(List<FieldPath> fields, List<List<Object>> values,
            Predicate where) {
        throw new NotInMemory();
    }

    @Override
    public AggregatePage aggregate(AggregateQuery query) {
        throw new NotInMemory();
    }

    @Override
    public EventPage events(EventsQuery query) {
        throw new NotInMemory();
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            database.release();
        }
    }
}
