package io.tidegate.gateway.view;

import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.CompressionType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.WriteBufferManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** RocksDB as all views of a store use it: one cache, of which what is not in files yet takes its share. */
final class KeyEngine implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KeyEngine.class);
    private static final long MIB = 1 << 20;
    private static final long WAL_BYTES_MAX = 64 * MIB;
    private static final long BUFFER_BYTES_MAX = 32 * MIB;
    /** Of what is not in files yet: some thirty bits for each row of 200 bytes. */
    private static final double FILTER_OF_BUFFER = 0.02;
    /** Of each of the parts that the cache is divided into: an index of a file that does not fit into one is read anew with every row. */
    private static final long PART_BYTES_MIN = 16 * MIB;
    private static final int PART_BITS_MAX = 6;

    private final Cache cache;
    private final WriteBufferManager buffers;
    private final BloomFilter filter;
    private final long bufferBytes;
    private final Semaphore indexing = new Semaphore(1, true);

    private KeyEngine(long memoryBytes) {
        long parts = Math.max(1, memoryBytes / PART_BYTES_MIN);
        this.cache = new LRUCache(memoryBytes,
                Math.min(PART_BITS_MAX, 63 - Long.numberOfLeadingZeros(parts)));
        this.buffers = new WriteBufferManager(memoryBytes / 2, cache);
        this.filter = new BloomFilter(10);
        this.bufferBytes = Math.min(BUFFER_BYTES_MAX, memoryBytes / 8);
    }

    /**
     * @param memoryBytes
     *            of all its databases together
     * @return empty where its native library is missing or cannot be loaded, which is said once
     */
    static Optional<KeyEngine> start(long memoryBytes) {
        return Library.isThere() ? Optional.of(new KeyEngine(memoryBytes)) : Optional.empty();
    }

    /** Loaded once, whatever comes of it. */
    private static final class Library {
        private static final boolean IS_THERE = load();

        private static boolean load() {
            try {
                RocksDB.loadLibrary();
                return true;
            } catch (RuntimeException | LinkageError e) {
                LOG.atWarn().addKeyValue("reason", String.valueOf(e.getMessage()))
                        .log("RocksDB's native library cannot be loaded; look-ups by key are"
                                + " answered by DuckDB, which takes longer");
                return false;
            }
        }

        static boolean isThere() {
            return IS_THERE;
        }
    }

    /** Whoever has it builds an index. */
    Semaphore indexing() {
        return indexing;
    }

    /** To be closed by whoever asks. */
    Options options() {
        return new Options().setCreateIfMissing(true)
                .setWriteBufferManager(buffers)
                .setWriteBufferSize(bufferBytes)
                // Most rows are not among those that were written last, which looking for them there takes long to find out.
                .setMemtablePrefixBloomSizeRatio(FILTER_OF_BUFFER)
                .setMemtableWholeKeyFiltering(true)
                // A log of this size is read again within a second after a crash.
                .setMaxTotalWalSize(WAL_BYTES_MAX)
                .setMaxBackgroundJobs(2)
                .setBytesPerSync(MIB)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setSkipStatsUpdateOnDbOpen(true)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(MIB)
                .setKeepLogFileNum(2)
                .setTableFormatConfig(new BlockBasedTableConfig()
                        .setBlockCache(cache)
                        .setBlockSize(2_048)
                        .setFilterPolicy(filter)
                        .setCacheIndexAndFilterBlocks(true)
                        .setCacheIndexAndFilterBlocksWithHighPriority(true)
                        .setPinL0FilterAndIndexBlocksInCache(true));
    }

    /** Databases that are still open keep what they need. */
    @Override
    public void close() {
        filter.close();
        buffers.close();
        cache.close();
    }
}
