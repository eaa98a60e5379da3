package io.tidegate.gateway.view;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.rocksdb.FlushOptions;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * One open RocksDB database: rows under {@link #ROW} and their keys, entries of indexes under {@link #INDEX}, and what is said of
 * them under {@link #HEAD} and {@link #INDEXES}. It stays open
 * as long as somebody uses it, because native memory that is gone ends the process.
 */
final class KeyDatabase {
    static final byte[] HEAD = {0, 'h'};
    static final byte[] INDEXES = {0, 'i'};
    static final byte ROW = 1;
    static final byte INDEX = 2;
    private static final byte[] FINGERPRINT = {0, 'f'};
    static final byte[] ROWS_FROM = {ROW};
    static final byte[] ROWS_TO = {ROW + 1};
    private static final byte[] INDEXES_FROM = {INDEX};
    private static final byte[] INDEXES_TO = {INDEX + 1};

    private final RocksDB rocks;
    private final Options options;
    private final WriteOptions writing = new WriteOptions();
    private final WriteOptions unlogged = new WriteOptions().setDisableWAL(true);
    /** Something is in memory alone. Of whoever writes, and those take turns. */
    private boolean isUnlogged;
    /** Its owner is one of them. */
    private final AtomicInteger users = new AtomicInteger(1);
    private final CountDownLatch closed = new CountDownLatch(1);
    private final KeyIndexes indexes = new KeyIndexes(this);

    private KeyDatabase(RocksDB rocks, Options options) {
        this.rocks = rocks;
        this.options = options;
    }

    /**
     * @param fingerprint
     *            of what is kept; what is there of another one is removed
     */
    static KeyDatabase open(Path folder, KeyEngine engine, String fingerprint)
            throws RocksDBException, java.io.IOException {
        Files.createDirectories(folder);
        var options = engine.options();
        RocksDB rocks;
        try {
            rocks = RocksDB.open(options, folder.toAbsolutePath().toString());
        } catch (RocksDBException e) {
            options.close();
            throw e;
        }
        var database = new KeyDatabase(rocks, options);
        try {
            byte[] wanted = fingerprint.getBytes(StandardCharsets.UTF_8);
            if (!Arrays.equals(wanted, rocks.get(FINGERPRINT))) {
                database.clear();
                rocks.put(FINGERPRINT, wanted);
            }
        } catch (RocksDBException e) {
            database.free();
            throw e;
        }
        return database;
    }

    RocksDB rocks() {
        return rocks;
    }

    KeyIndexes indexes() {
        return indexes;
    }

    /**
     * What stands under some keys, each at its key's place; null where nothing does.
     *
     * @throws RocksDBException
     *             if one of them cannot be read
     */
    List<byte @Nullable []> values(ReadOptions reading, List<byte[]> keys)
            throws RocksDBException {
        var values = new ArrayList<byte @Nullable []>(rocks.multiGetAsList(reading, keys));
        for (int i = 0; i < keys.size(); i++) {
            if (values.get(i) == null) {
                // Of many it says nothing of what could not be read.
                values.set(i, rocks.get(reading, keys.get(i)));
            }
        }
        return values;
    }

    /** All of it or nothing. In the system's hands at once, so that it survives the end of this process. */
    void write(WriteBatch batch) throws RocksDBException {
        save();
        rocks.write(writing, batch);
    }

    /**
     * All of it or nothing, without the log of changes. The end of this process may take it away, with all that was written
     * without a log after it, until it has been saved.
     */
    void writeUnlogged(WriteBatch batch) throws RocksDBException {
        isUnlogged = true;
        rocks.write(unlogged, batch);
    }

    /** All of it or nothing, and as safe as what was written before it. */
    void writeAlike(WriteBatch batch) throws RocksDBException {
        rocks.write(isUnlogged ? unlogged : writing, batch);
    }

    /** What was written without a log survives the end of this process from here on. */
    void save() throws RocksDBException {
        if (isUnlogged) {
            // Before the next one that is in the log: what is read from there later builds on it.
            try (var flush = new FlushOptions().setWaitForFlush(true)) {
                rocks.flush(flush);
            }
            isUnlogged = false;
        }
    }

    /** Forgets the rows and what is said of them; what indexes there are is not forgotten, but they are empty then. */
    void empty() throws RocksDBException {
        try (var batch = new WriteBatch()) {
            empty(batch);
            write(batch);
        }
    }

    private void clear() throws RocksDBException {
        try (var batch = new WriteBatch()) {
            empty(batch);
            batch.delete(INDEXES);
            write(batch);
        }
    }

    private static void empty(WriteBatch batch) throws RocksDBException {
        batch.deleteRange(ROWS_FROM, ROWS_TO);
        batch.deleteRange(INDEXES_FROM, INDEXES_TO);
        batch.delete(HEAD);
    }

    /**
     * Keeps it open until {@link #release}.
     *
     * @return false if it has been closed
     */
    boolean retain() {
        int now = users.get();
        while (now > 0) {
            if (users.compareAndSet(now, now + 1)) {
                return true;
            }
            now = users.get();
        }
        return false;
    }

    void release() {
        if (users.decrementAndGet() == 0) {
            free();
        }
    }

    /** By its owner, once: what is in memory is written to files, so that the next opening is quick; its last user closes it. */
    void leave() {
        try (var flush = new FlushOptions().setWaitForFlush(true)) {
            rocks.flush(flush);
        } catch (RocksDBException e) {
            // It is in the log, and read from there again.
        }
        release();
    }

    /** Whether its last user has closed it. */
    boolean isClosed(Duration within) {
        try {
            return closed.await(within.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private void free() {
        writing.close();
        unlogged.close();
        try {
            rocks.closeE();
        } catch (RocksDBException e) {
            // What it has not written is applied again.
        } finally {
            options.close();
            closed.countDown();
        }
    }
}
