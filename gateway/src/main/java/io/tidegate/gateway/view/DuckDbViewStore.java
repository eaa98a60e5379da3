package io.tidegate.gateway.view;

import io.tidegate.contract.ProductSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where views are kept: one DuckDB database a product. An error in one file, or a stalled checkpoint, then stops one
 * product and not its neighbours; the price, a buffer pool each, is paid by dividing one memory limit among them.
 *
 * <p>
 * Every file is disposable: one that cannot be read, or belongs to another schema, is set aside and the view starts empty.
 */
public final class DuckDbViewStore implements AutoCloseable {
    private static final long MIB = 1 << 20;
    private static final long MEMORY_BYTES_MIN = 64 * MIB;

    static {
        // jOOQ greets on standard output otherwise
        System.setProperty("org.jooq.no-logo", "true");
        System.setProperty("org.jooq.no-tips", "true");
    }

    private final @Nullable Path folder;
    private final Limits limits;
    private final Clock clock;
    private final Set<DuckDbView> views = new LinkedHashSet<>();
    private boolean isClosing;

    private DuckDbViewStore(@Nullable Path folder, Limits limits, Clock clock) {
        this.folder = folder;
        this.limits = limits;
        this.clock = clock;
    }

    /**
     * Bounds of a store.
     *
     * @param memoryBytes
     *            of DuckDB, divided among the open views but never below 64 MiB each
     * @param snapshots
     *            how many a view has open at one time; the next one waits
     * @param queryDeadline
     *            after which a query is ended; whole seconds
     * @param checkpointEvery
     *            how often the log of changes is folded into the file
     * @param walBytes
     *            size of that log from which on it is folded earlier
     */
    public record Limits(long memoryBytes, int snapshots, Duration queryDeadline,
            Duration checkpointEvery, long walBytes) {
        public Limits {
            if (memoryBytes <= 0 || snapshots <= 0 || queryDeadline.toSeconds() <= 0) {
                throw new IllegalArgumentException("limits of a view store must be positive");
            }
        }

        /** 512 MiB, 8 snapshots, 10 s, 30 s, 256 MiB. */
        public static Limits defaults() {
            return new Limits(512 * MIB, 8, Duration.ofSeconds(10), Duration.ofSeconds(30),
                    256 * MIB);
        }

        public Limits withMemory(long bytes) {
            return new Limits(bytes, snapshots, queryDeadline, checkpointEvery, walBytes);
        }
    }

    /** Views in files of this folder, which is made if need be. */
    public static DuckDbViewStore open(Path folder, Limits limits, Clock clock) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new ViewFailure("the folder of the views, '" + folder + "', cannot be made: "
                    + e.getMessage(), e);
        }
        return new DuckDbViewStore(folder, limits, clock);
    }

    /** Views that are gone when they are closed. */
    public static DuckDbViewStore inMemory(Limits limits, Clock clock) {
        return new DuckDbViewStore(null, limits, clock);
    }

    /**
     * The view of a product, as it was left or empty.
     *
     * @throws ViewFailure
     *             if another process has the file open, or the folder cannot be written
     */
    public synchronized View open(ProductSchema schema) {
        Path file = folder == null
                ? null
                : folder.resolve(schema.product().id().path().replace('/', '.') + ".duckdb");
        var view = new DuckDbView(schema, file, limits, clock, share(views.size() + 1),
                this::closed);
        views.add(view);
        divide();
        return view;
    }

    @Override
    public void close() {
        Set<DuckDbView> open;
        synchronized (this) {
            // From here on nobody needs the memory that a closed view gives back.
            isClosing = true;
            open = new LinkedHashSet<>(views);
        }
        open.forEach(DuckDbView::close);
    }

    private synchronized void closed(DuckDbView view) {
        if (views.remove(view) && !isClosing) {
            divide();
        }
    }

    private void divide() {
        views.forEach(view -> view.limitMemory(share(views.size())));
    }

    private long share(int count) {
        return Math.max(MEMORY_BYTES_MIN, limits.memoryBytes() / Math.max(1, count));
    }
}
