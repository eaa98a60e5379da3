package io.tidegate.gateway.view;

import io.tidegate.contract.ProductSchema;
import io.tidegate.gateway.feed.Event;
import io.tidegate.gateway.feed.Op;
import io.tidegate.gateway.feed.Position;
import io.tidegate.gateway.view.ViewFailure.Reason;
import io.tidegate.schema.Row;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.Slice;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A product's rows by key in RocksDB: the part of a view that makes look-ups by key cheap. Nothing depends on it: while it cannot
 * be read it has no snapshot, and it heals by itself with the next events that are applied.
 */
final class KeyTable implements Fed {
    private static final Logger log = LoggerFactory.getLogger(KeyTable.class);
    /** Look-ups are short; more than this many at a time wait. */
    private static final int SNAPSHOTS_MAX = 1_024;
    /** A disk that was full is tried again from here on: RocksDB needs some to open. */
    private static final long FREE_BYTES_MIN = 32L << 20;
    private static final byte[] NO_BYTES = {};
    private static final int READ_MAX = 1_000;
    /** So many at a time are behind, and a crash may take them: they come again as fast. */
    private static final int UNLOGGED_EVENTS = 5_000;
    /** Rows that are entered into an index without a rest, and for how long. */
    private static final int PORTION_ROWS = 1_000;
    private static final long PORTION_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long INDEX_BYTES_MIN = 128L << 20;

    private final Path folder;
    private final String product;
    private final KeyEngine engine;
    private final Duration deadline;
    private final Consumer<KeyTable> onClose;
    private final IndexLimits limits;
    private final IndexKeeper keeper;
    private final Semaphore snapshots = new Semaphore(SNAPSHOTS_MAX);
    private final ReentrantLock writing = new ReentrantLock();
    private final Progress progress = new Progress();
    private final QuickReads reads = new QuickReads();
    private final RowBytes.Out out = new RowBytes.Out();
    private volatile Reading reading;
    private volatile @Nullable KeyDatabase database;
    private volatile KnownHead known = new KnownHead(NO_BYTES, new KeyHead(
            new Position(List.of()), null));
    /** Null while it changes, and a new one after each change: see {@link #still}. */
    private volatile @Nullable Told told;
    private volatile boolean isClosed;
    /** The one of before, as long as readers keep it open: until then nobody else can have its folder. */
    private @Nullable KeyDatabase leaving;
    /** What is in the folder cannot be read. */
    private boolean isDamaged;
    /** What was applied is gone, and whoever applies has not heard of it. */
    private boolean isLost;
    /** A write has failed, and so will the next ones until it has been opened again. */
    private volatile boolean isStuck;

    /** How rows are told from the table: of equal tables, but with the types of one schema. */
    record Reading(Columns columns, RowTexts texts) {
        static Reading of(ProductSchema schema) {
            var columns = new Columns(schema);
            return new Reading(columns, new RowTexts(columns));
        }

        byte[] key(List<Object> key) {
            return bytes(texts.key(key));
        }

        /** What {@link #key} made the key of a row of. */
        List<Object> keyOf(byte[] rowKey) {
            return texts.key(new String(rowKey, 1, rowKey.length - 1, StandardCharsets.UTF_8));
        }

        static byte[] bytes(String key) {
            byte[] text = key.getBytes(StandardCharsets.UTF_8);
            byte[] bytes = new byte[text.length + 1];
            bytes[0] = KeyDatabase.ROW;
            System.arraycopy(text, 0, bytes, 1, text.length);
            return bytes;
        }
    }

    /** The head that was read last: it changes much less often than it is asked for. */
    private record KnownHead(byte[] bytes, KeyHead head) {
    }

    /** What a database says of its rows at this moment. */
    record Told(KeyDatabase by, KeyHead head) {
        /** Only itself: the same may be told of another moment. */
        @Override
        public boolean equals(@Nullable Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(this);
        }
    }

    KeyTable(ProductSchema schema, Path folder, KeyEngine engine, Duration deadline,
            IndexLimits limits, Clock clock, Consumer<KeyTable> onClose) {
        this.limits = limits;
        this.keeper = new IndexKeeper(this, limits, clock, engine.indexing());
        this.folder = folder;
        this.product = schema.product().id().path();
        this.engine = engine;
        this.deadline = deadline;
        this.onClose = onClose;
        this.reading = Reading.of(schema);
        writing.lock();
        try {
            opened();
        } catch (ViewFailure e) {
            log.atWarn().addKeyValue("product", product)
                    .log("{}; it is tried again with the next events", e.getMessage());
        } finally {
            writing.unlock();
        }
    }

    Reading reading() {
        return reading;
    }

    IndexKeeper keeper() {
        return keeper;
    }

    /** How long it takes to read a row. */
    QuickReads reads() {
        return reads;
    }

    Path folder() {
        return folder;
    }

    String product() {
        return product;
    }

    @Override
    public String name() {
        return "keys";
    }

    @Override
    public Pace pace() {
        return Pace.AT_ONCE;
    }

    @Override
    public Optional<Position> position() {
        return progress.position();
    }

    /** See {@link View#await}. */
    boolean await(Position atLeast, Duration within) throws InterruptedException {
        return progress.await(atLeast, within);
    }

    @Override
    public void apply(List<Event> events, Position after) {
        writing.lock();
        try {
            requireOpen();
            var left = progress.position();
            var to = opened();
            if (isLost) {
                isLost = false;
                throw new ViewFailure("the keys of '" + product
                        + "' were set aside; they are built anew from the beginning");
            }
            if (!progress.position().equals(left)) {
                // What was in memory alone may be gone, or all of it: then this batch is not what follows.
                throw new ViewFailure("the keys of '" + product + "' had to be opened again in '"
                        + folder + "' and are not where they were left; they go on from where"
                        + " they are");
            }
            var before = progress.position().orElse(null);
            var reached = Positions.furthest(before, after);
            try (var batch = new WriteBatch()) {
                var newest = put(to, batch, events, after, before, head(to).newest());
                var head = new KeyHead(reached, newest);
                batch.put(KeyDatabase.HEAD, head.toBytes());
                told = null;
                if (events.size() < UNLOGGED_EVENTS) {
                    to.write(batch);
                } else {
                    to.writeUnlogged(batch);
                }
                told = new Told(to, head);
            } catch (RocksDBException e) {
                throw failure("take changes", e);
            }
            progress.reached(reached);
        } finally {
            writing.unlock();
        }
    }

    @Override
    public void idle() {
        // Where there is no database to save in, the next events say so.
        boolean ignored = between("save what it has", (to, columns) -> to.save());
    }

    /** The last event of each key; those that were applied before are passed over. */
    private @Nullable Instant put(KeyDatabase to, WriteBatch batch, List<Event> events,
            Position after,
            @Nullable Position before, @Nullable Instant newestBefore) throws RocksDBException {
        var now = reading;
        var next = new long[after.slots().size()];
        for (int i = 0; i < next.length; i++) {
            next[i] = Positions.next(before, after.slots().get(i));
        }
        var newest = newestBefore;
        Map<String, Event> last = LinkedHashMap.newLinkedHashMap(events.size());
        for (var event : events) {
            if (event.offset() >= next[event.slot()]) {
                last.put(now.texts().key(event.key()), event);
                newest = newest == null || event.time().isAfter(newest) ? event.time() : newest;
            }
        }
        keeper.changed(last.size());
        keeper.weigh(to);
        if (!to.indexes().all().isEmpty()) {
            long from = System.nanoTime();
            keepIndexes(to, batch, last);
            keeper.kept(System.nanoTime() - from);
        }
        for (var entry : last.entrySet()) {
            byte[] key = Reading.bytes(entry.getKey());
            var value = entry.getValue().value();
            if (entry.getValue().op() == Op.DELETE || value == null) {
                batch.delete(key);
            } else {
                out.clear();
                out.time(entry.getValue().time());
                out.row(value);
                batch.put(key, out.toBytes());
            }
        }
        return newest;
    }

    /** What indexes say of a row has to go before they say what it is now. */
    private void keepIndexes(KeyDatabase to, WriteBatch batch, Map<String, Event> last)
            throws RocksDBException {
        var entries = List.copyOf(last.entrySet());
        try (var options = new ReadOptions()) {
            keepIndexes(to, batch, entries, options);
        }
    }

    private void keepIndexes(KeyDatabase to, WriteBatch batch,
            List<Map.Entry<String, Event>> entries, ReadOptions options)
            throws RocksDBException {
        for (int from = 0; from < entries.size(); from += READ_MAX) {
            var some = entries.subList(from, Math.min(entries.size(), from + READ_MAX));
            var keys = some.stream().map(entry -> Reading.bytes(entry.getKey())).toList();
            var before = to.values(options, keys);
            var changes = new ArrayList<KeyIndexes.Change>(some.size());
            for (int i = 0; i < some.size(); i++) {
                var event = some.get(i).getValue();
                byte[] old = before.get(i);
                changes.add(new KeyIndexes.Change(keys.get(i), event.key(),
                        old == null ? null : stored(old, reading),
                        event.op() == Op.DELETE ? null : event.value()));
            }
            keeper.tooLong(to.indexes().keep(batch, changes));
        }
    }

    static Row stored(byte[] bytes, Reading reading) throws RocksDBException {
        try {
            var in = new RowBytes.In(bytes);
            in.time();
            return row(in, reading);
        } catch (RuntimeException e) {
            throw new RocksDBException("Corruption: a row makes no sense: " + e);
        }
    }

    @Override
    public void reset() {
        writing.lock();
        try {
            requireOpen();
            isLost = false;
            told = null;
            opened().empty();
            progress.reached(null);
        } catch (RocksDBException e) {
            throw failure("be emptied", e);
        } finally {
            writing.unlock();
        }
    }

    /**
     * One consistent state.
     *
     * @return empty while there is none, because the database cannot be opened or nothing has been applied to it
     * @throws ViewFailure
     *             if too many are open, or it cannot be read
     */
    Optional<ViewSnapshot> snapshot() {
        var from = database;
        if (isClosed || from == null || progress.position().isEmpty() || !from.retain()) {
            return Optional.empty();
        }
        boolean hasPlace = false;
        try {
            hasPlace = snapshots.tryAcquire(deadline.toMillis(), TimeUnit.MILLISECONDS);
            if (!hasPlace) {
                throw new ViewFailure(Reason.BUSY,
                        "the view of '" + product + "' is busy: " + SNAPSHOTS_MAX
                                + " look-ups are under way, none has ended within "
                                + deadline.toSeconds() + " s");
            }
            return Optional.of(new KeySnapshot(this, from, reading));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            from.release();
            throw new ViewFailure("interrupted while waiting for the view of '" + product + "'", e);
        } catch (RuntimeException e) {
            if (hasPlace) {
                snapshots.release();
            }
            from.release();
            throw e;
        }
    }

    /**
     * The rows as they are, as far as they are in memory.
     *
     * @return empty while they change, or cannot be had
     */
    Optional<ViewSnapshot> inMemory() {
        var from = database;
        var now = told;
        if (isClosed || from == null || now == null || now.by() != from
                || progress.position().isEmpty() || !from.retain()) {
            return Optional.empty();
        }
        return Optional.of(new KeysInMemory(this, from, reading, now));
    }

    void released(KeyDatabase from) {
        snapshots.release();
        from.release();
    }

    /** To be asked before a snapshot is taken; null while that would be of no use. */
    @Nullable
    Told told() {
        return told;
    }

    /**
     * What the rows of a snapshot say of themselves, without reading it: if nothing has begun to change them since that was
     * told, and so not while the snapshot was taken either, it is still true.
     *
     * @param before
     *            what was told before the snapshot was taken
     */
    Optional<KeyHead> still(@Nullable Told before, KeyDatabase of) {
        return before != null && before.equals(told) && before.by() == of
                ? Optional.of(before.head())
                : Optional.empty();
    }

    /** What this state says of itself, read the first time only. */
    KeyHead head(byte @Nullable [] bytes) {
        if (bytes == null) {
            return new KeyHead(new Position(List.of()), null);
        }
        var last = known;
        if (!java.util.Arrays.equals(last.bytes(), bytes)) {
            last = new KnownHead(bytes, KeyHead.of(bytes));
            known = last;
        }
        return last.head();
    }

    private KeyHead head(KeyDatabase of) throws RocksDBException {
        return head(of.rocks().get(KeyDatabase.HEAD));
    }

    static Row row(RowBytes.In in, Reading reading) {
        return in.row(reading.columns().rowType());
    }

    void adopt(ProductSchema other) {
        reading = Reading.of(other);
    }

    private void requireOpen() {
        if (isClosed) {
            throw new ViewClosed("the view of '" + product + "' is closed");
        }
    }

    // ---- indexes ----

    /**
     * Whether indexes answer all of these. Those for which there is none are remembered as wanted.
     *
     * @param questions
     *            beside look-ups by key
     */
    boolean answers(Collection<? extends ViewQuery> questions) {
        if (questions.isEmpty()) {
            return true;
        }
        var from = database;
        var columns = reading.columns();
        if (from == null || !columns.isToldByKey()) {
            return false;
        }
        var ready = from.indexes().ready();
        boolean isAll = true;
        for (var question : questions) {
            var asked = question instanceof ItemsQuery items
                    ? PageQuestion.of(columns, items)
                    : Optional.<PageQuestion>empty();
            boolean isAnswered = asked.isPresent()
                    && ready.stream().anyMatch(index -> asked.get().fit(index.shape()) > 0);
            if (asked.isPresent() && !isAnswered) {
                keeper.missed(asked.get().shape());
            }
            isAll &= isAnswered;
        }
        return isAll;
    }

    /** For operators; none while the database cannot be read. */
    List<IndexStanding> indexes() {
        var from = database;
        if (from == null || !from.retain()) {
            return List.of();
        }
        try {
            return from.indexes().standing(reading.columns());
        } finally {
            from.release();
        }
    }

    /** For operators. */
    String told(PageIndex index) {
        return index.shape().told(reading.columns());
    }

    /** A piece of work on the open database. */
    @FunctionalInterface
    interface Work {
        void on(KeyDatabase database, Columns columns) throws RocksDBException;
    }

    /**
     * Does something between two batches of changes.
     *
     * @return whether it was done; false if there is no database
     * @throws ViewFailure
     *             if it cannot be read or written
     */
    boolean between(String purpose, Work work) {
        writing.lock();
        try {
            var now = database;
            if (isClosed || now == null || isStuck) {
                return false;
            }
            work.on(now, reading.columns());
            return true;
        } catch (RocksDBException e) {
            throw failure(purpose, e);
        } finally {
            writing.unlock();
        }
    }

    /** About how many there are: each of them has an entry in each index. */
    long rows(KeyDatabase in) throws RocksDBException {
        return in.rocks().getLongProperty("rocksdb.estimate-num-keys")
                / (1 + in.indexes().all().size());
    }

    /** An index is at most as large as what it leads to. */
    boolean hasSpaceForIndex(KeyDatabase to) {
        try {
            long rows = to.rocks().getLongProperty("rocksdb.estimate-live-data-size");
            return Files.getFileStore(folder).getUsableSpace() > INDEX_BYTES_MIN + rows;
        } catch (RocksDBException | IOException e) {
            return false;
        }
    }

    /** How far the building of an index has come. */
    final class Building {
        private @Nullable KeyDatabase of;
        private @Nullable PageIndex index;
        private byte[] next = KeyDatabase.ROWS_FROM;
        private long rows;
        private State state = State.UNDER_WAY;

        enum State {
            UNDER_WAY, DONE, TOO_LONG
        }

        /** The one that is built; null if there is none to be. */
        @Nullable
        PageIndex index() {
            return index;
        }

        State state() {
            return state;
        }

        long rows() {
            return rows;
        }

        /** Enters some rows, as they are now. */
        void goOn(KeyDatabase database, Columns columns) throws RocksDBException {
            var now = reading;
            var indexes = database.indexes();
            if (of != database || index == null || !indexes.all().contains(index)) {
                of = database;
                next = KeyDatabase.ROWS_FROM;
                rows = 0;
                index = indexes.all().stream().filter(one -> !indexes.ready().contains(one))
                        .findFirst().orElse(null);
            }
            if (index == null) {
                return;
            }
            long until = System.nanoTime() + PORTION_NANOS;
            try (var end = new Slice(KeyDatabase.ROWS_TO);
                    var options = new ReadOptions().setFillCache(false)
                            .setIterateUpperBound(end);
                    var iterator = database.rocks().newIterator(options);
                    var batch = new WriteBatch()) {
                iterator.seek(next);
                int portion = 0;
                while (iterator.isValid() && portion < PORTION_ROWS
                        && (portion % 64 != 0 || portion == 0 || System.nanoTime() < until)) {
                    byte[] key = iterator.key();
                    indexes.enter(batch, index, key, now.keyOf(key),
                            stored(iterator.value(), now));
                    portion++;
                    iterator.next();
                }
                iterator.status();
                boolean isDone = !iterator.isValid();
                next = isDone ? next : iterator.key();
                database.writeAlike(batch);
                rows += portion;
                if (isDone) {
                    indexes.built(index);
                    state = State.DONE;
                }
            } catch (PageIndex.TooLong e) {
                indexes.drop(Set.of(index));
                state = State.TOO_LONG;
            }
        }
    }

    // ---- opening, and what can go wrong ----

    /** Under the lock. The database, opened again if that is what it needs. */
    private KeyDatabase opened() {
        var now = database;
        if (now != null && !isStuck) {
            return now;
        }
        if (now != null) {
            requireSpace();
            leave(now);
        }
        if (leaving != null && !leaving.isClosed(Duration.ZERO)) {
            throw new ViewFailure("the keys of '" + product
                    + "' cannot be opened again while somebody reads them");
        }
        leaving = null;
        try {
            if (isDamaged) {
                setAside();
                isDamaged = false;
            }
            now = openOrSetAside();
        } catch (RocksDBException | IOException e) {
            throw new ViewFailure(reason(e), "the keys of '" + product
                    + "' cannot be opened in '" + folder + "': " + why(e), e);
        }
        isStuck = false;
        database = now;
        return now;
    }

    private void leave(KeyDatabase now) {
        database = null;
        leaving = now;
        now.leave();
    }

    private static @Nullable Position position(KeyHead head) {
        return head.position().slots().isEmpty() ? null : head.position();
    }

    private void requireSpace() {
        // Where somebody has removed the folder it is made again.
        Path there = folder.toAbsolutePath();
        while (!Files.exists(there) && there.getParent() != null) {
            there = there.getParent();
        }
        try {
            FileStore disk = Files.getFileStore(there);
            if (disk.getUsableSpace() < FREE_BYTES_MIN) {
                throw new ViewFailure(Reason.FULL, "the keys of '" + product
                        + "' cannot take changes in '" + folder
                        + "': the disk is full; free space and it goes on by itself");
            }
        } catch (IOException e) {
            throw new ViewFailure("the keys of '" + product + "' cannot take changes in '" + folder
                    + "': " + e, e);
        }
    }

    private KeyDatabase openOrSetAside() throws RocksDBException, IOException {
        try {
            return openWithHead();
        } catch (RocksDBException e) {
            if (isFull(e) || isLocked(e) || isForbidden(e)) {
                throw e;
            }
            log.atWarn().addKeyValue("product", product).addKeyValue("reason", why(e))
                    .log("the view's keys are unreadable; they are set aside and built anew");
            setAside();
            return openWithHead();
        }
    }

    private KeyDatabase openWithHead() throws RocksDBException, IOException {
        var now = KeyDatabase.open(folder, engine,
                RowBytes.LAYOUT + reading.columns().fingerprint());
        try {
            now.indexes().read(reading.columns(), limits.perProduct());
            var head = head(now);
            progress.reached(position(head));
            told = new Told(now, head);
            if (now.indexes().all().size() > now.indexes().ready().size()) {
                keeper.goOn();
            }
            return now;
        } catch (RocksDBException e) {
            now.leave();
            throw e;
        } catch (RuntimeException e) {
            now.leave();
            throw new RocksDBException(
                    "Corruption: what is said of the rows makes no sense: " + e);
        }
    }

    /** Says what happened, and prepares to go on. */
    ViewFailure failure(String purpose, Exception cause) {
        if (isDamage(cause)) {
            recover();
        } else {
            isStuck = true;
        }
        return new ViewFailure(reason(cause), "the keys of '" + product + "' cannot " + purpose
                + " in '" + folder + "': " + why(cause), cause);
    }

    private static Reason reason(Exception cause) {
        return isFull(cause) ? Reason.FULL : Reason.BROKEN;
    }

    /** The one who has found out may be a reader, so it is set aside when all readers have left. */
    private void recover() {
        writing.lock();
        try {
            var broken = database;
            if (isClosed || broken == null) {
                return;
            }
            log.atWarn().addKeyValue("product", product)
                    .log("the view's keys are damaged; they are set aside and built anew");
            leave(broken);
            progress.reached(null);
            isDamaged = true;
            isLost = true;
        } finally {
            writing.unlock();
        }
    }

    /** Keeps the last bad folder for whoever wants to look, and only that one. */
    private void setAside() throws IOException {
        var bad = folder.resolveSibling(folder.getFileName() + ".bad");
        remove(bad);
        if (Files.exists(folder)) {
            Files.move(folder, bad, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    /** With everything in it. */
    static void remove(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }

    private static String why(Exception e) {
        if (isFull(e)) {
            return "the disk is full; free space and it goes on by itself";
        }
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    private static boolean isFull(Exception e) {
        return says(e, "no space left") || (e instanceof RocksDBException rocks
                && rocks.getStatus() != null
                && rocks.getStatus().getSubCode() == Status.SubCode.NoSpace);
    }

    private static boolean isLocked(Exception e) {
        return says(e, "lock file") || says(e, "lock hold");
    }

    private static boolean isForbidden(Exception e) {
        return says(e, "permission denied") || says(e, "read-only file system")
                || says(e, "too many open files");
    }

    /** What was read and makes no sense is damaged too. */
    private static boolean isDamage(Exception e) {
        return !(e instanceof RocksDBException rocks) || says(e, "corrupt") || says(e, "checksum")
                || (rocks.getStatus() != null
                        && rocks.getStatus().getCode() == Status.Code.Corruption);
    }

    private static boolean says(Exception e, String words) {
        return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains(words);
    }

    void close() {
        keeper.close();
        KeyDatabase last;
        writing.lock();
        try {
            isClosed = true;
            if (database != null) {
                leave(database);
            }
            last = leaving;
        } finally {
            writing.unlock();
            onClose.accept(this);
        }
        if (last != null && !last.isClosed(deadline)) {
            log.atInfo().addKeyValue("product", product)
                    .log("the view's keys close with their last reader");
        }
    }
}
