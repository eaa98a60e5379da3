package io.tidegate.gateway.data;

import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryProvider.MapDictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;

/** Rows in Arrow's streaming format; enums are dictionaries. */
final class ArrowRows implements RowSink {
    private static final int BATCH_ROWS = 2_000;

    private final ArrowTable table;
    private final VectorSchemaRoot root;
    private final MapDictionaryProvider dictionaries;
    private final Open out;
    private final ArrowStreamWriter writer;

    /**
     * @param allocator
     *            outlives this
     */
    ArrowRows(RecordType type, OutputStream out, BufferAllocator allocator) {
        table = new ArrowTable(type, false);
        root = VectorSchemaRoot.create(table.schema(), allocator);
        dictionaries = table.dictionaries(allocator);
        this.out = new Open(out);
        writer = new ArrowStreamWriter(root, dictionaries, Channels.newChannel(this.out));
    }

    @Override
    public void begin() throws IOException {
        writer.start();
    }

    @Override
    public void rows(List<Row> rows) throws IOException {
        int from = 0;
        while (from < rows.size()) {
            from += table.fill(root,
                    rows.subList(from, Math.min(rows.size(), from + BATCH_ROWS)));
            writer.writeBatch();
        }
    }

    @Override
    public void end() throws IOException {
        writer.end();
    }

    /** The writer would end the stream, also that of an answer that is broken off, and keep its memory if that fails. */
    @Override
    public void close() {
        out.isOver = true;
        try (dictionaries; root) {
            writer.close();
        }
    }

    /** What is written until the rows are closed. */
    private static final class Open extends FilterOutputStream {
        private boolean isOver;

        Open(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int octet) throws IOException {
            if (!isOver) {
                out.write(octet);
            }
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            if (!isOver) {
                out.write(bytes, from, length);
            }
        }

        @Override
        public void close() {
            // Whoever gave it closes it.
        }
    }
}
