package io.tidegate.gateway.view;

import io.tidegate.contract.ProductSchema;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where views are kept: one DuckDB database a product and table, so that a product whose table changes has both for a while.
 * An error in one file, or a stalled checkpoint, then stops one product and not its neighbours; the price, a buffer pool each,
 * is paid by dividing one memory limit among them.
 *
 * <p>
 * Every file is disposable: one that cannot be read, or belongs to another schema, is set aside and the view starts empty.
 */
public final class DuckDbViewStore implements ViewStore {
    private static final Logger LOG = LoggerFactory.getLogger(DuckDbViewStore.class);
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
     * @param scans
     *            likewise of states that streams begin with, which stay open while their clients read
     * @param queryDeadline
     *            after which a query is ended; a second or more
     * @param checkpointEvery
     *            how often changes are written to the file, which is what a crash leaves
     * @param checkpointBytes
     *            estimated size of changes from which on they are written earlier
     * @param unkeyedFor
     *            how long rows of a product without a key stay if its contract does not say
     */
    public record Limits(long memoryBytes, int snapshots, int scans, Duration queryDeadline,
            Duration checkpointEvery, long checkpointBytes, Duration unkeyedFor) {
        /** A week for rows of products without a key, which is how long Kafka keeps records if nobody says otherwise. */
        public Limits(long memoryBytes, int snapshots, int scans, Duration queryDeadline,
                Duration checkpointEvery, long checkpointBytes) {
            this(memoryBytes, snapshots, scans, queryDeadline, checkpointEvery, checkpointBytes,
                    Duration.ofDays(7));
        }

        public Limits {
            if (memoryBytes <= 0 || snapshots <= 0 || scans <= 0
                    || queryDeadline.toSeconds() <= 0) {
                throw new IllegalArgumentException("limits of a view store must be positive");
            }
        }

        /** 512 MiB, 8 snapshots, 4 scans, 10 s, 30 s, 256 MiB, 7 days. */
        public static Limits defaults() {
            return new Limits(512 * MIB, 8, 4, Duration.ofSeconds(10), Duration.ofSeconds(30),
                    256 * MIB);
        }

        public Limits withMemory(long bytes) {
            return new Limits(bytes, snapshots, scans, queryDeadline, checkpointEvery,
                    checkpointBytes,
                    unkeyedFor);
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

    @Override
    public synchronized View open(ProductSchema schema) {
        Path file = folder == null ? null : file(folder, schema);
        var view = new DuckDbView(schema, file, limits, clock, share(views.size() + 1),
                this::closed);
        views.add(view);
        divide();
        return view;
    }

    @Override
    public boolean fits(View view, ProductSchema schema) {
        return view instanceof DuckDbView duck && duck.table().equals(table(schema));
    }

    @Override
    public void adopt(View view, ProductSchema schema) {
        if (!fits(view, schema)) {
            throw new IllegalArgumentException(
                    "the view of '" + schema.product().id() + "' has another table");
        }
        ((DuckDbView) view).adopt(schema);
    }

    @Override
    public void drop(View view) {
        view.close();
        if (view instanceof DuckDbView duck) {
            removeUnused(duck.file());
        }
    }

    private synchronized void removeUnused(@Nullable Path file) {
        if (file != null && views.stream().noneMatch(open -> file.equals(open.file()))) {
            remove(file);
        }
    }

    /** What makes a table another one: its columns, and the topics and the way of reading them that its rows are from. */
    static String table(ProductSchema schema) {
        var stream = schema.product().stream();
        var text = new Columns(schema).fingerprint() + '\n' + stream.cluster() + stream.topics()
                + stream.envelope() + stream.key() + stream.eventTime() + stream.onBadRecord()
                + stream.onBadValue();
        try {
            return HexFormat.of().formatHex(Arrays.copyOf(MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.UTF_8)), 4));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private Path file(Path in, ProductSchema schema) {
        var name = schema.product().id().path().replace('/', '.');
        var file = in.resolve(name + '.' + table(schema) + ".duckdb");
        var open = views.stream().map(DuckDbView::file).toList();
        var others = Pattern.compile(Pattern.quote(name) + "(\\.[0-9a-f]{8})?\\.duckdb");
        try (var found = Files.list(in)) {
            for (var other : found.toList()) {
                if (!others.matcher(other.getFileName().toString()).matches()
                        || other.equals(file) || open.contains(other)) {
                    continue;
                }
                if (other.getFileName().toString().equals(name + ".duckdb")
                        && !Files.exists(file)) {
                    rename(other, file);
                } else {
                    remove(other);
                }
            }
        } catch (IOException e) {
            throw new ViewFailure(
                    "the folder of the views, '" + in + "', cannot be read: " + e.getMessage(), e);
        }
        return file;
    }

    /** Files of before had the product's name alone; what is in them tells whether they are of use. */
    private static void rename(Path from, Path to) throws IOException {
        for (var part : List.of(".wal", "")) {
            var source = from.resolveSibling(from.getFileName() + part);
            if (Files.exists(source)) {
                Files.move(source, to.resolveSibling(to.getFileName() + part),
                        StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    /** With what a process that was ended has left of it in temporary files. */
    private static void remove(Path file) {
        for (var part : List.of("", ".wal", ".bad", ".wal.bad", ".tmp")) {
            var gone = file.resolveSibling(file.getFileName() + part);
            try {
                KeyTable.remove(gone);
            } catch (IOException e) {
                LOG.atWarn().addKeyValue("file", gone).log("a view's file cannot be removed: {}",
                        e.toString());
            }
        }
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
