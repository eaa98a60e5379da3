package io.tidegate.gateway.data;

import io.tidegate.schema.RecordType;
import io.tidegate.schema.Row;
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
    private final ArrowStreamWriter writer;

    /**
     * @param allocator
     *            outlives this
     */
    ArrowRows(RecordType type, OutputStream out, BufferAllocator allocator) {
        table = new ArrowTable(type, true);
        root = VectorSchemaRoot.create(table.schema(), allocator);
        dictionaries = table.dictionaries(allocator);
        writer = new ArrowStreamWriter(root, dictionaries, Channels.newChannel(out));
    }

    @Override
    public void begin() throws IOException {
        writer.start();
    }

    @Override
    public void rows(List<Row> rows) throws IOException {
        for (int from = 0; from < rows.size(); from += BATCH_ROWS) {
            table.fill(root, rows.subList(from, Math.min(rows.size(), from + BATCH_ROWS)));
            writer.writeBatch();
        }
    }

    @Override
    public void end() throws IOException {
        writer.end();
    }

    @Override
    public void close() {
        // Ends the stream too, which nobody sees where the answer is broken off.
        writer.close();
        root.close();
        dictionaries.close();
    }
}
