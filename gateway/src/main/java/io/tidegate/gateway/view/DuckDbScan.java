package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The rows of a snapshot in one query that is read as far as its reader has come; on {@link NativeThreads}. */
final class DuckDbScan implements ViewScan {
    private final DuckDbSnapshot snapshot;
    private final ItemsQuery query;
    private final RowStream rows;

    DuckDbScan(DuckDbSnapshot snapshot, ItemsQuery query) {
        this.snapshot = snapshot;
        this.query = query;
        this.rows = snapshot.stream(query);
    }

    @Override
    public Position position() {
        return snapshot.position();
    }

    @Override
    public Optional<Instant> newest() {
        return NativeThreads.call(snapshot::newest);
    }

    @Override
    public long count() {
        return NativeThreads.call(() -> snapshot.count(query.where()));
    }

    @Override
    public List<StoredRow> next(int rowsMax) {
        return NativeThreads.call(() -> rows.next(rowsMax));
    }

    @Override
    public void close() {
        NativeThreads.run(() -> {
            rows.close();
            snapshot.close();
        });
    }
}
