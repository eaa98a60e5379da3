package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import java.util.List;

/**
 * The rows of one consistent state, page by page, for a reader that takes its time. Not thread-safe; every call may block.
 */
public interface ViewScan extends AutoCloseable {

    /** Which events this state counts: all before it, none after. */
    Position position();

    /**
     * The rows behind those that were given before.
     *
     * @param rowsMax
     *            1 or more
     * @return fewer than that, perhaps none, at the end
     * @throws ViewFailure
     *             if the store cannot be read any more
     */
    List<StoredRow> next(int rowsMax);

    @Override
    void close();
}
