package io.tidegate.gateway.view;

import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.predicate.Predicate;
import io.tidegate.gateway.predicate.Predicate.Comparison;
import io.tidegate.gateway.view.ViewFailure.Reason;
import io.tidegate.schema.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.jooq.SQLDialect;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A product's rows in one table without any index, which is what makes DuckDB take updates fast. */
final class DuckDbView implements View, Fed {
    private static final Logger log = LoggerFactory.getLogger(DuckDbView.class);

    /**
     * What a question of groups may need: 10 MiB with a dozen figures of a dozen columns. With all hundred of them two at a time
     * did not fit into 64 MiB.
     */
    private static final long GROUPS_BYTES = 48L << 20;
    /** What a row takes beside its texts, roughly. */
    private static final int ROW_BYTES = 64;
    /** Before what the driver has to say of a statement that could not be begun. */
    private static final String BEGUN_BADLY = "closed pending query result\nError: ";
    private static final String LATE = "the query took longer than its deadline";

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
    /** Those of questions of groups: all of them are one question's where memory is small. */
    private final Semaphore groups;
    private final ReentrantLock writing = new ReentrantLock();
    private volatile Database database;
    /** Whether it could not be opened again after an error; whoever comes next tries. */
    private volatile boolean isDown;
    private volatile long memoryBytes;
    private volatile boolean closed;
    private final Progress progress = new Progress();
    private final Unfinished unfinished = new Unfinished();
    private Instant checkpointed;
    /** An estimate of what has been changed since. */
    private long changedBytes;
    /**
     * How many rows have been changed since those that are left were last moved together. That is dear: with 150,000 rows of a
     * million changed, a checkpoint took 1 to 4 s of CPU with it, and 0.4 without.
     */
    private long changedSinceVacuum;
    private @Nullable Instant newest;
    /** How many changes have been kept so far. */
    private long sequence;
    /** It is not where whoever applies has left it, because a reader has found it broken, and they have not heard of it. */
    private boolean isLost;

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
        this.groups = new Semaphore(limits.snapshots(), true);
        this.checkpointed = clock.instant();
        this.database = openOrSetAside();
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
            if (isLost) {
                throw new ViewFailure("the view of '" + product + "' had to be opened again"
                        + where() + " and is not where it was left; it goes on from where it is");
            }
            var before = progress.position().orElse(null);
            var taken = unfinished.finished(events, after);
            var fresh = fresh(taken.finished(), after, before);
            var reached = Positions.furthest(before, after);
            var latest = latest(fresh);
            long begun = sequence;
            write("take changes", connection -> {
                replace(connection, fresh, after, begun);
                Positions.write(connection, reached);
                if (latest != null) {
                    Positions.writeNewest(connection, latest);
                }
            });
            unfinished.keep(taken);
            // A position without events is a change, too.
            changedBytes += 1 + (long) ROW_BYTES * fresh.size();
            changedSinceVacuum += fresh.size();
            sequence = begun + fresh.size();
            newest = latest;
            progress.reached(reached);
            checkpointIfDue(begun);
        } catch (ViewFailure e) {
            // They hear of it by this, and ask where it is before they go on.
            isLost = false;
            throw e;
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void idle() {
        writing.lock();
        try {
            if (!closed && !isDown && (changedBytes > 0 || prunes())) {
                checkpointIfDue(sequence);
            }
        } catch (ViewFailure e) {
            isLost = false;
            throw e;
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
                if (reading.columns().keepsChanges()) {
                    Database.execute(connection, "delete from history");
                }
                Database.execute(connection, "delete from position");
                Database.execute(connection, "delete from newest");
            });
            unfinished.forget();
            changedBytes++;
            newest = null;
            progress.reached(null);
            isLost = false;
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
        return new CarriedSnapshot(snapshot(snapshots, limits.snapshots()));
    }

    @Override
    public ViewSnapshot keySnapshot() {
        return snapshot();
    }

    @Override
    public ViewScan scan(Predicate where, List<ItemsQuery.Order> order) {
        return new CarriedScan(SqlScan.of(snapshot(scans, limits.scans()), where, order));
    }

    private DuckDbSnapshot snapshot(Semaphore places, int count) {
        requireOpen();
        enter(places, 1, count + " snapshots are open, none was closed");
        try {
            return NativeThreads.call(() -> {
                var now = reading;
                var from = database;
                try {
                    return DuckDbSnapshot.open(this, from, now.columns(), now.texts(),
                            places::release);
                } catch (SQLException e) {
                    throw failed("be read", e, from);
                }
            });
        } catch (RuntimeException e) {
            places.release();
            throw e;
        }
    }

    private void enter(Semaphore places, int many, String why) {
        try {
            if (!places.tryAcquire(many, limits.queryDeadline().toMillis(),
                    TimeUnit.MILLISECONDS)) {
                throw new ViewFailure(Reason.BUSY, "the view of '" + product + "' is busy: " + why
                        + " within " + limits.queryDeadline().toSeconds() + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ViewFailure("interrupted while waiting for the view of '" + product + "'", e);
        }
    }

    /** Asks a question of groups, as many at a time as memory is there for. */
    <T> T grouping(Supplier<T> question) {
        int places = limits.snapshots();
        int mine = Math.clamp(Math.ceilDiv(places * GROUPS_BYTES, memoryBytes), 1, places);
        enter(groups, mine, "questions of groups take turns, and none has ended");
        try {
            return question.get();
        } finally {
            groups.release(mine);
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

    /** Of those who read what is open now; what ends it for them says nothing of the one that takes its place. */
    SqlSnapshot.Source source() {
        return source(database);
    }

    SqlSnapshot.Source source(Database from) {
        return new SqlSnapshot.Source() {
            @Override
            public Duration deadline() {
                return limits.queryDeadline();
            }

            @Override
            public ViewFailure late() {
                return new ViewFailure(Reason.DEADLINE, "the view of '" + product
                        + "' cannot answer" + where() + ": " + LATE);
            }

            @Override
            public ViewFailure failure(String purpose, SQLException cause) {
                return failed(purpose, cause, from);
            }
        };
    }

    /** Says what happened and brings the database back if the error has ended it, unless somebody has already. */
    private ViewFailure failed(String purpose, Exception cause, Database from) {
        String said = said(cause);
        var failure = new ViewFailure(reason(cause), "the view of '" + product + "' cannot "
                + purpose + where() + ": " + why(cause), cause);
        if (isDamage(said)) {
            recover(true, from);
        } else if (isFatal(said)) {
            recover(false, from);
        }
        return failure;
    }

    /** What DuckDB says; of a statement that its driver could not begin, why. */
    private static String said(Exception cause) {
        String said = String.valueOf(cause.getMessage());
        int why = said.indexOf(BEGUN_BADLY);
        return why < 0 ? said : said.substring(why + BEGUN_BADLY.length());
    }

    private static Reason reason(Exception cause) {
        return cause instanceof SQLTimeoutException
                ? Reason.DEADLINE
                : isFull(said(cause)) ? Reason.FULL : Reason.BROKEN;
    }

    private static String why(Exception cause) {
        return cause instanceof SQLTimeoutException
                ? LATE
                : why(said(cause));
    }

    private static String why(String said) {
        if (isFull(said)) {
            return said.contains("Out of Memory")
                    ? "it needs more memory than it has, or more room for temporary files"
                    : "the disk is full; free space and it goes on by itself";
        }
        return said.lines().findFirst().orElse("");
    }

    private static boolean isFull(String said) {
        String lower = said.toLowerCase(Locale.ROOT);
        return lower.contains("no space left") || lower.contains("disk full")
                || lower.contains("enospc") || lower.contains("out of memory");
    }

    /** Whether the database has to be opened again; by the words that DuckDB begins with: what follows may quote a caller. */
    private static boolean isFatal(String said) {
        return said.startsWith("FATAL")
                || (said.startsWith("IO Error") && said.contains("has been invalidated"));
    }

    private static boolean isDamage(String said) {
        String lower = said.toLowerCase(Locale.ROOT);
        return Stream.of("io error", "fatal", "internal", "serialization", "corrupt")
                .anyMatch(lower::startsWith)
                && (lower.contains("corrupt") || lower.contains("checksum"));
    }

    private String where() {
        return file == null ? "" : " in '" + file + "'";
    }

    private void recover(boolean damaged, Database from) {
        writing.lock();
        try {
            if (closed || from != database) {
                return;
            }
            isDown = true;
            var before = progress.position();
            boolean hadParts = unfinished.hasAny();
            try {
                database.end(!damaged);
            } catch (SQLException e) {
                log.atDebug().addKeyValue("product", product).setCause(e)
                        .log("a broken view was closed");
            }
            if (damaged) {
                setAside();
            }
            database = openOrSetAside();
            isDown = false;
            isLost |= hadParts || !progress.position().equals(before);
        } finally {
            writing.unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new ViewClosed("the view of '" + product + "' is closed");
        }
        if (isDown) {
            reopen();
        }
    }

    private void reopen() {
        writing.lock();
        try {
            if (isDown) {
                recover(false, database);
            }
        } finally {
            writing.unlock();
        }
    }

    private Database openOrSetAside() {
        try {
            return resumed();
        } catch (SQLException e) {
            String said = said(e);
            if (file == null || isFull(said) || said.contains("Could not set lock")
                    || said.contains("Conflicting lock") || said.contains("Permission denied")) {
                throw new ViewFailure(reason(e), "the view of '" + product
                        + "' cannot be opened" + where() + ": " + why(said), e);
            }
            if (said.contains("already attached")) {
                throw new ViewFailure(Reason.BUSY, "the view of '" + product
                        + "' cannot be opened" + where()
                        + " while somebody reads it who began before it was closed", e);
            }
            log.atWarn().addKeyValue("product", product).addKeyValue("reason", why(said))
                    .log("the view's file is unreadable; it is set aside and built anew");
            setAside();
            try {
                return resumed();
            } catch (SQLException again) {
                throw new ViewFailure(reason(again), "the view of '" + product
                        + "' cannot be opened" + where() + ": " + why(again), again);
            }
        }
    }

    /** Opens the file and takes up what it has. */
    private Database resumed() throws SQLException {
        var opened = prepared();
        try {
            resume(opened.writer());
            return opened;
        } catch (SQLException e) {
            opened.close();
            throw e;
        }
    }

    /** Opens the file and makes the tables, unless they are there for this very schema. */
    private Database prepared() throws SQLException {
        var opened = new Database(file, memoryBytes, reading.columns().blockBytes());
        try {
            var connection = opened.writer();
            Database.execute(connection, "begin transaction");
            Database.execute(connection, "create table if not exists meta (fingerprint varchar)");
            if (!reading.columns().fingerprint().equals(fingerprint(connection))) {
                for (String table : List.of("items", "history", "position", "newest")) {
                    Database.execute(connection, "drop table if exists " + table);
                }
                Database.execute(connection, "delete from meta");
                for (String ddl : reading.columns().ddl()) {
                    Database.execute(connection, ddl);
                }
                Database.execute(connection, Positions.DDL);
                Database.execute(connection, Positions.NEWEST_DDL);
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

    private void resume(DuckDBConnection connection) throws SQLException {
        newest = Positions.readNewest(connection);
        sequence = reading.columns().isKeyed() && !reading.columns().keepsChanges()
                ? 0
                : sequence(connection);
        unfinished.forget();
        progress.reached(Positions.read(connection));
    }

    private long sequence(DuckDBConnection connection) throws SQLException {
        try (var statement = connection.createStatement();
                var result = statement.executeQuery("select coalesce(max(seq) + 1, 0) from "
                        + changes())) {
            return result.next() ? result.getLong(1) : 0;
        }
    }

    /** The table that keeps every change. */
    private String changes() {
        return reading.columns().isKeyed() ? "history" : "items";
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

    /** Without those that are in the view already. */
    private static List<Event> fresh(List<Event> events, Position after,
            @Nullable Position before) {
        var next = new long[after.slots().size()];
        for (int i = 0; i < next.length; i++) {
            next[i] = Positions.next(before, after.slots().get(i));
        }
        return events.stream().filter(event -> event.offset() >= next[event.slot()]).toList();
    }

    private @Nullable Instant latest(List<Event> events) {
        var latest = newest;
        for (var event : events) {
            if (latest == null || event.time().isAfter(latest)) {
                latest = event.time();
            }
        }
        return latest;
    }

    /** An event, what tells its row from all others, and how many changes had been kept before. */
    private record Numbered(Event event, UUID hash, long sequence) {
    }

    private List<Numbered> numbered(List<Event> events, Position after, long from) {
        var numbered = new ArrayList<Numbered>(events.size());
        boolean keyed = reading.columns().isKeyed();
        int ofRecord = 0;
        for (int i = 0; i < events.size(); i++) {
            var event = events.get(i);
            boolean isFirst = i == 0 || events.get(i - 1).slot() != event.slot()
                    || events.get(i - 1).offset() != event.offset();
            ofRecord = isFirst ? 0 : ofRecord + 1;
            // without a key, rows of one record differ by their number
            String owner = keyed
                    ? ""
                    : after.slots().get(event.slot()).topicId()
                            + (ofRecord == 0 ? "" : "#" + ofRecord);
            numbered.add(new Numbered(event, reading.texts().hash(event.key(), owner), from + i));
        }
        return numbered;
    }

    private void replace(DuckDBConnection connection, List<Event> events, Position after,
            long from) throws SQLException {
        if (events.isEmpty()) {
            return;
        }
        var columns = reading.columns();
        var numbered = numbered(events, after, from);
        // the last event of each key
        var batch = new LinkedHashMap<UUID, Numbered>();
        for (var one : numbered) {
            batch.remove(one.hash());
            batch.put(one.hash(), one);
        }
        if (columns.isKeyed()) {
            Database.execute(connection, "create or replace temp table staged (kh uuid)");
            try (var staged = connection.createAppender("temp", "main", "staged")) {
                for (UUID hash : batch.keySet()) {
                    staged.beginRow().append(hash).endRow();
                }
            }
            Database.execute(connection, "delete from items where kh in (select kh from staged)");
        }
        try (var items = database.appender("items")) {
            for (var one : batch.values()) {
                var value = one.event().value();
                if (one.event().op() != Op.DELETE && value != null) {
                    append(items, one, value);
                    if (!columns.isKeyed()) {
                        appendPlace(items, one, after, true);
                    }
                    items.endRow();
                }
            }
        }
        if (columns.keepsChanges()) {
            try (var history = database.appender("history")) {
                for (var one : numbered) {
                    var event = one.event();
                    var row = event.value() != null ? event.value() : event.previous();
                    append(history, one, row != null ? row : columns.keyRow(event.key()));
                    appendPlace(history, one, after, row != null);
                    history.endRow();
                }
            }
        }
    }

    /**
     * @param judged
     *            the row that conditions are asked of
     */
    private void append(DuckDBAppender table, Numbered one, Row judged) throws SQLException {
        var event = one.event();
        String key = reading.texts().key(event.key());
        changedBytes += key.length();
        table.beginRow().append(one.hash()).append(key);
        appendRow(table, event.op() == Op.DELETE ? null : event.value());
        Column.TIME.append(table, event.time());
        var columns = reading.columns().key();
        for (int i = 0; i < columns.size(); i++) {
            columns.get(i).append(table, event.key().get(i));
        }
        for (var placed : reading.columns().fields()) {
            placed.append(table, judged);
        }
    }

    private void appendPlace(DuckDBAppender table, Numbered one, Position after, boolean isKnown)
            throws SQLException {
        var event = one.event();
        var slot = after.slots().get(event.slot());
        appendRow(table, event.previous());
        table.append(one.sequence()).append(slot.topicId()).append(slot.partition())
                .append(event.offset()).append(event.leaderEpoch()).append(isKnown);
    }

    private void appendRow(DuckDBAppender table, @Nullable Row row) throws SQLException {
        if (row == null) {
            table.appendNull();
        } else {
            String text = reading.texts().row(row);
            changedBytes += text.length();
            table.append(text);
        }
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
            throw failed(purpose, e, database);
        }
    }

    /**
     * @param spared
     *            changes from this one on came just now, and stay until the next time however old they are
     */
    private void checkpointIfDue(long spared) {
        var now = clock.instant();
        if (Duration.between(checkpointed, now).compareTo(limits.checkpointEvery()) < 0
                && changedBytes < limits.checkpointBytes()) {
            return;
        }
        checkpointed = now;
        if (prunes()) {
            prune(now.minus(kept()), spared);
        }
        if (changedBytes > 0) {
            changedBytes = 0;
            checkpoint();
        }
    }

    private void prune(Instant oldest, long spared) {
        var delete = DSL.using(SQLDialect.DUCKDB)
                .renderInlined(DSL.deleteFrom(DSL.table(DSL.name(changes())))
                        .where(Column.TIME.compare(Comparison.LT, oldest))
                        .and(DSL.field(DSL.name("seq"), Long.class).lt(spared)));
        write("forget what is older than its history", connection -> {
            try (var statement = connection.createStatement()) {
                long gone = statement.executeUpdate(delete);
                changedBytes += gone;
                changedSinceVacuum += gone;
            }
        });
    }

    /** A failed one is tried again when it is due; nothing is lost by that. */
    private void checkpoint() {
        try {
            boolean vacuums = changedSinceVacuum >= rows() / 2;
            database.checkpoint(vacuums);
            if (vacuums) {
                changedSinceVacuum = 0;
            }
        } catch (SQLException e) {
            String said = said(e);
            if (isFatal(said) || isDamage(said)) {
                throw failed("write its changes to its file", e, database);
            }
            // Due again after its time, even if nothing more comes until then.
            changedBytes = 1;
            log.atInfo().addKeyValue("product", product).addKeyValue("reason", why(said))
                    .log("the view's checkpoint is put off");
        }
    }

    /** Of all tables. */
    private long rows() throws SQLException {
        var counts = reading.columns().isKeyed() && reading.columns().keepsChanges()
                ? "select (select count(*) from items) + (select count(*) from history)"
                : "select count(*) from items";
        try (var statement = database.writer().createStatement();
                var result = statement.executeQuery(counts)) {
            return result.next() ? result.getLong(1) : 0;
        }
    }

    /** Without a key every event is a row, so only time bounds them. */
    private boolean prunes() {
        return !reading.columns().isKeyed() || reading.columns().keepsChanges();
    }

    /** How long changes are kept; what comes later than that is kept until the next checkpoint. */
    private Duration kept() {
        var history = schema.product().view().history();
        return history.isPositive() ? history : limits.unkeyedFor();
    }

    /** What is done in one transaction. */
    @FunctionalInterface
    private interface Work {
        void on(DuckDBConnection connection) throws SQLException;
    }
}
