package io.tidegate.gateway.view;

import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Position;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A product's rows in one table without any index, which is what makes DuckDB take updates fast. */
final class DuckDbView implements View, Fed {
    private static final Logger log = LoggerFactory.getLogger(DuckDbView.class);

    private final String table;
    private volatile ProductSchema schema;
    private final String product;
    private final @Nullable Path file;
    private final DuckDbViewStore.Limits limits;
    private final Clock clock;
    private final Consumer<DuckDbView> onClose;
    private volatile Reading reading;
    private final Semaphore snapshots;
    private final Semaphore scans;
    private final ReentrantLock writing = new ReentrantLock();
    private volatile Database database;
    private volatile long memoryBytes;
    private volatile boolean closed;
    private final Progress progress = new Progress();
    private Instant checkpointed;

    /** How rows are told from the table: of equal tables, but with the types of one schema. */
    private record Reading(Columns columns, RowTexts texts) {
        static Reading of(ProductSchema schema) {
            var columns = new Columns(schema);
            return new Reading(columns, new RowTexts(columns));
        }
    }

    DuckDbView(ProductSchema schema, @Nullable Path file, DuckDbViewStore.Limits limits,
            Clock clock,
            long memoryBytes, Consumer<DuckDbView> onClose) {
        this.table = DuckDbViewStore.table(schema);
        this.schema = schema;
        this.product = schema.product().id().path();
        this.file = file;
        this.limits = limits;
        this.clock = clock;
        this.memoryBytes = memoryBytes;
        this.onClose = onClose;
        this.reading = Reading.of(schema);
        this.snapshots = new Semaphore(limits.snapshots(), true);
        this.scans = new Semaphore(limits.scans(), true);
        this.checkpointed = clock.instant();
        this.database = openOrSetAside();
        progress.reached(readPosition());
    }

    @Override
    public Optional<Position> position() {
        return progress.position();
    }

    @Override
    public void apply(List<Event> events, Position after) {
        writing.lock();
        try {
            requireOpen();
            var before = progress.position().orElse(null);
            var batch = batch(events, after, before);
            var reached = Positions.furthest(before, after);
            write("take changes", connection -> {
                replace(connection, batch);
                Positions.write(connection, reached);
            });
            progress.reached(reached);
            checkpointIfDue();
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void reset() {
        writing.lock();
        try {
            requireOpen();
            write("be emptied", connection -> {
                Database.execute(connection, "delete from items");
                Database.execute(connection, "delete from position");
            });
            progress.reached(null);
        } finally {
            writing.unlock();
        }
    }

    @Override
    public List<Fed> parts() {
        return List.of(this);
    }

    @Override
    public boolean await(Position atLeast, Duration within) throws InterruptedException {
        return progress.await(atLeast, within);
    }

    @Override
    public ViewSnapshot snapshot() {
        return snapshot(snapshots, limits.snapshots());
    }

    @Override
    public ViewSnapshot keySnapshot() {
        return snapshot();
    }

    @Override
    public ViewScan scan(ItemsQuery query) {
        return new DuckDbScan(snapshot(scans, limits.scans()), query);
    }

    private DuckDbSnapshot snapshot(Semaphore places, int count) {
        requireOpen();
        try {
            if (!places.tryAcquire(limits.queryDeadline().toMillis(), TimeUnit.MILLISECONDS)) {
                throw new ViewFailure("the view of '" + product + "' is busy: " + count
                        + " snapshots are open, none was closed within "
                        + limits.queryDeadline().toSeconds() + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ViewFailure("interrupted while waiting for the view of '" + product + "'", e);
        }
        try {
            var now = reading;
            return new DuckDbSnapshot(this, database, now.columns(), now.texts(),
                    places::release);
        } catch (SQLException e) {
            places.release();
            throw failure("be read", e);
        } catch (RuntimeException e) {
            places.release();
            throw e;
        }
    }

    @Override
    public void close() {
        writing.lock();
        try {
            if (!closed) {
                closed = true;
                database.close();
            }
        } catch (SQLException e) {
            log.atWarn().addKeyValue("product", product).setCause(e).log("view closed badly");
        } finally {
            writing.unlock();
            onClose.accept(this);
        }
    }

    /** See {@link DuckDbViewStore#table}. */
    String table() {
        return table;
    }

    @Nullable
    Path file() {
        return file;
    }

    void adopt(ProductSchema other) {
        writing.lock();
        try {
            schema = other;
            reading = Reading.of(other);
        } finally {
            writing.unlock();
        }
    }

    void limitMemory(long bytes) {
        memoryBytes = bytes;
        if (closed) {
            return;
        }
        try {
            database.limitMemory(bytes);
        } catch (SQLException e) {
            if (closed) {
                // Meanwhile; what is closed needs no memory.
                return;
            }
            log.atWarn().addKeyValue("product", product).setCause(e)
                    .log("the view's memory limit was not changed");
        }
    }

    int deadlineSeconds() {
        return Math.toIntExact(limits.queryDeadline().toSeconds());
    }

    /** Says what happened and brings the database back if the error has ended it. */
    ViewFailure failure(String purpose, Exception cause) {
        String said = String.valueOf(cause.getMessage());
        var failure = new ViewFailure("the view of '" + product + "' cannot " + purpose
                + where() + ": " + why(said), cause);
        if (isDamage(said)) {
            recover(true);
        } else if (said.contains("FATAL") || said.contains("invalidated")) {
            recover(false);
        }
        return failure;
    }

    private static String why(String said) {
        if (isFull(said)) {
            return "the disk is full; free space and it goes on by itself";
        }
        if (said.contains("INTERRUPT")) {
            return "the query took longer than its deadline";
        }
        return said.lines().findFirst().orElse("");
    }

    private static boolean isFull(String said) {
        String lower = said.toLowerCase(Locale.ROOT);
        return lower.contains("no space left") || lower.contains("disk full")
                || lower.contains("enospc");
    }

    private static boolean isDamage(String said) {
        String lower = said.toLowerCase(Locale.ROOT);
        return lower.contains("corrupt") || lower.contains("checksum");
    }

    private String where() {
        return file == null ? "" : " in '" + file + "'";
    }

    private void recover(boolean damaged) {
        writing.lock();
        try {
            if (closed) {
                return;
            }
            try {
                database.close();
            } catch (SQLException e) {
                log.atDebug().addKeyValue("product", product).setCause(e)
                        .log("a broken view was closed");
            }
            if (damaged) {
                setAside();
            }
            database = openOrSetAside();
            progress.reached(readPosition());
        } finally {
            writing.unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new ViewClosed("the view of '" + product + "' is closed");
        }
    }

    private Database openOrSetAside() {
        try {
            return prepared();
        } catch (SQLException e) {
            String said = String.valueOf(e.getMessage());
            if (file == null || isFull(said) || said.contains("Could not set lock")
                    || said.contains("Conflicting lock") || said.contains("Permission denied")) {
                throw new ViewFailure("the view of '" + product + "' cannot be opened" + where()
                        + ": " + why(said), e);
            }
            log.atWarn().addKeyValue("product", product).addKeyValue("reason", why(said))
                    .log("the view's file is unreadable; it is set aside and built anew");
            setAside();
            try {
                return prepared();
            } catch (SQLException again) {
                throw new ViewFailure("the view of '" + product + "' cannot be opened" + where()
                        + ": " + why(String.valueOf(again.getMessage())), again);
            }
        }
    }

    /** Opens the file and makes the tables, unless they are there for this very schema. */
    private Database prepared() throws SQLException {
        var opened = new Database(file, memoryBytes);
        try {
            var connection = opened.writer();
            Database.execute(connection, "begin transaction");
            Database.execute(connection, "create table if not exists meta (fingerprint varchar)");
            if (!reading.columns().fingerprint().equals(fingerprint(connection))) {
                Database.execute(connection, "drop table if exists items");
                Database.execute(connection, "drop table if exists position");
                Database.execute(connection, "delete from meta");
                Database.execute(connection, reading.columns().ddl());
                Database.execute(connection, Positions.DDL);
                try (var insert = connection.prepareStatement("insert into meta values (?)")) {
                    insert.setString(1, reading.columns().fingerprint());
                    insert.execute();
                }
            }
            Database.execute(connection, "commit");
            return opened;
        } catch (SQLException e) {
            opened.close();
            throw e;
        }
    }

    private static @Nullable String fingerprint(DuckDBConnection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery("select fingerprint from meta")) {
            return result.next() ? result.getString(1) : null;
        }
    }

    private @Nullable Position readPosition() {
        try {
            return Positions.read(database.writer());
        } catch (SQLException e) {
            throw new ViewFailure("the view of '" + product + "' has no readable position"
                    + where() + ": " + why(String.valueOf(e.getMessage())), e);
        }
    }

    /** Keeps the last bad file for whoever wants to look, and only that one. */
    private void setAside() {
        if (file == null) {
            return;
        }
        try {
            for (String part : List.of("", ".wal")) {
                Path from = file.resolveSibling(file.getFileName() + part);
                if (Files.exists(from)) {
                    Files.move(from, file.resolveSibling(file.getFileName() + part + ".bad"),
                            StandardCopyOption.REPLACE_EXISTING);
                }
            }
        } catch (IOException e) {
            throw new ViewFailure("the unreadable view '" + file + "' cannot be renamed: "
                    + e.getMessage(), e);
        }
    }

    /** The last event of each key, without those that are in the view already. */
    private Map<UUID, Event> batch(List<Event> events, Position after, @Nullable Position before) {
        var next = new long[after.slots().size()];
        for (int i = 0; i < next.length; i++) {
            next[i] = Positions.next(before, after.slots().get(i));
        }
        var batch = new LinkedHashMap<UUID, Event>();
        for (var event : events) {
            if (event.offset() >= next[event.slot()]) {
                String owner = reading.columns().isKeyed()
                        ? ""
                        : after.slots().get(event.slot()).topicId();
                UUID hash = reading.texts().hash(event.key(), owner);
                batch.remove(hash);
                batch.put(hash, event);
            }
        }
        return batch;
    }

    private void replace(DuckDBConnection connection, Map<UUID, Event> batch) throws SQLException {
        if (batch.isEmpty()) {
            return;
        }
        if (reading.columns().isKeyed()) {
            Database.execute(connection, "create or replace temp table staged (kh uuid)");
            try (var staged = connection.createAppender("temp", "main", "staged")) {
                for (UUID hash : batch.keySet()) {
                    staged.beginRow().append(hash).endRow();
                }
            }
            Database.execute(connection, "delete from items where kh in (select kh from staged)");
        }
        try (var items = connection.createAppender("main", "items")) {
            for (var entry : batch.entrySet()) {
                if (entry.getValue().op() != Op.DELETE && entry.getValue().value() != null) {
                    append(items, entry.getKey(), entry.getValue());
                }
            }
        }
    }

    private void append(DuckDBAppender items, UUID hash, Event event) throws SQLException {
        var value = java.util.Objects.requireNonNull(event.value());
        items.beginRow().append(hash).append(reading.texts().key(event.key()))
                .append(reading.texts().row(value))
                .append(Column.nanos(event.time()));
        for (int i = 0; i < reading.columns().key().size(); i++) {
            reading.columns().key().get(i).append(items, event.key().get(i));
        }
        for (var placed : reading.columns().fields()) {
            placed.column().append(items, placed.path().get(value));
        }
        items.endRow();
    }

    private void write(String purpose, Work work) {
        var connection = database.writer();
        try {
            Database.execute(connection, "begin transaction");
            work.on(connection);
            Database.execute(connection, "commit");
        } catch (SQLException | RuntimeException e) {
            try {
                Database.execute(connection, "rollback");
            } catch (SQLException ended) {
                log.atDebug().addKeyValue("product", product).setCause(ended)
                        .log("the transaction had ended already");
            }
            throw failure(purpose, e);
        }
    }

    private void checkpointIfDue() {
        var now = clock.instant();
        if (Duration.between(checkpointed, now).compareTo(limits.checkpointEvery()) < 0
                && walBytes() < limits.walBytes()) {
            return;
        }
        checkpointed = now;
        if (prunes()) {
            var oldest = Column.nanos(now.minus(schema.product().view().history()));
            write("forget old rows", connection -> {
                try (var delete = connection
                        .prepareStatement("delete from items where t < cast(? as hugeint)")) {
                    delete.setString(1, oldest.toString());
                    delete.execute();
                }
            });
        }
        checkpoint();
    }

    /** A failed one is tried again with the next batch that finds it due; nothing is lost by that. */
    private void checkpoint() {
        try {
            Database.execute(database.writer(), "checkpoint");
        } catch (SQLException e) {
            String said = String.valueOf(e.getMessage());
            if (said.contains("FATAL") || isDamage(said)) {
                throw failure("fold its log into its file", e);
            }
            log.atInfo().addKeyValue("product", product).addKeyValue("reason", why(said))
                    .log("the view's checkpoint is put off");
        }
    }

    /** Without a key every event is a row, so only time bounds them. */
    private boolean prunes() {
        return !reading.columns().isKeyed() && schema.product().view().history().isPositive();
    }

    private long walBytes() {
        if (file == null) {
            return 0;
        }
        Path wal = file.resolveSibling(file.getFileName() + ".wal");
        try {
            return Files.exists(wal) ? Files.size(wal) : 0;
        } catch (IOException e) {
            return 0;
        }
    }

    /** What is done in one transaction. */
    @FunctionalInterface
    private interface Work {
        void on(DuckDBConnection connection) throws SQLException;
    }
}
