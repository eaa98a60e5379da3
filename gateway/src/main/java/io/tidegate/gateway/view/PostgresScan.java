package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The rows of a snapshot in one query that is read as far as its reader has come. */
final class PostgresScan implements ViewScan {
    private final SqlSnapshot snapshot;
    private final ItemsQuery query;
    private final RowStream rows;

    PostgresScan(SqlSnapshot snapshot, ItemsQuery query) {
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
        return snapshot.newest();
    }

    @Override
    public long count() {
        return snapshot.count(query.where());
    }

    @Override
    public List<StoredRow> next(int rowsMax) {
        return rows.next(rowsMax);
    }

    @Override
    public void close() {
        rows.close();
        snapshot.close();
    }
}
