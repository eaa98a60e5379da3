package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The rows of a snapshot in one query that is read as far as its reader has come. */
final class SqlScan implements ViewScan {
    private final SqlSnapshot snapshot;
    private final Predicate where;
    private final RowStream rows;
    private long counted = -1;

    private SqlScan(SqlSnapshot snapshot, Predicate where, List<ItemsQuery.Order> order) {
        this.snapshot = snapshot;
        this.where = where;
        this.rows = snapshot.stream(where, order, this::count);
    }

    /**
     * @param snapshot
     *            closed with the scan, and also if there is none because what is asked is refused
     */
    static SqlScan of(SqlSnapshot snapshot, Predicate where, List<ItemsQuery.Order> order) {
        try {
            return new SqlScan(snapshot, where, order);
        } catch (RuntimeException e) {
            snapshot.close();
            throw e;
        }
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
        if (counted < 0) {
            counted = snapshot.count(where);
        }
        return counted;
    }

    @Override
    public List<StoredRow> next(int rowsMax, long charsMax) {
        return rows.next(rowsMax, charsMax);
    }

    @Override
    public void close() {
        rows.close();
        snapshot.close();
    }
}
