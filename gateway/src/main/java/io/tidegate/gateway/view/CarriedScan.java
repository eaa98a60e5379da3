package io.tidegate.gateway.view;

import io.tidegate.gateway.feed.Position;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A scan that is read on {@link NativeThreads}. */
final class CarriedScan implements ViewScan {
    private final ViewScan scan;

    CarriedScan(ViewScan scan) {
        this.scan = scan;
    }

    @Override
    public Position position() {
        return scan.position();
    }

    @Override
    public Optional<Instant> newest() {
        return NativeThreads.call(scan::newest);
    }

    @Override
    public long count() {
        return NativeThreads.call(scan::count);
    }

    @Override
    public List<StoredRow> next(int rowsMax, long charsMax) {
        return NativeThreads.call(() -> scan.next(rowsMax, charsMax));
    }

    @Override
    public void close() {
        NativeThreads.run(scan::close);
    }
}
