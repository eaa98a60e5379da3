package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Pages of a snapshot: each is a query of its own, so that nothing is kept between them. */
final class DuckDbScan implements ViewScan {
    private final DuckDbSnapshot snapshot;
    private final ItemsQuery query;
    private Optional<String> after;
    private int left;

    DuckDbScan(DuckDbSnapshot snapshot, ItemsQuery query) {
        this.snapshot = snapshot;
        this.query = query;
        this.after = query.after();
        this.left = query.limit();
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
        if (left == 0) {
            return List.of();
        }
        var page = snapshot.items(new ItemsQuery(query.where(), query.order(),
                Math.min(left, rowsMax), after, false));
        left = page.hasMore() ? left - page.rows().size() : 0;
        if (left > 0) {
            after = Optional.of(page.rows().getLast().pageCursor());
        }
        return page.rows();
    }

    @Override
    public void close() {
        snapshot.close();
    }
}
