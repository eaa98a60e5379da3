package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import java.util.List;
import java.util.Optional;

/** Pages of a snapshot in the order of the key: each is a query of its own, so that nothing is kept between them. */
final class DuckDbScan implements ViewScan {
    private final DuckDbSnapshot snapshot;
    private final Predicate where;
    private Optional<String> after = Optional.empty();
    private boolean isAtEnd;

    DuckDbScan(DuckDbSnapshot snapshot, Predicate where) {
        this.snapshot = snapshot;
        this.where = where;
    }

    @Override
    public Position position() {
        return snapshot.position();
    }

    @Override
    public List<StoredRow> next(int rowsMax) {
        if (isAtEnd) {
            return List.of();
        }
        var page = snapshot.items(new ItemsQuery(where, List.of(), rowsMax, after, false));
        isAtEnd = !page.hasMore();
        if (!isAtEnd) {
            after = Optional.of(page.rows().getLast().pageCursor());
        }
        return page.rows();
    }

    @Override
    public void close() {
        snapshot.close();
    }
}
