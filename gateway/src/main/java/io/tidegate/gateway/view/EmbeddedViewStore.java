package io.tidegate.gateway.view;

import io.tidegate.contract.ProductSchema;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Views of two engines: DuckDB answers everything, and RocksDB in front of it look-ups by key. Each keeps its rows with a
 * position of its own, so that neither waits for the other, and each can be lost alone. A product without a key has the first
 * one only, and so has every product where RocksDB's native library cannot be loaded.
 *
 * <p>
 * Of the memory a quarter is RocksDB's, shared by all views, and the rest DuckDB's, divided among them.
 */
public final class EmbeddedViewStore implements ViewStore {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedViewStore.class);
    private static final int KEYS_SHARE = 4;

    private final Path folder;
    private final DuckDbViewStore.Limits limits;
    private final DuckDbViewStore all;
    private final @Nullable KeyEngine engine;
    private final IndexLimits indexes;
    private final Clock clock;
    private final Set<KeyTable> tables = new LinkedHashSet<>();

    private EmbeddedViewStore(Path folder, DuckDbViewStore.Limits limits, DuckDbViewStore all,
            @Nullable KeyEngine engine, IndexLimits indexes, Clock clock) {
        this.folder = folder;
        this.limits = limits;
        this.all = all;
        this.engine = engine;
        this.indexes = indexes;
        this.clock = clock;
    }

    /**
     * Views in this folder, which is made if need be.
     *
     * @param limits
     *            their memory is that of both engines
     * @throws ViewFailure
     *             if the folder cannot be used
     */
    public static EmbeddedViewStore open(Path folder, DuckDbViewStore.Limits limits,
            IndexLimits indexes, Clock clock) {
        long ofKeys = limits.memoryBytes() / KEYS_SHARE;
        return open(folder, limits, indexes, clock, KeyEngine.start(ofKeys));
    }

    /** With the usual indexes. */
    public static EmbeddedViewStore open(Path folder, DuckDbViewStore.Limits limits, Clock clock) {
        return open(folder, limits, IndexLimits.DEFAULT, clock);
    }

    static EmbeddedViewStore open(Path folder, DuckDbViewStore.Limits limits, Clock clock,
            Optional<KeyEngine> engine) {
        return open(folder, limits, IndexLimits.DEFAULT, clock, engine);
    }

    private static EmbeddedViewStore open(Path folder, DuckDbViewStore.Limits limits,
            IndexLimits indexes, Clock clock, Optional<KeyEngine> engine) {
        long ofKeys = engine.isPresent() ? limits.memoryBytes() / KEYS_SHARE : 0;
        return new EmbeddedViewStore(folder, limits,
                DuckDbViewStore.open(folder, limits.withMemory(limits.memoryBytes() - ofKeys),
                        clock),
                engine.orElse(null), indexes, clock);
    }

    @Override
    public View open(ProductSchema schema) {
        var view = all.open(schema);
        if (engine == null || schema.key().isEmpty()) {
            return new EmbeddedView(view, null);
        }
        try {
            return new EmbeddedView(view, keys(schema, engine));
        } catch (RuntimeException e) {
            view.close();
            throw e;
        }
    }

    private synchronized KeyTable keys(ProductSchema schema, KeyEngine on) {
        var table = new KeyTable(schema, folderOf(schema), on, limits.queryDeadline(),
                indexes, clock, this::closed);
        tables.add(table);
        return table;
    }

    /** What is left of the product's other tables is removed. */
    private Path folderOf(ProductSchema schema) {
        var name = schema.product().id().path().replace('/', '.');
        var own = folder.resolve(name + '.' + DuckDbViewStore.table(schema) + ".keys");
        var all = Pattern.compile(Pattern.quote(name) + "\\.[0-9a-f]{8}\\.keys(\\.bad)?");
        try (var found = Files.list(folder)) {
            for (var other : found.toList()) {
                var of = other.getFileName().toString();
                if (all.matcher(of).matches() && !of.startsWith(own.getFileName().toString())
                        && !isOpen(other)) {
                    remove(other);
                }
            }
        } catch (IOException e) {
            throw new ViewFailure("the folder of the views, '" + folder + "', cannot be read: "
                    + e.getMessage(), e);
        }
        return own;
    }

    private boolean isOpen(Path keys) {
        return tables.stream().anyMatch(table -> table.folder().equals(keys));
    }

    private static void remove(Path keys) {
        try {
            KeyTable.remove(keys);
        } catch (IOException e) {
            LOG.atWarn().addKeyValue("folder", keys).log("a view's keys cannot be removed: {}",
                    e.toString());
        }
    }

    @Override
    public boolean fits(View view, ProductSchema schema) {
        return view instanceof EmbeddedView both && all.fits(both.all(), schema);
    }

    @Override
    public void adopt(View view, ProductSchema schema) {
        var both = (EmbeddedView) view;
        all.adopt(both.all(), schema);
        if (both.keys() != null) {
            both.keys().adopt(schema);
        }
    }

    @Override
    public void drop(View view) {
        var both = (EmbeddedView) view;
        all.drop(both.all());
        var keys = both.keys();
        if (keys == null) {
            return;
        }
        keys.close();
        synchronized (this) {
            if (!isOpen(keys.folder())) {
                remove(keys.folder());
                remove(keys.folder().resolveSibling(keys.folder().getFileName() + ".bad"));
            }
        }
    }

    private synchronized void closed(KeyTable table) {
        tables.remove(table);
    }

    @Override
    public void close() {
        all.close();
        Set<KeyTable> open;
        synchronized (this) {
            open = new LinkedHashSet<>(tables);
        }
        open.forEach(KeyTable::close);
        if (engine != null) {
            engine.close();
        }
    }
}
