package io.tidegate.gateway.data;

import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.arrow.c.ArrowArrayStream;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/**
 * Makes a Parquet file: DuckDB's writer draws batches of Arrow from the rows, so that neither holds them all. The file is
 * complete before anything of it is sent, since its directory of columns stands at its end.
 */
final class ParquetFile {
    private static final int BATCH_ROWS = 2_000;
    private static final String SETTINGS = "set threads = 1; set memory_limit = '256MB';"
            + " set timezone = 'UTC'; set temp_directory = ''; set preserve_insertion_order = false";
    private static final String OPTIONS = "(format parquet, compression zstd, row_group_size 50000,"
            + " row_group_size_bytes '32MB')";

    private ParquetFile() {
    }

    /** Pieces of rows, one after the other; empty at the end. */
    @FunctionalInterface
    interface Rows {
        List<Row> next();
    }

    /**
     * Writes all rows. Blocks the thread that calls it, also within native code.
     *
     * @param bytesMax
     *            of the file
     * @throws TooLarge
     *             if it would have more
     */
    static void write(RecordType type, Rows rows, Path file, long bytesMax,
            BufferAllocator allocator) throws IOException {
        var table = new ArrowTable(type, true);
        try (var reader = new Batches(table, rows, file, bytesMax, allocator);
                var stream = ArrowArrayStream.allocateNew(allocator)) {
            try (var connection = DriverManager.getConnection("jdbc:duckdb:")
                    .unwrap(DuckDBConnection.class);
                    var statement = connection.createStatement()) {
                statement.execute(SETTINGS);
                Data.exportArrayStream(allocator, reader, stream);
                connection.registerArrowStream("data", stream);
                statement.execute("copy (from data) to '" + file.toString().replace("'", "''")
                        + "' " + OPTIONS);
            } catch (SQLException e) {
                // What went wrong within a batch arrives as the text of another error.
                var own = reader.failure;
                if (own != null) {
                    throw own;
                }
                throw new IOException("the Parquet file cannot be written: " + e.getMessage(), e);
            }
        }
    }

    /**
     * Two columns that would have one name, since the writer takes letters for the same in either case, and gives the second one
     * another name.
     */
    static Optional<String> twins(RecordType type) {
        var names = new HashMap<String, String>();
        for (var field : type.fields()) {
            var other = names.putIfAbsent(field.name().toLowerCase(Locale.ROOT), field.name());
            if (other != null) {
                return Optional.of("'" + other + "' and '" + field.name() + "'");
            }
        }
        return Optional.empty();
    }

    /** The result is larger than a file may be. */
    static final class TooLarge extends RuntimeException {
        TooLarge() {
            super("the file is larger than it may be");
        }
    }

    private static final class Batches extends ArrowReader {
        private final ArrowTable table;
        private final Rows rows;
        private final Path file;
        private final long bytesMax;
        private List<Row> piece = List.of();
        private int taken;
        private @Nullable RuntimeException failure;

        Batches(ArrowTable table, Rows rows, Path file, long bytesMax,
                BufferAllocator allocator) {
            super(allocator);
            this.table = table;
            this.rows = rows;
            this.file = file;
            this.bytesMax = bytesMax;
        }

        @Override
        public boolean loadNextBatch() throws IOException {
            try {
                prepareLoadNextBatch();
                if (Files.exists(file) && Files.size(file) > bytesMax) {
                    throw new TooLarge();
                }
                if (taken == piece.size()) {
                    piece = rows.next();
                    taken = 0;
                }
                if (piece.isEmpty()) {
                    return false;
                }
                int to = Math.min(piece.size(), taken + BATCH_ROWS);
                taken += table.fill(getVectorSchemaRoot(), piece.subList(taken, to));
                return true;
            } catch (RuntimeException e) {
                failure = e;
                throw e;
            }
        }

        @Override
        public long bytesRead() {
            return 0;
        }

        @Override
        protected void closeReadSource() {
            // The rows are closed by whoever opened them.
        }

        @Override
        protected Schema readSchema() {
            return table.schema();
        }
    }
}
