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
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.Snapshot;

/** Rows by key, and nothing else, as they were at one position. */
final class KeySnapshot implements ViewSnapshot {
    private final KeyTable table;
    private final KeyDatabase database;
    private final KeyTable.Reading reading;
    private final Snapshot snapshot;
    private final ReadOptions options;
    private final KeyHead head;
    private boolean isClosed;

    /**
     * @param database
     *            kept open by the caller, until the table is told that this is closed; not if this fails
     */
    KeySnapshot(KeyTable table, KeyDatabase database, KeyTable.Reading reading) {
        this.table = table;
        this.database = database;
        this.reading = reading;
        var told = table.told();
        this.snapshot = database.rocks().getSnapshot();
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
                found.add(row(keys.getFirst(), database.rocks().get(options, key), matcher));
            } else {
                var wanted = keys.stream().map(reading::key).toList();
                var values = database.rocks().multiGetAsList(options, wanted);
                for (int i = 0; i < wanted.size(); i++) {
                    found.add(row(keys.get(i), values.get(i), matcher));
                }
            }
        } catch (RocksDBException e) {
            throw table.failure("be read", e);
        }
        return found;
    }

    private Optional<StoredRow> row(List<Object> key, byte @Nullable [] bytes,
            Matcher matcher) {
        if (bytes == null) {
            return Optional.empty();
        }
        StoredRow row;
        try {
            var in = new RowBytes.In(bytes);
            var time = in.time();
            row = new StoredRow(RowTexts.canonical(key), KeyTable.row(in, reading), time, "");
        } catch (RuntimeException e) {
            throw table.failure("be read", e);
        }
        return matcher.matches(row.value()) ? Optional.of(row) : Optional.empty();
    }

    @Override
    public Page items(ItemsQuery query) {
        throw byKeyOnly();
    }

    @Override
    public Map<List<Object>, Page> itemsOf(List<FieldPath> fields, List<List<Object>> values,
            ItemsQuery each) {
        throw byKeyOnly();
    }

    @Override
    public Map<List<Object>, Long> countOf(List<FieldPath> fields, List<List<Object>> values,
            Predicate where) {
        throw byKeyOnly();
    }

    @Override
    public long count(Predicate where) {
        throw byKeyOnly();
    }

    @Override
    public AggregatePage aggregate(AggregateQuery query) {
        throw byKeyOnly();
    }

    @Override
    public EventPage events(EventsQuery query) {
        throw byKeyOnly();
    }

    private static UnsupportedOperationException byKeyOnly() {
        return new UnsupportedOperationException("a snapshot for look-ups by key");
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
