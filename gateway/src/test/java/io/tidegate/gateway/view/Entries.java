package io.tidegate.gateway.view;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.rocksdb.RocksDBException;

/** What is in the indexes of a table of keys, held against its rows. */
final class Entries {
    private static final long DEADLINE_NANOS = 20_000_000_000L;

    private Entries() {
    }

    /** Every entry of every index is that of a row, and no row lacks one. */
    static void agree(KeyTable keys, String what) {
        assertThat(keys.between("be looked at", (database, columns) -> {
            for (var index : database.indexes().ready()) {
                assertThat(stored(database, index)).as("%s, index %s", what, keys.told(index))
                        .isEqualTo(expected(keys, database, index));
            }
        })).isTrue();
    }

    private static TreeMap<String, String> stored(KeyDatabase database, PageIndex index) {
        var found = new TreeMap<String, String>();
        try (var entries = database.rocks().newIterator()) {
            byte[] start = index.start();
            var prefix = hex(start);
            for (entries.seek(start); entries.isValid()
                    && hex(entries.key()).startsWith(prefix); entries.next()) {
                found.put(hex(entries.key()), hex(entries.value()));
            }
        }
        return found;
    }

    private static TreeMap<String, String> expected(KeyTable keys, KeyDatabase database,
            PageIndex index) throws RocksDBException {
        var wanted = new TreeMap<String, String>();
        var out = new SortedBytes();
        try (var rows = database.rocks().newIterator()) {
            for (rows.seek(KeyDatabase.ROWS_FROM); rows.isValid()
                    && rows.key()[0] == KeyDatabase.ROW; rows.next()) {
                var reading = keys.reading();
                byte[] entry = index.entry(out, KeyTable.stored(rows.value(), reading),
                        reading.keyOf(rows.key()));
                if (entry != null) {
                    wanted.put(hex(entry), hex(rows.key()));
                }
            }
        } catch (PageIndex.TooLong e) {
            throw new IllegalStateException(e);
        }
        return wanted;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /** Waits until an index serves this question, which is asked until it does. */
    static void awaitIndex(View view, ViewQuery question) {
        var keys = (KeyTable) view.parts().getLast();
        long until = System.nanoTime() + DEADLINE_NANOS;
        while (!keys.answers(java.util.List.of(question))) {
            assertThat(System.nanoTime()).as("an index for %s", question).isLessThan(until);
            LockSupport.parkNanos(500_000);
        }
    }
}
